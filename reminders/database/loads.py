"""How much is planned for the coming days, counted by the minute, and how large messages have been.

The rule: what is asked is one range of one index, or a sample; never a whole table.
"""

from datetime import UTC, datetime

from sqlalchemy import BigInteger, Connection, func, select, type_coerce

from reminders.database import tables as t
from reminders.database.claims import PLANNED
from schedules.protocol import Channel

SAMPLE = 2_000  # deliveries; their numbers are drawn by chance, so the first of them are any
MINUTE = 60_000_000  # microseconds, which is what instants are on SQLite
r, d = t.reminders.c, t.deliveries.c


def by_minute(connection: Connection, channel: Channel, until: datetime) -> list[tuple[datetime, int]]:
    """How many reminders are planned by a channel before an instant, in each minute (UTC) in which some are."""
    is_sqlite = connection.dialect.name == "sqlite"
    whole = type_coerce(r.due_at, BigInteger).op("/")(MINUTE)  # a whole number, which Python's sign would not make
    minute = whole if is_sqlite else func.date_trunc("minute", r.due_at)
    query = select(minute.label("minute"), func.count().label("number"))
    query = query.where(r.state == PLANNED, r.channel == str(channel), r.due_at < until).group_by(minute)
    found = connection.execute(query).all()
    if is_sqlite:
        return [(datetime.fromtimestamp(row.minute * 60, UTC), row.number) for row in found]
    return [(row.minute.astimezone(UTC), row.number) for row in found]


def mean_segments(connection: Connection) -> float | None:
    """Of the texts whose segments a provider has counted; None where none has."""
    some = select(d.channel, d.segments).order_by(d.id).limit(SAMPLE).subquery()
    counted = select(func.avg(some.c.segments)).where(some.c.channel == str(Channel.SMS), some.c.segments.is_not(None))
    found = connection.execute(counted).scalar()
    return None if found is None else float(found)
