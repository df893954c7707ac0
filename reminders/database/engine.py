"""Opens the database, SQLite or PostgreSQL, so that both keep the same promises.

The rule: `engine.begin()` is a transaction that may write and owns its right to do so from its first statement;
`reading(engine)` sees one unmoving picture and cannot write; what was committed survives a power cut.
"""

import os
import sqlite3
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError

from reminders.database.locks import one_at_a_time
from reminders.errors import ConfigurationError, OperationError

Result = TypeVar("Result")

_POOL = {"pool_size": 10, "max_overflow": 5}  # ten senders, and the worker's own few jobs
_BUSY_SECONDS = 10  # how long a SQLite connection waits for another one's transaction
_SQLITE_SETTINGS = ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON")
_POSTGRES_SETTINGS = {
    "timezone": "UTC",
    "synchronous_commit": "on",
    "statement_timeout": "30s",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "60s",
}
_POSTGRES_CONNECTION = {
    "application_name": "reminders",  # shown to every database user: nothing about a patient here
    "connect_timeout": 10,
    "tcp_user_timeout": 20_000,  # ms; without it a lost network holds a thread for a quarter of an hour
    "keepalives_idle": 15,  # s; whoever only listens would never notice it
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "options": " ".join(f"-c {name}={value}" for name, value in _POSTGRES_SETTINGS.items()),
}
_DEADLOCK = "40P01"  # SQLite knows none: it lets one transaction write after the other
DEADLOCKS = 4  # in a row, after which something else is wrong
_FULL = "53100"
_AWAY = ("57P01", "57P02", "57P03", "57P05", "25P03", "08000", "08003", "08006")
_PAUSES = (0.1, 0.5, 1.0, 2.0, 4.0)  # between tries to reach a server that is away
_UNSURE = (
    "the database was lost while it saved: it is NOT known whether it did; look with `{look}` before you repeat it"
)
_READING: dict[str, dict[str, Any]] = {
    "sqlite": {"reading": True},
    "postgresql": {"postgresql_readonly": True, "isolation_level": "REPEATABLE READ"},
}


def open_engine(url: str, *, create: bool = False) -> Engine:
    """The engine of a database whose tables are exactly this program's.

    `url` is `sqlite:///FILE` or `postgresql://...`. With `create` a missing SQLite file is made (0600, before
    anything is in it) and the tables are not looked at: that is for the migration that makes them.
    Raises ConfigurationError for a wrong address and for a missing, older or newer database, OperationError for
    one that does not answer. No error and no log ever shows a statement's values.
    """
    engine = open_unchecked(url, create=create)
    if not create:
        _check_tables(engine)
    return engine


