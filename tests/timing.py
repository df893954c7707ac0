"""What each folder of tests takes, said at the end of a run.

The rule: every second is counted where it was spent, a fixture's at the test that needed it; with two processes the
sum is about twice the run.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Protocol

import pytest


class Timed(Protocol):
    """A report on one part of one test: its set-up, itself, what follows."""

    nodeid: str
    duration: float


def seconds_by_folder(reports: Iterable[Timed]) -> Counter[str]:
    taken = Counter[str]()
    for report in reports:
        taken[folder_of(report.nodeid)] += report.duration  # type: ignore[assignment]  # a Counter counts anything
    return taken


def folder_of(nodeid: str) -> str:
    """The folder in which a test lies, to two levels."""
    folders = nodeid.partition("::")[0].split("/")[:-1]
    return "/".join(folders[:3]) or "."


def table(taken: Counter[str]) -> list[str]:
    """One line for each folder, the longest first, and the sum."""
    rows = [*taken.most_common(), ("together", sum(taken.values()))]
    return [f"{seconds:8.1f} s  {folder}" for folder, seconds in rows]


def say(terminal: pytest.TerminalReporter) -> None:
    reports = [report for kind in terminal.stats.values() for report in kind if isinstance(report, pytest.TestReport)]
    taken = seconds_by_folder(reports)
    if len(taken) > 1:
        terminal.section("seconds in each folder, of all processes")
        for line in table(taken):
            terminal.line(line)
