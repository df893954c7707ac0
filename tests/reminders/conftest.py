"""The service most of these tests are about, on a real database and a clock that is moved by hand."""

import pytest
from sqlalchemy import Engine

from reminders.clock import ManualClock
from reminders.database.vault import Vault
from reminders.service import Service
from tests.reminders.builders import Transports, a_clock, a_service, texts_only


@pytest.fixture
def clock() -> ManualClock:
    """Stands at Friday 2026-11-20, noon in New York: the moment of enrollment."""
    return a_clock()


@pytest.fixture
def service(engine: Engine, vault: Vault, clock: ManualClock) -> Service:
    return a_service(engine, vault, clock)


@pytest.fixture
def transports(clock: ManualClock) -> Transports:
    """One scripted provider of texts, in memory."""
    return texts_only(clock)
