"""When a patient may be contacted: open <= t < close on one clock, and where a move ends."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from schedules.protocol import Shift, Window
from schedules.windows import Permitted
from tests.builders import ALWAYS, LORD_HOWE, NEW_YORK, a_window, hours, local, workdays

SHIPPED = Permitted(window=a_window(), zone=NEW_YORK)
ON_WORKING_DAYS = Permitted(window=a_window(), zone=NEW_YORK, workdays=workdays(holidays=("2026-12-25",)))
HAVANA, TROLL, NUUK, CASEY, APIA = (
    ZoneInfo(name)
    for name in ("America/Havana", "Antarctica/Troll", "America/Nuuk", "Antarctica/Casey", "Pacific/Apia")
)


def daily(text: str, zone: ZoneInfo = NEW_YORK) -> Permitted:
    return Permitted(window=Window((hours(text),) * 7), zone=zone)


# The edges.


def test_the_open_itself_is_permitted() -> None:
    assert SHIPPED.allows(local("2026-12-08 09:00"))


def test_the_second_before_the_open_is_not_permitted() -> None:
    assert not SHIPPED.allows(local("2026-12-08 08:59:59"))


def test_the_close_itself_is_not_permitted() -> None:
    assert not SHIPPED.allows(local("2026-12-08 20:00"))


def test_the_second_before_the_close_is_permitted() -> None:
    assert SHIPPED.allows(local("2026-12-08 19:59:59"))


def test_each_weekday_has_its_own_hours() -> None:
    assert SHIPPED.allows(local("2026-12-05 10:00"))
    assert not SHIPPED.allows(local("2026-12-06 10:00"))


def test_a_day_without_hours_permits_nothing() -> None:
    assert not Permitted(window=a_window(sun=None), zone=NEW_YORK).allows(local("2026-12-06 13:00"))


def test_the_hours_are_read_on_the_windows_clock() -> None:
    assert not Permitted(window=a_window(), zone=LORD_HOWE).allows(local("2026-12-08 09:00"))


def test_a_day_open_until_midnight_permits_its_last_minute() -> None:
    assert daily("09:00-24:00").allows(local("2026-12-08 23:59"))


def test_midnight_belongs_to_the_next_days_hours() -> None:
    assert not daily("09:00-24:00").allows(local("2026-12-09 00:00"))


def test_on_a_holiday_a_step_for_working_days_may_not_leave() -> None:
    assert not ON_WORKING_DAYS.allows(local("2026-12-25 10:00"))


def test_on_a_saturday_a_step_for_working_days_may_not_leave() -> None:
    assert not ON_WORKING_DAYS.allows(local("2026-12-05 10:00"))


# Moving later: to the next open.


@pytest.mark.parametrize(
    ("start", "found"),
    [
        ("2026-12-08 10:15", "2026-12-08 10:15"),
        ("2026-12-08 09:00", "2026-12-08 09:00"),
        ("2026-12-08 07:00", "2026-12-08 09:00"),
        ("2026-12-08 20:00", "2026-12-09 09:00"),
        ("2026-12-08 23:30", "2026-12-09 09:00"),
        ("2026-12-09 00:00", "2026-12-09 09:00"),
        ("2026-12-05 21:00", "2026-12-06 12:00"),
        ("2026-12-06 10:00", "2026-12-06 12:00"),
    ],
)
def test_later_is_this_instant_or_the_next_open(start: str, found: str) -> None:
    assert SHIPPED.nearest(local(start), Shift.LATER) == local(found)


def test_later_on_working_days_moves_over_the_weekend() -> None:
    assert ON_WORKING_DAYS.at_or_after(local("2026-12-04 20:00")) == local("2026-12-07 09:00")


def test_later_on_working_days_moves_over_a_holiday() -> None:
    assert ON_WORKING_DAYS.at_or_after(local("2026-12-24 20:00")) == local("2026-12-28 09:00")


# Moving earlier: to 30 minutes before the nearest earlier close.


@pytest.mark.parametrize(
    ("start", "found"),
    [
        ("2026-12-08 10:15", "2026-12-08 10:15"),
        ("2026-12-08 09:00", "2026-12-08 09:00"),
        ("2026-12-08 19:59", "2026-12-08 19:59"),
        ("2026-12-08 20:00", "2026-12-08 19:30"),
        ("2026-12-08 23:30", "2026-12-08 19:30"),
        ("2026-12-08 08:59", "2026-12-07 19:30"),
        ("2026-12-09 00:00", "2026-12-08 19:30"),
        ("2026-12-06 11:59", "2026-12-05 19:30"),
    ],
)
def test_earlier_is_this_instant_or_half_an_hour_before_the_close(start: str, found: str) -> None:
    assert SHIPPED.nearest(local(start), Shift.EARLIER) == local(found)


def test_earlier_on_working_days_moves_over_the_weekend() -> None:
    assert ON_WORKING_DAYS.at_or_before(local("2026-12-07 08:00")) == local("2026-12-04 19:30")


def test_earlier_from_a_day_open_until_midnight_is_half_past_eleven() -> None:
    assert daily("09:00-24:00").at_or_before(local("2026-12-09 08:00")) == local("2026-12-08 23:30")


@pytest.mark.parametrize("shift", [Shift.EARLIER, Shift.LATER])
def test_without_any_hours_near_there_is_nowhere_to_move(shift: Shift) -> None:
    only_sundays = Window((*[None] * 6, hours("12:00-20:00")))
    never = Permitted(window=only_sundays, zone=NEW_YORK, workdays=workdays())
    assert never.nearest(local("2026-12-08 10:00"), shift) is None


# Clock changes.


def test_the_open_stays_at_nine_on_the_clock_after_the_spring_change() -> None:
    assert SHIPPED.at_or_after(local("2026-03-07 21:00")) == local("2026-03-08 12:00")
    assert SHIPPED.at_or_after(local("2026-03-08 21:00")) == local("2026-03-09 09:00")


def test_the_close_stays_at_eight_on_the_clock_after_the_autumn_change() -> None:
    assert SHIPPED.at_or_before(local("2026-11-01 21:00")) == local("2026-11-01 19:30")


def test_a_window_that_opens_in_the_gap_opens_after_it() -> None:
    assert daily("02:30-08:00").at_or_after(local("2026-03-08 01:00")) == local("2026-03-08 03:30")


def test_a_window_that_opens_in_the_hour_that_repeats_opens_in_its_repetition() -> None:
    assert daily("01:30-08:00").at_or_after(local("2026-11-01 00:00")) == local("2026-11-01 01:30", fold=1)


def test_a_window_that_closes_in_the_hour_that_repeats_is_closed_in_its_repetition() -> None:
    assert not daily("00:30-01:30").allows(local("2026-11-01 01:15", fold=1))


def test_an_evening_that_repeats_three_hours_is_open_in_both() -> None:
    all_day = daily("09:00-24:00", CASEY)
    assert all_day.allows(local("2021-03-13 22:00", CASEY))
    assert all_day.allows(local("2021-03-13 22:00", CASEY, fold=1))


def test_a_window_that_falls_into_the_gap_is_closed_on_that_day() -> None:
    night = daily("02:00-03:00")
    assert night.at_or_after(local("2026-03-08 01:00")) == local("2026-03-09 02:00")
    assert night.at_or_before(local("2026-03-08 12:00")) == local("2026-03-07 02:30")


def test_a_window_that_opens_and_closes_in_a_two_hour_overlap_is_closed_on_that_day() -> None:
    night = daily("01:15-02:30", TROLL)
    assert night.at_or_after(local("2026-10-25 00:30", TROLL)) == local("2026-10-26 01:15", TROLL)
    assert night.at_or_before(local("2026-10-25 12:00", TROLL)) == local("2026-10-24 02:00", TROLL)


def test_a_window_that_closes_in_a_gap_before_midnight_closes_at_midnight() -> None:
    evening = daily("22:30-23:30", NUUK)  # the clock goes from 23:00 to 00:00
    assert evening.at_or_before(local("2026-03-29 00:15", NUUK)) == local("2026-03-28 22:30", NUUK)
    assert not evening.allows(local("2026-03-29 00:15", NUUK))


def test_a_window_left_with_less_than_half_an_hour_is_left_at_its_open() -> None:
    night = daily("02:30-03:50")  # open from 03:30 on the day of the gap
    assert night.at_or_before(local("2026-03-08 12:00")) == local("2026-03-08 03:30")


def test_the_hours_of_a_day_that_was_skipped_are_not_lent_to_the_next() -> None:
    fridays = Permitted(window=Window((*[None] * 4, hours("09:00-20:00"), None, None)), zone=APIA)
    assert fridays.at_or_after(local("2011-12-29 21:00", APIA)) == local("2012-01-06 09:00", APIA)


def test_a_midnight_that_is_skipped_opens_the_day_at_one() -> None:
    assert Permitted(window=ALWAYS, zone=HAVANA).at_or_after(local("2026-03-07 23:59:30", HAVANA)) == local(
        "2026-03-07 23:59:30", HAVANA
    )
    assert daily("00:00-08:00", HAVANA).at_or_after(local("2026-03-07 12:00", HAVANA)) == local(
        "2026-03-08 01:00", HAVANA
    )


def test_half_an_hour_before_the_close_is_half_an_hour_of_real_time() -> None:
    night = daily("20:00-24:00", ZoneInfo("Africa/Cairo"))  # the hour before midnight repeats
    found = night.at_or_before(local("2023-10-27 12:00", ZoneInfo("Africa/Cairo")))
    assert found == local("2023-10-27 00:00", ZoneInfo("Africa/Cairo")) - timedelta(minutes=30)
