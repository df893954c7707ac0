"""The program as an operator has it: built and installed by the Dockerfile's own lines, on a real PostgreSQL.

It needs a package index and takes about a minute: `make installed` runs it, `make test` leaves it out.
"""

import json
import signal
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from queue import Queue

import pytest

from reminders.clock import SystemClock
from tests.end_to_end.dockerfile import ROOT, build, said, stages
from tests.end_to_end.running import zone_where_it_is_one_o_clock

pytestmark = [pytest.mark.slow, pytest.mark.installs, pytest.mark.postgres, pytest.mark.timeout(900)]

BUILD, FINAL = stages(ROOT / "Dockerfile")
HEALTH_CHECK: list[str] = json.loads(said(FINAL, "HEALTHCHECK")[0].partition("CMD ")[2])
START = [*json.loads(said(FINAL, "ENTRYPOINT")[0]), *json.loads(said(FINAL, "CMD")[0])]
SECONDS = 120  # for one command of ours; none takes five
NOW = SystemClock().now()
SETTINGS = f"""
[sites.main]
name = "Example Radiology"
phone = "+12125550100"
address = "1 Example Street"
time_zone = "{zone_where_it_is_one_o_clock(NOW)}"

[transports.sms]
kind = "outbox"
path = "outbox.jsonl"
"""
PROCEDURE = f"{NOW + timedelta(days=30):%Y-%m-%d} 09:00"
PATIENT = ("--name", "Pat Example", "--phone", "+12125550123", "--procedure", PROCEDURE, "--consent", "sms")


@dataclass(frozen=True, kw_only=True, slots=True)
class Machine:
    """An operator's machine: the installed program, a folder of its own, and nothing else on the path."""

    program: Path
    folder: Path

    @property
    def environ(self) -> dict[str, str]:
        return {
            "PATH": f"{self.program / 'bin'}:/usr/bin:/bin",
            "HOME": str(self.folder),
            "REMINDERS_CONFIG": str(self.folder / "reminders.toml"),
            "REMINDERS_DATABASE__URL_FILE": str(self.folder / "database_url"),
        }

    def __call__(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=self.folder, env=self.environ, capture_output=True, text=True, timeout=SECONDS
        )

    def answer(self, *words: str) -> str:
        """What a command that must succeed prints."""
        done = self("reminders", *words)
        assert done.returncode == 0, done.stderr
        return done.stdout

    @property
    def sent(self) -> list[str]:
        file = self.folder / "outbox.jsonl"
        return [json.loads(line)["key"] for line in file.read_text().splitlines()] if file.exists() else []


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The virtual environment that the final image would get."""
    folder = tmp_path_factory.mktemp("image")
    build(BUILD, folder)
    return folder / "opt" / "reminders"


@pytest.fixture
def machine(program: Path, tmp_path: Path, empty_postgres_url: str) -> Machine:
    """Settings, a key and the address of a database without tables."""
    for name, text in (("reminders.toml", SETTINGS), ("database_url", empty_postgres_url)):
        file = tmp_path / name
        file.write_text(text)
        file.chmod(0o600)
    made = Machine(program=program, folder=tmp_path)
    key = "import pathlib, reminders.database.vault as v; v.Vault.create(pathlib.Path('reminders.key'))"
    assert made("python", "-c", key).returncode == 0
    return made


@pytest.fixture
def worker(machine: Machine) -> Iterator["Worker"]:
    """A worker on a database whose tables are there."""
    machine.answer("db", "upgrade")
    running = Worker(machine)
    yield running
    running.end()


class Worker:
    """The image's own start command as a process; its log is read line by line."""

    def __init__(self, machine: Machine) -> None:
        self.process = subprocess.Popen(
            START, cwd=machine.folder, env=machine.environ, stderr=subprocess.PIPE, text=True
        )
        self._lines: Queue[str] = Queue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        for line in self.process.stderr or ():
            self._lines.put(line)

    def wait_for(self, words: str) -> None:
        """Until a line of the log says so; fails after two minutes of silence."""
        while words not in self._lines.get(timeout=SECONDS):
            pass

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=SECONDS)

    def end(self) -> None:
        self.process.kill()
        self.process.wait(timeout=SECONDS)
        self._reader.join()
        if self.process.stderr:
            self.process.stderr.close()


def test_the_program_stands_alone(machine: Machine) -> None:
    """No build tool, no installer, nothing of the checkout; every requirement of the wheel is met."""
    where = "import importlib.util as u, reminders, schedules; print(reminders.__file__, schedules.__file__)"
    tools = "; print([name for name in ('pip', 'setuptools', 'hatchling', 'pytest') if u.find_spec(name)])"
    needs = (
        "; from importlib.metadata import requires, version; from re import match"
        "; [version(match(r'[\\w.-]+', each)[0]) for each in requires('procedure-reminders') if 'extra' not in each]"
    )
    found = machine("python", "-c", where + tools + needs)

    assert found.returncode == 0, found.stderr
    assert found.stdout.count(str(machine.program)) == 2
    assert found.stdout.endswith("[]\n")


def test_before_the_upgrade_every_command_names_the_one_that_helps(machine: Machine) -> None:
    refused = machine("reminders", "run")

    assert refused.returncode == 2
    assert "reminders db upgrade" in refused.stderr


def test_the_tables_are_made_once_and_a_second_upgrade_changes_nothing(machine: Machine) -> None:
    first = json.loads(machine.answer("db", "upgrade", "--json"))
    second = json.loads(machine.answer("db", "upgrade", "--json"))

    assert first == second == json.loads(machine.answer("db", "current", "--json"))
    assert first["revision"] == first["head"]


def test_the_health_check_fails_until_a_worker_lives(machine: Machine) -> None:
    machine.answer("db", "upgrade")

    assert machine(*HEALTH_CHECK).returncode == 1


def test_a_worker_sends_passes_its_health_check_and_stops_when_told(machine: Machine, worker: Worker) -> None:
    worker.wait_for("worker_started")
    machine.answer("enroll", *PATIENT)
    while not machine.sent:  # each look is a command that takes its time
        machine.answer("list")

    assert machine.sent == ["welcome"]
    assert machine(*HEALTH_CHECK).returncode == 0
    assert worker.stop() == 0
    worker.wait_for("worker_stopped")


def test_a_worker_that_is_told_to_stop_at_once_stops(machine: Machine, worker: Worker) -> None:
    worker.wait_for("worker_started")

    assert worker.stop() == 0


def test_two_workers_on_one_database_send_each_message_once(machine: Machine, worker: Worker) -> None:
    other = Worker(machine)
    try:
        for each in (worker, other):
            each.wait_for("worker_started")
        machine.answer("enroll", *PATIENT)
        while not machine.sent:
            machine.answer("list")
        assert [each.stop() for each in (worker, other)] == [0, 0]
    finally:
        other.end()
    assert machine.sent == ["welcome"]


def test_nothing_is_written_where_the_program_stands(machine: Machine) -> None:
    """The root file system of the container is read-only."""
    machine.answer("db", "upgrade")
    before = {file for file in machine.program.rglob("*") if "__pycache__" not in file.parts}
    machine.answer("init")
    machine.answer("doctor")

    assert {file for file in machine.program.rglob("*") if "__pycache__" not in file.parts} == before
