"""Where one step lands: offset, working day, bounds, window, and the reasons it gives.

Unless a test says otherwise: a Tuesday procedure on 2026-12-08 at 09:00 in New York, enrolled long before, and
a window of 09:00-20:00 (Sunday 12:00-20:00).
"""

from datetime import datetime, timedelta
from typing import Any

import pytest

from schedules.protocol import Step
from schedules.timeline import Status
from tests.builders import (
    CHICAGO,
    LOS_ANGELES,
    NEW_YORK,
    a_bound,
    a_hold,
    a_place,
    a_step,
    a_window,
    an_offset,
    local,
    planned,
    utc,
    workdays,
)

DAY_BEFORE = an_offset("10:00", days=-1)


def earlier(at: str = "10:00", days: int = -1, **changes: Any) -> Step:
    return a_step(offset=an_offset(at, days=days), shift="earlier", **changes)


def later(at: str = "10:00", days: int = 1, **changes: Any) -> Step:
    return a_step(offset=an_offset(at, days=days), shift="later", **changes)


def sent_at(step: Step, **changes: Any) -> datetime | None:
    return planned(step, **changes).send_at


# T2, T3: dates are the site's, clock times the patient's.


def test_a_calendar_offset_counts_dates_from_the_anchor() -> None:
    assert sent_at(earlier(days=-3, at="12:00")) == local("2026-12-05 12:00")


def test_the_clock_time_is_the_patients() -> None:
    assert sent_at(earlier(), place=a_place(patient=LOS_ANGELES)) == local("2026-12-07 10:00", LOS_ANGELES)


def test_the_clock_time_is_the_sites_where_the_step_says_so() -> None:
    assert sent_at(earlier(zone="site"), place=a_place(patient=LOS_ANGELES)) == local("2026-12-07 10:00")


def test_dates_are_counted_at_the_site_when_it_is_already_tomorrow_for_the_patient() -> None:
    place = a_place(patient="Asia/Kolkata")
    assert sent_at(
        later(days=0, at="12:00"), place=place, start="2026-12-08 20:00", enrolled="2026-12-07 20:00"
    ) == utc("2026-12-08 06:30")


def test_the_window_is_read_on_the_patients_clock() -> None:
    step = a_step(anchor="start", offset=an_offset(hours=1), shift="later")
    assert sent_at(step, place=a_place(patient=LOS_ANGELES)) == local("2026-12-08 09:00", LOS_ANGELES)


def test_the_window_is_the_sites_where_the_step_says_so() -> None:
    step = a_step(anchor="start", offset=an_offset(hours=1), shift="later", zone="site")
    assert sent_at(step, place=a_place(patient=LOS_ANGELES)) == local("2026-12-08 10:00")


def test_months_clamp_in_a_leap_year() -> None:
    step = a_step(offset=an_offset("10:00", months=1), shift="later")
    assert sent_at(step, start="2028-01-31 09:00") == local("2028-02-29 10:00")


def test_months_clamp_in_a_common_year() -> None:
    step = a_step(offset=an_offset("10:00", months=1), shift="later")
    assert sent_at(step, start="2025-01-31 09:00", enrolled="2025-01-10 12:00") == local("2025-02-28 10:00")


def test_the_days_of_a_hold_are_counted_back() -> None:
    step = a_step("stop", for_each="holds", offset=an_offset("10:00", hold=-1, days=-1))
    assert sent_at(step, holds=(a_hold(days=5),)) == local("2026-12-02 10:00")


def test_the_days_until_a_resume_are_counted_on() -> None:
    step = a_step("resume", for_each="resumes", offset=an_offset("12:00", resume=1), shift="later")
    assert sent_at(step, holds=(a_hold(days=5, resume_days=2),)) == local("2026-12-10 12:00")


# T4: working days.


def test_a_date_that_is_no_working_day_moves_earlier_to_one() -> None:
    assert sent_at(earlier(working_day=True), start="2026-12-07 09:00") == local("2026-12-04 10:00")


def test_a_date_that_is_no_working_day_moves_later_to_one() -> None:
    assert sent_at(later(days=4, working_day=True)) == local("2026-12-14 10:00")


def test_a_working_day_stays() -> None:
    assert sent_at(earlier(working_day=True)) == local("2026-12-07 10:00")


def test_a_holiday_moves_like_a_weekend() -> None:
    place = a_place(workdays=workdays(holidays=("2026-12-07",)))
    assert sent_at(earlier(working_day=True), place=place) == local("2026-12-04 10:00")


def test_a_step_that_asks_for_no_working_day_stays_on_a_holiday() -> None:
    place = a_place(workdays=workdays(holidays=("2026-12-07",)))
    assert sent_at(earlier(), place=place) == local("2026-12-07 10:00")


def test_a_move_into_the_window_also_ends_on_a_working_day() -> None:
    step = earlier(at="08:00", working_day=True)
    assert sent_at(step, start="2026-12-08 09:00") == local("2026-12-04 19:30")


