"""Timelines per second on one core, and where their time goes."""

import cProfile
import pstats
from datetime import timedelta
from time import process_time

from rich.console import Console

from bench.figures import Figure, rate
from bench.stage import NOON, Home
from reminders.protocols import Library
from reminders.settings import load_settings
from reminders.sites import place_of
from schedules.procedure import Hold, Place, Procedure
from schedules.protocol import Protocol
from schedules.timeline import build_timeline

GOAL = 1000
TOP = 12


def measure(console: Console, home: Home, *, rounds: int, patients: int) -> list[Figure]:
    console.print(f"build_timeline: {rounds} rounds of {patients:,} patients with two holds")
    protocol = Library().load("vertebroplasty").protocol
    place = place_of(load_settings(home.settings, {}).sites["main"], None, NOON.year)
    _build(protocol, place, 50)  # what is computed once and remembered
    rates = []
    for _ in range(rounds):
        started = process_time()
        _build(protocol, place, patients)
        rates.append(patients / (process_time() - started))
    profiler = cProfile.Profile()
    profiler.runcall(_build, protocol, place, patients)
    pstats.Stats(profiler).sort_stats("tottime").print_stats(TOP)
    return [
        Figure(
            what="build_timeline, two holds, one core",
            ours=rate(rates),
            goal=f"at least {GOAL:,}/s",
            met=sorted(rates)[len(rates) // 2] >= GOAL,
        )
    ]


def _build(protocol: Protocol, place: Place, patients: int) -> None:
    """Each patient on a day and minute of their own."""
    holds = (
        Hold(drug="warfarin", days=5, ordered_by="Dr. Example", resume_days=1),
        Hold(drug="clopidogrel", days=7, ordered_by="Dr. Example", resume_days=2),
    )
    for number in range(patients):
        start = NOON + timedelta(days=20 + number % 200, minutes=number % 300)
        procedure = Procedure(enrolled=NOON, start=start, holds=holds)
        build_timeline(protocol, procedure, place, now=NOON)
