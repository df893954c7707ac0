"""Builders with safe defaults: a test names only what it is about.

Every default is harmless: a Tuesday in December, one clock for site and patient, no holidays, no orders.
"""

from datetime import UTC, date, datetime, time
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import schedules
from schedules.loading import load_protocol
from schedules.procedure import Hold, Place, Procedure
from schedules.protocol import (
    Anchor,
    Bound,
    Channel,
    Condition,
    Each,
    Fact,
    Hours,
    IfLate,
    Offset,
    Protocol,
    Shift,
    StaffTask,
    Step,
    StepZone,
    VisitDefault,
    Window,
)
from schedules.timeline import PlannedReminder, Timeline, build_timeline
from schedules.workdays import Workdays

NEW_YORK = ZoneInfo("America/New_York")
CHICAGO = ZoneInfo("America/Chicago")
LOS_ANGELES = ZoneInfo("America/Los_Angeles")
LONDON = ZoneInfo("Europe/London")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")

LIBRARY = Path(schedules.__file__).parent / "library"

ALL_HOURS = Hours(open=time(0), close=None)
ALWAYS = Window((ALL_HOURS,) * 7)


WORDS: dict[str, type[StrEnum]] = {
    "anchor": Anchor,
    "shift": Shift,
    "if_late": IfLate,
    "zone": StepZone,
    "for_each": Each,
}
WORD_LISTS: dict[str, type[StrEnum]] = {"channels": Channel, "copy": Channel, "waits_for": Fact}


def local(text: str, zone: ZoneInfo = NEW_YORK, fold: int = 0) -> datetime:
    """The UTC instant of "2026-12-08 09:00" on a clock; `fold=1` is the second of a time that exists twice."""
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).astimezone(UTC)


def utc(text: str) -> datetime:
    """The instant of "2026-12-08 14:00" in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def clock(text: str) -> time:
    """A clock time: "09:00"."""
    return time.fromisoformat(text)


def hours(text: str) -> Hours:
    """The open hours of a day: "09:00-20:00"; a close of "24:00" is midnight at the day's end."""
    opens, closes = text.split("-")
    return Hours(open=clock(opens), close=None if closes == "24:00" else clock(closes))


def a_window(
    weekdays: str | None = "09:00-20:00", sat: str | None = "09:00-20:00", sun: str | None = "12:00-20:00"
) -> Window:
    """The shipped window, unless told otherwise; None closes a day."""
    return Window(tuple(None if day is None else hours(day) for day in (*[weekdays] * 5, sat, sun)))


def an_offset(at: str | None = None, **numbers: int) -> Offset:
    """`an_offset("10:00", days=-1)` or `an_offset(hours=3)`."""
    return Offset(at=None if at is None else clock(at), **numbers)


def a_bound(anchor: str = "start", at: str | None = None, **numbers: int) -> Bound:
    return Bound(anchor=Anchor(anchor), offset=an_offset(at, **numbers))


def a_step(key: str = "ride", **changes: Any) -> Step:
    """A step three days before the start at noon, by SMS; words are given as words: `shift="later"`."""
    offset = an_offset("12:00", days=-3)
    values: dict[str, Any] = {"anchor": "start", "offset": offset, "shift": "earlier", "channels": ("sms",)} | changes
    for name, kind in WORDS.items():
        if values.get(name) is not None:
            values[name] = kind(values[name])
    for name, kind in WORD_LISTS.items():
        values[name] = tuple(kind(word) for word in values.get(name, ()))
    return Step(key=key, **values)


def a_welcome(**changes: Any) -> Step:
    """The first step: at enrollment, nothing leaves before it."""
    values: dict[str, Any] = {"anchor": "enrolled", "offset": an_offset(minutes=0), "shift": "later", "first": True}
    return a_step("welcome", **values | changes)


def a_condition(**facts: Any) -> Condition:
    return Condition(**facts)


def a_staff_task(due: str = "16:00", **changes: Any) -> StaffTask:
    values: dict[str, Any] = {"kind": "call", "reason": "Call before the procedure.", "due": clock(due)}
    return StaffTask(**values | changes)


def a_visit_default(at: str = "09:00", working_day: bool = True, anchor: str = "start", **numbers: int) -> VisitDefault:
    """One month after the start, forward to a working day, 09:00 site time."""
    offset = an_offset(at, **(numbers or {"months": 1}))
    return VisitDefault(anchor=Anchor(anchor), offset=offset, at=clock(at), working_day=working_day)


def a_protocol(*steps: Step, **changes: Any) -> Protocol:
    """A protocol of these steps (a `ride` if none are given) with the shipped window and an hour's duration."""
    values: dict[str, Any] = {
        "name": "example",
        "version": 1,
        "title": "Example",
        "duration_minutes": 60,
        "window": a_window(),
        "visit_default": a_visit_default(),
        "steps": steps or (a_step(),),
    }
    return Protocol(**values | changes)


@cache
def the_shipped_protocol(name: str = "vertebroplasty") -> Protocol:
    """A protocol of the library, as a clinician's installation loads it."""
    path = LIBRARY / name / "protocol.toml"
    return load_protocol(path.name, path.read_text(encoding="utf-8"))


def a_hold(drug: str = "warfarin", days: int = 5, resume_days: int | None = None) -> Hold:
    return Hold(drug=drug, days=days, ordered_by="Dr. Example", resume_days=resume_days)


def workdays(holidays: tuple[str, ...] = (), closed: tuple[str, ...] = (), opened: tuple[str, ...] = ()) -> Workdays:
    """A site's calendar out of ISO dates."""
    as_dates = [frozenset(date.fromisoformat(day) for day in days) for days in (holidays, closed, opened)]
    return Workdays(holidays=as_dates[0], closed=as_dates[1], open=as_dates[2])


def a_place(
    site: str | ZoneInfo = NEW_YORK, patient: str | ZoneInfo | None = None, workdays: Workdays | None = None
) -> Place:
    """A site in New York whose patient lives by the same clock, without holidays."""
    site_zone = ZoneInfo(site) if isinstance(site, str) else site
    patient_zone = ZoneInfo(patient) if isinstance(patient, str) else patient
    return Place(site_zone=site_zone, patient_zone=patient_zone or site_zone, workdays=workdays or Workdays())


def a_procedure(start: str | datetime = "2026-12-08 09:00", **changes: Any) -> Procedure:
    """A Tuesday morning in New York, enrolled on Friday 2026-11-20 at noon; times are New York's, or instants."""
    instants = {"enrolled": "2026-11-20 12:00", "start": start} | {
        name: changes.pop(name) for name in ("enrolled", "ended", "visit") if changes.get(name) is not None
    }
    values = {name: local(value) if isinstance(value, str) else value for name, value in instants.items()}
    consented = tuple(Channel(word) for word in changes.pop("consented", ("sms",)))
    return Procedure(consented=consented, **values | changes)


def plan(*steps: Step, now: str | datetime | None = None, place: Place | None = None, **changes: Any) -> Timeline:
    """The timeline of a protocol of these steps; `window` is the protocol's, the rest describes the procedure.

    Planned at enrollment, unless `now` says otherwise.
    """
    protocol = a_protocol(*steps, **{"window": changes.pop("window")} if "window" in changes else {})
    procedure = a_procedure(**changes)
    instant = local(now) if isinstance(now, str) else now or procedure.enrolled
    return build_timeline(protocol, procedure, place or a_place(), now=instant)


def planned(step: Step, **changes: Any) -> PlannedReminder:
    """What becomes of one step on its own."""
    (reminder,) = plan(step, **changes).reminders
    return reminder
