"""Rows with safe defaults: a test names only what it is about."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Table, insert, select

from reminders.database import tables

NOON = datetime(2026, 12, 1, 17, tzinfo=UTC)
ENROLLMENT = "ABCD-EFGH2"


def add_protocol(connection: Connection, hash_: str = "hash") -> str:
    row = {"hash": hash_, "name": "vertebroplasty", "version": 1, "files": {}, "recorded_at": NOON}
    connection.execute(insert(tables.protocols), row)
    return hash_


def add_enrollment(connection: Connection, id_: str = ENROLLMENT, **other: Any) -> str:
    """An active enrollment, with its protocol where none is there yet."""
    if connection.execute(select(tables.protocols.c.hash)).first() is None:
        add_protocol(connection)
    row = {
        "id": id_,
        "site": "main",
        "protocol_hash": "hash",
        "language": "en",
        "zone": "America/New_York",
        "detailed": False,
        "sedation": "moderate",
        "status": "active",
        "start_at": NOON,
        "hour_known": True,
        "enrolled_at": NOON,
        "name": b"sealed",
        "same_contact": "keyed",
    }
    connection.execute(insert(tables.enrollments), row | other)
    return id_


def add_reminder(connection: Connection, key: str = "ride", **other: Any) -> int:
    row = {
        "enrollment": ENROLLMENT,
        "key": key,
        "step": key,
        "position": 1,
        "revision": 1,
        "state": "planned",
        "send_at": NOON,
        "due_at": NOON,
        "zone": "America/New_York",
        "channels": ["sms"],
        "waits_for": [],
        "why": [],
        "late": False,
        "changed_at": NOON,
    }
    return _add(connection, tables.reminders, row | other)


def add_delivery(connection: Connection, id_: str, reminder: int, **other: Any) -> None:
    row = {
        "id": id_,
        "reminder": reminder,
        "enrollment": ENROLLMENT,
        "channel": "sms",
        "transport": "console",
        "worker": "worker-1",
        "fence": 1,
        "revision": 1,
        "state": "intended",
        "recipient": b"sealed",
        "content": b"sealed",
        "content_hash": "keyed",
        "stated": {},
        "intended_at": NOON,
    }
    connection.execute(insert(tables.deliveries), row | other)


def add_task(connection: Connection, cause: str = "call:1", **other: Any) -> int:
    row = {
        "site": "main",
        "kind": "call",
        "cause": cause,
        "reason": "the nurse's call",
        "due_at": NOON,
        "urgent": False,
        "state": "open",
        "opened_at": NOON,
    }
    return _add(connection, tables.tasks, row | other)


def add_event(connection: Connection, **other: Any) -> int:
    return _add(connection, tables.events, {"at": NOON, "by": "coordinator", "action": "enrolled"} | other)


def _add(connection: Connection, table: Table, row: dict[str, Any]) -> int:
    inserted = connection.execute(insert(table), row).inserted_primary_key
    assert inserted is not None
    return int(inserted[0])
