"""Every planned time explains itself: the rules that were applied, in words and on the step's own clock."""

from tests.builders import LOS_ANGELES, a_bound, a_hold, a_place, a_step, a_window, an_offset, planned, workdays


def test_the_reasons_begin_with_the_anchor_and_the_offset() -> None:
    assert planned(a_step()).why == (
        "start is Tue 2026-12-08 09:00 (America/New_York)",
        "minus 3 days, at 12:00: Sat 2026-12-05 12:00",
    )


def test_the_reasons_are_read_on_the_patients_clock() -> None:
    assert planned(a_step(), place=a_place(patient=LOS_ANGELES)).why == (
        "start is Tue 2026-12-08 06:00 (America/Los_Angeles)",
        "minus 3 days, at 12:00: Sat 2026-12-05 12:00",
    )


def test_an_elapsed_offset_is_told_in_hours_and_minutes() -> None:
    step = a_step(anchor="end", offset=an_offset(hours=3, minutes=1))
    assert planned(step).why[1] == "plus 3 hours, plus 1 minute: Tue 2026-12-08 13:01"


def test_an_offset_of_nothing_is_at_once() -> None:
    assert planned(a_step(offset=an_offset(minutes=0))).why[1] == "at once: Tue 2026-12-08 09:00"


def test_a_date_with_a_clock_time_alone_is_told_by_the_time() -> None:
    assert planned(a_step(offset=an_offset("10:00"))).why[1] == "at 10:00: Tue 2026-12-08 10:00"


def test_months_weeks_and_a_single_day_are_told() -> None:
    step = a_step(offset=an_offset("10:00", months=1, weeks=2, days=-1))
    assert planned(step).why[1] == "plus 1 month, plus 2 weeks, minus 1 day, at 10:00: Thu 2027-01-21 10:00"


def test_the_days_of_a_hold_name_who_ordered_them() -> None:
    step = a_step("stop", for_each="holds", offset=an_offset("10:00", hold=-1, days=-1))
    assert planned(step, holds=(a_hold(days=5),)).why[1] == (
        "minus 5 days of warfarin hold ordered by Dr. Example, minus 1 day, at 10:00: Wed 2026-12-02 10:00"
    )


def test_the_days_until_a_resume_name_who_ordered_them() -> None:
    step = a_step("resume", for_each="resumes", offset=an_offset("12:00", resume=1), shift="later")
    assert planned(step, holds=(a_hold(days=5, resume_days=1),)).why[1] == (
        "plus 1 day until warfarin resumes, by Dr. Example, at 12:00: Wed 2026-12-09 12:00"
    )


def test_a_step_per_drug_that_counts_no_order_names_none() -> None:
    step = a_step("note", for_each="holds", offset=an_offset("12:00", days=-1))
    assert planned(step, holds=(a_hold(),)).why[1] == "minus 1 day, at 12:00: Mon 2026-12-07 12:00"


def test_a_move_to_a_working_day_is_told() -> None:
    step = a_step(offset=an_offset("10:00", days=-1), working_day=True)
    assert planned(step, start="2026-12-07 09:00").why[2] == (
        "Sun 2026-12-06 is not a working day at the site: earlier to Fri 2026-12-04 10:00"
    )


def test_a_time_the_clock_skips_is_told() -> None:
    always = a_window("00:00-24:00", "00:00-24:00", "00:00-24:00")
    step = a_step(offset=an_offset("02:30", days=0), shift="later")
    assert planned(step, start="2026-03-08 09:00", enrolled="2026-03-01 12:00", window=always).why[1:] == (
        "at 02:30: Sun 2026-03-08 03:30",
        "02:30 does not exist on that day (clocks go forward)",
    )


def test_a_time_the_clock_skips_is_told_after_a_move_to_a_working_day_too() -> None:
    place = a_place(site="Asia/Beirut", workdays=workdays(opened=("2026-03-29",)))
    step = a_step(offset=an_offset("00:30", days=-1), shift="later", working_day=True)
    assert planned(step, start="2026-03-29 09:00", enrolled="2026-03-01 12:00", place=place).why[2:4] == (
        "Sat 2026-03-28 is not a working day at the site: later to Sun 2026-03-29 01:30",
        "00:30 does not exist on that day (clocks go forward)",
    )


def test_a_bound_that_pulls_a_step_later_is_told() -> None:
    step = a_step(offset=an_offset("10:00", days=1), shift="later", not_before=a_bound(days=1, at="11:00"))
    assert planned(step).why[2] == "not before Wed 2026-12-09 11:00: starts there"


def test_a_bound_that_pulls_a_step_earlier_is_told() -> None:
    step = a_step(offset=an_offset("16:00", days=-1), not_after=a_bound(days=-1, at="15:00"))
    assert planned(step).why[2] == "not after Mon 2026-12-07 15:00: pulled to Mon 2026-12-07 14:30"


def test_a_move_into_the_window_is_told() -> None:
    step = a_step(offset=an_offset("07:00", days=1), shift="later")
    assert planned(step).why[2] == "outside the window: moved later to Wed 2026-12-09 09:00"


def test_a_move_against_the_steps_direction_is_told() -> None:
    step = a_step(offset=an_offset("21:00", days=1), shift="later", not_after=a_bound(days=1, at="23:00"))
    assert planned(step).why[2] == "outside the window: moved earlier to Wed 2026-12-09 19:30"


def test_a_step_that_fits_nowhere_tells_its_bounds() -> None:
    evening, morning = a_bound(days=1, at="20:30"), a_bound(days=2, at="08:00")
    step = a_step(offset=an_offset("21:00", days=1), shift="later", not_before=evening, not_after=morning)
    assert planned(step).why[2] == (
        "nothing fits from Wed 2026-12-09 20:30 before Thu 2026-12-10 08:00 inside the window"
    )


def test_a_strict_step_that_fits_nowhere_tells_that_its_direction_is_fixed() -> None:
    step = a_step(offset=an_offset("21:00", days=1), shift="later", strict=True, not_after=a_bound(days=1, at="23:00"))
    assert planned(step).why[2] == (
        "nothing fits before Wed 2026-12-09 23:00 inside the window, and its direction is fixed"
    )


def test_a_step_without_bounds_that_fits_nowhere_tells_so() -> None:
    step = a_step(offset=an_offset("10:00", days=-1), working_day=True)
    only_sundays = a_window(weekdays=None, sat=None)
    assert planned(step, window=only_sundays).why[-1] == "nothing fits inside the window"
