"""The workers of a rehearsal: the real dispatcher and housekeeping, which crash, freeze, and look at wrong clocks.

The rule: what ends a worker unwinds it like the end of its process: what it had not committed is gone, and it never
comes back.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from reminders import housekeeping
from reminders.clock import Clock
from reminders.dispatch import Dispatcher, Report
from reminders.rehearsal.inline import inline
from reminders.rehearsal.provider import Provider
from reminders.rehearsal.world import World
from reminders.reporting import reconcile
from reminders.transports.base import OutboundMessage
from schedules.protocol import Channel

SHORTEST, LONGEST = timedelta(seconds=20), timedelta(hours=6)
MORE_SELDOM = 30
MOVED = ("sent", "refused", "unknown", "held", "missed")  # what a look brought on; what is tried again stays as it was
HOUSE_HOURS = 6
CLOSE = timedelta(seconds=50)
AFTER_TROUBLE_MINUTES = (1.1, 4, 12, 21)  # when a lease is over, and a lost message is looked for


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


@dataclass(frozen=True, kw_only=True, slots=True)
class _Worker:
    name: str
    hands: Dispatcher
    lag: timedelta


class Crew:
    """So many workers on one store; one of them looks whenever something is due."""

    def __init__(self, world: World, transports: Mapping[Channel, Provider]) -> None:
        self._world, self._transports = world, transports
        self._chance = world.chance("workers")
        self._hired = self._next = 0
        self._house_at: set[datetime] = set()
        self._workers = [self._hire() for _ in range(world.mix.workers)]
        self.off_until = self.looked_at = world.now
        self.change: Callable[[str], None] = lambda enrollment: None
        self._armed: datetime | None = None
        self._pause = SHORTEST
        self._nested, self._busy = False, set[int]()
        for transport in transports.values():
            transport.disturb = self._disturb

    def _hire(self) -> "_Worker":
        self._hired += 1
        lag = timedelta(seconds=self._chance.between(0, self._world.mix.skew_seconds))
        clock = Behind(self._world.clock, lag) if lag else self._world.clock
        service = replace(self._world.service, clock=clock)
        if lag:
            self._world.saw("clock behind")
        hands = Dispatcher(service, self._transports, worker=f"worker-{self._hired}", executors=inline)
        return _Worker(name=f"worker-{self._hired}", hands=hands, lag=lag)

    def gone(self, _connection: Connection, workers: Collection[str]) -> set[str]:
        """Those whose process has ended."""
        return set(workers) - {worker.name for worker in self._workers}

    # Looking

    def wake(self) -> None:
        """Arrange a look at what comes due next. What was looked at in vain is looked at again ever more seldom."""
        due, fresh = self._world.witness.next_looks(self.looked_at)
        again = None if due is None else max(due, self.looked_at + self._pause)
        soonest = min((each for each in (again, fresh) if each is not None), default=None)
        if soonest is not None:
            self._arm(max(soonest + self._workers[self._next].lag, self._world.now, self.off_until))

    def hurry(self) -> None:
        """What had kept messages back is over: look at them soon."""
        self._pause = SHORTEST
        self.wake()

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
        report = self.look(self._next)
        self._next = self._chance.between(0, len(self._workers) - 1)
        moved = report is None or any(getattr(report, name) for name in MOVED)
        self._pause = SHORTEST if moved else min(self._pause * MORE_SELDOM, LONGEST)
        self.wake()

    def look(self, number: int | None = None) -> Report | None:
        """A worker handles what is due; None where it did not come to its end. Without a number, whoever is free."""
        free = [each for each in range(len(self._workers)) if each not in self._busy]
        if not free:
            return None
        number = self._chance.one_of(free) if number is None else number
        self._busy.add(number)
        self.looked_at = self._world.now
        try:
            report = self._workers[number].hands.run_due()
            if report.unknown:
                self.trouble()
            return report
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
            at = self._world.now + timedelta(minutes=minutes)
            if not any(abs(at - each) < CLOSE for each in self._house_at):
                self._house_at.add(at)
                self._world.at(at, self.keep_house)

    # Housekeeping

    def arrange(self, until: datetime) -> None:
        """Housekeeping where there is anything to do, once a day in any case; and the reconciliation."""
        at = self._world.now
        while (at := at + timedelta(hours=HOUSE_HOURS)) < until:
            daily = at.hour < HOUSE_HOURS
            self._world.at(at, partial(self.keep_house, always=daily))
            if daily:
                self._world.at(at, self._reconcile)

    def keep_house(self, *, always: bool = False) -> None:
        self._house_at = {each for each in self._house_at if each > self._world.now}
        if self._world.now < self.off_until or not (always or self._world.witness.has_housework(self._world.now)):
            self.wake()
            return
        try:
            housekeeping.reopen_transports(self._world.service, self._transports)
        except Exception:
            self._world.saw("dispatch failed")
        found = housekeeping.keep_house(self._world.service, self._transports, self.gone)
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
