"""APScheduler 3.11 with its SQLAlchemy job store on the same database: one date job per reminder.

It stores a job and deletes it once it is handed to a thread: one commit each, no intent and no outcome. Nothing is
checked, rendered or sealed, and the job does nothing.
"""

import pickle
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from time import perf_counter

from apscheduler.events import EVENT_JOB_EXECUTED, JobEvent
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.base import BaseJobStore
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.date import DateTrigger
from sqlalchemy import insert

from bench.databases import driver_url
from reminders.clock import SystemClock

SENDERS = 10  # as many threads as our worker has
LATER = datetime(2099, 1, 1, tzinfo=UTC)
JOB_DEFAULTS = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}


def send(enrollment: str, key: str) -> None:
    """The job: it does nothing."""


def fill(url: str, *, pending: int, due: int) -> None:
    """Jobs as the store keeps them, in one commit: the measurement begins after it."""
    store = SQLAlchemyJobStore(driver_url(url))
    past = SystemClock().now() - timedelta(hours=1)
    with _scheduler(MemoryJobStore()) as scheduler:
        scheduler.start(paused=True)
        for number in range(pending):
            scheduler.add_job(send, DateTrigger(past if number < due else LATER), [f"patient-{number}", "ride"])
        rows = [
            {
                "id": job.id,
                "next_run_time": job.next_run_time.timestamp(),
                "job_state": pickle.dumps(job.__getstate__(), pickle.HIGHEST_PROTOCOL),
            }
            for job in scheduler.get_jobs()
        ]
    with store.engine.begin() as connection:
        store.jobs_t.create(connection, True)
        connection.execute(insert(store.jobs_t), rows)
    store.shutdown()


def dispatch_rate(url: str, due: int) -> float:
    """Jobs per second from the scheduler's start to the end of the last due job, which is then deleted."""
    left, done = iter(range(due - 1, -1, -1)), threading.Event()

    def count(_event: JobEvent) -> None:
        if next(left) == 0:
            done.set()

    with _scheduler(SQLAlchemyJobStore(driver_url(url))) as scheduler:
        scheduler.add_listener(count, EVENT_JOB_EXECUTED)
        started = perf_counter()
        scheduler.start()
        done.wait()
        return due / (perf_counter() - started)


def add_seconds(url: str, patients: int, reminders: int) -> float:
    """Seconds to add one patient's reminders as jobs: `add_job` commits each. For a store without due jobs."""
    with _scheduler(SQLAlchemyJobStore(driver_url(url))) as scheduler:
        scheduler.start(paused=True)
        started = perf_counter()
        for patient in range(patients):
            for number in range(reminders):
                scheduler.add_job(send, DateTrigger(LATER), [f"patient-{patient}", str(number)])
        return (perf_counter() - started) / patients


@contextmanager
def _scheduler(store: BaseJobStore) -> Iterator[BackgroundScheduler]:
    scheduler = BackgroundScheduler(
        jobstores={"default": store},
        executors={"default": ThreadPoolExecutor(SENDERS)},
        job_defaults=JOB_DEFAULTS,
        timezone=UTC,
    )
    try:
        yield scheduler
    finally:
        if scheduler.running:
            scheduler.shutdown(wait=True)
