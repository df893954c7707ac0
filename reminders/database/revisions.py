"""What a change of plan asks of the store and writes to it: what was told, orders in doubt, other procedures.

Instants come in as arguments; like queries.py, this is one of the few places with SQL.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, bindparam, func, insert, or_, select, update

from reminders.database import tables as t
from reminders.database.rows import as_dicts
from reminders.database.sets import among
from reminders.lifecycle import MAYBE_READ
from reminders.records import RUNNING
from schedules.procedure import Hold

RESUME_ROOM = timedelta(days=7)  # a drug that must soon be held again is a person's matter


def on_older_content(connection: Connection, name: str, hash_: str) -> list[str]:
    """Running enrollments of a protocol that are bound to other content than this."""
    e, p = t.enrollments.c, t.protocols.c
    query = select(e.id).join_from(t.enrollments, t.protocols, e.protocol_hash == p.hash)
    query = query.where(p.name == name, p.hash != hash_, e.status.in_(RUNNING))
    return list(connection.execute(query.order_by(e.start_at, e.id)).scalars())


def _same_patient(enrollment: str) -> Any:
    """Other enrollments with this one's record number, or with its phone."""
    mine = t.enrollments.alias("mine").c
    return and_(mine.id == enrollment, _shared(mine))


def _shared(mine: Any) -> Any:
    e = t.enrollments.c
    return and_(e.id != mine.id, or_(e.mrn_lookup == mine.mrn_lookup, e.phone_lookup == mine.phone_lookup))


def held_for_others(
    connection: Connection, enrollments: Collection[str], now: datetime, room: timedelta
) -> dict[tuple[str, str | None], str]:
    """By enrollment and drug: another procedure of its patient, still ahead, whose hold begins within `room`."""
    e, h, begun = t.enrollments.c, t.holds.c, now + room
    query = select(e.id, e.mrn_lookup, e.phone_lookup).where(among(e.id, "ids"))
    mine = as_dicts(connection.execute(query, {"ids": enrollments}))
    found: list[tuple[datetime, str, str, str]] = []
    for name in ("mrn_lookup", "phone_lookup"):  # by values, not by a join: so an index serves on any database
        ours = [(row[name], row["id"]) for row in mine if row[name] is not None]
        others = select(e[name].label("shared"), e.id, e.start_at, h.drug, h.days).join_from(t.enrollments, t.holds)
        others = others.where(among(e[name], "shared"), e.status == "active", h.days >= 1, e.start_at > now)
        for row in connection.execute(others, {"shared": {shared for shared, _ in ours}}):
            if row.start_at - timedelta(days=row.days) <= begun:
                same = (id_ for shared, id_ in ours if shared == row.shared and id_ != row.id)
                found += [(row.start_at, row.id, id_, row.drug) for id_ in same]
    return {(id_, drug): other for _, other, id_, drug in sorted(found, reverse=True)}  # the nearest one is named


def open_doubts(connection: Connection, phone_lookup: str | None, mrn_lookup: str | None) -> list[str]:
    """Cancelled enrollments of this patient whose announced medicine plan nobody has put right yet."""
    e, c = t.enrollments.c, t.tasks.c
    # A value that is not known equals nothing, not even another one that is not known.
    same = or_(e.phone_lookup == bindparam("phone"), e.mrn_lookup == bindparam("mrn"))
    query = select(e.id).distinct().join_from(t.enrollments, t.tasks, c.enrollment == e.id)
    query = query.where(same, e.status == "cancelled", c.kind == "announced-hold", c.state == "open")
    return list(connection.execute(query, {"phone": phone_lookup, "mrn": mrn_lookup}).scalars())


def doubt_orders(connection: Connection, enrollment: str, drugs: Iterable[str]) -> None:
    """Orders that a change has contradicted: their steps wait until the prescriber has spoken again."""
    h = t.holds.c
    doubted = update(t.holds).where(h.enrollment == enrollment, h.drug.in_(list(drugs)))
    connection.execute(doubted.values(confirmed=False))


def record_orders(connection: Connection, enrollment: str, orders: Iterable[Hold], *, by: str, now: datetime) -> None:
    """Put a prescriber's orders in place of those of the same drugs; they are confirmed thereby."""
    h = t.holds
    for order in orders:
        values = asdict(order) | {"confirmed": True, "recorded_at": now, "recorded_by": by}
        ours = update(h).where(h.c.enrollment == enrollment, h.c.drug == order.drug).values(values)
        if not connection.execute(ours).rowcount:
            last = select(func.coalesce(func.max(h.c.position), -1)).where(h.c.enrollment == enrollment)
            position = connection.execute(last).scalar_one() + 1
            connection.execute(insert(h), values | {"enrollment": enrollment, "position": position})


