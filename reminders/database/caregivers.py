"""Caregivers in the store: second contacts, each with a consent of their own that nobody else's opt-out touches.

Instants come in as arguments; like queries.py, this is one of the few places with SQL.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, insert, select, update

from reminders.database import tables as t
from reminders.database.rows import as_dicts
from reminders.database.sets import among
from reminders.database.vault import Vault
from reminders.records import OPTED_OUT, Caregiver
from schedules.protocol import Channel

SEALED = ("name", "phone", "email")
PLAIN = ("label", "language", "granted_at", "granted_by", "wording")

c = t.caregivers.c
OF_ENROLLMENTS = select(t.caregivers).where(among(c.enrollment, "ids")).order_by(c.granted_at, c.label)


def read(vault: Vault, row: Mapping[str, Any]) -> Caregiver:
    """A stored caregiver, opened."""
    place = _row_of(row["enrollment"], row["label"])
    personal = {
        name: None if row[name] is None else vault.open("caregivers", place, name, row[name]) for name in SEALED
    }
    return Caregiver(
        **{name: row[name] for name in (*PLAIN, "closed_at")},
        channel=Channel(row["channel"]),
        steps=tuple(row["steps"]),
        name=personal["name"] or "",
        phone=personal["phone"],
        email=personal["email"],
    )


def insert_caregiver(
    connection: Connection, vault: Vault, enrollment: str, caregiver: Caregiver, *, address_lookup: str
) -> None:
    """Store a new caregiver, sealed."""
    place = _row_of(enrollment, caregiver.label)
    personal = {name: getattr(caregiver, name) for name in SEALED}
    row = {
        "enrollment": enrollment,
        **{name: getattr(caregiver, name) for name in PLAIN},
        "channel": str(caregiver.channel),
        "steps": list(caregiver.steps),
        **{n: None if text is None else vault.seal("caregivers", place, n, text) for n, text in personal.items()},
        "address_lookup": address_lookup,
    }
    connection.execute(insert(t.caregivers), row)


def _row_of(enrollment: str, label: str) -> str:
    return f"{enrollment}:{label}"


def close_one(connection: Connection, enrollment: str, label: str, *, by: str, reason: str, now: datetime) -> None:
    """Close one caregiver's consent: no copy leaves any more. What is planned is left to the change that asks."""
    closing = update(t.caregivers).where(c.enrollment == enrollment, c.label == label, c.closed_at.is_(None))
    connection.execute(closing.values(closed_at=now, closed_by=by, closed_reason=reason))


def reached_at(addresses: Collection[str]) -> Select[tuple[str]]:
    """Enrollments of which a caregiver with open consent is reached at one of some addresses (their keyed hashes)."""
    return select(c.enrollment).where(c.address_lookup.in_(addresses), c.closed_at.is_(None))


def close_caregiver(
    connection: Connection,
    address_lookup: str,
    *,
    by: str,
    reason: str,
    now: datetime,
    channel: Channel,
) -> list[str]:
    """Close a channel of every caregiver reached at an address, and withdraw their unsent copies.

    `address_lookup` is the number's or mailbox's keyed hash; `reason` says whether they opted out or cannot be
    reached there. No patient's consent is touched. Returns the enrollments they were caregivers of; the enrollments
    are locked first, as by every change.
    """
    mine = (c.address_lookup == address_lookup, c.channel == str(channel), c.closed_at.is_(None))
    concerned = select(c.enrollment).where(*mine)
    e = t.enrollments.c
    connection.execute(select(e.id).where(e.id.in_(concerned)).order_by(e.id).with_for_update(key_share=True))
    closing = update(t.caregivers).where(*mine).values(closed_at=now, closed_by=by, closed_reason=reason)
    closed = as_dicts(connection.execute(closing.returning(c.enrollment, c.label)))
    for row in closed:
        closed_for = {"of": row["enrollment"], "to": row["label"], "because": f"caregiver: {reason}", "at": now}
        connection.execute(UNSENT_COPIES, closed_for)
        connection.execute(insert(t.events), _event(row, by, reason, now))
    return sorted({row["enrollment"] for row in closed})


r = t.reminders.c
UNSENT_COPIES = (
    update(t.reminders)
    .where(r.enrollment == bindparam("of"), r.recipient == bindparam("to"), r.state.in_(("planned", "held")))
    .values(state="withdrawn", reason=bindparam("because"), due_at=None, changed_at=bindparam("at"))
)


def _event(row: Mapping[str, Any], by: str, reason: str, now: datetime) -> dict[str, Any]:
    after = {"caregiver": row["label"], "consent": "closed", "reason": reason}
    action = "opt-out" if reason == OPTED_OUT else "unreachable"
    return {"enrollment": row["enrollment"], "at": now, "by": by, "action": action, "after": after}