def test_an_elapsed_step_on_a_weekend_moves_to_working_hours_too() -> None:
    step = a_step(offset=an_offset(hours=96), shift="later", working_day=True)
    assert sent_at(step) == local("2026-12-14 09:00")


def test_a_site_that_never_works_misses_the_step() -> None:
    closed = tuple(str(local("2026-12-07 12:00").date() - timedelta(days=number)) for number in range(-90, 90))
    assert planned(earlier(working_day=True), place=a_place(workdays=workdays(closed=closed))).status is Status.MISSED


# T5: in a gap or overlap the step's own shift decides.


def test_a_step_in_the_gap_moves_forward_by_its_size() -> None:
    step = later(at="02:30", days=0, zone="site")
    always = a_window("00:00-24:00", "00:00-24:00", "00:00-24:00")
    found = sent_at(step, start="2026-03-08 09:00", enrolled="2026-03-01 12:00", window=always)
    assert found == local("2026-03-08 03:30")


@pytest.mark.parametrize(("make", "fold"), [(earlier, 0), (later, 1)], ids=["earlier", "later"])
def test_a_step_in_the_overlap_takes_the_side_of_its_shift(make: Any, fold: int) -> None:
    always = a_window("00:00-24:00", "00:00-24:00", "00:00-24:00")
    found = sent_at(make(at="01:30", days=0), start="2026-11-01 09:00", enrolled="2026-10-20 12:00", window=always)
    assert found == local("2026-11-01 01:30", fold=fold)


def test_a_bound_in_the_overlap_takes_the_side_of_the_steps_shift() -> None:
    step = earlier(days=-1, at="12:00", not_after=a_bound(days=0, at="01:30"))
    reminder = planned(step, start="2026-11-01 09:00", enrolled="2026-10-20 12:00")
    assert reminder.not_after == local("2026-11-01 01:30", fold=0)


# T6.1: the bound on the side of the shift pulls first.


def test_a_step_that_shifts_later_starts_no_earlier_than_not_before() -> None:
    assert sent_at(later(not_before=a_bound(days=1, at="11:00"))) == local("2026-12-09 11:00")


def test_a_step_that_shifts_later_stays_at_not_before_itself() -> None:
    assert sent_at(later(not_before=a_bound(days=1, at="10:00"))) == local("2026-12-09 10:00")


def test_a_step_that_shifts_earlier_is_pulled_to_half_an_hour_before_not_after() -> None:
    assert sent_at(earlier(at="16:00", not_after=a_bound(days=-1, at="15:00"))) == local("2026-12-07 14:30")


def test_a_step_that_shifts_earlier_is_pulled_even_from_inside_the_last_half_hour() -> None:
    assert sent_at(earlier(at="14:31", not_after=a_bound(days=-1, at="15:00"))) == local("2026-12-07 14:30")


def test_a_step_that_shifts_earlier_stays_at_half_an_hour_before_not_after() -> None:
    assert sent_at(earlier(at="14:30", not_after=a_bound(days=-1, at="15:00"))) == local("2026-12-07 14:30")


def test_a_strict_step_is_pulled_by_the_bound_on_its_side_too() -> None:
    assert sent_at(later(strict=True, not_before=a_bound(days=1, at="11:00"))) == local("2026-12-09 11:00")


def test_a_step_that_shifts_later_is_not_pulled_back_by_not_after() -> None:
    assert planned(later(at="16:00", not_after=a_bound(days=1, at="15:00"))).status is Status.MISSED


def test_a_step_that_shifts_earlier_is_not_pushed_on_by_not_before() -> None:
    assert planned(earlier(at="10:00", not_before=a_bound(days=-1, at="11:00"))).status is Status.MISSED


# T6.2: outside the window the step moves in its direction.


def test_before_the_open_a_step_that_shifts_later_waits_for_it() -> None:
    assert sent_at(later(at="07:00")) == local("2026-12-09 09:00")


def test_after_the_close_a_step_that_shifts_later_leaves_the_next_day() -> None:
    assert sent_at(later(at="20:00")) == local("2026-12-10 09:00")


def test_after_the_close_a_step_that_shifts_earlier_leaves_half_an_hour_before_it() -> None:
    assert sent_at(earlier(at="20:00")) == local("2026-12-07 19:30")


def test_before_the_open_a_step_that_shifts_earlier_leaves_the_evening_before() -> None:
    assert sent_at(earlier(at="08:59")) == local("2026-12-06 19:30")


def test_a_sunday_morning_moves_earlier_to_saturday_evening() -> None:
    assert sent_at(earlier(days=-2)) == local("2026-12-05 19:30")


def test_a_sunday_morning_moves_later_to_sunday_noon() -> None:
    assert sent_at(later(days=5)) == local("2026-12-13 12:00")


