"""What providers' receipts ask of the store and write to it: the ledger of events, and deliveries that move on.

The rule: enrollments are locked before deliveries, deliveries before reminders; a repeat inserts nothing.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Integer, Select, bindparam, func, literal, or_, select, update

from reminders.database import caregivers
from reminders.database import tables as t
from reminders.database.queries import insert_new
from reminders.database.rows import as_dicts
from reminders.database.sets import among
from reminders.lifecycle import LIVE
from reminders.records import Reminder

d, h, r, e = t.deliveries.c, t.hook_events.c, t.reminders.c, t.enrollments.c
named_deliveries = t.deliveries.alias("named")
n = named_deliveries.c
ACCEPTED = literal("accepted", literal_execute=True)  # written out, or the partial index would not be used
INTENDED = literal("intended", literal_execute=True)
NEEDED = (
    d.id, d.reminder, d.enrollment, d.channel, d.revision, d.state, d.provider_id, d.recipient_lookup, d.leader,
    d.receipt, d.receipt_due_at, d.intended_at, d.fence, d.again_of,
)  # fmt: skip
BY_ID = select(*NEEDED).where(d.id == bindparam("id"))
BY_PROVIDER = select(*NEEDED).where(d.provider_id == bindparam("id")).order_by(d.id).limit(1)
CHANGE = update(t.deliveries).where(d.id == bindparam("this"), d.state == bindparam("was"))


def _whole_message(leader: ColumnElement[str]) -> Select[Any]:
    whole = select(*NEEDED).where(or_(d.id == leader, d.leader == leader))
    return whole.order_by(d.leader.is_not(None), d.id).with_for_update()


def _leader(named: ColumnElement[bool]) -> Select[str]:
    """Whose message a delivery travels in: another's, or its own."""
    return select(func.coalesce(n.leader, n.id)).where(named).order_by(n.id).limit(1)


def _leader_after_enrollment(named: ColumnElement[bool]) -> Select[str]:
    """The same, with the enrollment locked."""
    joined = _leader(named).join_from(named_deliveries, t.enrollments, e.id == n.enrollment)
    return joined.with_for_update(key_share=True, of=t.enrollments)


OF_MESSAGE = _whole_message(bindparam("leader"))
NAMED = {"delivery": n.id == bindparam("id"), "provider": n.provider_id == bindparam("id")}
MESSAGE_OF = {by: _whole_message(_leader(named).scalar_subquery()) for by, named in NAMED.items()}
LEADER_OF = {by: _leader_after_enrollment(named) for by, named in NAMED.items()}
SETTLE = (
    update(t.hook_events)
    .where(h.provider == bindparam("by"), h.provider_id == bindparam("known_as"), h.status == bindparam("word"))
    .values(outcome=bindparam("came_to"), applied_at=bindparam("at"))
)
KEPT = select(h.delivery).distinct().where(h.applied_at.is_(None), among(h.delivery, "ids"))

# The ledger


def record_event(connection: Connection, row: Mapping[str, Any]) -> bool:
    """Write an event down; False where the very same has been there before."""
    return insert_new(connection, t.hook_events, [row]) == 1


def settle_event(
    connection: Connection, provider: str, provider_id: str, status: str, *, outcome: str, applied_at: datetime | None
) -> None:
    """Say what an event came to; without `applied_at` it is kept for later."""
    same = {"by": provider, "known_as": provider_id, "word": status}
    connection.execute(SETTLE, same | {"came_to": outcome, "at": applied_at})


def kept_among(connection: Connection, deliveries: Collection[str]) -> list[str]:
    """Those of some deliveries for which events are kept."""
    return list(connection.execute(KEPT, {"ids": list(deliveries)}).scalars())


MOST = bindparam("limit", type_=Integer)
RECORDED = select(h.delivery).distinct().join_from(t.hook_events, t.deliveries, d.id == h.delivery)
RECORDED = RECORDED.where(h.applied_at.is_(None), d.state != INTENDED).order_by(h.delivery).limit(MOST)


def kept_and_recorded(connection: Connection, limit: int = 200) -> list[str]:
    """Deliveries whose call has been recorded by now, and for which events are still kept."""
    return list(connection.execute(RECORDED, {"limit": limit}).scalars())


