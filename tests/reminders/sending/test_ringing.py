"""One call at a time to one number: the next one waits ten minutes, where it may still be made then."""

from datetime import datetime, timedelta

import pytest

from reminders.clock import ManualClock
from reminders.service import Service
from reminders.transports.memory import fails
from schedules.protocol import Channel
from tests.builders import local
from tests.reminders.builders import (
    Transports,
    another,
    enrolled_id,
    in_memory,
    not_sent,
    send_due,
    set_reminder,
    the_reminder,
)

PHONE = "+12125550161"
NOON = local("2026-12-05 12:00")


@pytest.fixture
def transports(clock: ManualClock) -> Transports:
    return in_memory(clock)


def called(transports: Transports) -> list[tuple[str, datetime]]:
    """What was said by phone, and when, but for the first message."""
    taken = transports[Channel.VOICE].ledger
    return [(one.message.key, one.at) for one in taken if one.message.key != "welcome"]


def two_at_noon(service: Service, clock: ManualClock, transports: Transports, **changes: object) -> str:
    """A patient who is reached by phone alone, for whom two steps fall due at the same instant."""
    id_ = enrolled_id(service, phone=PHONE, consent="voice", procedure="2026-12-08 13:00")
    send_due(service, transports)
    values = {"send_at": NOON, "due_at": NOON, "not_before": None} | changes
    for key in ("prepare", "ride"):
        set_reminder(service, id_, key, **values)
    clock.move_to(NOON)
    return id_


def test_the_second_call_to_a_number_waits_ten_minutes(
    service: Service, clock: ManualClock, transports: Transports
) -> None:
    id_ = two_at_noon(service, clock, transports)
    send_due(service, transports)
    assert called(transports) == [("prepare", NOON)]
    waiting = the_reminder(service, id_, "ride")
    assert (waiting.state, waiting.reason) == ("planned", "calls to one number are ten minutes apart")

    clock.advance(timedelta(minutes=10))
    send_due(service, transports)
    assert called(transports)[1:] == [("ride", NOON + timedelta(minutes=10))]


def test_it_is_the_number_that_counts_whoever_is_called(
    service: Service, clock: ManualClock, transports: Transports
) -> None:
    for name in ("Pat Example", "Lou Example"):
        enrolled_id(service, phone=PHONE, consent="voice", name=name)
    send_due(service, transports)
    assert len(transports[Channel.VOICE].ledger) == 1


def test_another_number_is_called_meanwhile(service: Service, transports: Transports) -> None:
    for phone in (PHONE, "+12125550162"):
        enrolled_id(service, phone=phone, consent="voice")
    send_due(service, transports)
    assert len(transports[Channel.VOICE].ledger) == 2


def test_what_would_be_too_late_in_ten_minutes_is_said_now(
    service: Service, clock: ManualClock, transports: Transports
) -> None:
    two_at_noon(service, clock, transports, not_after=NOON + timedelta(minutes=10))
    send_due(service, transports)
    assert [key for key, _ in called(transports)] == ["prepare", "ride"]


def test_a_call_that_was_never_made_keeps_none_back(
    service: Service, clock: ManualClock, transports: Transports
) -> None:
    id_ = two_at_noon(service, clock, transports)
    transports[Channel.VOICE].script(fails(not_sent(600)))
    send_due(service, transports)
    assert called(transports) == []
    clock.advance(timedelta(minutes=1))
    set_reminder(service, id_, "ride", due_at=clock.now())
    send_due(service, transports)
    assert called(transports) == [("ride", clock.now())]


def test_two_workers_do_not_call_one_number_at_the_same_moment(
    service: Service, clock: ManualClock, transports: Transports
) -> None:
    ids = [enrolled_id(service, phone=PHONE, consent="voice", name=name) for name in ("Pat Example", "Lou Example")]
    set_reminder(service, ids[1], "welcome", due_at=clock.now() + timedelta(minutes=1))

    def call_too() -> None:
        set_reminder(service, ids[1], "welcome", due_at=clock.now())
        send_due(service, transports)

    other = another(service.engine, "INSERT INTO deliveries", call_too)
    send_due(service, transports)
    other.join()

    assert len(transports[Channel.VOICE].ledger) == 1
