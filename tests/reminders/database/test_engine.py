"""Opening a database: who may read its files, what a transaction may do, and what a wrong one is told."""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from reminders.database import engine as module
from reminders.database import migrate, queries, tables
from reminders.database.engine import DEADLOCKS, file_problems, in_one_commit, open_engine, reading
from reminders.errors import ConfigurationError, OperationError
from tests.reminders.builders import Deadlock, together
from tests.reminders.database.rows import add_enrollment, add_event

_COUNT = select(func.count()).select_from(tables.events)


def _path(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


# Files


@pytest.fixture
def careless_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("careless_umask")
def test_only_the_owner_may_read_the_files_of_a_new_database(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/new/folder/reminders.db"
    migrate.upgrade(url)
    engine = open_engine(url)
    with engine.begin() as connection:
        add_event(connection)
        modes = {file.name: file.stat().st_mode & 0o777 for file in _path(url).parent.iterdir()}
    engine.dispose()
    assert modes == {"reminders.db": 0o600, "reminders.db-wal": 0o600, "reminders.db-shm": 0o600}
    assert {folder.stat().st_mode & 0o777 for folder in (tmp_path / "new", tmp_path / "new/folder")} == {0o700}


def test_a_database_that_other_accounts_may_read_is_a_problem(sqlite_url: str) -> None:
    assert file_problems(sqlite_url) == ()
    _path(sqlite_url).chmod(0o640)
    assert [problem.partition(" is open")[0] for problem in file_problems(sqlite_url)] == [str(_path(sqlite_url))]


def test_a_folder_in_which_other_accounts_may_replace_the_database_is_a_problem(sqlite_url: str) -> None:
    _path(sqlite_url).parent.chmod(0o770)
    assert "chmod go-w" in file_problems(sqlite_url)[0]


def test_a_server_has_no_files_of_ours() -> None:
    assert file_problems("postgresql://reminders@db.example/reminders") == ()


# Transactions


def test_a_writer_owns_the_right_to_write_from_its_first_statement(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url)
    impatient = sqlite3.connect(_path(sqlite_url), timeout=0, isolation_level=None)
    with closing(impatient), engine.begin(), pytest.raises(sqlite3.OperationalError, match="locked"):
        impatient.execute("BEGIN IMMEDIATE")
    engine.dispose()


def test_reading_neither_waits_for_a_writer_nor_sees_what_is_not_committed(engine: Engine) -> None:
    with engine.begin() as writer:
        add_event(writer)
        with reading(engine) as reader:
            assert reader.scalar(_COUNT) == 0


def test_reading_sees_one_moment_though_others_write_meanwhile(engine: Engine) -> None:
    with reading(engine) as reader:
        assert reader.scalar(_COUNT) == 0
        with engine.begin() as writer:
            add_event(writer)
        assert reader.scalar(_COUNT) == 0
    with reading(engine) as reader:
        assert reader.scalar(_COUNT) == 1


def test_reading_cannot_write(engine: Engine) -> None:
    with pytest.raises(DBAPIError), reading(engine) as connection:
        add_event(connection)


def test_a_connection_that_has_been_used_for_reading_writes_again(engine: Engine) -> None:
    for _ in range(3):
        with reading(engine) as connection:
            connection.scalar(_COUNT)
        with engine.begin() as connection:
            add_event(connection)
    with reading(engine) as connection:
        assert connection.scalar(_COUNT) == 3


def test_a_transaction_that_fails_leaves_nothing_behind(engine: Engine) -> None:
    with suppress(RuntimeError), engine.begin() as connection:
        add_event(connection)
        raise RuntimeError
    with reading(engine) as connection:
        assert connection.scalar(_COUNT) == 0


def test_ten_senders_have_a_connection_each_and_housekeeping_one_more(engine: Engine) -> None:
    with ExitStack() as stack:
        connections = [stack.enter_context(reading(engine)) for _ in range(11)]
        assert {connection.scalar(_COUNT) for connection in connections} == {0}


def test_sqlite_keeps_a_commit_through_a_power_cut_and_checks_references(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url)
    with reading(engine) as connection:
        found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in _PRAGMAS]
    engine.dispose()
    assert found == list(_PRAGMAS.values())


_PRAGMAS = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}


@pytest.mark.postgres
def test_postgresql_keeps_a_commit_through_a_power_cut_and_no_statement_runs_for_ever(postgres_url: str) -> None:
    engine = open_engine(postgres_url)
    with engine.begin() as connection:
        found = {name: connection.exec_driver_sql(f"SHOW {name}").scalar() for name in _SETTINGS}
    engine.dispose()
    assert found == _SETTINGS


