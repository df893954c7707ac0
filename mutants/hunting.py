"""Plant one bug after the other and see whether its tests notice: first they must pass without it.

The rule: a bug counts as caught only where a test has failed. Tests that break before they begin prove nothing.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from queue import SimpleQueue

from mutants.copies import FAILED, PASSED, ROOT, Copy, Run, copy_tree
from mutants.mutation import Mutation


class Unsound(Exception):
    """The tests fail although no bug is planted."""


class End(StrEnum):
    """What became of a planted bug."""

    CAUGHT = "caught"
    SURVIVED = "SURVIVED"
    BROKEN = "BROKEN"  # the tests did not run


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """A planted bug, what became of it, and by which test or for what reason."""

    mutation: Mutation
    end: End
    why: str


def hunt(mutations: Sequence[Mutation], folder: Path, workers: int, say: Callable[[Found], None]) -> list[Found]:
    """Every bug in turn, so many at once; each is told as it ends. In the order of the list.

    Raises Stale for a bug that no longer fits, Unsound where the tests fail without any.
    """
    for mutation in mutations:  # before the first minute is spent
        mutation.applied_to((ROOT / mutation.file).read_text("utf-8"))
    copies: SimpleQueue[Copy] = SimpleQueue()
    copies.put(_sound_copy(mutations, folder / "0"))
    for number in range(1, workers):
        copies.put(copy_tree(folder / str(number), of=folder / "0"))

    def one(mutation: Mutation) -> Found:
        copy = copies.get()
        try:
            found = found_by(mutation, copy.run_with(mutation))
        finally:
            copies.put(copy)
        say(found)
        return found

    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(one, mutations))


def _sound_copy(mutations: Sequence[Mutation], folder: Path) -> Copy:
    """A copy in which all the tests concerned pass."""
    copy = copy_tree(folder)
    run = copy.run(list(dict.fromkeys(test for mutation in mutations for test in mutation.tests)))
    if run.code != PASSED:
        raise Unsound(f"without any bug the tests end with {run.code}: {run.failed}\n{run.printed}")
    return copy


def found_by(mutation: Mutation, run: Run) -> Found:
    """What a run with the bug planted says of it."""
    if run.code == PASSED:
        return Found(mutation=mutation, end=End.SURVIVED, why=mutation.hurts)
    if run.code == FAILED and run.failed is not None:
        return Found(mutation=mutation, end=End.CAUGHT, why=run.failed)
    return Found(mutation=mutation, end=End.BROKEN, why=f"pytest ended with {run.code}\n{run.printed}")
