"""Whoever listens hears of what another process plans, when that commits, and again after a lost connection."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from queue import SimpleQueue

import pytest
from sqlalchemy import Connection, Engine, text

from reminders.clock import SystemClock
from reminders.database.engine import open_engine
from reminders.database.vault import Vault
from reminders.database.waking import Listener
from reminders.service import Service
from tests.reminders.builders import a_service, enrolled_id, set_reminder

pytestmark = pytest.mark.postgres


@pytest.fixture
def postgres(postgres_url: str) -> Iterator[Engine]:
    engine = open_engine(postgres_url)
    yield engine
    engine.dispose()


@pytest.fixture
def service(postgres: Engine, vault: Vault) -> Service:
    return a_service(postgres, vault, SystemClock())


@contextmanager
def listening(engine: Engine, also: Callable[[], None] = lambda: None) -> Iterator["SimpleQueue[None]"]:
    """What is heard, from the moment on at which somebody listens."""
    heard: SimpleQueue[None] = SimpleQueue()

    def hear() -> None:
        heard.put(None)
        also()

    listener = Listener(engine, hear)
    listener.start()
    try:
        heard.get(timeout=60)  # the look for what was said while nobody listened
        yield heard
    finally:
        listener.stop()


def say(connection: Connection) -> None:
    connection.execute(text("SELECT pg_notify('reminders', 'the last word')"))


def a_patient(service: Service, days: int = 30) -> str:
    start = service.clock.now() + timedelta(days=days)
    return enrolled_id(service, procedure=f"{start:%Y-%m-%d} 12:00")


def test_an_enrollment_is_heard_of(service: Service, postgres: Engine) -> None:
    with listening(postgres) as heard:
        id_ = a_patient(service)
        set_reminder(service, id_, "welcome", due_at=service.clock.now())
        heard.get(timeout=60)


@pytest.mark.parametrize(
    ("was", "becomes", "minutes", "told"),
    [
        ("held", "planned", 0, True),
        ("planned", "planned", 0, True),
        ("planned", "planned", 59, True),
        ("planned", "planned", 61, False),
        ("planned", "withdrawn", 0, False),
        ("sending", "planned", 0, False),
    ],
)
def test_what_becomes_due_within_the_hour_is_told_but_for_what_a_worker_sent_back(
    service: Service, postgres: Engine, was: str, becomes: str, minutes: int, told: bool
) -> None:
    id_ = a_patient(service)
    far = service.clock.now() + timedelta(days=2)
    set_reminder(service, id_, "welcome", state=was, due_at=far)
    with postgres.connect() as connection:
        notices = own_notices(connection)
        set_reminder(service, id_, "welcome", state=becomes, due_at=service.clock.now() + timedelta(minutes=minutes))
        assert notices() == [""] * told


def own_notices(connection: Connection) -> Callable[[], list[str]]:
    """What this connection hears from now on; its own word ends the waiting."""
    connection.execute(text("LISTEN reminders"))
    connection.commit()
    session = connection.connection.driver_connection
    assert session is not None

    def heard() -> list[str]:
        say(connection)
        connection.commit()
        words: list[str] = []
        while "the last word" not in words:
            words += [notice.payload for notice in session.notifies(timeout=60, stop_after=1)]
        return words[: words.index("the last word")]

    return heard


def test_what_is_taken_back_is_never_told(service: Service, postgres: Engine) -> None:
    id_ = a_patient(service)
    with postgres.connect() as connection:
        notices = own_notices(connection)
        with postgres.connect() as other:
            other.execute(text("UPDATE reminders SET due_at = now() WHERE enrollment = :id"), {"id": id_})
            other.rollback()
        assert notices() == []


def test_a_lost_connection_is_made_anew_and_what_was_missed_is_looked_for(postgres: Engine) -> None:
    with listening(postgres) as heard:
        with postgres.begin() as connection:
            ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'LISTEN reminders'"
            assert connection.execute(text(ended)).scalars().all() == [True]
        heard.get(timeout=60)

        with postgres.begin() as connection:
            say(connection)
        heard.get(timeout=60)


def test_a_look_that_fails_ends_no_listening(postgres: Engine) -> None:
    def fail() -> None:
        raise RuntimeError("the disk is full")

    with listening(postgres, also=fail) as heard:
        with postgres.begin() as connection:
            say(connection)
        heard.get(timeout=60)


def test_on_sqlite_nobody_listens_and_nothing_is_stopped(sqlite_url: str) -> None:
    listener = Listener(open_engine(sqlite_url), lambda: None)
    listener.start()
    listener.stop()

    assert not listener._thread.is_alive()
