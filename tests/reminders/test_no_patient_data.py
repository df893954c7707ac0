"""A whole plan with marked names, numbers and words: none of them in logs, figures, errors or plain columns."""

import io
import logging
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from reminders.changes.recording import complete
from reminders.changes.rescheduling import cancel, reschedule
from reminders.clock import ManualClock
from reminders.database import tables
from reminders.database.engine import reading
from reminders.errors import ReminderError
from reminders.health.metrics import exposed
from reminders.health.watching import Watchman
from reminders.logs import configure_logging
from reminders.service import Service
from reminders.staff_texts import write
from reminders.transports.base import OutboundMessage
from reminders.transports.memory import ACCEPT, MemoryTransport, Outcome, fails
from reminders.web.app import create_app
from reminders.worker import run_once
from schedules.protocol import Channel
from tests.reminders.builders import enrolled_id, sent_keys, unknown
from tests.reminders.caring import add
from tests.reminders.hearing import hears

NAME, CAREGIVER = "Zyxwina Qvutsrova", "Kanarina Beispielova"
PHONE, OTHER_PHONE = "+12125550187", "+12125550188"
EMAIL, OTHER_EMAIL = "zyx-canary@example.org", "other-canary@example.org"
RECORD, NOTE, WORDS = "MRN-ZQ-991187", "a lavender gorilla", "the turquoise zebra hurts"
MARKS = (
    *("zyxwina", "qvutsrova", "kanarina", "beispielova", "5550187", "5550188", "555-0187", "555-0188"),
    *("zyx-canary", "other-canary", "zq-991187", "lavender", "gorilla", "turquoise", "zebra"),
)


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything this process logs, the libraries' own lines too, however little it matters."""
    root = logging.getLogger()
    before, level, stream = root.handlers[:], root.level, io.StringIO()
    configure_logging("DEBUG", stream)
    yield stream
    root.handlers[:] = before
    root.setLevel(level)


def marks_in(text: str) -> list[str]:
    return [mark for mark in MARKS if mark in text.lower()]


class Chatty(Exception):
    """What a library might raise: it quotes everything it was given."""


def provider(clock: ManualClock, channel: Channel) -> MemoryTransport:
    """Takes most messages; of the others it loses the answer, or breaks with the whole message in its words."""
    numbers = iter(range(10_000))

    def decide(message: OutboundMessage) -> Outcome:
        number = next(numbers)
        if number % 7 == 3:
            raise Chatty(f"{message.to} {message.text} {message}")
        return fails(unknown) if number % 7 == 5 else ACCEPT

    return MemoryTransport(channel, clock, decide=decide)


@pytest.mark.parametrize("database_kind", ["sqlite"])  # what is logged and what is sealed is alike on both
def test_nothing_that_names_or_reaches_a_patient_is_logged_counted_told_or_kept_in_the_clear(
    service: Service, clock: ManualClock, log: io.StringIO
) -> None:
    transports = {channel: provider(clock, channel) for channel in Channel}
    id_ = enrolled_id(
        service, name=NAME, phone=PHONE, email=EMAIL, mrn=RECORD, consent="sms,email,voice", detailed=True,
        holds=("warfarin=5",), resumes=("warfarin=1",),
    )  # fmt: skip
    add(service, id_, name=CAREGIVER, phone=OTHER_PHONE)
    watchman, told = Watchman(service), []

    def days(number: int) -> None:
        for _ in range(number):
            clock.advance(timedelta(days=1))
            run_once(service, transports)
        watchman.look()

    days(6)
    hears(service, id_, f"{WORDS} {NAME} {OTHER_PHONE}")
    write(service, id_, f"Please call about {WORDS}.", urgent=False, by="Sam Nurse")
    days(2)
    reschedule(service, id_, to="2026-12-09 09:00", by="coordinator")
    days(11)
    complete(service, id_, ended_at="2026-12-09 10:10", by="Sam Nurse")
    days(10)
    hears(service, id_, "STOP")
    for refused in (
        lambda: enrolled_id(service, name=NAME, phone=PHONE, email=EMAIL, mrn=RECORD),
        lambda: enrolled_id(service, name=NAME, phone="0187 canary-zebra"),
        lambda: enrolled_id(service, name=NAME, phone=PHONE, email="zyx-canary at example"),
    ):
        with pytest.raises(ReminderError) as failure:
            refused()
        told.append(repr(failure.value) + str(failure.value))
    cancel(service, id_, reason="other", note=NOTE, by="coordinator")
    days(1)
    with TestClient(create_app(service, watchman=watchman), base_url="http://127.0.0.1") as client:
        scraped = client.get("/metrics").text

    assert len(sent_keys(transports)) > 12
    assert '"error": "Chatty"' in log.getvalue()
    assert marks_in(log.getvalue()) == []
    assert marks_in(scraped) == []
    assert marks_in(exposed(service).decode()) == []
    assert [marks_in(text) for text in told] == [[]] * 3
    assert marks_in(repr(service) + repr(watchman)) == []
    assert marks_in(plain_columns(service)) == []


def plain_columns(service: Service) -> str:
    """Every value of the store that is not sealed, as one text."""
    with reading(service.engine) as connection:
        rows = [row for table in tables.metadata.tables.values() for row in connection.execute(select(table))]
    return "\n".join(str(value) for row in rows for value in row if not isinstance(value, bytes))
