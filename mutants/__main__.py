"""`python -m mutants`: plant every bug, name the test that caught it, and fail where none did."""

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from mutants.hunting import End, Found, Unsound, hunt
from mutants.listed import MUTATIONS
from mutants.mutation import Mutation, Stale

AT_ONCE = 2


def main() -> int:
    options = _options()
    console = Console(highlight=False, markup=False, soft_wrap=True)
    wanted = [mutation for mutation in MUTATIONS if not options.only or mutation.name in options.only]
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        try:
            found = hunt(wanted, Path(folder), options.workers, lambda one: _say(console, one))
        except (Stale, Unsound) as error:
            console.print(str(error))
            return 1
    return _end(console, wanted, found)


def _options() -> argparse.Namespace:
    names = [mutation.name for mutation in MUTATIONS]
    parser = argparse.ArgumentParser(prog="python -m mutants", description=__doc__)
    parser.add_argument("--only", action="append", choices=names, metavar="NAME", help="this one; may be given again")
    parser.add_argument("--workers", type=int, default=AT_ONCE, help=f"how many at once (default {AT_ONCE})")
    return parser.parse_args()


def _say(console: Console, found: Found) -> None:
    console.print(f"{found.end}  {found.mutation.name}\n    {found.why}")


def _end(console: Console, wanted: Sequence[Mutation], found: Sequence[Found]) -> int:
    """The figure, the names of those that got away, and 1 where there are any."""
    missed = [one.mutation.name for one in found if one.end is not End.CAUGHT]
    console.print(f"planted bugs caught: {len(wanted) - len(missed)}/{len(wanted)}")
    if missed:
        console.print(f"not caught: {', '.join(missed)}")
    return 1 if missed or not wanted else 0


raise SystemExit(main())
