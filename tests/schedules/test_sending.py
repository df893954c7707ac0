"""T9: the same rules hold when a step is about to leave: now, at the next permitted instant, or no more."""

from schedules.placing import Leave, Limits, at_sending
from schedules.protocol import IfLate
from schedules.windows import Permitted
from schedules.workdays import Workdays
from tests.builders import NEW_YORK, a_window, local, workdays


def leave(
    now: str,
    not_before: str | None = None,
    not_after: str | None = None,
    site: Workdays | None = None,
    if_late: IfLate = IfLate.SEND,
) -> Leave:
    limits = Limits(
        permitted=Permitted(window=a_window(), zone=NEW_YORK, workdays=site),
        not_before=None if not_before is None else local(not_before),
        not_after=None if not_after is None else local(not_after),
    )
    return at_sending(limits, if_late, local(now))


def test_inside_the_window_and_bounds_a_step_leaves_now() -> None:
    assert leave("2026-12-08 10:00:07") == Leave(at=local("2026-12-08 10:00:07"))


def test_at_night_nothing_leaves_to_catch_up() -> None:
    assert leave("2026-12-08 03:00") == Leave(at=local("2026-12-08 09:00"))


def test_at_the_close_itself_a_step_waits_for_the_next_day() -> None:
    assert leave("2026-12-08 20:00") == Leave(at=local("2026-12-09 09:00"))


def test_a_step_waits_for_not_before() -> None:
    assert leave("2026-12-08 10:00", not_before="2026-12-08 11:00") == Leave(at=local("2026-12-08 11:00"))


def test_a_step_waits_for_the_open_after_not_before() -> None:
    assert leave("2026-12-08 10:00", not_before="2026-12-08 21:00") == Leave(at=local("2026-12-09 09:00"))


def test_at_not_before_itself_a_step_leaves() -> None:
    assert leave("2026-12-08 10:00", not_before="2026-12-08 10:00") == Leave(at=local("2026-12-08 10:00"))


def test_at_not_after_itself_a_step_is_missed() -> None:
    assert leave("2026-12-08 10:00", not_after="2026-12-08 10:00") == Leave(at=None, ended="missed")


def test_a_second_before_not_after_a_step_still_leaves() -> None:
    assert leave("2026-12-08 09:59:59", not_after="2026-12-08 10:00").at == local("2026-12-08 09:59:59")


def test_a_step_whose_window_opens_after_not_after_is_missed() -> None:
    assert leave("2026-12-08 03:00", not_after="2026-12-08 09:00") == Leave(at=None, ended="missed")


def test_a_step_that_may_be_skipped_is_skipped() -> None:
    ended = leave("2026-12-08 10:00", not_after="2026-12-08 10:00", if_late=IfLate.SKIP)
    assert ended == Leave(at=None, ended="skipped")


def test_a_step_that_may_be_skipped_still_waits_for_the_window() -> None:
    assert leave("2026-12-08 03:00", if_late=IfLate.SKIP) == Leave(at=local("2026-12-08 09:00"))


def test_a_step_for_working_days_waits_for_one() -> None:
    site = workdays(holidays=("2026-12-25",))
    assert leave("2026-12-25 10:00", site=site) == Leave(at=local("2026-12-28 09:00"))
