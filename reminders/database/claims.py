"""The hot path of dispatch: claim what is due, write intents, record outcomes; Core statements in batches.

An outcome is written only by the claim that owns it: every update names the fence and the state it expects.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Integer, Text, bindparam, func, insert, literal, select, update
from sqlalchemy.types import TypeEngine

from reminders.database import tables as t
from reminders.database.locks import one_at_a_time
from reminders.database.rows import as_dicts
from reminders.database.sets import among, rows_of
from reminders.database.types import UtcDateTime
from reminders.lifecycle import MAYBE_READ, State
from reminders.records import Reminder
from schedules.unplanned import RESPONSES

PLANNED = literal("planned", literal_execute=True)  # written out, or the partial indexes would not be used
SENDING = literal("sending", literal_execute=True)
HELD = literal("held", literal_execute=True)
r, d = t.reminders.c, t.deliveries.c
NEEDED = [r[name] for name in Reminder.__slots__ if name != "why"]  # nobody explains a plan while it is carried out


def next_due(connection: Connection) -> datetime | None:
    """The instant (UTC) at which something must be looked at next."""
    return connection.execute(select(func.min(r.due_at)).where(r.state == PLANNED)).scalar()


NOW, MOST = bindparam("now", type_=UtcDateTime), bindparam("limit", type_=Integer)
DUE = select(*NEEDED).where(r.state == PLANNED, r.due_at <= NOW)
DUE = DUE.order_by(r.due_at, r.id).limit(MOST).with_for_update(skip_locked=True)


def due(connection: Connection, now: datetime, limit: int) -> list[Reminder]:
    """The reminders to look at now, longest due first; nobody else can take them until the transaction ends."""
    found = connection.execute(DUE, {"now": now, "limit": limit})
    return [Reminder.from_row(row | {"why": ()}) for row in as_dicts(found)]


NAMED = (among(r.enrollment, "enrollments"), among(r.key, "keys"))
WAITING = select(r.enrollment, r.key, r.state, r.due_at, r.send_at).where(*NAMED, among(r.state, "states"))
LATEST = select(r.enrollment, r.key, r.state).where(*NAMED).order_by(r.round)
LAST_LEFT = (
    select(d.enrollment, r.recipient, func.max(d.intended_at).label("at"))
    .join_from(t.deliveries, t.reminders, d.reminder == r.id)
    .where(r.step.not_in(list(RESPONSES)))
    .where(among(d.enrollment, "enrollments"), d.state.in_(MAYBE_READ))
    .group_by(d.enrollment, r.recipient)
)


def waiting(
    connection: Connection, enrollments: Collection[str], keys: Collection[str], states: Iterable[str]
) -> list[dict[str, Any]]:
    """Which reminders of these keys are still in one of `states`: enrollment, key, state, due_at and send_at (UTC)."""
    return as_dicts(connection.execute(WAITING, {"enrollments": enrollments, "keys": keys, "states": list(states)}))


def latest_states(
    connection: Connection, enrollments: Collection[str], keys: Collection[str]
) -> dict[tuple[str, str], State]:
    """What state these reminders are in, each in its latest round: by enrollment and key."""
    found = connection.execute(LATEST, {"enrollments": enrollments, "keys": keys})
    return {(row.enrollment, row.key): State(row.state) for row in found}


def last_left(connection: Connection, enrollments: Collection[str]) -> dict[tuple[str, str | None], datetime]:
    """When the last call that reached, or may have reached, each recipient of these enrollments was made."""
    found = connection.execute(LAST_LEFT, {"enrollments": enrollments})
    return {(row.enrollment, row.recipient): row.at for row in found}


OF_GROUP = select(*NEEDED).where(
    r.state == PLANNED, r.due_at <= bindparam("now"), r.joins.is_not(None), among(r.enrollment, "enrollments")
)
OF_GROUP = OF_GROUP.order_by(r.due_at, r.id).with_for_update(skip_locked=True)


def rest_of_groups(connection: Connection, claimed: Sequence[Reminder], now: datetime) -> list[Reminder]:
    """What goes as one message with something claimed, and which the claim's limit has cut off."""
    groups = {(reminder.enrollment, reminder.joins) for reminder in claimed if reminder.joins is not None}
    if not groups:
        return []
    wanted = {"enrollments": sorted({enrollment for enrollment, _ in groups}), "now": now}
    found = [Reminder.from_row(row | {"why": ()}) for row in as_dicts(connection.execute(OF_GROUP, wanted))]
    taken = {reminder.id for reminder in claimed}
    return [each for each in found if each.id not in taken and (each.enrollment, each.joins) in groups]


