"""Every question and change of the plan's tables, by name; the hot path of dispatch has claims.py.

Instants come in as arguments (one clock); sealed columns are opened and closed here and nowhere else.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Insert,
    Select,
    Table,
    Text,
    and_,
    func,
    insert,
    literal,
    or_,
    select,
    type_coerce,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from reminders.database import tables as t
from reminders.database.rows import as_dicts, values_of
from reminders.database.sets import among
from reminders.database.vault import Vault
from reminders.lifecycle import State
from reminders.records import Consent, Contact, Enrollment, Reminder, Task
from schedules.procedure import Hold
from schedules.protocol import Channel

PERSONAL = ("name", "phone", "email", "mrn")
PLAIN = (
    "id", "site", "protocol_hash", "language", "zone", "detailed", "sedation", "status", "start_at",
    "hour_known", "ended_at", "visit_at", "arrival_at", "enrolled_at", "revision",
)  # fmt: skip
READ = (*PLAIN, "cancelled_at", "cancel_reason")


def insert_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> int:
    """Insert what is not there yet; how many rows that was."""
    if not rows:
        return 0
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement: Insert = dialect.insert(table).on_conflict_do_nothing()
    kept = {"preserve_rowcount": True}  # for an INSERT the count is otherwise forgotten, and -1 on PostgreSQL
    return connection.execute(statement, rows, execution_options=kept).rowcount


# Protocols and approvals


def record_protocol(
    connection: Connection, *, hash_: str, name: str, version: int, files: Mapping[str, str], now: datetime
) -> None:
    """Keep a protocol's exact content, so that enrollments on it can be read for good."""
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


# Enrollments


def insert_enrollment(connection: Connection, vault: Vault, enrollment: Enrollment, lookups: Mapping[str, Any]) -> None:
    """Store an enrollment with its consents, orders and medicines; `lookups` are the keyed hashes."""
    row = {column: getattr(enrollment, column) for column in PLAIN}
    connection.execute(insert(t.enrollments), row | _sealed(vault, enrollment) | dict(lookups))
    insert_consents(connection, enrollment.id, enrollment.consents.values())
    recorded = {"enrollment": enrollment.id, "recorded_at": enrollment.enrolled_at}
    by = next(iter(enrollment.consents.values())).granted_by
    holds = [recorded | values_of(hold) | {"position": n, "recorded_by": by} for n, hold in enumerate(enrollment.holds)]
    _insert_rows(connection, t.holds, holds)
    _insert_rows(connection, t.takes, [recorded | {"drug": drug} for drug in enrollment.takes])


def _sealed(vault: Vault, enrollment: Enrollment) -> dict[str, bytes | None]:
    """The personal columns, each bound to its place."""
    personal = {column: getattr(enrollment.contact, column) for column in PERSONAL}
    return {
        column: None if text is None else vault.seal("enrollments", enrollment.id, column, text)
        for column, text in personal.items()
    }


def _insert_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        connection.execute(insert(table), rows)


def same_enrollment(connection: Connection, *, same_record: str | None, same_contact: str) -> str | None:
    """The id of an enrollment of the same procedure that is not cancelled.

    Whoever asks for the same patient at the same moment waits until this transaction ends.
    """
    if connection.dialect.name == "postgresql":  # SQLite lets only one transaction write at all
        for key in sorted(filter(None, (same_record, same_contact))):
            connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))
    e = t.enrollments.c
    by_contact = e.same_contact == same_contact
    same = e.same_record == same_record if same_record is not None else by_contact
    if same_record is not None:
        same = or_(same, and_(by_contact, e.same_record.is_(None)))
    query = select(e.id).where(same, e.status != "cancelled").limit(1)
    return connection.execute(query).scalar()


def others_on_phone(connection: Connection, phone_lookup: str) -> int:
    """How many enrollments that are not cancelled share a phone."""
    e = t.enrollments.c
    query = select(func.count()).where(e.phone_lookup == phone_lookup, e.status.in_(("active", "completed")))
    return int(connection.execute(query).scalar_one())


