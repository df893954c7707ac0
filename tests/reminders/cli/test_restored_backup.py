"""An old backup is restored under the real command: nothing leaves before a person has decided, and nothing twice."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing

import psycopg
import pytest
from freezegun.api import FrozenDateTimeFactory
from sqlalchemy import make_url

from tests.reminders.cli.running import WARFARIN, Cli, Installation, move_to

Backup = Callable[[], Callable[[], None]]


@pytest.fixture
def back_up(
    either_installation: Installation, postgres_or_none: str | None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Backup]:
    """Makes a backup of the whole database; what it returns restores it."""
    url = make_url(either_installation.url)
    copy = either_installation.folder / "backup.db"
    other = url.set(database=f"{url.database}_backup")

    def copied() -> Callable[[], None]:
        if postgres_or_none is None:
            with closing(sqlite3.connect(str(url.database))) as here, closing(sqlite3.connect(copy)) as there:
                here.backup(there)
            return lambda: copied_back(str(url.database))
        _on_server(postgres_or_none, f"CREATE DATABASE {other.database} TEMPLATE {url.database}")
        address = other.render_as_string(hide_password=False)
        return lambda: monkeypatch.setenv("REMINDERS_DATABASE__URL", address)

    def copied_back(file: str) -> None:
        with closing(sqlite3.connect(copy)) as here, closing(sqlite3.connect(file)) as there:
            here.backup(there)

    yield copied
    if postgres_or_none is not None:
        _on_server(postgres_or_none, f"DROP DATABASE IF EXISTS {other.database} WITH (FORCE)")


@pytest.fixture
def postgres_or_none(database_kind: str, request: pytest.FixtureRequest) -> str | None:
    return str(request.getfixturevalue("postgres_server")) if database_kind == "postgres" else None


def _on_server(server: str, statement: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[arg-type,unused-ignore]


def test_a_backup_of_a_day_before_sends_nothing_until_it_is_reconciled_and_nothing_twice(
    cli: Cli, either_installation: Installation, back_up: Backup, at_noon: FrozenDateTimeFactory
) -> None:
    told = cli.enrolled_id(**WARFARIN, procedure="2026-12-08 09:00")
    cli.run_once()
    move_to(at_noon, "2026-12-01 12:00")
    cli.run_once()
    restore = back_up()
    move_to(at_noon, "2026-12-02 12:00")  # meanwhile the last day with warfarin is announced
    assert cli.run_once()["sent"] == 1
    sent = either_installation.sent_keys
    assert sent[-1] == "stop:warfarin"
    restore()

    move_to(at_noon, "2026-12-02 12:30")
    for _ in range(3):
        assert cli.run_once()["sent"] == 0
    assert either_installation.sent_keys == sent
    found = {check["check"]: check for check in json.loads(cli("doctor", "--json").out)["checks"]}
    assert "an old backup was restored" in found["epoch"]["detail"]
    assert [task["kind"] for task in cli.read("tasks")["tasks"]] == ["restored"]

    dry = cli("db", "reconcile", "--dry-run", "--by", "Sam Operator", "--json")
    assert dry.err == "dry run: nothing was changed\n"
    assert cli.run_once()["sent"] == 0
    done = cli.read("db", "reconcile", "--by", "Sam Operator")
    assert (
        dry.document
        == done
        == {
            "since": "2026-12-01T17:00:00Z",
            "until": "2026-12-02T17:00:00Z",
            "missed": 1,
            "unconfirmed": 0,
            "tasks": 1,
        }
    )
    (task,) = cli.read("tasks")["tasks"]
    assert (task["kind"], task["enrollment"], task["urgent"]) == ("restored", told, True)
    assert task["reason"].startswith(
        "stop:warfarin: may have been sent before the backup was restored; not sent again."
    )

    assert cli.run_once()["sent"] == 0
    move_to(at_noon, "2026-12-05 12:30")
    cli.run_once()
    assert either_installation.sent_keys == [*sent, "ride"]


def test_for_people_a_reconciliation_is_some_lines(
    cli: Cli, either_installation: Installation, back_up: Backup, at_noon: FrozenDateTimeFactory
) -> None:
    cli.enroll()
    cli.run_once()
    restore = back_up()
    move_to(at_noon, "2026-11-21 12:00")
    cli.run_once()
    restore()
    answer = cli("db", "reconcile", "--by", "Sam Operator")
    assert answer.out.splitlines() == [
        "behind since 2026-11-20T17:00:00Z, until 2026-11-21T17:00:00Z",
        "0 reminder(s) that may have been sent ended as missed, 0 task(s) ask about them",
        "0 message(s) whose receipts are lost count as sent",
        "sending goes on",
    ]
    assert cli("db", "reconcile", "--by", "Sam Operator").refusal.startswith("db reconcile: the store is not behind")
