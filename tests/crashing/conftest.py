"""The house that is crashed, on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crashing.house import House, a_house
from tests.crashing.stores import PostgresStore, SqliteStore


@pytest.fixture
def house(database_kind: str, database_url: str, tmp_path: Path) -> Iterator[House]:
    store = SqliteStore(database_url) if database_kind == "sqlite" else PostgresStore(database_url)
    built = a_house(store, tmp_path)
    yield built
    built.engine.dispose()
