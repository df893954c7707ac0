"""What becomes of a step whose time has passed: sent in the window, skipped or missed, and never in a burst."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from schedules.protocol import Step
from schedules.timeline import GAP, Status, Timeline
from tests.builders import (
    a_bound,
    a_place,
    a_step,
    a_welcome,
    a_window,
    an_offset,
    local,
    plan,
    planned,
    utc,
    workdays,
)


def a_late(key: str = "late", **changes: Any) -> Step:
    """A step that was due on Wednesday 2026-12-02 at 10:00."""
    return a_step(key, offset=an_offset("10:00", days=-6), **changes)


def times(timeline: Timeline) -> dict[str, datetime | None]:
    return {reminder.key: reminder.send_at for reminder in timeline.reminders}


# T8: what fits, but before now.


def test_a_late_step_leaves_at_once_inside_the_window() -> None:
    assert planned(a_late(), now="2026-12-03 11:17").send_at == local("2026-12-03 11:17")


def test_a_late_step_waits_for_the_open() -> None:
    assert planned(a_late(), now="2026-12-03 21:00").send_at == local("2026-12-04 09:00")


def test_a_late_step_may_leave_in_the_last_half_hour() -> None:
    assert planned(a_late(), now="2026-12-03 19:45").send_at == local("2026-12-03 19:45")


def test_a_late_step_that_shifts_earlier_still_waits_for_the_next_open() -> None:
    assert planned(a_late(shift="earlier"), now="2026-12-03 07:00").send_at == local("2026-12-03 09:00")


def test_a_strict_late_step_leaves_before_its_bound_too() -> None:
    step = a_late(strict=True, not_after=a_bound(days=-6, at="20:00"))
    assert planned(step, now="2026-12-02 13:00").send_at == local("2026-12-02 13:00")


def test_a_step_for_working_days_that_is_late_waits_for_one() -> None:
    place = a_place(workdays=workdays(holidays=("2026-12-07",)))
    late = planned(a_late(working_day=True), now="2026-12-05 10:00", place=place, start="2026-12-08 16:00")
    assert late.send_at == local("2026-12-08 09:00")


def test_the_working_day_of_a_late_step_is_a_date_on_the_steps_clock() -> None:
    place = a_place(site="America/New_York", patient="Asia/Tokyo")
    late = planned(a_late(working_day=True), now=utc("2026-12-06 23:00"), place=place)
    assert late.send_at == utc("2026-12-07 00:00")  # Monday 09:00 in Tokyo, still Sunday in New York


def test_a_step_planned_exactly_now_is_not_late() -> None:
    reminder = planned(a_late(), now="2026-12-02 10:00")
    assert (reminder.send_at, reminder.late) == (local("2026-12-02 10:00"), False)


def test_a_step_planned_a_second_ago_is_late() -> None:
    reminder = planned(a_late(), now="2026-12-02 10:00:01")
    assert (reminder.send_at, reminder.late) == (local("2026-12-02 10:00:01"), True)


def test_a_late_step_with_no_permitted_time_left_is_missed() -> None:
    reminder = planned(a_late(not_after=a_bound(days=-5, at="09:00")), now="2026-12-02 20:00")
    assert (reminder.status, reminder.send_at) == (Status.MISSED, None)


def test_a_late_step_may_leave_just_before_not_after() -> None:
    step = a_late(not_after=a_bound(days=-6, at="12:00"))
    assert planned(step, now="2026-12-02 11:59:59").send_at == local("2026-12-02 11:59:59")


def test_a_late_step_may_not_leave_at_not_after_itself() -> None:
    step = a_late(not_after=a_bound(days=-6, at="12:00"))
    assert planned(step, now="2026-12-02 12:00").status is Status.MISSED


def test_a_late_step_that_may_be_skipped_is_skipped() -> None:
    reminder = planned(a_late(if_late="skip"), now="2026-12-03 11:00")
    assert (reminder.status, reminder.send_at) == (Status.SKIPPED, None)


def test_a_step_that_may_be_skipped_but_is_not_late_is_planned() -> None:
    assert planned(a_late(if_late="skip"), now="2026-12-02 09:00").send_at == local("2026-12-02 10:00")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, "its time has passed: the first permitted time is Thu 2026-12-03 11:00"),
        ({"if_late": "skip"}, "its time has passed: skipped"),
        (
            {"not_after": a_bound(days=-5, at="09:00")},
            "its time has passed and no permitted time is left: missed",
        ),
    ],
    ids=["sent", "skipped", "missed"],
)
def test_a_late_step_tells_what_became_of_it(changes: dict[str, Any], reason: str) -> None:
    assert planned(a_late(**changes), now="2026-12-03 11:00").why[-1] == reason


# T13: after the first step, ten minutes apart, in table order.

MORNING = "2026-12-03 11:00"


def test_late_steps_leave_ten_minutes_apart_in_table_order() -> None:
    timeline = plan(a_late("one"), a_late("two"), a_late("three"), now=MORNING)
    assert times(timeline) == {
        "one": local("2026-12-03 11:00"),
        "two": local("2026-12-03 11:10"),
        "three": local("2026-12-03 11:20"),
    }


def test_the_order_is_the_tables_not_that_of_the_missed_times() -> None:
    older = a_step("older", offset=an_offset("10:00", days=-7))
    assert times(plan(a_late("newer"), older, now=MORNING)) == {
        "newer": local("2026-12-03 11:00"),
        "older": local("2026-12-03 11:10"),
    }


def test_late_steps_leave_ten_minutes_after_the_first_step() -> None:
    assert times(plan(a_welcome(), a_late(), enrolled=MORNING)) == {
        "welcome": local("2026-12-03 11:00"),
        "late": local("2026-12-03 11:10"),
    }


def test_late_steps_wait_for_a_first_step_that_waits_for_the_open() -> None:
    assert times(plan(a_welcome(), a_late("one"), a_late("two"), enrolled="2026-12-02 22:00")) == {
        "welcome": local("2026-12-03 09:00"),
        "one": local("2026-12-03 09:10"),
        "two": local("2026-12-03 09:20"),
    }


def test_a_first_step_that_stands_last_in_the_table_still_leaves_first() -> None:
    assert times(plan(a_late(), a_welcome(), enrolled=MORNING)) == {
        "late": local("2026-12-03 11:10"),
        "welcome": local("2026-12-03 11:00"),
    }


def test_a_step_due_before_the_first_one_counts_as_late() -> None:
    soon = a_step("soon", offset=an_offset("08:30", days=-5))
    window = a_window("08:00-20:00")
    reminder = plan(a_welcome(offset=an_offset(hours=14)), soon, enrolled="2026-12-02 22:00", window=window).reminders[
        1
    ]
    assert (reminder.send_at, reminder.late) == (local("2026-12-03 12:10"), True)


def test_a_step_due_before_the_first_one_is_skipped_where_it_may_be() -> None:
    soon = a_step("soon", offset=an_offset("09:00", days=-5), if_late="skip")
    timeline = plan(a_welcome(offset=an_offset(hours=14)), soon, enrolled="2026-12-02 22:00")
    assert timeline.reminders[1].status is Status.SKIPPED


def test_a_step_due_with_the_first_one_is_not_late() -> None:
    soon = a_step("soon", offset=an_offset("09:00", days=-5))
    timeline = plan(a_welcome(), soon, enrolled="2026-12-02 22:00")
    assert (timeline.reminders[1].send_at, timeline.reminders[1].late) == (local("2026-12-03 09:00"), False)


def test_a_late_first_step_leaves_at_the_first_permitted_time() -> None:
    timeline = plan(a_welcome(), enrolled="2026-12-02 12:00", now="2026-12-02 21:00")
    assert times(timeline) == {"welcome": local("2026-12-03 09:00")}


def test_a_late_step_that_got_no_time_holds_up_nobody() -> None:
    missed = a_late("missed", not_after=a_bound(days=-5, at="09:00"))
    skipped = a_late("skipped", if_late="skip")
    assert times(plan(a_late("one"), missed, skipped, a_late("two"), now=MORNING)) == {
        "one": local("2026-12-03 11:00"),
        "missed": None,
        "skipped": None,
        "two": local("2026-12-03 11:10"),
    }


def test_a_step_in_time_holds_up_no_late_one() -> None:
    in_time = a_step("in-time", offset=an_offset("11:05", days=-5))
    assert times(plan(a_late("one"), in_time, a_late("two"), now=MORNING))["two"] == local("2026-12-03 11:10")


def test_ten_minutes_after_may_be_the_next_morning() -> None:
    assert times(plan(a_late("one"), a_late("two"), now="2026-12-03 19:55")) == {
        "one": local("2026-12-03 19:55"),
        "two": local("2026-12-04 09:00"),
    }


def test_a_late_step_that_ten_minutes_push_past_not_after_is_missed() -> None:
    two = a_late("two", not_after=a_bound(days=-5, at="11:10"))
    assert plan(a_late("one"), two, now=MORNING).reminders[1].status is Status.MISSED


def test_a_late_step_waits_for_the_one_before_even_if_that_leaves_days_later() -> None:
    one = a_late("one", working_day=True)
    timeline = plan(one, a_late("two"), now="2026-12-05 10:00")
    assert times(timeline) == {"one": local("2026-12-07 09:00"), "two": local("2026-12-07 09:10")}


def test_the_gap_is_ten_minutes() -> None:
    assert timedelta(minutes=10) == GAP
