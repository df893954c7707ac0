"""One service on a stage: the clock is simulated, the store temporary, the providers live in memory; all else is real.

The stage only moves the clock from due instant to due instant and lets the worker look; it decides nothing.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

from reminders.bootstrap import service_for
from reminders.clock import ManualClock
from reminders.database import claims, migrate, queries
from reminders.database.engine import reading
from reminders.database.vault import Vault
from reminders.hooks.apply import apply_reply
from reminders.hooks.base import InboundText
from reminders.inputs import read_instant
from reminders.lifecycle import UNSENT
from reminders.looking import one_enrollment, open_tasks
from reminders.picture import draw
from reminders.picturing import picture_of_shown
from reminders.records import CONFIRMED, Contact
from reminders.rehearsal.calling import PERSON, Heard, play_call
from reminders.rehearsal.news import News, Opened, Sent, Tally, Wrote
from reminders.service import Service
from reminders.settings import Settings
from reminders.transports.base import Channel, OutboundMessage
from reminders.transports.memory import ACCEPT, MemoryTransport, Outcome, Taken, fails
from reminders.transports.twilio_errors import failure_of_receipt
from reminders.worker import run_once

LANDLINE = "21614"  # Twilio's word for a number that takes no texts


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
        "transports": {channel: {"kind": "memory"} for channel in Channel},
        "worker": {"senders": 1},  # what is due at one instant leaves in the order of the plan
    }
    return Settings.model_validate(given, context={"folder": folder})


class Stage:
    """A service with a manual clock, its providers (`transports`), and what happened on it so far.

    `landlines` are the numbers that the texts' provider refuses; `picks_up` is who answers the calls that follow.
    """

    def __init__(self, service: Service) -> None:
        if not isinstance(service.clock, ManualClock):
            raise TypeError("a stage needs a clock that it may move")
        self.service = service
        self._clock = service.clock
        self._opened = service.clock.now()
        self.landlines: set[str] = set()
        self.picks_up = PERSON
        self.transports = {
            channel: MemoryTransport(channel, service.clock, decide=self._provider)
            for channel in service.settings.transports
        }
        self._told: dict[Channel, int] = dict.fromkeys(self.transports, 0)
        self._tasks: set[int] = set()
        self._replies = 0

    def _provider(self, message: OutboundMessage) -> Outcome:
        """What a provider makes of one message."""
        if message.channel is Channel.SMS and message.to in self.landlines:
            return fails(lambda: failure_of_receipt(LANDLINE))
        return ACCEPT

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

    def writes(self, enrollment: str, text: str) -> Iterator[News]:
        """The patient sends a text, which is taken in as from a provider; what it brings about at this instant."""
        contact = self._contact(enrollment)
        self._replies += 1
        (site,) = self.service.settings.sites.values()
        inbound = InboundText(
            provider_id=f"reply-{self._replies}",
            sender=contact.phone or "",
            to=site.phone,
            text=text,
            media=0,
            opt_out_type=None,
        )
        apply_reply(self.service, inbound)
        yield from self._look(Wrote(patient=contact.name, at=self.now(), text=text))

    def _next_due(self) -> datetime | None:
        with reading(self.service.engine) as connection:
            return claims.next_due(connection)

    def _look(self, *replies: Wrote) -> Iterator[News]:
        """The worker's round at this instant, unless nothing came of it."""
        run_once(self.service, self.transports)
        news = News(messages=self._new_messages(), tasks=self._new_tasks(), replies=replies)
        if news.messages or news.tasks or news.replies:
            yield news

    def _new_messages(self) -> tuple[Sent, ...]:
        taken: list[Taken] = []  # all at this one instant: channel by channel, as it was taken
        for channel, transport in self.transports.items():
            taken += transport.ledger[self._told[channel] :]
            self._told[channel] = len(transport.ledger)
        names = self._names(each.message.enrollment for each in taken)
        return tuple(
            Sent(patient=names[each.message.enrollment], at=each.at, message=each.message, heard=self._heard(each))
            for each in taken
        )

    def _heard(self, taken: Taken) -> Heard | None:
        return play_call(self.service, taken, self.picks_up) if taken.message.channel is Channel.VOICE else None

    def _new_tasks(self) -> tuple[Opened, ...]:
        rows = [row for row in open_tasks(self.service) if row["id"] not in self._tasks]
        self._tasks |= {row["id"] for row in rows}
        names = self._names(row["enrollment"] for row in rows)
        return tuple(
            Opened(
                patient=names[row["enrollment"]],
                at=row["opened_at"],
                due_at=row["due_at"],
                reason=row["reason"],
                urgent=row["urgent"],
                text=row.get("text"),
            )
            for row in rows
        )

    def _names(self, enrollments: Iterable[str]) -> dict[str, str]:
        with reading(self.service.engine) as connection:
            found = queries.load_enrollments(connection, self.service.vault, list(enrollments))
        return {id_: enrollment.contact.name for id_, enrollment in found.items()}

    def _contact(self, enrollment: str) -> Contact:
        with reading(self.service.engine) as connection:
            return queries.load_enrollments(connection, self.service.vault, [enrollment])[enrollment].contact

    def picture(self, enrollment: str) -> str:
        """An enrollment's timeline as it stands, as SVG."""
        return draw(picture_of_shown(self.service, one_enrollment(self.service, enrollment)))

    def left_to_send(self, enrollment: str) -> int:
        """How many of an enrollment's reminders may still leave."""
        with reading(self.service.engine) as connection:
            return sum(reminder.state in UNSENT for reminder in queries.reminders_of(connection, enrollment))

    def confirmed(self, enrollment: str) -> list[str]:
        """The keys of what will not be asked again, for the patient has said yes."""
        with reading(self.service.engine) as connection:
            found = queries.reminders_of(connection, enrollment)
        return [reminder.key for reminder in found if reminder.reason == CONFIRMED]

    def tally(self) -> Tally:
        """Count the providers' ledgers against the store."""
        taken = [taken.message for transport in self.transports.values() for taken in transport.ledger]
        reminders = self._reminders_by_delivery({message.enrollment for message in taken})
        reached = {reminders[message.delivery_id] for message in taken}
        return Tally(
            messages=len(taken),
            calls=sum(message.channel is Channel.VOICE for message in taken),
            replies=self._replies,
            tasks=len(self._tasks),
            twice=len(taken) - len(reached),
            passed=self.now() - self._opened,
        )

    def _reminders_by_delivery(self, enrollments: Iterable[str]) -> dict[str, int]:
        """Which reminder each call was made for."""
        with reading(self.service.engine) as connection:
            found = [queries.deliveries_of(connection, enrollment) for enrollment in enrollments]
        return {delivery["id"]: delivery["reminder"] for deliveries in found for delivery in deliveries}
