"""How the service itself is doing: what is paused, which workers live, and the database's own clock."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from reminders.database import tables as t
from reminders.database.queries import IS_RUNNING, insert_new

TRIAL_BYTES = 64 * 1024
SYSTEM = "system"  # who pauses what the program itself found at fault; never a person


def pause(connection: Connection, scope: str, *, reason: str, by: str, now: datetime) -> bool:
    """Pause a scope ("transport:sms"); False where it was paused already."""
    row = {"scope": scope, "reason": reason, "paused_at": now, "paused_by": by}
    return insert_new(connection, t.pauses, [row]) == 1


def pause_by_hand(connection: Connection, scope: str, *, reason: str, by: str, now: datetime) -> bool:
    """Pause a scope for a person, who takes over a pause of the program's own; False where a person had paused it."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    row = {"reason": reason, "paused_at": now, "paused_by": by}
    new = dialect.insert(t.pauses).values(scope=scope, **row)
    taken = new.on_conflict_do_update(index_elements=["scope"], set_=row, where=t.pauses.c.paused_by == SYSTEM)
    return connection.execute(taken, execution_options={"preserve_rowcount": True}).rowcount == 1


def resume(connection: Connection, scope: str, *, paused_by: str | None = None) -> bool:
    """End a pause, whoever made it, or only one of `paused_by`; False where there was none."""
    ended = t.pauses.delete().where(t.pauses.c.scope == scope)
    if paused_by is not None:
        ended = ended.where(t.pauses.c.paused_by == paused_by)
    return connection.execute(ended).rowcount == 1


PAUSES = select(t.pauses)


def pauses(connection: Connection) -> dict[str, dict[str, Any]]:
    rows = connection.execute(PAUSES).mappings()
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


def try_to_write(connection: Connection, now: datetime) -> None:
    """Write what needs some new room, to be taken back by whoever asked; what the database says to it is raised."""
    row = {"scope": "trial", "reason": " " * TRIAL_BYTES, "paused_at": now, "paused_by": SYSTEM}
    connection.execute(insert(t.pauses), row)


def running_by_site(connection: Connection) -> dict[str, int]:
    """How many running enrollments each site has, whether the settings know it or not."""
    e = t.enrollments.c
    rows = connection.execute(select(e.site, func.count().label("number")).where(IS_RUNNING).group_by(e.site))
    return {row.site: row.number for row in rows}


def database_time(connection: Connection) -> datetime:
    """What PostgreSQL's own clock says: only to be compared with ours."""
    now: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    return now
