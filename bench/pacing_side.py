"""One worker process of the budget's measurement: it starts at a given moment and says when it called the provider."""

import json
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy.exc import OperationalError

from bench.stage import NOON, NothingTransport
from reminders.bootstrap import service_for
from reminders.clock import SystemClock
from reminders.dispatch import Dispatcher
from reminders.settings import load_settings
from reminders.texts.segments import segments
from reminders.transports.base import Accepted, OutboundMessage
from schedules.protocol import Channel


class NoonClock(SystemClock):
    """Moves as the machine's does, and stands at the plan's noon at a given moment of the stopwatch."""

    def __init__(self, noon_at: float) -> None:
        self._noon_at = noon_at

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.monotonic() - self._noon_at)


@dataclass(frozen=True, slots=True)
class NotingTransport(NothingTransport):
    """Notes when it was called, and with how much."""

    clock: SystemClock = field(default_factory=SystemClock)
    calls: list[tuple[float, int]] = field(default_factory=list)

    def send(self, message: OutboundMessage) -> Accepted:
        self.calls.append((self.clock.monotonic(), segments(message.text)))
        return Accepted(provider_id=message.delivery_id)


def main(settings: Path, url: str, per_second: float, starts: float, seconds: float) -> None:
    clock = NoonClock(starts)
    service = service_for(load_settings(settings, {"REMINDERS_DATABASE__URL": url}), clock)
    transport = NotingTransport(per_second=per_second)
    dispatcher = Dispatcher(service, {Channel.SMS: transport}, worker="bench")
    clock.sleep(max(0.0, starts - clock.monotonic()))
    over = threading.Timer(seconds, dispatcher.stopping.set)
    over.start()
    while not dispatcher.stopping.is_set():
        with suppress(OperationalError):  # a busy SQLite: the worker, too, looks again
            dispatcher.run_due()
    over.cancel()
    dispatcher.close()
    service.engine.dispose()
    sys.stdout.write(json.dumps(transport.calls))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], *map(float, sys.argv[3:]))