def kept_events(connection: Connection, delivery: str) -> list[dict[str, Any]]:
    """What is kept for a delivery, in the order in which it came, and that nobody else is applying."""
    query = select(h.provider, h.provider_id, h.status, h.delivery, h.code).order_by(h.id)
    query = query.where(h.applied_at.is_(None), h.delivery == delivery)
    return as_dicts(connection.execute(query.with_for_update(skip_locked=True)))


# Deliveries


def find_delivery(connection: Connection, delivery: str | None, provider_id: str) -> dict[str, Any] | None:
    """The delivery of this id, or without one the delivery that a provider knows by its own."""
    query, id_ = (BY_PROVIDER, provider_id) if delivery is None else (BY_ID, delivery)
    return next(iter(as_dicts(connection.execute(query, {"id": id_}))), None)


def lock_enrollments(connection: Connection, enrollment: str, addresses: Collection[str]) -> None:
    """Keep claims and changes out of an enrollment, and out of all that are reached at some addresses, in one order."""
    if connection.dialect.name != "postgresql":
        return  # SQLite lets only one transaction write at all
    told_too = e.id.in_(caregivers.reached_at(addresses))
    reached = or_(e.id == enrollment, e.phone_lookup.in_(addresses), e.email_lookup.in_(addresses), told_too)
    connection.execute(select(e.id).where(reached).order_by(e.id).with_for_update(key_share=True))


def message_of(connection: Connection, delivery: str | None, provider_id: str) -> list[dict[str, Any]]:
    """A delivery found as `find_delivery` does, and those that travel with it; locked, their enrollment before them."""
    by, id_ = ("provider", provider_id) if delivery is None else ("delivery", delivery)
    if connection.dialect.name != "postgresql":
        return as_dicts(connection.execute(MESSAGE_OF[by], {"id": id_}))
    leader = connection.execute(LEADER_OF[by], {"id": id_}).scalar()
    return [] if leader is None else lock_message(connection, leader)


def lock_message(connection: Connection, leader: str) -> list[dict[str, Any]]:
    """A delivery and those that travel in its message, the leader first; nobody else can record on them."""
    return as_dicts(connection.execute(OF_MESSAGE, {"leader": leader}))


def is_anothers(connection: Connection, provider_id: str, deliveries: Iterable[str]) -> bool:
    """Whether a provider's id stands at another delivery than these."""
    query = select(d.id).where(d.provider_id == provider_id, d.id.not_in(list(deliveries))).limit(1)
    return connection.execute(query).first() is not None


def change_delivery(connection: Connection, id_: str, state: str, /, **values: Any) -> bool:
    """Change a delivery that is still in `state`; False where it was not."""
    return connection.execute(CHANGE, {"this": id_, "was": state, **values}).rowcount == 1


def another_is_live(connection: Connection, delivery: Mapping[str, Any]) -> bool:
    """Whether another call for the same reminder has reached the patient, or may have."""
    query = select(d.id).where(d.reminder == delivery["reminder"], d.id != delivery["id"], d.state.in_(LIVE)).limit(1)
    return connection.execute(query).first() is not None


def times_undelivered(connection: Connection, delivery: Mapping[str, Any]) -> int:
    """How many calls for the same reminder by the same channel did not arrive."""
    same = (d.reminder == delivery["reminder"], d.channel == delivery["channel"], d.state == "undelivered")
    return int(connection.execute(select(func.count()).where(*same)).scalar_one())


SILENT = (d.state == ACCEPTED, d.receipt_due_at.is_not(None), d.receipt_due_at <= bindparam("now"))
SILENT_FIRST = select(*NEEDED).where(*SILENT).order_by(d.receipt_due_at, d.id).limit(MOST)


def silent(connection: Connection, now: datetime, limit: int = 200) -> list[dict[str, Any]]:
    """Deliveries whose receipt should have come by now, the longest due first."""
    return as_dicts(connection.execute(SILENT_FIRST, {"now": now, "limit": limit}))


# Reminders


ALONE = select(t.reminders).where(r.id == bindparam("id")).with_for_update(key_share=True)


def lock_reminder(connection: Connection, id_: int) -> Reminder:
    """One reminder, which nobody else moves until the transaction ends."""
    (row,) = as_dicts(connection.execute(ALONE, {"id": id_}))
    return Reminder.from_row(row)


def is_planned_again(connection: Connection, reminder: Reminder) -> bool:
    """Whether a later round of a reminder stands in the plan."""
    same = (r.enrollment == reminder.enrollment, r.key == reminder.key, r.round > reminder.round)
    return connection.execute(select(r.id).where(*same).limit(1)).first() is not None
