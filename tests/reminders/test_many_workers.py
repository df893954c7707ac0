"""Many worker processes on one database: nothing leaves twice, nothing is lost, and each does some of the work."""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from bench import crowd
from bench.seeding import fill_due
from bench.stage import Home
from reminders.database import tables
from reminders.database.engine import open_engine, reading

pytestmark = pytest.mark.slow


def in_states(url: str) -> dict[str, int]:
    """How many reminders that came to their time are in which state."""
    engine, r, d = open_engine(url), tables.reminders.c, tables.deliveries.c
    with reading(engine) as connection:
        query = select(r.state, func.count().label("number")).join_from(
            tables.deliveries, tables.reminders, d.reminder == r.id
        )
        found = {row.state: row.number for row in connection.execute(query.group_by(r.state))}
    engine.dispose()
    return found


def assert_each_once(home: Home, url: str, *, workers: int, due: int) -> None:
    with home.service(url) as (service, clock):
        fill_due(service, clock, due=due)
    done = crowd.run(home.settings, url, home.folder, workers=workers)

    assert done.duplicates == 0
    assert sum(done.shares) == due
    assert all(done.shares), done.shares
    assert in_states(url) == {"sent": due}


@pytest.mark.postgres
@pytest.mark.parametrize("due", [2_000, pytest.param(100_000, marks=[pytest.mark.soak, pytest.mark.timeout(1_800)])])
def test_eight_processes_on_one_postgresql_send_everything_once(tmp_path: Path, postgres_url: str, due: int) -> None:
    assert_each_once(Home(tmp_path), postgres_url, workers=8, due=due)


@pytest.mark.parametrize("due", [400, pytest.param(20_000, marks=[pytest.mark.soak, pytest.mark.timeout(1_800)])])
def test_four_processes_on_one_sqlite_file_send_everything_once(tmp_path: Path, sqlite_url: str, due: int) -> None:
    assert_each_once(Home(tmp_path), sqlite_url, workers=4, due=due)