def load_enrollment(connection: Connection, vault: Vault, id_: str, *, lock: bool = False) -> Enrollment | None:
    """One enrollment; `lock` keeps every other change and claim of it out until the transaction ends."""
    return next(iter(load_enrollments(connection, vault, [id_], lock="update" if lock else None).values()), None)


def load_enrollments(
    connection: Connection, vault: Vault, ids: Iterable[str], *, lock: str | None = None
) -> dict[str, Enrollment]:
    """Enrollments by id; `lock` "share" keeps changes out, "update" keeps everybody out (PostgreSQL)."""
    ids = sorted(set(ids))
    query = select(t.enrollments).where(among(connection, t.enrollments.c.id, ids)).order_by(t.enrollments.c.id)
    if lock is not None:
        # A claim leaves alone what a change holds, or each would wait for the other's rows. A change does not keep
        # out rows that only refer to the enrollment (key_share): they are no part of its plan.
        share = lock == "share"
        query = query.with_for_update(read=share, skip_locked=share, key_share=not share)
    rows = as_dicts(connection.execute(query))
    related = [_by_enrollment(connection, table, ids) for table in (t.consents, t.holds, t.takes)]
    return {row["id"]: _enrollment(vault, row, *(rows_of.get(row["id"], []) for rows_of in related)) for row in rows}


def _by_enrollment(connection: Connection, table: Table, ids: Sequence[str]) -> dict[str, list[Mapping[str, Any]]]:
    query = select(table).where(among(connection, table.c.enrollment, ids))
    if table is t.consents:
        query = query.where(table.c.closed_at.is_(None)).order_by(table.c.id)
    if table is t.holds:
        query = query.order_by(table.c.position)
    found: dict[str, list[Mapping[str, Any]]] = {}
    for row in as_dicts(connection.execute(query)):
        found.setdefault(row["enrollment"], []).append(row)
    return found


def _enrollment(
    vault: Vault,
    row: Mapping[str, Any],
    consents: Sequence[Mapping[str, Any]],
    holds: Sequence[Mapping[str, Any]],
    takes: Sequence[Mapping[str, Any]],
) -> Enrollment:
    personal = {
        column: None if row[column] is None else vault.open("enrollments", row["id"], column, row[column])
        for column in PERSONAL
    }
    contact = Contact(
        name=personal["name"] or "", phone=personal["phone"], email=personal["email"], mrn=personal["mrn"]
    )
    return Enrollment(
        **{name: row[name] for name in READ},
        contact=contact,
        holds=tuple(Hold(**{name: hold[name] for name in Hold.__slots__}) for hold in holds),
        takes=tuple(row["drug"] for row in takes),
        consents={Channel(c["channel"]): _consent(c) for c in consents},
    )


def _consent(row: Mapping[str, Any]) -> Consent:
    return Consent(
        channel=Channel(row["channel"]),
        granted_at=row["granted_at"],
        granted_by=row["granted_by"],
        wording=row["wording"],
        detailed=row["detailed"],
    )


def list_enrollments(connection: Connection, vault: Vault) -> list[dict[str, Any]]:
    """Every enrollment with its next planned instant, in order of the procedure."""
    e, r = t.enrollments.c, t.reminders.c
    planned = select(r.enrollment, func.min(r.send_at).label("next")).where(r.state.in_(("planned", "held")))
    upcoming = planned.group_by(r.enrollment).subquery()
    query = (
        select(e.id, e.name, e.start_at, e.hour_known, e.site, e.status, upcoming.c.next)
        .join_from(t.enrollments, upcoming, upcoming.c.enrollment == e.id, isouter=True)
        .order_by(e.start_at, e.id)
    )
    rows = connection.execute(query).mappings()
    return [dict(row) | {"name": vault.open("enrollments", row["id"], "name", row["name"])} for row in rows]


