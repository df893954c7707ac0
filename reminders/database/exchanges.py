"""What went out to patients and what came back, for those who read it; and who has asked for no more texts.

Contents leave this module sealed: whoever opens one says so in the event log first.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, func, select

from reminders.database import tables as t
from reminders.database.rows import as_dicts
from reminders.records import OPTED_OUT

d, r, c, p = t.deliveries.c, t.reminders.c, t.consents.c, t.replies.c

h = t.hook_events.c
PRESSED = select(h.status).where(h.provider == "twilio", h.provider_id == d.provider_id, h.status == "confirmed")
RECEIPT = func.coalesce(PRESSED.scalar_subquery(), d.receipt).label("receipt")
SENT = (
    select(d.id, d.channel, d.state, RECEIPT, d.code, d.intended_at, d.leader, d.content, r.key, r.recipient)
    .join_from(t.deliveries, t.reminders, d.reminder == r.id)
    .where(d.enrollment == bindparam("of"))
    .order_by(d.intended_at, d.fence, d.id)
)
EMAILED = (
    select(d.recipient_lookup, r.recipient)
    .join_from(t.deliveries, t.reminders, r.id == d.reminder)
    .where(d.id == bindparam("delivery"), d.channel == "email", d.recipient_lookup.is_not(None))
)
CAME = select(p.id, p.address, p.sender, p.content, p.media, p.received_at, p.meaning, p.site)


def sent(connection: Connection, enrollment: str) -> list[dict[str, Any]]:
    """Every call for an enrollment with its reminder's key and recipient, oldest first; contents sealed.

    The receipt of a call that somebody confirmed by a key is "confirmed".
    """
    return as_dicts(connection.execute(SENT, {"of": enrollment}))


def replies(connection: Connection, enrollment: str | None) -> list[dict[str, Any]]:
    """The replies to an enrollment, or (None) those from numbers that nobody is enrolled with; oldest first, sealed."""
    whose = p.enrollment.is_(None) if enrollment is None else p.enrollment == enrollment
    return as_dicts(connection.execute(CAME.where(whose).order_by(p.received_at, p.id)))


def caregivers_at(connection: Connection, enrollment: str) -> dict[str, str]:
    """The labels of an enrollment's caregivers by the keyed hash of the address each is reached at."""
    g = t.caregivers.c
    found = connection.execute(select(g.address_lookup, g.label).where(g.enrollment == enrollment))
    return {row.address_lookup: row.label for row in found}


def last_reply(connection: Connection, enrollment: str) -> str | None:
    query = select(p.id).where(p.enrollment == enrollment).order_by(p.received_at.desc(), p.id.desc()).limit(1)
    return connection.execute(query).scalar()


def was_opted_out(connection: Connection, enrollment: str, channel: str) -> bool:
    """Whether the enrollment's last consent for a channel ended with an opt-out."""
    last = select(c.closed_reason).where(c.enrollment == enrollment, c.channel == channel)
    return bool(connection.execute(last.order_by(c.id.desc()).limit(1)).scalar() == OPTED_OUT)


@dataclass(frozen=True, kw_only=True, slots=True)
class Mailbox:
    """Where an e-mail went, and whether a caregiver reads there."""

    address: str  # keyed
    caregiver: bool


def mailbox_of(connection: Connection, delivery: str) -> Mailbox | None:
    """None where no e-mail was written down under this id."""
    row = connection.execute(EMAILED, {"delivery": delivery}).one_or_none()
    return None if row is None else Mailbox(address=row.recipient_lookup, caregiver=row.recipient is not None)
