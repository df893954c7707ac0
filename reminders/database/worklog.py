"""The worklist and the event log: what people must do, and who did what.

Instants come in as arguments (one clock); no personal field goes in, and notes arrive sealed.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, select, update

from reminders.database import tables as t
from reminders.database.queries import insert_new, into
from reminders.database.rows import as_dicts, values_of
from reminders.database.sets import among
from reminders.records import Task

CAUSED = select(t.tasks).where(among(t.tasks.c.cause, "causes"))


def open_tasks(connection: Connection, found: Iterable[Task], now: datetime) -> list[dict[str, Any]]:
    """Open tasks whose cause has not opened one before; the new ones as `list_tasks` shows them."""
    rows: dict[str, dict[str, Any]] = {}
    for task in found:
        rows.setdefault(task.cause, values_of(task) | {"state": "open", "opened_at": now})
    if not rows:
        return []
    before = {row["cause"] for row in as_dicts(connection.execute(CAUSED, {"causes": list(rows)}))}
    new = [cause for cause in rows if cause not in before]
    if not new:
        return []
    insert_new(connection, t.tasks, [rows[cause] for cause in new])
    opened = {row["cause"]: row for row in as_dicts(connection.execute(CAUSED, {"causes": new}))}
    return [opened[cause] for cause in new]


def list_tasks(connection: Connection, *, enrollment: str | None = None) -> list[dict[str, Any]]:
    """Tasks, urgent first, then by due time: those of an enrollment, or all that are open."""
    c = t.tasks.c
    return _tasks(connection, c.state == "open" if enrollment is None else c.enrollment == enrollment)


def _tasks(connection: Connection, where: ColumnElement[bool]) -> list[dict[str, Any]]:
    c = t.tasks.c
    return as_dicts(connection.execute(select(t.tasks).where(where).order_by(c.urgent.desc(), c.due_at, c.id)))


def task(connection: Connection, id_: int) -> dict[str, Any] | None:
    row = connection.execute(select(t.tasks).where(t.tasks.c.id == id_)).mappings().first()
    return None if row is None else dict(row)


def finish_task(connection: Connection, id_: int, *, by: str, note: bytes | None, now: datetime) -> bool:
    """Mark an open task done; False where it was not open."""
    c = t.tasks.c
    done = update(t.tasks).where(c.id == id_, c.state == "open")
    return connection.execute(done.values(state="done", done_at=now, done_by=by, note=note)).rowcount == 1


def finish_by_cause(connection: Connection, cause: str, *, by: str, now: datetime) -> None:
    """Mark a task done because what it asked for has happened."""
    c = t.tasks.c
    done = update(t.tasks).where(c.cause == cause, c.state == "open")
    connection.execute(done.values(state="done", done_at=now, done_by=by))


def supersede_task(connection: Connection, id_: int, *, revision: int, by: str, now: datetime) -> None:
    """Mark a task done that a changed plan no longer asks for; a later plan may open its cause anew."""
    c = t.tasks.c
    done = update(t.tasks).where(c.id == id_, c.state == "open")
    values = {"state": "done", "done_at": now, "done_by": by, "cause": c.cause + f":until:{revision}"}
    connection.execute(done.values(values))


def press_task(connection: Connection, cause: str, *, due_at: datetime) -> None:
    """Make an open task urgent."""
    c = t.tasks.c
    pressed = update(t.tasks).where(c.cause == cause, c.state == "open", c.urgent.is_(False))
    connection.execute(pressed.values(urgent=True, due_at=due_at))


def add_event(
    connection: Connection,
    *,
    enrollment: str | None,
    at: datetime,
    by: str,
    action: str,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    note: bytes | None = None,
) -> None:
    """Append to the event log: who did what, when, from what to what. No personal field goes in."""
    row = {"enrollment": enrollment, "at": at, "by": by, "action": action, "before": before, "after": after}
    connection.execute(into(t.events), row | {"note": note})


Mark = tuple[int, datetime, str, str]
"""What tells one event from every other: a server that crashed may give its number again."""


def last_mark(connection: Connection, enrollment: str) -> Mark | None:
    """The newest event of an enrollment."""
    e = t.events.c
    newest = select(e.id, e.at, e.by, e.action).where(e.enrollment == enrollment).order_by(e.id.desc()).limit(1)
    row = connection.execute(newest).first()
    return None if row is None else (row.id, row.at, row.by, row.action)


def has_mark(connection: Connection, mark: Mark) -> bool:
    """Whether an event was saved."""
    e = t.events.c
    row = connection.execute(select(e.id, e.at, e.by, e.action).where(e.id == mark[0])).first()
    return row is not None and (row.id, row.at, row.by, row.action) == mark


def events_of(connection: Connection, enrollment: str) -> list[dict[str, Any]]:
    query = select(t.events).where(t.events.c.enrollment == enrollment).order_by(t.events.c.id)
    return [dict(row) for row in connection.execute(query).mappings()]
