"""A pilot: only named recipients are reached; every other message goes to an outbox file instead."""

from collections.abc import Collection
from pathlib import Path

from reminders.clock import Clock
from reminders.transports.base import Accepted, Channel, OutboundMessage, Transport
from reminders.transports.outbox import OutboxTransport

PILOT_FILE = "pilot-outbox.jsonl"


class PilotTransport:
    """Stands before a transport and lets through what is meant for the pilot's recipients."""

    can_look_up = False  # two providers behind one name: neither knows of the other's messages

    def __init__(self, inner: Transport, recipients: Collection[str], folder: Path, clock: Clock) -> None:
        self._inner = inner
        self._recipients = frozenset(recipients)
        self._outbox = OutboxTransport(inner.channel, folder / PILOT_FILE, clock)

    @property
    def name(self) -> str:
        return f"pilot-{self._inner.name}"

    @property
    def channel(self) -> Channel:
        return self._inner.channel

    @property
    def live(self) -> bool:
        return self._inner.live

    @property
    def per_second(self) -> float | None:
        return self._inner.per_second

    @property
    def longest_send_seconds(self) -> float:
        return max(self._inner.longest_send_seconds, self._outbox.longest_send_seconds)

    def send(self, message: OutboundMessage) -> Accepted:
        """Send to a pilot's recipient, write down everything else; failures are the chosen transport's."""
        chosen: Transport = self._inner if message.to in self._recipients else self._outbox
        return chosen.send(message)

    def check(self) -> tuple[str, ...]:
        return (*self._inner.check(), *self._outbox.check())

    def close(self) -> None:
        self._inner.close()
        self._outbox.close()
