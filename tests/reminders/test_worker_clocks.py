"""A worker and its clocks: one that is wrong, one that is set while it works, and the word of another process."""

import logging
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from reminders.clock import Clock, SystemClock
from reminders.database.engine import open_engine
from reminders.database.presence import Presence
from reminders.database.timekeeping import shared_clock
from reminders.database.vault import Vault
from reminders.dispatch import Report
from reminders.service import Service
from reminders.transports.base import OutboundMessage
from reminders.transports.memory import ACCEPT, Outcome
from reminders.worker import Worker, run_once
from tests.reminders.builders import (
    a_service,
    around_the_clock,
    set_reminder,
    states,
    texts_only,
    write_protocol,
)
from tests.reminders.test_worker import FIRST, ROOT, a_patient, logged, signals, stops_by  # noqa: F401

HOUR = timedelta(hours=1)
ENROLL = """
import sys
from pathlib import Path
from reminders.clock import SystemClock
from reminders.database.engine import open_engine
from reminders.database.vault import Vault
from tests.reminders.builders import a_service
from tests.reminders.test_worker import a_patient
url, folder = sys.argv[1], Path(sys.argv[2])
print(a_patient(a_service(open_engine(url), Vault.load(folder / "reminders.key"), SystemClock(), own=folder / "own")))
"""


class WrongClock(SystemClock):
    """A machine's clock that is wrong; its stopwatch is not."""

    def __init__(self, wrong_by: timedelta) -> None:
        self.wrong_by = wrong_by

    def now(self) -> datetime:
        return super().now() + self.wrong_by


def on_clock(engine: Engine, vault: Vault, folder: Path, clock: Clock, poll_seconds: float = 0.05) -> Service:
    own = write_protocol(folder / "own", around_the_clock())
    return a_service(engine, vault, clock, own=own, worker={"senders": 1, "poll_seconds": poll_seconds})


# Wrong


@pytest.fixture
def postgres(postgres_url: str) -> Iterator[Engine]:
    engine = open_engine(postgres_url)
    yield engine
    engine.dispose()


@pytest.mark.postgres
def test_a_worker_whose_clock_is_an_hour_ahead_sends_nothing_early_and_ends_nobodys_lease(
    postgres: Engine, vault: Vault, tmp_path: Path
) -> None:
    now = SystemClock().now()
    service = on_clock(postgres, vault, tmp_path, shared_clock(postgres, WrongClock(HOUR)))
    id_ = a_patient(service)
    set_reminder(service, id_, FIRST, due_at=now + HOUR / 2)
    set_reminder(service, id_, "pack", state="sending", lease_until=now + HOUR / 2)

    assert run_once(service, texts_only(service.clock)) == Report()
    assert states(service, id_) == {FIRST: "planned", "pack": "sending"}


@pytest.mark.postgres
def test_a_worker_whose_clock_is_an_hour_behind_sends_in_time_under_a_lease_that_holds(
    postgres: Engine, vault: Vault, tmp_path: Path
) -> None:
    service = on_clock(postgres, vault, tmp_path, shared_clock(postgres, WrongClock(-HOUR)))
    id_ = a_patient(service)
    set_reminder(service, id_, FIRST, due_at=SystemClock().now() - timedelta(seconds=1))
    held: list[bool] = []

    def look(_message: OutboundMessage) -> Outcome:
        with postgres.begin() as connection:
            held.append(connection.execute(text("SELECT bool_and(lease_until > now()) FROM reminders")).scalar_one())
        return ACCEPT

    assert run_once(service, texts_only(service.clock, decide=look)) == Report(sent=1)
    assert held == [True]


@pytest.mark.postgres
def test_an_alarm_is_set_by_the_machines_clock_however_wrong_that_is(
    postgres: Engine, vault: Vault, tmp_path: Path
) -> None:
    service = on_clock(postgres, vault, tmp_path, shared_clock(postgres, WrongClock(-HOUR)))
    id_, due = a_patient(service), SystemClock().now() + HOUR / 2
    set_reminder(service, id_, FIRST, due_at=due)
    worker = Worker(service, {})
    worker._scheduler.start(paused=True)
    worker._watch()
    alarm = worker._scheduler.get_job("alarm")
    worker._scheduler.shutdown()

    assert abs(alarm.trigger.run_date - (due - HOUR)) < timedelta(minutes=5)


# Set


@pytest.fixture
def set_clock() -> WrongClock:
    return WrongClock(timedelta(0))


