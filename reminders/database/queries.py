"""Every question and change of the plan's tables, by name; the hot path of dispatch has claims.py.

Instants come in as arguments (one clock); sealed columns are opened and closed here and nowhere else.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
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
from reminders.database.vault import Vault
from reminders.lifecycle import State
from reminders.records import Consent, Contact, Enrollment, Reminder, Task
from schedules.procedure import Hold
from schedules.protocol import Channel

RESUME_ROOM = timedelta(days=7)  # a drug that must soon be held again is a person's matter
PERSONAL = ("name", "phone", "email", "mrn")
PLAIN = (
    "id", "site", "protocol_hash", "language", "zone", "detailed", "sedation", "status", "start_at",
    "hour_known", "ended_at", "visit_at", "arrival_at", "enrolled_at", "revision",
)  # fmt: skip


def _insert_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> int:
    """Insert what is not there yet; how many rows that was."""
    if not rows:
        return 0
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement: Insert = dialect.insert(table).on_conflict_do_nothing()
    kept = {"preserve_rowcount": True}  # for an INSERT the count is otherwise forgotten, and -1 on PostgreSQL
    return sum(connection.execute(statement, row, execution_options=kept).rowcount for row in rows)


# Protocols and approvals


def record_protocol(
    connection: Connection, *, hash_: str, name: str, version: int, files: Mapping[str, str], now: datetime
) -> None:
    """Keep a protocol's exact content, so that enrollments on it can be read for good."""
    row = {"hash": hash_, "name": name, "version": version, "files": dict(files), "recorded_at": now}
    _insert_new(connection, t.protocols, [row])


def protocol_files(connection: Connection, hash_: str) -> dict[str, str]:
    query = select(t.protocols.c.files).where(t.protocols.c.hash == hash_)
    return dict(connection.execute(query).scalar_one())


def on_older_content(connection: Connection, name: str, hash_: str) -> list[str]:
    """Running enrollments of a protocol that are bound to other content than this."""
    e, p = t.enrollments.c, t.protocols.c
    query = select(e.id).join_from(t.enrollments, t.protocols, e.protocol_hash == p.hash)
    query = query.where(p.name == name, p.hash != hash_, e.status.in_(("active", "completed")))
    return list(connection.execute(query.order_by(e.start_at, e.id)).scalars())


def approve(connection: Connection, *, kind: str, name: str, hash_: str, by: str, now: datetime) -> bool:
    """Record an approval of exact content; False where it stood already."""
    row = {"kind": kind, "name": name, "content_hash": hash_, "approved_by": by, "approved_at": now}
    return _insert_new(connection, t.approvals, [row]) == 1


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
    holds = [recorded | asdict(hold) | {"position": n, "recorded_by": by} for n, hold in enumerate(enrollment.holds)]
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
    query = select(t.enrollments).where(t.enrollments.c.id.in_(ids)).order_by(t.enrollments.c.id)
    if lock is not None:
        # A claim leaves alone what a change holds, or each would wait for the other's rows. A change does not keep
        # out rows that only refer to the enrollment (key_share): they are no part of its plan.
        share = lock == "share"
        query = query.with_for_update(read=share, skip_locked=share, key_share=not share)
    rows = connection.execute(query).mappings().all()
    related = [_by_enrollment(connection, table, ids) for table in (t.consents, t.holds, t.takes)]
    return {row["id"]: _enrollment(vault, row, *(rows_of.get(row["id"], []) for rows_of in related)) for row in rows}


def _by_enrollment(connection: Connection, table: Table, ids: Sequence[str]) -> dict[str, list[Mapping[Any, Any]]]:
    query = select(table).where(table.c.enrollment.in_(ids))
    if table is t.consents:
        query = query.where(table.c.closed_at.is_(None)).order_by(table.c.id)
    if table is t.holds:
        query = query.order_by(table.c.position)
    found: dict[str, list[Mapping[Any, Any]]] = {}
    for row in connection.execute(query).mappings():
        found.setdefault(row["enrollment"], []).append(row)
    return found


def _enrollment(
    vault: Vault,
    row: Mapping[Any, Any],
    consents: Sequence[Mapping[Any, Any]],
    holds: Sequence[Mapping[Any, Any]],
    takes: Sequence[Mapping[Any, Any]],
) -> Enrollment:
    personal = {
        column: None if row[column] is None else vault.open("enrollments", row["id"], column, row[column])
        for column in PERSONAL
    }
    contact = Contact(
        name=personal["name"] or "", phone=personal["phone"], email=personal["email"], mrn=personal["mrn"]
    )
    plain = {name: row[name] for name in Enrollment.__slots__ if name in row and name != "contact"}
    return Enrollment(
        **plain,
        contact=contact,
        holds=tuple(Hold(**{name: hold[name] for name in Hold.__slots__}) for hold in holds),
        takes=tuple(row["drug"] for row in takes),
        consents={Channel(c["channel"]): _consent(c) for c in consents},
    )


