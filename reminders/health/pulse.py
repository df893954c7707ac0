"""Whether the parts of one process still move, by its own stopwatch; asked from other threads."""

import threading

from reminders.clock import Clock

METRONOME, DISPATCH = "metronome", "dispatch"
SLOWEST_METRONOME, SLOWEST_DISPATCH = 60.0, 180.0  # seconds
LEASES = 3  # one claim, its calls and the noting of their outcomes take at most about two


class Pulse:
    """Each part says when it moves; one that has not for too long has stopped. It begins when this is made."""

    def __init__(self, clock: Clock, *, lease_seconds: float) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._slowest = {METRONOME: SLOWEST_METRONOME, DISPATCH: max(SLOWEST_DISPATCH, LEASES * lease_seconds)}
        self._moved = dict.fromkeys(self._slowest, clock.monotonic())

    def beat(self, part: str) -> None:
        with self._lock:
            self._moved[part] = self._clock.monotonic()

    def ages(self) -> dict[str, float]:
        """Seconds since each part moved."""
        now = self._clock.monotonic()
        with self._lock:
            return {part: now - moved for part, moved in self._moved.items()}

    def stopped(self) -> tuple[str, ...]:
        """The parts that have not moved for too long."""
        return tuple(part for part, age in self.ages().items() if age > self._slowest[part])
