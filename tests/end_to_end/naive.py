"""The rules of the shipped protocol read once more, naively, from its file: what a checker holds the product against.

Nothing of the planner is used: dates are added up and zones asked for directly, as a person with a calendar would.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import schedules

FILE = Path(schedules.__file__).parent / "library" / "vertebroplasty" / "protocol.toml"
PROTOCOL: dict[str, Any] = tomllib.loads(FILE.read_text("utf-8"))
STEPS: dict[str, dict[str, Any]] = {step["key"]: step for step in PROTOCOL["step"]}
SITE_ZONE = ZoneInfo("America/New_York")
SUNDAY = 6


@dataclass(kw_only=True)
class Plan:
    """What staff have told the program about one procedure, and it has taken; instants are UTC."""

    enrolled: datetime
    start: datetime
    hour_known: bool
    zone: ZoneInfo
    sedation: str
    holds: dict[str, tuple[int, int | None]] = field(default_factory=dict)  # drug: days before, days until resumed
    ended: datetime | None = None
    visit: datetime | None = None
    arrival: datetime | None = None
    status: str = "active"
    reason: str | None = None

    def facts(self) -> dict[str, Any]:
        """What a message may state, as it holds under this plan; absent where there is nothing to state."""
        day = site_day(self.start)
        found: dict[str, Any] = {
            "procedure_date": day,
            "start_time": self.start if self.hour_known else None,
            "arrival": self.arrival,
            "rest_until": self.ended + timedelta(hours=24) if self.ended else None,
            "visit_date": site_day(self.anchor("visit")),
            "visit_time": self.visit,
        }
        for drug, (days, resume) in self.holds.items():
            found[f"stop:{drug}"] = day - timedelta(days=days) if days else None
            found[f"resume:{drug}"] = self.resume_day(resume) if days and resume else None
        return found

    def resume_day(self, days: int) -> date:
        return site_day(self.anchor("end")) + timedelta(days=days)

    def anchor(self, name: str) -> datetime:
        if name == "end":
            return self.ended or self.start + timedelta(**PROTOCOL["duration"])
        if name == "visit":
            return self.visit or self._assumed_visit()
        return self.enrolled if name == "enrolled" else self.start

    def _assumed_visit(self) -> datetime:
        day = _next_month(site_day(self.start))
        while day.weekday() >= 5:
            day += timedelta(days=1)
        return datetime.combine(day, time(9), SITE_ZONE).astimezone(UTC)

    def instances(self) -> Iterator[tuple[str, dict[str, Any], str | None]]:
        """Key, step and drug of everything that belongs to this plan (without copies)."""
        for step in STEPS.values():
            if "when" in step and not self._holds_true(step["when"]):
                continue
            if "unless" in step and self._holds_true(step["unless"]):
                continue
            if "for_each" not in step:
                yield step["key"], step, None
                continue
            for drug, (days, resume) in self.holds.items():
                if days and (step["for_each"] == "holds" or resume):
                    yield f"{step['key']}:{drug}", step, drug

    def _holds_true(self, asked: dict[str, Any]) -> bool:
        held = {drug for drug, (days, _) in self.holds.items() if days}
        holds = asked.get("holds")
        if isinstance(holds, bool) and holds != bool(self.holds):
            return False
        if isinstance(holds, list) and not held & set(holds):
            return False
        if "sedation" in asked and self.sedation not in asked["sedation"]:
            return False
        return "visit_booked" not in asked or asked["visit_booked"] == (self.visit is not None)

    def bound(self, step: dict[str, Any], name: str, drug: str | None) -> datetime | None:
        """`not_before` or `not_after` of a step as an instant."""
        if name not in step:
            return None
        table = step[name]
        anchor = self.anchor(table["anchor"])
        if "at" not in table:
            return anchor + timedelta(hours=table.get("hours", 0), minutes=table.get("minutes", 0))
        hold, resume = self.holds[drug] if drug else (0, None)
        days = table.get("days", 0) + table.get("hold", 0) * hold + table.get("resume", 0) * (resume or 0)
        day = site_day(anchor) + timedelta(days=days)
        return datetime.combine(day, time.fromisoformat(table["at"]), self.step_zone(step)).astimezone(UTC)

    def step_zone(self, step: dict[str, Any]) -> ZoneInfo:
        return SITE_ZONE if step.get("zone") == "site" else self.zone


def _next_month(day: date) -> date:
    year, month = (day.year + 1, 1) if day.month == 12 else (day.year, day.month + 1)
    for number in range(day.day, 27, -1):
        try:
            return date(year, month, number)
        except ValueError:
            continue
    return date(year, month, day.day)


def site_day(instant: datetime) -> date:
    return instant.astimezone(SITE_ZONE).date()


def is_open(instant: datetime, zone: ZoneInfo) -> bool:
    """Whether a patient may be contacted: Monday to Saturday from nine, Sunday from noon, to eight in the evening."""
    local = instant.astimezone(zone)
    hours = PROTOCOL["window"]["sun" if local.weekday() == SUNDAY else "mon-sat"]
    opens, closes = (time.fromisoformat(text) for text in hours.split("-"))
    return opens <= local.time() < closes


def next_open(instant: datetime, zone: ZoneInfo) -> datetime:
    """The next quarter of an hour, or this very instant, at which a patient may be contacted."""
    while not is_open(instant, zone):
        instant = instant.replace(second=0, microsecond=0) + timedelta(minutes=15 - instant.minute % 15)
    return instant


def printed_day(day: date) -> str:
    return f"{day:%a %b} {day.day}"


def printed_time(instant: datetime) -> str:
    local = instant.astimezone(SITE_ZONE)
    return f"{local.hour % 12 or 12}:{local:%M} {local:%p}"
