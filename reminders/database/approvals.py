"""The exact contents enrollments are bound to, and who approved which of them."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from reminders.database import tables as t
from reminders.database.queries import insert_new

KNOWN = select(t.protocols.c.hash).where(t.protocols.c.hash == bindparam("hash"))


def record_protocol(
    connection: Connection, *, hash_: str, name: str, version: int, files: Mapping[str, str], now: datetime
) -> None:
    """Keep a protocol's exact content, so that enrollments on it can be read for good."""
    if connection.execute(KNOWN, {"hash": hash_}).first() is not None:
        return
    row = {"hash": hash_, "name": name, "version": version, "files": dict(files), "recorded_at": now}
    insert_new(connection, t.protocols, [row])


def protocol_files(connection: Connection, hash_: str) -> dict[str, str]:
    query = select(t.protocols.c.files).where(t.protocols.c.hash == hash_)
    return dict(connection.execute(query).scalar_one())


def approve(connection: Connection, *, kind: str, name: str, hash_: str, by: str, now: datetime) -> bool:
    """Record an approval of exact content; False where it stood already."""
    row = {"kind": kind, "name": name, "content_hash": hash_, "approved_by": by, "approved_at": now}
    return insert_new(connection, t.approvals, [row]) == 1


a = t.approvals.c
APPROVAL = select(a.approved_by, a.approved_at).where(
    a.kind == bindparam("kind"), a.name == bindparam("name"), a.content_hash == bindparam("hash")
)
APPROVED = select(a.content_hash).where(a.kind == bindparam("kind"))


def approval(connection: Connection, kind: str, name: str, hash_: str) -> tuple[str, datetime] | None:
    """Who approved exactly this content, and when (UTC)."""
    row = connection.execute(APPROVAL, {"kind": kind, "name": name, "hash": hash_}).first()
    return None if row is None else (row.approved_by, row.approved_at)


def approved_hashes(connection: Connection, kind: str) -> set[str]:
    """The content of every approved row of one kind."""
    return set(connection.execute(APPROVED, {"kind": kind}).scalars())
