"""A copy of the tree in which one mutation at a time is planted and the tests are run.

The rule: what the tests import is the copy, never an installed package; that is asked before anything is believed.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from mutants.mutation import Mutation

ROOT = Path(__file__).parents[1]
LEFT_OUT = (
    ".git",
    ".venv",
    ".mypy_cache",
    ".ruff_cache",
    ".pytest_cache",
    ".hypothesis",
    ".coverage*",
    "build",
    "dist",
)
WHERE = "import reminders, schedules; print(reminders.__file__); print(schedules.__file__)"
# Neither a cache nor a trace of what was covered; one failure is enough.
PYTEST = ("-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "--no-header", "--tb=no", "-rfE")
PATIENCE = 600.0  # seconds
HUNG = -1
PASSED, FAILED = 0, 1

_ages = count(1000)  # seconds


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """How a run of tests ended: pytest's own number, or HUNG; the first test that failed, and what was printed."""

    code: int
    failed: str | None
    printed: str


@dataclass(frozen=True, slots=True)
class Copy:
    """A tree of its own."""

    root: Path

    def environment(self) -> dict[str, str]:
        return os.environ | {"PYTHONPATH": str(self.root)}

    def require_its_own_code(self) -> None:
        """Raises RuntimeError where the copy's Python would import another tree's packages."""
        asked = self._python("-c", WHERE)
        found = [Path(line) for line in asked.stdout.splitlines()]
        if asked.returncode or len(found) != 2 or not all(file.is_relative_to(self.root) for file in found):
            raise RuntimeError(f"not the copy's own code: {asked.stdout}{asked.stderr}")

    def run(self, tests: Sequence[str]) -> Run:
        try:
            ended = self._python(*PYTEST, *tests)
        except subprocess.TimeoutExpired:
            return Run(code=HUNG, failed=None, printed="")
        return Run(code=ended.returncode, failed=first_failed(ended.stdout), printed=ended.stdout + ended.stderr)

    def run_with(self, mutation: Mutation) -> Run:
        """The same with a bug planted, which is taken out again."""
        file = self.root / mutation.file
        sound, was = file.read_bytes(), file.stat().st_mtime
        mutation.plant(self.root)
        os.utime(file, (was, was + next(_ages)))  # what was compiled is known by its age: no bug has another's
        try:
            return self.run(mutation.tests)
        finally:
            file.write_bytes(sound)
            os.utime(file, (was, was))

    def _python(self, *words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, *words],
            cwd=self.root,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )


def copy_tree(folder: Path, of: Path = ROOT) -> Copy:
    """A copy without what tools have left."""
    shutil.copytree(of, folder, ignore=shutil.ignore_patterns(*LEFT_OUT))
    copy = Copy(folder.resolve())
    copy.require_its_own_code()
    return copy


def first_failed(printed: str) -> str | None:
    """The test that failed, by pytest's name for it; what broke outside of a test is not one."""
    lines = [line.removeprefix("FAILED ") for line in printed.splitlines() if line.startswith("FAILED ")]
    return lines[0].partition(" - ")[0] if lines else None
