"""The time rules worked out the slow way, by reading local clocks minute by minute.

An independent second opinion for the property tests: from `schedules/` it takes the frozen values alone, and the one
thing it trusts is what a clock in a zone reads at an instant.
"""

import calendar
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from schedules.procedure import Hold, Place, Procedure
from schedules.protocol import Bound, Condition, Offset, Protocol, Step, Window
from schedules.workdays import Workdays

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
HALF_AN_HOUR, TEN_MINUTES = timedelta(minutes=30), timedelta(minutes=10)
FOUR_HOURS = timedelta(hours=4)  # the largest clock change of these decades is three
FARTHEST = 60  # days in which a permitted time is looked for


def reading(instant: datetime, zone: ZoneInfo) -> datetime:
    """What a clock in the zone shows at an instant: date and time without a zone."""
    return instant.astimezone(zone).replace(tzinfo=None, fold=0)


@lru_cache(maxsize=20_000)
def minutes_of(day: date, zone: ZoneInfo) -> tuple[tuple[datetime, datetime], ...]:
    """Every minute at which the zone's calendar shows this day, as (instant, reading); none on a day it skipped."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    offsets = [reading(midnight + days * DAY, zone).replace(tzinfo=UTC) - days * DAY - midnight for days in (-2, 3)]
    begin, end = midnight - max(offsets) - FOUR_HOURS, midnight + DAY - min(offsets) + FOUR_HOURS
    walked = (begin + number * MINUTE for number in range((end - begin) // MINUTE))
    return tuple((instant, reading(instant, zone)) for instant in walked if instant.astimezone(zone).date() == day)


def instants_reading(wanted: datetime, zone: ZoneInfo) -> list[datetime]:
    """The instants at which the clock shows this minute: none in a gap, two in an overlap."""
    return [instant for instant, shown in minutes_of(wanted.date(), zone) if shown == wanted]


def instant(day: date, at: time, zone: ZoneInfo, shift: str) -> datetime:
    """T5."""
    wanted = datetime.combine(day, at)
    if found := instants_reading(wanted, zone):
        return found[0] if shift == "earlier" else found[-1]
    around = [minute for number in (-1, 0, 1) for minute in minutes_of(day + number * DAY, zone)]
    for (_, before), (_, after) in pairwise(around):
        if before < wanted < after:
            (moved,) = instants_reading(wanted + (after - before - MINUTE), zone)
            return moved
    raise AssertionError("a time that is not shown lies in a gap")


# Days.


def months_later(day: date, months: int) -> date:
    """T3: the same day of another month, or that month's last."""
    year, month = day.year, day.month
    for _ in range(abs(months)):
        month += 1 if months > 0 else -1
        year, month = (year + 1, 1) if month == 13 else (year - 1, 12) if month == 0 else (year, month)
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def works(day: date, site: Workdays) -> bool:
    """T4."""
    weekend = calendar.day_name[day.weekday()] in ("Saturday", "Sunday")
    return day in site.open or not (weekend or day in site.holidays or day in site.closed)


def working_day(day: date, site: Workdays, shift: str) -> date:
    found = day
    for _ in range(FARTHEST):
        if works(found, site):
            return found
        found = found + DAY if shift == "later" else found - DAY
    return day


def date_reached(anchor: datetime, offset: Offset, hold: Hold | None, site: ZoneInfo) -> date:
    days = 7 * offset.weeks + offset.days
    if hold is not None:
        days += offset.hold * hold.days + offset.resume * (hold.resume_days or 0)
    return months_later(reading(anchor, site).date(), offset.months) + days * DAY


# One step.


Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class Rules:
    """What the table says of one step of one patient."""

    step: Step
    hold: Hold | None
    zone: ZoneInfo
    window: Window
    workdays: Workdays | None
    pointed: datetime
    not_before: datetime | None
    not_after: datetime | None
    spans: dict[date, Span | None] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return self.step.key + (f":{self.hold.drug}" if self.hold else "")

    def bounded(self, at: datetime) -> bool:
        """T7."""
        too_early = self.not_before is not None and at < self.not_before
        return not too_early and not (self.not_after is not None and at >= self.not_after)

    def span(self, day: date) -> Span | None:
        """The open and the close of a date; both lie on it."""
        if day not in self.spans:
            self.spans[day] = self._span(day)
        return self.spans[day]

    def _span(self, day: date) -> Span | None:
        hours, minutes = self.window.days[day.weekday()], minutes_of(day, self.zone)
        if hours is None or not minutes or (self.workdays and not works(day, self.workdays)):
            return None
        ends = minutes[-1][0] + MINUTE
        opens = instant(day, hours.open, self.zone, "later")
        closes = ends if hours.close is None else min(ends, instant(day, hours.close, self.zone, "earlier"))
        return (opens, closes) if opens < closes else None

    def permits(self, at: datetime) -> bool:
        span = self.span(reading(at, self.zone).date())
        return span is not None and span[0] <= at < span[1]

    def later(self, at: datetime) -> datetime | None:
        """T6.2: this instant, else the first permitted minute after it."""
        end = at + FARTHEST * DAY
        while not self.permits(at):
            day = reading(at, self.zone).date()
            closed = self.span(day) is None  # then there is nothing to look for on this day
            at = minutes_of(day, self.zone)[-1][0] if closed else at.replace(second=0, microsecond=0)
            at += MINUTE
            if at > end:
                return None
        return at

    def earlier(self, at: datetime) -> datetime | None:
        """T6.2: this instant, else 30 minutes before the close that came last."""
        if self.permits(at):
            return at
        end = at - FARTHEST * DAY
        at = at.replace(second=0, microsecond=0)
        while not self.permits(at):
            day = reading(at, self.zone).date()
            at = (minutes_of(day, self.zone)[0][0] if self.span(day) is None else at) - MINUTE
            if at < end:
                return None
        close = at + MINUTE
        while self.permits(at - MINUTE) and close - at < HALF_AN_HOUR:
            at -= MINUTE
        return at

    def move(self, at: datetime, shift: str) -> datetime | None:
        return self.later(at) if shift == "later" else self.earlier(at)

    def on_time(self) -> datetime | None:
        """T6."""
        at = self.pointed
        if self.step.shift == "later" and self.not_before is not None:
            at = max(at, self.not_before)
        if self.step.shift == "earlier" and self.not_after is not None:
            at = min(at, self.not_after - HALF_AN_HOUR)
        other = "earlier" if self.step.shift == "later" else "later"
        for shift in [self.step.shift.value] + ([] if self.step.strict else [other]):
            found = self.move(at, shift)
            if found is not None and self.bounded(found):
                return found
        return None

    def first_from(self, at: datetime) -> datetime | None:
        """T8, T9: the first instant from here on at which the step may leave."""
        found = self.later(at if self.not_before is None else max(at, self.not_before))
        return found if found is not None and self.bounded(found) else None


