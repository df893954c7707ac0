"""A service whose clock is moved from one due instant to the next, as a worker that sleeps in between."""

from datetime import datetime, timedelta

from sqlalchemy import Engine, event

from reminders.clock import ManualClock
from reminders.database import claims
from reminders.database.engine import reading
from reminders.dispatch import Dispatcher
from reminders.escalating import escalate
from reminders.housekeeping import keep_house
from reminders.service import Service
from tests.reminders.builders import Transports

HOUSE = timedelta(minutes=30)  # how often housekeeping has its turn


def walk(
    service: Service, clock: ManualClock, transports: Transports, until: datetime, *, house: timedelta = HOUSE
) -> None:
    """Everything that falls due until an instant, each at its own."""
    dispatcher, keep_at = Dispatcher(service, transports, worker="walker"), clock.now()
    try:
        while clock.now() < until:
            if clock.now() >= keep_at:
                keep_house(service, transports)
                escalate(service, transports)
                keep_at = clock.now() + house
            dispatcher.run_due()
            due = _next_due(service)
            following = keep_at if due is None else min(keep_at, max(due, clock.now() + timedelta(seconds=1)))
            clock.move_to(min(until, following))
    finally:
        dispatcher.close()


def _next_due(service: Service) -> datetime | None:
    with reading(service.engine) as connection:
        return claims.next_due(connection)


def hasty(engine: Engine) -> Engine:
    """Let SQLite not wait for the disk, which no fault of these tests takes away."""
    if engine.dialect.name == "sqlite":
        engine.dispose()
        event.listen(engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous = OFF"))
    return engine
