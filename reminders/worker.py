"""The worker process: APScheduler is the metronome, never the memory; it only says "look now".

A date job stands at the next due instant; what other processes plan, PostgreSQL tells at once, and a poll finds
anyway. All poke the main thread, which alone dispatches, as long as its lock is held and nobody has set the clock.
SIGTERM finishes what is in flight.
"""

import gc
import signal
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import Empty, SimpleQueue
from types import FrameType

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED, JobEvent
from apscheduler.schedulers.background import BackgroundScheduler

from reminders import housekeeping, identifiers
from reminders.clock import JumpWatch
from reminders.database import claims
from reminders.database.engine import reading
from reminders.database.presence import Presence, open_presence
from reminders.database.timekeeping import machine_clock
from reminders.database.waking import Listener
from reminders.dispatch import Dispatcher, Report
from reminders.escalating import escalate
from reminders.health.pulse import DISPATCH, METRONOME
from reminders.health.watching import LOOK_SECONDS, Watchman
from reminders.logs import get_logger
from reminders.reporting import reconcile
from reminders.service import Service
from reminders.transports.base import Transport
from schedules.protocol import Channel

HOUSEKEEPING_SECONDS = 15
CHECK_SECONDS = 300
RECONCILE_HOURS = 6
CATCH_UP = timedelta(minutes=30)
WIDEST_JUMP_SECONDS = 30.0
NAP_SECONDS = 1.0  # a signal that comes in the instant before a wait without an end would never be heard
# Wound up anew after a jump; not the reconciliation: what an outage left behind is handled first.
WOUND_UP = ("watch", "look", "ping", "house", "check")
JOB_DEFAULTS = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}

log = get_logger(__name__)


def run_once(service: Service, transports: Mapping[Channel, Transport], *, epoch_file: Path | None = None) -> Report:
    """Handle what is due now and return what happened. Without an `epoch_file` none is kept, as in a rehearsal."""
    watchman = Watchman(service, epoch_file)
    watchman.begin()
    housekeeping.reopen_transports(service, transports)
    housekeeping.keep_house(service, transports)
    watchman.look_over(settled=True)
    escalate(service, transports)
    worker = identifiers.worker_id()
    with open_presence(service.engine, worker) as presence:
        dispatcher = Dispatcher(
            service, transports, worker=worker, may_claim=lambda: _is_held(presence, worker), watchman=watchman
        )
        try:
            report = dispatcher.run_due()
        finally:
            dispatcher.close()
    if watchman.suspects:
        watchman.look_over(settled=True)
    watchman.ping()
    return report


def _is_held(presence: Presence, worker: str) -> bool:
    held = presence.held()
    if not held:
        log.error("presence_lost", worker=worker)
    return held


