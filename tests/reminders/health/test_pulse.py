"""Whether the parts of a process still move, on a clock that is moved by hand."""

from datetime import timedelta

from reminders.clock import ManualClock
from reminders.health.pulse import DISPATCH, METRONOME, Pulse
from tests.reminders.builders import a_clock


def after(clock: ManualClock, seconds: float) -> None:
    clock.advance(timedelta(seconds=seconds))


def test_what_moves_has_not_stopped() -> None:
    clock = a_clock()
    pulse = Pulse(clock, lease_seconds=60)
    for _ in range(10):
        after(clock, 59)
        pulse.beat(METRONOME)
        pulse.beat(DISPATCH)
    assert pulse.stopped() == ()


def test_a_metronome_has_stopped_after_a_minute_and_dispatch_after_three() -> None:
    clock = a_clock()
    pulse = Pulse(clock, lease_seconds=60)
    after(clock, 60)
    assert pulse.stopped() == ()
    after(clock, 1)
    assert pulse.stopped() == (METRONOME,)
    after(clock, 120)
    assert pulse.stopped() == (METRONOME, DISPATCH)
    assert pulse.ages() == {METRONOME: 181.0, DISPATCH: 181.0}


def test_calls_that_may_take_long_have_longer() -> None:
    clock = a_clock()
    pulse = Pulse(clock, lease_seconds=300)
    after(clock, 900)
    pulse.beat(METRONOME)
    assert pulse.stopped() == ()
    after(clock, 1)
    assert pulse.stopped() == (DISPATCH,)
