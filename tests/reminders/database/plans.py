"""How a database answers a question where there is much to look through.

The rule: no plan is judged on empty tables. There every way costs the same, and which one a planner takes is chance.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Engine, event

from tests.reminders.database.rows import (
    ENROLLMENT,
    NOON,
    add_delivery,
    add_enrollment,
    add_event,
    add_reminder,
    add_task,
)

MANY = 300
STATES = ("planned", "held", "sending", *7 * ["sent"])  # nearly everything has left long ago
TABLES = ("reminders", "deliveries", "tasks", "events")


def plan_of(engine: Engine, ask: Callable[[Connection], object]) -> str:
    """How the last statement of a question is answered among many rows, in the database's own words."""
    seen: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, values: Any, *_rest: object) -> None:
        seen.append((statement, values))

    with engine.connect() as connection:  # some questions lock what they find; nothing is kept
        _fill(connection)
        event.listen(engine, "before_cursor_execute", note)
        ask(connection)
        statement, values = seen[-1]
        if engine.dialect.name == "sqlite":
            return str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all())
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")  # some hundred rows are else read whole
        return str(connection.exec_driver_sql(f"EXPLAIN {statement}", values).all())


def _fill(connection: Connection) -> None:
    for number in range(MANY):
        at, state = NOON + timedelta(hours=number), STATES[number % len(STATES)]
        id_ = ENROLLMENT if not number else f"other{number}"
        add_enrollment(connection, id_)
        moments = {"due_at": at, "not_after": at, "lease_until": at}
        reminder = add_reminder(connection, "ride", enrollment=id_, state=state, **moments)
        call = "intended" if state == "sending" else "accepted"
        what = {"state": call, "enrollment": id_, "intended_at": at, "receipt_due_at": at, "provider_id": f"SM{number}"}
        add_delivery(connection, f"delivery{number}", reminder, **what)
        add_task(connection, f"call:{number}", state="open" if number % 10 == 0 else "done", due_at=at)
        add_event(connection, enrollment=id_)
    if connection.dialect.name == "postgresql":
        for table in TABLES:
            connection.exec_driver_sql(f"ANALYZE {table}")
