"""A rehearsed stretch of time from its first booking to its last message: one seed decides all of it.

The rule: the planner, the store, the dispatcher and the housekeeping are the real ones; only the clock, the provider
and the people are not. When the last fault is over, the program has one day to come to rest.
"""

import gc
import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

from reminders.clock import ManualClock
from reminders.database import migrate, witness
from reminders.database.engine import open_engine, reading
from reminders.database.vault import Vault
from reminders.identifiers import Chance, rehearsed
from reminders.protocols import PROTOCOL_FILE, Library
from reminders.rehearsal.crew import Crew
from reminders.rehearsal.faults import MIXES, Mix
from reminders.rehearsal.hospital import Hospital
from reminders.rehearsal.ledger import Ledger
from reminders.rehearsal.lives import Lives
from reminders.rehearsal.naive import Rules, read_rules
from reminders.rehearsal.provider import Provider
from reminders.rehearsal.staff import PROTOCOL, Staff
from reminders.rehearsal.world import World
from reminders.service import Service
from reminders.settings import Settings
from reminders.sites import place_of
from schedules.medications import shipped_medications
from schedules.protocol import Channel

BEGINS = (  # Mondays, of which a seed takes one; clocks go back on November 1, and forward on March 14
    datetime(2026, 10, 5, 13, 0, tzinfo=UTC),
    datetime(2027, 2, 22, 13, 0, tzinfo=UTC),
)
REST = timedelta(hours=30)  # from the last fault to the end: one whole window in every zone
STEPS_BETWEEN = 50  # after which the event log is read on, and the progress told
SITE: Mapping[str, Any] = {
    "name": "Example Radiology",
    "phone": "+12125550100",
    "address": "1 Example Street",
    "time_zone": "America/New_York",
}
Progress = Callable[[float], None]
"""Told now and then how much of the time has passed, from 0 to 1."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What is to be rehearsed."""

    patients: int
    days: int
    seed: int
    faults: str = "some"

    @property
    def mix(self) -> Mix:
        return MIXES[self.faults]


@dataclass(frozen=True, kw_only=True, slots=True)
class Month:
    """What came of it; `events` tells two runs of one seed apart, if anything in them differs."""

    asked: Asked
    ledger: Ledger
    faults: Mapping[str, int]
    events: str


def simulate(
    asked: Asked,
    *,
    settings: Settings | None = None,
    template: Path | None = None,
    progress: Progress = lambda part: None,
) -> Month:
    """Rehearse it; `template` is a migrated database to copy, where there are many runs."""
    settings = settings or _settings()
    chance = Chance(f"{asked.seed}:keys")
    with _calm(), rehearsed(f"{asked.seed}:ids"), _service(settings, chance, template) as (service, clock):
        run = _Run(asked, service, clock)
        try:
            return run.play(progress)
        finally:
            run.world.witness.close()


@contextmanager
def _calm() -> Iterator[None]:
    """A claim makes thousands of objects and drops them all: cycles are searched for more seldom."""
    before = gc.get_threshold()
    gc.set_threshold(50_000, 20, 20)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _settings() -> Settings:
    return Settings.model_validate(
        {
            "sites": {"main": dict(SITE)},
            "transports": {channel: {"kind": "memory"} for channel in Channel},
            "worker": {"senders": 1},
            "web": {"accept_no_replies": True},
        },
        context={"folder": Path()},
    )


@contextmanager
def _service(settings: Settings, chance: Chance, template: Path | None) -> Iterator[tuple[Service, ManualClock]]:
    """A service on a temporary store; its keys follow from the seed, for nobody's secrets are kept."""
    with TemporaryDirectory(prefix="reminders-") as folder:
        file, clock = Path(folder) / "reminders.db", ManualClock(chance.one_of(BEGINS))
        url = f"sqlite:///{file}"
        if template is None:
            migrate.upgrade(url)
        else:
            shutil.copy(template, file)
        engine = open_engine(url)
        witness.watch(engine)
        try:
            yield (
                Service(
                    settings=settings,
                    engine=engine,
                    vault=Vault(keys={1: chance.key()}, active=1, lookup=chance.key()),
                    clock=clock,
                    library=Library(settings.protocols_dir),
                    medications=shipped_medications(),
                ),
                clock,
            )
        finally:
            engine.dispose()


