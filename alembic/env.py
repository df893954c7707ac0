"""Runs the migrations on the connection it is given; `reminders db upgrade` is the way to start them.

To write the next one, from a checkout:
    alembic -x url=sqlite:///scratch.db upgrade head
    alembic -x url=sqlite:///scratch.db revision --autogenerate --rev-id 0002 -m "what changes"
then read every line of it: states, partial indexes and triggers are not seen by the comparison.
"""

from alembic import context
from sqlalchemy import Connection, Engine, text

from reminders.database.engine import open_engine
from reminders.database.tables import metadata

_LOCK = 7_320_114_451  # any number, as long as nothing else in the database locks the same


def _run() -> None:
    given = context.config.attributes.get("connection")
    if isinstance(given, Connection):
        _migrate(given)
        return
    engine: Engine = given or open_engine(context.get_x_argument(as_dictionary=True)["url"], create=True)
    with engine.begin() as connection:
        _migrate(connection)


def _migrate(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        _take_turns(connection)
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,  # SQLite changes a column only by building the table anew
        transactional_ddl=True,  # on SQLite too: the engine begins its transactions itself
    )
    with context.begin_transaction():
        context.run_migrations()


def _take_turns(connection: Connection) -> None:
    # Two workers may start an upgrade at once: the second waits, and then finds nothing left to do.
    # A migration itself gives up soon on a locked table, for all readers queue behind its wait.
    connection.execute(text("SET LOCAL statement_timeout = 0"))
    connection.execute(text("SET LOCAL lock_timeout = '60s'"))
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    connection.execute(text("SET LOCAL lock_timeout = '5s'"))


_run()
