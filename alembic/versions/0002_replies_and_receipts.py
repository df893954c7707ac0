"""Replies, receipts, caregivers: what comes back, and who else is told.

The types are spelled out here and not taken from the program: what they once were stays true when the program moves on.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_INSTANT = sa.TIMESTAMP(timezone=True).with_variant(sa.BigInteger(), "sqlite")  # there: microseconds since 1970
_WORD = _JSON = sa.Text()
_SEALED = sa.LargeBinary()
_NUMBER = sa.Integer()

_MORE = {
    "reminders": {"recipient": _WORD, "joins": _WORD, "about": _WORD, "content": _SEALED},
    "deliveries": {
        "recipient_lookup": _WORD,
        "discreet": _SEALED,
        "leader": _WORD,
        "receipt": _WORD,
        "receipt_due_at": _INSTANT,
    },
    "tasks": {"about": _WORD},
}
_AWAITED = "state = 'accepted' AND receipt_due_at IS NOT NULL"
_KEPT = "applied_at IS NULL"


def upgrade() -> None:
    for table, columns in _MORE.items():
        for name, kind in columns.items():
            op.add_column(table, sa.Column(name, kind, nullable=True))
    op.create_index(
        op.f("ix_deliveries_recipient_lookup_intended_at"), "deliveries", ["recipient_lookup", "intended_at"]
    )
    op.create_index(op.f("ix_deliveries_leader"), "deliveries", ["leader"])
    _partial("ix_deliveries_receipt_due", "deliveries", "receipt_due_at", _AWAITED)
    _create_caregivers_and_opt_outs()
    _create_replies_and_answers()
    _create_hook_events()


def downgrade() -> None:
    for table in ("hook_events", "answers", "replies", "opt_outs", "caregivers"):
        op.drop_table(table)
    op.drop_index("ix_deliveries_receipt_due", "deliveries")
    op.drop_index(op.f("ix_deliveries_leader"), "deliveries")
    op.drop_index(op.f("ix_deliveries_recipient_lookup_intended_at"), "deliveries")
    for table, columns in _MORE.items():
        for name in columns:
            op.drop_column(table, name)


def _partial(name: str, table: str, column: str, where: str) -> None:
    op.create_index(name, table, [column], sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def _needs(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)


def _may(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=True)


def _refers(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"))


def _create_caregivers_and_opt_outs() -> None:
    op.create_table(
        "caregivers",
        _needs("enrollment", _WORD),
        _needs("label", _WORD),
        _needs("channel", _WORD),
        _needs("language", _WORD),
        _needs("steps", _JSON),
        _needs("name", _SEALED),
        _may("phone", _SEALED),
        _may("email", _SEALED),
        _needs("address_lookup", _WORD),
        _needs("granted_at", _INSTANT),
        _needs("granted_by", _WORD),
        _needs("wording", _WORD),
        _may("closed_at", _INSTANT),
        _may("closed_by", _WORD),
        _may("closed_reason", _WORD),
        _refers("caregivers", "enrollment", "enrollments"),
        sa.PrimaryKeyConstraint("enrollment", "label", name=op.f("pk_caregivers")),
    )
    op.create_index(op.f("ix_caregivers_address_lookup"), "caregivers", ["address_lookup"])
    op.create_table(
        "opt_outs",
        _needs("address", _WORD),
        _needs("channel", _WORD),
        _needs("at", _INSTANT),
        _needs("by", _WORD),
        _needs("reason", _WORD),
        sa.PrimaryKeyConstraint("address", "channel", name=op.f("pk_opt_outs")),
    )


def _create_replies_and_answers() -> None:
    op.create_table(
        "replies",
        _needs("id", _WORD),
        _needs("provider_id", _WORD),
        _needs("address", _WORD),
        _needs("sender", _SEALED),
        _needs("content", _SEALED),
        _needs("media", _NUMBER),
        _needs("received_at", _INSTANT),
        _may("site", _WORD),
        _may("enrollment", _WORD),
        _needs("meaning", _WORD),
        _may("response", _WORD),
        _refers("replies", "enrollment", "enrollments"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replies")),
        sa.UniqueConstraint("provider_id", name=op.f("uq_replies_provider_id")),
    )
    op.create_index(op.f("ix_replies_address_received_at"), "replies", ["address", "received_at"])
    op.create_index(op.f("ix_replies_enrollment"), "replies", ["enrollment"])
    op.create_table(
        "answers",
        _needs("id", _ID),
        _needs("enrollment", _WORD),
        _needs("reminder", _ID),
        _needs("question", _WORD),
        _needs("value", _NUMBER),
        _may("reply", _WORD),
        _needs("answered_at", _INSTANT),
        _refers("answers", "enrollment", "enrollments"),
        _refers("answers", "reminder", "reminders"),
        _refers("answers", "reply", "replies"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answers")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_answers_enrollment"), "answers", ["enrollment"])
    op.create_index(op.f("ix_answers_reminder"), "answers", ["reminder"])


def _create_hook_events() -> None:
    op.create_table(
        "hook_events",
        _needs("id", _ID),
        _needs("provider", _WORD),
        _needs("provider_id", _WORD),
        _needs("status", _WORD),
        _may("delivery", _WORD),
        _may("code", _WORD),
        _needs("received_at", _INSTANT),
        _may("applied_at", _INSTANT),
        _may("outcome", _WORD),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hook_events")),
        sa.UniqueConstraint(
            "provider", "provider_id", "status", name=op.f("uq_hook_events_provider_provider_id_status")
        ),
        sqlite_autoincrement=True,
    )
    _partial("ix_hook_events_kept", "hook_events", "delivery", _KEPT)
