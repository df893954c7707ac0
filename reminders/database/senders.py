"""Until when the time of each sender is given away: one row each, which whoever gives some away has locked.

The rule: on PostgreSQL these instants are the database's own, however the clocks of the machines differ; on SQLite
there is one machine and its clock.
"""

from collections.abc import Collection
from datetime import UTC, datetime

from sqlalchemy import Connection, bindparam, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from reminders.database import tables as t
from reminders.database.sets import among

s = t.senders.c
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
LOCKED = select(s.sender, s.free_at).where(among(s.sender, "senders")).order_by(s.sender)
LOCKED = LOCKED.with_for_update(skip_locked=True)
GIVEN = update(t.senders).where(s.sender == bindparam("whose")).values(free_at=bindparam("until"))


def make(connection: Connection, senders: Collection[str]) -> None:
    """Make sure that each has its row; one that is there stays as it is."""
    rows = [{"sender": sender, "free_at": LONG_AGO} for sender in sorted(senders)]
    is_sqlite = connection.dialect.name == "sqlite"
    insert = sqlite.insert(t.senders) if is_sqlite else postgresql.insert(t.senders)
    connection.execute(insert.on_conflict_do_nothing(), rows)


def lock(connection: Connection, senders: Collection[str]) -> dict[str, datetime]:
    """Until when the time of each is given away; one whose row another claim has locked is left out."""
    found = connection.execute(LOCKED, {"senders": sorted(senders)})
    return {row.sender: row.free_at for row in found}


def time_of(connection: Connection, here: datetime) -> datetime:
    """The instant on the clock that these rows are written by; `here` is this machine's.

    A statement of its own: in the one that locks, it would be read before the lock was ours.
    """
    if connection.dialect.name == "sqlite":
        return here
    found: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    return found.astimezone(UTC)


def give(connection: Connection, until: dict[str, datetime]) -> None:
    """The time of these senders is given away up to an instant each."""
    if until:
        connection.execute(GIVEN, [{"whose": sender, "until": instant} for sender, instant in until.items()])
