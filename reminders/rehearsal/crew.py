"""The workers of a rehearsal: the real dispatcher and housekeeping, which crash, freeze, and look at wrong clocks.

The rule: what ends a worker unwinds it like the end of its process: what it had not committed is gone, and it never
comes back.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from reminders import housekeeping
from reminders.clock import Clock
from reminders.database import claims, witness
from reminders.database.engine import reading
from reminders.dispatch import Dispatcher, Report
from reminders.rehearsal.inline import inline
from reminders.rehearsal.provider import Provider
from reminders.rehearsal.world import World
from reminders.reporting import reconcile
from reminders.transports.base import OutboundMessage
from schedules.protocol import Channel

SHORTEST, LONGEST = timedelta(seconds=1), timedelta(hours=1)
MOVED = ("sent", "refused", "unknown", "held", "missed")  # what a look brought on; what is tried again stays as it was
HOUSE_HOURS = 8
AFTER_TROUBLE_MINUTES = (1.1, 3, 7, 12, 21)  # when a lease is over, and a lost message is looked for


class Died(BaseException):
    """A worker's process ends here; nothing catches it but whoever started the worker."""


class Behind:
    """A worker's own clock, which lags behind the true one."""

    def __init__(self, clock: Clock, lag: timedelta) -> None:
        self._clock, self._lag = clock, lag

    def now(self) -> datetime:
        return self._clock.now() - self._lag

    def monotonic(self) -> float:
        return self._clock.monotonic()

    def sleep(self, seconds: float) -> None:
        self._clock.sleep(seconds)


class Crew:
    """So many workers on one store; one of them looks whenever something is due."""

    def __init__(self, world: World, transports: Mapping[Channel, Provider]) -> None:
        self._world, self._transports = world, transports
        self._chance = world.chance("workers")
        self._hired = 0
        self._workers = [self._hire() for _ in range(world.mix.workers)]
        self.off_until = self.looked_at = world.now
        self.change: Callable[[str], None] = lambda enrollment: None
        self._armed: datetime | None = None
        self._pause = SHORTEST
        self._nested, self._busy = False, set[int]()
        for transport in transports.values():
            transport.disturb = self._disturb

    def _hire(self) -> Dispatcher:
        self._hired += 1
        lag = timedelta(seconds=self._chance.between(0, self._world.mix.skew_seconds))
        clock = Behind(self._world.clock, lag) if lag else self._world.clock
        service = replace(self._world.service, clock=clock)
        if lag:
            self._world.saw("clock behind")
        return Dispatcher(service, self._transports, worker=f"worker-{self._hired}", executors=inline)

    # Looking

    def wake(self) -> None:
        """Arrange a look at what comes due next. What was looked at in vain is looked at again ever more seldom."""
        now = self._world.now
        with reading(self._world.service.engine) as connection:
            due, fresh = claims.next_due(connection), witness.next_fresh(connection, self.looked_at)
        again = None if due is None else max(due, self.looked_at + self._pause)
        soonest = min((each for each in (again, fresh) if each is not None), default=None)
        if soonest is not None:
            self._arm(max(soonest, now, self.off_until))

    def _arm(self, at: datetime) -> None:
        if self._armed is None or at < self._armed:
            self._armed = at
            self._world.at(at, lambda: self._look(at))

    def _look(self, at: datetime) -> None:
        if self._armed != at:
            return  # an earlier look stands, or has taken its place
        self._armed = None
        if self._world.now < self.off_until:
            self._arm(self.off_until)
            return
        report = self.look()
        moved = report is None or any(getattr(report, name) for name in MOVED)
        self._pause = SHORTEST if moved else min(self._pause * 4, LONGEST)
        self.wake()

    def look(self) -> Report | None:
        """One of the workers handles what is due; None where it did not come to its end."""
        free = [number for number in range(len(self._workers)) if number not in self._busy]
        if not free:
            return None
        number = self._chance.one_of(free)
        self._busy.add(number)
        self.looked_at = self._world.now
        try:
            return self._workers[number].run_due()
        except Died:
            self._workers[number] = self._hire()
        except Exception:  # as the worker's own loop: one failure never ends it
            self._world.saw("dispatch failed")
        finally:
            self._busy.discard(number)
        self.trouble()
        return None

    def trouble(self) -> None:
        """Housekeeping soon, for something was left in the middle."""
        for minutes in AFTER_TROUBLE_MINUTES:
            self._world.after(self.keep_house, minutes=minutes)

    # Housekeeping

    def arrange(self, until: datetime) -> None:
        """Housekeeping every few hours, and the day's reconciliation."""
        at = self._world.now
        while at < until:
            self._world.at(at, self.keep_house)
            at += timedelta(hours=HOUSE_HOURS)
            if at.hour < HOUSE_HOURS:
                self._world.at(at, self._reconcile)

    def keep_house(self) -> None:
        if self._world.now < self.off_until:
            return
        try:
            housekeeping.reopen_transports(self._world.service, self._transports)
        except Exception:
            self._world.saw("dispatch failed")
        found = housekeeping.keep_house(self._world.service)
        if found.get("unknown"):
            self.trouble()
        self.wake()

    def _reconcile(self) -> None:
        if self._world.now >= self.off_until:
            try:
                reconcile(self._world.service)
            except Exception:
                self._world.saw("dispatch failed")

    # What happens to a worker while its call is on the line

    def _disturb(self, message: OutboundMessage, after: bool) -> None:
        if self._nested or self._world.calm:
            return
        for fault, chance in self._world.mix.lines.items():
            if self._when(fault) is after and self._chance.happens(chance):
                self._world.saw(fault)
                self._nested = True
                try:
                    self._happen(fault, message)
                finally:
                    self._nested = False
                return

    @staticmethod
    def _when(fault: str) -> bool:
        return fault in ("crash after the call", "frozen", "two workers")

    def _happen(self, fault: str, message: OutboundMessage) -> None:
        if fault.startswith("crash"):
            raise Died
        if fault == "frozen":
            lease = self._world.service.settings.worker.lease_seconds
            self._world.clock.advance(timedelta(seconds=3 * lease))
            self.keep_house()
            self.look()
            self._world.saw("late answer")
        elif fault == "two workers":
            self.keep_house()
            self.look()
        else:
            self.change(message.enrollment)
