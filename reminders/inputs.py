"""What people type, as checked values; whatever is wrong is one line: what, where, what would be right."""

import difflib
import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, date, datetime
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from reminders.errors import InputError
from schedules.errors import LocalTimeError
from schedules.localtime import exact_instant
from schedules.procedure import DATE_ONLY
from schedules.protocol import Channel

ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
ISO_INSTANT = re.compile(r"(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2})(:\d{2})?\s?(Z|[+-]\d{2}:?\d{2})?")
EMAIL = re.compile(r"[^@\s<>()\[\],;:\\\"]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?\.[A-Za-z]{2,}")
EARLIEST_YEAR, LATEST_YEAR = 2000, 2200
MISSPELLED = 0.75  # a slip of the keys, no other word: "died" is not taken for "admitted"
EXAMPLE = '"2026-12-08 09:00"'


def read_instant(option: str, text: str, zone: ZoneInfo) -> datetime:
    """A date and time on the clock of `zone`, or with an explicit offset, as UTC."""
    text = text.strip()
    match = ISO_INSTANT.fullmatch(text)
    if match is None:
        raise _not_an_instant(option, text)
    _checked_date(option, match[1])
    try:
        local = datetime.fromisoformat(text.replace(" ", "T", 1).replace(" ", ""))
    except ValueError:
        raise InputError(f"{option}: {text!r} is not a time of day; write it like {EXAMPLE}") from None
    if local.tzinfo is not None:
        return local.astimezone(UTC)
    try:
        return exact_instant(local, zone)
    except LocalTimeError as error:
        raise InputError(f"{option}: {error}") from None


def read_booking_time(option: str, text: str, zone: ZoneInfo) -> tuple[datetime, bool]:
    """A booked start as UTC, and whether its hour is known; a date alone stands for 07:00 site time."""
    text = text.strip()
    if not ISO_DATE.fullmatch(text):
        return read_instant(option, text, zone), True
    day = _checked_date(option, text)
    return exact_instant(datetime.combine(day, DATE_ONLY), zone), False


def day_not_ahead(option: str, start: datetime, now: datetime, zone: ZoneInfo) -> InputError:
    """For a date alone that no longer lies ahead: nobody typed the hour that it stands for, so none is named."""
    day, today = (instant.astimezone(zone).date() for instant in (start, now))
    if day < today:
        return InputError(f"{option}: {day} lies in the past")
    return InputError(f"{option}: {day} has begun at the site; give the hour too, written like {EXAMPLE}")


def _checked_date(option: str, text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise InputError(f"{option}: {text!r} is not a day of the calendar") from None
    if not EARLIEST_YEAR <= day.year <= LATEST_YEAR:
        raise InputError(f"{option}: the year {day.year} cannot be right")
    return day


def _not_an_instant(option: str, text: str) -> InputError:
    if re.fullmatch(r"\d{1,2}/\d{1,2}/\d{2,4}.*", text):
        return InputError(f"{option}: {text!r} is ambiguous (day or month first?); write it like {EXAMPLE}")
    if ISO_DATE.fullmatch(text):
        return InputError(f"{option}: {text!r} has no time of day; write it like {EXAMPLE}")
    return InputError(f"{option}: {text!r} is not a date and time; write it like {EXAMPLE}")


def read_zone(option: str, text: str) -> ZoneInfo:
    """An IANA time zone."""
    try:
        if text not in _known_zones():
            raise ZoneInfoNotFoundError
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError):
        meant = hint(text, _known_zones()) or "; write it like America/New_York"
        raise InputError(f"{option}: unknown time zone {text!r}{meant}") from None


@cache
def _known_zones() -> frozenset[str]:
    """Every zone's name; to gather them from the disk takes a twentieth of a second."""
    return frozenset(available_timezones())


def hint(word: str, known: Iterable[str], *, near: float = 0.6) -> str:
    """ "; did you mean X?" for a misspelled word, else nothing. `near`: how alike they must be, 1 is the same."""
    lowered = {name.lower(): name for name in known}
    close = difflib.get_close_matches(word.lower(), lowered, n=1, cutoff=near)
    return f"; did you mean {lowered[close[0]]}?" if close else ""


def read_choice(option: str, text: str, known: Iterable[str]) -> str:
    """One of some words."""
    known = sorted(known)
    if text in known:
        return text
    meant = hint(text, known, near=MISSPELLED)
    raise InputError(f"{option}: {text!r} is not known{meant}; it can be {', '.join(known)}")


def read_line(option: str, text: str, longest: int = 100) -> str:
    """One line of printable text, without control characters or marks that reorder what is read."""
    cleaned = text.strip()
    if not cleaned:
        raise InputError(f"{option}: must not be empty")
    if any(unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp", "Cs", "Co") for character in cleaned):
        raise InputError(f"{option}: holds control characters or line breaks; write one plain line")
    if len(cleaned) > longest:
        raise InputError(f"{option}: is longer than {longest} characters")
    return unicodedata.normalize("NFC", cleaned)


def read_phone(option: str, text: str, region: str) -> str:
    """A phone number as E.164; a number without + is read as one of `region` (such as "US")."""
    import phonenumbers  # costs 40 ms, which --help need not pay

    line = read_line(option, text, longest=40)
    try:
        number = phonenumbers.parse(line, region)
    except phonenumbers.NumberParseException:
        raise InputError(f"{option}: not a phone number; write it like +12125550123") from None
    if number.extension:
        raise InputError(f"{option}: a phone number without an extension is needed: no message reaches one")
    if not phonenumbers.is_valid_number(number):
        place = "" if line.startswith("+") else f" in {region}; a number of another country needs its + and code"
        raise InputError(f"{option}: not a valid phone number{place}")
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


@cache
def region_of(phone: str) -> str:
    """The country of an E.164 number, as in "US"."""
    import phonenumbers

    return phonenumbers.region_code_for_number(phonenumbers.parse(phone)) or "US"


def read_email(option: str, text: str) -> str:
    """An e-mail address, its domain in lower case."""
    line = read_line(option, text, longest=254)
    if not EMAIL.fullmatch(line) or ".." in line:
        raise InputError(f"{option}: not an e-mail address; write it like someone@example.org")
    name, _, domain = line.rpartition("@")
    return f"{name}@{domain.lower()}"


def read_channels(option: str, text: str) -> tuple[Channel, ...]:
    """Channels joined by commas, in the order given."""
    words = [word.strip() for word in text.split(",") if word.strip()]
    if not words:
        raise InputError(f"{option}: name at least one of {', '.join(Channel)}")
    chosen = tuple(Channel(read_choice(option, word, list(Channel))) for word in words)
    if len(set(chosen)) != len(chosen):
        raise InputError(f"{option}: names a channel twice")
    return chosen


def read_days(option: str, text: str, low: int, high: int) -> tuple[str, int]:
    """ "warfarin=5" as drug and days."""
    drug, equals, number = text.partition("=")
    if not equals or not drug.strip() or not re.fullmatch(r"-?\d{1,4}", number.strip()):
        raise InputError(f"{option}: {text!r} must look like warfarin=5 (drug and whole days)")
    days = int(number)
    if not low <= days <= high:
        raise InputError(f"{option}: {days} days is outside {low} to {high}")
    return drug.strip(), days
