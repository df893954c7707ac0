"""What a coordinator typed about one procedure, read and checked; `preview` and `enroll` both stand on it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from reminders.errors import InputError
from reminders.inputs import (
    day_not_ahead,
    hint,
    read_booking_time,
    read_channels,
    read_choice,
    read_days,
    read_instant,
    read_line,
    read_zone,
)
from reminders.joining import Wording, plan
from reminders.protocols import Library, ProtocolVersion
from reminders.settings import Settings, SiteSettings
from reminders.sites import place_of
from schedules.loading import Sedation
from schedules.medications import Medication, Medications
from schedules.procedure import Hold, Place, Procedure
from schedules.protocol import Channel
from schedules.timeline import Timeline

LONGEST_PRESCRIBER = 30  # as texts are measured
LONGEST_LEAD = timedelta(days=731)
EARLIEST_END = timedelta(hours=-6)
LATEST_END = timedelta(hours=24)
NO_HOLD = "--ordered-by names who ordered a hold, but --hold is missing: no message will say to stop a medicine"


@dataclass(frozen=True, kw_only=True, slots=True)
class BookingRequest:
    """The options as typed; None is "not given"."""

    procedure: str
    site: str | None = None
    zone: str | None = None
    holds: tuple[str, ...] = ()
    resumes: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    ordered_by: str | None = None
    visit: str | None = None
    ended: str | None = None
    language: str | None = None
    consent: str = "sms"
    sedation: str = "moderate"
    protocol: str = "vertebroplasty"


@dataclass(frozen=True, kw_only=True, slots=True)
class Booking:
    """A checked request: everything a timeline is computed from, and what staff should be told."""

    site_id: str
    site: SiteSettings
    place: Place
    version: ProtocolVersion
    procedure: Procedure
    language: str
    takes: tuple[str, ...]
    warnings: tuple[str, ...]
    blood_thinners: tuple[str, ...] = field(default=())

    def plan(self, now: datetime, *, detailed: bool = False) -> Timeline:
        """The timeline as enrolling at `now` stores it; `detailed`: the patient's consent to texts that say more."""
        wording = Wording(version=self.version, site=self.site, language=self.language, detailed=detailed)
        return plan(wording, self.procedure, self.place, now=now)

    @property
    def without_order(self) -> tuple[str, ...]:
        """Blood thinners the patient takes for which nobody has recorded an order."""
        return tuple(drug for drug in self.blood_thinners if self.procedure.hold_of(drug) is None)


def read_booking(
    request: BookingRequest, settings: Settings, library: Library, medications: Medications, now: datetime
) -> Booking:
    """Check a request at `now` (UTC, the enrollment instant); InputError names what is wrong."""
    site_id = choose_site(request.site, settings.sites)
    site = settings.sites[site_id]
    patient_zone = read_zone("--zone", request.zone).key if request.zone is not None else None
    place = place_of(site, patient_zone, now.year)
    version = library.load(request.protocol)
    start, hour_known = read_booking_time("--procedure", request.procedure, place.site_zone)
    check_start("--procedure", start, now, place.site_zone, hour_known=hour_known)
    holds, notes = read_orders(request.holds, request.resumes, request.ordered_by, medications)
    takes = tuple(dict.fromkeys(_drug("--takes", name, medications).name for name in request.takes))
    procedure = Procedure(
        enrolled=now,
        start=start,
        hour_known=hour_known,
        ended=_read_ended(request.ended, place, start),
        visit=_read_visit(request.visit, place, start),
        sedation=read_choice("--sedation", request.sedation, list(Sedation)),
        holds=holds,
        consented=read_channels("--consent", request.consent),
    )
    return Booking(
        site_id=site_id,
        site=site,
        place=place,
        version=version,
        procedure=procedure,
        language=_language(request.language, version),
        takes=takes,
        warnings=(*notes, *_calendar_warnings(procedure, place), *channel_warnings(procedure.consented, settings)),
        blood_thinners=_blood_thinners(takes, holds, medications),
    )


def choose_site(given: str | None, sites: Mapping[str, SiteSettings]) -> str:
    """The site asked for, else the only one, else `main`."""
    if given is not None:
        return read_choice("--site", given, sites)
    if len(sites) == 1:
        return next(iter(sites))
    if "main" in sites:
        return "main"
    raise InputError(f"--site: which one? {', '.join(sorted(sites))}")


def check_start(option: str, start: datetime, now: datetime, zone: ZoneInfo, *, hour_known: bool) -> None:
    """Refuse a start that is not ahead, or too far, as told on the site's clock, by which it was typed."""
    if start <= now and not hour_known:
        raise day_not_ahead(option, start, now, zone)
    if start <= now:
        raise InputError(f"{option}: {start.astimezone(zone):%Y-%m-%d %H:%M} lies in the past")
    check_lead(option, start, now, zone)


