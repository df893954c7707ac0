"""Real faults: a server that dies under load, a wire that breaks, a disk that is full, a provider that is away."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from reminders.clock import ManualClock
from reminders.database.engine import open_engine
from reminders.database.vault import Vault
from tests.faults.accounts import Line
from tests.reminders.builders import a_service
from tests.reminders.conftest import clock, service, transports

__all__ = ["clock", "line", "service", "transports"]  # fixtures, the first and the last two of the service's own tests
from tests.servers.wire import Wire


@pytest.fixture
def line(postgres_url: str, tmp_path: Path, clock: ManualClock) -> Iterator[Line]:
    """One PostgreSQL database: reached directly, and by way of a wire that can be cut."""
    vault, wire = Vault.create(tmp_path / "line.key"), Wire(postgres_url)
    engines = [open_engine(postgres_url), open_engine(wire.url)]
    yield Line(wire=wire, direct=a_service(engines[0], vault, clock), relayed=a_service(engines[1], vault, clock))
    for engine in engines:
        engine.dispose()
    wire.close()
