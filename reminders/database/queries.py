"""Every question and change of the plan's tables, by name; the hot path of dispatch has claims.py.

Instants come in as arguments (one clock); sealed columns are opened and closed here and nowhere else.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    Connection,
    Insert,
    Select,
    Table,
    Text,
    and_,
    bindparam,
    func,
    insert,
    literal,
    or_,
    select,
    type_coerce,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from reminders.database import caregivers
from reminders.database import tables as t
from reminders.database.locks import one_at_a_time
from reminders.database.rows import as_dicts, values_of
from reminders.database.sets import among
from reminders.database.vault import Vault
from reminders.lifecycle import State
from reminders.records import OPTED_OUT, RUNNING, Consent, Contact, Enrollment, Reminder
from schedules.procedure import Hold
from schedules.protocol import Channel
from schedules.unplanned import RESPONSES

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
    kept = {"preserve_rowcount": True}  # for an INSERT the count is otherwise forgotten, and -1 on PostgreSQL
    return connection.execute(_unless_there(table, connection.dialect.name), rows, execution_options=kept).rowcount


@cache
def _unless_there(table: Table, dialect: str) -> Insert:
    statement: Insert = (postgresql if dialect == "postgresql" else sqlite).insert(table).on_conflict_do_nothing()
    return statement


@cache
def into(table: Table) -> Insert:
    """The statement that inserts into a table, made once."""
    return insert(table)


# Enrollments


def insert_enrollment(connection: Connection, vault: Vault, enrollment: Enrollment, lookups: Mapping[str, Any]) -> None:
    """Store an enrollment with its consents, orders and medicines; `lookups` are the keyed hashes."""
    row = {column: getattr(enrollment, column) for column in PLAIN}
    connection.execute(into(t.enrollments), row | _sealed(vault, enrollment) | dict(lookups))
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
        connection.execute(into(table), rows)


def _same(*, record: bool) -> Select[Any]:
    """Enrollments of one procedure that are not cancelled: of one record number, or of one name and address."""
    e = t.enrollments.c
    same = e.same_contact == bindparam("same_contact")
    if record:
        same = or_(e.same_record == bindparam("same_record"), and_(same, e.same_record.is_(None)))
    return select(e.id).where(same, e.status != "cancelled").limit(1)


SAME = {record: _same(record=record) for record in (True, False)}
IS_RUNNING = t.enrollments.c.status.in_(RUNNING)
ON_PHONE = select(func.count()).where(
    t.enrollments.c.phone_lookup == bindparam("phone"),
    func.coalesce(t.enrollments.c.mrn_lookup, "") != bindparam("mrn"),
    IS_RUNNING,
)
OF_RECORD = select(t.enrollments.c.id).where(t.enrollments.c.mrn_lookup == bindparam("mrn"), IS_RUNNING)
OF_RECORD = OF_RECORD.order_by(t.enrollments.c.start_at, t.enrollments.c.id)


def same_enrollment(connection: Connection, *, same_record: str | None, same_contact: str) -> str | None:
    """The id of an enrollment of the same procedure that is not cancelled.

    Whoever asks for the same patient at the same moment waits until this transaction ends.
    """
    one_at_a_time(connection, "same", filter(None, (same_record, same_contact)))
    wanted = {"same_contact": same_contact} | ({} if same_record is None else {"same_record": same_record})
    found: str | None = connection.execute(SAME[same_record is not None], wanted).scalar()
    return found


def others_on_phone(connection: Connection, phone_lookup: str, mrn_lookup: str | None) -> int:
    """How many running enrollments of others, as far as record numbers tell, share a phone."""
    return int(connection.execute(ON_PHONE, {"phone": phone_lookup, "mrn": mrn_lookup or "-"}).scalar_one())


def running_of_record(connection: Connection, mrn_lookup: str) -> list[str]:
    """The running enrollments of one record number, the next procedure first."""
    return list(connection.execute(OF_RECORD, {"mrn": mrn_lookup}).scalars())


def load_enrollment(connection: Connection, vault: Vault, id_: str, *, lock: bool = False) -> Enrollment | None:
    """One enrollment; `lock` keeps every other change and claim of it out until the transaction ends."""
    return next(iter(load_enrollments(connection, vault, [id_], lock="update" if lock else None).values()), None)


def _of_enrollments(table: Table) -> Select[Any]:
    return select(table).where(among(table.c.enrollment, "ids"))


ENROLLMENTS = select(t.enrollments).where(among(t.enrollments.c.id, "ids")).order_by(t.enrollments.c.id)
# A claim leaves alone what a change holds, or each would wait for the other's rows. A change does not keep out rows
# that only refer to the enrollment (key_share): they are no part of its plan.
LOCKED: Mapping[str | None, Select[Any]] = {
    None: ENROLLMENTS,
    "share": ENROLLMENTS.with_for_update(read=True, skip_locked=True),
    "update": ENROLLMENTS.with_for_update(key_share=True),
}
RELATED = (
    _of_enrollments(t.consents)
    .where(or_(t.consents.c.closed_at.is_(None), t.consents.c.closed_reason == OPTED_OUT))
    .order_by(t.consents.c.id),
    _of_enrollments(t.holds).order_by(t.holds.c.position),
    _of_enrollments(t.takes),
    caregivers.OF_ENROLLMENTS,
)


def load_enrollments(
    connection: Connection, vault: Vault, ids: Iterable[str], *, lock: str | None = None
) -> dict[str, Enrollment]:
    """Enrollments by id; `lock` "share" keeps changes out, "update" keeps everybody out (PostgreSQL)."""
    wanted = {"ids": sorted(set(ids))}
    if not wanted["ids"]:
        return {}
    rows = as_dicts(connection.execute(LOCKED[lock], wanted))
    related = [_by_enrollment(connection, query, wanted) for query in RELATED]
    return {row["id"]: _enrollment(vault, row, *(rows_of.get(row["id"], []) for rows_of in related)) for row in rows}


def _by_enrollment(
    connection: Connection, query: Select[Any], wanted: Mapping[str, Sequence[str]]
) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for row in as_dicts(connection.execute(query, wanted)):
        found.setdefault(row["enrollment"], []).append(row)
    return found


def _enrollment(
    vault: Vault,
    row: Mapping[str, Any],
    consents: Sequence[Mapping[str, Any]],
    holds: Sequence[Mapping[str, Any]],
    takes: Sequence[Mapping[str, Any]],
    cared_for: Sequence[Mapping[str, Any]],
) -> Enrollment:
    personal = {
        column: None if row[column] is None else vault.open("enrollments", row["id"], column, row[column])
        for column in PERSONAL
    }
    contact = Contact(
        name=personal["name"] or "", phone=personal["phone"], email=personal["email"], mrn=personal["mrn"]
    )
    granted = {Channel(c["channel"]): _consent(c) for c in consents if c["closed_at"] is None}
    closed = dict.fromkeys(Channel(c["channel"]) for c in consents if c["closed_at"] is not None)
    return Enrollment(
        **{name: row[name] for name in READ},
        contact=contact,
        holds=tuple(Hold(**{name: hold[name] for name in Hold.__slots__}) for hold in holds),
        takes=tuple(row["drug"] for row in takes),
        consents=granted,
        opted_out=tuple(channel for channel in closed if channel not in granted),
        caregivers=tuple(caregivers.read(vault, row) for row in cared_for),
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
        select(e.id, e.name, e.start_at, e.hour_known, e.site, e.zone, e.status, upcoming.c.next)
        .join_from(t.enrollments, upcoming, upcoming.c.enrollment == e.id, isouter=True)
        .order_by(e.start_at, e.id)
    )
    rows = connection.execute(query).mappings()
    return [dict(row) | {"name": vault.open("enrollments", row["id"], "name", row["name"])} for row in rows]


REVISION = select(t.enrollments.c.revision).where(t.enrollments.c.id == bindparam("of"))


def revision_of(connection: Connection, id_: str) -> int | None:
    """How often an enrollment's plan has been stored; None for an unknown one."""
    return connection.execute(REVISION, {"of": id_}).scalar()


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
    """Keep every claim and change out of the enrollments reached at some addresses (their keyed hashes).

    An address reaches an enrollment as the patient's or as a caregiver's.
    """
    if addresses:
        e = t.enrollments.c
        reached = select(e.id).where(or_(e.id.in_(_at(addresses)), e.id.in_(caregivers.reached_at(addresses))))
        connection.execute(reached.order_by(e.id).with_for_update(key_share=True))


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


