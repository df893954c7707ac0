"""What a claim looks at first: in which order, and by short ranges of indexes however much there is."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, insert, literal, select, text, true

from reminders.database import backlog, claims, tables
from reminders.records import Reminder
from schedules.protocol import Channel
from tests.reminders.database.rows import NOON, add_enrollment, add_reminder

HOUR = timedelta(hours=1)
Asking = Callable[[Connection], object]


def keys(reminders: list[Reminder]) -> list[str]:
    return [reminder.key for reminder in reminders]


@pytest.fixture(autouse=True)
def an_enrollment(request: pytest.FixtureRequest) -> None:
    if "connection" in request.fixturenames:
        add_enrollment(request.getfixturevalue("connection"))


def test_only_what_leaves_first_and_is_due_is_urgent(connection: Connection) -> None:
    add_reminder(connection, "plain")
    add_reminder(connection, "later", urgency=0, due_at=NOON + HOUR)
    add_reminder(connection, "now", urgency=0)
    add_reminder(connection, "before", urgency=0, due_at=NOON - HOUR)
    add_reminder(connection, "gone", urgency=0, state="sent")

    assert keys(backlog.look(connection, backlog.URGENT, NOON, 9)) == ["before", "now"]
    assert keys(backlog.look(connection, backlog.URGENT, NOON, 1)) == ["before"]


def test_what_ends_within_the_hour_or_has_ended_comes_in_the_order_of_its_end(connection: Connection) -> None:
    for key, ends in (("over", -1), ("soon", 0.9), ("sooner", 0.5), ("later", 1.1)):
        add_reminder(connection, key, not_after=NOON + ends * HOUR)
    add_reminder(connection, "endless")
    add_reminder(connection, "not-due", not_after=NOON + 0.5 * HOUR, due_at=NOON + 0.1 * HOUR)

    assert keys(backlog.look(connection, backlog.ENDING, NOON, 9)) == ["over", "sooner", "soon"]


def test_each_channel_has_its_own_line_and_so_has_what_goes_by_none(connection: Connection) -> None:
    add_reminder(connection, "text", channel="sms")
    add_reminder(connection, "older", channel="sms", due_at=NOON - HOUR)
    add_reminder(connection, "call", channel="voice")
    add_reminder(connection, "none")

    assert keys(backlog.look_by(connection, backlog.LONGEST, Channel.SMS, NOON, 9)) == ["older", "text"]
    assert keys(backlog.look_by(connection, backlog.LONGEST, Channel.VOICE, NOON, 9)) == ["call"]
    assert keys(backlog.look_by(connection, backlog.LONGEST, None, NOON, 9)) == ["none"]
    assert backlog.look_by(connection, backlog.URGENT, Channel.SMS, NOON, 9) == []


def test_whether_anything_waits_is_asked_by_channel(connection: Connection) -> None:
    add_reminder(connection, "call", channel="voice", due_at=NOON + HOUR)

    assert not backlog.waits(connection, Channel.VOICE, NOON)
    assert backlog.waits(connection, Channel.VOICE, NOON + HOUR)
    assert not backlog.waits(connection, Channel.SMS, NOON + HOUR)


# What it costs

MANY, DUE = 4_000, 2_000  # planned in all; of them due, all at one instant
ANY_ORDER = "ix_reminders_"  # where nearly all that is due are texts, the order of all serves as well
QUESTIONS: dict[str, tuple[Asking, str]] = {
    "everything": (lambda c: claims.due(c, NOON, 5), "ix_reminders_due"),
    "urgent": (lambda c: backlog.look(c, backlog.URGENT, NOON, 5), "ix_reminders_urgent"),
    "ending": (lambda c: backlog.look(c, backlog.ENDING, NOON, 5), "ix_reminders_ending"),
    "texts": (lambda c: backlog.look_by(c, backlog.LONGEST, Channel.SMS, NOON, 5), ANY_ORDER),
    "calls": (lambda c: backlog.look_by(c, backlog.LONGEST, Channel.VOICE, NOON, 5), "ix_reminders_waiting"),
    "waiting": (lambda c: backlog.waits(c, Channel.VOICE, NOON), "ix_reminders_waiting"),
}


def a_backlog(connection: Connection) -> None:
    """Texts due at one instant, most of them for a while; others planned for later; some urgent, some calls."""
    id_ = add_reminder(connection, "model", channel="sms", not_after=NOON + 9 * HOUR)
    r, numbers = tables.reminders.c, select(literal(1).label("n")).cte("numbers", recursive=True)
    numbers = numbers.union_all(select(numbers.c.n + 1).where(numbers.c.n < MANY))
    copied = [column for column in r if column.name not in ("id", "round")]
    crossed = tables.reminders.join(numbers, true())
    rows = select(*copied, (numbers.c.n + 1).label("round")).select_from(crossed).where(r.id == id_)
    names = [column.name for column in copied] + ["round"]
    connection.execute(insert(tables.reminders).from_select(names, rows))
    later = tables.reminders.update().where(r.round > DUE)
    connection.execute(later.values(due_at=NOON + 24 * HOUR, not_after=NOON + 33 * HOUR))
    connection.execute(tables.reminders.update().where(r.round % 500 == 7).values(urgency=0))
    connection.execute(tables.reminders.update().where(r.round % 500 == 9).values(channel="voice"))
    connection.execute(tables.reminders.update().where(r.round % 500 == 11).values(not_after=NOON + HOUR / 2))
    connection.execute(text("ANALYZE"))


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_claim_reads_a_short_range_of_one_index(engine: Engine, question: str) -> None:
    ask, index = QUESTIONS[question]
    with engine.begin() as connection:
        add_enrollment(connection)
        a_backlog(connection)
    plan = _plan(engine, ask)

    assert index in plan
    assert "Seq Scan" not in plan
    assert "TEMP B-TREE" not in plan
    read = re.findall(r"actual(?: time=\S+)? rows=(\d+)|Rows Removed by Filter: (\d+)", plan)
    assert all(int(one or 0) + int(other or 0) <= 20 for one, other in read)  # nothing reads all that is due


def _plan(engine: Engine, ask: Asking) -> str:
    seen: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, values: Any, *_rest: object) -> None:
        seen.append((statement, values))

    with engine.begin() as connection:
        event.listen(connection, "before_cursor_execute", note)
        ask(connection)
        statement, values = seen[-1]
        how = "EXPLAIN QUERY PLAN" if engine.dialect.name == "sqlite" else "EXPLAIN (ANALYZE, TIMING OFF)"
        return "\n".join(str(row) for row in connection.exec_driver_sql(f"{how} {statement}", values).all())
