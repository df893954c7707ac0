"""Generated zones, moments, protocols and procedures, drawn to the places where clocks and calendars are odd."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from schedules.procedure import Hold, Place, Procedure
from schedules.protocol import (
    Anchor,
    Bound,
    Channel,
    Each,
    Hours,
    IfLate,
    Offset,
    Protocol,
    Shift,
    Step,
    StepZone,
    VisitDefault,
    Window,
)
from schedules.workdays import Workdays
from tests.builders import a_welcome

FIRST, LAST = datetime(2020, 1, 1, tzinfo=UTC), datetime(2041, 1, 1, tzinfo=UTC)
MINUTE, HOUR, DAY, WEEK = (timedelta(minutes=minutes) for minutes in (1, 60, 1440, 10080))

# "localtime" is the machine's own zone under another name: with it the examples would differ from place to place.
ZONES = tuple(sorted(available_timezones() - {"localtime"}))


class ClockChange(NamedTuple):
    """The first instant (UTC) at which a zone's clock stands otherwise, and its offsets from UTC."""

    instant: datetime
    before: timedelta
    after: timedelta

    @property
    def size(self) -> timedelta:
        return abs(self.after - self.before)

    @property
    def odd_stretch(self) -> datetime:
        """The first reading (no zone) that the clock skips or shows twice; as many follow as the change is long."""
        return self.instant.replace(tzinfo=None) + min(self.before, self.after)


@cache
def clock_changes(zone: ZoneInfo) -> tuple[ClockChange, ...]:
    """Every clock change of a zone from 2020 to 2040, found by looking once a week and then more closely."""
    found, week = [], FIRST
    while week < LAST:
        before, after = _offset(week, zone), _offset(week + WEEK, zone)
        if before != after:
            found.append(ClockChange(_first_minute(week, week + WEEK, before, zone), before, after))
        week += WEEK
    return tuple(found)


def _first_minute(low: datetime, high: datetime, before: timedelta, zone: ZoneInfo) -> datetime:
    while high - low > MINUTE:
        middle = low + (high - low) // (2 * MINUTE) * MINUTE
        low, high = (middle, high) if _offset(middle, zone) == before else (low, middle)
    return high


def _offset(instant: datetime, zone: ZoneInfo) -> timedelta:
    return instant.astimezone(zone).utcoffset() or timedelta()


@lru_cache(maxsize=1)
def every_clock_change() -> tuple[tuple[ZoneInfo, ClockChange], ...]:
    """The clock changes of all zones; of zones that always agree, one stands for the others."""
    alike: dict[tuple[ClockChange, ...], ZoneInfo] = {}
    for name in ZONES:
        alike.setdefault(clock_changes(ZoneInfo(name)), ZoneInfo(name))
    return tuple((zone, change) for changes, zone in alike.items() for change in changes)


# Places and moments.

zones: SearchStrategy[ZoneInfo] = st.sampled_from(ZONES).map(ZoneInfo)
changing_zones = st.deferred(
    lambda: st.sampled_from(sorted({zone.key for zone, _ in every_clock_change()})).map(ZoneInfo)
)
any_zone = zones | changing_zones
shifts = st.sampled_from(Shift)
clock_times = st.builds(
    time, st.integers(0, 23), st.sampled_from([0, 0, 15, 30, 45, 59]) | st.integers(0, 59)
) | st.builds(time, st.integers(0, 3), st.integers(0, 59))  # where most clocks change
days = st.dates(date(2020, 1, 2), date(2040, 12, 30))
odd_days = st.sampled_from(
    [date(year, 2, 29) for year in range(2020, 2041, 4)]
    + [date(year, month, 1) - DAY for year in range(2021, 2041) for month in range(1, 13)]
    + [date(2036, 12, 31), date(2037, 1, 1), date(2038, 1, 19)]
)


