"""How fast a rehearsal is told: pauses for a reader at a terminal, none for anybody else."""

import math

from reminders.clock import Clock
from reminders.errors import InputError


class Pacer:
    """Keeps beats on the real clock: where the program itself took long, the next pauses are shorter for it."""

    def __init__(self, clock: Clock, speed: float) -> None:
        """`speed` divides every pause; 0 and infinity mean none. InputError for any other value."""
        if math.isnan(speed) or speed < 0:
            raise InputError(f"--speed: {speed:g} is not a speed; 2 is twice as fast, 0 makes no pauses")
        self._clock = clock
        self._scale = 1 / speed if speed else 0.0
        self._started = self._next = clock.monotonic()

    def beat(self, seconds: float) -> None:
        """Return once that many seconds (divided by the speed) have passed since the beat before was due."""
        self._next += seconds * self._scale
        left = self._next - self._clock.monotonic()
        if left > 0:
            self._clock.sleep(left)

    def elapsed(self) -> float:
        """Real seconds since the telling began."""
        return self._clock.monotonic() - self._started
