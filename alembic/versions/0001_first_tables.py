"""The first tables, and an event log that neither database lets anyone rewrite.

The types are spelled out here and not taken from the program: what they once were stays true when the program moves on.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_INSTANT = sa.TIMESTAMP(timezone=True).with_variant(sa.BigInteger(), "sqlite")  # there: microseconds since 1970
_WORD = _JSON = sa.Text()
_SEALED = sa.LargeBinary()
_NUMBER = sa.Integer()
_YES_NO = sa.Boolean()

_REFUSED = "events are append-only"


def upgrade() -> None:
    _create_small_tables()
    _create_enrollments()
    _create_consents_and_medicines()
    _create_reminders()
    _create_deliveries()
    _create_tasks_and_events()
    if op.get_bind().dialect.name == "sqlite":
        _protect_events_on_sqlite()
    else:
        _protect_events_on_postgresql()


def downgrade() -> None:
    for table in ("deliveries", "reminders", "tasks", "events", "holds", "takes", "consents", "enrollments"):
        op.drop_table(table)
    for table in ("protocols", "approvals", "pauses", "heartbeats", "reports"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_to_change_events()")


def _needs(name: str, kind: Any, default: str | None = None) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False, server_default=sa.text(default) if default else None)


def _may(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=True)


def _table(name: str, *parts: Any, key: Sequence[str] = ("id",)) -> None:
    primary = sa.PrimaryKeyConstraint(*key, name=op.f(f"pk_{name}"))
    counted = any(isinstance(part, sa.Column) and part.name == "id" and part.type is _ID for part in parts)
    op.create_table(name, *parts, primary, sqlite_autoincrement=counted)


def _reference(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"))


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=op.f(f"uq_{table}_{'_'.join(columns)}"))


def _words(table: str, column: str, *words: str) -> sa.CheckConstraint:
    listed = ", ".join(f"'{word}'" for word in words)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=op.f(f"ck_{table}_{column}"))


def _index(table: str, *columns: str) -> None:
    op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns))


def _partial(name: str, table: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, unique=unique, sqlite_where=condition, postgresql_where=condition)


def _create_small_tables() -> None:
    _table(
        "protocols",
        _needs("hash", _WORD),
        _needs("name", _WORD),
        _needs("version", _NUMBER),
        _needs("files", _JSON),
        _needs("recorded_at", _INSTANT),
        key=["hash"],
    )
    _table(
        "approvals",
        _needs("id", _ID),
        _needs("kind", _WORD),
        _needs("name", _WORD),
        _needs("content_hash", _WORD),
        _needs("approved_by", _WORD),
        _needs("approved_at", _INSTANT),
        _unique("approvals", "kind", "name", "content_hash"),
    )
    _table(
        "pauses",
        _needs("scope", _WORD),
        _needs("reason", _WORD),
        _needs("paused_at", _INSTANT),
        _needs("paused_by", _WORD),
        key=["scope"],
    )
    _table(
        "heartbeats",
        _needs("worker", _WORD),
        _needs("started_at", _INSTANT),
        _needs("seen_at", _INSTANT),
        key=["worker"],
    )
    _table(
        "reports",
        _needs("site", _WORD),
        _needs("day", _WORD),
        _needs("due", _NUMBER),
        _needs("counts", _JSON),
        _needs("differences", _JSON),
        _needs("reported_at", _INSTANT),
        key=["site", "day"],
    )


def _create_enrollments() -> None:
    _table(
        "enrollments",
        _needs("id", _WORD),
        _needs("site", _WORD),
        _needs("protocol_hash", _WORD),
        _needs("language", _WORD),
        _needs("zone", _WORD),
        _needs("detailed", _YES_NO),
        _needs("sedation", _WORD),
        _needs("status", _WORD),
        _needs("start_at", _INSTANT),
        _needs("hour_known", _YES_NO),
        _may("ended_at", _INSTANT),
        _may("visit_at", _INSTANT),
        _may("arrival_at", _INSTANT),
        _needs("enrolled_at", _INSTANT),
        _needs("revision", _NUMBER, default="1"),
        _may("cancelled_at", _INSTANT),
        _may("cancel_reason", _WORD),
        _needs("name", _SEALED),
        _may("phone", _SEALED),
        _may("email", _SEALED),
        _may("mrn", _SEALED),
        _may("phone_lookup", _WORD),
        _may("email_lookup", _WORD),
        _may("mrn_lookup", _WORD),
        _may("same_record", _WORD),
        _needs("same_contact", _WORD),
        _words("enrollments", "status", "active", "completed", "cancelled", "ended"),
        _reference("enrollments", "protocol_hash", "protocols.hash"),
    )
    _index("enrollments", "site", "status", "start_at")
    for column in ("same_contact", "phone_lookup", "email_lookup", "mrn_lookup"):
        _index("enrollments", column)
    live = "status <> 'cancelled' AND same_record IS NOT NULL"
    _partial("uq_enrollments_same_record", "enrollments", ["same_record"], live, unique=True)


def _create_consents_and_medicines() -> None:
    _table(
        "consents",
        _needs("id", _ID),
        _needs("enrollment", _WORD),
        _needs("channel", _WORD),
        _needs("granted_at", _INSTANT),
        _needs("granted_by", _WORD),
        _needs("wording", _WORD),
        _needs("detailed", _YES_NO),
        _may("closed_at", _INSTANT),
        _may("closed_by", _WORD),
        _may("closed_reason", _WORD),
        _reference("consents", "enrollment", "enrollments.id"),
    )
    _index("consents", "enrollment")
    _partial("uq_consents_open", "consents", ["enrollment", "channel"], "closed_at IS NULL", unique=True)
    _table(
        "holds",
        _needs("enrollment", _WORD),
        _needs("drug", _WORD),
        _needs("position", _NUMBER),
        _needs("days", _NUMBER),
        _may("resume_days", _NUMBER),
        _needs("ordered_by", _WORD),
        _needs("confirmed", _YES_NO),
        _needs("recorded_at", _INSTANT),
        _needs("recorded_by", _WORD),
        _reference("holds", "enrollment", "enrollments.id"),
        key=["enrollment", "drug"],
    )
    _table(
        "takes",
        _needs("enrollment", _WORD),
        _needs("drug", _WORD),
        _needs("recorded_at", _INSTANT),
        _reference("takes", "enrollment", "enrollments.id"),
        key=["enrollment", "drug"],
    )


def _create_reminders() -> None:
    states = ("planned", "held", "sending", "sent", "unknown", "delivered", "failed", "missed", "skipped")
    _table(
        "reminders",
        _needs("id", _ID),
        _needs("enrollment", _WORD),
        _needs("key", _WORD),
        _needs("step", _WORD),
        _needs("position", _NUMBER),
        _needs("round", _NUMBER, default="1"),
        _needs("revision", _NUMBER),
        _needs("state", _WORD),
        _may("reason", _WORD),
        *(_may(name, _INSTANT) for name in ("send_at", "due_at", "not_before", "not_after")),
        _needs("zone", _WORD),
        _needs("channels", _JSON),
        _may("channel", _WORD),
        _needs("waits_for", _JSON),
        _needs("why", _JSON),
        _may("drug", _WORD),
        _may("copy_of", _WORD),
        _may("doubted_drugs", _JSON),
        _needs("late", _YES_NO),
        _needs("attempts", _NUMBER, default="0"),
        _needs("fence", _NUMBER, default="0"),
        _may("worker", _WORD),
        _may("lease_until", _INSTANT),
        _needs("changed_at", _INSTANT),
        _words("reminders", "state", *states, "withdrawn"),
        _reference("reminders", "enrollment", "enrollments.id"),
        _unique("reminders", "enrollment", "key", "round"),
    )
    _partial("ix_reminders_due", "reminders", ["due_at"], "state = 'planned'")
    _partial("ix_reminders_leased", "reminders", ["lease_until"], "state = 'sending'")
    _partial("ix_reminders_held", "reminders", ["not_after"], "state = 'held'")


def _create_deliveries() -> None:
    states = ("intended", "accepted", "not_sent", "refused", "unknown", "delivered", "undelivered", "absent")
    _table(
        "deliveries",
        _needs("id", _WORD),
        _needs("reminder", _ID),
        _needs("enrollment", _WORD),
        _needs("channel", _WORD),
        _needs("transport", _WORD),
        _needs("worker", _WORD),
        _needs("fence", _NUMBER),
        _needs("revision", _NUMBER),
        _needs("state", _WORD),
        _needs("recipient", _SEALED),
        _needs("content", _SEALED),
        _needs("content_hash", _WORD),
        _needs("stated", _JSON),
        _needs("intended_at", _INSTANT),
        _may("settled_at", _INSTANT),
        _may("provider_id", _WORD),
        _may("code", _WORD),
        _may("reason", _WORD),
        _may("segments", _NUMBER),
        _words("deliveries", "state", *states, "abandoned"),
        _reference("deliveries", "reminder", "reminders.id"),
        _reference("deliveries", "enrollment", "enrollments.id"),
    )
    for column in ("reminder", "enrollment", "provider_id"):
        _index("deliveries", column)
    unsettled = "state IN ('intended', 'unknown')"
    _partial("ix_deliveries_unsettled", "deliveries", ["intended_at"], unsettled)
    live = "state IN ('intended', 'unknown', 'accepted', 'delivered')"
    _partial("uq_deliveries_live", "deliveries", ["reminder"], live, unique=True)


def _create_tasks_and_events() -> None:
    _table(
        "tasks",
        _needs("id", _ID),
        _may("enrollment", _WORD),
        _needs("site", _WORD),
        _needs("kind", _WORD),
        _needs("cause", _WORD),
        _needs("reason", _WORD),
        _needs("due_at", _INSTANT),
        _needs("urgent", _YES_NO),
        _needs("state", _WORD),
        _needs("opened_at", _INSTANT),
        _needs("notified", _NUMBER, "0"),
        _may("done_at", _INSTANT),
        _may("done_by", _WORD),
        _may("note", _SEALED),
        _words("tasks", "state", "open", "done"),
        _reference("tasks", "enrollment", "enrollments.id"),
        _unique("tasks", "cause"),
    )
    _index("tasks", "state", "due_at")
    _index("tasks", "enrollment")
    _table(
        "events",
        _needs("id", _ID),
        _may("enrollment", _WORD),
        _needs("at", _INSTANT),
        _needs("by", _WORD),
        _needs("action", _WORD),
        _may("before", _JSON),
        _may("after", _JSON),
        _may("note", _SEALED),
        _reference("events", "enrollment", "enrollments.id"),
    )
    _index("events", "enrollment", "id")


def _protect_events_on_sqlite() -> None:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{_REFUSED}'); END"
    for action in ("UPDATE", "DELETE"):
        op.execute(f"CREATE TRIGGER events_refuse_{action.lower()} BEFORE {action} ON events {refuse}")
    # INSERT OR REPLACE deletes the old row without asking a DELETE trigger.
    taken = "WHEN EXISTS (SELECT 1 FROM events WHERE id = NEW.id)"
    op.execute(f"CREATE TRIGGER events_refuse_replace BEFORE INSERT ON events {taken} {refuse}")


def _protect_events_on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION refuse_to_change_events() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_REFUSED}'; END $$"
    )
    call = "EXECUTE FUNCTION refuse_to_change_events()"
    op.execute(f"CREATE TRIGGER events_refuse_change BEFORE UPDATE OR DELETE ON events FOR EACH ROW {call}")
    op.execute(f"CREATE TRIGGER events_refuse_truncate BEFORE TRUNCATE ON events FOR EACH STATEMENT {call}")
