"""A whole installation on a clock moved by hand, and everything people and providers can do to it.

Each act is a method, so that a story found by chance can be written down as a plain test. What the program refuses
changes nothing; what it takes is kept in a plan of the story's own, which the checker believes.
"""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import event

from reminders.changes.ordering import NewContact, change_contact, order
from reminders.changes.recording import complete, record_arrival, record_not_done, record_visit
from reminders.changes.rescheduling import cancel, reschedule
from reminders.clock import ManualClock
from reminders.database import claims
from reminders.database.engine import open_engine, reading
from reminders.database.vault import Vault
from reminders.enrollment import enroll
from reminders.errors import InputError
from reminders.transports.memory import Outcome, fails, taken_but
from reminders.worker import run_once
from schedules.protocol import Channel
from tests.end_to_end.checker import Checker
from tests.end_to_end.naive import SITE_ZONE, Plan
from tests.reminders.builders import (
    a_request,
    a_service,
    in_memory,
    misconfigured,
    not_sent,
    opted_out,
    refused,
    unknown,
)

BEGINS = datetime(2026, 10, 19, 14, 0, tzinfo=UTC)  # a Monday, 10:00 in New York; clocks change on November 1
OUTCOMES: dict[str, Outcome] = {
    "refused": fails(refused),
    "not sent": fails(not_sent()),
    "opted out": fails(opted_out),
    "misconfigured": fails(misconfigured),
    "unknown": fails(unknown),
    "taken but unknown": taken_but(unknown),
}
MOST_ROUNDS = 40  # of a walk: what is looked at each minute need not be walked through for days
LOG_MOVES = """
CREATE TABLE story_moves (id INTEGER PRIMARY KEY, kind TEXT, old TEXT, new TEXT);
CREATE TRIGGER story_reminders AFTER UPDATE OF state ON reminders WHEN old.state <> new.state
  BEGIN INSERT INTO story_moves (kind, old, new) VALUES ('reminder', old.state, new.state); END;
CREATE TRIGGER story_deliveries AFTER UPDATE OF state ON deliveries WHEN old.state <> new.state
  BEGIN INSERT INTO story_moves (kind, old, new) VALUES ('delivery', old.state, new.state); END;
"""