class _Run:
    """One rehearsal under way."""

    def __init__(self, asked: Asked, service: Service, clock: ManualClock) -> None:
        self.asked, self.service = asked, service
        self.world = World(service, clock, seed=asked.seed, mix=asked.mix)
        self.site = next(iter(service.settings.sites))
        self.zone = ZoneInfo(service.settings.sites[self.site].time_zone)
        self.providers = {channel: Provider(channel, self.world, live=channel is Channel.VOICE) for channel in Channel}
        self.crew = Crew(self.world, self.providers)
        self.hospital = Hospital(self.world, self.zone)
        self.staff = Staff(self.world, self.crew, self.providers)
        self.log: list[dict[str, Any]] = []
        self.chance = self.world.chance("times")
        self.version = service.library.load(PROTOCOL)

    def play(self, progress: Progress) -> Month:
        world, begins = self.world, self.world.now
        ends = begins + timedelta(days=self.asked.days)
        lives = Lives(world, self.hospital, self.crew, self.zone, days=self.asked.days, site=self.site)
        lives.on_phone = self._phone
        lives.arrange(self.asked.patients, self._shared_steps())
        self.staff.arrange(begins, ends)
        self._trouble(begins, ends)
        self.crew.arrange(ends + REST)
        world.at(ends, self._calm_down)
        while (at := world.next_at()) is not None and at <= ends + REST:
            for _ in range(STEPS_BETWEEN):
                if (due := world.next_at()) is not None and due <= ends + REST:
                    world.step()
            progress(min(1.0, (world.now - begins) / (ends + REST - begins)))
            self._copy_log()
        self._last_look(ends + REST)
        return Month(asked=self.asked, ledger=self._ledger(ends), faults=dict(world.faults), events=self._digest())

    def _shared_steps(self) -> tuple[str, ...]:
        steps = self.version.protocol.steps
        return tuple(step.key for step in steps if step.for_each is None)[:4]

    def _phone(self, phone: str) -> None:
        """Some numbers are not what the hospital takes them for."""
        for fault, often in self.world.mix.numbers.items():
            if self.chance.happens(often):
                for channel in (Channel.SMS, Channel.VOICE):
                    self.providers[channel].numbers[phone] = fault
                return

    # What goes wrong for a time

    def _trouble(self, begins: datetime, ends: datetime) -> None:
        acts: Mapping[str, Callable[[], None]] = {
            "misconfigured": partial(self._provider_off, "misconfigured", 120, 600),
            "away": partial(self._provider_off, "away", 120, 600),
            "worker off": partial(self._workers_off, "worker off", 1, 14),
            "worker off for days": partial(self._workers_off, "worker off for days", 30, 72),
            "clock forward": self._clock_forward,
            "disk full": self._disk_full,
        }
        days = max(1, (ends - begins).days - 4)
        for name, times in self.world.mix.times.items():
            for _ in range(max(1, round(times * self.asked.days / 60))):
                at = begins + timedelta(days=self.chance.between(0, days), hours=self.chance.between(-1, 4))
                self.world.at(max(at, begins), acts[name])  # when most messages are due

    def _provider_off(self, name: str, low: int, high: int) -> None:
        """For some hours nothing is taken; it is counted when a call finds that out."""
        channel = self.chance.weighted({Channel.SMS: 6, Channel.VOICE: 1, Channel.EMAIL: 1})
        setattr(self.providers[channel], name, True)

        def over() -> None:
            setattr(self.providers[channel], name, False)
            self.crew.keep_house()
            self.crew.hurry()

        self.world.after(over, minutes=self.chance.between(low, high))

    def _workers_off(self, name: str, low: int, high: int) -> None:
        self.world.saw(name)
        until = self.world.now + timedelta(hours=self.chance.between(low, high))
        self.crew.off_until = max(self.crew.off_until, until)
        self.world.at(until, self.crew.keep_house)

    def _clock_forward(self) -> None:
        self.world.saw("clock forward")
        self.world.clock.advance(timedelta(minutes=self.chance.one_of((5, 60, 180, 1440))))

    def _disk_full(self) -> None:
        self.world.refusals.refuse(self.chance.between(1, 3), lambda: self.world.saw("disk full"))

    def _calm_down(self) -> None:
        """The last fault is over, and an operator resumes what only a person may."""
        self.world.calm = True
        self.world.refusals.refuse(0)
        for provider in self.providers.values():
            provider.misconfigured = provider.away = False
        self.staff.look()
        self.crew.keep_house()

    # The end

    def _last_look(self, ends: datetime) -> None:
        if ends > self.world.now:
            self.world.clock.move_to(ends)
        self.crew.keep_house(always=True)
        self.crew.look()
        self._copy_log()

    def _copy_log(self) -> None:
        last = self.log[-1]["id"] if self.log else 0
        with reading(self.service.engine) as connection:
            self.log += witness.events_after(connection, last)

    def _ledger(self, quiet_since: datetime) -> Ledger:
        world = self.world
        with reading(self.service.engine) as connection:
            rows, seen, pauses = witness.everything(connection), witness.seen(connection), witness.pauses(connection)
        return Ledger(
            rules=self._rules(),
            messages={language: self.version.files[f"messages.{language}.toml"] for language in self.version.languages},
            site_name=self.service.settings.sites[self.site].name,
            lines=tuple(world.lines),
            words=tuple(world.words),
            facts=tuple(world.facts),
            silences=tuple(world.silences),
            wrote=tuple(world.wrote),
            rows=rows,
            seen=seen,
            log_copy=tuple(self.log),
            pauses=pauses,
            slack=timedelta(seconds=world.mix.skew_seconds + 6),
            looked_at=self.crew.looked_at,
            quiet_since=quiet_since,
        )

    def _rules(self) -> Rules:
        return read_rules(self.version.files[PROTOCOL_FILE], self.zone, self._closed())

    def _closed(self) -> frozenset[date]:
        """The days on which the site is closed, its public holidays among them."""
        days = place_of(self.service.settings.sites[self.site], None, self.world.now.year).workdays
        return (days.holidays | days.closed) - days.open

    def _digest(self) -> str:
        """Of everything that was done, in order, and of what reached patients."""
        took = [(line.at.isoformat(), line.delivery, line.to, line.content_hash) for line in self.world.lines]
        return hashlib.sha256(json.dumps([self.log, took], default=str, sort_keys=True).encode()).hexdigest()
