"""Accidents between a call and its record: no transport, database or new protocol version takes others along."""

from collections.abc import Callable, Collection
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event
from sqlalchemy.exc import OperationalError

from reminders.clock import ManualClock
from reminders.database import queries
from reminders.dispatch import Report
from reminders.housekeeping import keep_house
from reminders.service import Service
from reminders.transports.base import Accepted, NotSent, OutboundMessage
from reminders.transports.memory import MemoryTransport, fails
from schedules.protocol import Channel
from tests.reminders.builders import (
    a_dispatcher,
    enrolled_id,
    events,
    meanwhile,
    not_sent,
    send_due,
    set_reminder,
    states,
    task_kinds,
    tasks,
    texts_only,
    the_reminder,
)

FIRST = "welcome"


class Odd(MemoryTransport):
    """Takes every message, and answers the first one in a way that no transport may."""

    answer: Any = None

    def send(self, message: OutboundMessage) -> Accepted:
        first, accepted = not self.ledger, super().send(message)
        if not first:
            return accepted
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer  # type: ignore[no-any-return]


@pytest.mark.parametrize("answer", [None, "taken", NotSent("busy", "busy", retry_after="soon")])  # type: ignore[arg-type]
def test_an_answer_that_makes_no_sense_is_an_unknown_outcome_and_the_others_are_recorded(
    service: Service, clock: ManualClock, answer: Any
) -> None:
    transport = Odd(Channel.SMS, clock, can_look_up=False)
    transport.answer = answer
    ids = [enrolled_id(service) for _ in range(3)]
    with a_dispatcher(service, {Channel.SMS: transport}) as dispatcher:
        assert dispatcher.run_due() == Report(sent=2, unknown=1)
        ids.append(enrolled_id(service))
        assert dispatcher.run_due() == Report(sent=1)

    assert sorted(states(service, id_)[FIRST] for id_ in ids) == ["sent", "sent", "sent", "unknown"]
    assert "unknown" in task_kinds(service)


