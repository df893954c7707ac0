"""A worker as a process of its own that freezes at the worst moment, as a machine does that is put to sleep.

It stops itself either in the middle of its first call or right before it. Standard output has the worker's id, and the
key of each message that its provider took.
"""

import signal
import sys
import threading
from pathlib import Path
from typing import Any

from reminders import identifiers
from reminders.clock import SystemClock
from reminders.database.engine import open_engine
from reminders.database.presence import open_presence
from reminders.database.timekeeping import shared_clock
from reminders.database.vault import Vault
from reminders.dispatch import Dispatcher
from reminders.logs import configure_logging
from reminders.transports.base import OutboundMessage
from reminders.transports.memory import ACCEPT, Outcome
from tests.reminders.builders import a_service, texts_only

LEASE_SECONDS = 5
HASTY = {
    "worker": {"senders": 1, "lease_seconds": LEASE_SECONDS},
    "transports": {"sms": {"kind": "memory", "timeout_seconds": 1}},
}


def freeze() -> None:
    """To this thread, which cannot go on before the whole process stands still; another one might hear it later."""
    signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)


class FreezingDispatcher(Dispatcher):
    """One whose process freezes once its intents are committed, before a sender looks at the first of them."""

    def _call_all(self, *claimed: Any) -> None:
        freeze()
        super()._call_all(*claimed)


def take(message: OutboundMessage) -> Outcome:
    print(message.key, flush=True)  # noqa: T201 (the parent reads it)
    if sys.argv[3] == "during":
        freeze()
    return ACCEPT


def main(url: str, key_file: str, moment: str) -> None:
    configure_logging()
    engine, worker = open_engine(url), identifiers.worker_id()
    clock = shared_clock(engine, SystemClock())
    service = a_service(engine, Vault.load(Path(key_file)), clock, own=Path(key_file).with_name("own"), **HASTY)
    print(worker, flush=True)  # noqa: T201
    kind = FreezingDispatcher if moment == "before" else Dispatcher
    with open_presence(engine, worker):
        dispatcher = kind(service, texts_only(clock, decide=take), worker=worker)
        dispatcher.run_due()
        dispatcher.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
