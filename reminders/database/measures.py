"""How much there is to do and how late it is: figures for a scrape, read from the store.

The rule: each figure costs at most MOST rows of an index, however much is pending or past; a figure at MOST means "at
least". Sites and channels name them, patients never.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, FromClause, Select, func, select

from reminders.database import tables as t
from reminders.database.claims import HELD, PLANNED
from reminders.database.invariants import UNSETTLED

MOST = 100_000
NEWEST = 10_000  # deliveries of the last minutes

r, d, n, k, h = t.reminders.c, t.deliveries.c, t.enrollments.c, t.tasks.c, t.heartbeats.c

Counted = Mapping[tuple[str, ...], int]
"""A number for each set of labels."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Measures:
    """One moment of the store; ages and lateness in seconds."""

    due: Counted  # by site, channel
    held: Counted  # by site
    unknown: Counted  # by site, channel
    recent: Counted  # deliveries of the last minutes, by site, channel, state
    tasks_open: Counted  # by site, kind
    tasks_overdue: Counted  # by site
    longest_waiting: float
    worst_lateness: float
    workers: int
    last_beat_age: float | None
    paused: int


def measure(connection: Connection, now: datetime, recent: timedelta, slowest_beat: timedelta) -> Measures:
    """Everything at `now`; `recent` is how far back deliveries are counted."""
    oldest = connection.execute(select(func.min(r.due_at)).where(r.state == PLANNED, r.due_at <= now)).scalar()
    seen = connection.execute(select(func.max(h.seen_at))).scalar()
    alive = select(func.count()).select_from(t.heartbeats).where(h.seen_at > now - slowest_beat)
    return Measures(
        due=_counted(connection, _by_enrollment(_due(now), "channel")),
        held=_counted(connection, _by_enrollment(_held())),
        unknown=_counted(connection, _by_enrollment(_unknown(), "channel", state="unknown")),
        recent=_counted(connection, _by_enrollment(_recent(now - recent), "channel", "state")),
        tasks_open=_counted(connection, _tasks(k.site, k.kind)),
        tasks_overdue=_counted(connection, _tasks(k.site).where(k.due_at < now)),
        longest_waiting=(now - oldest).total_seconds() if oldest else 0.0,
        worst_lateness=_worst_lateness(connection, now - recent),
        workers=int(connection.execute(alive).scalar_one()),
        last_beat_age=(now - seen).total_seconds() if seen else None,
        paused=int(connection.execute(select(func.count()).select_from(t.pauses)).scalar_one()),
    )


def _due(now: datetime) -> FromClause:
    due = select(r.enrollment, r.channel).where(r.state == PLANNED, r.due_at <= now)
    return due.order_by(r.due_at).limit(MOST).subquery("few")


def _held() -> FromClause:
    return select(r.enrollment).where(r.state == HELD).limit(MOST).subquery("few")


def _unknown() -> FromClause:
    unsettled = select(d.enrollment, d.channel, d.state).where(UNSETTLED)
    return unsettled.order_by(d.intended_at).limit(MOST).subquery("few")


def _recent(since: datetime) -> FromClause:
    newest = select(d.enrollment, d.channel, d.state).where(d.intended_at > since)
    return newest.order_by(d.intended_at.desc()).limit(NEWEST).subquery("few")


def _by_enrollment(few: FromClause, *names: str, state: str | None = None) -> Select[Any]:
    labels = (n.site, *(few.c[name] for name in names))
    query = select(*labels, func.count()).join_from(few, t.enrollments, n.id == few.c.enrollment).group_by(*labels)
    return query if state is None else query.where(few.c.state == state)


def _tasks(*labels: Any) -> Select[Any]:
    return select(*labels, func.count()).where(k.state == "open").group_by(*labels)


def _counted(connection: Connection, query: Select[Any]) -> Counted:
    return {tuple(str(label or "none") for label in row[:-1]): int(row[-1]) for row in connection.execute(query)}


def _worst_lateness(connection: Connection, since: datetime) -> float:
    """Between the planned instant and the intent, of the newest that left; what was planned late is not late."""
    newest = select(d.reminder, d.intended_at).where(d.intended_at > since)
    few = newest.order_by(d.intended_at.desc()).limit(NEWEST).subquery("few")
    query = select(few.c.intended_at, r.send_at).join_from(few, t.reminders, r.id == few.c.reminder)
    rows = connection.execute(query.where(r.send_at.is_not(None), r.late.is_(False)))
    return max((max(0.0, (row.intended_at - row.send_at).total_seconds()) for row in rows), default=0.0)