def minutes(low: timedelta, high: timedelta) -> SearchStrategy[timedelta]:
    return st.integers(low // MINUTE, high // MINUTE).map(lambda number: number * MINUTE)


@st.composite
def moments(draw: st.DrawFn, zone: ZoneInfo) -> datetime:
    """An instant: any, on an odd day, or within three days of a change of this zone's clock."""
    near_a_change: bool = draw(st.booleans())
    if near_a_change and clock_changes(zone):
        return draw(st.sampled_from(clock_changes(zone))).instant + draw(minutes(-3 * DAY, 3 * DAY))
    day = draw(days | odd_days)
    return datetime.combine(day, draw(clock_times), tzinfo=zone).astimezone(UTC)


@st.composite
def local_times(draw: st.DrawFn) -> tuple[date, time, ZoneInfo]:
    """A wall-clock time in a zone, every other time in or near a gap or an overlap."""
    near_a_change: bool = draw(st.booleans())
    zone = draw(changing_zones if near_a_change else any_zone)
    shown = draw(moments(zone)).astimezone(zone).replace(tzinfo=None)
    if near_a_change:
        change = draw(st.sampled_from(clock_changes(zone)))
        shown = (change.instant + min(change.before, change.after) + draw(minutes(-HOUR, 2 * HOUR))).replace(
            tzinfo=None
        )
    return shown.date(), shown.time().replace(second=0, microsecond=0, fold=0), zone


@st.composite
def workdays(draw: st.DrawFn, around: date) -> Workdays:
    near = st.integers(-45, 75).map(lambda number: around + number * DAY)
    few = st.frozensets(near, max_size=6)
    return Workdays(holidays=draw(few), closed=draw(few), open=draw(few))


@st.composite
def places(draw: st.DrawFn, around: date) -> Place:
    site = draw(any_zone)
    patient = draw(st.just(site) | any_zone)
    return Place(site_zone=site, patient_zone=patient, workdays=draw(workdays(around)))


holds = st.builds(
    Hold,
    drug=st.sampled_from(["warfarin", "aspirin", "clopidogrel"]),
    days=st.integers(0, 30),
    ordered_by=st.just("Dr. Example"),
    resume_days=st.none() | st.integers(1, 30),
)


@st.composite
def procedures(draw: st.DrawFn) -> tuple[Procedure, Place]:
    """A procedure at a place, from 2020 to 2040."""
    zone = draw(any_zone)
    start = draw(moments(zone))
    place = draw(places(start.date()))
    procedure = Procedure(
        enrolled=start - draw(minutes(MINUTE, 40 * DAY)) + timedelta(seconds=draw(st.sampled_from([0, 0, 17]))),
        start=start,
        ended=draw(st.none() | minutes(-6 * HOUR, 24 * HOUR).map(lambda after: start + after)),
        visit=draw(st.none() | minutes(5 * DAY, 60 * DAY).map(lambda after: start + after)),
        sedation=draw(st.sampled_from(["none", "moderate", "general"])),
        holds=tuple(draw(st.lists(holds, max_size=2, unique_by=lambda hold: hold.drug))),
        consented=draw(st.sampled_from([(Channel.SMS,), (Channel.SMS, Channel.EMAIL), (Channel.EMAIL,)])),
    )
    return procedure, place


@st.composite
def now_of(draw: st.DrawFn, procedure: Procedure) -> datetime:
    """The moment of planning: enrollment, or any time after it."""
    return procedure.enrolled + draw(st.just(timedelta()) | minutes(timedelta(), 60 * DAY))


# Protocols.


@st.composite
def hours(draw: st.DrawFn) -> Hours:
    opens = draw(st.integers(0, 23 * 60))
    closes = draw(st.integers(opens + 60, 24 * 60))
    return Hours(open=_clock(opens), close=None if closes == 24 * 60 else _clock(closes))


def _clock(minutes: int) -> time:
    return time(minutes // 60, minutes % 60)


ordinary_hours = st.sampled_from([Hours(open=time(9), close=time(20)), Hours(open=time(0), close=None)])
windows = (
    st.lists(st.none() | hours() | ordinary_hours, min_size=7, max_size=7)
    .filter(any)
    .map(lambda week: Window(tuple(week)))
)


@st.composite
def odd_windows(draw: st.DrawFn, change: ClockChange) -> Window:
    """A window that opens or closes in or near the readings a clock change skips or repeats."""
    near = change.odd_stretch.hour * 60 + change.odd_stretch.minute + draw(st.integers(-60, 180))
    length = draw(st.integers(60, 240))
    opens = min(max(near - draw(st.sampled_from([0, length])), 0), 1440 - length)
    closes = None if opens + length == 1440 else _clock(opens + length)
    return Window((Hours(open=_clock(opens), close=closes),) * 7)


@st.composite
def offsets(draw: st.DrawFn) -> Offset:
    if draw(st.booleans()):
        return Offset(hours=draw(st.integers(-96, 96)), minutes=draw(st.integers(-59, 59)))
    return Offset(
        months=draw(st.sampled_from([0, 0, 0, -2, -1, 1, 2])),
        weeks=draw(st.sampled_from([0, 0, -2, 1])),
        days=draw(st.integers(-20, 20)),
        at=draw(clock_times),
    )


@st.composite
def bounds(draw: st.DrawFn, step_anchor: Anchor, offset: Offset, low: int, high: int) -> Bound:
    """A bound some hours or days off where the step points."""
    anchor = draw(st.just(step_anchor) | st.sampled_from(Anchor))
    if offset.at is None:
        hours = offset.hours + draw(st.integers(low * 24, high * 24))
        return Bound(anchor=anchor, offset=Offset(hours=hours, minutes=draw(st.sampled_from([0, 0, 30]))))
    days = offset.days + draw(st.integers(low, high))
    return Bound(
        anchor=anchor, offset=Offset(months=offset.months, weeks=offset.weeks, days=days, at=draw(clock_times))
    )


@st.composite
def steps(draw: st.DrawFn, key: str) -> Step:
    anchor, offset = draw(st.sampled_from(Anchor)), draw(offsets())
    return Step(
        key=key,
        anchor=anchor,
        offset=offset,
        shift=draw(shifts),
        channels=draw(st.sampled_from([(Channel.SMS,), (Channel.SMS, Channel.EMAIL)])),
        if_late=draw(st.sampled_from([IfLate.SEND, IfLate.SEND, IfLate.SKIP])),
        zone=draw(st.sampled_from(StepZone)),
        working_day=draw(st.booleans()),
        strict=draw(st.booleans()),
        not_before=draw(st.none() | bounds(anchor, offset, -2, 1)),
        not_after=draw(st.none() | bounds(anchor, offset, -1, 3)),
        for_each=draw(st.sampled_from([None, None, None, Each.HOLDS, Each.RESUMES])),
    )


@st.composite
def protocols(draw: st.DrawFn) -> Protocol:
    listed = [draw(steps(f"step-{number}")) for number in range(draw(st.integers(1, 5)))]
    if draw(st.booleans()):
        welcome = a_welcome(offset=Offset(minutes=draw(st.sampled_from([0, 0, 0, 90, 3000]))))
        listed.insert(draw(st.integers(0, len(listed))), welcome)
    at = draw(clock_times)
    visit = Offset(months=draw(st.integers(0, 2)), days=draw(st.integers(0, 9)), at=at)
    return Protocol(
        name="generated",
        version=1,
        title="Generated",
        duration_minutes=draw(st.integers(1, 240)),
        window=draw(windows),
        visit_default=VisitDefault(anchor=Anchor.START, offset=visit, at=at, working_day=draw(st.booleans())),
        steps=tuple(listed),
    )