def _consent(row: Mapping[Any, Any]) -> Consent:
    values = {name: row[name] for name in Consent.__slots__}
    return Consent(**values | {"channel": Channel(row["channel"])})


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
    _insert_rows(connection, t.consents, [{"enrollment": enrollment, **asdict(c)} for c in consents])


def _same_patient(enrollment: str) -> Any:
    """Other enrollments with this one's record number, or with its phone."""
    e, mine = t.enrollments.c, t.enrollments.alias("mine").c
    shared = or_(e.mrn_lookup == mine.mrn_lookup, e.phone_lookup == mine.phone_lookup)
    return and_(mine.id == enrollment, e.id != enrollment, shared)


def held_for_another(connection: Connection, enrollment: str, drug: str, now: datetime) -> str | None:
    """Another procedure of this patient, still ahead, whose hold of the drug has begun or begins within a week."""
    e, h = t.enrollments.c, t.holds.c
    query = select(e.id, e.start_at, h.days).join_from(t.enrollments, t.holds, h.enrollment == e.id)
    query = query.where(_same_patient(enrollment), h.drug == drug, h.days >= 1, e.status == "active", e.start_at > now)
    begun = now + RESUME_ROOM
    return next((row.id for row in connection.execute(query) if row.start_at - timedelta(days=row.days) <= begun), None)


def open_doubts(connection: Connection, phone_lookup: str | None, mrn_lookup: str | None) -> list[str]:
    """Cancelled enrollments of this patient whose announced medicine plan nobody has put right yet."""
    e, c = t.enrollments.c, t.tasks.c
    same = or_(
        *(column == value for column, value in ((e.phone_lookup, phone_lookup), (e.mrn_lookup, mrn_lookup)) if value)
    )
    query = select(e.id).distinct().join_from(t.enrollments, t.tasks, c.enrollment == e.id)
    query = query.where(same, e.status == "cancelled", c.kind == "announced-hold", c.state == "open")
    return list(connection.execute(query).scalars())


def doubt_orders(connection: Connection, enrollment: str, drugs: Iterable[str]) -> None:
    """Orders that a change has contradicted: their steps wait until the prescriber has spoken again."""
    h = t.holds.c
    doubted = update(t.holds).where(h.enrollment == enrollment, h.drug.in_(list(drugs)))
    connection.execute(doubted.values(confirmed=False))


def record_orders(connection: Connection, enrollment: str, orders: Iterable[Hold], *, by: str, now: datetime) -> None:
    """Put a prescriber's orders in place of those of the same drugs; they are confirmed thereby."""
    h = t.holds
    for order in orders:
        values = asdict(order) | {"confirmed": True, "recorded_at": now, "recorded_by": by}
        ours = update(h).where(h.c.enrollment == enrollment, h.c.drug == order.drug).values(values)
        if not connection.execute(ours).rowcount:
            last = select(func.coalesce(func.max(h.c.position), -1)).where(h.c.enrollment == enrollment)
            position = connection.execute(last).scalar_one() + 1
            connection.execute(insert(h), values | {"enrollment": enrollment, "position": position})


def finish_by_kind(connection: Connection, enrollment: str, kind: str | None, *, by: str, now: datetime) -> None:
    """Mark the open tasks of an enrollment done, of one kind or of every kind."""
    c = t.tasks.c
    done = update(t.tasks).where(c.enrollment == enrollment, c.state == "open")
    done = done if kind is None else done.where(c.kind == kind)
    connection.execute(done.values(state="done", done_at=now, done_by=by))


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


def close_own_consent(connection: Connection, enrollment: str, channel: str, *, by: str, now: datetime) -> None:
    """Close the consent of one enrollment alone, because its contact has changed."""
    c = t.consents.c
    closing = update(t.consents).where(c.enrollment == enrollment, c.channel == channel, c.closed_at.is_(None))
    connection.execute(closing.values(closed_at=now, closed_by=by, closed_reason="contact changed"))


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
    return [Reminder.from_row(row) for row in connection.execute(query).mappings()]


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


def told(connection: Connection, enrollment: str) -> list[dict[str, Any]]:
    """What the patient has or may have: reminder and stated values of each such call, in the order of sending."""
    d = t.deliveries.c
    query = select(d.reminder, d.stated).where(d.enrollment == enrollment)
    having = d.state.in_(("intended", "accepted", "unknown", "delivered"))
    return [
        dict(row) for row in connection.execute(query.where(having).order_by(d.intended_at, d.fence, d.id)).mappings()
    ]


# Worklist and history


def open_tasks(connection: Connection, found: Iterable[Task], now: datetime) -> list[dict[str, Any]]:
    """Open tasks whose cause has not opened one before; the new ones as `list_tasks` shows them."""
    opened = []
    for task in found:
        row = asdict(task) | {"state": "open", "opened_at": now}
        if _insert_new(connection, t.tasks, [row]):
            opened += list_tasks(connection, cause=task.cause)
    return opened


