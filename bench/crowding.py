"""Eight worker processes beside one on PostgreSQL: messages per second with a provider that takes its time for each."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import mkdtemp

from rich.console import Console

from bench import crowd
from bench.databases import Bed, copied
from bench.figures import Figure, compared, interleaved
from bench.seeding import fill_due
from bench.stage import Home

MANY, GOAL = 8, 1.6
CALL_MILLISECONDS = 20.0  # what the provider takes for a message; each worker has ten senders


@dataclass(frozen=True, kw_only=True, slots=True)
class Size:
    rounds: int = 3
    due: int = 100_000
    seconds: float = 20.0  # of every round; and once the many do all that is due


QUICK = Size(rounds=1, due=5_000, seconds=6.0)


def measure(console: Console, bed: Bed, home: Home, size: Size) -> list[Figure]:
    console.print(f"workers on {bed.name}: filling {size.due:,} due")
    template = bed.create()
    with home.service(template, create=True) as (service, clock):
        fill_due(service, clock, due=size.due)
    console.print(f"workers on {bed.name}: {size.rounds} rounds of {size.seconds:.0f} s, and all that is due")
    runs = {count: partial(_rate, bed, home, template, count, size.seconds) for count in (MANY, 1)}
    found = interleaved(size.rounds, runs)
    whole = _run(bed, home, template, MANY, float("inf"))
    bed.drop(template)
    return [_ratio(bed, size, found), _once(bed, size, whole)]


def _rate(bed: Bed, home: Home, template: str, workers: int, seconds: float) -> float:
    done = _run(bed, home, template, workers, seconds)
    return sum(done.shares) / done.seconds


def _run(bed: Bed, home: Home, template: str, workers: int, seconds: float) -> crowd.Crowd:
    folder = Path(mkdtemp(dir=home.folder))
    with copied(bed, template) as url:
        return crowd.run(home.settings, url, folder, workers=workers, milliseconds=CALL_MILLISECONDS, seconds=seconds)


def _ratio(bed: Bed, size: Size, found: Mapping[int, list[float]]) -> Figure:
    what = f"{MANY} workers beside one, {bed.name}, {CALL_MILLISECONDS:.0f} ms a call ({size.due:,} due)"
    return compared(what, found[MANY], found[1], name="one worker", at_least=GOAL)


def _once(bed: Bed, size: Size, whole: crowd.Crowd) -> Figure:
    """That each message left once, and what each worker did of it."""
    shares = " ".join(f"{share:,}" for share in whole.shares)
    lost = size.due - len({entry for ledger in whole.ledgers for entry in ledger})
    return Figure(
        what=f"{MANY} workers, {bed.name}, all {size.due:,} due: duplicates, lost",
        ours=f"{whole.duplicates}, {lost}",
        beside=f"shares: {shares}; {sum(whole.shares) / whole.seconds:,.0f}/s",
        goal="0, 0; every worker some",
        met=whole.duplicates == 0 == lost and all(whole.shares),
    )
