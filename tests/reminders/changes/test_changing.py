"""A change beside a worker: the answer says truthfully what had gone, and nothing of the old plan leaves after it."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from reminders.changes.changing import LONGEST_CALL_SECONDS, Changed
from reminders.clock import ManualClock
from reminders.dispatch import Report
from reminders.service import Service
from reminders.transports.base import OutboundMessage
from reminders.transports.memory import ACCEPT, Outcome, taken_but
from schedules.protocol import Channel
from tests.reminders.builders import (
    Transports,
    a_service,
    enrolled_id,
    not_sent,
    send_due,
    set_reminder,
    states,
    texts_only,
    unknown,
)
from tests.reminders.recorded import WARFARIN, cancelled


@pytest.fixture
def patient(service: Service) -> str:
    return enrolled_id(service, **WARFARIN)


# Calls in flight


def test_a_cancel_waits_for_the_call_under_way_and_tells_that_it_went(service: Service, clock: ManualClock) -> None:
    answers: list[Changed] = []

    def meanwhile(message: OutboundMessage) -> Outcome:
        """The cancel commits during the first call and waits; the call ends once it does."""
        if message.key == "correction":
            return ACCEPT
        cancelling.start()
        committed.wait(timeout=60)
        return ACCEPT

    def note_commit(_connection: Any) -> None:
        if threading.current_thread() is cancelling:
            committed.set()

    id_ = enrolled_id(service)
    committed = threading.Event()
    elsewhere = a_service(service.engine, service.vault, OneThatYields(clock))
    cancelling = threading.Thread(target=lambda: answers.append(cancelled(elsewhere, id_)), daemon=True)
    event.listen(service.engine, "commit", note_commit)
    report = send_due(service, texts_only(clock, decide=meanwhile))
    cancelling.join(timeout=60)

    assert report == Report(sent=2)
    assert [(reminder.key, reminder.state.value) for reminder in answers[0].already_sent] == [("welcome", "sent")]
    assert [key for key, _ in answers[0].corrections] == ["correction"]
    assert "welcome" not in dict(answers[0].withdrawn)


class OneThatYields:
    """A clock that stands still while somebody waits by it, but lets the other threads work."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock, self._turn = clock, threading.Event()

    def now(self) -> Any:
        return self._clock.now()

    def monotonic(self) -> float:
        return self._clock.monotonic()

    def sleep(self, seconds: float) -> None:
        self._turn.wait(timeout=0.01)


def test_a_cancel_does_not_wait_longer_than_a_call_may_take(service: Service, patient: str, clock: ManualClock) -> None:
    set_reminder(service, patient, "welcome", state="sending")
    before = clock.monotonic()
    changed = cancelled(service, patient)

    assert LONGEST_CALL_SECONDS <= clock.monotonic() - before < LONGEST_CALL_SECONDS + 1
    assert [(reminder.key, reminder.state.value) for reminder in changed.already_sent] == [("welcome", "sending")]


def test_what_surely_did_not_leave_during_a_cancel_is_not_tried_again(service: Service, clock: ManualClock) -> None:
    def meanwhile(message: OutboundMessage) -> Outcome:
        if message.key == "correction":  # while the call went on nobody could know that nothing was told
            return ACCEPT
        cancelled(a_service(service.engine, service.vault, clock), message.enrollment)
        return Outcome(taken=False, failure=not_sent())

    id_ = enrolled_id(service)
    transports = texts_only(clock, decide=meanwhile)
    send_due(service, transports)
    clock.advance(timedelta(minutes=1))

    assert send_due(service, transports) == Report(sent=1)
    assert [message.key for message in transports[Channel.SMS].calls] == ["welcome", "correction"]
    assert states(service, id_)["welcome"] == "withdrawn"


def test_a_call_of_unknown_outcome_stays_unknown_through_a_cancel(
    service: Service, patient: str, transports: Transports
) -> None:
    transports[Channel.SMS].script(taken_but(unknown))
    send_due(service, transports)
    changed = cancelled(service, patient)

    assert [(reminder.key, reminder.state.value) for reminder in changed.already_sent] == [("welcome", "unknown")]