def list_tasks(
    connection: Connection, *, cause: str | None = None, enrollment: str | None = None
) -> list[dict[str, Any]]:
    """Tasks, urgent first, then by due time; without a filter only the open ones."""
    c = t.tasks.c
    query = select(t.tasks).order_by(c.urgent.desc(), c.due_at, c.id)
    if cause is not None:
        query = query.where(c.cause == cause)
    elif enrollment is not None:
        query = query.where(c.enrollment == enrollment)
    else:
        query = query.where(c.state == "open")
    return [dict(row) for row in connection.execute(query).mappings()]


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


def overdue_urgent(connection: Connection, now: datetime) -> list[dict[str, Any]]:
    """Urgent tasks that should have been done by now."""
    c = t.tasks.c
    query = select(t.tasks).where(c.state == "open", c.urgent.is_(True), c.due_at < now).order_by(c.due_at, c.id)
    return [dict(row) for row in connection.execute(query).mappings()]


def count_notice(connection: Connection, id_: int, seen: int) -> bool:
    """Take one step of the escalation list for a task; False where another worker took it."""
    c = t.tasks.c
    taken = update(t.tasks).where(c.id == id_, c.notified == seen, c.state == "open")
    return connection.execute(taken.values(notified=seen + 1)).rowcount == 1


def confirm_for_patient(connection: Connection, enrollment: str) -> list[str]:
    """Orders put in doubt by this enrollment's open call are confirmed on the patient's others; their ids."""
    e, h = t.enrollments.c, t.holds.c
    others = select(e.id).where(_same_patient(enrollment), e.status == "active")
    ids = list(connection.execute(others).scalars())
    doubted = select(h.enrollment).distinct().where(h.enrollment.in_(ids), h.confirmed.is_(False))
    found = list(connection.execute(doubted).scalars())
    connection.execute(update(t.holds).where(h.enrollment.in_(found)).values(confirmed=True))
    return found


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


# Pauses and heartbeats


def pause(connection: Connection, scope: str, *, reason: str, by: str, now: datetime) -> bool:
    """Pause a scope ("transport:sms"); False where it was paused already."""
    row = {"scope": scope, "reason": reason, "paused_at": now, "paused_by": by}
    return _insert_new(connection, t.pauses, [row]) == 1


def resume(connection: Connection, scope: str) -> bool:
    return connection.execute(t.pauses.delete().where(t.pauses.c.scope == scope)).rowcount == 1


def pauses(connection: Connection) -> dict[str, dict[str, Any]]:
    rows = connection.execute(select(t.pauses)).mappings()
    return {row["scope"]: dict(row) for row in rows}


def beat(connection: Connection, worker: str, *, started: datetime, now: datetime) -> None:
    """Say that a worker is alive."""
    h = t.heartbeats
    seen = connection.execute(update(h).where(h.c.worker == worker).values(seen_at=now)).rowcount
    if not seen:
        connection.execute(insert(h), {"worker": worker, "started_at": started, "seen_at": now})


def last_beat(connection: Connection, machine: str | None = None) -> datetime | None:
    """When a worker, or one of a machine, was seen last (UTC)."""
    query = select(func.max(t.heartbeats.c.seen_at))
    if machine is not None:
        query = query.where(t.heartbeats.c.worker.startswith(f"{machine}:", autoescape=True))
    return connection.execute(query).scalar()


def database_time(connection: Connection) -> datetime:
    """What PostgreSQL's own clock says: only to be compared with ours."""
    now: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    return now


# Reports


def due_between(connection: Connection, site: str, begins: datetime, ends: datetime) -> list[dict[str, Any]]:
    """What was planned to leave in a span, with whether a provider took a call for it."""
    r, e, d = t.reminders.c, t.enrollments.c, t.deliveries.c
    taken = select(d.reminder).where(d.reminder == r.id, d.state.in_(("accepted", "delivered"))).exists()
    query = select(r.enrollment, r.key, r.state, r.due_at, r.lease_until, taken.label("accepted"))
    query = query.join_from(t.reminders, t.enrollments, r.enrollment == e.id)
    query = query.where(e.site == site, r.send_at >= begins, r.send_at < ends).order_by(r.send_at, r.id)
    return [dict(row) for row in connection.execute(query).mappings()]


def record_report(connection: Connection, site: str, day: str, values: Mapping[str, Any], *, now: datetime) -> None:
    """Keep a day's figures; a later run of the same day replaces them."""
    p = t.reports
    key = {"site": site, "day": day}
    kept = {"reported_at": now, **values}
    ours = update(p).where(p.c.site == site, p.c.day == day).values(kept)
    if not connection.execute(ours).rowcount:
        connection.execute(insert(p), key | kept)
