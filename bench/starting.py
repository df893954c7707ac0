"""Processor time of `reminders --help`, which every other command pays too."""

import resource
import subprocess
import sys
from statistics import median

from rich.console import Console

from bench.figures import Figure

GOAL = 0.35


def measure(console: Console, *, rounds: int) -> list[Figure]:
    console.print(f"reminders --help: {rounds} times")
    _help_seconds()  # the byte code is written
    seconds = median(_help_seconds() for _ in range(rounds))
    return [
        Figure(
            what="reminders --help, processor time",
            ours=f"{seconds:.2f} s",
            goal=f"below {GOAL:g} s",
            met=seconds < GOAL,
        )
    ]


def _help_seconds() -> float:
    before = _children()
    subprocess.run([sys.executable, "-m", "reminders", "--help"], stdout=subprocess.DEVNULL, check=True)
    return _children() - before


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
