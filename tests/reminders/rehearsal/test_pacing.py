import math
from datetime import UTC, datetime

import pytest

from reminders.clock import ManualClock
from reminders.errors import InputError
from reminders.rehearsal.pacing import Pacer


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 11, 20, tzinfo=UTC))


@pytest.mark.parametrize(("speed", "slept"), [(1, 6.0), (2, 3.0), (0.5, 12.0), (0, 0.0), (math.inf, 0.0)])
def test_the_speed_divides_every_pause_and_none_or_an_endless_one_makes_no_pause(
    clock: ManualClock, speed: float, slept: float
) -> None:
    pacer = Pacer(clock, speed)

    pacer.beat(2)
    pacer.beat(4)

    assert clock.monotonic() == slept


def test_what_the_program_takes_is_part_of_the_pause(clock: ManualClock) -> None:
    pacer = Pacer(clock, 1)

    clock.sleep(1.5)
    pacer.beat(2)

    assert clock.monotonic() == 2


def test_a_pause_that_was_overrun_shortens_the_next(clock: ManualClock) -> None:
    pacer = Pacer(clock, 1)

    clock.sleep(3)
    pacer.beat(2)
    assert clock.monotonic() == 3

    pacer.beat(2)
    assert clock.monotonic() == 4


def test_the_elapsed_time_counts_from_the_first_moment(clock: ManualClock) -> None:
    clock.sleep(7)
    pacer = Pacer(clock, 1)
    clock.sleep(3)

    assert pacer.elapsed() == 3


@pytest.mark.parametrize("speed", [-1, math.nan, -math.inf])
def test_a_speed_that_is_none_is_refused(clock: ManualClock, speed: float) -> None:
    with pytest.raises(InputError, match="--speed"):
        Pacer(clock, speed)
