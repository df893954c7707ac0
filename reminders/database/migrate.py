"""Brings a database's tables to this program's revision.

The rule: an upgrade happens whole or not at all, and only one at a time.
"""

from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, event

from reminders.database.engine import (
    current_revision,
    database_errors_explained,
    known_revisions,
    migrations_folder,
    open_unchecked,
    refuse_newer,
)
from reminders.errors import OperationError

if TYPE_CHECKING:
    from alembic.config import Config


def head() -> str:
    """The revision this program works with."""
    return known_revisions()[-1]


def current(url: str) -> str | None:
    """The revision of a database, None where it has no tables. Raises ConfigurationError where it is missing."""
    engine = open_unchecked(url, create=False)
    try:
        return current_revision(engine)
    finally:
        engine.dispose()


def upgrade(url: str) -> None:
    """Makes a missing SQLite file and brings the tables to `head()`; a second call changes nothing.

    Raises ConfigurationError for a database newer than this program, OperationError for one that does not answer
    or that another process kept locked for too long.
    """
    engine = open_unchecked(url, create=True)
    try:
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _let_tables_be_rebuilt)
        refuse_newer(current_revision(engine))
        with database_errors_explained(), engine.begin() as connection:
            _run(connection)
    finally:
        engine.dispose()


def alembic_config() -> "Config":
    """Alembic's configuration for the scripts of this program, wherever they are installed."""
    from alembic.config import Config  # a third of a second, for this one command

    config = Config()
    config.set_main_option("script_location", str(migrations_folder()).replace("%", "%%"))
    return config


def _run(connection: Connection) -> None:
    from alembic import command

    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    if connection.dialect.name == "sqlite" and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
        raise OperationError("the upgrade would leave rows that point nowhere; nothing was changed")


def _let_tables_be_rebuilt(connection: Any, _record: object) -> None:
    # SQLite changes a column by copying the table and dropping the old one, which must not be taken for
    # deleted rows. It obeys this only outside a transaction; _run checks every reference before the commit.
    connection.execute("PRAGMA foreign_keys = OFF")
