"""Whoever asks knows which workers live: in this process, in others, and after each of the ways a worker can end."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection, Engine, event, text

from reminders.database.engine import open_engine, reading
from reminders.database.presence import gone, open_presence

ROOT = Path(__file__).parents[3]
HOLD = """
import sys
from reminders.database.engine import open_engine
from reminders.database.presence import open_presence
presence = open_presence(open_engine(sys.argv[1]), "theirs")
print(presence.held(), flush=True)
sys.stdin.read()
"""


def gone_of(engine: Engine, *workers: str) -> set[str]:
    with reading(engine) as connection:
        return gone(connection, workers)


@contextmanager
def another_process(url: str) -> Iterator[subprocess.Popen[str]]:
    """One that holds the lock of the worker "theirs"."""
    command = [sys.executable, "-c", HOLD, url]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=ROOT, **pipes) as process:  # type: ignore[call-overload]
        assert process.stdout.readline() == "True\n"
        yield process
        process.kill()


def test_a_worker_is_gone_once_its_block_has_ended_and_not_before(engine: Engine) -> None:
    with open_presence(engine, "ours") as presence:
        assert presence.held()
        assert gone_of(engine, "ours") == set()

    assert gone_of(engine, "ours") == {"ours"}


def test_a_worker_nobody_has_heard_of_is_gone(engine: Engine) -> None:
    with open_presence(engine, "ours"):
        assert gone_of(engine, "ours", "theirs") == {"theirs"}


def test_a_lock_is_one_workers_alone(engine: Engine) -> None:
    with open_presence(engine, "ours"), open_presence(engine, "theirs") as theirs:
        assert theirs.held()


def test_a_worker_of_another_process_is_there_until_it_is_killed(engine: Engine, database_url: str) -> None:
    with another_process(database_url) as process:
        assert gone_of(engine, "theirs") == set()

        process.kill()
        process.wait()
        while gone_of(engine, "theirs") == set():  # the server hears of it in a moment
            pass


@pytest.mark.postgres
def test_a_session_that_the_server_ended_is_taken_anew(postgres_url: str) -> None:
    engine = open_engine(postgres_url)
    with open_presence(engine, "ours") as presence:
        with engine.begin() as connection:
            end_sessions_with_a_lock(connection)
        assert gone_of(engine, "ours") == {"ours"}

        assert presence.held()
        assert gone_of(engine, "ours") == set()
    engine.dispose()


def end_sessions_with_a_lock(connection: Connection) -> None:
    """Returns once the server has let their locks go."""
    locks = "SELECT pg_terminate_backend(pid, 10000) FROM pg_locks WHERE locktype = 'advisory'"
    assert connection.execute(text(locks)).scalars().all() == [True]


@pytest.mark.postgres
def test_a_lock_that_hangs_on_a_session_nobody_can_reach_is_taken_from_it(postgres_url: str) -> None:
    engine = open_engine(postgres_url)
    with open_presence(engine, "ours"), open_presence(engine, "ours") as again:
        assert again.held()
    engine.dispose()


@pytest.mark.postgres
def test_a_worker_does_not_come_back_while_somebody_relies_on_its_being_gone(postgres_url: str) -> None:
    engine = open_engine(postgres_url)
    with engine.begin() as connection:
        assert gone(connection, ["ours"]) == {"ours"}
        with open_presence(engine, "ours") as presence:
            assert not presence.held()
            connection.commit()
            assert presence.held()
    engine.dispose()


@pytest.mark.postgres
def test_while_the_database_is_away_the_lock_is_not_held(postgres_url: str) -> None:
    engine = open_engine(postgres_url)
    away: list[bool] = []
    event.listen(engine, "do_connect", lambda *_: refuse_if(away))
    with open_presence(engine, "ours") as presence:
        with engine.begin() as connection:
            end_sessions_with_a_lock(connection)
        engine.dispose()
        away.append(True)
        assert not presence.held()

        away.clear()
        assert presence.held()
    engine.dispose()


def refuse_if(away: list[bool]) -> None:
    if away:
        raise psycopg.OperationalError("connection refused")


@pytest.mark.postgres
def test_what_other_users_of_the_server_see_of_it_says_nothing_about_anybody(postgres_url: str) -> None:
    engine = open_engine(postgres_url)
    with open_presence(engine, "ours"), engine.begin() as connection:
        shown = connection.execute(
            text(
                "SELECT application_name, query FROM pg_stat_activity WHERE pid IN "
                "(SELECT pid FROM pg_locks WHERE locktype = 'advisory')"
            )
        ).all()
    engine.dispose()

    assert [row.application_name for row in shown] == ["reminders"]


# The lock file


def lock_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("reminders.db.worker-*"))


def test_a_lock_file_is_its_owners_alone_and_goes_with_the_worker(sqlite_url: str, tmp_path: Path) -> None:
    engine = open_engine(sqlite_url)
    with open_presence(engine, "ours"):
        (file,) = lock_files(tmp_path)
        assert file.stat().st_mode & 0o777 == 0o600

    assert lock_files(tmp_path) == []


def test_what_killed_workers_left_is_swept_by_the_next_and_what_lives_is_not(sqlite_url: str, tmp_path: Path) -> None:
    engine = open_engine(sqlite_url)
    with another_process(sqlite_url) as process:
        process.kill()
        process.wait()
        assert len(lock_files(tmp_path)) == 1
        with open_presence(engine, "ours"), open_presence(engine, "third") as third:
            assert len(lock_files(tmp_path)) == 2
            assert third.held()


def test_a_lock_file_that_somebody_removed_is_made_anew(sqlite_url: str, tmp_path: Path) -> None:
    engine = open_engine(sqlite_url)
    with open_presence(engine, "ours") as presence:
        (file,) = lock_files(tmp_path)
        file.unlink()
        assert gone_of(engine, "ours") == {"ours"}

        assert presence.held()
        assert gone_of(engine, "ours") == set()


def test_without_a_place_for_its_file_a_lock_is_not_held(sqlite_url: str, tmp_path: Path) -> None:
    engine = open_engine(sqlite_url)
    with open_presence(engine, "ours") as presence:
        (file,) = lock_files(tmp_path)
        file.unlink()
        file.mkdir()
        assert not presence.held()

        file.rmdir()
        assert presence.held()
