"""The crash points of a whole run of tests, counted test by test and printed at its end."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

CRASH_POINTS = "crash points"  # the property of a test's report: reports travel from the processes that run tests


@dataclass(frozen=True, kw_only=True, slots=True)
class Counted:
    """What one test has tried."""

    name: str
    points: int
    twice: int
    lost: int

    @property
    def as_property(self) -> tuple[str, dict[str, Any]]:
        return CRASH_POINTS, asdict(self)


def summary(properties: Iterable[tuple[str, Any]]) -> Iterator[str]:
    """One line for all tests that tried any; nothing where none did."""
    found = [Counted(**value) for name, value in properties if name == CRASH_POINTS]
    if found:
        each = ", ".join(f"{one.name} {one.points}" for one in sorted(found, key=lambda one: one.name))
        points, twice, lost = (sum(getattr(one, name) for one in found) for name in ("points", "twice", "lost"))
        yield f"crash points: {each}; total {points}, duplicates {twice}, lost {lost}"