def check_lead(option: str, booked: datetime, now: datetime, zone: ZoneInfo) -> None:
    """Refuse what is booked for so late a year that it must be a slip."""
    if booked - now > LONGEST_LEAD:
        day = booked.astimezone(zone).date()
        raise InputError(f"{option}: {day} is more than two years ahead; is the year right?")


def _read_ended(text: str | None, place: Place, start: datetime) -> datetime | None:
    if text is None:
        return None
    ended = read_instant("--ended", text, place.site_zone)
    check_end("--ended", ended, start)
    return ended


def check_end(option: str, ended: datetime, start: datetime) -> None:
    """Refuse an end that cannot belong to this start: more than 6 hours before it or 24 hours after."""
    if not EARLIEST_END <= ended - start <= LATEST_END:
        raise InputError(f"{option}: must lie from 6 hours before to 24 hours after the planned start")


def _read_visit(text: str | None, place: Place, start: datetime) -> datetime | None:
    if text is None:
        return None
    visit = read_instant("--visit", text, place.site_zone)
    if visit <= start:
        raise InputError("--visit: must lie after the procedure")
    if visit - start > LONGEST_LEAD:
        raise InputError("--visit: is more than two years after the procedure; is the year right?")
    return visit


def _language(given: str | None, version: ProtocolVersion) -> str:
    if given is not None:
        return read_choice("--language", given, version.languages)
    return "en" if "en" in version.languages else version.languages[0]


def _drug(option: str, name: str, medications: Medications) -> Medication:
    found = medications.find(name)
    if found is None:
        known = [spelling for drug in medications.rows for spelling in (drug.name, *drug.brands)]
        raise InputError(f"{option}: drug {read_line(option, name)!r} is not in the list{hint(name, known)}")
    return found


def read_orders(
    holds: tuple[str, ...], resumes: tuple[str, ...], ordered_by: str | None, medications: Medications
) -> tuple[tuple[Hold, ...], tuple[str, ...]]:
    """The orders, and a warning with its source for each that lies outside the published range."""
    days, until = _days(holds, "--hold", 0, 30, medications), {}
    for drug, number in _days(resumes, "--resume", 1, 30, medications).items():
        if days.get(drug, 0) < 1:
            raise InputError(f"--resume: {drug} is not held for a day or more; give --hold {drug}=DAYS too")
        until[drug] = number
    if not days:
        return (), (NO_HOLD,) if ordered_by else ()
    if not ordered_by:
        raise InputError("--ordered-by: a hold needs the name of who ordered it; we relay an order, we never make one")
    prescriber = read_line("--ordered-by", ordered_by, longest=LONGEST_PRESCRIBER)
    orders = tuple(
        Hold(drug=drug, days=number, ordered_by=prescriber, resume_days=until.get(drug))
        for drug, number in days.items()
    )
    warnings = (medications.row(order.drug).hold_warning(order.days) for order in orders)
    return orders, tuple(warning for warning in warnings if warning)


def _days(texts: tuple[str, ...], option: str, low: int, high: int, medications: Medications) -> dict[str, int]:
    found: dict[str, int] = {}
    for text in texts:
        name, days = read_days(option, text, low, high)
        drug = _drug(option, name, medications).name
        if drug in found:
            raise InputError(f"{option}: {drug} is given twice")
        found[drug] = days
    return found


def _blood_thinners(takes: tuple[str, ...], holds: tuple[Hold, ...], medications: Medications) -> tuple[str, ...]:
    named = dict.fromkeys((*takes, *(hold.drug for hold in holds)))
    return tuple(drug for drug in named if medications.row(drug).blood_thinner)


def _calendar_warnings(procedure: Procedure, place: Place) -> tuple[str, ...]:
    booked = (("procedure", procedure.start), ("visit", procedure.visit))
    found = (calendar_warning(what, instant, place) for what, instant in booked if instant is not None)
    return tuple(warning for warning in found if warning)


def calendar_warning(what: str, instant: datetime, place: Place) -> str | None:
    """A booked instant that falls on a day the site does not work."""
    day = instant.astimezone(place.site_zone).date()
    if place.workdays.is_working(day):
        return None
    return f"the {what} is on {day:%a %Y-%m-%d}, which is not a working day at the site"


def channel_warnings(consented: Iterable[Channel], settings: Settings) -> tuple[str, ...]:
    """What the patient agreed to, but this installation cannot send by."""
    missing = [channel for channel in consented if channel not in settings.transports]
    return tuple(f"no transport is configured for {channel}: nothing can leave by it" for channel in missing)
