"""Dates, clock times, zones, phone numbers and lists of names as a patient reads or hears them, per language.

Blanks are plain ASCII: CLDR's narrow ones would push a text out of GSM-7. What is printed is remembered, for
thousands of patients share the same dates.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cache, lru_cache
from zoneinfo import ZoneInfo


@dataclass(frozen=True, kw_only=True, slots=True)
class Style:
    """How one language writes dates and times; patterns are CLDR's."""

    short_date: str
    long_date: str
    clock: str
    dated_time: str  # an instant that matters by its date: "Mon Dec 7, 4:00 PM"
    until: str  # an instant up to which something lasts: "10:10 AM Wed Dec 9"
    until_zoned: str
    spoken_until: str
    zoned: str  # a clock time whose zone must be named
    zone_suffix: str  # what CLDR adds to a zone's name and a text does not need
    city: str  # where the zone's name would not tell it from the patient's
    regions: tuple[tuple[str, str], ...]  # the zones of North America as their people call them
    joint: str  # between the last two names of a list
    joint_before_i: str  # Spanish: "warfarina e ibuprofeno"


ABBREVIATIONS = {
    **dict.fromkeys(("EST", "EDT"), "Eastern"),
    **dict.fromkeys(("CST", "CDT"), "Central"),
    **dict.fromkeys(("MST", "MDT"), "Mountain"),
    **dict.fromkeys(("PST", "PDT"), "Pacific"),
    **dict.fromkeys(("AKST", "AKDT"), "Alaska"),
    **dict.fromkeys(("HST", "HDT"), "Hawaii"),
    **dict.fromkeys(("AST", "ADT"), "Atlantic"),
}
STYLES = {
    "en": Style(
        short_date="EEE MMM d",
        long_date="EEEE, MMMM d",
        clock="h:mm a",
        dated_time="{date}, {time}",
        until="{time} {date}",
        until_zoned="{time}, {date}",
        spoken_until="{time} on {date}",
        zoned="{time} {zone}",
        zone_suffix=" Time",
        city="{city} time",
        regions=tuple((name, name) for name in dict.fromkeys(ABBREVIATIONS.values())),
        joint="and",
        joint_before_i="and",
    ),
    "es": Style(
        short_date="EEE d MMM",
        long_date="EEEE d 'de' MMMM",
        clock="h:mm a",
        dated_time="{date}, {time}",
        until="{date}, {time}",
        until_zoned="{date}, {time}",
        spoken_until="{date}, {time}",
        zoned="{time}, {zone}",
        zone_suffix="",
        city="hora de {city}",
        regions=(
            ("Eastern", "hora del este"),
            ("Central", "hora del centro"),
            ("Mountain", "hora de la montaña"),
            ("Pacific", "hora del Pacífico"),
            ("Alaska", "hora de Alaska"),
            ("Hawaii", "hora de Hawái"),
            ("Atlantic", "hora del Atlántico"),
        ),
        joint="y",
        joint_before_i="e",
    ),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Printer:
    """Prints for one language and one pair of zones; `spoken` chooses the forms that are read aloud."""

    language: str
    site_zone: ZoneInfo
    patient_zone: ZoneInfo
    spoken: bool = False

    def date(self, day: date) -> str:
        """As in "Wed Dec 9"; spoken, "Wednesday, December 9"."""
        return _date(self.language, day, self.spoken)

    def day_of(self, instant: datetime) -> str:
        """The date of an instant at the site."""
        return self.date(instant.astimezone(self.site_zone).date())

    def time(self, instant: datetime) -> str:
        """The site's clock, as in "9:00 AM"; "9:00 AM Eastern" where the patient's clock differs then."""
        local = instant.astimezone(self.site_zone)
        printed = _clock(self.language, local.time().replace(second=0, microsecond=0))
        if not self._zone_matters(instant):
            return printed
        zone = zone_name(self.language, local, instant.astimezone(self.patient_zone))
        return STYLES[self.language].zoned.format(time=printed, zone=zone)

    def dated_time(self, instant: datetime) -> str:
        """As in "Mon Dec 7, 4:00 PM"."""
        style = STYLES[self.language]
        return style.dated_time.format(date=self.day_of(instant), time=self.time(instant))

    def until(self, instant: datetime) -> str:
        """As in "10:10 AM Wed Dec 9"."""
        style = STYLES[self.language]
        pattern = style.until_zoned if self._zone_matters(instant) else style.until
        pattern = style.spoken_until if self.spoken else pattern
        return pattern.format(date=self.day_of(instant), time=self.time(instant))

    def phone(self, number: str) -> str:
        """As in "(212) 555-0123"; spoken, digit by digit in its groups."""
        printed = national_phone(number)
        return spoken_digits(printed) if self.spoken else printed

    def names(self, names: Sequence[str]) -> str:
        """As in "apixaban, aspirin and warfarin"; nothing for no name."""
        if len(names) < 2:
            return "".join(names)
        style, last = STYLES[self.language], names[-1]
        joint = style.joint_before_i if last.lower().startswith("i") else style.joint
        return f"{', '.join(names[:-1])} {joint} {last}"

    def _zone_matters(self, instant: datetime) -> bool:
        if self.patient_zone is self.site_zone:
            return False
        here, there = instant.astimezone(self.site_zone), instant.astimezone(self.patient_zone)
        return here.utcoffset() != there.utcoffset()


@lru_cache(maxsize=8192)
def _date(language: str, day: date, spoken: bool) -> str:
    from babel.dates import format_date  # costs 40 ms, and `--help` prints no date

    style = STYLES[language]
    printed = format_date(day, style.long_date if spoken else style.short_date, locale=language)
    return _ascii_blanks(printed.replace(".", ""))  # some languages abbreviate with dots


@lru_cache(maxsize=4096)
def _clock(language: str, at: time) -> str:
    from babel.dates import format_time

    return _ascii_blanks(format_time(at, STYLES[language].clock, locale=language))


def zone_name(language: str, local: datetime, other: datetime) -> str:
    """The name of `local`'s zone; by its city where the patient's zone has the same name but another clock."""
    name = _zone_name(language, local)
    if name != _zone_name(language, other):
        return name
    city = str(local.tzinfo).rpartition("/")[2].replace("_", " ")
    return STYLES[language].city.format(city=city)


def _zone_name(language: str, local: datetime) -> str:
    return _name_of(language, str(local.tzinfo), local.tzname() or "")


@cache
def _name_of(language: str, zone: str, abbreviation: str) -> str:
    from babel.dates import get_timezone_name

    style = STYLES[language]
    # CLDR's Spanish ("hora oriental") is not what people in the United States say.
    american = zone.startswith(("America/", "US/", "Pacific/Honolulu"))
    if american and (region := ABBREVIATIONS.get(abbreviation)):
        return dict(style.regions)[region]
    name = get_timezone_name(ZoneInfo(zone), width="long", zone_variant="generic", locale=language)
    return _ascii_blanks(name).removesuffix(style.zone_suffix)


@cache
def national_phone(number: str) -> str:
    """An E.164 number as its own country writes it; anything else as it stands."""
    import phonenumbers  # costs 40 ms

    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)


def spoken_digits(printed: str) -> str:
    """Digits one by one, a comma between groups: "(212) 555-0123" becomes "2 1 2, 5 5 5, 0 1 2 3"."""
    groups = "".join(char if char.isdigit() else " " for char in printed).split()
    return ", ".join(" ".join(group) for group in groups)


def _ascii_blanks(text: str) -> str:
    return " ".join(text.split())
