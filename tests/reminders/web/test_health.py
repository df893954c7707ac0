"""What a supervisor is told: whether the process lives, whether it can work, and nothing else."""

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from reminders.clock import ManualClock
from reminders.database.engine import open_unchecked
from reminders.database.vault import Vault
from reminders.service import Service
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
    assert (answer.status_code, answer.json()) == (503, {"ready": False})


def test_without_tables_it_is_not_ready(empty_database_url: str, vault: Vault, clock: ManualClock) -> None:
    engine = open_unchecked(empty_database_url, create=True)
    with client_of(a_web_service(engine, vault, clock)) as client:
        assert client.get("/ready").status_code == 503
    engine.dispose()


def test_without_a_database_it_lives_and_is_not_ready(vault: Vault, clock: ManualClock) -> None:
    away = open_unchecked("postgresql://nobody@127.0.0.1:9/nothing", create=False)
    with client_of(a_web_service(away, vault, clock)) as client:
        assert client.get("/ready").json() == {"ready": False}
        assert client.get("/live").status_code == 200
    away.dispose()


@pytest.mark.parametrize("path", ["/live", "/ready", "/nothing", "/email/unsubscribe"])
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
