"""`python -m bench`: every figure in one run of some minutes; `--part` and `--quick` for less."""

import argparse
import os
import platform
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from bench import (
    crowding,
    dispatching,
    document,
    enrolling,
    growing,
    hooking,
    idling,
    pacing,
    planning,
    rescheduling,
    splitting,
    starting,
)
from bench.databases import Bed, beds
from bench.figures import Figure, save, show
from bench.stage import Home

PARTS = (
    "dispatch", "budget", "enroll", "reschedule", "idle", "hooks", "workers", "growth", "split", "timeline", "help",
)  # fmt: skip
RESULTS = Path(__file__).parent / "results.json"


def main() -> int:
    options = _options()
    console = Console(width=None if os.isatty(1) else 150, highlight=False)
    wanted = options.part or PARTS
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, beds(options.database, options.postgres) as found:
        figures = _measure(console, wanted, found, Home(Path(folder)), quick=options.quick)
    title = f"{'quick run' if options.quick else 'run'}, Python {platform.python_version()}, {os.cpu_count()} cores"
    show(console, title, figures)
    save(options.json, title, figures)
    if options.page:
        document.write(options.page, title, figures)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--part", action="append", choices=PARTS, help="measure only this; may be given again")
    parser.add_argument("--quick", action="store_true", help="fewer rows and rounds: a look, not a result")
    parser.add_argument("--database", choices=("both", "sqlite", "postgresql"), default="both")
    parser.add_argument("--postgres", metavar="URL", help="a server whose user may create databases; default: our own")
    parser.add_argument("--json", type=Path, default=RESULTS, metavar="FILE", help="default: bench/results.json")
    parser.add_argument("--page", type=Path, metavar="FILE", help="write the table into a page, as docs/figures.md")
    return parser.parse_args()


def _measure(console: Console, wanted: Sequence[str], found: Sequence[Bed], home: Home, *, quick: bool) -> list[Figure]:
    figures: list[Figure] = []
    for bed in found:
        if "dispatch" in wanted:
            figures += dispatching.measure(console, bed, home, dispatching.QUICK if quick else dispatching.Size())
        if "budget" in wanted:
            figures += pacing.measure(console, bed, home, pacing.QUICK if quick else pacing.Size())
        if "enroll" in wanted:
            figures += enrolling.measure(console, bed, home, rounds=3 if quick else 5, patients=10 if quick else 50)
        if "reschedule" in wanted:
            figures += rescheduling.measure(console, bed, home, rounds=3 if quick else 5, patients=10 if quick else 50)
        if "idle" in wanted:
            figures += idling.measure(console, bed, home, idling.QUICK if quick else idling.Size())
        if "hooks" in wanted:
            figures += hooking.measure(console, bed, home, rounds=3 if quick else 5, receipts=600 if quick else 3_000)
        if "growth" in wanted:
            figures += growing.measure(console, bed, home, growing.QUICK if quick else growing.Size())
        if "workers" in wanted and bed.name == "PostgreSQL":
            figures += crowding.measure(console, bed, home, crowding.QUICK if quick else crowding.Size())
        if "split" in wanted:
            figures += splitting.measure(console, bed, home, messages=1_000 if quick else 10_000)
    if "timeline" in wanted:
        figures += planning.measure(console, home, rounds=3 if quick else 5, patients=200 if quick else 1_000)
    if "help" in wanted:
        figures += starting.measure(console, rounds=3 if quick else 7)
    return figures


if __name__ == "__main__":
    raise SystemExit(main())
