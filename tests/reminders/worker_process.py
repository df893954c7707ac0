"""A worker as a process of its own: says when it calls its provider, and finishes the call when it is told to.

Standard output has the key of each message that is being sent; each call ends when a line comes in.
"""

import sys
from pathlib import Path

from reminders.clock import SystemClock
from reminders.database.engine import open_engine
from reminders.database.vault import Vault
from reminders.logs import configure_logging
from reminders.transports.base import OutboundMessage
from reminders.transports.memory import ACCEPT, Outcome
from reminders.worker import Worker
from tests.reminders.builders import a_service, texts_only


def wait_for_word(message: OutboundMessage) -> Outcome:
    print(message.key, flush=True)  # noqa: T201 (the parent reads it)
    sys.stdin.readline()
    return ACCEPT


def main(url: str, key_file: str) -> None:
    configure_logging()
    clock = SystemClock()
    service = a_service(open_engine(url), Vault.load(Path(key_file)), clock)
    Worker(service, texts_only(clock, decide=wait_for_word)).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
