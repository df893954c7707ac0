"""T1, T3, T4, T5, T11 as properties: any zone, every clock change from 2020 to 2040, leap days and month ends."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedules.errors import LocalTimeError
from schedules.localtime import calendar_date, elapsed, exact_instant, to_instant
from schedules.protocol import Offset, Shift
from tests.builders import workdays
from tests.schedules import slow
from tests.schedules.strategies import (
    DAY,
    HOUR,
    MINUTE,
    ClockChange,
    any_zone,
    clock_changes,
    clock_times,
    days,
    every_clock_change,
    local_times,
    moments,
    odd_days,
    shifts,
)
from tests.schedules.strategies import workdays as any_workdays

GAPS = [(zone, change) for zone, change in every_clock_change() if change.after > change.before]
OVERLAPS = [(zone, change) for zone, change in every_clock_change() if change.after < change.before]


def test_the_clock_changes_of_two_decades_are_known() -> None:
    """Else the tests below would pass for want of anything to look at."""
    assert len(GAPS) > 600
    assert len(OVERLAPS) > 600
    assert {change.size for _, change in GAPS} >= {HOUR, 30 * MINUTE, 2 * HOUR}
    assert len(clock_changes(ZoneInfo("America/New_York"))) == 42


def inside(first: datetime, size: timedelta) -> Iterator[datetime]:
    """Readings in a gap or overlap that begins at `first`: its ends, its middle, and a quarter of it."""
    yield from (first, first + MINUTE, first + size / 4, first + size / 2, first + size - MINUTE)


def placed(wanted: datetime, zone: ZoneInfo, shift: Shift) -> datetime:
    return to_instant(wanted.date(), wanted.time(), zone, shift)


# T5.


@pytest.mark.parametrize("shift", Shift)
def test_in_every_gap_a_time_moves_forward_by_its_size(shift: Shift) -> None:
    for zone, change in GAPS:
        first = slow.reading(change.instant, zone) - change.size
        for wanted in inside(first, change.size):
            assert slow.reading(placed(wanted, zone, shift), zone) == wanted + change.size


@pytest.mark.parametrize("shift", Shift)
def test_in_every_overlap_a_time_keeps_its_reading(shift: Shift) -> None:
    for zone, change in OVERLAPS:
        for wanted in inside(slow.reading(change.instant, zone), change.size):
            assert slow.reading(placed(wanted, zone, shift), zone) == wanted


def test_in_every_overlap_earlier_is_before_the_change_and_later_is_not() -> None:
    for zone, change in OVERLAPS:
        for wanted in inside(slow.reading(change.instant, zone), change.size):
            first, second = placed(wanted, zone, Shift.EARLIER), placed(wanted, zone, Shift.LATER)
            assert first < change.instant <= second
            assert second - first == change.size


def around(change: ClockChange, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The last reading before the odd stretch of a clock change and the first one after it."""
    before, after = slow.reading(change.instant - MINUTE, zone), slow.reading(change.instant, zone)
    return (before, after) if after > before else (after - MINUTE, before + MINUTE)


@pytest.mark.parametrize("shift", Shift)
def test_the_minutes_around_every_clock_change_are_read_as_they_stand(shift: Shift) -> None:
    for zone, change in every_clock_change():
        for wanted in around(change, zone):
            assert slow.reading(placed(wanted, zone, shift), zone) == wanted


@given(local_times(), shifts)
def test_any_local_time_is_the_instant_the_clock_was_seen_to_show_it(
    wanted: tuple[date, time, ZoneInfo], shift: Shift
) -> None:
    day, at, zone = wanted
    assert to_instant(day, at, zone, shift) == slow.instant(day, at, zone, shift.value)


# T11.


@given(local_times())
def test_a_typed_time_is_taken_exactly_if_the_clock_shows_it_once(wanted: tuple[date, time, ZoneInfo]) -> None:
    typed, zone = datetime.combine(wanted[0], wanted[1]), wanted[2]
    shown = slow.instants_reading(typed, zone)
    if len(shown) == 1:
        assert exact_instant(typed, zone) == shown[0]
    else:
        with pytest.raises(LocalTimeError, match="exists twice" if shown else "does not exist"):
            exact_instant(typed, zone)


# T1.


def test_24_hours_across_every_clock_change_are_86_400_seconds() -> None:
    for zone, change in every_clock_change():
        anchor = (change.instant - 5 * HOUR).astimezone(zone)
        after = elapsed(anchor, Offset(hours=24))
        assert (after - anchor.astimezone(UTC)).total_seconds() == 86_400


@given(any_zone.flatmap(moments), st.integers(-300, 300), st.integers(-600, 600))
def test_hours_and_minutes_are_real_time(anchor: datetime, hours: int, minutes: int) -> None:
    assert (elapsed(anchor, Offset(hours=hours, minutes=minutes)) - anchor).total_seconds() == 60 * (
        60 * hours + minutes
    )


# T2, T3.


@given(any_zone, st.data(), st.integers(-24, 24), st.integers(-30, 30), st.integers(-30, 30))
def test_a_calendar_offset_counts_dates_on_the_sites_calendar(
    zone: ZoneInfo, data: st.DataObject, months: int, days: int, ordered: int
) -> None:
    anchor = data.draw(moments(zone))
    offset = Offset(months=months, weeks=2, days=days, at=time(10))
    expected = slow.months_later(slow.reading(anchor, zone).date(), months) + (14 + days + ordered) * DAY
    assert calendar_date(anchor, offset, zone, ordered) == expected


@given(days | odd_days, st.integers(-30, 30), clock_times)
def test_months_keep_the_day_or_clamp_to_the_months_end(day: date, months: int, at: time) -> None:
    offset = Offset(months=months, at=at)
    reached = calendar_date(datetime.combine(day, at, tzinfo=UTC), offset, ZoneInfo("UTC"), 0)
    assert (reached.year * 12 + reached.month) - (day.year * 12 + day.month) == months
    assert reached.day == day.day or (reached.day < day.day and (reached + DAY).day == 1)


# T4.


@given(days | odd_days, shifts, st.data())
def test_the_nearest_working_day_works_lies_in_the_direction_and_has_none_nearer(
    day: date, shift: Shift, data: st.DataObject
) -> None:
    site = data.draw(any_workdays(day))
    found = site.nearest(day, shift)
    assert found is not None
    forward = 1 if shift is Shift.LATER else -1
    passed = [day + forward * number * DAY for number in range(abs((found - day).days))]
    assert slow.works(found, site)
    assert found == day + forward * len(passed) * DAY
    assert not any(slow.works(other, site) for other in passed)


@given(days)
def test_a_holiday_is_a_working_day_only_where_the_site_says_so(day: date) -> None:
    assert not workdays(holidays=(day.isoformat(),)).is_working(day)
    assert workdays(holidays=(day.isoformat(),), opened=(day.isoformat(),)).is_working(day)
