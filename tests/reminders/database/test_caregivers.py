"""Caregivers in the store: sealed, each in their place, and closed by nobody else's opt-out; on both databases."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event, select, update

from reminders.database import caregivers, queries, tables
from reminders.database.vault import Vault
from reminders.errors import OperationError
from reminders.records import Caregiver
from schedules.protocol import Channel
from tests.reminders.database.rows import ENROLLMENT, NOON, add_enrollment, add_reminder

OTHER = "EFGH-JKLM2"
LATER = NOON + timedelta(hours=1)


def a_caregiver(label: str = "care1", **changes: Any) -> Caregiver:
    values: dict[str, Any] = {
        "label": label,
        "channel": Channel.SMS,
        "language": "es",
        "steps": ("welcome", "ride"),
        "name": "Sam Example",
        "phone": "+12125550111",
        "granted_at": NOON,
        "granted_by": "coordinator",
        "wording": "2026-1",
    }
    return Caregiver(**values | changes)


def add(connection: Connection, vault: Vault, caregiver: Caregiver, id_: str = ENROLLMENT, lookup: str = "sam") -> None:
    caregivers.insert_caregiver(connection, vault, id_, caregiver, address_lookup=lookup)


def enroll(connection: Connection, vault: Vault, id_: str = ENROLLMENT) -> None:
    add_enrollment(connection, id_, name=vault.seal("enrollments", id_, "name", "Pat Example"))


def loaded(connection: Connection, vault: Vault, id_: str = ENROLLMENT) -> tuple[Caregiver, ...]:
    return queries.load_enrollments(connection, vault, [id_])[id_].caregivers


def close(connection: Connection, lookup: str = "sam", **changes: Any) -> list[str]:
    how = {"by": "reply", "reason": "opted out", "now": LATER, "channel": Channel.SMS} | changes
    return caregivers.close_caregiver(connection, lookup, **how)


@pytest.fixture
def statements(connection: Connection) -> Iterator[list[str]]:
    """What is asked of the database from now on."""
    asked: list[str] = []

    def listen(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    event.listen(connection, "before_cursor_execute", listen)
    yield asked
    event.remove(connection, "before_cursor_execute", listen)


def test_a_caregiver_comes_back_as_stored(connection: Connection, vault: Vault) -> None:
    enroll(connection, vault)
    add(connection, vault, a_caregiver())
    assert loaded(connection, vault) == (a_caregiver(),)


def test_name_and_address_are_sealed_and_open_nowhere_else(connection: Connection, vault: Vault) -> None:
    enroll(connection, vault)
    add(connection, vault, a_caregiver())
    row = connection.execute(select(tables.caregivers)).mappings().one()
    assert b"Sam" not in row["name"]
    assert b"5550111" not in row["phone"]
    assert row["email"] is None

    connection.execute(update(tables.caregivers).values(label="care2"))
    with pytest.raises(OperationError):
        loaded(connection, vault)


def test_caregivers_cost_one_question_however_many_enrollments_are_loaded(
    connection: Connection, vault: Vault, statements: list[str]
) -> None:
    ids = [ENROLLMENT, OTHER]
    for id_ in ids:
        enroll(connection, vault, id_)
        add(connection, vault, a_caregiver(), id_)
    statements.clear()
    queries.load_enrollments(connection, vault, ids)

    assert len([text for text in statements if "FROM caregivers" in text]) == 1


def test_an_opt_out_closes_whoever_is_reached_there_and_nobody_else(connection: Connection, vault: Vault) -> None:
    for id_ in (ENROLLMENT, OTHER):
        enroll(connection, vault, id_)
    add(connection, vault, a_caregiver())
    add(connection, vault, a_caregiver("care2"), lookup="lee")
    add(connection, vault, a_caregiver(), OTHER, lookup="kit")

    assert close(connection) == [ENROLLMENT]

    assert [(each.label, each.open) for each in loaded(connection, vault)] == [("care1", False), ("care2", True)]
    assert [each.open for each in loaded(connection, vault, OTHER)] == [True]


def test_who_cannot_be_reached_is_not_said_to_have_opted_out(connection: Connection, vault: Vault) -> None:
    enroll(connection, vault)
    add(connection, vault, a_caregiver())
    add_reminder(connection, key="ride@care1", state="planned", recipient="care1")
    close(connection, by="provider", reason="cannot receive texts (30006)")

    assert connection.execute(select(tables.events.c.action)).scalars().all() == ["unreachable"]
    reasons = connection.execute(select(tables.reminders.c.state, tables.reminders.c.reason)).all()
    assert [tuple(row) for row in reasons] == [("withdrawn", "caregiver: cannot receive texts (30006)")]


def test_an_opt_out_withdraws_what_has_not_left_of_that_caregiver_alone(connection: Connection, vault: Vault) -> None:
    enroll(connection, vault)
    add(connection, vault, a_caregiver())
    for key, state, recipient in (
        ("ride", "planned", None),
        ("ride@care1", "planned", "care1"),
        ("resume:warfarin@care1", "held", "care1"),
        ("welcome@care1", "sent", "care1"),
        ("ride@care2", "planned", "care2"),
    ):
        add_reminder(connection, key=key, state=state, recipient=recipient)
    close(connection)

    found = connection.execute(select(tables.reminders.c.key, tables.reminders.c.state)).all()
    assert {row.key: row.state for row in found} == {
        "ride": "planned",
        "ride@care1": "withdrawn",
        "resume:warfarin@care1": "withdrawn",
        "welcome@care1": "sent",
        "ride@care2": "planned",
    }


def test_an_opt_out_from_one_channel_leaves_the_others(connection: Connection, vault: Vault) -> None:
    enroll(connection, vault)
    add(connection, vault, a_caregiver(channel=Channel.VOICE))

    assert close(connection, channel=Channel.SMS) == []
    assert close(connection, channel=Channel.VOICE) == [ENROLLMENT]


def test_a_second_opt_out_changes_nothing(connection: Connection, vault: Vault) -> None:
    enroll(connection, vault)
    add(connection, vault, a_caregiver())
    close(connection)
    events = connection.execute(select(tables.events)).all()

    assert close(connection) == []
    assert connection.execute(select(tables.events)).all() == events


def test_an_opt_out_touches_no_consent_of_a_patient(connection: Connection, vault: Vault) -> None:
    enroll(connection, vault)
    add(connection, vault, a_caregiver())
    row = {"enrollment": ENROLLMENT, "channel": "sms", "granted_at": NOON, "granted_by": "coordinator"}
    connection.execute(tables.consents.insert(), row | {"wording": "2026-1", "detailed": False})
    close(connection)

    assert connection.execute(select(tables.consents.c.closed_at)).scalars().all() == [None]
