"""When the task a step opens is due: its clock time at the site, with room for the staff and before the start."""

import pytest

from schedules.timeline import staff_task_due
from tests.builders import a_place, a_staff_task, local


def due(opened: str, at: str = "16:00", start: str = "2026-12-08 09:00", site: str = "America/New_York") -> object:
    place = a_place(site=site, patient="America/Los_Angeles")
    return staff_task_due(a_staff_task(at), local(opened), local(start), place)


def test_a_task_is_due_at_its_clock_time_on_the_day_it_opens() -> None:
    assert due("2026-12-07 10:00") == local("2026-12-07 16:00")


def test_the_day_and_the_clock_are_the_sites() -> None:
    assert due("2026-12-07 10:00", site="America/Chicago") == local("2026-12-07 17:00")


@pytest.mark.parametrize("opened", ["2026-12-07 15:00", "2026-12-07 15:01", "2026-12-07 15:59", "2026-12-07 18:20"])
def test_a_task_leaves_at_least_an_hour(opened: str) -> None:
    day, at = opened.split()
    hour, minute = at.split(":")
    assert due(opened) == local(f"{day} {int(hour) + 1}:{minute}")


def test_a_task_is_due_before_the_start() -> None:
    assert due("2026-12-08 07:00") == local("2026-12-08 08:30")


def test_an_hour_is_left_where_an_hour_is_left_before_the_start() -> None:
    assert due("2026-12-08 07:50") == local("2026-12-08 08:50")


def test_where_no_hour_is_left_the_task_is_due_before_the_start_all_the_same() -> None:
    assert due("2026-12-08 08:10") == local("2026-12-08 08:30")


def test_an_hour_that_would_end_at_the_start_is_too_long() -> None:
    assert due("2026-12-08 08:00") == local("2026-12-08 08:30")


def test_in_the_last_half_hour_a_task_is_due_as_it_opens() -> None:
    assert due("2026-12-08 08:45") == local("2026-12-08 08:45")


def test_after_the_start_the_start_no_longer_counts() -> None:
    assert due("2026-12-31 10:00") == local("2026-12-31 16:00")


def test_a_task_that_opens_at_the_start_leaves_an_hour() -> None:
    assert due("2026-12-08 16:30", start="2026-12-08 16:30") == local("2026-12-08 17:30")
