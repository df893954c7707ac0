"""The worker process: APScheduler is the metronome, never the memory; it only says "look now".

A date job stands at the next due instant and a poll finds what other processes planned since; both poke the
main thread, and the main thread alone dispatches. SIGTERM finishes what is in flight.
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
from reminders.database import claims
from reminders.database.engine import reading
from reminders.dispatch import Dispatcher, Report
from reminders.escalating import escalate
from reminders.logs import get_logger
from reminders.pulse import DISPATCH, METRONOME
from reminders.reporting import reconcile
from reminders.service import Service
from reminders.transports.base import Transport
from reminders.watching import LOOK_SECONDS, Watchman
from schedules.protocol import Channel

HOUSEKEEPING_SECONDS = 15
CHECK_SECONDS = 300
RECONCILE_HOURS = 6
CATCH_UP = timedelta(minutes=30)
NAP_SECONDS = 1.0  # a signal that comes in the instant before a wait without an end would never be heard
JOB_DEFAULTS = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}

log = get_logger(__name__)


def run_once(service: Service, transports: Mapping[Channel, Transport], *, epoch_file: Path | None = None) -> Report:
    """Handle what is due now and return what happened. Without an `epoch_file` none is kept, as in a rehearsal."""
    watchman = Watchman(service, epoch_file)
    watchman.begin()
    housekeeping.reopen_transports(service, transports)
    housekeeping.keep_house(service)
    watchman.look_over(settled=True)
    escalate(service, transports)
    dispatcher = Dispatcher(service, transports, worker=identifiers.worker_id(), watchman=watchman)
    try:
        report = dispatcher.run_due()
        if watchman.suspects:
            watchman.look_over(settled=True)
        watchman.ping()
        return report
    finally:
        dispatcher.close()


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
        self._dispatcher = Dispatcher(service, transports, worker=self._id, watchman=self.watchman)
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
        self._scheduler.start()
        log.info("worker_started", worker=self._id)
        try:
            while not self._dispatcher.stopping.is_set():
                self._round()
        finally:
            self._scheduler.shutdown(wait=True)
            self._dispatcher.close()
            log.info("worker_stopped", worker=self._id)

    def _round(self) -> None:
        """Sleep until something is due, then handle it; one failure never ends the worker."""
        self.watchman.pulse.beat(DISPATCH)
        try:
            self._pokes.get(timeout=NAP_SECONDS)
        except Empty:
            return
        while not self._pokes.empty():
            self._pokes.get()
        if self._dispatcher.stopping.is_set():
            return
        try:
            self._dispatcher.run_due()
        except Exception as error:
            log.error("dispatch_failed", error, worker=self._id)

    def _look(self) -> None:
        self._pokes.put(None)

    def stop(self) -> None:
        """End `run` once the calls in flight are recorded; from any thread, and from a signal's handler."""
        self._dispatcher.stopping.set()
        self._look()

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stop()

    def _arrange(self) -> None:
        add, poll = self._scheduler.add_job, self._service.settings.worker.poll_seconds
        add(self._watch, "interval", seconds=poll, id="watch", next_run_time=self._service.clock.now())
        add(self._keep_house, "interval", seconds=HOUSEKEEPING_SECONDS, next_run_time=self._service.clock.now())
        add(self._check, "interval", seconds=CHECK_SECONDS, next_run_time=self._service.clock.now())
        caught_up = self._service.clock.now() + CATCH_UP  # what an outage left behind is handled by then
        for job in (self.watchman.look, self.watchman.ping):
            add(job, "interval", seconds=LOOK_SECONDS, id=job.__name__, next_run_time=self._service.clock.now())
        add(self._reconcile, "interval", hours=RECONCILE_HOURS, next_run_time=caught_up)
        wrong = EVENT_JOB_ERROR | EVENT_JOB_MISSED | EVENT_JOB_MAX_INSTANCES
        self._scheduler.add_listener(_report, wrong)

    def _watch(self) -> None:
        """Ask for the next due instant: dispatch if it has come, else set an alarm for it."""
        self.watchman.pulse.beat(METRONOME)
        with reading(self._service.engine) as connection:
            upcoming = claims.next_due(connection)
        if upcoming is None:
            return
        if upcoming <= self._service.clock.now():
            self._look()
        elif upcoming != self._armed and upcoming - self._service.clock.now() < timedelta(hours=1):
            self._armed = upcoming
            self._scheduler.add_job(self._look, "date", run_date=upcoming, id="alarm", replace_existing=True)

    def _keep_house(self) -> None:
        housekeeping.keep_house(self._service)
        escalate(self._service, self._transports)
        housekeeping.beat(self._service, self._id, self._started)

    def _reconcile(self) -> None:
        reconcile(self._service)

    def _check(self) -> None:
        housekeeping.reopen_transports(self._service, self._transports)


def _report(event: JobEvent) -> None:
    """A job that failed, was missed or ran over: never silent."""
    log.error("metronome", getattr(event, "exception", None), job=str(event.job_id), code=event.code)