def open_unchecked(url: str, *, create: bool) -> Engine:
    """As `open_engine`, whatever the tables are: for the migration, and to say which revision they have."""
    address = _parse(url)
    if address.get_backend_name() != "sqlite":
        return _open_postgres(address)
    _require_file(_file(address), create=create)
    return _open_sqlite(address)


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection for questions only: all of them see one moment, no writer waits for it, a write is refused."""
    with engine.connect() as connection:
        yield connection.execution_options(**_READING[engine.dialect.name])


def is_away(error: Exception) -> bool:
    """Whether a database did not answer, and may soon: its connection was lost, or it is too busy to be written."""
    return isinstance(error, OperationalError) or (isinstance(error, DBAPIError) and error.connection_invalidated)


def is_full(error: Exception) -> bool:
    """Whether the disk under the database has no room: nothing can be written down until somebody makes some."""
    return isinstance(error, DBAPIError) and (
        _sqlstate(error) == _FULL or getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
    )


def _is_lost(error: DBAPIError, engine: Engine) -> bool:
    """Whether the line to a server broke, or could not be made: a SQLite file has none."""
    if not writes_in_parallel(engine):
        return False
    state = _sqlstate(error)
    silent = isinstance(error, OperationalError) and state is None
    return error.connection_invalidated or silent or state in _AWAY


def _sqlstate(error: DBAPIError) -> str | None:
    state: str | None = getattr(error.orig, "sqlstate", None)
    return state


@dataclass(frozen=True, kw_only=True, slots=True)
class Proof:
    """How to learn whether a commit was made whose answer was lost with the line.

    `name` belongs to this one transaction: it is locked, so that whoever asks waits until the lost one has ended.
    """

    name: str
    found: Callable[[Connection], bool]
    look: str  # what a person types to see it


def in_one_commit(
    engine: Engine,
    act: Callable[[Connection], Result],
    *,
    sleep: Callable[[float], None] | None = None,
    proof: Proof | None = None,
) -> Result:
    """What `act` does in a transaction of its own, done anew where the database gave it up to end a deadlock.

    With `sleep`, also where the line was lost: for what nobody says twice, and for what must not be guessed. Where the
    answer to the COMMIT itself was lost, `proof` is asked first; without one, doing it twice must do it once.
    Raises OperationError where it cannot be learned whether the commit was made.
    """
    tries, deadlocks, pauses = _Tries(engine, act, proof), iter(range(DEADLOCKS)), iter(_PAUSES)
    while True:
        try:
            return tries.again()
        except DBAPIError as error:
            if _sqlstate(error) == _DEADLOCK and next(deadlocks, None) is not None:
                continue
            pause = next(pauses, None) if sleep is not None and _is_lost(error, engine) else None
            if sleep is None or pause is None:
                tries.say_if_unsure(error)
                raise
            sleep(pause)


class _Tries(Generic[Result]):
    """One act, tried until its end is known."""

    def __init__(self, engine: Engine, act: Callable[[Connection], Result], proof: Proof | None) -> None:
        self._engine, self._act, self._proof = engine, act, proof
        self._unsure: list[Result] = []  # what the act came to whose COMMIT was not answered

    def again(self) -> Result:
        acted: list[Result] = []
        try:
            with self._engine.begin() as connection:
                if self._proof is not None:
                    one_at_a_time(connection, "commit", [self._proof.name])
                    if self._unsure and self._proof.found(connection):
                        return self._unsure[-1]
                self._unsure.clear()
                acted.append(self._act(connection))
            return acted[0]
        except DBAPIError as error:
            if acted and _is_lost(error, self._engine):
                self._unsure.append(acted[0])
            raise

    def say_if_unsure(self, error: DBAPIError) -> None:
        if self._unsure and self._proof is not None:
            raise OperationError(_UNSURE.format(look=self._proof.look)) from error


def writes_in_parallel(engine: Engine) -> bool:
    """Whether two transactions may write at once; SQLite lets one wait for the other."""
    return engine.dialect.name != "sqlite"


def file_problems(url: str) -> tuple[str, ...]:
    """What about the files of a SQLite database would let other accounts of this machine in, for `doctor`."""
    address = _parse(url)
    if address.get_backend_name() != "sqlite":
        return ()
    file = _file(address)
    parts = [file.with_name(file.name + suffix) for suffix in ("", "-wal", "-shm")]
    found = [f"{part} is open to other accounts: chmod 600 {part}" for part in parts if _mode(part) & 0o077]
    if _mode(file.parent) & 0o022 and not _mode(file.parent) & stat.S_ISVTX:
        found.append(f"{file.parent} lets other accounts replace the database: chmod go-w {file.parent}")
    return tuple(found)


def migrations_folder() -> Path:
    """Where the migration scripts are: `reminders/migrations` in a wheel, `alembic` beside it in a checkout."""
    package = Path(__file__).parents[1]
    packed = package / "migrations"
    return packed if packed.is_dir() else package.parent / "alembic"


def known_revisions() -> tuple[str, ...]:
    """The revisions this program knows, oldest first; read from the scripts' names, which is quick."""
    names = (migrations_folder() / "versions").glob("[0-9]*_*.py")
    return tuple(sorted(name.name.split("_")[0] for name in names))


