"""The clock that workers share is the database's, whatever a machine's own clock shows and whoever sets it."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, event

from reminders.clock import ManualClock, SystemClock
from reminders.database import operating
from reminders.database.engine import open_engine, reading
from reminders.database.timekeeping import DatabaseClock, machine_clock, shared_clock
from tests.builders import local

LONG_AGO = local("2001-01-01 12:00")

pytestmark = pytest.mark.postgres


@pytest.fixture
def postgres(postgres_url: str) -> Iterator[Engine]:
    engine = open_engine(postgres_url)
    yield engine
    engine.dispose()


def database_time(engine: Engine) -> datetime:
    with reading(engine) as connection:
        return operating.database_time(connection)


def asked(engine: Engine) -> list[str]:
    """Every question about the time from now on."""
    found: list[str] = []

    def listen(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement == "SELECT clock_timestamp()":
            found.append(statement)

    event.listen(engine, "before_cursor_execute", listen)
    return found


def begin(engine: Engine) -> None:
    with engine.begin():
        pass


def test_on_sqlite_the_machines_clock_is_the_shared_one(sqlite_url: str) -> None:
    clock = ManualClock(LONG_AGO)

    assert shared_clock(open_engine(sqlite_url), clock) is clock
    assert machine_clock(clock) is clock


def test_it_shows_the_databases_time_and_never_runs_ahead_of_it(postgres: Engine) -> None:
    clock = shared_clock(postgres, SystemClock())
    for _ in range(20):
        before, shown, after = database_time(postgres), clock.now(), database_time(postgres)

        assert before - timedelta(seconds=1) < shown <= after


def test_a_machine_whose_clock_is_wrong_by_years_shows_the_databases_time(postgres: Engine) -> None:
    machine = ManualClock(LONG_AGO)
    clock = shared_clock(postgres, machine)

    assert abs(database_time(postgres) - clock.now()) < timedelta(minutes=5)
    assert machine_clock(clock) is machine


def test_between_two_answers_the_stopwatch_carries_it_on(postgres: Engine) -> None:
    machine = ManualClock(LONG_AGO)
    clock = shared_clock(postgres, machine)
    shown = clock.now()
    machine.advance(timedelta(seconds=1.5))

    assert clock.now() == shown + timedelta(seconds=1.5)


def test_it_asks_anew_with_the_next_transaction_but_not_with_each(postgres: Engine) -> None:
    machine = ManualClock(LONG_AGO)
    clock = shared_clock(postgres, machine)
    questions = asked(postgres)
    machine.advance(timedelta(seconds=1))
    begin(postgres)
    assert questions == []

    machine.advance(timedelta(hours=1))  # a stopwatch that runs fast
    begin(postgres)
    begin(postgres)
    assert len(questions) == 1
    assert abs(database_time(postgres) - clock.now()) < timedelta(minutes=5)


class TwoHands(ManualClock):
    """A machine's clock that is set, or whose stopwatch stood still while the machine slept."""

    set_by = timedelta(0)

    def now(self) -> datetime:
        return super().now() + self.set_by


def test_after_a_sleep_that_no_stopwatch_has_seen_it_asks_at_once(postgres: Engine) -> None:
    machine = TwoHands(LONG_AGO)
    shared_clock(postgres, machine)
    questions = asked(postgres)
    machine.set_by = timedelta(hours=1)
    begin(postgres)

    assert len(questions) == 1


class Slow(ManualClock):
    """A machine on which whatever is asked takes some seconds."""

    takes = 0.0

    def monotonic(self) -> float:
        self.advance(timedelta(seconds=self.takes))
        return super().monotonic()


def test_an_answer_that_took_long_says_nothing_about_the_present(postgres: Engine) -> None:
    machine = Slow(LONG_AGO)
    with reading(postgres) as connection:
        clock = DatabaseClock(machine, connection)
        shown = clock.now()
        machine.takes = 3
        clock.keep_right(connection)
        machine.takes = 0

    assert clock.now() == shown + timedelta(seconds=machine.monotonic())


class Interrupted(ManualClock):
    """A machine on which another thread asks the database while this one reads the time."""

    def __init__(self, now: datetime) -> None:
        super().__init__(now)
        self.meanwhile: list[Callable[[], object]] = []

    def monotonic(self) -> float:
        if self.meanwhile:
            self.meanwhile.pop()()
        return super().monotonic()


def test_whoever_reads_the_time_while_another_asks_for_it_mixes_no_two_answers(postgres: Engine) -> None:
    machine = Interrupted(LONG_AGO)
    clock = shared_clock(postgres, machine)
    shown = clock.now()
    machine.advance(timedelta(minutes=1))
    machine.meanwhile.append(lambda: begin(postgres))

    assert clock.now() >= shown + timedelta(minutes=1)
