"""The ledger of providers' events, and the questions asked at every callback and every round of housekeeping."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, Engine

from reminders.database import receipts
from tests.reminders.database.plans import plan_of
from tests.reminders.database.rows import NOON

ROW = {"provider": "twilio", "provider_id": "SM1", "status": "sent", "delivery": "d", "code": None, "received_at": NOON}


def test_the_same_event_is_written_down_once(connection: Connection) -> None:
    assert receipts.record_event(connection, ROW)
    assert not receipts.record_event(connection, ROW | {"delivery": "other", "code": "30003"})
    assert receipts.record_event(connection, ROW | {"status": "delivered"})
    assert receipts.record_event(connection, ROW | {"provider_id": "SM2"})


def test_an_event_is_kept_until_it_was_applied(connection: Connection) -> None:
    for status in ("sent", "delivered"):
        receipts.record_event(connection, ROW | {"status": status})
    assert receipts.kept_among(connection, ["d", "e"]) == ["d"]
    assert [row["status"] for row in receipts.kept_events(connection, "d")] == ["sent", "delivered"]
    receipts.settle_event(connection, "twilio", "SM1", "sent", outcome="applied", applied_at=NOON)

    assert [row["status"] for row in receipts.kept_events(connection, "d")] == ["delivered"]
    receipts.settle_event(connection, "twilio", "SM1", "delivered", outcome="kept", applied_at=None)
    assert receipts.kept_among(connection, ["d"]) == ["d"]
    receipts.settle_event(connection, "twilio", "SM1", "delivered", outcome="applied", applied_at=NOON)
    assert receipts.kept_among(connection, ["d"]) == []


def whole_message(connection: Connection) -> object:
    """On PostgreSQL a question of its own, behind the one that locks the enrollment."""
    if connection.dialect.name == "postgresql":
        return receipts.lock_message(connection, "d")
    return receipts.message_of(connection, "d", "SM1")


QUESTIONS: dict[str, Callable[[Connection], Any]] = {
    "ix_hook_events_kept": lambda connection: receipts.kept_among(connection, ["d", "e"]),
    "ix_deliveries_receipt_due": lambda connection: receipts.silent(connection, NOON),
    "ix_deliveries_provider_id": lambda connection: receipts.find_delivery(connection, None, "SM1"),
    "ix_deliveries_leader": whole_message,
}


@pytest.mark.parametrize("index", QUESTIONS)
def test_a_question_asked_often_is_answered_by_its_index(engine: Engine, index: str) -> None:
    assert index in plan_of(engine, QUESTIONS[index])
