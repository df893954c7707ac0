"""What a provider says later, brought in as the hooks bring it in; and what stands in the store then."""

from typing import Any

from sqlalchemy import select, update

from reminders.database import tables
from reminders.database.engine import reading
from reminders.database.rows import as_dicts
from reminders.hooks.apply import apply_status
from reminders.hooks.base import StatusEvent
from reminders.service import Service

SID = "memory-1"  # what the provider in memory calls the first message it takes


def an_event(
    status: str,
    *,
    code: str | None = None,
    delivery: str | None = None,
    provider_id: str = SID,
    reason: str | None = None,
) -> StatusEvent:
    return StatusEvent(
        provider="twilio", provider_id=provider_id, status=status, delivery=delivery, code=code, reason=reason
    )


def hear(service: Service, status: str, **about: Any) -> str:
    """One callback; what the ledger says that it came to."""
    return apply_status(service, an_event(status, **about))


def calls(service: Service, enrollment: str) -> list[dict[str, Any]]:
    """Every delivery of an enrollment with all its columns, in the order of the calls."""
    d = tables.deliveries
    query = select(d).where(d.c.enrollment == enrollment).order_by(d.c.intended_at, d.c.fence, d.c.id)
    with reading(service.engine) as connection:
        return as_dicts(connection.execute(query))


def the_call(service: Service, enrollment: str) -> dict[str, Any]:
    """The only one."""
    (found,) = calls(service, enrollment)
    return found


def ledger(service: Service) -> list[dict[str, Any]]:
    """The events as they came."""
    with reading(service.engine) as connection:
        return as_dicts(connection.execute(select(tables.hook_events).order_by(tables.hook_events.c.id)))


def set_delivery(service: Service, id_: str, /, **values: Any) -> None:
    """Put a delivery into a state that would take long to reach."""
    d = tables.deliveries
    with service.engine.begin() as connection:
        assert connection.execute(update(d).where(d.c.id == id_).values(values)).rowcount == 1
