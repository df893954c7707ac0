"""Whether a provider is there at all: where nothing gets through, one call in a while asks, not everybody's.

The rule: only calls that no connection was made for, or that nothing intelligible came back from, count against it; any
other answer counts for it. What became of such a call itself is decided elsewhere.
"""

import threading
from datetime import datetime, timedelta

from reminders.clock import Clock

FAILURES = 5  # in a row; one lost connection says nothing about the next
FIRST_PAUSE = timedelta(seconds=15)
LONGEST_PAUSE = timedelta(seconds=60)
OTHERS_LOOK = timedelta(hours=1)  # they are brought forward when a call gets through; this is for when nobody tells
NEWS_SECONDS = 60.0  # that calls get through is news so often: what waits may have been put aside by another worker


class Circuit:
    """One provider as one worker has found it; safe to share between its sender threads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._pause = FIRST_PAUSE
        self._until: datetime | None = None
        self._asking = False
        self._told_at: float | None = None  # by the stopwatch

    @property
    def until(self) -> datetime | None:
        """When the provider is asked next; None while it can be reached, or it is time to ask."""
        with self._lock:
            return self._until if self._is_early() else None

    @property
    def asks(self) -> bool:
        """Whether it is time to ask a provider that could not be reached: one message is enough."""
        with self._lock:
            return self._until is not None and not self._asking and not self._is_early()

    @property
    def is_away(self) -> bool:
        """Whether no call would be let through now: it is too early to ask, or somebody is asking."""
        with self._lock:
            return self._asking or self._is_early()

    def _is_early(self) -> bool:
        """An instant further away than any pause says that the clock was set back: then it is time to ask."""
        now = self._clock.now()
        return self._until is not None and now < self._until <= now + LONGEST_PAUSE

    def lets_through(self) -> bool:
        """Whether a call may be made now: any where the provider can be reached, else one when its time has come."""
        with self._lock:
            if self._until is None:
                return True
            if self._asking or self._is_early():
                return False
            self._asking = True
            return True

    def reached(self) -> bool:
        """The provider has answered, whatever it said; True where that is news, and others may be waiting for it."""
        with self._lock:
            at, told = self._clock.monotonic(), self._told_at
            news = self._until is not None or told is None or at - told >= NEWS_SECONDS
            self._failures, self._pause, self._until, self._asking = 0, FIRST_PAUSE, None, False
            self._told_at = at if news else told
            return news

    def not_reached(self) -> bool:
        """No connection could be made, or nothing was said; True where from now on only one call in a while is made."""
        with self._lock:
            self._failures += 1
            opens = self._until is None and self._failures >= FAILURES
            if self._asking or opens:
                self._until = self._clock.now() + self._pause
                self._pause = min(2 * self._pause, LONGEST_PAUSE)
            self._asking = False
            return opens
