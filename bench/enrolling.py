"""Enrolling one patient, checked, sealed and committed, beside adding the same reminders as APScheduler jobs."""

from statistics import median
from time import perf_counter

from rich.console import Console

from bench import apscheduler_side
from bench.databases import Bed
from bench.figures import Figure, interleaved, median_ratio
from bench.seeding import example_request, phone
from bench.stage import Home
from reminders.enrollment import enroll
from reminders.service import Service

GOAL = 4.0
START = "2027-01-08 09:00"


def measure(console: Console, bed: Bed, home: Home, *, rounds: int, patients: int) -> list[Figure]:
    console.print(f"enroll on {bed.name}: {rounds} rounds of {patients} patients")
    url, jobs = bed.create(), bed.create()
    with home.service(url, create=True) as (service, _clock):
        reminders = _enroll(service, 0)  # what is imported and parsed once
        numbers = iter(range(1, rounds * patients + 1))

        def ours() -> float:
            started = perf_counter()
            for _ in range(patients):
                _enroll(service, next(numbers))
            return (perf_counter() - started) / patients

        found = interleaved(
            rounds, {"ours": ours, "jobs": lambda: apscheduler_side.add_seconds(jobs, patients, reminders)}
        )
    bed.drop(url)
    bed.drop(jobs)
    ratio = median_ratio(found["jobs"], found["ours"])
    return [
        Figure(
            what=f"enroll, {bed.name} (one patient, {reminders} reminders)",
            ours=f"{median(found['ours']) * 1000:.1f} ms",
            beside=f"APScheduler: {median(found['jobs']) * 1000:.1f} ms",
            ratio=round(ratio, 2),
            goal=f"at least {GOAL:g} x",
            met=ratio >= GOAL,
        )
    ]


def _enroll(service: Service, number: int) -> int:
    request = example_request(START, f"Pat Example{number}", phone(number))
    return len(enroll(service, request, by="bench").timeline.reminders)
