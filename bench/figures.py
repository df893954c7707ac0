"""What a run found: one figure per line, with the goal it is held to, as a table and as JSON.

Absolute numbers belong to the machine of the run; a ratio is the median over interleaved rounds of that run.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import TypeVar

from rich.console import Console
from rich.table import Table

Name = TypeVar("Name")


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """One line of the table: what we measured, what stands beside it, and whether the goal is met."""

    what: str
    ours: str
    beside: str = ""
    ratio: float | None = None
    goal: str = ""
    met: bool | None = None

    @property
    def verdict(self) -> str:
        return "" if self.met is None else "yes" if self.met else "NO"


def interleaved(rounds: int, runs: Mapping[Name, Callable[[], float]]) -> dict[Name, list[float]]:
    """Each run once per round, one after the other, so that a busy moment of the machine falls on all of them."""
    found: dict[Name, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            found[name].append(run())
    return found


def median_ratio(ours: Sequence[float], beside: Sequence[float]) -> float:
    """The median of the rounds' own ratios."""
    return median(mine / other for mine, other in zip(ours, beside, strict=True))


def rate(numbers: Sequence[float], unit: str = "/s") -> str:
    return f"{median(numbers):,.0f}{unit}"


def compared(
    what: str, ours: Sequence[float], beside: Sequence[float], *, name: str, at_least: float = 0.0, note: str = ""
) -> Figure:
    """Rates of ours beside another's, with the smallest ratio we want, if any."""
    ratio = median_ratio(ours, beside)
    return Figure(
        what=what,
        ours=rate(ours),
        beside=f"{name}: {rate(beside)}{note}",
        ratio=round(ratio, 2),
        goal=f"at least {at_least:g} x" if at_least else "",
        met=ratio >= at_least if at_least else None,
    )


def show(console: Console, title: str, figures: Sequence[Figure]) -> None:
    table = Table(title=title, title_justify="left", header_style="bold")
    table.add_column("what")
    table.add_column("ours", justify="right")
    table.add_column("beside")
    table.add_column("ratio", justify="right")
    table.add_column("goal")
    table.add_column("met")
    for figure in figures:
        ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
        table.add_row(figure.what, figure.ours, figure.beside, ratio, figure.goal, figure.verdict)
    console.print(table)


def save(path: Path, title: str, figures: Sequence[Figure]) -> None:
    """JSON for whoever compares runs; the file is this machine's own and stays out of the repository."""
    content = {"run": title, "figures": [asdict(figure) for figure in figures]}
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
