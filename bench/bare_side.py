"""The least that keeps an intent and an outcome durable: two tables, SQLAlchemy Core, one thread, nothing else.

Nothing is checked, rendered or sealed. Claims and groups of outcomes are as large as ours, so the commits are as many.
"""

from datetime import datetime, timedelta
from time import perf_counter

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    insert,
    literal,
    select,
    text,
    update,
)

from bench.stage import NOON
from reminders import identifiers
from reminders.database.types import UtcDateTime
from reminders.dispatch import GROUP, LARGEST_CLAIM

metadata = MetaData()
reminders = Table(
    "bare_reminders",
    metadata,
    Column("id", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True),
    Column("due_at", UtcDateTime, nullable=False),
    Column("state", Text, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("content", Text, nullable=False),
)
WAITING = text("state = 'planned'")
Index("ix_bare_due", reminders.c.due_at, sqlite_where=WAITING, postgresql_where=WAITING)
deliveries = Table(
    "bare_deliveries",
    metadata,
    Column("id", Text, primary_key=True),
    Column("reminder", BigInteger, nullable=False, index=True),
    Column("state", Text, nullable=False),
    Column("intended_at", UtcDateTime, nullable=False),
    Column("settled_at", UtcDateTime),
)
r, d = reminders.c, deliveries.c


def fill(engine: Engine, *, pending: int, due: int) -> None:
    with engine.begin() as connection:
        metadata.create_all(connection)
        rows = [
            {
                "due_at": NOON - timedelta(hours=1) if number < due else NOON + timedelta(days=number % 300 + 1),
                "state": "planned",
                "recipient": "+12125550100",
                "content": "Example Radiology (212) 555-0100: " + 120 * "x",
            }
            for number in range(pending)
        ]
        connection.execute(insert(reminders), rows)


def dispatch_rate(engine: Engine) -> float:
    """Messages per second, from the first claim to the last outcome."""
    sent, started = 0, perf_counter()
    while intents := _claim(engine, NOON):
        for first in range(0, len(intents), GROUP):
            with engine.begin() as connection:
                _finish(connection, intents[first : first + GROUP], NOON)
        sent += len(intents)
    return sent / (perf_counter() - started)


def _claim(engine: Engine, now: datetime) -> list[dict[str, object]]:
    planned = literal("planned", literal_execute=True)
    due = select(r.id).where(r.state == planned, r.due_at <= now).order_by(r.due_at, r.id).limit(LARGEST_CLAIM)
    claim = update(reminders).where(r.id.in_(due.with_for_update(skip_locked=True)), r.state == planned)
    with engine.begin() as connection:
        claimed = connection.execute(claim.values(state="sending").returning(r.id)).scalars()
        intents: list[dict[str, object]] = [
            {"id": identifiers.delivery_id(), "reminder": id_, "state": "intended", "intended_at": now}
            for id_ in claimed
        ]
        if intents:
            connection.execute(insert(deliveries), intents)
    return intents


def _finish(connection: Connection, group: list[dict[str, object]], now: datetime) -> None:
    settled = update(deliveries).where(d.id.in_([row["id"] for row in group]), d.state == "intended")
    connection.execute(settled.values(state="accepted", settled_at=now))
    sent = update(reminders).where(r.id.in_([row["reminder"] for row in group]), r.state == "sending")
    connection.execute(sent.values(state="sent"))
