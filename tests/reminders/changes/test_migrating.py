"""Moving running enrollments to a protocol's present content: shown first, done only when asked."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from reminders.changes.migrating import migrate
from reminders.clock import ManualClock
from reminders.database import queries
from reminders.database.vault import Vault
from reminders.errors import InputError
from reminders.service import Service
from tests.reminders.builders import (
    a_service,
    enrolled_id,
    everything,
    protocol_files,
    row_counts,
    states,
    stored,
    write_protocol,
)
from tests.reminders.recorded import cancelled


@pytest.fixture
def running(engine: Engine, vault: Vault, clock: ManualClock, tmp_path: Path) -> str:
    """A patient on version 1, which has a `pack` step."""
    return enrolled_id(a_service(engine, vault, clock, own=write_protocol(tmp_path)), protocol="example")


@pytest.fixture
def newer(engine: Engine, vault: Vault, clock: ManualClock, tmp_path: Path, running: str) -> Service:
    """The same installation once version 2 lies in its folder: `call` stands in place of `pack`."""
    write_protocol(tmp_path, protocol_files(others=("call",), version=2))
    return a_service(engine, vault, clock, own=tmp_path)


def test_on_trial_it_shows_what_would_change_and_changes_nothing(newer: Service, running: str) -> None:
    before, reminders = row_counts(newer.engine), everything(newer, running)
    (shown,) = migrate(newer, "example", by="lead", dry_run=True)

    assert ([one.key for one in shown.moved], shown.withdrawn) == (["call"], (("pack", "no longer in the plan"),))
    assert (row_counts(newer.engine), everything(newer, running)) == (before, reminders)


def test_applied_it_is_what_was_shown(newer: Service, running: str) -> None:
    (shown,) = migrate(newer, "example", by="lead", dry_run=True)
    (done,) = migrate(newer, "example", by="lead", dry_run=False)

    assert (done.moved, done.withdrawn) == (shown.moved, shown.withdrawn)
    assert states(newer, running) == {"hello": "planned", "pack": "withdrawn", "call": "planned"}
    assert stored(newer, running).protocol_hash == newer.library.load("example").content_hash


def test_applied_again_there_is_nothing_left_to_move(newer: Service, running: str) -> None:
    migrate(newer, "example", by="lead", dry_run=False)

    assert migrate(newer, "example", by="lead", dry_run=False) == []


def test_what_is_cancelled_stays_on_its_version(newer: Service, running: str) -> None:
    cancelled(newer, running)

    assert migrate(newer, "example", by="lead", dry_run=False) == []


def test_where_one_patient_cannot_follow_nobody_is_moved(newer: Service, running: str) -> None:
    other = enrolled_id(newer, protocol="example", phone="+12125550188")
    with newer.engine.begin() as connection:
        queries.change_enrollment(connection, other, language="es", protocol_hash=stored(newer, running).protocol_hash)

    for dry_run in (True, False):
        with pytest.raises(InputError, match=f"{other}: the new version has no texts in 'es'"):
            migrate(newer, "example", by="lead", dry_run=dry_run)
    assert states(newer, running) == {"hello": "planned", "pack": "planned"}
