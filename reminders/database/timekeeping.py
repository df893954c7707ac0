"""One clock for all who share a PostgreSQL: the database's own, which each process carries on by its stopwatch.

The rule: an instant that others act on, such as what is due and when a lease ends, is not read off one machine's clock.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, event

from reminders.clock import Clock

FRESH_SECONDS = 2.0  # by the stopwatch, until the database is asked again
LONGEST_ASKING = 0.5  # seconds; an answer that took longer says too little about the present
TRIES = 5
ASK = "SELECT clock_timestamp()"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Mark:
    """What the database's clock and this machine's two showed at one moment."""

    wall: datetime
    database: datetime
    at: float


class DatabaseClock:
    """The database's time. Asking it waits for nothing: it is set by whatever transaction begins next."""

    def __init__(self, machine: Clock, connection: Connection) -> None:
        self.machine = machine
        # One value, put there whole: a thread that reads the time while another asks must not mix two answers.
        self._mark = _Mark(wall=machine.now(), database=machine.now(), at=machine.monotonic())
        for _ in range(TRIES):
            if self._ask(connection):
                break

    def now(self) -> datetime:
        mark = self._mark
        return mark.database + self._since(mark)

    def monotonic(self) -> float:
        return self.machine.monotonic()

    def sleep(self, seconds: float) -> None:
        self.machine.sleep(seconds)

    def keep_right(self, connection: Connection) -> None:
        """Ask the database where the last answer is old, or this machine's two clocks disagree, as after a sleep."""
        mark = self._mark
        since = self._since(mark)
        disagree = abs(self.machine.now() - mark.wall - since)
        if max(since, disagree) > timedelta(seconds=FRESH_SECONDS):
            self._ask(connection)

    def _since(self, mark: _Mark) -> timedelta:
        return timedelta(seconds=self.machine.monotonic() - mark.at)

    def _ask(self, connection: Connection) -> bool:
        """Never ahead of the database: its answer counts as of the moment at which it is here."""
        asked = self.machine.monotonic()
        answer: datetime = connection.exec_driver_sql(ASK).scalar_one()
        wall, at = self.machine.now(), self.machine.monotonic()
        if at - asked <= LONGEST_ASKING:
            self._mark = _Mark(wall=wall, database=answer, at=at)
        return at - asked <= LONGEST_ASKING


def shared_clock(engine: Engine, machine: Clock) -> Clock:
    """The clock of all who share a database: on SQLite they share a machine, and its clock."""
    if engine.dialect.name == "sqlite":
        return machine
    with engine.connect() as connection:
        clock = DatabaseClock(machine, connection)
    event.listen(engine, "begin", clock.keep_right)
    return clock


def machine_clock(clock: Clock) -> Clock:
    """This machine's own clock, by which its timers run, whatever its worker goes by."""
    return clock.machine if isinstance(clock, DatabaseClock) else clock
