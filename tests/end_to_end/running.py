"""Commands and workers as processes of their own, and how to wait for what they do.

The present time is the real one; the site stands where it is early afternoon now, so that what is due may leave.
"""

import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from apscheduler.events import EVENT_JOB_MAX_INSTANCES
from sqlalchemy import update

from reminders.bootstrap import service_for
from reminders.cli import main
from reminders.clock import SystemClock
from reminders.database import tables
from reminders.database.engine import open_engine
from reminders.service import Service
from reminders.settings import load_settings
from tests.servers import mail, twilio

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0  # seconds; a wait ends when what it waits for has happened
SECRETS = {
    "REMINDERS_TRANSPORTS__SMS__AUTH_TOKEN": twilio.AUTH_TOKEN,
    "REMINDERS_TRANSPORTS__EMAIL__PASSWORD": mail.PASSWORD,
}
WRONG_SECRETS = dict.fromkeys(SECRETS, "a forgotten secret")
FROM_NUMBER = "+12125550199"
BY_TEXT = {"name": "Pat Example", "phone": "+12125550123", "consent": "sms"}
BY_EMAIL = {"name": "Sam Example", "email": "sam@example.org", "consent": "email"}

Document = dict[str, Any]


def settings_for(twilio_url: str, mail_port: int, ca_file: Path) -> str:
    return f"""\
[sites.main]
name = "Example Radiology"
phone = "+12125550100"
address = "1 Example Street"
time_zone = "{zone_where_it_is_one_o_clock(SystemClock().now())}"

[transports.sms]
kind = "twilio"
account_sid = "{twilio.ACCOUNT_SID}"
from_number = "{FROM_NUMBER}"
base_url = "{twilio_url}"
per_second = 50
timeout_seconds = 300

[transports.email]
kind = "smtp"
host = "127.0.0.1"
port = {mail_port}
username = "{mail.USERNAME}"
sender = "Example Radiology <reminders@example.org>"
ca_file = "{ca_file}"
timeout_seconds = 300

[worker]
lease_seconds = 600
poll_seconds = 0.1

[web]
accept_no_replies = true
"""


def zone_where_it_is_one_o_clock(now: datetime) -> str:
    """A zone in which it is between 13:00 and 14:00: inside the window on every day of the week."""
    hours = 13 - now.astimezone(UTC).hour  # from -10 to 13; these zones carry their signs the other way round
    return f"Etc/GMT{-hours:+d}" if hours else "Etc/UTC"