COLUMNS = tuple(t.reminders.c[name] for name in Reminder.__slots__)
OF_ENROLLMENT = select(*COLUMNS).where(t.reminders.c.enrollment == bindparam("of"))
OF_ENROLLMENT = OF_ENROLLMENT.order_by(t.reminders.c.position, t.reminders.c.round, t.reminders.c.id)
IN_STATES = OF_ENROLLMENT.where(among(t.reminders.c.state, "states"))


def reminders_of(connection: Connection, enrollment: str) -> list[Reminder]:
    """All reminders of an enrollment, in table order, older rounds first."""
    return [Reminder.from_row(row) for row in as_dicts(connection.execute(OF_ENROLLMENT, {"of": enrollment}))]


def reminders_in(connection: Connection, enrollment: str, states: Iterable[State]) -> list[Reminder]:
    """Those in some states."""
    found = connection.execute(IN_STATES, {"of": enrollment, "states": [str(state) for state in states]})
    return [Reminder.from_row(row) for row in as_dicts(found)]


REPLANNED = (
    "position", "revision", "state", "reason", "send_at", "due_at", "not_before", "not_after", "zone", "channels",
    "channel", "waits_for", "why", "drug", "copy_of", "late", "joins", "urgency", "changed_at",
)  # fmt: skip
REPLAN = (
    update(t.reminders)
    .where(t.reminders.c.id == bindparam("row"), or_(t.reminders.c.state == "planned", t.reminders.c.state == "held"))
    .values({name: bindparam(f"new_{name}") for name in REPLANNED})
)


