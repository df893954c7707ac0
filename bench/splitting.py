"""Where our dispatch spends its time: rendering, sealing, SQL, threads, the rest; by a stopwatch in the main thread.

The stopwatch takes about a microsecond for each call it times; that falls on the part around it.
"""

import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import wraps
from inspect import getmembers, isfunction
from time import perf_counter
from types import ModuleType
from typing import Any
from unittest.mock import patch

from rich.console import Console
from sqlalchemy import Connection, Engine

from bench.databases import Bed, copied
from bench.figures import Figure
from bench.seeding import fill
from bench.stage import Home, NothingTransport
from reminders.database import claims, queries
from reminders.database.vault import Vault
from reminders.dispatch import Dispatcher
from reminders.sending import intending
from schedules.protocol import Channel

REST = "the rest"


class Stopwatch:
    """Gives every moment to the innermost part that is running."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._running = [REST]
        self._since = perf_counter()

    def switch(self) -> None:
        now = perf_counter()
        self.seconds[self._running[-1]] += now - self._since
        self._since = now

    def timed(self, part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def call(*args: Any, **named: Any) -> Any:
            if threading.current_thread() is not threading.main_thread():
                return function(*args, **named)
            self.switch()
            self._running.append(part)
            try:
                return function(*args, **named)
            finally:
                self.switch()
                self._running.pop()

        return call


def measure(console: Console, bed: Bed, home: Home, *, messages: int) -> list[Figure]:
    console.print(f"split of our dispatch on {bed.name}: {messages:,} messages")
    template = bed.create()
    with home.service(template, create=True) as (service, clock):
        fill(service, clock, pending=messages, due=messages)
    for _ in range(2):  # the first time pays for what is imported and computed once
        with copied(bed, template) as url:
            seconds = _watched(home, url)
    bed.drop(template)
    whole = sum(seconds.values())
    return [
        Figure(what=f"dispatch split, {bed.name}: {part}", ours=f"{spent / messages * 1e6:.0f} us", ratio=spent / whole)
        for part, spent in sorted(seconds.items(), key=lambda item: -item[1])
    ]


def _watched(home: Home, url: str) -> dict[str, float]:
    stopwatch = Stopwatch()
    with home.service(url) as (service, _clock), ExitStack() as stack:
        for part, place, names in places():
            for name in names:
                stack.enter_context(patch.object(place, name, stopwatch.timed(part, getattr(place, name))))
        dispatcher = Dispatcher(service, {Channel.SMS: NothingTransport()}, worker="bench")
        stopwatch.switch()
        stopwatch.seconds.clear()
        dispatcher.run_due()
        stopwatch.switch()
        dispatcher.close()
    return stopwatch.seconds


def places() -> list[tuple[str, Any, Sequence[str]]]:
    return [
        ("rendering", intending, ("compose",)),
        ("encryption", Vault, ("seal", "open", "lookup")),
        ("last check", intending, ("decide",)),
        ("waiting for calls and for outcomes behind", Dispatcher, ("_hear", "_recorded")),
        ("SQL", claims, _functions(claims)),
        ("SQL", queries, _functions(queries)),
        ("SQL", Engine, ("connect",)),
        ("SQL: commit", Connection, ("_begin_impl", "_commit_impl")),
    ]


def _functions(module: ModuleType) -> list[str]:
    """What a module offers; what is private stands inside one of these."""
    found = getmembers(module, isfunction)
    return [name for name, made in found if made.__module__ == module.__name__ and not name.startswith("_")]