@dataclass(kw_only=True)
class House:
    """An installation in a folder, and the processes that were started for it."""

    folder: Path
    url: str
    secrets: dict[str, str] = field(default_factory=lambda: dict(SECRETS))
    workers: list[subprocess.Popen[str]] = field(default_factory=list)

    def environment(self) -> dict[str, str]:
        own = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "REMINDERS_DATABASE__URL": self.url}
        return own | self.secrets

    @staticmethod
    def command(*words: str) -> list[str]:
        return [sys.executable, "-m", "reminders", *words]

    def process(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run one command to its end, in a process of its own."""
        return subprocess.run(
            self.command(*words),
            cwd=self.folder,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    def processed(self, *words: str) -> Document:
        """The document of a command that succeeds, in a process of its own."""
        ended = self.process(*words, "--json")
        assert ended.returncode == 0, ended.stderr
        return _parsed(ended.stdout)

    def read(self, *words: str) -> Document:
        """The same in this process, which is quicker: for what is not itself under test."""
        out, err = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            for name, value in self.environment().items():
                patch.setenv(name, value)
            code = main([*words, "--json", "--config", str(self.folder / "reminders.toml")])
        assert code == 0, err.getvalue()
        return _parsed(out.getvalue())

    def status_of(self, enrollment: str) -> str:
        rows = self.read("list")["enrollments"]
        return str(next(row["status"] for row in rows if row["enrollment"] == enrollment))

    def enroll(self, patient: dict[str, str]) -> str:
        """Enroll a patient for a procedure in a month; her id."""
        return str(self.read("enroll", *words_of(patient))["enrollment"])

    def run_once(self) -> Document:
        """A worker of its own that handles what is due."""
        return self.processed("run", "--once")

    def welcome_of(self, enrollment: str) -> Document:
        """The first reminder as it stands now."""
        reminders: list[Document] = self.read("show", enrollment)["timeline"]["reminders"]
        return next(reminder for reminder in reminders if reminder["key"] == "welcome")

    def start_worker(self) -> subprocess.Popen[str]:
        """A worker of its own; its log goes to worker.log."""
        return self.start("run")

    def start(self, *words: str) -> subprocess.Popen[str]:
        """A command that runs until it is told to stop; its log goes to worker.log."""
        with (self.folder / "worker.log").open("a") as log:
            worker = subprocess.Popen(
                self.command(*words),
                cwd=self.folder,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                text=True,
            )
        self.workers.append(worker)
        return worker

    def log(self) -> str:
        file = self.folder / "worker.log"
        return file.read_text() if file.exists() else ""

    def log_lines(self) -> list[Document]:
        """The log, without the looks for what is due that a busy machine left out: two lines tell of each."""
        lines = [_parsed(line) for line in self.log().splitlines()]
        skipped = ("apscheduler.scheduler", "warning")
        lines = [line for line in lines if (line["logger"], line["level"]) != skipped]
        return [line for line in lines if line.get("code") != EVENT_JOB_MAX_INSTANCES]

    def web_port(self) -> int:
        """The port that the web application names in its log, as soon as it does."""
        wait_until(lambda: '"web_started"' in self.log(), "the web application starts")
        return int([line["port"] for line in self.log_lines() if line["event"] == "web_started"][-1])

    def stop_all(self) -> None:
        for worker in self.workers:
            worker.kill()
            worker.wait()

    @contextmanager
    def service(self) -> Iterator[Service]:
        """The use cases of this installation in the test's own process."""
        settings = load_settings(self.folder / "reminders.toml", self.environment())
        service = service_for(settings, SystemClock())
        try:
            yield service
        finally:
            service.engine.dispose()

    def let_leases_expire(self) -> None:
        """As if the time of every lease were over."""
        self._change("sending", lease_until=SystemClock().now() - timedelta(seconds=1))

    def let_waits_end(self) -> None:
        """As if whatever is to be looked at later were due now."""
        self._change("planned", only_due_soon=True, due_at=SystemClock().now())

    def bring_due(self, enrollment: str, *keys: str) -> None:
        """As if these reminders, which are planned for later, were due now."""
        engine, c = open_engine(self.url), tables.reminders.c
        which = (c.enrollment == enrollment, c.key.in_(keys), c.state == "planned")
        with engine.begin() as connection:
            change = update(tables.reminders).where(*which).values(due_at=SystemClock().now())
            assert connection.execute(change).rowcount == len(keys)
        engine.dispose()

    def let_calls_be_past(self) -> None:
        """As if every call by phone had been made an hour ago."""
        engine, c = open_engine(self.url), tables.deliveries.c
        with engine.begin() as connection:
            past = update(tables.deliveries).where(c.channel == "voice")
            connection.execute(past.values(intended_at=SystemClock().now() - timedelta(hours=1)))
        engine.dispose()

    def _change(self, state: str, *, only_due_soon: bool = False, **values: datetime) -> None:
        engine, reminders = open_engine(self.url), tables.reminders
        change = update(reminders).where(reminders.c.state == state).values(**values)
        if only_due_soon:
            change = change.where(reminders.c.due_at < SystemClock().now() + timedelta(hours=1))
        with engine.begin() as connection:
            connection.execute(change)
        engine.dispose()


def _parsed(text: str) -> Document:
    found: Document = json.loads(text)
    return found


def words_of(patient: dict[str, str]) -> list[str]:
    """What enrolls a patient for a procedure in a month."""
    options = patient | {"procedure": in_a_month()}
    return [word for name, value in options.items() for word in (f"--{name}", value)]


def in_a_month() -> str:
    return f"{SystemClock().now() + timedelta(days=30):%Y-%m-%d} 09:00"


def wait_until(happened: Callable[[], object], what: str) -> None:
    """Return as soon as it has happened; fail when patience has run out."""
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < deadline, f"it never happened: {what}"
        time.sleep(0.05)