@pytest.mark.usefixtures("signals")
@pytest.mark.parametrize("jump", [HOUR, -HOUR], ids=["forward", "back"])
def test_when_the_clock_was_set_a_round_is_left_out_and_said_and_the_next_one_comes(
    engine: Engine,
    vault: Vault,
    tmp_path: Path,
    set_clock: WrongClock,
    jump: timedelta,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    service = on_clock(engine, vault, tmp_path, shared_clock(engine, set_clock))
    id_ = a_patient(service)
    set_reminder(service, id_, FIRST, due_at=service.clock.now() - 2 * HOUR)
    worker = Worker(service, texts_only(service.clock, decide=stops_by(signal.SIGTERM)))
    set_clock.wrong_by = -HOUR
    worker.run()

    assert "clock_jumped" in logged(caplog)
    assert states(service, id_)[FIRST] == "sent"


def test_the_round_in_which_a_jump_is_seen_claims_nothing(
    engine: Engine, vault: Vault, tmp_path: Path, set_clock: WrongClock
) -> None:
    service = on_clock(engine, vault, tmp_path, set_clock)
    id_ = a_patient(service)
    worker = Worker(service, texts_only(service.clock))
    set_clock.wrong_by = HOUR
    worker._look()
    worker._round()
    assert states(service, id_)[FIRST] == "planned"

    worker._look()
    worker._round()
    assert states(service, id_)[FIRST] == "sent"


def test_after_a_jump_no_lease_is_ended_by_the_new_time_before_it_is_over_by_the_stopwatch(
    engine: Engine, vault: Vault, tmp_path: Path, set_clock: WrongClock
) -> None:
    service = on_clock(engine, vault, tmp_path, set_clock)
    id_ = a_patient(service)
    set_reminder(service, id_, "pack", state="sending", lease_until=service.clock.now() + HOUR / 2)
    worker = Worker(service, texts_only(service.clock))
    set_clock.wrong_by = HOUR
    worker._keep_house()
    assert states(service, id_)["pack"] == "sending"

    worker._unsettled_until = 0.0
    worker._keep_house()
    assert states(service, id_)["pack"] == "unknown"


def test_a_jump_winds_the_metronome_up_anew(
    engine: Engine, vault: Vault, tmp_path: Path, set_clock: WrongClock
) -> None:
    service = on_clock(engine, vault, tmp_path, set_clock, poll_seconds=100)
    worker = Worker(service, {})
    worker._scheduler.start(paused=True)
    worker._arrange()
    set_clock.wrong_by = -HOUR
    worker._look()
    worker._round()
    next_runs = {job.name: job.next_run_time for job in worker._scheduler.get_jobs()}
    worker._scheduler.shutdown()

    now = service.clock.now()
    assert [name for name, at in next_runs.items() if at > now] == ["Worker._reconcile"]


# Told


@pytest.mark.postgres
@pytest.mark.usefixtures("signals")
def test_what_another_process_enrolls_leaves_though_nobody_polls(
    postgres: Engine, vault: Vault, tmp_path: Path
) -> None:
    service = on_clock(postgres, vault, tmp_path, SystemClock(), poll_seconds=100_000)
    enrolled: list[str] = []

    def enroll_once_it_listens() -> None:
        while not listening(postgres):
            service.clock.sleep(0.05)
        command = [sys.executable, "-c", ENROLL, postgres.url.render_as_string(hide_password=False), str(tmp_path)]
        ended = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
        enrolled.append(ended.stdout.strip())

    other = threading.Thread(target=enroll_once_it_listens)
    other.start()
    Worker(service, texts_only(service.clock, decide=stops_by(signal.SIGTERM))).run()
    other.join()

    assert states(service, enrolled[0])[FIRST] == "sent"


def listening(engine: Engine) -> bool:
    with engine.begin() as connection:
        found = connection.execute(text("SELECT count(*) FROM pg_stat_activity WHERE query = 'LISTEN reminders'"))
        return bool(found.scalar_one())


# There or not


@pytest.mark.usefixtures("signals")
def test_a_worker_without_its_lock_claims_nothing_until_it_has_it_again(
    engine: Engine, vault: Vault, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    service = on_clock(engine, vault, tmp_path, SystemClock())
    id_ = a_patient(service)
    worker = Worker(service, texts_only(service.clock))
    worker._presence = Absent()
    worker._look()
    worker._round()
    assert states(service, id_)[FIRST] == "planned"
    assert "presence_lost" in logged(caplog)

    worker._presence = None
    worker._look()
    worker._round()
    assert states(service, id_)[FIRST] == "sent"


class Absent(Presence):
    def held(self) -> bool:
        return False
