"""The watchman of one process: what keeps it from sending, and when somebody outside is told that all is well."""

import http.server
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from reminders import pausing
from reminders.clock import Clock, ManualClock, SystemClock
from reminders.database import operating
from reminders.database.engine import open_engine, reading
from reminders.database.vault import Vault
from reminders.epoch_file import Epoch, write_epoch
from reminders.health.watching import Watchman
from reminders.service import Service
from reminders.worker import run_once
from tests.reminders.builders import Transports, a_clock, a_service, enrolled_id, set_reminder, task_kinds


@pytest.fixture
def pings() -> Iterator[tuple[str, list[str]]]:
    """The address of a dead man's switch, and what it has heard."""
    heard: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *_: object) -> None:
            """Nothing on the screen."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/ping", heard
        server.shutdown()
        thread.join()


@pytest.fixture
def pinging(engine: Engine, vault: Vault, clock: ManualClock, pings: tuple[str, list[str]]) -> Service:
    return a_service(engine, vault, clock, worker={"senders": 1, "ping_url": pings[0]})


def may_claim(service: Service, watchman: Watchman) -> bool:
    with reading(service.engine) as connection:
        return watchman.allows(connection)


def test_while_all_is_well_each_minute_says_so(pinging: Service, pings: tuple[str, list[str]]) -> None:
    watchman = Watchman(pinging)
    for number in (1, 2):
        watchman.look_over()
        watchman.ping()
        assert pings[1] == ["/ping"] * number


def test_one_run_says_so_when_it_is_done(
    pinging: Service, transports: Transports, pings: tuple[str, list[str]]
) -> None:
    run_once(pinging, transports)
    assert pings[1] == ["/ping"]


def test_a_dispatch_that_stands_still_is_not_well(
    pinging: Service, clock: ManualClock, pings: tuple[str, list[str]]
) -> None:
    watchman = Watchman(pinging)
    clock.advance(timedelta(minutes=4))
    watchman.ping()
    assert pings[1] == []
    watchman.pulse.beat("metronome")
    watchman.count(Counter(), Counter())
    watchman.ping()
    assert pings[1] == ["/ping"]


def test_a_finding_a_stop_and_a_restored_backup_are_not_well(
    pinging: Service, clock: ManualClock, pings: tuple[str, list[str]], tmp_path: Path
) -> None:
    set_reminder(pinging, enrolled_id(pinging), "ride", state="held", not_after=clock.now() - timedelta(minutes=11))
    found = Watchman(pinging)
    for _ in range(2):
        found.look_over()
    found.ping()
    with pinging.engine.begin() as connection:
        operating.pause(connection, pausing.EVERYTHING, reason="", by=operating.SYSTEM, now=clock.now())
    Watchman(pinging).ping()
    pausing.resume(pinging, by="Sam Operator")
    file = tmp_path / "outside.epoch"
    write_epoch(file, Epoch(store="another", number=9, at=clock.now()))
    restored = Watchman(pinging, file)
    restored.begin()
    restored.ping()
    assert restored.troubles() == ("restored",)
    assert pings[1] == []


def test_a_database_that_is_away_is_not_well_and_harms_nobody(pinging: Service, pings: tuple[str, list[str]]) -> None:
    watchman = Watchman(pinging)
    with pinging.engine.begin() as connection:
        connection.execute(text("DROP TABLE pauses"))
    watchman.ping()
    assert pings[1] == []


def test_a_persons_pause_is_well(pinging: Service, pings: tuple[str, list[str]]) -> None:
    pausing.pause(pinging, by="Sam Operator")
    Watchman(pinging).ping()
    assert pings[1] == ["/ping"]


def test_the_address_of_the_switch_stands_in_no_repr(pinging: Service, pings: tuple[str, list[str]]) -> None:
    assert pings[0] not in repr(pinging)


def test_what_a_process_has_done_is_added_up(service: Service, transports: Transports) -> None:
    enrolled_id(service)
    watchman = Watchman(service)
    told = watchman.count(Counter(sent=2), Counter())
    told = watchman.count(Counter(sent=5, missed=1), told)
    watchman.count(Counter(sent=1), Counter())
    assert watchman.counted() == {"sent": 6, "missed": 1}


def test_an_epoch_that_cannot_be_kept_is_told_once_and_mends_itself(
    service: Service, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "outside" / "reminders.epoch"
    file.parent.mkdir()
    watchman = Watchman(service, file)
    watchman.begin()
    file.unlink()
    file.parent.rmdir()
    for _ in range(3):
        watchman.look()
    assert "epoch" in watchman.troubles()
    assert [record.getMessage() for record in caplog.records].count("epoch_not_kept") == 1
    file.parent.mkdir()
    watchman.look()
    assert "epoch" not in watchman.troubles()


def test_a_database_that_is_away_at_the_start_is_waited_for(service: Service, tmp_path: Path) -> None:
    file = tmp_path / "reminders.epoch"
    with service.engine.begin() as connection:
        connection.execute(text("ALTER TABLE epochs RENAME TO elsewhere"))
    watchman = Watchman(service, file)
    watchman.begin()
    assert watchman.troubles() == ("epoch",)
    with service.engine.begin() as connection:
        connection.execute(text("ALTER TABLE elsewhere RENAME TO epochs"))
    assert not may_claim(service, watchman)
    watchman._keep_epoch()
    assert may_claim(service, watchman)


# The clock beside the database's


def at(postgres_url: str, vault: Vault, clock: Clock) -> Service:
    return a_service(open_engine(postgres_url), vault, clock)


def test_a_clock_that_agrees_with_the_databases_may_send(postgres_url: str, vault: Vault) -> None:
    service = at(postgres_url, vault, SystemClock())
    watchman = Watchman(service)
    watchman.look()
    assert (may_claim(service, watchman), watchman.troubles()) == (True, ())
    service.engine.dispose()


def test_a_clock_that_is_wrong_keeps_its_own_process_from_sending_and_no_other(
    postgres_url: str, vault: Vault, caplog: pytest.LogCaptureFixture
) -> None:
    clock = a_clock("2001-01-01 12:00")
    service = at(postgres_url, vault, clock)
    wrong, right = Watchman(service), Watchman(service)
    for _ in range(2):
        wrong.look()
    assert not may_claim(service, wrong)
    assert wrong.troubles() == ("clock",)
    assert may_claim(service, right)
    assert task_kinds(service) == ["self-check"]
    assert [record.getMessage() for record in caplog.records].count("clock_wrong") == 1
    service.engine.dispose()
