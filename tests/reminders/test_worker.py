"""The worker on the real clock: it wakes when something is due, survives a failure, and stops without losing a call."""

import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from reminders.clock import ManualClock, SystemClock
from reminders.database import operating
from reminders.database.engine import reading
from reminders.database.vault import Vault
from reminders.dispatch import Report
from reminders.service import Service
from reminders.transports.base import OutboundMessage
from reminders.transports.memory import ACCEPT, Outcome, fails
from reminders.worker import Worker, run_once
from schedules.protocol import Channel
from tests.builders import local
from tests.reminders.builders import (
    Transports,
    a_service,
    around_the_clock,
    enrolled_id,
    everything,
    in_memory,
    meanwhile,
    misconfigured,
    repeat,
    sent_keys,
    set_reminder,
    states,
    task_kinds,
    texts_only,
    write_protocol,
)

ROOT = Path(__file__).parents[2]
FIRST = "hello"


@pytest.fixture
def signals() -> Iterator[None]:
    """Puts back the handlers a worker sets."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


@pytest.fixture
def service(engine: Engine, vault: Vault, tmp_path: Path) -> Service:
    """On the real clock, with a protocol whose window never closes; looks twenty times a second."""
    own = write_protocol(tmp_path / "own", around_the_clock())
    return a_service(engine, vault, SystemClock(), own=own, worker={"senders": 1, "poll_seconds": 0.05})


def a_patient(service: Service) -> str:
    """Enrolled now, for a month ahead: the first message is due at once."""
    start = service.clock.now() + timedelta(days=30)
    return enrolled_id(service, protocol="example", procedure=f"{start:%Y-%m-%d} 12:00")


def stops_by(number: int) -> Callable[[OutboundMessage], Outcome]:
    """A provider in the middle of whose first call the process is told to stop."""

    def stop(message: OutboundMessage) -> Outcome:
        os.kill(os.getpid(), number)
        return ACCEPT

    return stop


def run(service: Service, transports: Transports | None = None) -> None:
    """A worker in this process until its first message has left."""
    Worker(service, transports or texts_only(service.clock, decide=stops_by(signal.SIGTERM))).run()


def logged(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "reminders.worker"]


# Waking


@pytest.mark.usefixtures("signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_sends_what_is_due_and_stops_when_told_to(service: Service, number: int) -> None:
    id_ = a_patient(service)
    run(service, texts_only(service.clock, decide=stops_by(number)))

    assert states(service, id_)[FIRST] == "sent"


@pytest.mark.usefixtures("signals")
def test_a_worker_wakes_for_what_is_due_soon_though_nobody_polls(engine: Engine, vault: Vault, tmp_path: Path) -> None:
    own = write_protocol(tmp_path / "own", around_the_clock())
    service = a_service(engine, vault, SystemClock(), own=own, worker={"senders": 1, "poll_seconds": 100_000})
    id_ = a_patient(service)
    soon = service.clock.now() + timedelta(seconds=0.5)
    set_reminder(service, id_, FIRST, due_at=soon)
    run(service)

    assert states(service, id_)[FIRST] == "sent"
    assert service.clock.now() >= soon


@pytest.fixture
def waiting(service: Service) -> Iterator[Worker]:
    """A worker whose metronome is wound up and held still."""
    worker = Worker(service, {})
    worker._scheduler.start(paused=True)
    yield worker
    worker._scheduler.shutdown()


def alarm_of(worker: Worker) -> Any:
    return worker._scheduler.get_job("alarm")


def test_an_alarm_stands_at_the_next_due_instant_and_moves_with_it(service: Service, waiting: Worker) -> None:
    id_, now = a_patient(service), service.clock.now()
    for minutes in (30, 20, 40):
        set_reminder(service, id_, FIRST, due_at=now + timedelta(minutes=minutes))
        for _ in range(2):
            waiting._watch()

        assert alarm_of(waiting).trigger.run_date == now + timedelta(minutes=minutes)


def test_the_days_are_reconciled_once_what_an_outage_left_is_caught_up(service: Service, waiting: Worker) -> None:
    a_patient(service)
    waiting._arrange()
    (job,) = [job for job in waiting._scheduler.get_jobs() if job.name.endswith("_reconcile")]

    assert job.trigger.interval == timedelta(hours=6)
    assert timedelta(minutes=29) < job.next_run_time - service.clock.now() <= timedelta(minutes=30)
    job.func()


def test_a_worker_that_hears_nothing_for_a_while_looks_up_and_goes_on_waiting(
    service: Service, waiting: Worker
) -> None:
    id_ = a_patient(service)
    waiting._round()

    assert states(service, id_)[FIRST] == "planned"


@pytest.mark.parametrize("state", ["planned", "withdrawn"])
def test_no_alarm_is_set_for_what_is_far_away_or_for_nothing(service: Service, waiting: Worker, state: str) -> None:
    id_ = a_patient(service)
    for key in states(service, id_):
        set_reminder(service, id_, key, state=state, due_at=service.clock.now() + timedelta(hours=2))
    waiting._watch()

    assert alarm_of(waiting) is None


@pytest.mark.usefixtures("signals")
def test_a_worker_keeps_house_and_says_that_it_is_alive(service: Service) -> None:
    id_ = a_patient(service)
    expired = service.clock.now() - timedelta(seconds=1)
    set_reminder(service, id_, "pack", state="sending", lease_until=expired)
    run(service)

    assert states(service, id_)["pack"] == "unknown"
    with reading(service.engine) as connection:
        assert operating.last_beat(connection) is not None


@pytest.mark.usefixtures("signals")
def test_a_worker_opens_a_transport_that_was_mended(service: Service) -> None:
    transports = in_memory(service.clock, decide=stops_by(signal.SIGTERM))
    a_patient(service)
    with service.engine.begin() as connection:
        operating.pause(connection, "transport:email", reason="x", by="system", now=service.clock.now())
    run(service, transports)

    with reading(service.engine) as connection:
        assert operating.pauses(connection) == {}


# Failing


def fail(_connection: Any) -> None:
    raise RuntimeError("the disk is full")


@pytest.mark.usefixtures("signals")
def test_a_round_that_fails_is_logged_and_the_next_one_comes(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    id_ = a_patient(service)
    meanwhile(service.engine, "INSERT INTO deliveries", fail)
    run(service)

    assert "dispatch_failed" in logged(caplog)
    assert states(service, id_)[FIRST] == "sent"


@pytest.mark.usefixtures("signals")
@pytest.mark.parametrize("words", ["SELECT min(reminders.due_at)", "heartbeats"], ids=["watch", "housekeeping"])
def test_a_job_that_fails_is_logged_and_the_worker_goes_on(
    service: Service, caplog: pytest.LogCaptureFixture, words: str
) -> None:
    caplog.set_level(logging.INFO)
    id_ = a_patient(service)
    meanwhile(service.engine, words, fail)
    run(service)

    said = {record.getMessage() for record in caplog.records}
    assert said & {"metronome", "wake_failed"}  # on PostgreSQL whoever listens asks for what is due, too
    assert states(service, id_)[FIRST] == "sent"


# Stopping


@pytest.mark.usefixtures("signals")
def test_a_worker_says_when_it_starts_and_when_it_stops(service: Service, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    a_patient(service)
    run(service)

    assert logged(caplog)[0] == "worker_started"
    assert logged(caplog)[-1] == "worker_stopped"


@pytest.mark.usefixtures("signals")
def test_a_worker_that_has_nothing_to_do_stops_too(service: Service, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    meanwhile(service.engine, "heartbeats", lambda _: os.kill(os.getpid(), signal.SIGTERM))
    run(service)

    assert logged(caplog)[-1] == "worker_stopped"


def test_a_process_that_is_told_to_stop_finishes_its_calls_takes_no_others_and_ends_well(
    service: Service, database_url: str, tmp_path: Path
) -> None:
    id_ = a_patient(service)
    repeat(service, id_, FIRST, 60)
    command = [sys.executable, "-m", "tests.reminders.worker_process", database_url, str(tmp_path / "reminders.key")]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == f"{FIRST}\n"  # the first call is under way
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate("go on\n" * 60, timeout=100)

    assert process.returncode == 0, log
    assert "worker_stopped" in log
    found = [reminder.state.value for reminder in everything(service, id_) if reminder.key == FIRST]
    assert sorted(found) == ["planned"] * 10 + ["sent"] * 50


# Once


@pytest.fixture
def patient(engine: Engine, vault: Vault) -> tuple[Service, ManualClock, str]:
    clock = ManualClock(local("2026-11-20 12:00"))
    service = a_service(engine, vault, clock)
    return service, clock, enrolled_id(service)


def test_one_run_handles_what_is_due_and_returns(patient: tuple[Service, ManualClock, str]) -> None:
    service, clock, id_ = patient
    transports = texts_only(clock)

    assert run_once(service, transports) == Report(sent=1)
    assert run_once(service, transports) == Report()
    assert states(service, id_)["welcome"] == "sent"


def test_one_run_keeps_house_first(patient: tuple[Service, ManualClock, str]) -> None:
    service, clock, id_ = patient
    set_reminder(service, id_, "welcome", state="sending", lease_until=clock.now() - timedelta(seconds=1))

    assert run_once(service, texts_only(clock)) == Report()
    assert states(service, id_)["welcome"] == "unknown"
    assert task_kinds(service) == ["unknown"]


def test_one_run_opens_mended_transports_first(patient: tuple[Service, ManualClock, str]) -> None:
    service, clock, _ = patient
    transports = texts_only(clock)
    transports[Channel.SMS].script(fails(misconfigured))
    run_once(service, transports)
    clock.advance(timedelta(minutes=1))

    assert run_once(service, transports) == Report(sent=1)
    assert len(sent_keys(transports)) == 2
