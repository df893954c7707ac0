"""A verified status callback: written down once, brought to its own delivery and to no other, kept if it is early."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from reminders.clock import ManualClock
from reminders.database import claims, queries
from reminders.database import receipts as store
from reminders.database.engine import open_engine
from reminders.database.vault import Vault
from reminders.housekeeping import keep_house
from reminders.service import Service
from reminders.transports.base import OutboundMessage
from reminders.transports.memory import ACCEPT, Outcome, taken_but
from tests.reminders.builders import (
    ENROLLED,
    Transports,
    a_service,
    enrolled_id,
    events,
    give_up,
    row_counts,
    send_due,
    set_reminder,
    states,
    task_kinds,
    tasks,
    texts_only,
    the_reminder,
    together,
    unknown,
)
from tests.reminders.receiving import SID, calls, hear, ledger, set_delivery, the_call

FIRST = "welcome"


@pytest.fixture
def sent(service: Service, transports: Transports) -> str:
    """A patient whose first text the provider has taken."""
    id_ = enrolled_id(service)
    send_due(service, transports)
    return id_


def everything_in(service: Service, id_: str) -> Any:
    """All that a callback could change, but for the ledger."""
    told = [(row["id"], row["state"]) for row in tasks(service)]
    return calls(service, id_), states(service, id_), told, events(service, id_)


# The ledger


def test_an_event_whose_transaction_was_given_up_to_end_a_deadlock_is_applied(service: Service, sent: str) -> None:
    give_up(service.engine, "UPDATE deliveries")

    assert hear(service, "delivered") == "applied"
    assert the_call(service, sent)["state"] == "delivered"
    assert len(ledger(service)) == 1


def test_an_event_is_written_down_with_what_it_came_to(service: Service, sent: str) -> None:
    delivery = the_call(service, sent)["id"]

    assert hear(service, "sent", delivery=delivery) == "applied"
    (row,) = ledger(service)
    assert (row["provider"], row["provider_id"], row["status"]) == ("twilio", SID, "sent")
    assert (row["delivery"], row["outcome"]) == (delivery, "applied")
    assert row["received_at"] == row["applied_at"] == ENROLLED


@pytest.mark.parametrize("status", ["sent", "delivered", "undelivered"])
def test_a_replay_changes_nothing(service: Service, sent: str, clock: ManualClock, status: str) -> None:
    delivery = the_call(service, sent)["id"]
    hear(service, status, delivery=delivery, code="30003")
    before, rows = everything_in(service, sent), row_counts(service.engine)
    clock.advance(timedelta(minutes=1))

    assert [hear(service, status, delivery=delivery, code="30006") for _ in range(3)] == ["repeated"] * 3
    assert everything_in(service, sent) == before
    assert row_counts(service.engine) == rows


def test_the_same_callback_twice_at_once_is_applied_once(service: Service, sent: str) -> None:
    delivery = the_call(service, sent)["id"]
    answers = together(*[lambda: hear(service, "undelivered", delivery=delivery, code="30003")] * 2)

    assert sorted(answers) == ["applied", "repeated"]
    assert [event["action"] for event in events(service, sent)].count("undelivered") == 1


# Whose delivery it is


def test_a_delivery_nobody_knows_leaves_a_line_in_the_ledger_and_nothing_else(service: Service, sent: str) -> None:
    before = everything_in(service, sent)

    assert hear(service, "delivered", delivery="0" * 32) == "unknown-delivery"
    assert hear(service, "delivered", provider_id="memory-99") == "unknown-delivery"
    assert everything_in(service, sent) == before
    assert [row["outcome"] for row in ledger(service)] == ["unknown-delivery"] * 2
    assert all(row["applied_at"] for row in ledger(service))


def test_without_our_own_id_the_providers_finds_the_delivery(service: Service, sent: str) -> None:
    assert hear(service, "delivered") == "applied"
    assert the_call(service, sent)["state"] == "delivered"


def test_an_event_for_a_delivery_that_the_provider_calls_otherwise_is_refused(service: Service, sent: str) -> None:
    before = everything_in(service, sent)

    outcome = hear(service, "undelivered", delivery=the_call(service, sent)["id"], provider_id="memory-2")
    assert outcome == "misdirected"
    assert everything_in(service, sent) == before
    assert [row["outcome"] for row in ledger(service)] == ["misdirected"]


def test_a_lost_answer_is_not_settled_by_what_was_said_of_another_message(
    service: Service, transports: Transports
) -> None:
    one = enrolled_id(service)
    send_due(service, transports)
    next(iter(transports.values())).script(taken_but(unknown))
    other = enrolled_id(service)
    send_due(service, transports)
    before = everything_in(service, other)

    assert hear(service, "delivered", delivery=the_call(service, other)["id"], provider_id=SID) == "misdirected"
    assert everything_in(service, other) == before
    assert the_call(service, one)["state"] == "accepted"


@pytest.mark.parametrize("state", ["not_sent", "refused", "absent", "abandoned"])
def test_a_word_about_what_surely_never_left_is_an_alarm_and_no_move(service: Service, sent: str, state: str) -> None:
    set_delivery(service, the_call(service, sent)["id"], state=state)
    before = calls(service, sent), states(service, sent)

    assert hear(service, "sent") == "contradicts"
    assert (calls(service, sent), states(service, sent)) == before
    assert events(service, sent)[-1]["action"] == "receipt-contradicts"
    assert tasks(service) == []


def test_what_was_taken_for_lost_and_was_delivered_is_an_urgent_task(service: Service, sent: str) -> None:
    set_delivery(service, the_call(service, sent)["id"], state="absent")

    assert hear(service, "delivered") == "contradicts"
    assert the_call(service, sent)["state"] == "absent"
    (task,) = tasks(service)
    assert (task["kind"], task["urgent"]) == ("contradiction", True)
    assert "a message we took for lost was delivered" in task["reason"]


# Before our own record


def early(service: Service, clock: ManualClock, *said: str, outcome: Outcome = ACCEPT, code: str | None = None) -> Any:
    """A provider that calls back before its answer to the call has reached us."""
    heard: list[str] = []

    def speak(message: OutboundMessage) -> Outcome:
        heard.extend(hear(service, word, delivery=message.delivery_id, code=code) for word in said)
        return outcome

    return heard, texts_only(clock, decide=speak)


def test_a_callback_that_comes_before_our_own_record_is_kept_and_applied(service: Service, clock: ManualClock) -> None:
    id_ = enrolled_id(service)
    heard, transports = early(service, clock, "queued", "delivered")
    send_due(service, transports)

    assert heard == ["kept", "kept"]
    assert (the_call(service, id_)["state"], the_call(service, id_)["receipt"]) == ("delivered", "delivered")
    assert the_reminder(service, id_, FIRST).state == "delivered"
    assert [(row["outcome"], row["applied_at"]) for row in ledger(service)] == [("applied", ENROLLED)] * 2


def test_an_early_failure_is_kept_with_its_code(service: Service, clock: ManualClock) -> None:
    id_ = enrolled_id(service, consent="sms,voice")
    _, transports = early(service, clock, "undelivered", code="30006")
    send_due(service, transports)

    assert (the_call(service, id_)["state"], the_call(service, id_)["code"]) == ("undelivered", "30006")
    assert the_reminder(service, id_, FIRST).channel == "voice"
    assert task_kinds(service) == ["unreachable"]


def test_a_lost_answer_is_settled_by_the_callback_that_was_there_before(service: Service, clock: ManualClock) -> None:
    id_ = enrolled_id(service)
    _, transports = early(service, clock, "sent", outcome=taken_but(unknown))
    send_due(service, transports)

    assert (the_call(service, id_)["state"], the_call(service, id_)["provider_id"]) == ("accepted", SID)
    assert the_reminder(service, id_, FIRST).state == "sent"
    assert tasks(service) == []


def test_what_was_kept_for_a_worker_that_died_settles_its_call(service: Service, clock: ManualClock) -> None:
    id_ = enrolled_id(service)

    def die(message: OutboundMessage) -> Outcome:
        hear(service, "delivered", delivery=message.delivery_id)
        clock.advance(timedelta(seconds=61))
        found = keep_house(service, {})
        assert (found["unknown"], found["kept"]) == (1, 1)
        return ACCEPT

    send_due(service, texts_only(clock, decide=die))  # its late answer changes nothing any more

    assert (the_call(service, id_)["state"], the_call(service, id_)["provider_id"]) == ("delivered", SID)
    assert the_reminder(service, id_, FIRST).state == "delivered"
    assert tasks(service) == []
    assert events(service, id_)[-1]["action"] == "late-outcome"


def test_an_early_callback_about_another_message_is_refused_once_we_know_better(
    service: Service, clock: ManualClock
) -> None:
    id_ = enrolled_id(service)

    def speak(message: OutboundMessage) -> Outcome:
        assert hear(service, "delivered", delivery=message.delivery_id, provider_id="memory-2") == "kept"
        return ACCEPT

    send_due(service, texts_only(clock, decide=speak))

    assert the_call(service, id_)["state"] == "accepted"
    assert [row["outcome"] for row in ledger(service)] == ["misdirected"]


def test_an_enrollment_that_cannot_be_read_keeps_its_receipts_until_it_can(
    service: Service, sent: str, vault: Vault
) -> None:
    blind = a_service(service.engine, vault, service.clock, sites={"elsewhere": service.settings.sites["main"]})

    assert hear(blind, "undelivered", delivery=the_call(service, sent)["id"]) == "kept"
    assert keep_house(blind, {})["kept"] == 0
    assert keep_house(service, {})["kept"] == 1
    assert the_call(service, sent)["state"] == "undelivered"


def test_keeping_house_applies_what_was_kept_once(service: Service, sent: str) -> None:
    delivery = the_call(service, sent)["id"]
    set_delivery(service, delivery, state="intended")
    hear(service, "delivered", delivery=delivery)
    assert keep_house(service, {})["kept"] == 0
    set_delivery(service, delivery, state="accepted")

    assert [keep_house(service, {})["kept"] for _ in range(2)] == [1, 0]


@pytest.fixture
def server(postgres_url: str, vault: Vault, clock: ManualClock) -> Iterator[Service]:
    """A service on PostgreSQL alone: SQLite lets only one transaction write at all."""
    engine = open_engine(postgres_url)
    yield a_service(engine, vault, clock)
    engine.dispose()


@pytest.mark.postgres
def test_a_callback_waits_for_the_worker_that_is_writing_the_outcome(server: Service, transports: Transports) -> None:
    """Else it would be kept after the worker has looked for what was kept."""
    id_ = enrolled_id(server)
    send_due(server, transports)
    delivery = the_call(server, id_)["id"]
    set_delivery(server, delivery, state="intended")
    heard: list[str] = []
    calling = threading.Thread(target=lambda: heard.append(hear(server, "delivered", delivery=delivery)), daemon=True)
    with server.engine.begin() as recording:
        assert store.change_delivery(recording, delivery, "intended", state="accepted")
        calling.start()
        calling.join(timeout=0.5)  # over at once where nothing keeps the callback back, which is what must not be
        assert heard == []
    calling.join(timeout=60)

    assert heard == ["applied"]


@pytest.mark.postgres
def test_a_callback_waits_for_the_change_that_holds_its_enrollment(server: Service, transports: Transports) -> None:
    id_ = enrolled_id(server, consent="sms,voice")
    send_due(server, transports)
    heard: list[str] = []
    calling = threading.Thread(target=lambda: heard.append(hear(server, "undelivered", code="30003")), daemon=True)
    with server.engine.begin() as change:
        queries.load_enrollment(change, server.vault, id_, lock=True)
        calling.start()
        calling.join(timeout=0.5)
        assert heard == []
        queries.change_enrollment(change, id_, status="cancelled", cancel_reason="patient")
    calling.join(timeout=60)

    assert heard == ["applied"]
    assert the_reminder(server, id_, FIRST).state == "failed"


# Several reminders in one message


def travels_along(service: Service, id_: str, key: str) -> None:
    """As if another reminder had left in the same message."""
    leader, reminder = the_call(service, id_), the_reminder(service, id_, key)
    row = leader | {"id": "f" * 32, "reminder": reminder.id, "leader": leader["id"], "provider_id": None}
    with service.engine.begin() as connection:
        claims.write_intents(connection, [row])
    set_reminder(service, id_, key, state="sent", due_at=None)


def test_what_is_said_of_a_message_counts_for_all_that_travel_in_it(service: Service, sent: str) -> None:
    travels_along(service, sent, "ride")

    assert hear(service, "delivered") == "applied"
    assert {row["state"] for row in calls(service, sent)} == {"delivered"}
    assert the_reminder(service, sent, FIRST).state == the_reminder(service, sent, "ride").state == "delivered"


def test_a_message_that_failed_goes_on_for_all_that_travelled_in_it(service: Service, sent: str) -> None:
    travels_along(service, sent, "ride")
    hear(service, "undelivered", code="30004")

    assert {row["state"] for row in calls(service, sent)} == {"undelivered"}
    assert the_reminder(service, sent, FIRST).state == the_reminder(service, sent, "ride").state == "failed"
    assert task_kinds(service) == ["undelivered", "undelivered"]
