"""A provider in memory, for rehearsals and tests: it does what its script says and keeps a ledger of what it took.

The ledger, not the answer the caller saw, is the truth about what a patient would have got.
"""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from reminders.clock import Clock
from reminders.settings import TransportSettings
from reminders.transports.base import Accepted, Channel, OutboundMessage, TransportFailure


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What one call does: whether the message is taken, and which failure the caller sees, if any."""

    taken: bool
    failure: Callable[[], Exception] | None = None  # made anew for each call: an exception is not shared


ACCEPT = Outcome(taken=True)


def fails(failure: Callable[[], TransportFailure]) -> Outcome:
    """The message is not taken, and the caller is told so."""
    return Outcome(taken=False, failure=failure)


def taken_but(failure: Callable[[], Exception]) -> Outcome:
    """The message is taken, and the caller does not learn it."""
    return Outcome(taken=True, failure=failure)


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """One line of the ledger."""

    message: OutboundMessage
    provider_id: str
    at: datetime


class MemoryTransport:
    """Scripted outcomes are used up call by call; after them every message is accepted.

    `decide`, if given, chooses the outcome of a call the script says nothing about.
    """

    name = "memory"
    longest_send_seconds = 1.0

    def __init__(
        self,
        channel: Channel,
        clock: Clock,
        *,
        decide: Callable[[OutboundMessage], Outcome] = lambda message: ACCEPT,
        live: bool = False,
        can_look_up: bool = True,
        per_second: float | None = None,
        promises_receipts: bool = False,
    ) -> None:
        self.channel = channel
        self.live = live
        self.can_look_up = can_look_up
        self.per_second = per_second
        self.problems: tuple[str, ...] = ()
        self._clock = clock
        self._decide = decide
        self._promises_receipts = promises_receipts
        self._script: deque[Outcome] = deque()
        self._calls: list[OutboundMessage] = []
        self._ledger: list[Taken] = []
        self._lock = threading.Lock()

    def script(self, *outcomes: Outcome) -> None:
        """Put the outcomes of the next calls in line."""
        with self._lock:
            self._script.extend(outcomes)

    @property
    def calls(self) -> tuple[OutboundMessage, ...]:
        """Every message it was asked to send, taken or not, in order."""
        with self._lock:
            return tuple(self._calls)

    @property
    def ledger(self) -> tuple[Taken, ...]:
        """Every message it took, in order."""
        with self._lock:
            return tuple(self._ledger)

    def send(self, message: OutboundMessage) -> Accepted:
        with self._lock:
            self._calls.append(message)
            outcome = self._script.popleft() if self._script else self._decide(message)
            provider_id = f"memory-{len(self._ledger) + 1}"
            if outcome.taken:
                self._ledger.append(Taken(message=message, provider_id=provider_id, at=self._clock.now()))
        if outcome.failure is not None:
            raise outcome.failure()
        segments = 1 if self.channel is Channel.SMS else None
        return Accepted(provider_id=provider_id, segments=segments, receipt_expected=self._promises_receipts)

    def look_up(self, message: OutboundMessage, since: datetime) -> tuple[Accepted, ...]:
        return tuple(
            Accepted(provider_id=taken.provider_id)
            for taken in self.ledger
            if taken.message.delivery_id == message.delivery_id
        )

    def check(self) -> tuple[str, ...]:
        return self.problems

    def close(self) -> None:
        """The ledger stays readable."""


def make(channel: Channel, settings: TransportSettings, clock: Clock) -> MemoryTransport:
    return MemoryTransport(channel, clock)