# One patient.


def anchors_of(protocol: Protocol, procedure: Procedure, place: Place) -> dict[str, datetime]:
    """T10."""
    anchors = {"enrolled": procedure.enrolled, "start": procedure.start}
    anchors["end"] = procedure.ended or procedure.start + protocol.duration_minutes * MINUTE
    default = protocol.visit_default
    day = date_reached(anchors[default.anchor], default.offset, None, place.site_zone)
    if default.working_day:
        day = working_day(day, place.workdays, "later")
    anchors["visit"] = procedure.visit or instant(day, default.at, place.site_zone, "later")
    return anchors


def met(condition: Condition, procedure: Procedure) -> bool:
    held = [hold.drug for hold in procedure.holds if hold.days > 0]
    answers = [True]
    if isinstance(condition.holds, bool):
        answers += [condition.holds is (len(procedure.holds) > 0)]
    elif condition.holds is not None:
        answers += [any(drug in held for drug in condition.holds)]
    answers += [procedure.sedation in condition.sedation] if condition.sedation is not None else []
    answers += [(procedure.visit is not None) is condition.visit_booked] if condition.visit_booked is not None else []
    return all(answers)


def rules_of(protocol: Protocol, procedure: Procedure, place: Place) -> list[Rules]:
    anchors = anchors_of(protocol, procedure, place)
    found = []
    for step in protocol.steps:
        if (step.when and not met(step.when, procedure)) or (step.unless and met(step.unless, procedure)):
            continue
        holds: list[Hold | None] = [None]
        if step.for_each is not None:
            holds = [hold for hold in procedure.holds if hold.days > 0]
            holds = [hold for hold in holds if step.for_each == "holds" or hold.resume_days]  # type: ignore[union-attr]
        found += [_rules(protocol, step, hold, anchors, place) for hold in holds]
    return found


def _rules(protocol: Protocol, step: Step, hold: Hold | None, anchors: dict[str, datetime], place: Place) -> Rules:
    zone = place.site_zone if step.zone == "site" else place.patient_zone

    def reached(anchor: str, offset: Offset, to_work: bool = False) -> datetime:
        if offset.at is None:
            return anchors[anchor] + (60 * offset.hours + offset.minutes) * MINUTE
        day = date_reached(anchors[anchor], offset, hold, place.site_zone)
        day = working_day(day, place.workdays, step.shift.value) if to_work else day
        return instant(day, offset.at, zone, step.shift.value)

    def bound(bound: Bound | None) -> datetime | None:
        return None if bound is None else reached(bound.anchor.value, bound.offset)

    return Rules(
        step=step,
        hold=hold,
        zone=zone,
        window=protocol.window,
        workdays=place.workdays if step.working_day else None,
        pointed=reached(step.anchor.value, step.offset, to_work=step.working_day),
        not_before=bound(step.not_before),
        not_after=bound(step.not_after),
    )


Plan = dict[str, tuple[str, datetime | None, bool]]


def plan(protocol: Protocol, procedure: Procedure, place: Place, now: datetime) -> Plan:
    """T8, T13: what becomes of each step as (status, sending instant, late), by key in table order."""
    everyone = rules_of(protocol, procedure, place)
    found: Plan = {}
    welcome: datetime | None = None
    last_late: datetime | None = None
    for rules in [*(r for r in everyone if r.step.first), *(r for r in everyone if not r.step.first)]:
        starts = [now] + ([] if rules.step.first else [at + TEN_MINUTES for at in (welcome, last_late) if at])
        found[rules.key] = status, at, late = _placed(rules, procedure, now, max(starts), welcome)
        if rules.step.first:
            welcome = at
        elif late and status == "planned":
            last_late = at
    return {rules.key: found[rules.key] for rules in everyone}


def _placed(
    rules: Rules, procedure: Procedure, now: datetime, earliest: datetime, welcome: datetime | None
) -> tuple[str, datetime | None, bool]:
    on_time, ended = rules.on_time(), "skipped" if rules.step.if_late == "skip" else "missed"
    if not set(rules.step.channels) & set(procedure.consented):
        return "missed", None, False
    if on_time is None:
        return ended, None, False
    if on_time >= now and (rules.step.first or welcome is None or on_time >= welcome):
        return "planned", on_time, False
    at = None if rules.step.if_late == "skip" else rules.first_from(earliest)
    return ("planned", at, True) if at is not None else (ended, None, True)
