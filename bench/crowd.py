"""Worker processes side by side on one database, each with a ledger of what its provider took: for measures and proofs.

They are forked once everything is loaded, and no call is answered before every worker has one in flight: each does
some of the work.
"""

import math
import multiprocessing
import os
import subprocess
import sys
import threading
from collections import Counter
from dataclasses import dataclass, field
from multiprocessing.synchronize import Barrier
from pathlib import Path

from bench.stage import NOON, NothingTransport, StillClock
from reminders import identifiers, worker
from reminders.bootstrap import service_for
from reminders.clock import SystemClock
from reminders.database.presence import open_presence
from reminders.dispatch import Dispatcher
from reminders.settings import load_settings
from reminders.transports.base import Accepted, OutboundMessage
from schedules.protocol import Channel

ROOT = Path(__file__).parents[1]
LEDGER = "worker-{}.ledger"
PATIENCE = 120.0  # seconds, until the slowest process has its first message


@dataclass(frozen=True, kw_only=True, slots=True)
class LedgerTransport(NothingTransport):
    """Takes so long for every message, and then writes down whose it was."""

    handle: int
    all_here: Barrier
    seconds: float
    clock: SystemClock = field(default_factory=SystemClock)
    begun: list[float] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def spent(self) -> float:
        """Seconds since the first message of all."""
        return self.clock.monotonic() - self.begun[0] if self.begun else 0.0

    def send(self, message: OutboundMessage) -> Accepted:
        with self.lock:
            if not self.begun:
                self.all_here.wait(PATIENCE)
                self.begun.append(self.clock.monotonic())
        self.clock.sleep(self.seconds)
        os.write(self.handle, f"{message.enrollment} {message.key} {message.delivery_id}\n".encode())
        return Accepted(provider_id=message.delivery_id)


@dataclass(frozen=True, kw_only=True, slots=True)
class Crowd:
    """What so many workers did: messages in the order of the ledgers, and the seconds from the first to the last."""

    ledgers: list[list[tuple[str, str]]]
    seconds: float

    @property
    def shares(self) -> list[int]:
        return [len(ledger) for ledger in self.ledgers]

    @property
    def duplicates(self) -> int:
        taken = Counter(entry for ledger in self.ledgers for entry in ledger)
        return sum(times - 1 for times in taken.values())


def run(
    settings: Path, url: str, folder: Path, *, workers: int, milliseconds: float = 0.0, seconds: float = math.inf
) -> Crowd:
    """Let so many worker processes do what is due, for so many seconds at most; `folder` has to be a fresh one."""
    words = [str(word) for word in (settings, url, folder, workers, milliseconds, seconds)]
    command = [sys.executable, "-m", "bench.crowd", *words]
    ended = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)  # noqa: S603 (ourselves)
    lines = [(folder / LEDGER.format(number)).read_text("utf-8").splitlines() for number in range(workers)]
    ledgers = [[(line.split()[0], line.split()[1]) for line in each] for each in lines]
    return Crowd(ledgers=ledgers, seconds=float(ended.stdout))


def main(settings: str, url: str, folder: str, workers: str, milliseconds: str, seconds: str) -> int:
    processes = multiprocessing.get_context("fork")
    together = int(workers)
    all_here = processes.Barrier(together)
    spent = processes.SimpleQueue()

    def work(number: int) -> None:
        handle = os.open(Path(folder) / LEDGER.format(number), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        transport = LedgerTransport(handle=handle, all_here=all_here, seconds=float(milliseconds) / 1000)
        spent.put(_work(Path(settings), url, transport, float(seconds)))

    running = [processes.Process(target=work, args=(number,)) for number in range(together)]
    for process in running:
        process.start()
    for process in running:
        process.join()
    times = [0.0] + [spent.get() for process in running if not process.exitcode]
    sys.stdout.write(f"{max(times)}\n")
    return max(abs(process.exitcode or 0) for process in running)


def _work(settings: Path, url: str, transport: LedgerTransport, limit: float) -> float:
    """Everything that is due, or what can be done in so many seconds; how long that took, from the first message on."""
    service = service_for(load_settings(settings, {"REMINDERS_DATABASE__URL": url}), StillClock(NOON))
    id_ = identifiers.worker_id()
    with open_presence(service.engine, id_) as presence:

        def may_claim() -> bool:
            return presence.held() and transport.spent() < limit

        dispatcher = Dispatcher(service, {Channel.SMS: transport}, worker=id_, may_claim=may_claim)
        worker.calm_collector()
        dispatcher.run_due()
        dispatcher.close()
    service.engine.dispose()
    return transport.spent()


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
