"""The days a site works."""

from datetime import date

import pytest

from schedules.protocol import Shift
from schedules.workdays import MOST_DAYS_AWAY, Workdays
from tests.builders import workdays

CHRISTMAS = workdays(holidays=("2026-12-25",))
FRIDAY, SATURDAY, SUNDAY, MONDAY = (date(2026, 12, day) for day in (4, 5, 6, 7))


@pytest.mark.parametrize("day", range(7, 12))
def test_monday_to_friday_are_working_days(day: int) -> None:
    assert Workdays().is_working(date(2026, 12, day))


@pytest.mark.parametrize("day", [SATURDAY, SUNDAY])
def test_a_weekend_is_not_working(day: date) -> None:
    assert not Workdays().is_working(day)


def test_a_holiday_is_not_working() -> None:
    assert not CHRISTMAS.is_working(date(2026, 12, 25))


def test_a_day_the_site_closes_is_not_working() -> None:
    assert not workdays(closed=("2026-12-24",)).is_working(date(2026, 12, 24))


def test_a_saturday_the_site_opens_is_working() -> None:
    assert workdays(opened=("2026-12-05",)).is_working(SATURDAY)


def test_a_holiday_the_site_opens_is_working() -> None:
    assert workdays(holidays=("2026-12-25",), opened=("2026-12-25",)).is_working(date(2026, 12, 25))


def test_a_day_both_closed_and_opened_is_working() -> None:
    assert workdays(closed=("2026-12-24",), opened=("2026-12-24",)).is_working(date(2026, 12, 24))


@pytest.mark.parametrize("shift", [Shift.EARLIER, Shift.LATER])
def test_a_working_day_stays(shift: Shift) -> None:
    assert Workdays().nearest(MONDAY, shift) == MONDAY


def test_a_sunday_moves_earlier_to_friday() -> None:
    assert Workdays().nearest(SUNDAY, Shift.EARLIER) == FRIDAY


def test_a_saturday_moves_later_to_monday() -> None:
    assert Workdays().nearest(SATURDAY, Shift.LATER) == MONDAY


def test_a_holiday_next_to_a_weekend_moves_across_both() -> None:
    assert CHRISTMAS.nearest(date(2026, 12, 27), Shift.EARLIER) == date(2026, 12, 24)


def test_a_leap_day_can_be_the_working_day_that_is_reached() -> None:
    site = workdays(closed=("2028-03-01",))
    assert site.nearest(date(2028, 3, 1), Shift.EARLIER) == date(2028, 2, 29)


def closed_from(first: date, days: int) -> Workdays:
    return Workdays(closed=frozenset(date.fromordinal(first.toordinal() + number) for number in range(days)))


def test_the_last_day_looked_at_is_found() -> None:
    assert closed_from(MONDAY, MOST_DAYS_AWAY - 1).nearest(MONDAY, Shift.LATER) == date(2027, 2, 4)


def test_a_site_that_closes_for_longer_has_no_working_day_near() -> None:
    assert closed_from(MONDAY, MOST_DAYS_AWAY).nearest(MONDAY, Shift.LATER) is None
