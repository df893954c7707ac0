"""A web application over a real database, and a message that has left."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from reminders.clock import ManualClock
from reminders.database.vault import Vault
from reminders.service import Service
from tests.reminders.builders import deliveries, enrolled_id, send_due, texts_only
from tests.reminders.web.calling import Heard, a_web_service, client_of


@pytest.fixture
def service(engine: Engine, vault: Vault, clock: ManualClock) -> Service:
    return a_web_service(engine, vault, clock)


@pytest.fixture
def delivery(service: Service, clock: ManualClock) -> str:
    """The id of a text that was taken."""
    enrollment = enrolled_id(service)
    send_due(service, texts_only(clock))
    (sent,) = deliveries(service, enrollment)
    return str(sent["id"])


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def client(service: Service) -> Iterator[TestClient]:
    """The application as it is run."""
    with client_of(service) as opened:
        yield opened


@pytest.fixture
def listening(service: Service, heard: Heard) -> Iterator[TestClient]:
    """The application with appliers that only keep what they hear."""
    with client_of(service, heard.appliers()) as opened:
        yield opened
