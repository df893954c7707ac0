"""What a supervisor is told: whether the process lives, whether the work is done, and nothing of a patient."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from reminders import pausing
from reminders.clock import ManualClock
from reminders.database import operating
from reminders.database.engine import open_unchecked
from reminders.database.vault import Vault
from reminders.epoch_file import Epoch, write_epoch
from reminders.health.pulse import DISPATCH, METRONOME
from reminders.health.restoring import Keeper
from reminders.health.watching import Watchman
from reminders.service import Service
from reminders.web.app import create_app
from tests.reminders.web.calling import a_web_service, client_of


def test_a_process_that_answers_lives(client: TestClient) -> None:
    answer = client.get("/live")
    assert (answer.status_code, answer.json()) == (200, {"live": True})


def test_with_current_tables_it_is_ready(client: TestClient) -> None:
    answer = client.get("/ready")
    assert (answer.status_code, answer.json()) == (200, {"ready": True})


def test_with_older_tables_it_is_not_ready(client: TestClient, service: Service) -> None:
    with service.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    answer = client.get("/ready")
    assert (answer.status_code, answer.json()) == (503, {"ready": False, "why": ["tables"]})


def test_without_tables_it_is_not_ready(empty_database_url: str, vault: Vault, clock: ManualClock) -> None:
    engine = open_unchecked(empty_database_url, create=True)
    with client_of(a_web_service(engine, vault, clock)) as client:
        assert client.get("/ready").status_code == 503
    engine.dispose()


def test_without_a_database_it_lives_and_is_not_ready(vault: Vault, clock: ManualClock) -> None:
    away = open_unchecked("postgresql://nobody@127.0.0.1:9/nothing", create=False)
    with client_of(a_web_service(away, vault, clock)) as client:
        assert client.get("/ready").json() == {"ready": False, "why": ["database"]}
        assert client.get("/live").status_code == 200
    away.dispose()


# Whether the work is done


@pytest.fixture
def serving(service: Service) -> Iterator[tuple[TestClient, Watchman]]:
    """The application of `serve`, and the watchman of its worker."""
    watchman = Watchman(service)
    with TestClient(create_app(service, watchman=watchman), base_url="http://127.0.0.1") as opened:
        yield opened, watchman


def why(client: TestClient) -> list[str]:
    answer = client.get("/ready")
    found: list[str] = answer.json().get("why", [])
    assert (answer.status_code == 503) is bool(found)
    assert client.get("/live").status_code == 200
    return found


def test_when_the_metronome_stops_it_is_not_ready_and_lives(
    serving: tuple[TestClient, Watchman], clock: ManualClock
) -> None:
    client, watchman = serving
    for _ in range(5):
        clock.advance(timedelta(seconds=60))
        watchman.pulse.beat(METRONOME)
        watchman.pulse.beat(DISPATCH)
        assert why(client) == []
    clock.advance(timedelta(seconds=61))
    assert why(client) == ["metronome"]
    watchman.pulse.beat(METRONOME)
    clock.advance(timedelta(seconds=120))
    watchman.pulse.beat(METRONOME)
    assert why(client) == ["dispatch"]
    watchman.count(Counter(), Counter())
    assert why(client) == []


@pytest.mark.parametrize(("quiet", "wanting"), [(119, []), (120, ["worker"])])
def test_web_alone_asks_for_some_workers_heartbeat(
    client: TestClient, service: Service, clock: ManualClock, quiet: int, wanting: list[str]
) -> None:
    with service.engine.begin() as connection:
        operating.beat(connection, "one", started=clock.now(), now=clock.now())
    clock.advance(timedelta(seconds=quiet))
    assert why(client) == wanting


def test_a_self_checks_stop_is_told_and_a_persons_pause_is_none(
    client: TestClient, service: Service, clock: ManualClock
) -> None:
    pausing.pause(service, by="Sam Operator")
    assert why(client) == []
    pausing.resume(service, by="Sam Operator")
    with service.engine.begin() as connection:
        operating.pause(connection, pausing.EVERYTHING, reason="it is so", by=operating.SYSTEM, now=clock.now())
    assert why(client) == ["stopped"]


def test_a_restored_backup_is_told_by_every_process(
    client: TestClient, service: Service, clock: ManualClock, tmp_path: Path
) -> None:
    file = tmp_path / "reminders.epoch"
    write_epoch(file, Epoch(store="another", number=9, at=clock.now()))
    Keeper(service, file).beat()
    assert why(client) == ["restored"]


@pytest.mark.parametrize("path", ["/live", "/ready", "/metrics", "/nothing", "/email/unsubscribe"])
def test_every_answer_tells_a_browser_to_keep_still(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize("path", ["/", "/docs", "/redoc", "/openapi.json", "/hooks", "/hooks/twilio"])
def test_nothing_else_is_there(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404
