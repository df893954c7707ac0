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


def approval(connection: Connection, kind: str, name: str, hash_: str) -> tuple[str, datetime] | None:
    """Who approved exactly this content, and when (UTC)."""
    a = t.approvals.c
    query = select(a.approved_by, a.approved_at).where(a.kind == kind, a.name == name, a.content_hash == hash_)
    row = connection.execute(query).first()
    return None if row is None else (row.approved_by, row.approved_at)


def approved_hashes(connection: Connection, kind: str) -> set[str]:
    """The content of every approved row of one kind."""
    a = t.approvals.c
    return set(connection.execute(select(a.content_hash).where(a.kind == kind)).scalars())
