"""The store's own epoch, and what is left undecided where the store turns out to be an old backup.

The rule: while `lost_at` stands nothing is claimed, by whatever worker; only a person's reconciliation takes it away.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, insert, or_, select, update

from reminders.database import tables as t
from reminders.database.locks import one_at_a_time
from reminders.database.rows import as_dicts
from reminders.database.sets import among
from reminders.epoch_file import Epoch

e, n, r, d = t.epochs.c, t.enrollments.c, t.reminders.c, t.deliveries.c


@dataclass(frozen=True, kw_only=True, slots=True)
class Stored:
    """The store's epoch and, where it is an old backup, how far the lost store had come."""

    epoch: Epoch
    lost: Epoch | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Perhaps:
    """A reminder that has not left this store and may have left the lost one."""

    id: int
    enrollment: str
    site: str
    key: str
    step: str
    copy_of: str | None


CURRENT = select(t.epochs)


def current(connection: Connection, *, lock: bool = False) -> Stored | None:
    """The epoch of this store; None before the first worker. There is one row."""
    row = connection.execute(CURRENT.with_for_update() if lock else CURRENT).mappings().first()
    if row is None:
        return None
    lost = row["lost_at"]
    return Stored(
        epoch=Epoch(store=row["store"], number=row["number"], at=row["at"]),
        lost=None if lost is None else Epoch(store=row["lost_store"], number=row["lost_number"], at=lost),
    )


def begin(connection: Connection, epoch: Epoch) -> Stored:
    """The first epoch of a store, unless another worker was quicker; what stands there then."""
    one_at_a_time(connection, "epoch", ["first"])
    if (found := current(connection, lock=True)) is not None:
        return found
    connection.execute(insert(t.epochs), {"store": epoch.store, "number": epoch.number, "at": epoch.at})
    return Stored(epoch=epoch, lost=None)


def put(connection: Connection, epoch: Epoch) -> None:
    """The store's new epoch; whatever was lost is settled with it."""
    settled = {"lost_store": None, "lost_number": None, "lost_at": None}
    values = {"store": epoch.store, "number": epoch.number, "at": epoch.at}
    connection.execute(update(t.epochs).values(values | settled))


def mark_lost(connection: Connection, lost: Epoch) -> None:
    """Note that this store is an old backup; of what several machines remember, the furthest counts."""
    values = {"lost_store": lost.store, "lost_number": lost.number, "lost_at": lost.at}
    connection.execute(update(t.epochs).where(or_(e.lost_at.is_(None), e.lost_at < lost.at)).values(values))


def _unsent_before(until: datetime) -> ColumnElement[bool]:
    """What was to leave by an instant and has not.

    And what was planned late, or was tried before: its own time lies before that, whatever is planned for it now.
    """
    unsent = r.state.in_(("planned", "held"))
    return unsent & or_(func.coalesce(r.due_at, r.send_at) <= until, r.late, r.attempts > 0)


def perhaps_sent(connection: Connection, until: datetime, enrollments: Collection[str] | None = None) -> list[Perhaps]:
    """Unsent reminders that the lost store may have sent, of all or of some enrollments."""
    query = select(r.id, r.enrollment, n.site, r.key, r.step, r.copy_of)
    query = query.join_from(t.reminders, t.enrollments, r.enrollment == n.id).where(_unsent_before(until))
    query = query.order_by(r.enrollment, r.position)
    some = {} if enrollments is None else {"some": list(enrollments)}
    found = connection.execute(query.where(among(r.enrollment, "some")) if some else query, some)
    return [Perhaps(**row) for row in as_dicts(found)]


def end_perhaps_sent(connection: Connection, ids: Collection[int], *, reason: str, now: datetime) -> int:
    """End them as missed; how many that was."""
    unsent = update(t.reminders).where(among(r.id, "ids"), r.state.in_(("planned", "held")))
    values = {"state": "missed", "reason": reason, "due_at": None, "changed_at": now}
    return connection.execute(unsent.values(values), {"ids": list(ids)}).rowcount


def awaiting_receipts(connection: Connection) -> list[dict[str, Any]]:
    """Messages that left before the backup and whose receipts may have come after it: their ids, enrollments, keys."""
    query = select(d.id, d.enrollment, n.site, r.key).join_from(t.deliveries, t.reminders, d.reminder == r.id)
    query = query.join(t.enrollments, d.enrollment == n.id).order_by(d.enrollment, r.position)
    return as_dicts(connection.execute(query.where(d.state == "accepted", d.receipt_due_at.is_not(None))))


def expect_no_receipts(connection: Connection, ids: Collection[str]) -> None:
    """Silence about these messages means nothing any more."""
    connection.execute(update(t.deliveries).where(among(d.id, "ids")).values(receipt_due_at=None), {"ids": list(ids)})
