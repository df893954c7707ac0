"""Real worker processes that share one sender: together they are given no more of its time than there is."""

import json
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bench.seeding import fill
from bench.stage import NOON, Home
from reminders.clock import SystemClock
from reminders.database import senders, tables
from reminders.database.engine import open_engine, reading

PER_SECOND, DUE = 20.0, 60


@pytest.mark.slow
def test_two_processes_are_given_each_moment_of_a_sender_once(database_url: str, tmp_path: Path) -> None:
    """How fast the machine is decides how many messages leave, and nothing of what is checked here."""
    home = Home(tmp_path)
    with home.service(database_url) as (service, clock):
        fill(service, clock, pending=DUE, due=DUE)
    starts = SystemClock().monotonic() + 3
    began = _time(database_url, starts)
    calls = [call for said in _outputs(home, database_url, starts) for call in json.loads(said)]

    engine = open_engine(database_url)
    with reading(engine) as connection:
        free_at = connection.execute(select(tables.senders.c.free_at).where(tables.senders.c.sender == "sms")).scalar()
        made = connection.execute(select(func.count()).where(tables.deliveries.c.state == "accepted")).scalar()
    engine.dispose()
    assert free_at is not None
    assert len(calls) == made > 0
    taken = timedelta(seconds=sum(segments for _, segments in calls) / PER_SECOND)
    assert free_at - began >= taken - timedelta(milliseconds=1)


def _time(url: str, starts: float) -> datetime:
    """The time now on the clock of the sender's row: the database's own, or that of the processes."""
    engine = open_engine(url)
    with engine.connect() as connection:
        found = senders.time_of(connection, NOON - timedelta(seconds=starts - SystemClock().monotonic()))
    engine.dispose()
    return found


def _outputs(home: Home, url: str, starts: float) -> list[str]:
    command = [sys.executable, "-m", "bench.pacing_side", str(home.settings), url, str(PER_SECOND), str(starts), "3"]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate(timeout=120)[0] for process in running]
    assert [process.returncode for process in running] == [0, 0]
    return said
