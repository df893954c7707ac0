"""One service on a stage: the clock is simulated, the store temporary, the providers live in memory; all else is real.

The stage only moves the clock from due instant to due instant and lets the worker look; it decides nothing.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from reminders.bootstrap import service_for
from reminders.clock import ManualClock
from reminders.database import claims, migrate, queries, worklog
from reminders.database.engine import reading
from reminders.database.vault import Vault
from reminders.inputs import read_instant
from reminders.lifecycle import UNSENT
from reminders.looking import one_enrollment
from reminders.picture import draw
from reminders.picturing import picture_of_shown
from reminders.service import Service
from reminders.settings import Settings
from reminders.transports.base import Channel, OutboundMessage
from reminders.transports.memory import MemoryTransport, Taken
from reminders.worker import run_once


@dataclass(frozen=True, kw_only=True, slots=True)
class Sent:
    """One message a provider took at an instant (UTC), and whom it was for."""

    patient: str = field(repr=False)
    at: datetime
    message: OutboundMessage


@dataclass(frozen=True, kw_only=True, slots=True)
class Opened:
    """One task a person must now do (instants UTC), and whom it is about."""

    patient: str = field(repr=False)
    at: datetime
    due_at: datetime
    reason: str
    urgent: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class News:
    """What the worker brought about at one instant."""

    messages: tuple[Sent, ...]
    tasks: tuple[Opened, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Tally:
    """What the providers took and the store keeps, counted; `twice` is how many reminders were taken again."""

    messages: int
    tasks: int
    twice: int
    passed: timedelta


@contextmanager
def open_stage(opens: datetime, site: Mapping[str, Any]) -> Iterator["Stage"]:
    """A stage whose clock begins at `opens` (aware), with one site's settings; its folder goes when it closes.

    Nothing is read from the environment: no rehearsal can reach a live provider.
    """
    with TemporaryDirectory(prefix="reminders-") as folder:
        settings = _settings(Path(folder), site)
        migrate.upgrade(settings.database.url)
        Vault.create(settings.key_file)
        service = service_for(settings, ManualClock(opens))
        try:
            yield Stage(service)
        finally:
            service.engine.dispose()


def _settings(folder: Path, site: Mapping[str, Any]) -> Settings:
    given = {
        "sites": {"main": site},
        "transports": {channel: {"kind": "memory"} for channel in (Channel.SMS, Channel.EMAIL)},
        "worker": {"senders": 1},  # what is due at one instant leaves in the order of the plan
    }
    return Settings.model_validate(given, context={"folder": folder})


class Stage:
    """A service with a manual clock, its providers (`transports`), and what happened on it so far."""

    def __init__(self, service: Service) -> None:
        if not isinstance(service.clock, ManualClock):
            raise TypeError("a stage needs a clock that it may move")
        self.service = service
        self._clock = service.clock
        self._opened = service.clock.now()
        self.transports = {channel: MemoryTransport(channel, service.clock) for channel in service.settings.transports}
        self._told: dict[Channel, int] = dict.fromkeys(self.transports, 0)
        self._tasks: set[int] = set()

    @property
    def zone(self) -> ZoneInfo:
        """The site's zone."""
        (site,) = self.service.settings.sites.values()
        return ZoneInfo(site.time_zone)

    def instant(self, text: str) -> datetime:
        """The instant (UTC) of "2026-12-08 10:15" on the site's clock."""
        return read_instant("the script", text, self.zone)

    def now(self) -> datetime:
        return self._clock.now()

    def advance_to(self, instant: datetime) -> Iterator[News]:
        """Let the worker look at each due instant up to `instant` (aware), as it comes; what was new each time."""
        yield from self._look()
        while (due := self._next_due()) is not None and due <= instant:
            self._clock.move_to(due)
            yield from self._look()
        self._clock.move_to(instant)
        yield from self._look()

    def _next_due(self) -> datetime | None:
        with reading(self.service.engine) as connection:
            return claims.next_due(connection)

    def _look(self) -> Iterator[News]:
        """The worker's round at this instant, unless nothing came of it."""
        run_once(self.service, self.transports)
        with reading(self.service.engine) as connection:
            news = News(messages=self._new_messages(connection), tasks=self._new_tasks(connection))
        if news.messages or news.tasks:
            yield news

    def _new_messages(self, connection: Connection) -> tuple[Sent, ...]:
        taken: list[Taken] = []  # all at this one instant: channel by channel, as it was taken
        for channel, transport in self.transports.items():
            taken += transport.ledger[self._told[channel] :]
            self._told[channel] = len(transport.ledger)
        names = self._names(connection, [each.message.enrollment for each in taken])
        return tuple(Sent(patient=names[each.message.enrollment], at=each.at, message=each.message) for each in taken)

    def _new_tasks(self, connection: Connection) -> tuple[Opened, ...]:
        rows = [row for row in worklog.list_tasks(connection) if row["id"] not in self._tasks]
        self._tasks |= {row["id"] for row in rows}
        names = self._names(connection, [row["enrollment"] for row in rows])
        return tuple(
            Opened(
                patient=names[row["enrollment"]],
                at=row["opened_at"],
                due_at=row["due_at"],
                reason=row["reason"],
                urgent=row["urgent"],
            )
            for row in rows
        )

    def _names(self, connection: Connection, enrollments: Iterable[str]) -> dict[str, str]:
        found = queries.load_enrollments(connection, self.service.vault, enrollments)
        return {id_: enrollment.contact.name for id_, enrollment in found.items()}

    def picture(self, enrollment: str) -> str:
        """An enrollment's timeline as it stands, as SVG."""
        return draw(picture_of_shown(self.service, one_enrollment(self.service, enrollment)))

    def left_to_send(self, enrollment: str) -> int:
        """How many of an enrollment's reminders may still leave."""
        with reading(self.service.engine) as connection:
            return sum(reminder.state in UNSENT for reminder in queries.reminders_of(connection, enrollment))

    def tally(self) -> Tally:
        """Count the providers' ledgers against the store."""
        taken = [taken.message for transport in self.transports.values() for taken in transport.ledger]
        reminders = self._reminders_by_delivery({message.enrollment for message in taken})
        reached = {reminders[message.delivery_id] for message in taken}
        return Tally(
            messages=len(taken),
            tasks=len(self._tasks),
            twice=len(taken) - len(reached),
            passed=self.now() - self._opened,
        )

    def _reminders_by_delivery(self, enrollments: Iterable[str]) -> dict[str, int]:
        """Which reminder each call was made for."""
        with reading(self.service.engine) as connection:
            found = [queries.deliveries_of(connection, enrollment) for enrollment in enrollments]
        return {delivery["id"]: delivery["reminder"] for deliveries in found for delivery in deliveries}
