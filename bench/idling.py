"""What a worker costs while nothing is due: its tick and its memory with more and more pending, its share of a core."""

import os
import signal
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

from rich.console import Console

from bench.databases import Bed
from bench.figures import Figure, interleaved, median_ratio
from bench.seeding import fill_far_ahead
from bench.stage import Home, NothingTransport
from reminders.clock import SystemClock
from reminders.worker import Worker
from schedules.protocol import Channel

TICK_GOAL, MEMORY_GOAL, CPU_GOAL = 1.5, 1.1, 1.0
TICKS = 200
WARM_UP = 6.0  # seconds in which a worker starts


@dataclass(frozen=True, kw_only=True, slots=True)
class Size:
    rounds: int = 7
    few: int = 10_000
    middle: int = 100_000
    many: int = 1_000_000
    seconds: float = 20.0


QUICK = Size(rounds=3, few=1_000, middle=10_000, many=100_000, seconds=5.0)


def measure(console: Console, bed: Bed, home: Home, size: Size) -> list[Figure]:
    numbers = (size.few, size.middle, size.many)
    console.print(f"idle on {bed.name}: filling {', '.join(f'{number:,}' for number in numbers)} pending")
    urls = {number: _filled(bed, home, number) for number in numbers}
    console.print(f"idle on {bed.name}: {size.rounds} rounds of {TICKS} ticks, then {size.seconds:.0f} s of workers")
    figures = [_tick(bed, home, urls, size), *_workers(bed, home, urls, size)]
    for url in urls.values():
        bed.drop(url)
    return figures


def _filled(bed: Bed, home: Home, pending: int) -> str:
    url = bed.create()
    with home.service(url, create=True) as (service, clock):
        fill_far_ahead(service, clock, pending=pending)
    return url


def _tick(bed: Bed, home: Home, urls: dict[int, str], size: Size) -> Figure:
    """What the metronome asks twice a second, in microseconds."""
    with ExitStack() as stack:

        def ticking(number: int) -> Worker:
            service, _clock = stack.enter_context(home.service(urls[number]))
            return Worker(service, {Channel.SMS: NothingTransport()})

        few, many = ticking(size.few), ticking(size.many)
        found = interleaved(size.rounds, {"few": lambda: _tick_seconds(few), "many": lambda: _tick_seconds(many)})
    ratio = median_ratio(found["many"], found["few"])
    return Figure(
        what=f"idle tick, {bed.name}, {size.many:,} pending beside {size.few:,}",
        ours=f"{median(found['many']) * 1e6:.0f} us",
        beside=f"{size.few:,}: {median(found['few']) * 1e6:.0f} us",
        ratio=round(ratio, 2),
        goal=f"below {TICK_GOAL:g} x",
        met=ratio < TICK_GOAL,
    )


def _tick_seconds(worker: Worker) -> float:
    started = perf_counter()
    for _ in range(TICKS):
        worker._watch()
    return (perf_counter() - started) / TICKS


def _workers(bed: Bed, home: Home, urls: dict[int, str], size: Size) -> list[Figure]:
    """Real worker processes, side by side: memory at the end, and processor time after their start."""
    with ExitStack() as stack:
        running = {number: stack.enter_context(_Running(home.settings, url)) for number, url in urls.items()}
        clock = SystemClock()
        clock.sleep(WARM_UP)
        before, started = running[size.middle].cpu_seconds(), perf_counter()
        clock.sleep(size.seconds)
        share = (running[size.middle].cpu_seconds() - before) / (perf_counter() - started) * 100
        memory = {number: worker.megabytes() for number, worker in running.items()}
    ratio = memory[size.many] / memory[size.few]
    return [
        Figure(
            what=f"worker memory, {bed.name}, {size.many:,} pending beside {size.few:,}",
            ours=f"{memory[size.many]:.1f} MB",
            beside=f"{size.few:,}: {memory[size.few]:.1f} MB",
            ratio=round(ratio, 2),
            goal=f"the same (below {MEMORY_GOAL:g} x)",
            met=ratio < MEMORY_GOAL,
        ),
        Figure(
            what=f"worker at rest, {bed.name}, {size.middle:,} pending, {size.seconds:.0f} s",
            ours=f"{share:.2f} % of a core",
            goal=f"below {CPU_GOAL:g} %",
            met=share < CPU_GOAL,
        ),
    ]


class _Running:
    """A worker process, as `reminders run` starts it; what it used is read from /proc."""

    def __init__(self, settings: Path, url: str) -> None:
        environment = {"REMINDERS_CONFIG": str(settings), "REMINDERS_DATABASE__URL": url}
        command = [sys.executable, "-m", "reminders", "run"]
        self._process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)  # noqa: S603

    def __enter__(self) -> "_Running":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.send_signal(signal.SIGTERM)
        self._process.wait()

    def cpu_seconds(self) -> float:
        fields = self._read("stat").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def megabytes(self) -> float:
        line = next(line for line in self._read("status").splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) / 1024

    def _read(self, name: str) -> str:
        return Path(f"/proc/{self._process.pid}/{name}").read_text("ascii", errors="replace")
