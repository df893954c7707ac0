"""How the service itself is doing: what is paused, which workers live, and the database's own clock."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from reminders.database import tables as t
from reminders.database.queries import insert_new


def pause(connection: Connection, scope: str, *, reason: str, by: str, now: datetime) -> bool:
    """Pause a scope ("transport:sms"); False where it was paused already."""
    row = {"scope": scope, "reason": reason, "paused_at": now, "paused_by": by}
    return insert_new(connection, t.pauses, [row]) == 1


def resume(connection: Connection, scope: str) -> bool:
    return connection.execute(t.pauses.delete().where(t.pauses.c.scope == scope)).rowcount == 1


def pauses(connection: Connection) -> dict[str, dict[str, Any]]:
    rows = connection.execute(select(t.pauses)).mappings()
    return {row["scope"]: dict(row) for row in rows}


def beat(connection: Connection, worker: str, *, started: datetime, now: datetime) -> None:
    """Say that a worker is alive."""
    h = t.heartbeats
    seen = connection.execute(update(h).where(h.c.worker == worker).values(seen_at=now)).rowcount
    if not seen:
        connection.execute(insert(h), {"worker": worker, "started_at": started, "seen_at": now})


def last_beat(connection: Connection, machine: str | None = None) -> datetime | None:
    """When a worker, or one of a machine, was seen last (UTC)."""
    query = select(func.max(t.heartbeats.c.seen_at))
    if machine is not None:
        query = query.where(t.heartbeats.c.worker.startswith(f"{machine}:", autoescape=True))
    return connection.execute(query).scalar()


def database_time(connection: Connection) -> datetime:
    """What PostgreSQL's own clock says: only to be compared with ours."""
    now: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    return now
