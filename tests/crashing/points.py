"""Points at which a process may die: before and after every statement, every commit and every call to a provider.

The rule: whoever comes to the deadly one ends at once, with the whole process; nothing is cleaned up.
"""

import os
import signal
import threading
from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, event


class Points:
    """Counts the points of one process as they are reached; at number `deadly` (from 1), or the first
    of that name, the process is killed.

    `committed` is called after each commit, before the point that follows it. After one statement and before the next
    is the same instant to everybody outside the process, and counts once, unless `both_sides` are asked for.
    """

    def __init__(
        self,
        deadly: int | str | None = None,
        *,
        both_sides: bool = False,
        committed: Callable[[], None] = lambda: None,
    ) -> None:
        self.names: list[str] = []
        self._deadly = deadly
        self._both_sides = both_sides
        self._committed = committed
        self._lock = threading.Lock()

    def reach(self, name: str) -> None:
        with self._lock:
            self.names.append(name)
            if self._deadly in (len(self.names), name):
                os.kill(os.getpid(), signal.SIGKILL)
                signal.pause()  # another thread's signal may take an instant; nothing goes on meanwhile

    def watch(self, engine: Engine) -> None:
        """Have every statement and commit of an engine reach its points, from now on and for good."""
        event.listen(engine, "before_cursor_execute", lambda *about: self.reach(f"before {_words(about[2])}"))
        if self._both_sides:
            event.listen(engine, "after_cursor_execute", lambda *about: self.reach(f"after {_words(about[2])}"))
        commit = engine.dialect.do_commit

        def do_commit(connection: Any) -> None:
            self.reach("before COMMIT")
            commit(connection)
            self._committed()
            self.reach("after COMMIT")

        engine.dialect.do_commit = do_commit  # type: ignore[method-assign]


def _words(statement: str) -> str:
    """Enough of a statement to find it by: no value is ever part of it."""
    words = statement.replace("\n", " ").split()
    table = next((words[at + 1] for at, word in enumerate(words[:-1]) if word in ("FROM", "INTO")), "")
    return f"{words[0]} {table or ' '.join(words[1:2])}".strip()
