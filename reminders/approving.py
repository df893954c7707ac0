"""Approval: a named clinician answers for exactly this content; until then no live transport sends it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from reminders.database import approvals, queries, worklog
from reminders.deciding import APPROVAL
from reminders.errors import InputError
from reminders.protocols import ProtocolVersion
from reminders.service import Service


@dataclass(frozen=True, kw_only=True, slots=True)
class Approved:
    """What approving did: who answers for it since when (UTC); `released` reminders had waited for it."""

    version: ProtocolVersion
    by: str
    at: datetime
    is_new: bool
    released: int


def approve_protocol(service: Service, name: str, *, by: str) -> Approved:
    """Record who approved the present content of a protocol, and plan again what was held for it."""
    version, now = service.library.load(name), service.clock.now()
    protocol, hash_ = version.protocol, version.content_hash
    with service.engine.begin() as connection:
        approvals.record_protocol(
            connection, hash_=hash_, name=name, version=protocol.version, files=version.files, now=now
        )
        is_new = approvals.approve(connection, kind="protocol", name=name, hash_=hash_, by=by, now=now)
        answers, since = _standing(connection, "protocol", name, hash_)
        released = queries.release_waiting(connection, APPROVAL, now=now, protocol_hash=hash_)
        if is_new:
            after = {"protocol": name, "version": protocol.version, "content": hash_[:12]}
            worklog.add_event(connection, enrollment=None, at=now, by=by, action="approve", after=after)
    return Approved(version=version, by=answers, at=since, is_new=is_new, released=released)


@dataclass(frozen=True, kw_only=True, slots=True)
class ApprovedDrug:
    """What approving a drug's row did: who answers for it since when (UTC)."""

    drug: str
    by: str
    at: datetime
    is_new: bool
    released: int


def approve_medication(service: Service, name: str, *, by: str) -> ApprovedDrug:
    """Record who approved a drug's row as it stands, and plan again what was held for it."""
    row, now = service.medications.find(name), service.clock.now()
    if row is None:
        near = ", ".join(service.medications.nearest(name))
        raise InputError(f"drug {name!r} is not in the list" + (f"; did you mean {near}?" if near else ""))
    with service.engine.begin() as connection:
        hash_ = row.content_hash
        is_new = approvals.approve(connection, kind="medication", name=row.name, hash_=hash_, by=by, now=now)
        answers, since = _standing(connection, "medication", row.name, hash_)
        released = queries.release_waiting(connection, APPROVAL, now=now, drug=row.name)
        if is_new:
            after = {"drug": row.name, "content": hash_[:12]}
            worklog.add_event(connection, enrollment=None, at=now, by=by, action="approve", after=after)
    return ApprovedDrug(drug=row.name, by=answers, at=since, is_new=is_new, released=released)


def _standing(connection: Connection, kind: str, name: str, hash_: str) -> tuple[str, datetime]:
    """The approval that counts: whoever came first answers for it, not who typed the command again."""
    found = approvals.approval(connection, kind, name, hash_)
    if found is None:
        raise LookupError(f"the approval of {kind} {name} is not in the store")
    return found
