"""What a growing store costs: dispatch, lateness, memory and room with 10,000 to 1,000,000 reminders pending.

The pending ones lie most of a year ahead, as they do in a department; only a few thousand are due.
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from tempfile import mkdtemp

from rich.console import Console
from sqlalchemy import func, select, text, update

from bench import crowd
from bench.databases import Bed, copied
from bench.dispatching import drain_rate
from bench.figures import Figure, interleaved, median_ratio, rate
from bench.seeding import fill_due, fill_far_ahead
from bench.stage import NOON, Home
from reminders.database import tables as t

STEADY_GOAL, LATE_GOAL = 0.7, 1.0
CREWS = (1, 2, 4)
PATIENCE = 120.0  # seconds
FIRST_BATCH, BETWEEN, WATCHED = 4.0, 3.0, 3.0  # seconds: until the first batch is due, between batches, after the last


@dataclass(frozen=True, kw_only=True, slots=True)
class Size:
    rounds: int = 7
    pending: tuple[int, ...] = (10_000, 100_000, 1_000_000)
    due: int = 5_000
    batch: int = 100
    batches: int = 3


QUICK = Size(rounds=1, pending=(1_000, 10_000, 50_000), due=500, batch=20, batches=2)


def measure(console: Console, bed: Bed, home: Home, size: Size) -> list[Figure]:
    console.print(f"growth on {bed.name}: filling {', '.join(f'{number:,}' for number in size.pending)} pending")
    filled = {pending: _filled(bed, home, pending, size.due) for pending in size.pending}
    figures = [_steady(console, bed, home, filled, size)]
    for pending, template in filled.items():
        console.print(f"growth on {bed.name}: crews of {', '.join(map(str, CREWS))} with {pending:,} pending")
        figures.append(_crews(bed, home, template, pending, size))
        figures.append(_lateness(bed, home, template, pending, size))
        figures.append(_room(bed, home, template, pending))
    for template in filled.values():
        bed.drop(template)
    return figures


def _filled(bed: Bed, home: Home, pending: int, due: int) -> str:
    template = bed.create()
    with home.service(template, create=True) as (service, clock):
        fill_far_ahead(service, clock, pending=pending)
        fill_due(service, clock, due=due)
    return template


def _steady(console: Console, bed: Bed, home: Home, filled: Mapping[int, str], size: Size) -> Figure:
    """One worker's rate with the most pending beside its rate with the fewest, in turns."""
    few, many = min(filled), max(filled)
    console.print(f"growth on {bed.name}: {size.rounds} pairs of rounds, {many:,} beside {few:,} pending")
    runs = {number: partial(drain_rate, bed, home, filled[number], size.due) for number in (few, many)}
    found = interleaved(size.rounds, runs)
    ratio = median_ratio(found[many], found[few])
    return Figure(
        what=f"dispatch, {bed.name}, {many:,} pending beside {few:,} ({size.due:,} due)",
        ours=rate(found[many]),
        beside=f"{few:,}: {rate(found[few])}",
        ratio=round(ratio, 2),
        goal=f"at least {STEADY_GOAL:g} x",
        met=ratio >= STEADY_GOAL,
    )


def _crews(bed: Bed, home: Home, template: str, pending: int, size: Size) -> Figure:
    """What one, two and four workers send a second, each once: between them nothing is due twice."""
    rates = []
    for workers in CREWS:
        with copied(bed, template) as url:
            done = crowd.run(home.settings, url, Path(mkdtemp(dir=home.folder)), workers=workers)
        if done.duplicates or sum(done.shares) != size.due:
            raise SystemExit(f"{done.shares} of {size.due} were sent, {done.duplicates} of them twice")
        rates.append(sum(done.shares) / done.seconds)
    return Figure(
        what=f"dispatch by {', '.join(map(str, CREWS))} workers, {bed.name}, {pending:,} pending",
        ours=", ".join(f"{one:,.0f}" for one in rates) + "/s",
    )


def _lateness(bed: Bed, home: Home, template: str, pending: int, size: Size) -> Figure:
    """How long after its instant each message of a batch reaches the provider, by the worker as it runs."""
    with copied(bed, template) as url:
        due = _put_into_batches(home, url, size)
        seconds = FIRST_BATCH + BETWEEN * (size.batches - 1) + WATCHED
        late = _late(home, url, due, _watched(home, url, seconds))
    if len(late) != size.batch * size.batches:
        raise SystemExit(f"{len(late)} of {size.batch * size.batches} left in time to be measured")
    p99 = quantiles(late, n=100)[98]
    return Figure(
        what=f"lateness, {bed.name}, {pending:,} pending, {size.batch} due at once, p50 and p99",
        ours=f"{median(late) * 1000:.0f} ms, {p99 * 1000:.0f} ms",
        goal=f"p99 below {LATE_GOAL:g} s",
        met=p99 < LATE_GOAL,
    )


def _watched(home: Home, url: str, seconds: float) -> dict[str, str]:
    """When a worker, a process of its own, called for which delivery (ISO, by its clock that began at noon)."""
    command = [sys.executable, "-m", "bench.growing_side", str(home.settings), url, str(seconds)]
    with subprocess.Popen(  # noqa: S603 - ourselves
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as worker:
        assert worker.stdout is not None  # noqa: S101 - for the types
        if worker.stdout.readline() != "ready\n":
            raise SystemExit("the worker did not start")
        called: dict[str, str] = json.loads(worker.communicate("go\n", timeout=PATIENCE)[0])
    return called


def _put_into_batches(home: Home, url: str, size: Size) -> dict[int, datetime]:
    """Let the first of what is due fall due in batches soon after the clock has started, the rest in a month."""
    r = t.reminders.c
    with home.service(url) as (service, _clock), service.engine.begin() as connection:
        ids = list(connection.execute(select(r.id).where(r.state == "planned", r.due_at <= NOON)).scalars())
        due = {}
        for number, id_ in enumerate(ids[: size.batch * size.batches]):
            due[id_] = NOON + timedelta(seconds=FIRST_BATCH + BETWEEN * (number // size.batch))
        later = update(t.reminders).where(r.state == "planned", r.due_at <= NOON)
        connection.execute(later.values(due_at=NOON + timedelta(days=30)))
        for id_, instant in due.items():
            connection.execute(update(t.reminders).where(r.id == id_).values(send_at=instant, due_at=instant))
    return due


def _late(home: Home, url: str, due: Mapping[int, datetime], called: Mapping[str, str]) -> list[float]:
    d = t.deliveries.c
    with home.service(url) as (service, _clock), service.engine.connect() as connection:
        reminders = {row.id: row.reminder for row in connection.execute(select(d.id, d.reminder))}
    return [(datetime.fromisoformat(at) - due[reminders[id_]]).total_seconds() for id_, at in called.items()]


def _room(bed: Bed, home: Home, template: str, pending: int) -> Figure:
    """How large the database is, in all and for each reminder in it."""
    with home.service(template) as (service, _clock), service.engine.connect() as connection:
        sqlite = bed.name == "SQLite"
        ask = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
        size = connection.execute(text(ask if sqlite else "SELECT pg_database_size(current_database())")).scalar_one()
        reminders = connection.execute(select(func.count()).select_from(t.reminders)).scalar_one()
    return Figure(
        what=f"database, {bed.name}, {pending:,} pending",
        ours=f"{size / 1e6:,.0f} MB",
        beside=f"{reminders:,} reminders: {size / reminders:,.0f} bytes each",
    )
