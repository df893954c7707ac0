"""What a claim looks at first when more is due than it can take: each question is one short range of one index.

The rule: an answer costs as much as it holds, however much is planned, and however much is due.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection, Select, bindparam, literal, select

from reminders.database import tables as t
from reminders.database.claims import NEEDED, PLANNED
from reminders.database.rows import as_dicts
from reminders.records import FIRST, Reminder
from schedules.protocol import Channel

ENDING_SOON = timedelta(hours=1)
LEAVES_FIRST = literal(FIRST, literal_execute=True)  # written out, as PLANNED is
r = t.reminders.c

DUE = select(*NEEDED).where(r.state == PLANNED, r.due_at <= bindparam("now"))
URGENT = DUE.where(r.urgency == LEAVES_FIRST).order_by(r.due_at)
ENDING = DUE.where(r.not_after <= bindparam("soon")).order_by(r.not_after)
LONGEST = DUE.order_by(r.due_at, r.id)
OF_CHANNEL, OF_NONE = r.channel == bindparam("channel"), r.channel.is_(None)
Look = Select[tuple[object, ...]]
"""URGENT: what leaves before whatever else is due. ENDING: what is soon wrong to send, or wrong already."""


def look(connection: Connection, what: Look, now: datetime, limit: int) -> list[Reminder]:
    """The first of what is due, in one of the orders above; nobody else can take it until the transaction ends."""
    return _found(connection, what, now, limit, {})


def look_by(connection: Connection, what: Look, channel: Channel | None, now: datetime, limit: int) -> list[Reminder]:
    """As `look`, of what is to go by one channel, or by none."""
    if channel is None:
        return _found(connection, what.where(OF_NONE), now, limit, {})
    return _found(connection, what.where(OF_CHANNEL), now, limit, {"channel": str(channel)})


def waits(connection: Connection, channel: Channel, now: datetime) -> bool:
    """Whether anything is due by a channel."""
    query = select(literal(1)).where(r.state == PLANNED, r.due_at <= bindparam("now"), OF_CHANNEL).limit(1)
    return connection.execute(query, {"now": now, "channel": str(channel)}).first() is not None


def _found(
    connection: Connection, what: Look, now: datetime, limit: int, values: Mapping[str, object]
) -> list[Reminder]:
    query = what.limit(limit).with_for_update(skip_locked=True)
    found = connection.execute(query, {"now": now, "soon": now + ENDING_SOON, **values})
    return [Reminder.from_row(row | {"why": ()}) for row in as_dicts(found)]
