"""The service most of these tests are about, on a real database and a clock that is moved by hand."""

import shutil
from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine, create_engine, make_url, text

from reminders.clock import ManualClock
from reminders.database.engine import open_engine
from reminders.database.vault import Vault
from reminders.service import Service
from tests.reminders.builders import Transports, a_clock, a_service, texts_only


@pytest.fixture
def clock() -> ManualClock:
    """Stands at Friday 2026-11-20, noon in New York: the moment of enrollment."""
    return a_clock()


@pytest.fixture
def service(engine: Engine, vault: Vault, clock: ManualClock) -> Service:
    return a_service(engine, vault, clock)


@pytest.fixture
def transports(clock: ManualClock) -> Transports:
    """One scripted provider of texts, in memory."""
    return texts_only(clock)


@pytest.fixture
def connection(shared_engine: Engine) -> Iterator[Connection]:
    """One transaction on SQLite and on PostgreSQL, taken back in the end: for tests that need no second one."""
    with shared_engine.connect() as opened, opened.begin() as transaction:
        yield opened
        transaction.rollback()


@pytest.fixture(scope="session", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def shared_engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A database with tables in which no test leaves anything behind."""
    if request.param == "sqlite":
        file = tmp_path_factory.mktemp("shared") / "reminders.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), file)
        url = f"sqlite:///{file}"
    else:
        server, template = request.getfixturevalue("postgres_server"), request.getfixturevalue("postgres_template")
        url = _one_more_database(server, template)
    engine = open_engine(url)
    yield engine
    engine.dispose()
    if request.param == "postgres":
        _on_server(server, f"DROP DATABASE {template}_shared WITH (FORCE)")


def _one_more_database(server: str, template: str) -> str:
    _on_server(server, f"CREATE DATABASE {template}_shared TEMPLATE {template}")
    return make_url(server).set(database=f"{template}_shared").render_as_string(hide_password=False)


def _on_server(server: str, statement: str) -> None:
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as opened:
        opened.execute(text(statement))
    engine.dispose()
