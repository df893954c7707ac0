"""The worker as it runs for years, on a clock that starts at noon: when it called the provider for which delivery.

It prints "ready", reads one line, works for so many seconds and prints one line of JSON.
"""

import json
import sys
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from unittest.mock import patch

from bench.stage import NOON, NothingTransport
from reminders.bootstrap import service_for
from reminders.clock import Clock, SystemClock
from reminders.database.timekeeping import DatabaseClock
from reminders.health import watching
from reminders.settings import load_settings
from reminders.transports.base import Accepted, OutboundMessage
from reminders.worker import Worker
from schedules.protocol import Channel


class StartedClock(DatabaseClock):
    """Shows noon when it is made and goes as fast as the machine's, by which the worker's timers still run."""

    def __init__(self) -> None:
        self.machine = SystemClock()
        self._began = self.machine.monotonic()

    def now(self) -> datetime:
        return NOON + self._since()

    def _since(self) -> timedelta:
        return timedelta(seconds=self.machine.monotonic() - self._began)


@dataclass(frozen=True, slots=True)
class NotingTransport(NothingTransport):
    """Takes every message and keeps when it was called."""

    clock: Clock = field(default_factory=SystemClock)
    called: dict[str, str] = field(default_factory=dict)

    def send(self, message: OutboundMessage) -> Accepted:
        self.called[message.delivery_id] = self.clock.now().isoformat()
        return Accepted(provider_id=message.delivery_id)


def main(settings: str, url: str, seconds: str) -> None:
    loaded = load_settings(Path(settings), {"REMINDERS_DATABASE__URL": url})
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    clock = StartedClock()
    transport = NotingTransport(clock=clock)
    worker = Worker(service_for(loaded, clock), {Channel.SMS: transport})
    threading.Timer(float(seconds), worker.stop).start()
    with patch.object(watching, "WIDEST_CLOCK_GAP", timedelta.max):  # it is noon here, whatever the database says
        worker.run()
    sys.stdout.write(json.dumps(transport.called) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