def replan(connection: Connection, rows: Mapping[int, Mapping[str, Any]]) -> None:
    """Give reminders that have not left their new plan, by number; one that has left meanwhile stays as it is."""
    values = [{"row": id_} | {f"new_{name}": row[name] for name in REPLANNED} for id_, row in rows.items()]
    if values:
        connection.execute(REPLAN, values)


def withdraw(connection: Connection, ids: Collection[int], *, revision: int, reason: str, now: datetime) -> None:
    """Withdraw reminders that have not left, under the revision that wants it."""
    if not ids:
        return
    r = t.reminders.c
    unsent = update(t.reminders).where(among(r.id, "ids"), r.state.in_(("planned", "held")))
    values = {"state": "withdrawn", "reason": reason, "due_at": None, "revision": revision, "changed_at": now}
    connection.execute(unsent.values(values), {"ids": list(ids)})


CHANGE_REMINDER = update(t.reminders).where(t.reminders.c.id == bindparam("this"), among(t.reminders.c.state, "were"))


def change_reminder(connection: Connection, id_: int, states: Iterable[State], **values: Any) -> bool:
    """Change a reminder that is still in one of `states`; False where it was not."""
    return connection.execute(CHANGE_REMINDER, {"this": id_, "were": list(states), **values}).rowcount == 1


def withdraw_unsent(connection: Connection, enrollment: str, *, reason: str, now: datetime) -> list[str]:
    """Withdraw everything that has not left, but for what answers a reply; the keys, in table order."""
    r = t.reminders.c
    ours = (r.enrollment == enrollment, r.state.in_(("planned", "held")), r.step.not_in(list(RESPONSES)))
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