def change_enrollment(connection: Connection, id_: str, **values: Any) -> None:
    """Write a change of plan: the revision rises with it."""
    e = t.enrollments
    connection.execute(update(e).where(e.c.id == id_).values(revision=e.c.revision + 1, **values))


def change_contact(
    connection: Connection, vault: Vault, enrollment: Enrollment, lookups: Mapping[str, str | None]
) -> None:
    """Store an enrollment's contact anew, sealed, with its keyed hashes."""
    e = t.enrollments
    values = _sealed(vault, enrollment) | dict(lookups)
    connection.execute(update(e).where(e.c.id == enrollment.id).values(values))


def insert_consents(connection: Connection, enrollment: str, consents: Iterable[Consent]) -> None:
    _insert_rows(connection, t.consents, [{"enrollment": enrollment, **values_of(c)} for c in consents])


def lock_addresses(connection: Connection, addresses: Collection[str]) -> None:
    """Keep every claim and change out of the enrollments reached at some addresses (their keyed hashes)."""
    if addresses:
        connection.execute(_at(addresses).order_by(t.enrollments.c.id).with_for_update(key_share=True))


def close_consent(
    connection: Connection, address: str, channel: str, *, by: str, reason: str, now: datetime
) -> list[str]:
    """Close every open consent for a channel at an address (its keyed hash); whose they were."""
    c = t.consents.c
    closing = update(t.consents).where(c.enrollment.in_(_at([address])), c.channel == channel, c.closed_at.is_(None))
    closing = closing.values(closed_at=now, closed_by=by, closed_reason=reason)
    return list(connection.execute(closing.returning(c.enrollment)).scalars())


def _at(addresses: Collection[str]) -> Select[tuple[str]]:
    e = t.enrollments.c
    return select(e.id).where(or_(e.phone_lookup.in_(addresses), e.email_lookup.in_(addresses)))


# Reminders


