"""Who is at work: each worker holds a lock while its process lives, and whoever finds it free knows that it is gone.

The rule: a worker that does not hold its lock claims nothing, for others may take what it left as nobody's.
"""

import fcntl
import os
import threading
import typing
from collections.abc import Collection
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection, Engine, bindparam, func, select
from sqlalchemy.exc import SQLAlchemyError

KEY = func.hashtextextended(bindparam("worker"), 2)
FREE = select(func.pg_try_advisory_xact_lock_shared(KEY))
TAKE = "SELECT pg_try_advisory_lock(hashtextextended(%s, 2))"
# A machine that vanished without a word is noticed by the server's own knocking, within half a minute.
KNOCKING = "SET tcp_keepalives_idle = 15; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3"
# What still holds our lock is our own session before the connection broke, whether or not the server knows it yet.
END_FORMER = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_locks
WHERE locktype = 'advisory' AND objsubid = 1 AND granted AND mode = 'ExclusiveLock' AND pid <> pg_backend_pid()
AND ((classid::bigint << 32) | objid::bigint) = hashtextextended(%s, 2)
AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


class Presence:
    """A worker's lock, for as long as the block lasts."""

    def held(self) -> bool:
        """Whether the lock is ours; one that was lost is taken anew first, where that is possible."""
        raise NotImplementedError

    def close(self) -> None:
        """Give the lock up: everybody may know that this worker is gone."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: object, _trace: TracebackType | None) -> None:
        self.close()


def open_presence(engine: Engine, worker: str) -> Presence:
    """Take the lock of a worker, by its id; where the database is away it is taken by the first `held` that can."""
    presence = _Session(engine, worker) if engine.dialect.name == "postgresql" else _LockFile(_database(engine), worker)
    presence.held()
    return presence


def gone(connection: Connection, workers: Collection[str]) -> set[str]:
    """Those of some workers whose lock is free, wherever they ran.

    On PostgreSQL it stays free until this transaction ends: none of them comes back meanwhile.
    """
    if connection.dialect.name == "postgresql":
        return {each for each in sorted(workers) if connection.execute(FREE, {"worker": each}).scalar_one()}
    database = _database(connection.engine)
    return {each for each in workers if _is_free(_lock_file(database, each))}


class _Session(Presence):
    """On PostgreSQL: a lock of a session of its own, which ends when the process does."""

    def __init__(self, engine: Engine, worker: str) -> None:
        self._engine = engine
        self._worker = worker
        self._session: Any = None
        self._backend = 0
        self._errors = session_errors(engine)
        self._one_at_a_time = threading.Lock()

    def held(self) -> bool:
        with self._one_at_a_time:
            return self._is_alive() or self._take()

    def close(self) -> None:
        with self._one_at_a_time:
            if self._is_alive():
                with suppress(*self._errors):  # by itself the server would hear of it a moment later
                    self._session.execute("SELECT pg_advisory_unlock_all()")
            self._end()

    def _is_alive(self) -> bool:
        """Whether the session that took the lock still answers, and is still the same one."""
        if self._session is None:
            return False
        try:
            return bool(_asked(self._session, "SELECT pg_backend_pid()") == self._backend)
        except self._errors:
            return False

    def _take(self) -> bool:
        self._end()
        try:
            session = own_session(self._engine)
        except self._errors:
            return False
        try:
            session.execute(KNOCKING)
            taken = _asked(session, TAKE, self._worker)
            if not taken:
                session.execute(END_FORMER, (self._worker,))
                taken = _asked(session, TAKE, self._worker)
            self._backend = _asked(session, "SELECT pg_backend_pid()")
        except self._errors:
            taken = False
        if taken:
            self._session = session
        else:
            session.close()
        return bool(taken)

    def _end(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None


def own_session(engine: Engine) -> Any:
    """The driver's own connection, which no pool takes back and which commits each statement; close it in the end."""
    lent = engine.raw_connection()
    session: Any = lent.driver_connection
    lent.detach()
    session.autocommit = True
    return session


def session_errors(engine: Engine) -> tuple[type[Exception], ...]:
    """What opening and using such a connection may raise: the driver's errors, and the pool's."""
    return SQLAlchemyError, engine.dialect.loaded_dbapi.Error


def _asked(session: Any, statement: str, *values: str) -> Any:
    return session.execute(statement, values).fetchone()[0]


class _LockFile(Presence):
    """On SQLite: a locked file beside the database's, which the operating system unlocks when the process ends."""

    def __init__(self, database: Path, worker: str) -> None:
        self._path = _lock_file(database, worker)
        self._handle: int | None = None
        self._one_at_a_time = threading.Lock()
        for left in database.parent.glob(f"{database.name}.worker-*"):
            _is_free(left)

    def held(self) -> bool:
        with self._one_at_a_time:
            return (self._handle is not None and _is_at(self._path, self._handle)) or self._take()

    def close(self) -> None:
        with self._one_at_a_time:
            if self._handle is not None:
                self._path.unlink(missing_ok=True)
                os.close(self._handle)
                self._handle = None

    def _take(self) -> bool:
        if self._handle is not None:  # somebody removed the file: its lock means nothing any more
            os.close(self._handle)
            self._handle = None
        try:
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError:
            return False
        # Whoever swept the folder between these two lines has removed what we lock.
        if not _lock(handle, fcntl.LOCK_EX) or not _is_at(self._path, handle):
            os.close(handle)
            return False
        self._handle = handle
        return True


def _database(engine: Engine) -> Path:
    return Path(typing.cast("str", engine.url.database))


def _lock_file(database: Path, worker: str) -> Path:
    return database.with_name(f"{database.name}.worker-{sha256(worker.encode()).hexdigest()[:16]}")


def _is_free(path: Path) -> bool:
    """Whether nobody holds a lock file; one that a dead worker left is removed."""
    try:
        handle = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return True
    except PermissionError:  # another account's worker: nothing is known of it
        return False
    try:
        if not _lock(handle, fcntl.LOCK_SH):
            return False
        if _is_at(path, handle):
            path.unlink(missing_ok=True)
        return True
    finally:
        os.close(handle)


def _lock(handle: int, kind: int) -> bool:
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_at(path: Path, handle: int) -> bool:
    """Whether the file under this name is the one that is open."""
    with suppress(FileNotFoundError):
        return os.path.samestat(path.stat(), os.fstat(handle))
    return False