def finish_by_kind(
    connection: Connection,
    enrollment: str,
    kind: str | None,
    *,
    by: str,
    now: datetime,
    keep: Collection[str] = (),
    cause: str = "",
) -> None:
    """Mark the open tasks of an enrollment done, of one kind or of every kind but those to `keep`.

    `cause`: only those whose cause begins so.
    """
    c = t.tasks.c
    done = update(t.tasks).where(c.enrollment == enrollment, c.state == "open", c.kind.not_in(keep))
    done = done if kind is None else done.where(c.kind == kind)
    done = done.where(c.cause.startswith(cause, autoescape=True)) if cause else done
    connection.execute(done.values(state="done", done_at=now, done_by=by))


def close_own_consent(connection: Connection, enrollment: str, channel: str, *, by: str, now: datetime) -> None:
    """Close the consent of one enrollment alone, because its contact has changed."""
    c = t.consents.c
    closing = update(t.consents).where(c.enrollment == enrollment, c.channel == channel, c.closed_at.is_(None))
    connection.execute(closing.values(closed_at=now, closed_by=by, closed_reason="contact changed"))


d = t.deliveries.c
TOLD = select(d.reminder, d.state, d.stated, d.revision, d.intended_at)
TOLD = TOLD.where(d.enrollment == bindparam("of"), d.state.in_(MAYBE_READ))
# The revision comes first: machines' clocks differ, and a plan never speaks again once the next one is stored.
TOLD = TOLD.order_by(d.revision, d.intended_at, d.fence, d.id)


def told(connection: Connection, enrollment: str) -> list[dict[str, Any]]:
    """What the patient has or may have, in order: each call's reminder, state, stated values, revision and instant."""
    return as_dicts(connection.execute(TOLD, {"of": enrollment}))


def overdue_urgent(connection: Connection, now: datetime) -> list[dict[str, Any]]:
    """Urgent tasks that should have been done by now."""
    c = t.tasks.c
    query = select(t.tasks).where(c.state == "open", c.urgent.is_(True), c.due_at < now).order_by(c.due_at, c.id)
    return [dict(row) for row in connection.execute(query).mappings()]


def count_notice(connection: Connection, id_: int, seen: int) -> bool:
    """Take one step of the escalation list for a task; False where another worker took it."""
    c = t.tasks.c
    taken = update(t.tasks).where(c.id == id_, c.notified == seen, c.state == "open")
    return connection.execute(taken.values(notified=seen + 1)).rowcount == 1


def running_of_patient(connection: Connection, enrollment: str) -> list[str]:
    """The patient's other enrollments whose procedure is still planned, in the order in which they are locked."""
    e = t.enrollments.c
    query = select(e.id).where(_same_patient(enrollment), e.status == "active").order_by(e.id)
    return list(connection.execute(query).scalars())


def confirm_for_patient(connection: Connection, enrollment: str) -> list[str]:
    """Orders that waited for the call about this cancelled enrollment are confirmed on the patient's others; their ids.

    Nothing is confirmed while another such call is open, nor where a change of its own put an order in doubt: that
    waits for the prescriber.
    """
    e, h, c = t.enrollments.c, t.holds.c, t.tasks.c
    mine = select(t.enrollments).where(e.id == enrollment, e.status == "cancelled")
    own = connection.execute(mine).mappings().one_or_none()
    if own is None or open_doubts(connection, own["phone_lookup"], own["mrn_lookup"]):
        return []
    by_itself = select(c.id).where(c.enrollment == e.id, c.kind == "announced-hold").exists()
    others = select(e.id).where(_same_patient(enrollment), e.status == "active", ~by_itself)
    ids = list(connection.execute(others).scalars())
    doubted = select(h.enrollment).distinct().where(h.enrollment.in_(ids), h.confirmed.is_(False))
    found = list(connection.execute(doubted).scalars())
    connection.execute(update(t.holds).where(h.enrollment.in_(found)).values(confirmed=True))
    return found


def due_between(connection: Connection, site: str, begins: datetime, ends: datetime) -> list[dict[str, Any]]:
    """What was planned to leave in a span, with whether a provider took a call for it."""
    r, e, d = t.reminders.c, t.enrollments.c, t.deliveries.c
    taken = select(d.reminder).where(d.reminder == r.id, d.state.in_(("accepted", "delivered"))).exists()
    query = select(r.enrollment, r.key, r.state, r.due_at, r.lease_until, taken.label("accepted"))
    query = query.join_from(t.reminders, t.enrollments, r.enrollment == e.id)
    query = query.where(e.site == site, r.send_at >= begins, r.send_at < ends).order_by(r.send_at, r.id)
    return [dict(row) for row in connection.execute(query).mappings()]


def record_report(connection: Connection, site: str, day: str, values: Mapping[str, Any], *, now: datetime) -> None:
    """Keep a day's figures; a later run of the same day replaces them."""
    p = t.reports
    key = {"site": site, "day": day}
    kept = {"reported_at": now, **values}
    ours = update(p).where(p.c.site == site, p.c.day == day).values(kept)
    if not connection.execute(ours).rowcount:
        connection.execute(insert(p), key | kept)