class Story:
    """One installation, its patients, and the checker that looks after every act."""

    def __init__(self, folder: Path, template: Path, begins: datetime = BEGINS) -> None:
        shutil.copy(template, folder / "reminders.db")
        key = folder / "reminders.key"
        vault = Vault.load(key) if key.exists() else Vault.create(key)
        self.clock = ManualClock(begins)
        self.engine = open_engine(f"sqlite:///{folder / 'reminders.db'}")
        self.engine.dispose()  # the connection it has checked the tables with waits for the disk
        event.listen(self.engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous = OFF"))
        self.service = a_service(self.engine, vault, self.clock)
        self.transports = in_memory(self.clock)
        self.plans: dict[str, Plan] = {}
        self.checker = Checker(folder / "reminders.db", self.plans)

    def close(self) -> None:
        self.checker.close()
        self.engine.dispose()

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def patient(self, number: int = 0) -> str:
        return list(self.plans)[number % len(self.plans)]

    def plan(self, number: int = 0) -> Plan:
        return self.plans[self.patient(number)]

    # What staff do

    def enroll(
        self,
        start: datetime,
        *,
        holds: dict[str, tuple[int, int | None]] | None = None,
        zone: str = "America/New_York",
        date_only: bool = False,
        consent: str = "sms",
        sedation: str = "moderate",
        detailed: bool = False,
    ) -> bool:
        days, resumes = typed(holds or {})
        request = a_request(
            procedure=site_text(start, date_only),
            holds=days,
            resumes=resumes,
            zone=zone,
            consent=consent,
            sedation=sedation,
            detailed=detailed,
            name=f"Pat Example {chr(65 + len(self.plans))}",
            phone=f"+1212555012{len(self.plans)}",
            email=f"pat{len(self.plans)}@example.org",
        )
        plan = Plan(
            enrolled=self.now,
            start=booked(start, date_only),
            hour_known=not date_only,
            zone=ZoneInfo(zone),
            sedation=sedation,
            holds=dict(holds or {}),
        )
        with suppress(InputError):
            self.plans[enroll(self.service, request, by="coordinator").enrollment] = plan
            self.checker.look(self.now)
            return True
        return False

    def move(self, to: datetime, *, date_only: bool = False, who: int = 0) -> bool:
        plan, start = self.plan(who), booked(to, date_only)
        same_day = start.astimezone(SITE_ZONE).date() == plan.start.astimezone(SITE_ZONE).date()
        keeps = (same_day and not plan.hour_known) or (start, not date_only) == (plan.start, plan.hour_known)
        arrival = plan.arrival if keeps else None
        values = {"start": start, "hour_known": not date_only, "arrival": arrival}
        return self._change(who, values, reschedule, to=site_text(to, date_only))

    def cancel(self, reason: str = "patient", who: int = 0) -> bool:
        return self._change(who, {"status": "cancelled", "reason": reason}, cancel, reason=reason, note=None)

    def complete(self, ended: datetime, *, correct: bool = False, who: int = 0) -> bool:
        ended = minute(ended)
        values = {"status": "completed", "ended": ended}
        return self._change(who, values, complete, ended_at=site_text(ended), correct=correct)

    def not_done(self, who: int = 0) -> bool:
        return self._change(who, {"status": "ended"}, record_not_done)

    def order(self, holds: dict[str, tuple[int, int | None]], who: int = 0) -> bool:
        days, resumes = typed(holds)
        values = {"holds": self.plan(who).holds | holds}
        ordered = {"holds": days, "resumes": resumes, "ordered_by": "Dr. Example"}
        return self._change(who, values, order, **ordered, confirms=tuple(holds))

    def arrival(self, at: datetime, who: int = 0) -> bool:
        """The clock time of `at` on the day of the procedure."""
        clock = minute(at).astimezone(SITE_ZONE).time()
        day = self.plan(who).start.astimezone(SITE_ZONE).date()
        instant = datetime.combine(day, clock, SITE_ZONE).astimezone(UTC)
        return self._change(who, {"arrival": instant}, record_arrival, at=f"{clock:%H:%M}")

    def visit(self, at: datetime, who: int = 0) -> bool:
        return self._change(who, {"visit": minute(at)}, record_visit, at=site_text(at))

    def contact(self, who: int = 0, **new: Any) -> bool:
        values = {"zone": ZoneInfo(new["zone"])} if "zone" in new else {}
        return self._change(
            who, values, lambda service, id_, **how: change_contact(service, id_, NewContact(**new), **how)
        )

    def _change(
        self, who: int, values: dict[str, Any], act: Callable[..., Any], confirms: tuple[str, ...] = (), **typed_: Any
    ) -> bool:
        id_ = self.patient(who)
        try:
            changed = act(self.service, id_, by="coordinator", **typed_)
        except InputError:
            return False
        before = self.checker.remember(id_, confirms)
        for name, value in values.items():
            setattr(self.plans[id_], name, value)
        self.checker.changed(id_, before, changed, self.now)
        self.checker.look(self.now)
        return True

    # What providers and time do

    def script(self, channel: str, *outcomes: str) -> None:
        """What the provider of a channel answers to its next calls."""
        self.transports[Channel(channel)].script(*(OUTCOMES[outcome] for outcome in outcomes))

    def tick(self) -> None:
        """A worker looks once."""
        run_once(self.service, self.transports)
        self.checker.take(self.transports, self.now)
        self.checker.look(self.now, ticked=True)

    def walk(self, until: datetime) -> None:
        """Time passes while a worker runs."""
        for _ in range(MOST_ROUNDS):
            self.tick()
            with reading(self.engine) as connection:
                due = claims.next_due(connection)
            if due is None or due > until:
                break
            self.clock.move_to(max(due, self.now + timedelta(seconds=1)))
        self.outage(until)
        self.tick()

    def outage(self, until: datetime) -> None:
        """Time passes and no worker runs."""
        self.clock.move_to(max(self.now, until))


def typed(holds: dict[str, tuple[int, int | None]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    days = tuple(f"{drug}={number}" for drug, (number, _) in holds.items())
    return days, tuple(f"{drug}={resume}" for drug, (_, resume) in holds.items() if resume)


def minute(instant: datetime) -> datetime:
    return instant.replace(second=0, microsecond=0)


def booked(start: datetime, date_only: bool) -> datetime:
    """A date alone stands for seven in the morning."""
    local = minute(start).astimezone(SITE_ZONE)
    return (local.replace(hour=7, minute=0, fold=0) if date_only else local).astimezone(UTC)


def site_text(instant: datetime, date_only: bool = False) -> str:
    return f"{minute(instant).astimezone(SITE_ZONE):{'%Y-%m-%d' if date_only else '%Y-%m-%d %H:%M %z'}}"


def template_for(migrated: Path) -> Path:
    """A migrated database that also writes down every move of a state."""
    folder = migrated.parent
    story = folder / "story.db"
    shutil.copy(migrated, story)
    raw = sqlite3.connect(story)
    raw.executescript(LOG_MOVES)
    raw.close()
    return story
