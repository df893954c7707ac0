"""One step's instant: where its offset points, what its bounds and window make of it, and the trace in words."""

from dataclasses import dataclass, field
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from schedules.localtime import calendar_date, elapsed, to_instant
from schedules.procedure import Anchors, Hold, Place
from schedules.protocol import Bound, IfLate, Offset, Protocol, Shift, Step, StepZone
from schedules.windows import ALWAYS, ROOM, Permitted

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")  # strftime would ask the machine's language


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """When one step may leave: not_before <= t < not_after, at permitted instants. Bounds are UTC."""

    permitted: Permitted
    not_before: datetime | None
    not_after: datetime | None

    def holds(self, instant: datetime) -> bool:
        return (self.not_before is None or self.not_before <= instant) and (
            self.not_after is None or instant < self.not_after
        )

    def first_from(self, instant: datetime) -> datetime | None:
        """The first instant from here on at which the step may leave; None when there is none."""
        start = instant if self.not_before is None else max(instant, self.not_before)
        found = self.permitted.at_or_after(start)
        return found if found is not None and self.holds(found) else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Instance:
    """A step of one timeline: for a drug where the step repeats, with its zone and limits worked out."""

    step: Step
    hold: Hold | None
    zone: ZoneInfo
    limits: Limits

    @property
    def key(self) -> str:
        return self.step.key if self.hold is None else f"{self.step.key}:{self.hold.drug}"


@dataclass(slots=True)
class Trace:
    """The rules applied so far, in words a coordinator reads; times are on the step's clock."""

    zone: ZoneInfo
    lines: list[str] = field(default_factory=list)

    def say(self, instant: datetime) -> str:
        local = instant.astimezone(self.zone)
        return f"{WEEKDAYS[local.weekday()]} {local.isoformat(' ', 'minutes')[:16]}"

    def add(self, line: str) -> None:
        self.lines.append(line)


def make_instance(protocol: Protocol, step: Step, hold: Hold | None, anchors: Anchors, place: Place) -> Instance:
    zone = place.site_zone if step.zone is StepZone.SITE else place.patient_zone
    bounds = [_bound_at(bound, step, hold, anchors, place, zone) for bound in (step.not_before, step.not_after)]
    return Instance(step=step, hold=hold, zone=zone, limits=make_limits(protocol, step, zone, place, *bounds))


def make_limits(
    protocol: Protocol,
    step: Step,
    zone: ZoneInfo,
    place: Place,
    not_before: datetime | None,
    not_after: datetime | None,
) -> Limits:
    """When a step may leave: in the window on a clock of this zone, between bounds that are worked out (UTC)."""
    window, workdays = ALWAYS if step.any_hour else protocol.window, place.workdays if step.working_day else None
    permitted = Permitted(window=window, zone=zone, workdays=workdays)
    return Limits(permitted=permitted, not_before=not_before, not_after=not_after)


def _bound_at(
    bound: Bound | None, step: Step, hold: Hold | None, anchors: Anchors, place: Place, zone: ZoneInfo
) -> datetime | None:
    if bound is None:
        return None
    anchor, offset = anchors[bound.anchor], bound.offset
    if offset.at is None:
        return elapsed(anchor, offset)
    day = calendar_date(anchor, offset, place.site_zone, order_days(offset, hold))
    return to_instant(day, offset.at, zone, step.shift)


def order_days(offset: Offset, hold: Hold | None) -> int:
    """The days the recorded order adds to an offset, signed."""
    if hold is None:
        return 0
    return offset.hold * hold.days + offset.resume * (hold.resume_days or 0)


