"""A worked example of a transport somebody else writes: it puts messages on a ward's notice board, in memory.

A package publishes it with two lines of its pyproject.toml:

    [project.entry-points."reminders.transports"]
    notice-board = "example_transport:make"

and the settings ask for it by that name: `[transports.sms] kind = "notice-board"`. Only the port, the failure
classes and the three types in `make`'s signature are needed; nothing is inherited.
"""

import threading

from reminders.clock import Clock
from reminders.settings import TransportSettings
from reminders.transports.base import Accepted, Channel, FailureCode, NotSent, OutboundMessage


class NoticeBoard:
    name = "notice-board"
    live = False
    can_look_up = False
    per_second = None
    longest_send_seconds = 1.0

    def __init__(self, channel: Channel, *, room_for: int = 1000) -> None:
        self.channel = channel
        self.notes: list[OutboundMessage] = []
        self.calls = 0
        self.room_for = room_for
        self._lock = threading.Lock()

    def send(self, message: OutboundMessage) -> Accepted:
        with self._lock:
            self.calls += 1
            if len(self.notes) >= self.room_for:
                raise NotSent(FailureCode.BUSY, "The notice board is full.")
            self.notes.append(message)
            return Accepted(provider_id=f"note-{len(self.notes)}")

    def check(self) -> tuple[str, ...]:
        return ()

    def close(self) -> None:
        """Nothing to let go of."""


def make(channel: Channel, settings: TransportSettings, clock: Clock) -> NoticeBoard:
    return NoticeBoard(channel)
