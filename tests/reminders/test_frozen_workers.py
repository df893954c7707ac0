"""A worker that freezes for longer than its lease and wakes: it calls nobody, overwrites nothing and alarms."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from reminders.clock import SystemClock
from reminders.database.engine import reading
from reminders.database.presence import gone
from reminders.database.vault import Vault
from reminders.housekeeping import settle_expired
from reminders.service import Service
from tests.reminders.builders import (
    a_service,
    around_the_clock,
    deliveries,
    enrolled_id,
    events,
    states,
    texts_only,
    write_protocol,
)
from tests.reminders.frozen_process import HASTY, LEASE_SECONDS

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
FIRST = "hello"


@pytest.fixture
def service(engine: Engine, vault: Vault, tmp_path: Path) -> Service:
    own = write_protocol(tmp_path / "own", around_the_clock())
    return a_service(engine, vault, SystemClock(), own=own, **HASTY)


def a_patient(service: Service) -> str:
    start = service.clock.now() + timedelta(days=30)
    return enrolled_id(service, protocol="example", procedure=f"{start:%Y-%m-%d} 12:00")


@contextmanager
def frozen(url: str, folder: Path, moment: str) -> Iterator[subprocess.Popen[str]]:
    """A worker process that has stopped itself at a moment of its first call."""
    command = [sys.executable, "-m", "tests.reminders.frozen_process", url, str(folder / "reminders.key"), moment]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            _, status = os.waitpid(process.pid, os.WUNTRACED)
            assert os.WIFSTOPPED(status), status
            yield process
        finally:
            process.kill()


def patiently(happened: Callable[[], object]) -> None:
    """Until it has happened; the test's own limit ends what never does."""
    while not happened():
        SystemClock().sleep(0.1)


@pytest.mark.parametrize("leases", [1, pytest.param(3, marks=pytest.mark.soak)])
def test_a_worker_that_wakes_after_its_lease_calls_nobody_and_overwrites_nothing(
    service: Service, database_url: str, tmp_path: Path, leases: int
) -> None:
    stopped_at = service.clock.monotonic()
    with ExitStack() as stack:
        workers, patients = {}, {}
        for moment in ("before", "during"):
            patients[moment] = a_patient(service)
            workers[moment] = stack.enter_context(frozen(database_url, tmp_path, moment))
        patiently(
            lambda: settle_expired(service, texts_only(service.clock)) >= 0 and unknown(service, patients.values())
        )
        patiently(lambda: service.clock.monotonic() - stopped_at > leases * LEASE_SECONDS)
        for moment, process in workers.items():
            assert process.stdout is not None
            assert process.stderr is not None
            worker = process.stdout.readline().strip()
            with reading(service.engine) as connection:
                assert gone(connection, [worker]) == set()

            process.send_signal(signal.SIGCONT)
            taken, log = process.stdout.read(), process.stderr.read()
            assert taken.split() == ([FIRST] if moment == "during" else [])
            assert "late_outcome" in log
            assert_nothing_was_overwritten(service, patients[moment], "sent" if moment == "during" else "not_sent")


def unknown(service: Service, patients: Iterable[str]) -> bool:
    return all(states(service, each)[FIRST] == "unknown" for each in patients)


def assert_nothing_was_overwritten(service: Service, patient: str, outcome: str) -> None:
    assert states(service, patient)[FIRST] == "unknown"
    assert [call["state"] for call in deliveries(service, patient)] == ["unknown"]
    (kept,) = [event for event in events(service, patient) if event["action"] == "late-outcome"]
    assert kept["after"]["outcome"] == outcome