SENT_TO = select(d.recipient_lookup, d.intended_at).where(
    among(d.recipient_lookup, "addresses"),
    d.intended_at > bindparam("since"),
    d.leader.is_(None),  # what travels in another's message is no message of its own
    d.channel.in_(("sms", "voice")),
    d.state.in_(MAYBE_READ),
)


def sent_to(
    connection: Connection, addresses: Iterable[str], since: datetime, *, alone: bool = False
) -> dict[str, list[datetime]]:
    """When messages left for some phone numbers (their keyed hashes) after an instant; calls count as messages.

    `alone`: whoever counts for the same number waits until this transaction ends, or two could take the last place.
    """
    wanted = sorted(set(addresses))
    if alone:
        one_at_a_time(connection, "counted", wanted)
    found: dict[str, list[datetime]] = {}
    for row in connection.execute(SENT_TO, {"addresses": wanted, "since": since}):
        found.setdefault(row.recipient_lookup, []).append(row.intended_at)
    return found


LAST_CALLED = select(func.max(d.intended_at)).where(
    d.recipient_lookup == bindparam("address"),
    d.intended_at > bindparam("since"),
    d.channel == "voice",
    d.state.not_in(("not_sent", "refused", "absent")),  # what may have rung, heard or not
)


def last_called(connection: Connection, address: str, since: datetime) -> datetime | None:
    """When a phone number (its keyed hash) was last called after an instant."""
    return connection.execute(LAST_CALLED, {"address": address, "since": since}).scalar()


STARTED = (
    update(t.reminders)
    .where(among(r.id, "ids"), r.state == PLANNED)
    .values(
        state="sending",
        channel=bindparam("by_channel"),
        fence=r.fence + 1,
        attempts=r.attempts + 1,
        worker=bindparam("by_worker"),
        lease_until=bindparam("until"),
        reason=None,
        changed_at=bindparam("now"),
    )
)


def start_sending(
    connection: Connection,
    claimed: Sequence[Reminder],
    channel: str,
    *,
    worker: str,
    lease_until: datetime,
    now: datetime,
) -> None:
    """Move reminders to `sending` by one channel, each under a new fence."""
    ids = [reminder.id for reminder in claimed]
    how = {"by_channel": channel, "by_worker": worker, "until": lease_until, "now": now}
    moved = connection.execute(STARTED, {"ids": ids, **how}).rowcount
    if moved != len(claimed):
        raise RuntimeError("a claimed reminder was changed under its lock")


