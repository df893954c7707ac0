"""Column types: the same value comes back from both databases, or is refused by both."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, Engine, MetaData, Table, bindparam, insert, select, text
from sqlalchemy.exc import StatementError

from reminders.database import tables
from reminders.database.engine import open_engine, reading
from reminders.database.types import Json, RowId, UtcDateTime
from tests.reminders.database.rows import NOON, add_event

_table = Table(
    "kept",
    MetaData(),
    Column("id", RowId, primary_key=True),
    Column("at", UtcDateTime),
    Column("value", Json),
)
_instants = st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1)).map(  # noqa: DTZ001
    lambda naive: naive.replace(tzinfo=UTC)
)
_offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
_slow_setup = settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@pytest.fixture
def kept(engine: Engine) -> Engine:
    with engine.begin() as connection:
        _table.create(connection)
    return engine


def _round_trip(engine: Engine, **values: Any) -> Any:
    with engine.begin() as connection:
        row = connection.execute(insert(_table).values(**values)).inserted_primary_key
        assert row is not None
        return connection.execute(select(_table).where(_table.c.id == row[0])).one()


@_slow_setup
@given(instant=_instants, zone=_offsets)
def test_an_instant_comes_back_in_utc_with_its_microseconds(kept: Engine, instant: datetime, zone: timezone) -> None:
    at = _round_trip(kept, at=instant.astimezone(zone)).at
    assert at == instant
    assert at.tzinfo is UTC


@_slow_setup
@given(instants=st.lists(_instants, min_size=2, max_size=8))
def test_instants_sort_in_the_database_as_they_do_in_time(kept: Engine, instants: list[datetime]) -> None:
    with kept.connect() as connection:  # never committed: each example starts from no rows
        connection.execute(insert(_table), [{"at": instant} for instant in instants])
        assert connection.scalars(select(_table.c.at).order_by(_table.c.at)).all() == sorted(instants)


@pytest.mark.postgres
def test_an_instant_comes_back_in_utc_though_the_session_is_in_another_zone(postgres_url: str) -> None:
    engine = open_engine(postgres_url)
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL TIME ZONE 'America/New_York'"))
        add_event(connection)
        at = connection.scalars(select(tables.events.c.at)).one()
    engine.dispose()
    assert (at, at.tzinfo) == (NOON, UTC)


def test_an_instant_without_a_zone_is_refused(kept: Engine) -> None:
    with pytest.raises(StatementError, match="an instant needs a time zone"), kept.begin() as connection:
        connection.execute(insert(_table), {"at": datetime(2026, 12, 8, 9)})  # noqa: DTZ001


def test_a_question_about_an_instant_without_a_zone_is_refused(kept: Engine) -> None:
    question = select(_table).where(_table.c.at < bindparam("now"))
    with pytest.raises(StatementError, match="an instant needs a time zone"), reading(kept) as connection:
        connection.execute(question, {"now": datetime(2026, 12, 8, 9)})  # noqa: DTZ001


def test_no_instant_is_none(kept: Engine) -> None:
    assert _round_trip(kept, at=None).at is None


@pytest.mark.parametrize("value", [["sms", "voice"], {"ñ": [1, None, True]}, [], {}, "text", None])
def test_json_comes_back_as_it_went_in(kept: Engine, value: Any) -> None:
    assert _round_trip(kept, value=value).value == value


def test_equal_tables_are_equal_texts(kept: Engine) -> None:
    _round_trip(kept, value={"b": 1, "a": "é"})
    with reading(kept) as connection:
        assert connection.execute(text("SELECT value FROM kept")).scalar_one() == '{"a":"é","b":1}'
