"""One mutation of the source: what is taken out, what stands there instead, and which tests must notice.

The rule: the old text stands in its file exactly once. A mutation that no longer applies proves nothing: it is an
error.
"""

from dataclasses import dataclass
from pathlib import Path


class Stale(Exception):
    """The code has moved on, and the mutation has not."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Mutation:
    """`hurts` says what would become of whom; `tests` are what pytest is given, the narrowest that should notice."""

    name: str
    hurts: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.old == self.new or not self.tests:
            raise ValueError(f"{self.name}: a mutation changes something, and some test must notice")

    def applied_to(self, source: str) -> str:
        """The file's text with the bug in it."""
        if (found := source.count(self.old)) != 1:
            raise Stale(f"{self.name}: the old text stands {found} times in {self.file}, not once")
        return source.replace(self.old, self.new)

    def plant(self, root: Path) -> None:
        """Write the bug into a copy of the tree."""
        file = root / self.file
        file.write_text(self.applied_to(file.read_text("utf-8")), "utf-8")
