"""A database that can be put back as it was, quickly: the same file, or the same rows, for each of very many runs."""

import shutil
import sqlite3
import time
import typing
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection, create_engine, make_url, text
from sqlalchemy.pool import NullPool

from reminders.database import tables

SAVED = "saved"
NOTICED_SECONDS = 30.0  # how long a server may take to notice that its client is dead
OTHERS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


class Store(typing.Protocol):
    """No process but the caller may use the database in these calls."""

    @property
    def url(self) -> str: ...

    def keep(self) -> None:
        """Remember the database as it is."""
        ...

    def restore(self) -> None:
        """Make it again what was remembered."""
        ...

    def bury(self) -> None:
        """Return once nothing of a killed process is left in the server."""
        ...


class SqliteStore:
    def __init__(self, url: str) -> None:
        self.url = url
        self._file = Path(str(make_url(url).database))
        self._kept = self._file.with_suffix(".kept")

    def keep(self) -> None:
        with closing(sqlite3.connect(self._file)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copyfile(self._file, self._kept)

    def restore(self) -> None:
        for beside in ("-wal", "-shm"):
            self._file.with_name(self._file.name + beside).unlink(missing_ok=True)
        shutil.copyfile(self._kept, self._file)

    def bury(self) -> None:
        """Its locks went with the process."""


class PostgresStore:
    """The rows stand a second time in a schema of their own: to copy them back is ten times quicker than a database."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._engine = create_engine(url, poolclass=NullPool)
        self._tables = [table.name for table in tables.metadata.sorted_tables]

    def keep(self) -> None:
        with self._engine.begin() as connection:
            connection.execute(text(f"DROP SCHEMA IF EXISTS {SAVED} CASCADE"))
            connection.execute(text(f"CREATE SCHEMA {SAVED}"))
            for name in self._tables:
                connection.execute(text(f"CREATE TABLE {SAVED}.{name} AS TABLE {name}"))

    def restore(self) -> None:
        out = [f"DELETE FROM {name}" for name in reversed(self._tables)]  # noqa: S608 (our own tables' names)
        back = [f"INSERT INTO {name} SELECT * FROM {SAVED}.{name}" for name in self._tables]  # noqa: S608
        kept = ["ALTER TABLE events DISABLE TRIGGER USER", *out, *back, "ALTER TABLE events ENABLE TRIGGER USER"]
        with self._engine.begin() as connection:
            connection.exec_driver_sql("; ".join(kept))

    def bury(self) -> None:
        with self._engine.connect() as connection:
            until = time.monotonic() + NOTICED_SECONDS
            while self._others(connection):
                assert time.monotonic() < until, "the server still holds what a dead process had open"
                time.sleep(0.001)

    def _others(self, connection: Connection) -> int:
        others: int = connection.exec_driver_sql(OTHERS).scalar_one()
        connection.rollback()  # the server shows one unmoving picture within a transaction
        return others
