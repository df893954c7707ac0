"""The service that hears the providers, on a real database."""

import pytest
from sqlalchemy import Engine

from reminders.clock import ManualClock
from reminders.database.vault import Vault
from reminders.service import Service
from tests.reminders.web.calling import a_web_service


@pytest.fixture
def service(engine: Engine, vault: Vault, clock: ManualClock) -> Service:
    return a_web_service(engine, vault, clock)
