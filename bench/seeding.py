"""Fills a database: one patient per situation is enrolled as a coordinator would, then copied many times over.

Every copy is sealed anew, under its own name and number; what lies before the still clock's day counts as sent.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count, islice
from typing import Any

from sqlalchemy import Connection, Select, Text, cast, func, insert, literal, select, text, true, update

from bench.stage import NOON, StillClock
from reminders import identifiers
from reminders.booking import BookingRequest
from reminders.clock import SystemClock
from reminders.database import tables as t
from reminders.enrollment import EnrollRequest, enroll
from reminders.service import Service

TODAY = NOON - timedelta(hours=12)
JUST_NOW = NOON - timedelta(minutes=1)
CHUNK = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class Situation:
    """A patient for whom one step of the plan falls due today."""

    start: str  # the procedure, site time
    lead_days: int = 20
    completed: bool = False


# One patient in nine for each, so that the due messages are the plan's own mix, e-mail and tasks for staff included.
DUE_TODAY = (
    Situation(start="2026-12-29 09:00", lead_days=0),  # welcome
    Situation(start="2026-12-23 09:00"),  # prepare-plan
    Situation(start="2026-12-15 09:00"),  # stop:warfarin
    Situation(start="2026-12-12 09:00"),  # ride
    Situation(start="2026-12-10 09:00"),  # arrival-call, with the call task
    Situation(start="2026-12-09 08:00", completed=True),  # after-care
    Situation(start="2026-12-08 09:00", completed=True),  # resume-aspirin and resume:warfarin
    Situation(start="2026-12-06 09:00", completed=True),  # recovery-check
    Situation(start="2026-11-16 09:00", completed=True),  # visit-book, with its task
)
BEFORE = DUE_TODAY[:5]  # nothing that stands in these messages depends on what was sent before
LATER = (Situation(start="2027-01-08 09:00"),)


def example_request(start: str, name: str, phone: str) -> EnrollRequest:
    """A booking with a hold, a resume order and consent for text messages."""
    booking = BookingRequest(
        procedure=start, holds=("warfarin=5",), resumes=("warfarin=1",), ordered_by="Dr. Example", consent="sms"
    )
    return EnrollRequest(booking=booking, name=name, phone=phone)


def phone(number: int) -> str:
    """One of the numbers that belong to nobody."""
    return f"+121255501{number % 100:02d}"


def fill(service: Service, clock: StillClock, *, pending: int, due: int) -> None:
    """Exactly so many reminders still to be sent and, among them, so many due now."""
    _copies(service, _models(service, clock, DUE_TODAY), due, _due())
    if due < pending:
        _copies(service, _models(service, clock, LATER), pending, _planned())
    with service.engine.begin() as connection:
        _settle_all_but(connection, _due(), due)
        _settle_all_but(connection, _planned().where(t.reminders.c.due_at > NOON), pending - due)
        connection.execute(text("ANALYZE"))  # as a database has by the time that it holds so much


def fill_due(service: Service, clock: StillClock, *, due: int) -> None:
    """So many patients of whom nothing is stored but one message that is due: for many, and quickly."""
    models = _models(service, clock, BEFORE)
    with service.engine.begin() as connection:
        rows = [_rows_of(connection, model) for model in models]
        for model in rows:
            model["reminders"] = [row for row in model["reminders"] if _is_due(row)]
        for first in range(len(models), due, CHUNK):
            patients = range(first, min(first + CHUNK, due))
            _insert(connection, [_copy(service, rows[number % len(rows)], number) for number in patients])
        connection.execute(text("ANALYZE"))


def _is_due(row: Mapping[str, Any]) -> bool:
    return row["state"] == "planned" and row["due_at"] <= NOON


def _models(service: Service, clock: StillClock, situations: Iterable[Situation]) -> list[str]:
    """Patients enrolled in their situations, with everything before today already sent."""
    models = []
    for number, situation in enumerate(situations):
        start = datetime.fromisoformat(situation.start).astimezone(NOON.tzinfo)
        clock.move_to(min(start - timedelta(days=situation.lead_days), NOON))
        request = example_request(situation.start, f"Pat Model{number}", phone(number))
        models.append(enroll(service, request, by="bench").enrollment)
        if situation.completed:
            _complete(service, models[-1])
    clock.move_to(NOON)
    r = t.reminders.c
    with service.engine.begin() as connection:
        sent = update(t.reminders).where(r.state == "planned", r.due_at < TODAY)
        connection.execute(sent.values(state="sent", due_at=None))
        on_time = update(t.reminders).where(r.state == "planned", r.due_at <= NOON)
        connection.execute(on_time.values(send_at=JUST_NOW, due_at=JUST_NOW))
    return models


def _complete(service: Service, enrollment: str) -> None:
    """The recorded end is the planned one, so that the plan stands as it is."""
    e = t.enrollments
    with service.engine.begin() as connection:
        start = connection.execute(select(e.c.start_at).where(e.c.id == enrollment)).scalar_one()
        done = update(e).where(e.c.id == enrollment)
        connection.execute(done.values(status="completed", ended_at=start + timedelta(hours=1)))


def _copies(service: Service, models: Sequence[str], wanted: int, counted: Select[Any]) -> None:
    """Copies of all models in turn, until so many reminders are counted."""
    with service.engine.begin() as connection:
        rows = [_rows_of(connection, model) for model in models]
        numbers = count(len(models))
        while _number(connection, counted) < wanted:
            patients = list(islice(numbers, CHUNK))
            _insert(connection, [_copy(service, rows[number % len(rows)], number) for number in patients])


def _insert(connection: Connection, made: Sequence[Mapping[str, list[dict[str, Any]]]]) -> None:
    for table in (t.enrollments, t.consents, t.holds, t.reminders):
        connection.execute(insert(table), [row for tables in made for row in tables[table.name]])


def _rows_of(connection: Connection, enrollment: str) -> dict[str, list[dict[str, Any]]]:
    found = {}
    for table in (t.enrollments, t.consents, t.holds, t.reminders):
        column = table.c.id if table is t.enrollments else table.c.enrollment
        mappings = connection.execute(select(table).where(column == enrollment)).mappings()
        found[table.name] = [dict(row) for row in mappings]
    return found


def _copy(service: Service, model: Mapping[str, list[dict[str, Any]]], number: int) -> dict[str, list[dict[str, Any]]]:
    id_ = identifiers.enrollment_id()
    seal = service.vault.seal
    personal = {
        "id": id_,
        "name": seal("enrollments", id_, "name", f"Pat Example{number}"),
        "phone": seal("enrollments", id_, "phone", phone(number)),
        "phone_lookup": service.vault.lookup("phone", id_),  # as if everybody had a phone of their own
        "same_contact": id_,
    }
    copied = {name: [_of(row, id_) for row in rows] for name, rows in model.items() if name != "enrollments"}
    return copied | {"enrollments": [row | personal for row in model["enrollments"]]}


def _of(row: Mapping[str, Any], enrollment: str) -> dict[str, Any]:
    """The row for another enrollment; a number of its own comes from the database."""
    return {name: value for name, value in row.items() if name != "id"} | {"enrollment": enrollment}


def _planned() -> Select[Any]:
    return select(t.reminders.c.id).where(t.reminders.c.state == "planned")


def _due() -> Select[Any]:
    return _planned().where(t.reminders.c.due_at <= NOON)


def _number(connection: Connection, query: Select[Any]) -> int:
    return int(connection.execute(select(func.count()).select_from(query.subquery())).scalar_one())


def _settle_all_but(connection: Connection, query: Select[Any], kept: int) -> None:
    """Count what is more than wanted as sent."""
    r = t.reminders.c
    more = query.order_by(r.id.desc()).limit(max(_number(connection, query) - kept, 0))
    connection.execute(update(t.reminders).where(r.id.in_(more)).values(state="sent", due_at=None))


def fill_far_ahead(service: Service, clock: StillClock, *, pending: int) -> None:
    """So many reminders, none due for most of a year of the real clock; the rows are multiplied by the database.

    Nobody reads these patients: their sealed fields are copied as they are.
    """
    today = SystemClock().now()
    clock.move_to(today + timedelta(days=300))
    models = min(100, pending // 10)
    for number in range(models):
        start = clock.now() + timedelta(days=30 + number)
        enroll(service, example_request(f"{start:%Y-%m-%d 09:00}", f"Pat Far{number}", phone(number)), by="bench")
    with service.engine.begin() as connection:
        times = -(-pending // _number(connection, _planned()))
        if times > 1:
            _multiply(connection, times)
        _settle_all_but(connection, _planned(), pending)


def _multiply(connection: Connection, times: int) -> None:
    """Each enrollment with its reminders so many times in all."""
    numbers = select(literal(1).label("n")).cte("numbers", recursive=True)
    numbers = numbers.union_all(select(numbers.c.n + 1).where(numbers.c.n < times - 1))
    for table, name in ((t.enrollments, "id"), (t.reminders, "enrollment")):
        columns = [column for column in table.c if column.name == name or column.name != "id"]
        values = [c + "-" + cast(numbers.c.n, Text) if c.name == name else c for c in columns]
        rows = select(*values).select_from(table.join(numbers, true()))
        connection.execute(insert(table).from_select([column.name for column in columns], rows))
