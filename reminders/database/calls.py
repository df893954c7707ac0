"""What a call asks of the store: the words that were written down for it, and in which language."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, select

from reminders.database import tables as t
from reminders.database.vault import Vault

d, r, e, c = t.deliveries.c, t.reminders.c, t.enrollments.c, t.caregivers.c


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
