"""PostgreSQL databases for tests, lent to one after another: making one takes as long as many tests do.

The rule: who borrows one finds tables and no row that the migrations did not put there. A database whose tables,
triggers or settings a test has changed is thrown away, and so is every one where the account may not empty it.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow
from sqlalchemy import create_engine, make_url, text

_numbers = count(1)
# A change to a catalog adds a row, takes one away, or writes one anew under a later transaction.
_CATALOGS = ("class", "attribute", "attrdef", "constraint", "index", "trigger", "proc", "type", "rewrite", "namespace")
_SHAPE = " UNION ALL ".join(
    [f"SELECT '{name}', count(*), max(xmin::text::bigint) FROM pg_{name}" for name in _CATALOGS]  # noqa: S608
    + [
        "SELECT 'settings', count(*), max(xmin::text::bigint) FROM pg_db_role_setting"
        " WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())"
    ]
)
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
_SEQUENCES = "SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' ORDER BY sequencename"
_OTHERS_END = """SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()"""

_Connection = psycopg.Connection[TupleRow]
_Rows = list[TupleRow]


@contextmanager
def database(server: str, *, template: str = "template1") -> Iterator[str]:
    """The address of a database of its own, which ends with the block."""
    name = _make(server, template)
    try:
        yield _address(server, name)
    finally:
        _drop(server, name)


def execute(server: str, *statements: str) -> None:
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


@dataclass(kw_only=True)
class Pool:
    """Copies of a template with tables; each is lent to one test at a time."""

    server: str
    template: str
    _free: list["_Lendable"] = field(default_factory=list)

    @contextmanager
    def lent(self) -> Iterator[str]:
        """The address of a database that nobody else has."""
        own = self._free.pop() if self._free else _Lendable(self.server, self.template)
        try:
            yield own.address
        finally:
            if own.emptied():
                self._free.append(own)
            else:
                _drop(self.server, own.name)

    def close(self) -> None:
        while self._free:
            _drop(self.server, self._free.pop().name)


class _Lendable:
    """One database, and how it was before anybody had it."""

    def __init__(self, server: str, template: str) -> None:
        self.name = _make(server, template)
        self.address = _address(server, self.name)
        with psycopg.connect(self.address, autocommit=True) as connection:
            self._may_empty = connection.execute("SHOW is_superuser").fetchone() == ("on",)
            if self._may_empty:
                self._look_at(connection)

    def _look_at(self, connection: _Connection) -> None:
        tables = [name for (name,) in connection.execute(_TABLES)]
        self._seeded = {name: rows for name in tables if (rows := _rows(connection, name))}
        self._emptying = _emptying([name for name in tables if name not in self._seeded], _sequences(connection))
        self._shape = _shape(connection)

    def emptied(self) -> bool:
        """Take every row away; whether the next test finds it as the first one did."""
        if not self._may_empty:
            return False
        with psycopg.connect(self.address, autocommit=True) as connection:
            connection.execute(_OTHERS_END)
            if _shape(connection) != self._shape:
                return False
            connection.execute(self._emptying)
            return all(_rows(connection, name) == rows for name, rows in self._seeded.items())


def _emptying(tables: list[str], sequences: list[str]) -> sql.Composed:
    # As a replica does it: the log of events refuses to be deleted from, and no order of the tables matters.
    begin = [sql.SQL("SET session_replication_role = replica")]
    rows = [sql.SQL("DELETE FROM {}").format(sql.Identifier(name)) for name in tables]
    numbers = [sql.SQL("SELECT setval({}, 1, false)").format(sql.Literal(name)) for name in sequences]
    return sql.SQL("; ").join([*begin, *rows, *numbers])


def _shape(connection: _Connection) -> _Rows:
    return connection.execute(_SHAPE).fetchall()


def _sequences(connection: _Connection) -> list[str]:
    return [name for (name,) in connection.execute(_SEQUENCES)]


def _rows(connection: _Connection, table: str) -> _Rows:
    return connection.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(table))).fetchall()


def _make(server: str, template: str) -> str:
    # The process number keeps test processes apart that share one server.
    name = f"reminders_{os.getpid()}_{next(_numbers)}"
    execute(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    return name


def _drop(server: str, name: str) -> None:
    execute(server, f"DROP DATABASE {name} WITH (FORCE)")


def _address(server: str, name: str) -> str:
    return make_url(server).set(database=name).render_as_string(hide_password=False)
