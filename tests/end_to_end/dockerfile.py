"""What a Dockerfile's build stage does, done in a folder instead of an image: its own lines, not a copy of them.

Absolute paths of the image stand for paths below the folder; the image's Python is a virtual environment there.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
PATHS_OF_OURS = re.compile(r"(?<![\w.-])/(?=opt/|source|wheel)")
LONGEST_SECONDS = 600  # one line; a package index may be far away


def instructions(file: Path) -> list[tuple[str, str]]:
    """Each instruction with what it says; comments are left out and continued lines joined."""
    text = "\n".join(line for line in file.read_text("utf-8").splitlines() if not line.startswith("#"))
    lines = (line for line in text.replace("\\\n", " ").splitlines() if line.strip())
    return [(word, " ".join(rest.split())) for word, _, rest in (line.partition(" ") for line in lines)]


def stages(file: Path) -> list[list[tuple[str, str]]]:
    """The instructions of each stage, without what stands before the first."""
    found: list[list[tuple[str, str]]] = []
    for word, rest in instructions(file):
        if word == "FROM":
            found.append([])
        if found:
            found[-1].append((word, rest))
    return found


def said(stage: list[tuple[str, str]], word: str) -> list[str]:
    """What a stage says under one instruction."""
    return [rest for each, rest in stage if each == word]


def build(stage: list[tuple[str, str]], folder: Path) -> None:
    """Play a stage's COPY and RUN lines in order; raises CalledProcessError with the line's own output."""
    subprocess.run([sys.executable, "-m", "venv", folder / "image"], check=True)
    environ = {**_environment(), "PATH": f"{folder / 'image' / 'bin'}:{os.environ['PATH']}"}
    working = folder / "source"
    working.mkdir()
    for word, rest in stage:
        if word == "COPY":
            _copy(rest, working)
        elif word == "RUN":
            command = PATHS_OF_OURS.sub(f"{folder}/", rest)
            subprocess.run(["sh", "-ec", command], cwd=working, env=environ, check=True, timeout=LONGEST_SECONDS)


def _environment() -> Mapping[str, str]:
    """This process's own, without what would let the checkout be found instead of what is installed."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "REMINDERS_"))}


def _copy(rest: str, working: Path) -> None:
    *sources, target = rest.split()
    for source in sources:
        wanted, ignored = ROOT / source, shutil.ignore_patterns("__pycache__", "*.pyc")
        if wanted.is_dir():
            shutil.copytree(wanted, working / target, ignore=ignored)
        else:
            shutil.copy(wanted, working / target)
