"""Plant one bug after the other and see whether its tests notice: first they must pass without it.

The rule: a bug counts as caught only where a test has failed. Tests that break before they begin prove nothing.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from queue import SimpleQueue
from typing import TypeVar

from mutants.copies import FAILED, PASSED, ROOT, Copy, Run, copy_tree
from mutants.mutation import Mutation

Thing = TypeVar("Thing")
Made = TypeVar("Made")


class End(StrEnum):
    """What became of a planted bug."""

    CAUGHT = "caught"
    SURVIVED = "SURVIVED"
    BROKEN = "BROKEN"  # the tests did not run, with the bug or without it


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """A planted bug, what became of it, and by which test or for what reason."""

    mutation: Mutation
    end: End
    why: str


def hunt(mutations: Sequence[Mutation], folder: Path, workers: int, say: Callable[[Found], None]) -> list[Found]:
    """Every bug in turn, so many at once; each is told as it ends. In the order of the list."""
    for mutation in mutations:  # before the first minute is spent
        mutation.applied_to((ROOT / mutation.file).read_text("utf-8"))
    copies: SimpleQueue[Copy] = SimpleQueue()
    for number in range(workers):
        copies.put(copy_tree(folder / str(number)))
    sound = _controls(mutations, copies, workers)

    def one(mutation: Mutation) -> Found:
        control = sound[mutation.tests]
        if control.code != PASSED:
            found = broken(mutation, control)
        else:
            found = found_by(mutation, _lent(copies, lambda copy: copy.run_with(mutation)))
        say(found)
        return found

    return _at_once(one, mutations, workers)


def _controls(mutations: Iterable[Mutation], copies: "SimpleQueue[Copy]", workers: int) -> dict[tuple[str, ...], Run]:
    """How each selection of tests ends without any bug."""
    selections = list(dict.fromkeys(mutation.tests for mutation in mutations))
    runs = _at_once(lambda tests: _lent(copies, lambda copy: copy.run(tests)), selections, workers)
    return dict(zip(selections, runs, strict=True))


def found_by(mutation: Mutation, run: Run) -> Found:
    """What a run with the bug planted says of it."""
    if run.code == PASSED:
        return Found(mutation=mutation, end=End.SURVIVED, why=mutation.hurts)
    if run.code == FAILED and run.failed is not None:
        return Found(mutation=mutation, end=End.CAUGHT, why=run.failed)
    return broken(mutation, run)


def broken(mutation: Mutation, run: Run) -> Found:
    return Found(mutation=mutation, end=End.BROKEN, why=f"pytest ended with {run.code}\n{run.printed}")


def _lent(copies: "SimpleQueue[Copy]", use: Callable[[Copy], Run]) -> Run:
    copy = copies.get()
    try:
        return use(copy)
    finally:
        copies.put(copy)


def _at_once(act: Callable[[Thing], Made], things: Sequence[Thing], workers: int) -> list[Made]:
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(act, things))
