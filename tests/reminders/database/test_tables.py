"""The tables: what the database itself refuses, and which index answers the worker's questions."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import (
    ColumnElement,
    Engine,
    Executable,
    Update,
    bindparam,
    insert,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, IntegrityError

from reminders.database import tables
from reminders.database.engine import open_engine, reading
from reminders.database.types import UtcDateTime
from reminders.database.vault import Vault
from reminders.lifecycle import DeliveryState, State
from tests.reminders.database.plans import plan_of
from tests.reminders.database.rows import (
    ENROLLMENT,
    NOON,
    add_delivery,
    add_enrollment,
    add_event,
    add_reminder,
    add_task,
)

_reminders, _deliveries, _events = tables.reminders.c, tables.deliveries.c, tables.events.c


@pytest.fixture
def enrolled(engine: Engine) -> Engine:
    with engine.begin() as connection:
        add_enrollment(connection)
    return engine


# States


def test_every_state_of_a_reminder_can_be_stored(enrolled: Engine) -> None:
    with enrolled.begin() as connection:
        for state in State:
            add_reminder(connection, key=state, state=state)


def test_every_state_of_a_delivery_can_be_stored(enrolled: Engine) -> None:
    with enrolled.begin() as connection:
        for state in DeliveryState:
            add_delivery(connection, state, add_reminder(connection, key=state), state=state)


@pytest.mark.parametrize("table", ["enrollments", "reminders", "deliveries", "tasks"])
def test_a_state_that_is_not_a_word_of_ours_is_refused(enrolled: Engine, table: str) -> None:
    with enrolled.begin() as connection:
        add_delivery(connection, "1", add_reminder(connection))
        add_task(connection)
    column = "status" if table == "enrollments" else "state"
    with pytest.raises(IntegrityError), enrolled.begin() as connection:
        connection.execute(update(tables.metadata.tables[table]).values({column: "lost"}))


# Never twice


def test_a_second_reminder_of_one_key_and_round_is_refused(enrolled: Engine) -> None:
    with enrolled.begin() as connection:
        add_reminder(connection, "ride")
    with pytest.raises(IntegrityError), enrolled.begin() as connection:
        add_reminder(connection, "ride")


def test_a_step_that_ended_can_be_planned_again_in_the_next_round(enrolled: Engine) -> None:
    with enrolled.begin() as connection:
        add_reminder(connection, "ride", state="withdrawn")
        add_reminder(connection, "ride", round=2)


@pytest.mark.parametrize("state", ["intended", "unknown", "accepted", "delivered"])
def test_a_second_call_is_refused_while_the_first_may_have_arrived(enrolled: Engine, state: str) -> None:
    with enrolled.begin() as connection:
        reminder = add_reminder(connection)
        add_delivery(connection, "1", reminder, state=state)
    with pytest.raises(IntegrityError), enrolled.begin() as connection:
        add_delivery(connection, "2", reminder)


@pytest.mark.parametrize("state", ["not_sent", "refused", "undelivered", "absent", "abandoned"])
def test_a_second_call_may_follow_one_that_came_to_nothing(enrolled: Engine, state: str) -> None:
    with enrolled.begin() as connection:
        reminder = add_reminder(connection)
        add_delivery(connection, "1", reminder, state=state)
        add_delivery(connection, "2", reminder)


def test_one_record_number_is_enrolled_once_for_one_procedure(engine: Engine) -> None:
    with engine.begin() as connection:
        add_enrollment(connection, "1", same_record="keyed")
    with pytest.raises(IntegrityError), engine.begin() as connection:
        add_enrollment(connection, "2", same_record="keyed")


def test_a_cancelled_enrollment_does_not_stand_in_the_way_of_a_new_one(engine: Engine) -> None:
    with engine.begin() as connection:
        add_enrollment(connection, "1", same_record="keyed", status="cancelled")
        add_enrollment(connection, "2", same_record="keyed")
        add_enrollment(connection, "3", same_record=None)
        add_enrollment(connection, "4", same_record=None)


def test_a_channel_has_one_open_consent_and_any_number_of_closed_ones(enrolled: Engine) -> None:
    grant = {"enrollment": ENROLLMENT, "channel": "sms", "granted_at": NOON, "granted_by": "coordinator"}
    grant |= {"wording": "asked by phone", "detailed": False}
    with enrolled.begin() as connection:
        connection.execute(insert(tables.consents), [grant | {"closed_at": NOON}, grant | {"closed_at": NOON}])
        connection.execute(insert(tables.consents), grant)
    with pytest.raises(IntegrityError), enrolled.begin() as connection:
        connection.execute(insert(tables.consents), grant)


def test_one_cause_opens_one_task(engine: Engine) -> None:
    with engine.begin() as connection:
        add_task(connection, "stop:warfarin missed")
    with pytest.raises(IntegrityError), engine.begin() as connection:
        add_task(connection, "stop:warfarin missed")


def test_a_reminder_of_nobody_is_refused(engine: Engine) -> None:
    with pytest.raises(IntegrityError), engine.begin() as connection:
        add_reminder(connection)


def test_ids_are_never_given_twice_even_after_rows_are_gone(engine: Engine) -> None:
    with engine.begin() as connection:
        first = add_task(connection)
        connection.execute(tables.tasks.delete())
        assert add_task(connection) > first


# The event log


@pytest.mark.parametrize("change", [update(tables.events).values(by="someone else"), tables.events.delete()])
def test_an_event_is_neither_changed_nor_deleted(engine: Engine, change: Update) -> None:
    with engine.begin() as connection:
        add_event(connection)
    with pytest.raises(DBAPIError, match="events are append-only"), engine.begin() as connection:
        connection.execute(change)
    with reading(engine) as connection:
        assert connection.scalars(select(_events.by)).all() == ["coordinator"]


def test_an_event_is_not_replaced_by_another_of_its_number(engine: Engine) -> None:
    with engine.begin() as connection:
        number = add_event(connection)
    forged = {"id": number, "at": NOON, "by": "someone else", "action": "enrolled"}
    with pytest.raises(DBAPIError), engine.begin() as connection:
        connection.execute(_replace(engine, forged))
    with reading(engine) as connection:
        assert connection.scalars(select(_events.by)).all() == ["coordinator"]


def _replace(engine: Engine, row: dict[str, Any]) -> Executable:
    if engine.dialect.name == "sqlite":
        return sqlite.insert(tables.events).prefix_with("OR REPLACE").values(row)
    return postgresql.insert(tables.events).values(row).on_conflict_do_update(index_elements=["id"], set_=row)


def test_the_event_log_is_not_emptied(engine: Engine) -> None:
    with engine.begin() as connection:
        add_event(connection)
    emptied = "DELETE FROM events" if engine.dialect.name == "sqlite" else "TRUNCATE events"
    with pytest.raises(DBAPIError, match="events are append-only"), engine.begin() as connection:
        connection.execute(text(emptied))


# Indexes

_tasks = tables.tasks.c
_NOW = bindparam("now", NOON, UtcDateTime)


def _word(state: str) -> ColumnElement[str]:
    # Written out, not bound: PostgreSQL may plan a statement once for all values, and then needs to see the word.
    return literal(state, literal_execute=True)


_QUESTIONS = {
    "ix_reminders_due": select(_reminders.id)
    .where(_reminders.state == _word("planned"), _reminders.due_at <= _NOW)
    .order_by(_reminders.due_at),
    "ix_reminders_leased": select(_reminders.id).where(
        _reminders.state == _word("sending"), _reminders.lease_until < _NOW
    ),
    "ix_reminders_held": select(_reminders.id).where(_reminders.state == _word("held"), _reminders.not_after <= _NOW),
    "ix_deliveries_unsettled": select(_deliveries.id).where(
        _deliveries.state.in_([_word("intended"), _word("unknown")]), _deliveries.intended_at < _NOW
    ),
    "ix_deliveries_provider_id": select(_deliveries.id).where(_deliveries.provider_id == "SM1"),
    "ix_tasks_state_due_at": select(_tasks.id).where(_tasks.state == "open", _tasks.due_at < _NOW),
    "ix_events_enrollment_id": select(_events.action).where(_events.enrollment == ENROLLMENT).order_by(_events.id),
}


@pytest.mark.parametrize("index", _QUESTIONS)
def test_a_question_asked_often_is_answered_by_its_index(engine: Engine, index: str) -> None:
    assert index in plan_of(engine, lambda connection: connection.execute(_QUESTIONS[index]))


def test_the_reminders_of_an_enrollment_are_found_by_their_key(engine: Engine) -> None:
    question = select(_reminders.state).where(_reminders.enrollment == ENROLLMENT)
    assert "(enrollment" in plan_of(engine, lambda connection: connection.execute(question))


# What a thief would find


def test_no_name_or_number_is_found_in_the_files_of_a_database(sqlite_url: str, vault: Vault) -> None:
    engine = open_engine(sqlite_url)
    sealed: dict[str, Any] = {c: vault.seal("enrollments", ENROLLMENT, c, text) for c, text in _CANARIES.items()}
    with engine.begin() as connection:
        add_enrollment(connection, **sealed, phone_lookup=vault.lookup("phone", _CANARIES["phone"]))
    folder = Path(sqlite_url.removeprefix("sqlite:///")).parent
    contents = [file.read_bytes() for file in folder.glob("reminders.db*")]
    engine.dispose()
    assert len(contents) == 3
    assert any(ENROLLMENT.encode() in content for content in contents)
    assert not [canary for canary in _CANARIES.values() for content in contents if canary.encode() in content]


_CANARIES = {"name": "Canary Invented", "phone": "+12125550142", "email": "canary@example.org", "mrn": "MRN-CANARY"}
