"""The one home of the wall clock and of waiting: everything else is handed a Clock."""

import threading
import time
import typing
from datetime import UTC, datetime, timedelta


class Clock(typing.Protocol):
    """What time it is, and how to wait."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds since some fixed moment; never goes back. For stopwatches and leases within a process."""
        ...

    def sleep(self, seconds: float) -> None:
        """Return once that many seconds have passed."""
        ...


# Goes on while the process is frozen and, on Linux, while the whole machine sleeps.
_STOPWATCH = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.clock_gettime(_STOPWATCH)

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


class JumpWatch:
    """Notices when a clock was set: between two looks it and the stopwatch differ."""

    def __init__(self, clock: Clock, *, limit_seconds: float) -> None:
        self._clock = clock
        self._limit_seconds = limit_seconds
        self._last = clock.now(), clock.monotonic()

    def jump(self) -> float:
        """By how many seconds it was set since the last look, back where negative; 0 below the limit."""
        (was, since), (now, at) = self._last, (self._clock.now(), self._clock.monotonic())
        self._last = now, at
        jump = (now - was).total_seconds() - (at - since)
        return jump if abs(jump) > self._limit_seconds else 0.0


class ManualClock:
    """A clock that stands still until it is moved; waiting moves it. Safe to share between threads."""

    def __init__(self, now: datetime) -> None:
        """Start at the aware instant `now`. Raises ValueError for one without a zone."""
        self._lock = threading.Lock()
        self._now = _in_utc(now)
        self._elapsed = timedelta(0)

    def now(self) -> datetime:
        with self._lock:
            return self._now

    def monotonic(self) -> float:
        with self._lock:
            return self._elapsed.total_seconds()

    def sleep(self, seconds: float) -> None:
        self.advance(timedelta(seconds=seconds))

    def move_to(self, instant: datetime) -> None:
        """Go forward to an aware instant. Raises ValueError for one that has passed, or without a zone."""
        with self._lock:
            self._move_by(_in_utc(instant) - self._now)

    def advance(self, step: timedelta) -> None:
        """Go forward by an elapsed time. Raises ValueError for a negative one."""
        with self._lock:
            self._move_by(step)

    def _move_by(self, step: timedelta) -> None:
        if step < timedelta(0):
            raise ValueError(f"a clock does not go back; it was asked to by {-step}")
        self._now += step
        self._elapsed += step


def _in_utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("an instant needs a zone")
    return instant.astimezone(UTC)
