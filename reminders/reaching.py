"""What a worker knows of whether its providers can be reached, and what waits for one that cannot.

The rule: what waits is put aside for one reason, and by it is brought forward as soon as any call gets through.
"""

from collections.abc import Iterable
from dataclasses import replace
from queue import SimpleQueue

from reminders.circuit import Circuit
from reminders.database import claims
from reminders.logs import get_logger
from reminders.outcomes import Outcome
from reminders.service import Service
from reminders.transports.base import FailureCode, NotSent
from schedules.protocol import Channel

log = get_logger(__name__)


def unreached(channel: Channel) -> str:
    """Why a message waits for its provider."""
    return f"the {channel} provider cannot be reached; it is asked once in a while"


class Reach:
    """A circuit for each channel, and the news that its provider answers."""

    def __init__(self, service: Service, channels: Iterable[Channel]) -> None:
        self._service = service
        self._circuits = {channel: Circuit(service.clock) for channel in channels}
        self._news: SimpleQueue[Channel] = SimpleQueue()

    @property
    def asks(self) -> bool:
        """Whether it is time to ask a provider that could not be reached."""
        return any(circuit.asks for circuit in self._circuits.values())

    def is_away(self, channel: Channel) -> bool:
        return self._circuits[channel].until is not None

    def lets_through(self, channel: Channel) -> bool:
        return self._circuits[channel].lets_through()

    def heard(self, channel: Channel, answer: object) -> None:
        """Learn from what a call came to."""
        if _is_unreached(answer):
            if self._circuits[channel].not_reached():
                log.error("provider_unreachable", channel=str(channel))
        elif self._circuits[channel].reached():
            self._news.put(channel)

    def soon(self, outcome: Outcome) -> Outcome:
        """While a provider cannot be reached, what has asked it asks again, for all that wait."""
        until = self._circuits[outcome.intent.message.channel].until
        if until is None or outcome.due_at is None or not _is_unreached(outcome.failure):
            return outcome
        return replace(outcome, due_at=min(outcome.due_at, until))

    def bring_forward(self) -> int:
        """Let what waited for a provider that answers again be looked at now; how much that is."""
        waited = 0
        while not self._news.empty():
            channel = self._news.get()
            with self._service.engine.begin() as connection:
                found = claims.bring_forward(connection, unreached(channel), self._service.clock.now())
            if found:
                log.info("provider_reached", channel=str(channel), waited=found)
            waited += found
        return waited


def _is_unreached(answer: object) -> bool:
    return isinstance(answer, NotSent) and answer.code == FailureCode.UNREACHABLE
