"""Workers of several processes at one sender: how much leaves in the fullest second, and how much time stays unused."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rich.console import Console

from bench.databases import Bed
from bench.figures import Figure
from bench.seeding import fill
from bench.stage import Home
from reminders.clock import SystemClock

FULLEST_GOAL, UNUSED_GOAL = 1.1, 5.0  # of the rate; percent
WARM_UP = 5.0  # seconds in which each worker makes its first claims, reads the protocol and prepares its statements
START_UP = 8.0  # seconds for the processes to open the database before the first of them claims


@dataclass(frozen=True, kw_only=True, slots=True)
class Size:
    per_second: float = 50.0
    seconds: float = 20.0
    crews: tuple[int, ...] = (4, 8)


QUICK = Size(seconds=8.0, crews=(4,))


@dataclass(frozen=True, slots=True)
class Call:
    """When a provider was called (seconds on the one clock of the machine), and with how many segments."""

    at: float
    segments: int


def measure(console: Console, bed: Bed, home: Home, size: Size) -> list[Figure]:
    return [figure for crew in size.crews for figure in _crew(console, bed, home, size, crew)]


def _crew(console: Console, bed: Bed, home: Home, size: Size, workers: int) -> Iterator[Figure]:
    due = round(size.per_second * (WARM_UP + size.seconds + START_UP))  # of a segment at least: some wait until the end
    console.print(f"budget on {bed.name}: {workers} workers, {size.per_second:g} segments a second, {due:,} due")
    url = bed.create()
    with home.service(url, create=True) as (service, clock):
        fill(service, clock, pending=due, due=due)
    calls = _called(home, url, size, workers)
    bed.drop(url)
    what = f"sender of {size.per_second:g} segments a second, {bed.name}, {workers} workers, {size.seconds:.0f} s"
    warm = [call for call in calls if call.at >= calls[0].at + WARM_UP]
    most, unused = fullest(calls), 100 * max(0.0, 1 - used(warm, size.per_second))
    yield Figure(
        what=f"{what}: fullest second",
        ours=f"{most} segments",
        goal=f"at most {FULLEST_GOAL * size.per_second:g}",
        met=most <= FULLEST_GOAL * size.per_second,
    )
    yield Figure(
        what=f"{what}: unused while messages wait",
        ours=f"{unused:.1f} %",
        goal=f"at most {UNUSED_GOAL:g} %",
        met=unused <= UNUSED_GOAL,
    )


def _called(home: Home, url: str, size: Size, workers: int) -> list[Call]:
    """What real processes called, all of them from the same moment on."""
    starts = SystemClock().monotonic() + START_UP
    command = [sys.executable, "-m", "bench.pacing_side", str(home.settings), url]
    command += [str(number) for number in (size.per_second, starts, WARM_UP + size.seconds)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(workers)]  # noqa: S603 - our own program
    calls: list[Call] = []
    for process in running:
        said, _ = process.communicate(timeout=START_UP + WARM_UP + size.seconds + 60)
        if process.returncode:
            raise SystemExit(f"a worker ended with {process.returncode}")
        calls += [Call(*call) for call in json.loads(said)]
    return sorted(calls, key=lambda call: call.at)


def fullest(calls: Sequence[Call]) -> int:
    """The most segments in any second, wherever it begins."""
    most, first, within = 0, 0, 0
    for call in calls:
        within += call.segments
        while calls[first].at <= call.at - 1:
            within -= calls[first].segments
            first += 1
        most = max(most, within)
    return most


def used(calls: Sequence[Call], per_second: float) -> float:
    """The part of the time between the first call and the last that the segments before the last one take."""
    if len(calls) < 2:
        return 0.0
    return sum(call.segments for call, _ in pairwise(calls)) / per_second / (calls[-1].at - calls[0].at)
