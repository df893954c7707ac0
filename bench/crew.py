"""Several workers on one database, each a process of its own, started at one word."""

import json
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from time import perf_counter
from typing import Any

PATIENCE_SECONDS = 600


def crew(mode: str, settings: Path, url: str, *, workers: int, seconds: float) -> tuple[list[dict[str, Any]], float]:
    """What each of so many workers did, and the seconds from the word until the last had finished."""
    command = [sys.executable, "-m", "bench.member", mode, str(settings), url, str(seconds)]
    with ExitStack() as stack:
        members = [stack.enter_context(_start(command)) for _ in range(workers)]
        for member in members:
            _expect_ready(member)
        started = perf_counter()
        for member in members:
            _pipe(member.stdin).write("go\n")
            _pipe(member.stdin).flush()
        told = [json.loads(member.communicate(timeout=PATIENCE_SECONDS)[0]) for member in members]
        took = perf_counter() - started
    return told, took


def drained(settings: Path, url: str, *, workers: int, due: int, seconds: float = 0.0) -> tuple[float, list[int]]:
    """Messages per second of a whole crew, and how many each of them sent; SystemExit where not all were sent once."""
    told, took = crew("drain", settings, url, workers=workers, seconds=seconds)
    shares = [one["sent"] for one in told]
    if sum(shares) != due:
        raise SystemExit(f"{sum(shares)} of {due} were sent by {workers} workers: {shares}")
    return due / took, shares


def _start(command: Sequence[str]) -> "subprocess.Popen[str]":
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603


def _expect_ready(member: "subprocess.Popen[str]") -> None:
    if _pipe(member.stdout).readline() != "ready\n":
        raise SystemExit("a worker of the crew did not start")


def _pipe(found: Any) -> Any:
    if found is None:
        raise TypeError("a member of a crew speaks through pipes")
    return found
