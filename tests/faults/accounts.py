"""What faults are held against: what providers took, and what became of each reminder; nothing twice, nothing lost."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from reminders.database import tables as t
from reminders.database.engine import reading
from reminders.service import Service
from reminders.transports.memory import Taken
from tests.servers.wire import Wire

SETTLED = {"sent", "delivered", "missed", "skipped", "withdrawn", "failed", "held"}

ASKED = timedelta(minutes=15)  # for so long a provider is asked what became of a call; then a person is


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One database, and two ways to it."""

    wire: Wire
    direct: Service
    relayed: Service


def duplicates(service: Service, taken: Iterable[str]) -> list[int]:
    """Reminders that providers took more than once; `taken` are the delivery ids of their ledgers."""
    d = t.deliveries.c
    with reading(service.engine) as connection:
        of = {row.id: row.reminder for row in connection.execute(select(d.id, d.reminder))}
    return [reminder for reminder, times in Counter(of[one] for one in taken).items() if times > 1]


def sent_already(service: Service) -> set[int]:
    """Reminders that a test has put down as sent before it began."""
    r = t.reminders.c
    with reading(service.engine) as connection:
        return set(connection.execute(select(r.id).where(r.state == "sent")).scalars())


def unheard(service: Service, taken: Iterable[str]) -> set[str]:
    """Calls that the provider has taken, and of which the program does not know it yet."""
    d = t.deliveries.c
    with reading(service.engine) as connection:
        return set(connection.execute(select(d.id).where(d.state == "unknown")).scalars()) & set(taken)


def lost(service: Service, taken: Iterable[str], besides: Collection[int] = ()) -> list[str]:
    """What was due and neither left, nor ended with a reason, nor stands before a person; and what is said falsely."""
    now, found = service.clock.now(), []
    r, d = t.reminders.c, t.deliveries.c
    with reading(service.engine) as connection:
        of = {row.id: row.reminder for row in connection.execute(select(d.id, d.reminder))}
        rows = connection.execute(select(r.id, r.key, r.state, r.due_at, r.enrollment)).all()
        open_tasks = connection.execute(select(t.tasks.c.enrollment, t.tasks.c.reason)).all()
        being_asked = set(
            connection.execute(select(d.reminder).where(d.state == "unknown", d.settled_at > now - ASKED)).scalars()
        )
    reached = {of[one] for one in taken} | set(besides)
    for row in rows:
        waits = row.state == "planned" and row.due_at > now
        asked = row.state == "unknown" and (row.id in being_asked or _is_asked(row, open_tasks))
        if not (row.state in SETTLED or waits or asked):
            found.append(f"{row.key} is {row.state}")
        if row.state in ("sent", "delivered") and row.id not in reached:
            found.append(f"{row.key} counts as {row.state}, and nobody took it")
        if row.state == "planned" and row.id in reached:
            found.append(f"{row.key} was taken, and would go again")
    return found


def _is_asked(row: Any, open_tasks: Sequence[Any]) -> bool:
    return any(task.enrollment == row.enrollment and row.key in task.reason for task in open_tasks)


def wrong(service: Service, ledger: Iterable[Taken]) -> list[str]:
    """Messages that left outside their bounds or, in the patient's zone, outside the hours of the shipped protocol."""
    found = []
    r, d = t.reminders.c, t.deliveries.c
    columns = (d.id, r.key, r.zone, r.not_before, r.not_after)
    with reading(service.engine) as connection:
        query = select(*columns).join_from(t.deliveries, t.reminders, d.reminder == r.id)
        of = {row.id: row for row in connection.execute(query)}
    for one in ledger:
        row, local = of[one.message.delivery_id], one.at.astimezone(ZoneInfo(of[one.message.delivery_id].zone))
        opens = 12 if local.isoweekday() == 7 else 9
        if not opens <= local.hour < 20:
            found.append(f"{row.key} left at {local:%a %H:%M}")
        if (row.not_before is not None and one.at < row.not_before) or (row.not_after and one.at >= row.not_after):
            found.append(f"{row.key} left at {local}, outside its bounds")
    return found


def told_nobody(service: Service) -> list[str]:
    """Reminders that were missed, and no task says so."""
    r = t.reminders.c
    with reading(service.engine) as connection:
        query = select(r.enrollment, r.key).where(r.state == "missed", r.copy_of.is_(None))
        missed = connection.execute(query).all()
        reasons: dict[str, str] = {}
        for task in connection.execute(select(t.tasks.c.enrollment, t.tasks.c.reason)):
            reasons[task.enrollment] = reasons.get(task.enrollment, "") + task.reason
    return [f"{row.key} of {row.enrollment}" for row in missed if row.key not in reasons.get(row.enrollment, "")]