def away(service: Service, words: str) -> Callable[[], None]:
    """The database takes no statement of some words until the returned function is called."""

    def fail(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith(words):
            raise OperationalError(statement, {}, Exception("the server is away"))

    event.listen(service.engine, "before_cursor_execute", fail)
    return lambda: event.remove(service.engine, "before_cursor_execute", fail)


def lose_the_answer(service: Service, *, saved: bool = True) -> None:
    """The next transaction that has written an intent is saved, or is not, and nobody hears of it."""
    wrote: list[bool] = []

    def lose(connection: Any) -> None:
        if wrote and wrote.pop():
            if saved:
                connection.connection.dbapi_connection.commit()
            raise OperationalError("COMMIT", {}, Exception("the line broke"))

    meanwhile(service.engine, "INSERT INTO deliveries", lambda _: wrote.append(True))
    event.listen(service.engine, "commit", lose)


def nobody_gone(_connection: Connection, _workers: Collection[str]) -> set[str]:
    return set()


def unwell(service: Service, words: str, times: int) -> None:
    """The database does not take the next statements of some words."""
    left = iter(range(times))

    def fail(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith(words) and next(left, None) is not None:
            raise OperationalError(statement, {}, Exception("the server is restarting"))

    event.listen(service.engine, "before_cursor_execute", fail)


def test_outcomes_wait_for_a_database_that_comes_back(service: Service, clock: ManualClock) -> None:
    ids = [enrolled_id(service) for _ in range(5)]
    unwell(service, "UPDATE deliveries", 3)

    assert send_due(service, texts_only(clock)) == Report(sent=5)
    assert {states(service, id_)[FIRST] for id_ in ids} == {"sent"}


def test_outcomes_do_not_wait_longer_than_half_of_their_lease(service: Service, clock: ManualClock) -> None:
    id_, before = enrolled_id(service), clock.monotonic()
    unwell(service, "UPDATE deliveries", 100)

    assert send_due(service, texts_only(clock)) == Report()
    assert clock.monotonic() - before <= service.settings.worker.lease_seconds / 2
    assert states(service, id_)[FIRST] == "sending"


def test_an_outcome_that_no_database_was_there_for_is_written_when_it_is_back(
    service: Service, clock: ManualClock
) -> None:
    ids, transports = [enrolled_id(service) for _ in range(3)], texts_only(clock)
    mend = away(service, "UPDATE deliveries")
    with a_dispatcher(service, transports) as dispatcher:
        assert dispatcher.run_due() == Report()
        owes = [dispatcher.owes]
        mend()
        assert dispatcher.run_due() == Report(sent=3)
        assert [*owes, dispatcher.owes] == [True, False]
    assert {states(service, id_)[FIRST] for id_ in ids} == {"sent"}


def test_of_an_outcome_that_comes_after_its_lease_word_is_left_and_what_was_surely_not_sent_goes_again(
    service: Service, clock: ManualClock
) -> None:
    id_, transports = enrolled_id(service), texts_only(clock)
    transports[Channel.SMS].script(fails(not_sent()))
    mend = away(service, "UPDATE deliveries")
    with a_dispatcher(service, transports) as dispatcher:
        dispatcher.run_due()
        mend()
        clock.advance(timedelta(minutes=1))
        for _ in range(12):
            keep_house(service, transports, nobody_gone)
            dispatcher.run_due()
            clock.advance(timedelta(minutes=1))
    assert states(service, id_)[FIRST] == "sent"
    assert [event["action"] for event in events(service, id_)].count("late-outcome") == 1
    assert task_kinds(service) == []


def test_a_claim_whose_commit_was_heard_of_after_its_lease_leaves_word_that_no_call_was_made(
    service: Service, clock: ManualClock
) -> None:
    id_, transports = enrolled_id(service), texts_only(clock)
    with a_dispatcher(service, transports) as dispatcher:
        lose_the_answer(service)
        with pytest.raises(OperationalError):
            dispatcher.run_due()
        clock.advance(timedelta(minutes=2))
        for _ in range(12):
            keep_house(service, transports, nobody_gone)
            dispatcher.run_due()
            clock.advance(timedelta(minutes=1))
    assert len(transports[Channel.SMS].calls) == 1
    assert states(service, id_)[FIRST] == "sent"
    assert task_kinds(service) == []


def test_a_claim_that_was_surely_not_saved_leaves_no_word(service: Service, clock: ManualClock) -> None:
    id_, transports = enrolled_id(service), texts_only(clock)
    with a_dispatcher(service, transports) as dispatcher:
        lose_the_answer(service, saved=False)
        with pytest.raises(OperationalError):
            dispatcher.run_due()
        owes = [dispatcher.owes]
        clock.advance(timedelta(minutes=2))
        assert dispatcher.run_due() == Report(sent=1)
        assert [*owes, dispatcher.owes] == [True, False]
    assert "late-outcome" not in [event["action"] for event in events(service, id_)]


def a_step_that_is_gone(service: Service, **values: Any) -> str:
    """A newer version of the protocol knows nothing of this patient's first step."""
    id_ = enrolled_id(service)
    set_reminder(service, id_, FIRST, step="dropped", **values)
    return id_


def test_a_step_that_a_new_version_has_dropped_is_withdrawn_with_a_task_and_holds_nobody_up(
    service: Service, clock: ManualClock
) -> None:
    gone, other = a_step_that_is_gone(service), enrolled_id(service)

    assert send_due(service, texts_only(clock)) == Report(sent=1)
    assert states(service, other)[FIRST] == "sent"
    withdrawn = the_reminder(service, gone, FIRST)
    assert (withdrawn.state, withdrawn.reason) == ("withdrawn", "its step is no longer in the protocol")
    (task,) = [task for task in tasks(service) if task["kind"] == "stale"]
    assert (task["enrollment"], task["urgent"]) == (gone, True)


def test_a_call_of_a_step_that_is_gone_is_settled_like_any_other(service: Service, clock: ManualClock) -> None:
    gone = a_step_that_is_gone(service, state="sending", lease_until=clock.now())
    clock.advance(timedelta(minutes=1))

    assert keep_house(service, {})["unknown"] == 1
    assert states(service, gone)[FIRST] == "unknown"


def test_one_part_of_housekeeping_that_fails_does_not_keep_the_others_from_their_work(
    service: Service, clock: ManualClock
) -> None:
    held = enrolled_id(service)
    set_reminder(service, held, FIRST, state="held", not_after=clock.now(), waits_for=["completed"])
    set_reminder(service, enrolled_id(service), FIRST, state="sending", lease_until=clock.now())
    clock.advance(timedelta(minutes=1))

    def fail(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("UPDATE deliveries"):
            raise RuntimeError("out of luck")

    event.listen(service.engine, "before_cursor_execute", fail)
    assert keep_house(service, {}) == {
        "unknown": 0, "kept": 0, "undelivered": 0, "missed": 1, "asked": 0, "told": 0, "settled": 0,
    }  # fmt: skip
    assert states(service, held)[FIRST] == "missed"


def test_a_call_that_was_never_made_is_no_attempt(service: Service, clock: ManualClock) -> None:
    id_ = enrolled_id(service)

    class Slow(ManualClock):
        """So slow to come to the senders that every claim is stale."""

        def monotonic(self) -> float:
            self.advance(timedelta(seconds=6))
            return super().monotonic()

    slow = Slow(clock.now())
    from tests.reminders.builders import a_service  # the same database, by another clock

    assert send_due(a_service(service.engine, service.vault, slow), texts_only(slow)).sent == 0
    with service.engine.connect() as connection:
        (reminder, *_) = queries.reminders_of(connection, id_)
    assert (reminder.state, reminder.attempts) == ("planned", 0)
