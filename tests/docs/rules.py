"""The examples of docs/time-rules.md: what is given stands in them as words, what comes of it the code itself writes.

step     anchor = "start", offset = { days = -3, at = "08:00" }, shift = "earlier"
start    Tue 2026-12-08 09:00 EST
planned  Fri 2026-12-04 19:30 EST
why      ...
"""

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from schedules.loading import load_protocol
from schedules.localtime import exact_instant
from schedules.placing import Instance, Trace, at_sending, make_instance, pointed_at
from schedules.procedure import Hold, Place, Procedure
from schedules.protocol import Protocol
from schedules.timeline import build_timeline, find_anchors
from schedules.workdays import Workdays

LABEL = 9  # characters before what is given
WIDTH = 100
MOST_DAYS = 7
SHIPPED_WINDOW = "mon-sat = '09:00-20:00', sun = '12:00-20:00'"
GIVEN = ("site", "patient", "closed", "window", "step", "hold", "enrolled", "start", "end", "visit", "now", "looks")
INSTANT = re.compile(r"(?:\w{3} )?(\d{4}-\d\d-\d\d)(?: (\d\d:\d\d))?(?: ([A-Z]+))?")
HOURS = " " * (LABEL + 7) + "".join(f"{hour:02}    " for hour in range(0, 24, 3)).rstrip()

DOCUMENT = """
name = "example"
version = 1
title = "Example"
duration = {{ minutes = 60 }}
visit_default = {{ anchor = "start", months = 1, at = "09:00", working_day = true }}
window = {{ {window} }}
step = [{{ key = "example", channels = ["sms"], {step} }}]
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Example:
    """What an example gives."""

    given: dict[str, str]

    @property
    def place(self) -> Place:
        site = ZoneInfo(self.given.get("site", "America/New_York"))
        closed = frozenset(map(date.fromisoformat, self.given.get("closed", "").split()))
        patient = ZoneInfo(self.given.get("patient", site.key))
        return Place(site_zone=site, patient_zone=patient, workdays=Workdays(closed=closed))

    @property
    def protocol(self) -> Protocol:
        window = self.given.get("window", SHIPPED_WINDOW)
        return load_protocol("example", DOCUMENT.format(window=window, step=" ".join(self.given["step"].split())))

    @property
    def procedure(self) -> Procedure:
        start, hour_known = self._instant("start", "2026-12-08 09:00"), ":" in self.given.get("start", ":")
        return Procedure(
            enrolled=self._instant("enrolled", "2026-11-20 12:00"),
            start=start,
            hour_known=hour_known,
            ended=self._instant("end") if "end" in self.given else None,
            visit=self._instant("visit") if "visit" in self.given else None,
            holds=tuple(_holds(self.given.get("hold", ""))),
        )

    @property
    def now(self) -> datetime:
        return self._instant("now", self.given.get("enrolled", "2026-11-20 12:00"))

    @property
    def looks(self) -> datetime | None:
        return self._instant("looks") if "looks" in self.given else None

    def _instant(self, key: str, default: str | None = None) -> datetime:
        return _instant(self.given.get(key) or default or "", self.place.site_zone)


def shown(text: str) -> str:
    """The whole example as it should stand: what is given, what comes of it and why, and a picture of the days."""
    return "\n".join(line.rstrip() for line in _lines(_read(text)))


def _read(text: str) -> Example:
    given: dict[str, str] = {}
    key = ""
    for line in text.splitlines():
        first, _, value = line.partition(" ")
        if not first and key:
            given[key] += "\n" + line
        elif first in GIVEN:
            key, given[first] = first, value.strip()
        else:
            break
    return Example(given=given)


def _lines(example: Example) -> Iterator[str]:
    for key, value in example.given.items():
        yield f"{key:<{LABEL}}{_given(example, key, value)}"
    instance, place = _instance(example), example.place
    planned = build_timeline(example.protocol, example.procedure, place, now=example.now).reminders[0]
    pointed = pointed_at(instance, _anchors(example), place, Trace(instance.zone))
    yield from _line(str(planned.status), "" if planned.send_at is None else _say(planned.send_at, instance.zone))
    yield from _line("why", "; ".join(planned.why))
    if looks := example.looks:
        leave = at_sending(instance.limits, instance.step.if_late, looks)
        yield from _line("leaves", str(leave.ended) if leave.at is None else _say(leave.at, instance.zone))
    elif pointed != planned.send_at:
        yield from _picture(instance, pointed, planned.send_at)


def _given(example: Example, key: str, value: str) -> str:
    if key not in ("enrolled", "start", "end", "visit", "now", "looks") or (key == "start" and ":" not in value):
        return value
    return _say(_instant(value, example.place.site_zone), example.place.site_zone)


def _line(key: str, value: str) -> Iterator[str]:
    lines = textwrap.wrap(value, WIDTH - LABEL) or [""]
    yield f"{key:<{LABEL}}{lines[0]}"
    yield from (" " * LABEL + line for line in lines[1:])


def _instance(example: Example) -> Instance:
    procedure = example.procedure
    hold = procedure.holds[0] if procedure.holds and example.protocol.steps[0].for_each else None
    return make_instance(example.protocol, example.protocol.steps[0], hold, _anchors(example), example.place)


def _anchors(example: Example) -> dict[str, datetime]:
    return find_anchors(example.protocol, example.procedure, example.place)


def _picture(instance: Instance, pointed: datetime, planned: datetime | None) -> Iterator[str]:
    """A line for each day between the two instants, on the step's own clock, a character for each half hour."""
    first, last = sorted(instant.astimezone(instance.zone).date() for instant in (pointed, planned or pointed))
    if (last - first).days >= MOST_DAYS:
        return
    yield from ("", HOURS)
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        yield f"{day:%a %Y-%m-%d}  " + "".join(_slot(instance, day, slot, pointed, planned) for slot in range(48))


def _slot(instance: Instance, day: date, slot: int, pointed: datetime, planned: datetime | None) -> str:
    local = datetime.combine(day, time(slot // 2, slot % 2 * 30), tzinfo=instance.zone)
    begins = local.astimezone(UTC)
    if begins.astimezone(instance.zone).replace(tzinfo=None) != local.replace(tzinfo=None):
        return " "  # a half hour that the clocks leave out
    if planned is not None and begins <= planned < begins + timedelta(minutes=30):
        return "*"
    if begins <= pointed < begins + timedelta(minutes=30):
        return "o"
    if not instance.limits.permitted.allows(begins):
        return "."
    return "=" if instance.limits.holds(begins) else "-"


def _holds(text: str) -> Iterator[Hold]:
    for words in text.split():
        drug, _, days = words.partition("=")
        before, _, after = days.partition("/")
        yield Hold(drug=drug, days=int(before), ordered_by="Dr. Example", resume_days=int(after) if after else None)


def _instant(text: str, zone: ZoneInfo) -> datetime:
    match = INSTANT.fullmatch(text)
    assert match is not None, f"{text!r} is no instant like 'Tue 2026-12-08 09:00'"
    local = datetime.fromisoformat(f"{match[1]} {match[2] or '07:00'}")
    if match[3] and local.replace(tzinfo=zone, fold=0).tzname() != local.replace(tzinfo=zone, fold=1).tzname():
        fold = 0 if local.replace(tzinfo=zone, fold=0).tzname() == match[3] else 1
        return local.replace(tzinfo=zone, fold=fold).astimezone(UTC)
    return exact_instant(local, zone)


def _say(instant: datetime, zone: ZoneInfo) -> str:
    return f"{instant.astimezone(zone):%a %Y-%m-%d %H:%M %Z}"