# T6.3: where that breaks a bound, the other direction is tried, unless the step is strict.


def test_a_step_that_would_move_before_not_before_moves_later_instead() -> None:
    step = earlier(at="08:00", not_before=a_bound(days=-1, at="06:00"))
    assert sent_at(step) == local("2026-12-07 09:00")


def test_a_step_that_would_move_past_not_after_moves_earlier_instead() -> None:
    step = later(at="21:00", not_after=a_bound(days=1, at="23:00"))
    assert sent_at(step) == local("2026-12-09 19:30")


def test_the_other_direction_is_tried_from_where_the_bound_pulled_to() -> None:
    step = earlier(at="23:00", not_before=a_bound(days=-1, at="20:30"), not_after=a_bound(days=0, at="09:30"))
    assert sent_at(step, start="2026-12-08 12:00") == local("2026-12-08 09:00")


@pytest.mark.parametrize(
    "step",
    [
        earlier(at="08:00", not_before=a_bound(days=-1, at="06:00"), strict=True),
        later(at="21:00", not_after=a_bound(days=1, at="23:00"), strict=True),
    ],
    ids=["stop", "resume"],
)
def test_a_strict_step_never_moves_in_the_other_direction(step: Step) -> None:
    assert planned(step).status is Status.MISSED


# T6.4: nothing fits.

NOTHING_FITS = later(at="21:00", not_before=a_bound(days=1, at="20:30"), not_after=a_bound(days=2, at="08:00"))


def test_a_step_that_fits_in_neither_direction_is_missed() -> None:
    assert planned(NOTHING_FITS).status is Status.MISSED


def test_a_missed_step_has_no_time() -> None:
    assert planned(NOTHING_FITS).send_at is None


def test_a_missed_step_still_names_its_bounds() -> None:
    reminder = planned(NOTHING_FITS)
    assert (reminder.not_before, reminder.not_after) == (local("2026-12-09 20:30"), local("2026-12-10 08:00"))


def test_a_step_that_may_be_skipped_is_skipped_when_nothing_fits() -> None:
    step = later(
        at="21:00", not_before=a_bound(days=1, at="20:30"), not_after=a_bound(days=2, at="08:00"), if_late="skip"
    )
    assert planned(step).status is Status.SKIPPED


# T7: the bounds themselves.


def test_not_after_itself_is_too_late() -> None:
    step = later(at="09:00", strict=True, not_after=a_bound(days=1, at="09:00"))
    assert planned(step).status is Status.MISSED


def test_the_minute_before_not_after_is_not_too_late() -> None:
    step = later(at="09:00", not_after=a_bound(days=1, at="09:01"))
    assert sent_at(step) == local("2026-12-09 09:00")


def test_not_before_itself_is_not_too_early() -> None:
    step = earlier(not_before=a_bound(days=-1, at="10:00"))
    assert sent_at(step) == local("2026-12-07 10:00")


def test_the_second_before_not_before_is_too_early() -> None:
    step = a_step(offset=an_offset(hours=1), shift="earlier", not_before=a_bound("end", minutes=1))
    assert planned(step).status is Status.MISSED


def test_a_bound_may_count_from_another_anchor() -> None:
    reminder = planned(later(not_after=a_bound("end", hours=72)))
    assert reminder.not_after == local("2026-12-11 10:00")


def test_a_bound_is_read_on_the_steps_clock() -> None:
    place = a_place(patient=CHICAGO)
    assert planned(earlier(not_after=a_bound(days=-1, at="15:00")), place=place).not_after == local(
        "2026-12-07 15:00", CHICAGO
    )
    assert planned(earlier(zone="site", not_after=a_bound(days=-1, at="15:00")), place=place).not_after == local(
        "2026-12-07 15:00", NEW_YORK
    )


def test_a_bound_in_hours_is_real_time_across_the_spring_change() -> None:
    step = later(days=1, at="13:00", not_before=a_bound("start", hours=24))
    reminder = planned(step, start="2026-03-07 09:00", enrolled="2026-03-01 12:00")
    assert reminder.not_before == local("2026-03-08 10:00")


def test_a_bound_in_hours_is_real_time_across_the_autumn_change() -> None:
    step = later(days=1, at="13:00", not_before=a_bound("start", hours=24))
    reminder = planned(step, start="2026-10-31 09:00", enrolled="2026-10-20 12:00")
    assert reminder.not_before == local("2026-11-01 08:00")


def test_a_bound_may_count_the_days_of_a_hold() -> None:
    step = a_step("stop", for_each="holds", offset=DAY_BEFORE, not_after=a_bound(hold=-1, days=-1, at="20:00"))
    assert planned(step, holds=(a_hold(days=5),)).not_after == local("2026-12-02 20:00")


def test_a_step_without_bounds_names_none() -> None:
    reminder = planned(earlier())
    assert (reminder.not_before, reminder.not_after) == (None, None)
