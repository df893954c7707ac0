"""Messages per second through our Dispatcher, beside APScheduler and the bare loop, on copies of one database."""

from dataclasses import dataclass
from time import perf_counter

from rich.console import Console

from bench import apscheduler_side, bare_side
from bench.databases import Bed, copied
from bench.figures import Figure, compared, interleaved
from bench.seeding import fill
from bench.stage import Home, NothingTransport
from reminders.dispatch import Dispatcher
from reminders.worker import calm_collector
from schedules.protocol import Channel

GOALS = {"SQLite": 10.0, "PostgreSQL": 3.0}
BARE_GOAL = 0.25


@dataclass(frozen=True, kw_only=True, slots=True)
class Size:
    rounds: int = 5
    pending: int = 100_000
    due: int = 10_000
    jobs_due: int = 10_000  # APScheduler's


QUICK = Size(rounds=3, pending=10_000, due=2_000, jobs_due=500)


def measure(console: Console, bed: Bed, home: Home, size: Size) -> list[Figure]:
    console.print(f"dispatch on {bed.name}: filling {size.pending:,} pending, three times")
    template, jobs = _filled(bed, home, size), _jobs(bed, size)
    console.print(f"dispatch on {bed.name}: {size.rounds} rounds")
    found = interleaved(
        size.rounds,
        {
            "ours": lambda: drain_rate(bed, home, template, size.due),
            "apscheduler": lambda: _apscheduler(bed, jobs, size),
            "bare": lambda: _bare(bed, home, template),
        },
    )
    bed.drop(template)
    bed.drop(jobs)
    what = f"dispatch, {bed.name} ({size.pending:,} pending, {size.due:,} due)"
    ours, theirs, bare = found["ours"], found["apscheduler"], found["bare"]
    note = "" if size.jobs_due == size.due else f" ({size.jobs_due:,} due)"
    goal = BARE_GOAL if bed.name == "PostgreSQL" else 0.0
    return [
        compared(what, ours, theirs, name="APScheduler", at_least=GOALS[bed.name], note=note),
        compared(what, ours, bare, name="bare loop", at_least=goal),
    ]


def _filled(bed: Bed, home: Home, size: Size) -> str:
    """One database that holds the same work for us and for the bare loop."""
    template = bed.create()
    with home.service(template, create=True) as (service, clock):
        fill(service, clock, pending=size.pending, due=size.due)
        bare_side.fill(service.engine, pending=size.pending, due=size.due)
    return template


def _jobs(bed: Bed, size: Size) -> str:
    """APScheduler's own database, with the settings that its job store gives it."""
    jobs = bed.create()
    apscheduler_side.fill(jobs, pending=size.pending, due=size.jobs_due)
    return jobs


def drain_rate(bed: Bed, home: Home, template: str, due: int) -> float:
    """Messages per second of our Dispatcher on a copy of a database in which so many are due."""
    with copied(bed, template) as url, home.service(url) as (service, _clock):
        dispatcher = Dispatcher(service, {Channel.SMS: NothingTransport()}, worker="bench")
        calm_collector()  # as the worker does, and so for whoever is measured after it
        started = perf_counter()
        report = dispatcher.run_due()
        seconds = perf_counter() - started
        dispatcher.close()
    if report.sent != due:
        raise SystemExit(f"{report.sent} of {due} were sent: {report}")
    return report.sent / seconds


def _apscheduler(bed: Bed, template: str, size: Size) -> float:
    with copied(bed, template) as url:
        return apscheduler_side.dispatch_rate(url, size.jobs_due)


def _bare(bed: Bed, home: Home, template: str) -> float:
    with copied(bed, template) as url, home.service(url) as (service, _clock):
        return bare_side.dispatch_rate(service.engine)
