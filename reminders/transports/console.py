"""Prints each message as one readable block; reaches nobody.

The stream is standard error by default: standard output belongs to a command's JSON.
"""

import sys
import threading
import typing

from reminders.clock import Clock
from reminders.settings import TransportSettings
from reminders.transports.base import Accepted, Channel, FailureCode, NotSent, OutboundMessage


class ConsoleTransport:
    """Writes to a stream it does not own: `close` leaves it open."""

    name = "console"
    live = False
    can_look_up = False
    per_second = None
    longest_send_seconds = 1.0

    def __init__(self, channel: Channel, stream: typing.TextIO) -> None:
        self.channel = channel
        self._stream = stream
        self._lock = threading.Lock()

    def send(self, message: OutboundMessage) -> Accepted:
        block = _block(message)
        try:
            with self._lock:
                self._stream.write(block)
                self._stream.flush()
        except (OSError, ValueError):  # ValueError: somebody closed the stream
            raise NotSent(FailureCode.STORAGE, "The console could not be written.") from None
        return Accepted(provider_id=None)

    def check(self) -> tuple[str, ...]:
        return ()

    def close(self) -> None:
        """The stream is the caller's."""


def _block(message: OutboundMessage) -> str:
    head = f"--- {message.channel} {message.key} to {message.to} ({message.enrollment})"
    subject = [f"Subject: {message.subject}", ""] if message.subject else []
    return "\n".join([head, *subject, message.text, "---", ""])


def make(channel: Channel, settings: TransportSettings, clock: Clock) -> ConsoleTransport:
    return ConsoleTransport(channel, sys.stderr)
