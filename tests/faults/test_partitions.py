"""The network between a worker and PostgreSQL falls silent, in one direction or in both, and comes back or breaks."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from reminders.database import tables
from reminders.database.engine import open_engine, reading
from reminders.service import Service
from tests.end_to_end.running import BY_TEXT, House, wait_until
from tests.faults.accounts import duplicates, lost, unheard
from tests.faults.installing import all_settled, install, plan_more, taken, worker
from tests.servers.wire import FROM_SERVER, TO_SERVER, Wire

pytestmark = [pytest.mark.postgres, pytest.mark.slow]

SECONDS = 1.0  # how long the silence lasts; what comes of it depends on it in nothing
SILENCES = [(TO_SERVER,), (FROM_SERVER,), (TO_SERVER, FROM_SERVER)]
LEASE = 6


@pytest.fixture
def wire(postgres_url: str) -> Iterator[Wire]:
    wire = Wire(postgres_url)
    yield wire
    wire.close()


@pytest.fixture
def house(tmp_path: Path, postgres_url: str) -> Iterator[House]:
    house = install(tmp_path, postgres_url, lease=LEASE)
    yield house
    house.stop_all()


def written_down(service: Service) -> set[str]:
    """Every call of which the intent stands in the database."""
    with reading(service.engine) as connection:
        return set(connection.execute(select(tables.deliveries.c.id)).scalars())


def a_worker_by(wire: Wire, house: House) -> House:
    """The same installation, as a process sees it that reaches the database by the wire alone."""
    return House(folder=house.folder, url=wire.url, secrets={}, workers=house.workers)


def test_in_a_partition_nothing_leaves_that_was_not_written_down_and_then_sending_goes_on(
    house: House, wire: Wire
) -> None:
    enrollment = house.enroll(BY_TEXT)
    with house.service() as service, worker(a_worker_by(wire, house)):
        for number, directions in enumerate(SILENCES * 2):
            before = len(taken(house))
            plan_more(service, enrollment)
            wait_until(lambda before=before: len(taken(house)) > before, "sending goes on")  # type: ignore[misc]
            with wire.silent(*directions):
                threading.Event().wait(SECONDS)
                assert set(taken(house)) <= written_down(service)
                if number >= len(SILENCES):
                    wire.hang_up()
        wait_until(lambda: all_settled(service), "what is left is sent")
        ledger = taken(house)
        wait_until(lambda: not unheard(service, ledger), "the provider is asked what became of its calls")
        assert (duplicates(service, ledger), lost(service, ledger)) == ([], [])


def test_a_worker_cut_off_for_longer_than_its_lease_sends_nothing_that_another_one_has_taken_over(
    house: House, wire: Wire
) -> None:
    enrollment = house.enroll(BY_TEXT)
    with house.service() as service, worker(a_worker_by(wire, house)):
        wait_until(lambda: taken(house), "the first message leaves")
        plan_more(service, enrollment)
        wait_until(lambda: len(taken(house)) > 1, "sending goes on")
        with wire.silent(TO_SERVER, FROM_SERVER):
            plan_more(service, enrollment)
            wait_until(lambda: house.read("run", "--once") and all_settled(service), "another one does what is left")
        plan_more(service, enrollment)
        wait_until(lambda: all_settled(service), "the first one is back")
        ledger = taken(house)
        wait_until(lambda: not unheard(service, ledger), "the provider is asked what became of its calls")
        assert (duplicates(service, ledger), lost(service, ledger)) == ([], [])


def test_a_lost_network_is_noticed_in_seconds_also_while_an_answer_is_waited_for(postgres_url: str) -> None:
    engine = open_engine(postgres_url)
    with engine.connect() as connection:
        asked = connection.connection.driver_connection.info.get_parameters()  # type: ignore[union-attr]
    engine.dispose()
    names = ("tcp_user_timeout", "keepalives_idle", "keepalives_interval", "keepalives_count")
    assert [asked[name] for name in names] == ["20000", "15", "5", "3"]
