from datetime import UTC, datetime, timedelta, timezone

import pytest

from reminders.clock import Clock, JumpWatch, ManualClock, SystemClock

NOON = datetime(2026, 12, 8, 12, 0, tzinfo=UTC)


def test_both_clocks_are_clocks() -> None:
    clocks: list[Clock] = [SystemClock(), ManualClock(NOON)]

    assert all(clock.now().tzinfo is UTC for clock in clocks)


def test_the_system_clock_reads_the_machine() -> None:
    before = datetime.now(UTC)

    assert before <= SystemClock().now() <= datetime.now(UTC)


def test_the_system_clock_waits_at_least_as_long_as_asked() -> None:
    clock = SystemClock()
    started = clock.monotonic()

    clock.sleep(0.001)

    assert clock.monotonic() - started >= 0.001


def test_a_manual_clock_stands_still() -> None:
    clock = ManualClock(NOON)

    assert clock.now() == clock.now() == NOON


def test_a_manual_clock_moves_to_an_instant() -> None:
    clock = ManualClock(NOON)

    clock.move_to(NOON + timedelta(days=40))

    assert clock.now() == NOON + timedelta(days=40)


def test_waiting_on_a_manual_clock_moves_it_instead() -> None:
    clock = ManualClock(NOON)

    clock.sleep(90)

    assert clock.now() == NOON + timedelta(seconds=90)


def test_a_manual_stopwatch_counts_what_the_clock_was_moved_by() -> None:
    clock = ManualClock(NOON)

    clock.advance(timedelta(minutes=1))
    clock.sleep(0.5)

    assert clock.monotonic() == 60.5


def test_a_manual_clock_answers_in_utc_whatever_zone_it_was_set_in() -> None:
    clock = ManualClock(NOON.astimezone(timezone(timedelta(hours=-5))))

    assert (clock.now(), clock.now().utcoffset()) == (NOON, timedelta(0))


@pytest.mark.parametrize("instant", [NOON - timedelta(microseconds=1), NOON.replace(tzinfo=None)])
def test_a_manual_clock_refuses_the_past_and_a_time_without_a_zone(instant: datetime) -> None:
    clock = ManualClock(NOON)

    with pytest.raises(ValueError, match=r"go back|needs a zone"):
        clock.move_to(instant)

    assert clock.now() == NOON


def test_a_manual_clock_cannot_start_without_a_zone() -> None:
    with pytest.raises(ValueError, match="needs a zone"):
        ManualClock(NOON.replace(tzinfo=None))


def test_a_manual_clock_refuses_to_advance_backward() -> None:
    with pytest.raises(ValueError, match="go back"):
        ManualClock(NOON).advance(timedelta(seconds=-1))


class SetClock(ManualClock):
    """A clock that somebody sets while the stopwatch runs on."""

    set_by = timedelta(0)

    def now(self) -> datetime:
        return super().now() + self.set_by


@pytest.mark.parametrize(("seconds", "jump"), [(3600, 3600.0), (-3600, -3600.0), (30, 0.0), (-30, 0.0), (31, 31.0)])
def test_a_clock_that_was_set_by_more_than_the_limit_has_jumped(seconds: int, jump: float) -> None:
    clock = SetClock(NOON)
    watch = JumpWatch(clock, limit_seconds=30)
    clock.advance(timedelta(hours=5))
    clock.set_by = timedelta(seconds=seconds)

    assert watch.jump() == jump
    assert watch.jump() == 0


def test_time_that_passes_is_no_jump() -> None:
    clock = ManualClock(NOON)
    watch = JumpWatch(clock, limit_seconds=30)
    clock.advance(timedelta(days=300))

    assert watch.jump() == 0