_SETTINGS = {
    "application_name": "reminders",
    "idle_in_transaction_session_timeout": "1min",
    "lock_timeout": "10s",
    "statement_timeout": "30s",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "transaction_isolation": "read committed",
    "transaction_read_only": "off",
}


def test_an_error_does_not_show_the_values_of_its_statement(engine: Engine) -> None:
    with engine.begin() as connection:
        add_enrollment(connection)
    with pytest.raises(IntegrityError) as caught, engine.begin() as connection:
        add_enrollment(connection, site="Canary Site")
    assert "Canary" not in str(caught.value)
    assert "Canary" not in repr(caught.value)


# What a wrong database is told


def test_a_missing_file_is_not_made_by_accident(empty_sqlite_url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"no database yet at .*: run `reminders init`"):
        open_engine(empty_sqlite_url)
    assert not _path(empty_sqlite_url).exists()


def test_a_database_without_tables_names_the_command_that_makes_them(empty_database_url: str) -> None:
    open_engine(empty_database_url, create=True).dispose()
    with pytest.raises(ConfigurationError, match="no tables yet: run `reminders db upgrade`"):
        open_engine(empty_database_url)


def test_an_older_database_names_the_command_that_brings_it_up(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "known_revisions", lambda: (migrate.head(), "9999"))
    with pytest.raises(ConfigurationError, match="older than this program: run `reminders db upgrade`"):
        open_engine(database_url)


def test_a_newer_database_is_left_alone(engine: Engine, database_url: str) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ConfigurationError, match=r"newer version \(9999\)"):
        open_engine(database_url)


@pytest.mark.parametrize(
    "url", ["", "reminders.db", "mysql://reminders:canary@db/reminders", "postgresql+asyncpg://r:canary@db/r"]
)
def test_another_kind_of_database_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ConfigurationError, match="is not sqlite:///FILE or postgresql://") as caught:
        open_engine(url)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_a_database_in_memory_is_refused_for_it_would_forget_everything(url: str) -> None:
    with pytest.raises(ConfigurationError, match="names no file"):
        open_engine(url)


def test_a_file_that_is_no_database_is_named_as_such(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("buy milk, and some more milk for the cat\n" * 100)
    with pytest.raises(ConfigurationError, match="not a SQLite database"):
        open_engine(f"sqlite:///{tmp_path / 'notes.txt'}")


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match=r"cannot make the database file .*: Not a directory"):
        migrate.upgrade(f"sqlite:///{tmp_path}/file/reminders.db")


def test_a_server_that_does_not_answer_is_an_operation_that_failed() -> None:
    with pytest.raises(OperationError, match=r"the database does not answer: .*refused"):
        open_engine("postgresql://reminders@127.0.0.1:1/reminders")


# Deadlocks


@pytest.fixture
def server(postgres_url: str) -> Iterator[Engine]:
    opened = open_engine(postgres_url)
    yield opened
    opened.dispose()


@pytest.mark.postgres
def test_what_was_given_up_to_end_a_deadlock_is_done_anew(server: Engine) -> None:
    """Two transactions, each of which has written what the other one writes next."""
    with server.begin() as connection:
        rows = [add_enrollment(connection, f"number-{number}") for number in (1, 2)]
    both, tries = threading.Barrier(2), list[str]()

    def write(first: str, second: str) -> None:
        def act(connection: Connection) -> None:
            tries.append(first)
            queries.change_enrollment(connection, first)
            if tries.count(first) == 1:
                both.wait(timeout=60)
            queries.change_enrollment(connection, second)

        in_one_commit(server, act)

    assert together(lambda: write(*rows), lambda: write(*reversed(rows))) == [None, None]
    assert len(tries) > 2
    with reading(server) as connection:
        assert [queries.revision_of(connection, id_) for id_ in rows] == [3, 3]


def test_a_deadlock_without_end_and_any_other_error_are_told(engine: Engine) -> None:
    tries = list[str]()

    def act(error: Exception) -> None:
        tries.append("")
        raise error

    with pytest.raises(OperationalError):
        in_one_commit(engine, lambda _: act(OperationalError("", {}, Deadlock())))
    assert len(tries) == DEADLOCKS + 1
    with pytest.raises(IntegrityError):
        in_one_commit(engine, lambda _: act(IntegrityError("", {}, Exception())))
    assert len(tries) == DEADLOCKS + 2
