"""A provider whose book of taken messages is a file: it outlives whatever process called it.

The rule: a message is taken once its line is on the disk, whoever has learned of it.
"""

import json
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from reminders.clock import Clock
from reminders.transports.base import Accepted, OutboundMessage
from reminders.transports.memory import MemoryTransport
from schedules.protocol import Channel
from tests.crashing.points import Points

Line = dict[str, Any]


class Book:
    """One line for each message that any process has handed over."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def write(self, line: Line) -> None:
        handle = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(handle, json.dumps(line).encode() + b"\n")
            os.fsync(handle)
        finally:
            os.close(handle)

    def lines(self) -> list[Line]:
        if not self._file.exists():
            return []
        return [json.loads(line) for line in self._file.read_text("utf-8").splitlines()]

    def restore(self, lines: Sequence[Line]) -> None:
        """Make it say what it said before."""
        self._file.write_text("".join(f"{json.dumps(line)}\n" for line in lines), "utf-8")


class BookedProvider(MemoryTransport):
    """Takes every message; a call has a point before it, one when it was taken but not answered, and one after it."""

    def __init__(self, channel: Channel, clock: Clock, book: Book, points: Points, *, can_look_up: bool) -> None:
        super().__init__(channel, clock, can_look_up=can_look_up)
        self._book = book
        self._points = points

    def send(self, message: OutboundMessage) -> Accepted:
        self._points.reach("before the call")
        answer = self._take(message)
        self._points.reach("after the answer")
        return answer

    def _take(self, message: OutboundMessage) -> Accepted:
        provider_id = f"booked-{self.channel}-{len(self._book.lines()) + 1}"
        line = {name: getattr(message, name) for name in ("delivery_id", "enrollment", "key", "to", "subject", "text")}
        self._book.write(line | {"channel": str(self.channel), "provider_id": provider_id})
        self._points.reach("taken, not answered")
        return Accepted(provider_id=provider_id, segments=1 if self.channel is Channel.SMS else None)

    def look_up(self, message: OutboundMessage, since: datetime) -> tuple[Accepted, ...]:
        """As a provider does that knows our name for a message: from the book, which earlier processes wrote too."""
        return tuple(
            Accepted(provider_id=line["provider_id"])
            for line in self._book.lines()
            if line["delivery_id"] == message.delivery_id
        )
