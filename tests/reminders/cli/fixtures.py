"""An installation in the current folder, the command, and the whole process on one clock; a conftest imports them."""

import logging
from collections.abc import Iterator
from pathlib import Path

import psycopg  # noqa: F401  # before a clock stands still: its C part takes no other class for a date
import pytest
from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory

from reminders import bootstrap
from tests.reminders.cli.running import SETTINGS, Cli, Installation


@pytest.fixture
def at_noon() -> Iterator[FrozenDateTimeFactory]:
    """Friday 2026-11-20, noon in New York, until the test moves it."""
    with freeze_time("2026-11-20 17:00:00", real_asyncio=True, ignore=["_pytest.timing"]) as clock:
        assert isinstance(clock, FrozenDateTimeFactory)
        yield clock


@pytest.fixture(autouse=True)
def own_log() -> Iterator[None]:
    """A worker sends the whole process's log to its standard error, which ends with the test."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], at_noon: FrozenDateTimeFactory) -> Cli:
    return Cli(capsys=capsys)


@pytest.fixture
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with nothing in it."""
    monkeypatch.delenv("REMINDERS_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def installation(empty_folder: Path, sqlite_url: str, vault: object) -> Installation:
    """What `init` makes, on SQLite, with an outbox for every message."""
    (empty_folder / "reminders.toml").write_text(SETTINGS, encoding="utf-8")
    return Installation(folder=empty_folder, url=sqlite_url)


@pytest.fixture
def either_installation(
    empty_folder: Path, database_url: str, vault: object, monkeypatch: pytest.MonkeyPatch
) -> Installation:
    """The same, once on SQLite and once on PostgreSQL, whose own clock does not stand at noon."""
    monkeypatch.setattr(bootstrap, "shared_clock", lambda _engine, machine: machine)
    (empty_folder / "reminders.toml").write_text(SETTINGS, encoding="utf-8")
    monkeypatch.setenv("REMINDERS_DATABASE__URL", database_url)
    return Installation(folder=empty_folder, url=database_url)
