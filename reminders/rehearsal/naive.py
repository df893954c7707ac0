"""The clinician's file read once more, naively: what the checker holds the product against.

Nothing of the planner is used: dates are added up and zones asked for directly, as a person with a calendar would.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

SATURDAY, SUNDAY = 5, 6
REST = timedelta(hours=24)
Step = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """A protocol's file and the site's calendar, as plain tables."""

    steps: Mapping[str, Step]
    window: Mapping[str, str]
    duration: Mapping[str, int]
    visit_months: int
    visit_at: time
    site_zone: ZoneInfo
    closed: frozenset[date] = frozenset()

    def is_working(self, day: date) -> bool:
        return day.weekday() < SATURDAY and day not in self.closed

    def is_open(self, instant: datetime, zone: ZoneInfo) -> bool:
        """Whether a patient may be contacted."""
        local = instant.astimezone(zone)
        opens, closes = self.hours(local.date())
        return opens <= local.time() < closes

    def hours(self, day: date) -> tuple[time, time]:
        text = self.window["sun" if day.weekday() == SUNDAY else "mon-sat"]
        opens, closes = (time.fromisoformat(part) for part in text.split("-"))
        return opens, closes

    def next_open(self, instant: datetime, zone: ZoneInfo) -> datetime:
        """The next quarter of an hour, or this very instant, at which a patient may be contacted."""
        while not self.is_open(instant, zone):
            instant = instant.replace(second=0, microsecond=0) + timedelta(minutes=15 - instant.minute % 15)
        return instant

    def site_day(self, instant: datetime) -> date:
        return instant.astimezone(self.site_zone).date()


def read_rules(text: str, site_zone: ZoneInfo, closed: frozenset[date] = frozenset()) -> Rules:
    """The rules of a protocol file; the window must be of the shipped form, `mon-sat` and `sun`."""
    table = tomllib.loads(text)
    visit = table["visit_default"]
    return Rules(
        steps={step["key"]: step for step in table["step"]},
        window=table["window"],
        duration=table["duration"],
        visit_months=visit["months"],
        visit_at=time.fromisoformat(visit["at"]),
        site_zone=site_zone,
        closed=closed,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What staff have told the program about one procedure, and it has taken; instants are UTC."""

    enrolled: datetime
    start: datetime
    hour_known: bool
    zone: ZoneInfo
    sedation: str
    language: str
    detailed: bool
    channels: tuple[str, ...]
    phone: str | None = field(default=None, repr=False)
    email: str | None = field(default=None, repr=False)
    holds: Mapping[str, tuple[int, int | None]] = field(default_factory=dict)  # days before, days until resumed
    caregivers: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # label: channel, address
    ended: datetime | None = None
    visit: datetime | None = None
    arrival: datetime | None = None
    status: str = "active"
    reason: str | None = None

    def address(self, channel: str) -> str | None:
        return self.email if channel == "email" else self.phone

    def anchor(self, rules: Rules, name: str) -> datetime:
        if name == "end":
            return self.ended or self.start + timedelta(**rules.duration)
        if name == "visit":
            return self.visit or self._assumed_visit(rules)
        return self.enrolled if name == "enrolled" else self.start

    def _assumed_visit(self, rules: Rules) -> datetime:
        day = _months_later(rules.site_day(self.start), rules.visit_months)
        while not rules.is_working(day):
            day += timedelta(days=1)
        return datetime.combine(day, rules.visit_at, rules.site_zone).astimezone(UTC)

    def facts(self, rules: Rules, drug: str | None) -> dict[str, Any]:
        """What a message may state, by placeholder, as it holds under this plan; None where there is nothing."""
        day = rules.site_day(self.start)
        found: dict[str, Any] = {
            "procedure_date": day,
            "start_time": self.start if self.hour_known else None,
            "arrival_time": self.arrival,
            "rest_until": self.ended + REST if self.ended else None,
            "visit_date": rules.site_day(self.anchor(rules, "visit")),
            "visit_time": self.visit,
        }
        days, resumes = self.holds.get(drug or "", (0, None))
        if days:
            found |= {"first_day": day - timedelta(days=days), "last_day": day - timedelta(days=days + 1)}
        if days and resumes:
            found["resume_day"] = rules.site_day(self.anchor(rules, "end")) + timedelta(days=resumes)
        return found

    def instances(self, rules: Rules) -> Iterator[tuple[str, Step, str | None]]:
        """Key, step and drug of everything that belongs to this plan (without copies)."""
        for step in rules.steps.values():
            if not self._asked(step.get("when"), default=True) or self._asked(step.get("unless"), default=False):
                continue
            if "for_each" not in step:
                yield step["key"], step, None
                continue
            for drug, (days, resumes) in self.holds.items():
                if days and (step["for_each"] == "holds" or resumes):
                    yield f"{step['key']}:{drug}", step, drug

    def _asked(self, asked: Mapping[str, Any] | None, *, default: bool) -> bool:
        if asked is None:
            return default
        held = {drug for drug, (days, _) in self.holds.items() if days}
        holds = asked.get("holds")
        if isinstance(holds, bool) and holds != bool(self.holds):
            return False
        if isinstance(holds, list) and not held & set(holds):
            return False
        if "sedation" in asked and self.sedation not in asked["sedation"]:
            return False
        return "visit_booked" not in asked or asked["visit_booked"] == (self.visit is not None)

    def bound(self, rules: Rules, step: Step, name: str, drug: str | None) -> datetime | None:
        """`not_before` or `not_after` of a step as an instant."""
        table = step.get(name)
        if table is None:
            return None
        anchor = self.anchor(rules, table["anchor"])
        if "at" not in table:
            return anchor + timedelta(hours=table.get("hours", 0), minutes=table.get("minutes", 0))
        hold, resumes = self.holds.get(drug or "", (0, None))
        days = table.get("days", 0) + table.get("hold", 0) * hold + table.get("resume", 0) * (resumes or 0)
        day = rules.site_day(anchor) + timedelta(days=days)
        return datetime.combine(day, time.fromisoformat(table["at"]), self.zone_of(rules, step)).astimezone(UTC)

    def zone_of(self, rules: Rules, step: Step) -> ZoneInfo:
        return rules.site_zone if step.get("zone") == "site" else self.zone


def _months_later(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    for number in range(day.day, 27, -1):
        try:
            return date(day.year + years, month + 1, number)
        except ValueError:
            continue
    return date(day.year + years, month + 1, day.day)


def printed_day(day: date) -> str:
    return f"{day:%a %b} {day.day}"


def printed_time(instant: datetime, zone: ZoneInfo) -> str:
    local = instant.astimezone(zone)
    return f"{local.hour % 12 or 12}:{local:%M} {local:%p}"
