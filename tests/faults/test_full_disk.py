"""The disk under the database is full: nothing leaves without a written intent, it is said, and it ends by itself."""

import logging
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.exc import OperationalError

from reminders.checks import check_all
from reminders.clock import ManualClock
from reminders.database.engine import is_full
from reminders.housekeeping import keep_house
from reminders.service import Service
from reminders.transports.base import Accepted, OutboundMessage
from reminders.transports.memory import MemoryTransport
from schedules.protocol import Channel
from tests.faults.accounts import duplicates, lost
from tests.reminders.builders import ENROLLED, Transports, a_dispatcher, enrolled_id, send_due, task_kinds, the_reminder

FILL = """
CREATE TABLE disk (is_full boolean);
INSERT INTO disk VALUES (false);
CREATE FUNCTION no_room() RETURNS trigger AS $$ BEGIN
  IF (SELECT is_full FROM disk) THEN
    RAISE EXCEPTION 'could not extend file "base/1/1": No space left on device' USING ERRCODE = '53100';
  END IF;
  RETURN new;
END $$ LANGUAGE plpgsql;
CREATE TRIGGER no_room BEFORE INSERT OR UPDATE ON deliveries FOR EACH ROW EXECUTE FUNCTION no_room();
CREATE TRIGGER no_room BEFORE INSERT OR UPDATE ON pauses FOR EACH ROW EXECUTE FUNCTION no_room();
"""


class Disk:
    """A disk that can be full: SQLite may have no page more; PostgreSQL answers as it does without room, 53100."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._pages = engine, 1_000_000
        if engine.dialect.name == "sqlite":
            event.listen(engine, "begin", self._limit)
        else:
            with engine.begin() as connection:
                connection.execute(text(FILL))

    def fill(self) -> None:
        self._pages = 1  # SQLite takes it for as many as there are
        self._say("true")

    def make_room(self) -> None:
        self._pages = 1_000_000
        self._say("false")

    def _limit(self, connection: Connection) -> None:
        connection.exec_driver_sql(f"PRAGMA max_page_count = {self._pages}")

    def _say(self, full: str) -> None:
        if self._engine.dialect.name == "postgresql":
            with self._engine.begin() as connection:
                connection.execute(text(f"UPDATE disk SET is_full = {full}"))  # noqa: S608


@pytest.fixture
def disk(engine: Engine) -> Disk:
    return Disk(engine)


class Wordy(MemoryTransport):
    """Gives its messages long names, as a provider may: to note one takes room. The disk fills up while it sends."""

    during: Callable[[], None] = staticmethod(lambda: None)

    def send(self, message: OutboundMessage) -> Accepted:
        answer = super().send(message)
        self.during()
        return Accepted(provider_id=f"{answer.provider_id}-{'x' * 20_000}")


class Waiting(ManualClock):
    """Somebody makes room while the program waits."""

    meanwhile: Callable[[], None] = staticmethod(lambda: None)

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        self.meanwhile()


@pytest.fixture
def clock() -> Waiting:
    return Waiting(ENROLLED)


@pytest.fixture
def wordy(clock: Waiting) -> dict[Channel, Wordy]:
    return {Channel.SMS: Wordy(Channel.SMS, clock, can_look_up=False)}  # as a mail relay: only a person can ask


def taken(transports: Transports | dict[Channel, Wordy]) -> list[str]:
    return [one.message.delivery_id for transport in transports.values() for one in transport.ledger]


def test_without_room_for_an_intent_nothing_leaves_and_it_is_said(
    service: Service, disk: Disk, transports: Transports, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(60):  # more than the last page has room for
        enrolled_id(service)
    disk.fill()
    with a_dispatcher(service, transports) as dispatcher:
        with pytest.raises(OperationalError) as failed:
            dispatcher.run_due()
        assert is_full(failed.value)
        assert transports[Channel.SMS].calls == ()
        assert "database_full" in [record.message for record in caplog.records]

        disk.make_room()
        assert dispatcher.run_due().sent == 60
    ledger = taken(transports)
    assert (duplicates(service, ledger), lost(service, ledger)) == ([], [])


def test_the_doctor_names_a_full_disk(service: Service, disk: Disk, transports: Transports) -> None:
    def database() -> tuple[bool, str]:
        return next((each.ok, each.detail) for each in check_all(service, transports) if each.check == "database")

    assert database() == (True, "reachable, tables are current")
    disk.fill()
    assert database() == (
        False,
        "the disk under it is full, so nothing leaves; make room, and sending goes on by itself",
    )
    disk.make_room()
    assert database()[0]


def test_an_answer_without_room_is_kept_until_there_is_some(
    service: Service, disk: Disk, clock: Waiting, wordy: dict[Channel, Wordy], caplog: pytest.LogCaptureFixture
) -> None:
    id_ = enrolled_id(service)
    half = service.settings.worker.lease_seconds / 2
    wordy[Channel.SMS].during = disk.fill  # type: ignore[method-assign]
    begun = clock.monotonic()
    clock.meanwhile = lambda: disk.make_room() if clock.monotonic() - begun > half - 5 else None  # type: ignore[method-assign]

    assert send_due(service, wordy).sent == 1
    assert the_reminder(service, id_, "welcome").state.value == "sent"
    assert "database_full" in [record.message for record in caplog.records]
    assert (duplicates(service, taken(wordy)), lost(service, taken(wordy))) == ([], [])


def test_an_answer_that_could_not_be_kept_is_a_matter_for_a_person_and_no_second_call(
    service: Service, disk: Disk, clock: Waiting, wordy: dict[Channel, Wordy], caplog: pytest.LogCaptureFixture
) -> None:
    id_ = enrolled_id(service)
    wordy[Channel.SMS].during = disk.fill  # type: ignore[method-assign]
    with caplog.at_level(logging.CRITICAL), a_dispatcher(service, wordy) as dispatcher:
        dispatcher.run_due()
        clock.advance(timedelta(seconds=service.settings.worker.lease_seconds + 1))
        disk.make_room()
        wordy[Channel.SMS].during = lambda: None  # type: ignore[method-assign]
        keep_house(service, wordy)
        dispatcher.run_due()

    assert the_reminder(service, id_, "welcome").state.value == "unknown"
    assert task_kinds(service) == ["unknown"]
    assert len(taken(wordy)) == 1
    assert (duplicates(service, taken(wordy)), lost(service, taken(wordy))) == ([], [])
