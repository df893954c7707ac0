"""What a rehearsal sees of a store from outside: every move of a state, every intent and every event, in their order.

The rule: triggers in the rehearsal's own temporary database write it down, so that no code under test can leave
anything out; and a refusal is the database's own, at the commit.
"""

import sqlite3
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, event, func, select, text
from sqlalchemy.exc import OperationalError

from reminders.database import tables as t
from reminders.database.rows import as_dicts

REMINDER, DELIVERY, INTENT, EVENT, MADE, TASK = "reminder", "delivery", "intent", "event", "made", "task"
"""What was seen: a reminder's or a delivery's move, a written intent, a new line of the log, reminder or task."""

_TABLE = "CREATE TABLE witness (seq INTEGER PRIMARY KEY, kind TEXT, row, old TEXT, new TEXT)"
_MOVED = """CREATE TRIGGER witness_{table} AFTER UPDATE OF state ON {table} WHEN old.state <> new.state
BEGIN INSERT INTO witness (kind, row, old, new) VALUES ('{kind}', new.id, old.state, new.state); END"""
_MADE = """CREATE TRIGGER witness_new_{table} AFTER INSERT ON {table}
BEGIN INSERT INTO witness (kind, row) VALUES ('{kind}', new.id); END"""
_NEW = (("deliveries", INTENT), ("events", EVENT), ("reminders", MADE), ("tasks", TASK))
_SEEN = text("SELECT seq, kind, row, old, new FROM witness WHERE seq > :after ORDER BY seq")
_LAST = "SELECT coalesce(max(seq), 0) FROM witness"
_NEXT = """SELECT min(due_at), min(CASE WHEN changed_at > :at OR (due_at = send_at AND due_at > :at) THEN due_at END)
FROM reminders WHERE state = 'planned'"""
_HOUSEWORK = """SELECT
EXISTS (SELECT 1 FROM reminders WHERE state = 'sending' AND lease_until < :now),
EXISTS (SELECT 1 FROM reminders WHERE state = 'held' AND not_after <= :now),
EXISTS (SELECT 1 FROM deliveries WHERE state = 'accepted' AND receipt_due_at <= :now),
EXISTS (SELECT 1 FROM deliveries WHERE state = 'unknown'),
EXISTS (SELECT 1 FROM hook_events WHERE applied_at IS NULL),
EXISTS (SELECT 1 FROM pauses WHERE paused_by = 'system')"""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_QUICK = ("synchronous = OFF", "cache_size = -8000")


def watch(engine: Engine) -> None:
    """Have a temporary SQLite database write down what happens in it, and wait for no disk."""
    event.listen(engine, "connect", _hurry)
    engine.dispose()  # connections made before this still wait
    with engine.begin() as connection:
        connection.exec_driver_sql(_TABLE)
        for table, kind in (("reminders", REMINDER), ("deliveries", DELIVERY)):
            connection.exec_driver_sql(_MOVED.format(table=table, kind=kind))
        for table, kind in _NEW:
            connection.exec_driver_sql(_MADE.format(table=table, kind=kind))


def _hurry(connection: Any, _record: object) -> None:
    for setting in _QUICK:
        connection.execute(f"PRAGMA {setting}")


class Witness:
    """Reads the store of a rehearsal past SQLAlchemy, for it is asked at every turn."""

    def __init__(self, engine: Engine) -> None:
        self._raw = sqlite3.connect(engine.url.database or "", isolation_level=None)

    def close(self) -> None:
        self._raw.close()

    def last_seen(self) -> int:
        """How far the witness has come: what happens later has a higher number."""
        return int(self._raw.execute(_LAST).fetchone()[0])

    def next_looks(self, looked_at: datetime) -> tuple[datetime | None, datetime | None]:
        """When something is due next, and when something that nobody has looked at since an instant."""
        due, fresh = self._raw.execute(_NEXT, {"at": _microseconds(looked_at)}).fetchone()
        return _instant(due), _instant(fresh)

    def has_housework(self, now: datetime) -> bool:
        """Whether anything waits for housekeeping, but for what it looks for once a day."""
        return any(self._raw.execute(_HOUSEWORK, {"now": _microseconds(now)}).fetchone())


def _microseconds(instant: datetime) -> int:
    return (instant - _EPOCH) // timedelta(microseconds=1)


def _instant(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else _EPOCH + timedelta(microseconds=microseconds)


def seen(connection: Connection, after: int = 0) -> list[dict[str, Any]]:
    """What was seen, in its order: seq, kind, row, old, new."""
    return as_dicts(connection.execute(_SEEN, {"after": after}))


def _columns(table: Any, without: Iterable[str] = ()) -> list[Any]:
    return [column for column in table.c if column.name not in without]


def everything(connection: Connection) -> dict[str, list[dict[str, Any]]]:
    """The rows of a whole store, by table, as they stand; what is sealed stays out."""
    sealed = ("content", "recipient", "discreet", "note", "name", "phone", "email", "mrn")
    keep = {"recipient"}  # of a reminder it is a caregiver's label
    found = {}
    for table in (t.reminders, t.deliveries, t.tasks, t.events, t.enrollments, t.hook_events):
        hidden = [name for name in sealed if not (table is t.reminders and name in keep)]
        found[table.name] = as_dicts(connection.execute(select(*_columns(table, hidden)).order_by(table.c.id)))
    return found


def events_after(connection: Connection, last: int) -> list[dict[str, Any]]:
    """The event log behind an id."""
    c = t.events.c
    return as_dicts(connection.execute(select(*_columns(t.events, ["note"])).where(c.id > last).order_by(c.id)))


def pauses(connection: Connection) -> int:
    """How many pauses stand."""
    return int(connection.execute(select(func.count()).select_from(t.pauses)).scalar_one())


class Refusals:
    """Lets the database refuse commits, as a full disk does; `refuse` says how many of the next."""

    def __init__(self, engine: Engine) -> None:
        self._left = 0
        self.done = 0
        self._told: Callable[[], None] = lambda: None
        event.listen(engine, "commit", self._commit)

    def refuse(self, commits: int, told: Callable[[], None] = lambda: None) -> None:
        """`told` is called each time one is refused."""
        self._left, self._told = commits, told

    def _commit(self, _connection: Connection) -> None:
        if self._left:
            self._left -= 1
            self.done += 1
            self._told()
            raise OperationalError("COMMIT", None, sqlite3.OperationalError("database or disk is full"))