def calm_collector() -> None:
    """What a process keeps for its life is searched for cycles no more, and what comes and goes less often.

    A claim makes tens of thousands of objects and drops them all; searching them took a tenth of its time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


class Worker:
    """Runs until told to stop; `run` belongs in the main thread, which receives the signals."""

    def __init__(
        self, service: Service, transports: Mapping[Channel, Transport], *, epoch_file: Path | None = None
    ) -> None:
        """`epoch_file` None: nothing is kept outside the store, as in a rehearsal."""
        self._service = service
        self._transports = transports
        self._id = identifiers.worker_id()
        self._started = service.clock.now()
        self.watchman = Watchman(service, epoch_file)
        self._dispatcher = Dispatcher(
            service, transports, worker=self._id, may_claim=self._may_claim, watchman=self.watchman
        )
        self._presence: Presence | None = None
        self._listener = Listener(service.engine, self._watch)
        self._machine = machine_clock(service.clock)
        self._jumps, self._jumps_of_house = self._jump_watches(), self._jump_watches()  # one for each thread
        self._unsettled_until = 0.0  # by the stopwatch: till then no lease is judged by a clock that was set
        self._pokes: SimpleQueue[None] = SimpleQueue()  # unlike an event, it may be filled from a signal handler
        self._armed: datetime | None = None
        self._scheduler = BackgroundScheduler(timezone=UTC, job_defaults=JOB_DEFAULTS)

    def run(self) -> None:
        """Dispatch until SIGTERM or SIGINT; calls in flight are finished and recorded before it returns."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        self.watchman.begin()
        self._arrange()
        calm_collector()
        with open_presence(self._service.engine, self._id) as self._presence:
            self._scheduler.start()
            self._listener.start()
            log.info("worker_started", worker=self._id)
            try:
                while not self._dispatcher.stopping.is_set():
                    self._round()
            finally:
                self._listener.stop()
                self._scheduler.shutdown(wait=True)
                self._dispatcher.close()
        log.info("worker_stopped", worker=self._id)

    def _round(self) -> None:
        """Sleep until something is due, then handle it; one failure never ends the worker."""
        self.watchman.pulse.beat(DISPATCH)
        try:
            self._pokes.get(timeout=NAP_SECONDS)
        except Empty:
            if not self._is_steady() or not self._dispatcher.owes:
                return
        while not self._pokes.empty():
            self._pokes.get()
        if self._dispatcher.stopping.is_set():
            return
        try:
            self._dispatcher.run_due()
        except Exception as error:
            log.error("dispatch_failed", error, worker=self._id)

    def _may_claim(self) -> bool:
        """Before each claim: nobody has set the clock since the last look, and others see that this worker lives."""
        return self._is_steady() and (self._presence is None or _is_held(self._presence, self._id))

    def _jump_watches(self) -> list[JumpWatch]:
        """On the clock that all workers share, and on this machine's, by which timers run; mostly they are one."""
        clocks = {id(clock): clock for clock in (self._service.clock, self._machine)}
        return [JumpWatch(clock, limit_seconds=WIDEST_JUMP_SECONDS) for clock in clocks.values()]

    def _is_steady(self) -> bool:
        """False where a clock was set: this round is left out, and the timers, which went by it, start anew."""
        jump = max((watch.jump() for watch in self._jumps), key=abs)
        if not jump:
            return True
        log.error("clock_jumped", worker=self._id, seconds=round(jump))
        self._armed = None
        for job in filter(None, map(self._scheduler.get_job, WOUND_UP)):
            job.modify(next_run_time=self._machine.now())
        return False

    def _look(self) -> None:
        self._pokes.put(None)

    def stop(self) -> None:
        """End `run` once the calls in flight are recorded; from any thread, and from a signal's handler."""
        self._dispatcher.stopping.set()
        self._look()

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stop()

    def _arrange(self) -> None:
        add, poll, now = self._scheduler.add_job, self._service.settings.worker.poll_seconds, self._machine.now()
        add(self._tick, "interval", seconds=poll, id="watch", next_run_time=now)
        for job in (self.watchman.look, self.watchman.ping):
            add(job, "interval", seconds=LOOK_SECONDS, id=job.__name__, next_run_time=now)
        add(self._keep_house, "interval", seconds=HOUSEKEEPING_SECONDS, id="house", next_run_time=now)
        add(self._check, "interval", seconds=CHECK_SECONDS, id="check", next_run_time=now)
        caught_up = now + CATCH_UP  # what an outage left behind is handled by then
        add(self._reconcile, "interval", hours=RECONCILE_HOURS, next_run_time=caught_up)
        wrong = EVENT_JOB_ERROR | EVENT_JOB_MISSED | EVENT_JOB_MAX_INSTANCES
        self._scheduler.add_listener(_report, wrong)

    def _tick(self) -> None:
        """The metronome itself; what other processes plan is looked for at other moments, too."""
        self.watchman.pulse.beat(METRONOME)
        self._watch()

    def _watch(self) -> None:
        """Ask for the next due instant: dispatch if it has come, else set an alarm for it."""
        with reading(self._service.engine) as connection:
            upcoming = claims.next_due(connection)
        if upcoming is None:
            return
        now = self._service.clock.now()
        if upcoming <= now:
            self._look()
        elif upcoming != self._armed and upcoming - now < timedelta(hours=1):
            self._armed = upcoming
            at = self._by_the_machine(upcoming, now)
            self._scheduler.add_job(self._wake, "date", run_date=at, id="alarm", replace_existing=True)

    def _wake(self) -> None:
        """The alarm: it may come a moment early where two clocks are compared, and is set again then."""
        self._armed = None
        self._watch()

    def _by_the_machine(self, instant: datetime, now: datetime) -> datetime:
        """What this machine's clock, by which timers run, shows at an instant of the shared one."""
        return instant if self._machine is self._service.clock else instant + (self._machine.now() - now)

    def _keep_house(self) -> None:
        """After a jump of the clock leases are left alone until those that ran are over by the stopwatch as well."""
        stopwatch = self._service.clock.monotonic()
        if max(abs(watch.jump()) for watch in self._jumps_of_house):
            self._unsettled_until = stopwatch + self._service.settings.worker.lease_seconds
        if stopwatch >= self._unsettled_until:
            housekeeping.keep_house(self._service, self._transports)
        escalate(self._service, self._transports)
        housekeeping.beat(self._service, self._id, self._started)

    def _reconcile(self) -> None:
        reconcile(self._service)

    def _check(self) -> None:
        housekeeping.reopen_transports(self._service, self._transports)


def _report(event: JobEvent) -> None:
    """A job that failed, was missed or ran over: never silent."""
    log.error("metronome", getattr(event, "exception", None), job=str(event.job_id), code=event.code)
