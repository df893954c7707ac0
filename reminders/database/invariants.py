"""What must never be found in the store, as questions: each must return nothing.

The rule: a question rests on an index and is bounded; neither what is merely pending nor what is long past makes it
dearer. Of what has left, the newest deliveries of some minutes are looked over.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Select, and_, cast, exists, func, literal, or_, select
from sqlalchemy.types import Text

from reminders.database import tables as t
from reminders.database.claims import HELD, PLANNED, SENDING
from reminders.database.rows import as_dicts
from reminders.database.sets import among
from reminders.lifecycle import LIVE
from schedules.unplanned import STEPS

MOST = 10_000  # deliveries looked over in one question
SHOWN = 20  # more of one kind say nothing more
TAKEN = ("accepted", "delivered")

INTENDED, UNKNOWN = literal("intended", literal_execute=True), literal("unknown", literal_execute=True)
d, r, n, k = t.deliveries.c, t.reminders.c, t.enrollments.c, t.tasks.c
UNSETTLED = d.state.in_((INTENDED, UNKNOWN))  # written out, in the partial index's own words


@dataclass(frozen=True, kw_only=True, slots=True)
class Wrong:
    """One row that a question found: `about` names it for good; the instants are those to be compared (UTC)."""

    about: str
    enrollment: str
    site: str
    key: str
    step: str
    protocol_hash: str
    intended_at: datetime | None = None
    other_at: datetime | None = None


def _recent(since: datetime) -> FromClause:
    """The newest deliveries since an instant."""
    newest = select(d.id, d.reminder, d.enrollment, d.state, d.revision, d.intended_at).where(d.intended_at > since)
    return newest.order_by(d.intended_at.desc()).limit(MOST).subquery("recent")


def _named(about: ColumnElement[Any], *more: ColumnElement[Any]) -> Select[Any]:
    return select(about.label("about"), n.id.label("enrollment"), n.site, r.key, r.step, n.protocol_hash, *more)


def _about_recent(recent: FromClause, *more: ColumnElement[Any]) -> Select[Any]:
    query = _named(recent.c.id, recent.c.intended_at, *more).select_from(recent)
    return query.join(t.reminders, r.id == recent.c.reminder).join(t.enrollments, n.id == recent.c.enrollment)


def _found(connection: Connection, query: Select[Any], most: int = SHOWN) -> list[Wrong]:
    rows = as_dicts(connection.execute(query.limit(most)))
    return [Wrong(**row | {"about": str(row["about"])}) for row in rows]


def two_live(connection: Connection, since: datetime) -> list[Wrong]:
    """Messages of which a second one may have left: what the store's own unique index refuses."""
    recent, other = _recent(since), t.deliveries.alias("other")
    twin = exists().where(other.c.reminder == recent.c.reminder, other.c.id != recent.c.id, other.c.state.in_(LIVE))
    return _found(connection, _about_recent(recent).where(recent.c.state.in_(LIVE), twin))


def stuck(connection: Connection, before: datetime) -> list[Wrong]:
    """Calls whose lease ran out before an instant, and which no housekeeping has settled."""
    query = _named(r.id).join_from(t.reminders, t.enrollments, r.enrollment == n.id)
    return _found(connection, query.where(r.state == SENDING, r.lease_until < before))


def unlisted(connection: Connection, before: datetime) -> list[Wrong]:
    """Messages whose outcome is unknown since before an instant, without a task about it, done or not."""
    oldest = select(d.id, d.reminder, d.enrollment, d.state).where(
        UNSETTLED, d.intended_at < before, d.settled_at < before
    )
    unknown = oldest.order_by(d.intended_at).limit(MOST).subquery("unsettled")
    cause = n.id + ":unknown:" + r.key + ":" + cast(r.round, Text)
    told = exists().where(
        k.enrollment == n.id, k.kind == "unknown", or_(k.cause == cause, k.cause.startswith(cause + ":"))
    )
    query = _named(unknown.c.id).select_from(unknown).join(t.reminders, r.id == unknown.c.reminder)
    query = query.join(t.enrollments, n.id == unknown.c.enrollment)
    return _found(connection, query.where(unknown.c.state == "unknown", ~told))


def replaced(connection: Connection, since: datetime) -> list[Wrong]:
    """Messages taken of a plan that is no longer in force, without a task since; `other_at` is when it was replaced."""
    recent, later = _recent(since), t.reminders.alias("later")
    replaced_at = (
        select(func.min(later.c.changed_at))
        .where(later.c.enrollment == recent.c.enrollment, later.c.revision > recent.c.revision)
        .scalar_subquery()
    )
    other_at = func.coalesce(n.cancelled_at, replaced_at).label("other_at")
    told = exists().where(k.enrollment == n.id, k.opened_at >= recent.c.intended_at)
    query = _about_recent(recent, other_at).where(recent.c.state.in_(TAKEN), recent.c.revision < n.revision, ~told)
    return _found(connection, query.where(r.step.not_in(list(STEPS))), MOST)


def soon_after_end(connection: Connection, since: datetime, ended_since: datetime) -> list[Wrong]:
    """Messages taken under the plan in force whose procedure ended after an instant; `other_at` is the recorded end."""
    recent = _recent(since)
    query = _about_recent(recent, n.ended_at.label("other_at"))
    # Of an older revision it left under another end; a change of the end corrects it.
    current = and_(recent.c.state.in_(TAKEN), recent.c.revision == n.revision)
    return _found(connection, query.where(current, n.ended_at > ended_since), MOST)


def past_end(connection: Connection, before: datetime) -> list[Wrong]:
    """Reminders that became wrong to send before an instant and have not ended."""
    query = _named(r.id).join_from(t.reminders, t.enrollments, r.enrollment == n.id)
    late = [query.where(r.state == state, r.not_after < before) for state in (PLANNED, HELD)]
    return [wrong for each in late for wrong in _found(connection, each)]


def acknowledged(connection: Connection, causes: Collection[str]) -> set[str]:
    """Those of these causes whose task a person has marked done."""
    done = select(k.cause).where(among(k.cause, "causes"), k.state == "done")
    return set(connection.execute(done, {"causes": list(causes)}).scalars()) if causes else set()
