"""Moving one patient's procedure, beside the least it could be: the same reminders moved by bare SQL in one commit.

Ours reads and unseals the enrollment, plans it anew, holds what was told against the new plan, writes the history and
the tasks; the bare side updates the rows by their numbers and knows nothing.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from itertools import cycle
from statistics import median
from time import perf_counter

from rich.console import Console
from sqlalchemy import Engine, bindparam, select, update

from bench.databases import Bed
from bench.figures import Figure, interleaved, median_ratio
from bench.seeding import example_request, phone
from bench.stage import NOON, Home
from reminders.changes.rescheduling import reschedule
from reminders.database import tables as t
from reminders.enrollment import enroll
from reminders.service import Service

GOAL = 10.0
ROWS = 12
STARTS = ("2027-01-08 09:00", "2027-01-12 10:00")
r = t.reminders.c
MOVE = update(t.reminders).where(r.id == bindparam("row"))
MOVE = MOVE.values(send_at=bindparam("at"), due_at=bindparam("at"), changed_at=bindparam("now"))


def measure(console: Console, bed: Bed, home: Home, *, rounds: int, patients: int) -> list[Figure]:
    console.print(f"reschedule on {bed.name}: {rounds} rounds of {patients} patients")
    with _two_groups(bed, home, patients) as (service, moved, bare):
        starts = cycle(reversed(STARTS))
        _move(service, moved[:1], STARTS[1])  # what is imported and computed once
        _move(service, moved[:1], STARTS[0])
        rows = [_rows(service.engine, enrollment) for enrollment in bare]
        found = interleaved(
            rounds,
            {"ours": lambda: _move(service, moved, next(starts)), "bare": lambda: _bare(service.engine, rows)},
        )
    ratio = median_ratio(found["ours"], found["bare"])
    return [
        Figure(
            what=f"reschedule, {bed.name} (one patient, {ROWS} reminders)",
            ours=f"{median(found['ours']) * 1000:.1f} ms",
            beside=f"bare SQL that moves {ROWS} rows: {median(found['bare']) * 1000:.2f} ms",
            ratio=round(ratio, 2),
            goal=f"below {GOAL:g} x",
            met=ratio < GOAL,
        )
    ]


@contextmanager
def _two_groups(bed: Bed, home: Home, patients: int) -> Iterator[tuple[Service, list[str], list[str]]]:
    """As many patients for each side, in one database."""
    url = bed.create()
    with home.service(url, create=True) as (service, _clock):
        ids = [_enroll(service, number) for number in range(2 * patients)]
        yield service, ids[:patients], ids[patients:]
    bed.drop(url)


def _enroll(service: Service, number: int) -> str:
    return enroll(service, example_request(STARTS[0], f"Pat Example{number}", phone(number)), by="bench").enrollment


def _move(service: Service, enrollments: Sequence[str], to: str) -> float:
    """Seconds for one patient."""
    started = perf_counter()
    for enrollment in enrollments:
        reschedule(service, enrollment, to=to, by="bench")
    return (perf_counter() - started) / len(enrollments)


def _rows(engine: Engine, enrollment: str) -> list[int]:
    with engine.connect() as connection:
        found = list(connection.execute(select(r.id).where(r.enrollment == enrollment)).scalars())
    if len(found) < ROWS:
        raise SystemExit(f"{len(found)} reminders, {ROWS} were wanted")
    return found[:ROWS]


def _bare(engine: Engine, patients: Sequence[Sequence[int]]) -> float:
    """Seconds for one patient: one statement for all rows, one commit."""
    started = perf_counter()
    for number, rows in enumerate(patients):
        at = NOON + timedelta(days=30, minutes=number)
        with engine.begin() as connection:
            connection.execute(MOVE, [{"row": row, "at": at, "now": NOON} for row in rows])
    return (perf_counter() - started) / len(patients)
