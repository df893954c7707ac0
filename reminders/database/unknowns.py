"""Deliveries of which nobody knows what they came to: what is asked about them, and what is written down of asking.

The rule: whoever asks takes the look first, by the count and the instant he has read; so two never act on one.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Text,
    and_,
    bindparam,
    cast,
    false,
    func,
    literal,
    or_,
    select,
    update,
)

from reminders.database import tables as t
from reminders.database.rows import as_dicts
from reminders.database.sets import among

d, r, k, e = t.deliveries.c, t.reminders.c, t.tasks.c, t.events.c
UNKNOWN = literal("unknown", literal_execute=True)  # written out, or the partial index would not be used
INTENDED = literal("intended", literal_execute=True)
OPEN = and_(d.state.in_((INTENDED, UNKNOWN)), d.state == UNKNOWN)
LATE = "late-outcome"  # what a worker's answer is kept as that came after its lease
COLUMNS = (
    d.id, d.reminder, d.enrollment, d.channel, d.transport, d.worker, d.fence, d.state, d.leader, d.recipient,
    d.content, d.content_hash, d.recipient_lookup, d.intended_at, d.settled_at, d.code, d.reason, d.looks, d.looked_at,
    d.again_of, r.key, r.round,
)  # fmt: skip
CAUSE = (
    d.enrollment + ":unknown:" + r.key + ":" + cast(r.round, Text) + ":" + cast(d.fence, Text)
)  # worklist.unknown_cause, as the database says it
SAME_TEXT = select(d.state).where(d.leader.is_(None), d.provider_id.is_(None), d.state.in_((INTENDED, UNKNOWN)))
FIRST = select(d.reminder, d.channel, func.coalesce(d.again_of, d.id).label("first")).where(
    among(d.reminder, "reminders"), d.state == "absent"
)


ROWS = select(*COLUMNS).join_from(t.deliveries, t.reminders, r.id == d.reminder)


def unknown(connection: Connection, asked: Mapping[str, str], limit: int = 500) -> list[dict[str, Any]]:
    """Unknown deliveries that may be asked about, the longest unasked first; what travels in another's is left out.

    `asked`: the transport that can be asked, by channel. What nobody can be asked about takes no place among them.
    """
    by = or_(false(), *(and_(d.channel == channel, d.transport == name) for channel, name in asked.items()))
    query = ROWS.where(OPEN, d.leader.is_(None), by).order_by(d.looked_at.nulls_first(), d.intended_at, d.id)
    return as_dicts(connection.execute(query.limit(limit)))


LISTED = ROWS.add_columns(k.id.label("task")).outerjoin(t.tasks, and_(k.cause == CAUSE, k.state == "open"))
LISTED = LISTED.where(OPEN).order_by(d.settled_at, d.id)
UNTOLD = ROWS.where(OPEN, ~select(k.id).where(k.cause == CAUSE).exists()).order_by(d.settled_at, d.id)
UNTOLD = UNTOLD.limit(bindparam("limit", type_=Integer))


def listed(connection: Connection) -> list[dict[str, Any]]:
    """Every unknown delivery, the oldest first, each with the number of its open task as `task`."""
    return as_dicts(connection.execute(LISTED))


def untold(connection: Connection, limit: int = 500) -> list[dict[str, Any]]:
    """Unknown deliveries about which no task was ever opened, the oldest first."""
    return as_dicts(connection.execute(UNTOLD, {"limit": limit}))


def find(connection: Connection, id_: str) -> dict[str, Any] | None:
    """One delivery, in whatever state."""
    return next(iter(as_dicts(connection.execute(ROWS.where(d.id == id_)))), None)


def of_reminder(connection: Connection, reminder: int) -> dict[str, Any] | None:
    """The call of a reminder whose outcome is not known; there is never more than one."""
    return next(iter(as_dicts(connection.execute(ROWS.where(d.reminder == reminder, OPEN)))), None)


# Looks


def _message(row: Mapping[str, Any]) -> ColumnElement[bool]:
    return or_(d.id == row["id"], d.leader == row["id"])


def take_look(connection: Connection, row: Mapping[str, Any], now: datetime) -> bool:
    """Take the next look at a delivery; False where it is settled, or somebody else has taken the look."""
    mine = update(t.deliveries).where(d.id == row["id"], OPEN, d.looks == row["looks"])
    mine = mine.where(d.looked_at.is_(None) if row["looked_at"] is None else d.looked_at == row["looked_at"])
    if connection.execute(mine.values(looked_at=now)).rowcount != 1:
        return False
    connection.execute(update(t.deliveries).where(d.leader == row["id"], OPEN).values(looked_at=now))
    return True


def is_taken(connection: Connection, row: Mapping[str, Any], at: datetime) -> bool:
    """Whether the look taken at an instant is still the last one, and nobody has settled the delivery meanwhile."""
    same = (d.id == row["id"], OPEN, d.looks == row["looks"], d.looked_at == at)
    return connection.execute(select(d.id).where(*same)).first() is not None


def count_look(connection: Connection, row: Mapping[str, Any]) -> None:
    """The provider was asked and had nothing."""
    connection.execute(update(t.deliveries).where(_message(row), OPEN).values(looks=row["looks"] + 1))


# What the answer means


def known_elsewhere(connection: Connection, row: Mapping[str, Any], provider_ids: Collection[str]) -> set[str]:
    """Those of a provider's ids that stand at its other deliveries; another provider may give the same ids."""
    here = (d.channel == row["channel"], d.transport == row["transport"], d.id != row["id"])
    query = select(d.provider_id).where(d.provider_id.in_(sorted(provider_ids)), *here)
    return {found for found in connection.execute(query).scalars() if found is not None}


def same_text(connection: Connection, row: Mapping[str, Any], since: datetime) -> list[str]:
    """The states of other calls with the same words to the same address of which we have no id: of them it may be."""
    same = (d.recipient_lookup == row["recipient_lookup"], d.content_hash == row["content_hash"], d.id != row["id"])
    return list(connection.execute(SAME_TEXT.where(*same, d.intended_at >= since)).scalars())


def late_answer(connection: Connection, row: Mapping[str, Any]) -> dict[str, Any] | None:
    """What the call's own worker has said after its lease had run out, if it has."""
    said = select(e.after).where(e.enrollment == row["enrollment"], e.action == LATE).order_by(e.id.desc())
    found = (after for after in connection.execute(said).scalars() if after and after.get("delivery") == row["id"])
    return next(found, None)


def first_attempts(connection: Connection, reminders: Collection[int]) -> dict[tuple[int, str], str]:
    """The first attempts of reminders, by reminder and channel, that surely came to nothing."""
    found = connection.execute(FIRST.order_by(d.intended_at, d.id), {"reminders": list(reminders)})
    firsts: dict[tuple[int, str], str] = {}
    for row in found:
        firsts.setdefault((row.reminder, row.channel), row.first)
    return firsts
