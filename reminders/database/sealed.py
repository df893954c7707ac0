"""Whether a key file opens what the store holds: without this, another key would seal beside the old one unnoticed.

The rule: it is asked each time something new is sealed for a patient, so it costs one enrollment by an index, and a
second one only where that does not open.
"""

from enum import StrEnum

from sqlalchemy import Connection, Row, Select, UnaryExpression, inspect, select

from reminders.database import tables as t
from reminders.database.engine import database_errors_explained, open_unchecked, reading
from reminders.database.vault import Vault
from reminders.errors import OperationError


class Fit(StrEnum):
    """How a key file goes with a store."""

    WHOLE = "whole"  # the newest enrollment opens, or there is none
    PART = "part"  # it does not, and the oldest does: one row was damaged, or once sealed with another key
    NONE = "none"


def _at_the(end: UnaryExpression[int]) -> Select[tuple[str, bytes]]:
    """The enrollment at one end of the consents: each has one from the start, and they are numbered in turn."""
    c, e = t.consents.c, t.enrollments.c
    return select(e.id, e.name).where(e.id == select(c.enrollment).order_by(end).limit(1).scalar_subquery())


NEWEST, OLDEST = _at_the(t.consents.c.id.desc()), _at_the(t.consents.c.id.asc())


def fit_of(connection: Connection, vault: Vault) -> Fit:
    """How this key file goes with this store; one damaged row alone does not speak against it."""
    newest = connection.execute(NEWEST).first()
    if newest is None or _opens(vault, newest):
        return Fit.WHOLE
    if not vault.knows(newest.name):  # sealed with a key that was added since: the file is an old copy
        return Fit.NONE
    oldest = connection.execute(OLDEST).first()
    return Fit.PART if oldest is not None and _opens(vault, oldest) else Fit.NONE


def _opens(vault: Vault, row: Row[tuple[str, bytes]]) -> bool:
    try:
        vault.open("enrollments", row.id, "name", row.name)
    except OperationError:
        return False
    return True


def holds_enrollments(url: str) -> bool:
    """Whether a database, of whatever version, holds patients' data under some key; False where it has no tables.

    Raises ConfigurationError for a SQLite file that is missing.
    """
    engine = open_unchecked(url, create=False)
    try:
        with database_errors_explained(), reading(engine) as connection:
            has_table = inspect(connection).has_table(t.enrollments.name)
            return has_table and connection.execute(select(t.enrollments.c.id).limit(1)).first() is not None
    finally:
        engine.dispose()
