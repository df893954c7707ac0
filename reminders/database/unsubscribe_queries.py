"""What ending the e-mails to an address asks of the store: whose a delivery was, and what is still ahead."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, select, update

from reminders.database import tables as t
from reminders.database.queries import insert_new
from reminders.database.rows import as_dicts
from reminders.database.sets import among
from reminders.database.vault import Vault
from reminders.records import Reminder

d, r, c = t.deliveries.c, t.reminders.c, t.caregivers.c
BY_EMAIL = (
    select(d.id, d.recipient, r.recipient.label("label"))
    .join_from(t.deliveries, t.reminders, r.id == d.reminder)
    .where(d.id == bindparam("delivery"), d.channel == "email")
)
AHEAD = select(*(r[name] for name in Reminder.__slots__)).where(
    among(r.enrollment, "enrollments"), r.state.in_(("planned", "held")), r.recipient.is_(None), r.copy_of.is_(None)
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Mailbox:
    """Where an e-mail went, and whether a caregiver reads there."""

    address: str  # keyed
    caregiver: bool


def mailbox_of(connection: Connection, vault: Vault, delivery: str) -> Mailbox | None:
    """None where no e-mail was written down under this id."""
    row = connection.execute(BY_EMAIL, {"delivery": delivery}).one_or_none()
    if row is None:
        return None
    to = vault.open("deliveries", delivery, "recipient", row.recipient)
    return Mailbox(address=vault.lookup("email", to.lower()), caregiver=row.label is not None)


def opt_out(connection: Connection, address: str, *, channel: str, by: str, reason: str, now: datetime) -> None:
    """Remember that an address wants nothing; the first time counts."""
    row = {"address": address, "channel": channel, "at": now, "by": by, "reason": reason}
    insert_new(connection, t.opt_outs, [row])


def close_caregivers(
    connection: Connection, address: str, *, channel: str, by: str, reason: str, now: datetime
) -> list[tuple[str, str]]:
    """Close the consent of every caregiver at an address; their enrollments and labels."""
    closing = update(t.caregivers).where(c.address_lookup == address, c.channel == channel, c.closed_at.is_(None))
    values = {"closed_at": now, "closed_by": by, "closed_reason": reason}
    closed = connection.execute(closing.values(values).returning(c.enrollment, c.label))
    return sorted((row.enrollment, row.label) for row in closed)


def ahead_of(connection: Connection, enrollments: Collection[str]) -> dict[str, list[Reminder]]:
    """What has not left yet for the patients of some enrollments."""
    found: dict[str, list[Reminder]] = {id_: [] for id_ in enrollments}
    for row in as_dicts(connection.execute(AHEAD, {"enrollments": list(enrollments)})):
        found[row["enrollment"]].append(Reminder.from_row(row))
    return found
