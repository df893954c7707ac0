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
_SELDOM = ("provider_id", "leader")  # nearly no intent has one
# What a worker plans anew when its call came to nothing it finds by itself; what lies further ahead, by polling.
_SOON = "NEW.state = 'planned' AND NEW.due_at < now() + interval '1 hour'"
_CHANGED = "OLD.state <> 'sending' AND (OLD.state <> NEW.state OR OLD.due_at IS DISTINCT FROM NEW.due_at)"


def upgrade() -> None:
    op.add_column("reminders", sa.Column("urgency", _NUMBER, nullable=False, server_default=sa.text("1")))
    op.add_column("deliveries", sa.Column("again_of", _WORD, nullable=True))
    op.add_column("deliveries", sa.Column("looks", _NUMBER, nullable=False, server_default=sa.text("0")))
    op.add_column("deliveries", sa.Column("looked_at", _INSTANT, nullable=True))
    op.drop_index("ix_reminders_due", "reminders")
    _partial("ix_reminders_due", "reminders", ["due_at", "id"], _PLANNED)
    _partial("ix_reminders_waiting", "reminders", ["channel", "due_at", "id"], _PLANNED)
    _partial("ix_reminders_urgent", "reminders", ["due_at"], _URGENT)
    _partial("ix_reminders_ending", "reminders", ["not_after"], _PLANNED)
    op.create_index("ix_deliveries_intended_at", "deliveries", ["intended_at"])
    for name in _SELDOM:
        op.drop_index(f"ix_deliveries_{name}", "deliveries")
        _partial(f"ix_deliveries_{name}", "deliveries", [name], f"{name} IS NOT NULL")
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
    if op.get_bind().dialect.name == "postgresql":
        _wake_workers()


def _wake_workers() -> None:
    """Whatever is planned for now or soon, by whatever statement, is told to all who listen when it commits."""
    op.execute(
        "CREATE FUNCTION wake_workers() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN PERFORM pg_notify('reminders', ''); RETURN NULL; END $$"
    )
    call = "EXECUTE FUNCTION wake_workers()"
    op.execute(f"CREATE TRIGGER reminders_planned AFTER INSERT ON reminders FOR EACH ROW WHEN ({_SOON}) {call}")
    when = f"FOR EACH ROW WHEN ({_SOON} AND {_CHANGED})"
    op.execute(f"CREATE TRIGGER reminders_replanned AFTER UPDATE ON reminders {when} {call}")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER reminders_planned ON reminders")
        op.execute("DROP TRIGGER reminders_replanned ON reminders")
        op.execute("DROP FUNCTION wake_workers()")
    op.drop_table("epochs")
    op.drop_table("senders")
    for name in _SELDOM:
        op.drop_index(f"ix_deliveries_{name}", "deliveries")
        op.create_index(f"ix_deliveries_{name}", "deliveries", [name])
    op.drop_index("ix_deliveries_intended_at", "deliveries")
    op.drop_index("ix_reminders_ending", "reminders")
    op.drop_index("ix_reminders_urgent", "reminders")
    op.drop_index("ix_reminders_waiting", "reminders")
    op.drop_index("ix_reminders_due", "reminders")
    _partial("ix_reminders_due", "reminders", ["due_at"], _PLANNED)
    for name in ("looked_at", "looks", "again_of"):
        op.drop_column("deliveries", name)
    op.drop_column("reminders", "urgency")


def _partial(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