def pointed_at(instance: Instance, anchors: Anchors, place: Place, trace: Trace) -> datetime:
    """Where the offset points, on a working day where the step asks for one (site dates, the step's clock)."""
    step, offset, zone = instance.step, instance.step.offset, instance.zone
    anchor, words = anchors[step.anchor], _in_words(offset, instance.hold)
    trace.add(f"{step.anchor.value} is {trace.say(anchor)} ({zone.key})")
    if offset.at is None:
        instant = elapsed(anchor, offset)
        trace.add(f"{words}: {trace.say(instant)}")
        return instant
    day = calendar_date(anchor, offset, place.site_zone, order_days(offset, instance.hold))
    instant = to_instant(day, offset.at, zone, step.shift)
    trace.add(f"{words}: {trace.say(instant)}")
    if step.working_day and (working := place.workdays.nearest(day, step.shift)) not in (day, None):
        instant = to_instant(working, offset.at, zone, step.shift)
        trace.add(f"{say_day(day)} is not a working day at the site: {step.shift} to {trace.say(instant)}")
    if instant.astimezone(zone).time() != offset.at:
        trace.add(f"{say_time(offset.at)} does not exist on that day (clocks go forward)")
    return instant


def say_day(day: date) -> str:
    return f"{WEEKDAYS[day.weekday()]} {day.isoformat()}"


def say_time(at: time) -> str:
    return at.isoformat("minutes")


def _in_words(offset: Offset, hold: Hold | None) -> str:
    """ "minus 5 days of hold, minus 1 day, at 10:00"; a sum of nothing is the anchor itself."""
    parts = []
    if hold is not None and offset.hold:
        parts.append(_counted(offset.hold * hold.days, "day", f" of {hold.drug} hold ordered by {hold.ordered_by}"))
    if hold is not None and offset.resume and hold.resume_days:
        parts.append(
            _counted(offset.resume * hold.resume_days, "day", f" until {hold.drug} resumes, by {hold.ordered_by}")
        )
    for unit in ("months", "weeks", "days", "hours", "minutes"):
        if number := getattr(offset, unit):
            parts.append(_counted(number, unit[:-1]))
    if offset.at is not None:
        parts.append(f"at {say_time(offset.at)}")
    return ", ".join(parts) or "at once"


def _counted(number: int, unit: str, of: str = "") -> str:
    return f"{'minus' if number < 0 else 'plus'} {abs(number)} {unit}{'s' * (abs(number) != 1)}{of}"


def fit(instance: Instance, instant: datetime, trace: Trace) -> datetime | None:
    """The permitted instant nearest to where the offset points, inside the bounds; None when nothing fits."""
    limits, step = instance.limits, instance.step
    pulled = _pulled_inside(instance, instant, trace)
    for shift in (step.shift,) if step.strict else (step.shift, step.shift.opposite):
        found = limits.permitted.nearest(pulled, shift)
        if found is not None and limits.holds(found):
            if found != pulled:
                trace.add(f"outside the window: moved {shift} to {trace.say(found)}")
            return found
    trace.add(f"nothing fits {_bounds_in_words(limits, trace)}" + (", and its direction is fixed" * step.strict))
    return None


def _pulled_inside(instance: Instance, instant: datetime, trace: Trace) -> datetime:
    """The bound on the side of the shift pulls first."""
    bounds, pulled = instance.limits, instant
    if instance.step.shift is Shift.LATER and bounds.not_before is not None and instant < bounds.not_before:
        pulled = bounds.not_before
        trace.add(f"not before {trace.say(bounds.not_before)}: starts there")
    if instance.step.shift is Shift.EARLIER and bounds.not_after is not None and instant > bounds.not_after - ROOM:
        pulled = bounds.not_after - ROOM
        trace.add(f"not after {trace.say(bounds.not_after)}: pulled to {trace.say(pulled)}")
    return pulled


def _bounds_in_words(limits: Limits, trace: Trace) -> str:
    after = f"from {trace.say(limits.not_before)} " if limits.not_before else ""
    before = f"before {trace.say(limits.not_after)} " if limits.not_after else ""
    return f"{after}{before}inside the window".strip()


@dataclass(frozen=True, kw_only=True, slots=True)
class Leave:
    """The rules at sending time: leave at `at` (now, or the next permitted instant); `ended` when there is none."""

    at: datetime | None
    ended: str | None = None  # "missed" or "skipped"


def at_sending(limits: Limits, if_late: IfLate, now: datetime) -> Leave:
    """What the same limits say of a step about to leave (UTC `now`): now, later, or no more."""
    found = limits.first_from(now)
    if found is not None:
        return Leave(at=found)
    return Leave(at=None, ended="skipped" if if_late is IfLate.SKIP else "missed")