def write_intents(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write deliveries down before their calls are made."""
    if rows:
        connection.execute(insert(t.deliveries), rows)


ASIDE = ("state", "reason", "due_at", "waits_for", "changed_at")
PUT_ASIDE = update(t.reminders).where(r.id == bindparam("reminder"), r.state == "planned")
PUT_ASIDE = PUT_ASIDE.values({name: bindparam(f"new_{name}") for name in ASIDE})


def put_aside(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Give due reminders that do not leave now their new state; each row names id, state, reason, due_at, waits_for."""
    if rows:
        connection.execute(PUT_ASIDE, rows)


def bring_forward(
    connection: Connection, reason: str, now: datetime, until: datetime, *, most: int | None = None
) -> int:
    """Let what was put aside for one reason, at the longest until an instant, be looked at now; `most` None: all of it.

    What somebody is at is looked at by them.
    """
    waiting = select(r.id).where(r.state == PLANNED, r.reason == reason, r.due_at > now, r.due_at <= until)
    mine = waiting.limit(most).with_for_update(skip_locked=True).scalar_subquery()
    return connection.execute(update(t.reminders).where(r.id.in_(mine)).values(due_at=now)).rowcount


# What differs from call to call, and what a group has in common.
OWN: Mapping[str, TypeEngine[Any]] = {
    "id": Text(),
    "provider_id": Text(),
    "segments": Integer(),
    "receipt_due_at": UtcDateTime(),
}
SHARED = ("state", "settled_at", "code", "reason")
REMINDER_VALUES = ("state", "due_at", "reason", "channel", "attempts", "changed_at")


def record_outcomes(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> int:
    """Write what calls came to, for the claims that still own them; how many of `rows` that was.

    Each row names reminder and fence, and the new values as delivery_<column> and reminder_<column>. Calls that ended
    alike, as nearly all of a group do, share their statements.
    """
    settled = sum(_settle(connection, alike) for alike in _alike(rows, "delivery", SHARED))
    moved = sum(_move(connection, alike) for alike in _alike(rows, "reminder", REMINDER_VALUES))
    return min(settled, moved)


def has_outcome(connection: Connection, row: Mapping[str, Any]) -> bool:
    """Whether exactly this, to the instant, was written of a call already."""
    found = select(d.id).where(d.id == row["delivery_id"], d.fence == row["fence"])
    for name in ("state", "settled_at", "code", "reason", "provider_id"):
        found = found.where(d[name].is_not_distinct_from(row[f"delivery_{name}"]))
    return connection.execute(found).first() is not None


def is_written_down(connection: Connection, delivery: str) -> bool:
    """Whether the intent of a call was saved at all."""
    return connection.execute(select(d.id).where(d.id == delivery)).first() is not None


def _alike(rows: Iterable[Mapping[str, Any]], table: str, names: Iterable[str]) -> list[list[Mapping[str, Any]]]:
    """Rows with the same new values, and the same fence, together."""
    keys = ("fence", *(f"{table}_{name}" for name in names))
    found: dict[tuple[Any, ...], list[Mapping[str, Any]]] = {}
    for row in rows:
        found.setdefault(tuple(row[key] for key in keys), []).append(row)
    return list(found.values())


def _settle(connection: Connection, alike: Sequence[Mapping[str, Any]]) -> int:
    own = rows_of(connection, OWN, [[row[f"delivery_{name}"] for name in OWN] for row in alike])
    ours = update(t.deliveries).where(d.id == own.c.id, d.fence == alike[0]["fence"], d.state == "intended")
    values = {name: alike[0][f"delivery_{name}"] for name in SHARED}
    values |= {name: own.c[name] for name in OWN if name != "id"}
    return connection.execute(ours.values(values)).rowcount


MOVED = update(t.reminders).where(among(r.id, "ids"), r.fence == bindparam("owned_by"), r.state == SENDING)
MOVED = MOVED.values({name: bindparam(f"reminder_{name}") for name in REMINDER_VALUES})
MOVED = MOVED.values(lease_until=None, worker=None)


def _move(connection: Connection, alike: Sequence[Mapping[str, Any]]) -> int:
    values = {f"reminder_{name}": alike[0][f"reminder_{name}"] for name in REMINDER_VALUES}
    whose = {"ids": [row["reminder"] for row in alike], "owned_by": alike[0]["fence"]}
    return connection.execute(MOVED, values | whose).rowcount


EXPIRED = select(t.reminders).where(r.state == SENDING, r.lease_until < NOW).limit(MOST)


def expired_leases(connection: Connection, now: datetime, limit: int = 200) -> list[Reminder]:
    """Reminders whose worker has not said in time what its call came to."""
    found = connection.execute(EXPIRED, {"now": now, "limit": limit})
    return [Reminder.from_row(row) for row in as_dicts(found)]


def mark_unknown(connection: Connection, reminder: Reminder, *, reason: str, now: datetime) -> bool:
    """A lease ran out in the middle of a call: what it came to is unknown, and nobody calls again.

    False, and nothing changed, where the call's own worker was quicker.
    """
    # Deliveries are locked before reminders, as whoever records an outcome does.
    connection.execute(select(d.id).where(d.reminder == reminder.id, d.state == "intended").with_for_update())
    ours = update(t.reminders).where(r.id == reminder.id, r.fence == reminder.fence, r.state == SENDING)
    values = {"state": "unknown", "reason": reason, "lease_until": None, "worker": None, "due_at": None}
    if not connection.execute(ours.values(values | {"changed_at": now})).rowcount:
        return False
    calls = update(t.deliveries).where(d.reminder == reminder.id, d.state == "intended")
    connection.execute(calls.values(state="unknown", settled_at=now, reason=reason))
    return True


HELD_TOO_LONG = select(t.reminders).where(r.state == HELD, r.not_after <= NOW).limit(MOST)


def held_too_long(connection: Connection, now: datetime, limit: int = 200) -> list[Reminder]:
    """Held reminders that have become wrong to send."""
    found = connection.execute(HELD_TOO_LONG, {"now": now, "limit": limit})
    return [Reminder.from_row(row) for row in as_dicts(found)]


e = t.enrollments.c
UNCOMPLETED = select(e.id).where(e.status == "active", e.start_at <= bindparam("before")).order_by(e.start_at)


def uncompleted(connection: Connection, before: datetime) -> list[str]:
    """Enrollments whose procedure was planned to start before an instant and has no recorded end."""
    return list(connection.execute(UNCOMPLETED, {"before": before}).scalars())
