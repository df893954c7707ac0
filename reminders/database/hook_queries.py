"""What the providers' callbacks ask of the store and write into it: the ledger of events, and what a call says.

The rule: an event is written once for each provider's id and status; a repeat changes nothing.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from reminders.database import tables as t
from reminders.database.vault import Vault

d, r, e, c = t.deliveries.c, t.reminders.c, t.enrollments.c, t.caregivers.c
_NEW_EVENT = {
    "sqlite": sqlite.insert(t.hook_events).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(t.hook_events).on_conflict_do_nothing(),
}  # made once: a provider reports several times on every message


def record_event(
    connection: Connection,
    *,
    provider: str,
    provider_id: str,
    status: str,
    delivery: str | None,
    now: datetime,
    code: str | None = None,
    outcome: str | None = None,
) -> bool:
    """Write an event down; False for a repeat. One that has an `outcome` is done with, the others are kept."""
    row = {
        "provider": provider,
        "provider_id": provider_id,
        "status": status,
        "delivery": delivery,
        "code": code,
        "received_at": now,
        "applied_at": None if outcome is None else now,
        "outcome": outcome,
    }
    kept = {"preserve_rowcount": True}
    return connection.execute(_NEW_EVENT[connection.dialect.name], row, execution_options=kept).rowcount == 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """A delivery by voice: what it says, to whom, in which language."""

    site: str
    zone: str
    language: str
    provider_id: str | None
    text: str = field(repr=False)
    discreet: str = field(repr=False)


def _calls() -> Select[Any]:
    theirs = and_(c.enrollment == r.enrollment, c.label == r.recipient)
    shown = (e.site, e.zone, e.language, c.language.label("theirs"), d.provider_id, d.content, d.discreet)
    joined = t.deliveries.join(t.reminders, r.id == d.reminder).join(t.enrollments, e.id == d.enrollment)
    of = joined.outerjoin(t.caregivers, theirs)
    spoken = (d.channel == "voice", d.discreet.is_not(None))
    return select(*shown).select_from(of).where(d.id == bindparam("delivery"), *spoken)


CALLS = _calls()


def call_of(connection: Connection, vault: Vault, delivery: str) -> Call | None:
    """What a call about this delivery says; None where no call was written down under it."""
    row = connection.execute(CALLS, {"delivery": delivery}).one_or_none()
    if row is None:
        return None
    return Call(
        site=row.site,
        zone=row.zone,
        language=row.theirs or row.language,
        provider_id=row.provider_id,
        text=vault.open("deliveries", delivery, "content", row.content),
        discreet=vault.open("deliveries", delivery, "discreet", row.discreet),
    )
