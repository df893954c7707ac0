"""A database that was lent before is as good as a new one, or is not lent again."""

from contextlib import ExitStack, closing
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from tests.databases import Pool, database, execute
from tests.memory import ROOM, has_room

pytestmark = pytest.mark.postgres


def name_of(address: str) -> str | None:
    return make_url(address).database


@pytest.fixture(scope="module")
def pool(postgres_server: str, postgres_template: str) -> Pool:
    return Pool(server=postgres_server, template=postgres_template)


def names_after(pool: Pool, *statements: str) -> tuple[str | None, str | None]:
    """Whom a test got that did this, and whom the next one got."""
    with pool.lent() as address:
        execute(address, *statements)
        first = name_of(address)
    with pool.lent() as address:
        return first, name_of(address)


ROWS = (
    "INSERT INTO pauses (scope, paused_by, reason, paused_at) VALUES ('all', 'Pat Example', 'a trial', now())",
    "INSERT INTO events (at, by, action) VALUES (now(), 'Pat Example', 'paused')",
)


def test_rows_are_gone_and_numbers_begin_anew_for_the_next(pool: Pool) -> None:
    for _ in range(2):
        with pool.lent() as address, psycopg.connect(address) as connection:
            assert connection.execute("SELECT count(*) FROM events").fetchone() == (0,)
            for row in ROWS:
                connection.execute(row)
            assert connection.execute("SELECT max(id) FROM events").fetchone() == (1,)


def test_a_database_with_rows_alone_is_lent_again(pool: Pool) -> None:
    first, then = names_after(pool, *ROWS)
    assert first == then


@pytest.mark.parametrize(
    "change",
    [
        "CREATE TABLE another (id integer)",
        "DROP TABLE replies CASCADE",
        "ALTER TABLE events DISABLE TRIGGER ALL",
        "ALTER TABLE pauses ALTER COLUMN reason SET DEFAULT 'none'",
        "DROP INDEX uq_deliveries_live",
        "UPDATE alembic_version SET version_num = '0000'",
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET work_mem = 1024', current_database()); END $$",
    ],
)
def test_a_database_that_a_test_has_changed_is_not_lent_again(pool: Pool, change: str) -> None:
    first, then = names_after(pool, change)
    assert first != then


def test_a_connection_that_was_left_open_holds_up_nobody(pool: Pool) -> None:
    with ExitStack() as stack:
        with pool.lent() as address:
            left = stack.enter_context(closing(psycopg.connect(address)))
            left.execute(ROWS[0])
        with pytest.raises(psycopg.OperationalError):
            left.execute("SELECT 1")


def test_who_may_not_empty_a_database_gets_a_new_one(postgres_server: str, postgres_template: str) -> None:
    execute(postgres_server, "CREATE ROLE plain LOGIN CREATEDB", f"ALTER DATABASE {postgres_template} OWNER TO plain")
    try:
        plain = make_url(postgres_server).set(username="plain").render_as_string(hide_password=False)
        first, then = names_after(Pool(server=plain, template=postgres_template), "SELECT 1")
        assert first != then
    finally:
        execute(postgres_server, f"ALTER DATABASE {postgres_template} OWNER TO CURRENT_USER")
        execute(postgres_server, "DROP ROLE plain")


def test_two_at_once_have_one_each(pool: Pool) -> None:
    with pool.lent() as one, pool.lent() as other:
        assert name_of(one) != name_of(other)


def test_a_database_of_its_own_ends_with_its_block(postgres_server: str) -> None:
    with database(postgres_server) as address:
        pass
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(address)


def test_memory_is_written_to_only_where_there_is_plenty(tmp_path: Path) -> None:
    assert not has_room(tmp_path, unused=ROOM - 1)
    assert not has_room(tmp_path / "missing", unused=ROOM)
