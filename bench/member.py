"""One worker of a crew, in a process of its own: opens a database, waits for the word, works, says what it did.

It prints "ready", reads one line, and prints one line of JSON in the end. `drain` sends what is due by a clock that
stands still; `watch` is the worker as it runs for years, on a clock that starts at the word.
"""

import argparse
import json
import resource
import sys
import threading
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from time import perf_counter
from typing import Any

from bench.stage import NOON, NothingTransport, StillClock
from reminders.bootstrap import service_for
from reminders.clock import Clock, SystemClock
from reminders.dispatch import Dispatcher
from reminders.identifiers import worker_id
from reminders.service import Service
from reminders.settings import load_settings
from reminders.transports.base import Accepted, OutboundMessage
from reminders.worker import Worker, calm_collector
from schedules.protocol import Channel


class StartedClock(SystemClock):
    """Stands at noon when it is made, and goes as fast as the real one."""

    def __init__(self) -> None:
        self._since = super().now()

    def now(self) -> datetime:
        return NOON + (super().now() - self._since)


@dataclass(frozen=True, slots=True)
class TakingTransport(NothingTransport):
    """Takes each message in so many seconds, as over a network, and keeps when it was called for which."""

    clock: Clock = field(default_factory=SystemClock)
    seconds: float = 0.0
    called: dict[str, str] = field(default_factory=dict)

    def send(self, message: OutboundMessage) -> Accepted:
        self.called[message.delivery_id] = self.clock.now().isoformat()
        if self.seconds:
            self.clock.sleep(self.seconds)
        return Accepted(provider_id=message.delivery_id)


def main() -> None:
    options = _options()
    settings = load_settings(options.settings, {"REMINDERS_DATABASE__URL": options.url})
    service = service_for(settings, StillClock(NOON))
    print("ready", flush=True)  # noqa: T201
    sys.stdin.readline()
    did = _drain(service, options.seconds) if options.mode == "drain" else _watch(service, options.seconds)
    print(json.dumps(did | {"megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))  # noqa: T201


def _drain(service: Service, seconds: float) -> dict[str, Any]:
    """Send what is due; each call takes so many seconds."""
    dispatcher = Dispatcher(service, {Channel.SMS: TakingTransport(seconds=seconds)}, worker=worker_id())
    calm_collector()
    started = perf_counter()
    sent = dispatcher.run_due().sent
    took = perf_counter() - started
    dispatcher.close()
    return {"sent": sent, "seconds": took}


def _watch(service: Service, seconds: float) -> dict[str, Any]:
    """Run the worker itself for so many seconds; when it called for which delivery."""
    clock = StartedClock()
    transport = TakingTransport(clock=clock)
    worker = Worker(replace(service, clock=clock), {Channel.SMS: transport})
    stop = threading.Timer(seconds, worker.stop)
    stop.start()
    worker.run()
    return {"sent": len(transport.called), "called": transport.called}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.member", description=__doc__)
    parser.add_argument("mode", choices=("drain", "watch"))
    parser.add_argument("settings", type=Path)
    parser.add_argument("url")
    parser.add_argument("seconds", type=float, help="drain: of each call; watch: until the end")
    return parser.parse_args()


if __name__ == "__main__":
    main()
