"""Many workers: what each sender may still take, second attempts, what is urgent, and the epoch of the store.

The types are spelled out here and not taken from the program: what they once were stays true when the program moves on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_INSTANT = sa.TIMESTAMP(timezone=True).with_variant(sa.BigInteger(), "sqlite")  # there: microseconds since 1970
_WORD = sa.Text()
_NUMBER = sa.Integer()
_PLANNED = "state = 'planned'"
_URGENT = "state = 'planned' AND urgency = 0"


def upgrade() -> None:
    op.add_column("reminders", sa.Column("urgency", _NUMBER, nullable=False, server_default=sa.text("1")))
    op.add_column("deliveries", sa.Column("again_of", _WORD, nullable=True))
    op.add_column("deliveries", sa.Column("looks", _NUMBER, nullable=False, server_default=sa.text("0")))
    op.add_column("deliveries", sa.Column("looked_at", _INSTANT, nullable=True))
    _partial("ix_reminders_urgent", "reminders", "due_at", _URGENT)
    _partial("ix_reminders_ending", "reminders", "not_after", _PLANNED)
    op.create_index("ix_deliveries_intended_at", "deliveries", ["intended_at"])
    op.create_table(
        "senders",
        sa.Column("sender", _WORD, nullable=False),
        sa.Column("free_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("sender", name=op.f("pk_senders")),
    )
    op.create_table(
        "epochs",
        sa.Column("store", _WORD, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("lost_store", _WORD, nullable=True),
        sa.Column("lost_number", sa.BigInteger(), nullable=True),
        sa.Column("lost_at", _INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("store", name=op.f("pk_epochs")),
    )


def downgrade() -> None:
    op.drop_table("epochs")
    op.drop_table("senders")
    op.drop_index("ix_deliveries_intended_at", "deliveries")
    op.drop_index("ix_reminders_ending", "reminders")
    op.drop_index("ix_reminders_urgent", "reminders")
    for name in ("looked_at", "looks", "again_of"):
        op.drop_column("deliveries", name)
    op.drop_column("reminders", "urgency")


def _partial(name: str, table: str, column: str, where: str) -> None:
    op.create_index(name, table, [column], sqlite_where=sa.text(where), postgresql_where=sa.text(where))