def _parse(url: str) -> URL:
    try:
        address = make_url(url)
    except ArgumentError:
        address = None
    if address is None or address.drivername not in ("sqlite", "postgresql", "postgresql+psycopg"):
        # The address itself stays out of the message: it may hold a password.
        raise ConfigurationError("the database address is not sqlite:///FILE or postgresql://USER@HOST/NAME")
    return address


def _file(address: URL) -> Path:
    if not address.database or address.database.startswith((":", "file:")):
        raise ConfigurationError("the database address names no file: write sqlite:///FILE")
    return Path(address.database)


def _mode(path: Path) -> int:
    return path.stat().st_mode if path.exists() else 0


def _require_file(file: Path, *, create: bool) -> None:
    if file.exists():
        return
    if not create:
        raise ConfigurationError(f"no database yet at {file}: run `reminders init` or `reminders db upgrade`")
    try:
        for folder in reversed([parent for parent in file.parents if not parent.exists()]):
            folder.mkdir(mode=0o700, exist_ok=True)
        _make_file(file)
    except OSError as error:
        raise ConfigurationError(f"cannot make the database file {file}: {error.strerror}") from error


def _make_file(file: Path) -> None:
    # SQLite gives its -wal and -shm files the mode of this one; by itself it would make all three 0644.
    # The file appears under its name when it is in WAL mode already: SQLite lets two processes that switch at
    # once not wait for each other, one would fail.
    handle, beside = tempfile.mkstemp(prefix=file.name + ".", dir=file.parent)  # 0600
    os.close(handle)
    try:
        with closing(sqlite3.connect(beside)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
        os.link(beside, file)
    except FileExistsError:
        pass  # another process was quicker, and made it the same way
    finally:
        os.unlink(beside)


def _open_sqlite(address: URL) -> Engine:
    engine = create_engine(address, hide_parameters=True, connect_args={"timeout": _BUSY_SECONDS}, **_POOL)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver begins no transaction by itself: _begin_sqlite does
    for setting in _SQLITE_SETTINGS:
        connection.execute(f"PRAGMA {setting}")


def _begin_sqlite(connection: Connection) -> None:
    reads = bool(connection.get_execution_options().get("reading"))
    if connection.info.get("reads", False) is not reads:
        connection.exec_driver_sql(f"PRAGMA query_only = {int(reads)}")
        connection.info["reads"] = reads
    # A plain BEGIN that writes later may find another writer before it and fail without waiting.
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def _open_postgres(address: URL) -> Engine:
    return create_engine(
        address,
        hide_parameters=True,
        isolation_level="READ COMMITTED",
        pool_pre_ping=True,
        connect_args=_POSTGRES_CONNECTION,
        **_POOL,
    )


def current_revision(engine: Engine) -> str | None:
    """The revision of the tables, None where there are none yet."""
    with database_errors_explained(), reading(engine) as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def refuse_newer(revision: str | None) -> None:
    """Raises ConfigurationError for tables that only a later version of this program understands."""
    known = known_revisions()
    if revision is not None and revision not in known:
        raise ConfigurationError(
            f"the database is of a newer version ({revision}) than this program ({known[-1]}): update the program"
        )


@contextmanager
def database_errors_explained() -> Iterator[None]:
    """Says in one line why a database could not be used, where SQLAlchemy says it in ten."""
    try:
        yield
    except DBAPIError as error:
        reason = str(error.orig).partition("\n")[0]
        if "not a database" in reason:
            raise ConfigurationError("the database file is not a SQLite database: is its address right?") from error
        raise OperationError(f"the database does not answer: {reason}") from error


def _check_tables(engine: Engine) -> None:
    try:
        revision = current_revision(engine)
        refuse_newer(revision)
        if revision is None:
            raise ConfigurationError("the database has no tables yet: run `reminders db upgrade`")
        if revision != known_revisions()[-1]:
            raise ConfigurationError("the database is older than this program: run `reminders db upgrade`")
    except BaseException:
        engine.dispose()
        raise