def insert_reminders(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    _insert_rows(connection, t.reminders, rows)


def reminders_of(connection: Connection, enrollment: str) -> list[Reminder]:
    """All reminders of an enrollment, in table order, older rounds first."""
    r = t.reminders.c
    query = select(t.reminders).where(r.enrollment == enrollment).order_by(r.position, r.round, r.id)
    return [Reminder.from_row(row) for row in as_dicts(connection.execute(query))]


def change_reminder(connection: Connection, id_: int, states: Iterable[State], **values: Any) -> bool:
    """Change a reminder that is still in one of `states`; False where it was not."""
    r = t.reminders.c
    changed = update(t.reminders).where(r.id == id_, r.state.in_(list(states))).values(**values)
    return connection.execute(changed).rowcount == 1


def withdraw_unsent(connection: Connection, enrollment: str, *, reason: str, now: datetime) -> list[str]:
    """Withdraw everything that has not left; the keys, in table order."""
    r = t.reminders.c
    ours = (r.enrollment == enrollment, r.state.in_(("planned", "held")))
    keys = list(connection.execute(select(r.key).where(*ours).order_by(r.position)).scalars())
    values = {"state": "withdrawn", "reason": reason, "due_at": None, "changed_at": now}
    connection.execute(update(t.reminders).where(*ours).values(values))
    return keys


def release_waiting(
    connection: Connection, fact: str, *, now: datetime, protocol_hash: str | None = None, drug: str | None = None
) -> int:
    """Send what was held for one fact, on one protocol or for one drug, back to its plan; how many that was."""
    r, e = t.reminders.c, t.enrollments.c
    waiting = and_(
        r.state == literal("held", literal_execute=True), type_coerce(r.waits_for, Text).contains(f'"{fact}"')
    )
    if protocol_hash is not None:
        waiting = and_(waiting, r.enrollment.in_(select(e.id).where(e.protocol_hash == protocol_hash)))
    if drug is not None:
        waiting = and_(waiting, r.drug == drug)
    values: dict[str, Any] = {"state": "planned", "reason": None, "due_at": now, "waits_for": [], "changed_at": now}
    return connection.execute(update(t.reminders).where(waiting).values(values)).rowcount


def deliveries_of(connection: Connection, enrollment: str) -> list[dict[str, Any]]:
    """The calls made for an enrollment, oldest first, without recipient and body."""
    d = t.deliveries.c
    shown = (d.id, d.reminder, d.channel, d.transport, d.state, d.intended_at, d.settled_at)
    query = select(*shown, d.provider_id, d.code, d.reason, d.segments).where(d.enrollment == enrollment)
    return [dict(row) for row in connection.execute(query.order_by(d.intended_at, d.fence, d.id)).mappings()]


# Worklist and history


def open_tasks(connection: Connection, found: Iterable[Task], now: datetime) -> list[dict[str, Any]]:
    """Open tasks whose cause has not opened one before; the new ones as `list_tasks` shows them."""
    rows: dict[str, dict[str, Any]] = {}
    for task in found:
        rows.setdefault(task.cause, values_of(task) | {"state": "open", "opened_at": now})
    if not rows:
        return []
    c = t.tasks.c
    before = set(connection.execute(select(c.cause).where(among(connection, c.cause, rows))).scalars())
    new = [cause for cause in rows if cause not in before]
    insert_new(connection, t.tasks, [rows[cause] for cause in new])
    opened = {row["cause"]: row for row in _tasks(connection, among(connection, c.cause, new))} if new else {}
    return [opened[cause] for cause in new]


def list_tasks(connection: Connection, *, enrollment: str | None = None) -> list[dict[str, Any]]:
    """Tasks, urgent first, then by due time: those of an enrollment, or all that are open."""
    c = t.tasks.c
    return _tasks(connection, c.state == "open" if enrollment is None else c.enrollment == enrollment)


def _tasks(connection: Connection, where: ColumnElement[bool]) -> list[dict[str, Any]]:
    c = t.tasks.c
    return as_dicts(connection.execute(select(t.tasks).where(where).order_by(c.urgent.desc(), c.due_at, c.id)))


def task(connection: Connection, id_: int) -> dict[str, Any] | None:
    row = connection.execute(select(t.tasks).where(t.tasks.c.id == id_)).mappings().first()
    return None if row is None else dict(row)


def finish_task(connection: Connection, id_: int, *, by: str, note: bytes | None, now: datetime) -> bool:
    """Mark an open task done; False where it was not open."""
    c = t.tasks.c
    done = update(t.tasks).where(c.id == id_, c.state == "open")
    return connection.execute(done.values(state="done", done_at=now, done_by=by, note=note)).rowcount == 1


def finish_by_cause(connection: Connection, cause: str, *, by: str, now: datetime) -> None:
    """Mark a task done because what it asked for has happened."""
    c = t.tasks.c
    done = update(t.tasks).where(c.cause == cause, c.state == "open")
    connection.execute(done.values(state="done", done_at=now, done_by=by))


def press_task(connection: Connection, cause: str, *, due_at: datetime) -> None:
    """Make an open task urgent."""
    c = t.tasks.c
    pressed = update(t.tasks).where(c.cause == cause, c.state == "open", c.urgent.is_(False))
    connection.execute(pressed.values(urgent=True, due_at=due_at))


def add_event(
    connection: Connection,
    *,
    enrollment: str | None,
    at: datetime,
    by: str,
    action: str,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    note: bytes | None = None,
) -> None:
    """Append to the event log: who did what, when, from what to what. No personal field goes in."""
    row = {"enrollment": enrollment, "at": at, "by": by, "action": action, "before": before, "after": after}
    connection.execute(insert(t.events), row | {"note": note})


def events_of(connection: Connection, enrollment: str) -> list[dict[str, Any]]:
    query = select(t.events).where(t.events.c.enrollment == enrollment).order_by(t.events.c.id)
    return [dict(row) for row in connection.execute(query).mappings()]
