"""One service on one database that is killed, started again and drained, over and over from the same beginning."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event, select, update

from reminders.clock import ManualClock
from reminders.database import claims, tables
from reminders.database.engine import open_engine, reading
from reminders.database.vault import Vault
from reminders.service import Service
from reminders.transports.base import Transport
from reminders.worker import run_once
from schedules.protocol import Channel
from tests.crashing.pictures import Rows, rows_of
from tests.crashing.points import Points
from tests.crashing.provider import Book, BookedProvider, Line
from tests.crashing.stores import Store
from tests.reminders.builders import a_clock, a_service

LOOKS, BETWEEN_LOOKS = 5, timedelta(minutes=4)  # what a lost answer is asked for again in, with room
NEAR = timedelta(days=4)  # how far the plan is followed after the restart
LOOKED_AT = ("reminders", "deliveries", "tasks", "events", "replies", "consents")
NOBODY = Points()  # points at which nobody dies


@dataclass(frozen=True, kw_only=True, slots=True)
class House:
    """A service, the database under it and the provider's book beside it, outside of every process that is killed."""

    service: Service
    clock: ManualClock
    store: Store
    book: Book
    can_look_up: bool = True

    @property
    def engine(self) -> Engine:
        return self.service.engine

    def transports(self, points: Points = NOBODY) -> Mapping[Channel, Transport]:
        return {
            channel: BookedProvider(channel, self.clock, self.book, points, can_look_up=self.can_look_up)
            for channel in Channel
        }

    def rows(self, *names: str) -> Rows:
        return rows_of(self.engine, *names)


@dataclass(frozen=True, kw_only=True, slots=True)
class Aftermath:
    """What stands in the store and in the provider's book when everything has been seen to."""

    rows: Rows
    lines: list[Line]
    now: datetime


def a_house(store: Store, folder: Path) -> House:
    """A service whose engine is warm: what it has learned of its statements is inherited, connections are not."""
    clock, engine = a_clock(), open_engine(store.url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _hastily)
    service = a_service(engine, Vault.create(folder / "crashing.key"), clock)
    return House(service=service, clock=clock, store=store, book=Book(folder / "book.jsonl"))


def _hastily(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA synchronous = OFF")  # a killed process takes nothing along that the system has


def drain(house: House, *, near: timedelta = NEAR) -> Aftermath:
    """A worker begins again: leases run out, lost answers are asked for, and the next days of the plan go by."""
    clock, until = house.clock, house.clock.now() + near
    run_once(house.service, house.transports())
    clock.advance(timedelta(seconds=house.service.settings.worker.lease_seconds + 1))
    if _are(house, "sending"):
        let_leases_expire(house)
        run_once(house.service, house.transports())
    looks = 0
    while looks < LOOKS and _are(house, "unknown"):
        clock.advance(BETWEEN_LOOKS)
        run_once(house.service, house.transports())
        looks += 1
    while (upcoming := _next_due(house)) is not None and upcoming <= until:
        clock.move_to(max(clock.now(), upcoming))
        run_once(house.service, house.transports())
    return Aftermath(rows=house.rows(*LOOKED_AT), lines=house.book.lines(), now=clock.now())


def _next_due(house: House) -> datetime | None:
    with reading(house.engine) as connection:
        return claims.next_due(connection)


def let_leases_expire(house: House) -> None:
    """As if their time were over on every clock: the hands of a database cannot be moved."""
    r, over = tables.reminders.c, house.clock.now() - timedelta(seconds=1)
    with house.engine.begin() as connection:
        leased = update(tables.reminders).where(r.state == "sending", r.lease_until > over)
        connection.execute(leased.values(lease_until=over))


def _are(house: House, state: str) -> bool:
    """Whether any reminder is in a state."""
    with reading(house.engine) as connection:
        query = select(tables.reminders.c.id).where(tables.reminders.c.state == state)
        return connection.execute(query).first() is not None


def without_looking_up(house: House) -> House:
    """The same, with a provider that cannot be asked."""
    return replace(house, can_look_up=False)
