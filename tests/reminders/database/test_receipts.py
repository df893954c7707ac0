"""The ledger of providers' events, and the questions asked at every callback and every round of housekeeping."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event

from reminders.database import receipts
from tests.reminders.database.rows import NOON, add_delivery, add_enrollment, add_reminder

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


def add_many_deliveries(connection: Connection, number: int = 500) -> None:
    """So many that no other way is as cheap: which of two a planner takes for an empty table is chance."""
    add_enrollment(connection)
    for each in range(number):
        about = {"state": "accepted", "provider_id": f"SM{each}", "receipt_due_at": NOON + timedelta(days=each)}
        add_delivery(connection, f"many{each}", add_reminder(connection, f"step{each}"), **about)
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("ANALYZE deliveries")


@pytest.mark.parametrize("index", QUESTIONS)
def test_a_question_asked_often_is_answered_by_its_index(engine: Engine, index: str) -> None:
    seen: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, values: Any, *_rest: object) -> None:
        seen.append((statement, values))

    event.listen(engine, "before_cursor_execute", note)
    with engine.connect() as connection:  # some questions lock what they find
        add_many_deliveries(connection)
        QUESTIONS[index](connection)
        statement, values = seen[-1]
        if engine.dialect.name == "sqlite":
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
        else:
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")  # an empty table is else read whole
            plan = connection.exec_driver_sql(f"EXPLAIN {statement}", values).all()
    assert index in str(plan)
