"""Wakes a worker when another process plans something: PostgreSQL tells who listens, in the commit that plans it.

The rule: a notice only says "look now"; whoever misses one, as while its connection is lost, finds the same by polling.
"""

import threading
from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine

from reminders.database.presence import own_session, session_errors
from reminders.logs import get_logger

CHANNEL = "reminders"  # a trigger of the tables notifies it, without saying of what
BREATH_SECONDS = 1.0  # how long `stop` may have to wait
QUIET_BREATHS = 30  # after which the connection is asked whether it still is one
PAUSE_SECONDS = 2.0  # before a lost connection is made anew

log = get_logger(__name__)


class Listener:
    """A thread with a connection of its own that calls `hear`; on SQLite, which tells nobody anything, none at all."""

    def __init__(self, engine: Engine, hear: Callable[[], None]) -> None:
        self._engine = engine
        self._hear = hear
        self._errors = session_errors(engine)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="listener", daemon=True)

    def start(self) -> None:
        if self._engine.dialect.name == "postgresql":
            self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                session = own_session(self._engine)
            except self._errors:
                log.warning("listening_failed")
            else:
                self._listen(session)
            self._stopping.wait(PAUSE_SECONDS)

    def _listen(self, session: Any) -> None:
        """Until told to stop, or the connection is lost."""
        quiet = 0
        try:
            session.execute(f"LISTEN {CHANNEL}")
            self._tell()  # what was said while nobody listened
            while not self._stopping.is_set():
                quiet += 1
                if any([*session.notifies(timeout=BREATH_SECONDS, stop_after=1)]):
                    quiet = 0
                    self._tell()
                elif quiet % QUIET_BREATHS == 0:
                    session.execute("SELECT 1")
        except self._errors:
            log.warning("listening_lost")
        finally:
            session.close()

    def _tell(self) -> None:
        try:
            self._hear()
        except Exception as error:  # as for any other look that fails, the next one comes
            log.error("wake_failed", error)
