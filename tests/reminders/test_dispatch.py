"""One message, one call: what each answer leads to, and that no worker, race or accident sends twice or writes late."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from queue import Empty, SimpleQueue
from typing import Any

import pytest
from sqlalchemy import Engine, event, select

from reminders import callbacks
from reminders.clock import ManualClock
from reminders.database import claims, operating, queries, tables
from reminders.database.engine import open_engine, reading
from reminders.database.vault import Vault
from reminders.dispatch import GROUP, Report, _gather
from reminders.housekeeping import reopen_transports, settle_expired
from reminders.service import Service
from reminders.transports.base import Accepted, OutboundMessage
from reminders.transports.memory import ACCEPT, MemoryTransport, Outcome, fails, taken_but
from schedules.protocol import Channel
from tests.builders import local
from tests.reminders.builders import (
    ENROLLED,
    Transports,
    a_dispatcher,
    a_service,
    deliveries,
    enrolled_id,
    events,
    everything,
    in_memory,
    meanwhile,
    misconfigured,
    not_sent,
    opted_out,
    refused,
    repeat,
    send_due,
    sent_keys,
    set_reminder,
    states,
    stored,
    task_kinds,
    tasks,
    texts_only,
    the_reminder,
    together,
    unknown,
)

FIRST = "welcome"  # the one reminder that is due at enrollment


def next_due(service: Service) -> Any:
    with reading(service.engine) as connection:
        return claims.next_due(connection)


def only_delivery(service: Service, id_: str) -> dict[str, Any]:
    (found,) = deliveries(service, id_)
    return found


def sms(transports: Transports) -> MemoryTransport:
    return transports[Channel.SMS]


# Sent


def test_a_due_reminder_is_sent_once_and_remembered(service: Service, transports: Transports) -> None:
    id_ = enrolled_id(service)

    assert send_due(service, transports) == Report(sent=1)
    assert send_due(service, transports) == Report()
    reminder, delivery = the_reminder(service, id_, FIRST), only_delivery(service, id_)
    assert (reminder.state, reminder.attempts, reminder.fence, reminder.due_at) == ("sent", 1, 1, None)
    assert (delivery["state"], delivery["provider_id"], delivery["segments"]) == ("accepted", "memory-1", 1)
    assert (delivery["intended_at"], delivery["settled_at"]) == (ENROLLED, ENROLLED)
    assert sent_keys(transports) == [FIRST]


def test_the_message_goes_to_the_patient_and_says_when_it_becomes_wrong(
    service: Service, transports: Transports
) -> None:
    id_ = enrolled_id(service, phone="+12125550123")
    send_due(service, transports)
    (message,) = sms(transports).calls

    assert (message.to, message.enrollment, message.key) == ("+12125550123", id_, FIRST)
    assert message.expires_at == local("2026-12-08 09:00")
    assert message.text.startswith("Example Radiology: ")
    assert message.callback_url is None


def test_a_receipt_is_asked_for_where_the_provider_can_reach_us(
    engine: Engine, vault: Vault, clock: ManualClock
) -> None:
    service = a_service(engine, vault, clock, web={"public_url": "https://reminders.example.org/"})
    transports = in_memory(clock)
    enrolled_id(service)
    enrolled_id(service, consent="email", email="pat@example.org")
    send_due(service, transports)

    asked = sms(transports).calls
    macs = [callbacks.mac_of(service.vault, message.delivery_id) for message in asked]
    address = "https://reminders.example.org/hooks/twilio/status"
    assert [message.callback_url for message in asked] == [f"{address}?mac={mac}" for mac in macs]
    assert [m.callback_url for m in transports[Channel.EMAIL].calls] == [None]


def test_what_leaves_is_kept_sealed_with_its_recipient(service: Service, transports: Transports) -> None:
    enrolled_id(service, phone="+12125550123")
    send_due(service, transports)
    (message,) = sms(transports).calls

    with reading(service.engine) as connection:
        row = connection.execute(select(tables.deliveries)).one()
    assert service.vault.open("deliveries", row.id, "recipient", row.recipient) == "+12125550123"
    assert service.vault.open("deliveries", row.id, "content", row.content) == message.text
    assert row.content_hash == service.vault.lookup("content", message.text)
    assert row.id == message.delivery_id
    assert (row.transport, row.channel, row.fence, row.revision) == ("memory", "sms", 1, 1)


def test_the_subject_of_a_letter_is_kept_with_it(service: Service, clock: ManualClock) -> None:
    transports = in_memory(clock)
    enrolled_id(service, consent="email", email="pat@example.org")
    send_due(service, transports)
    (message,) = transports[Channel.EMAIL].calls

    with reading(service.engine) as connection:
        row = connection.execute(select(tables.deliveries)).one()
    kept = service.vault.open("deliveries", row.id, "content", row.content)
    assert kept == f"{message.subject}\n\n{message.text}"


def test_what_a_call_may_leave_on_a_machine_travels_with_it_and_is_kept_sealed(
    service: Service, clock: ManualClock
) -> None:
    transports = in_memory(clock)
    enrolled_id(service, consent="voice", detailed=True)
    send_due(service, transports)
    (call,) = transports[Channel.VOICE].calls

    with reading(service.engine) as connection:
        row = connection.execute(select(tables.deliveries)).one()
    assert "vertebroplasty" in call.text
    assert call.discreet is not None
    assert "vertebroplasty" not in call.discreet
    assert service.vault.open("deliveries", row.id, "discreet", row.discreet) == call.discreet


def test_a_text_has_no_other_words_for_a_machine(service: Service, transports: Transports) -> None:
    enrolled_id(service)
    send_due(service, transports)

    with reading(service.engine) as connection:
        assert connection.execute(select(tables.deliveries.c.discreet)).scalar_one() is None


def test_the_intent_and_its_lease_are_in_the_store_before_the_provider_is_called(
    service: Service, clock: ManualClock
) -> None:
    seen: list[Any] = []

    def look(message: OutboundMessage) -> Outcome:
        with reading(service.engine) as connection:
            r, d = tables.reminders.c, tables.deliveries.c
            query = select(d.id, d.state, r.state, r.lease_until).join_from(
                tables.deliveries, tables.reminders, r.id == d.reminder
            )
            seen.append((message.delivery_id, tuple(connection.execute(query).one())))
        return ACCEPT

    enrolled_id(service)
    send_due(service, texts_only(clock, decide=look))

    ((delivery, row),) = seen
    assert row == (delivery, "intended", "sending", ENROLLED + timedelta(seconds=60))


def test_several_patients_are_sent_to_in_one_go(service: Service, transports: Transports) -> None:
    for _ in range(3):
        enrolled_id(service)

    assert send_due(service, transports) == Report(sent=3)


def test_a_copy_goes_by_mail_beside_the_text(service: Service, clock: ManualClock) -> None:
    transports = in_memory(clock)
    id_ = enrolled_id(service, consent="sms,email", email="pat@example.org")
    send_due(service, transports)
    clock.move_to(local("2026-11-24 10:00"))

    assert send_due(service, transports) == Report(sent=2)
    assert [m.key for m in transports[Channel.EMAIL].calls] == ["prepare@email"]
    assert the_reminder(service, id_, "prepare@email").state == "sent"


# Surely not sent


def test_what_was_surely_not_sent_is_tried_again_after_a_while(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    sms(transports).script(fails(not_sent()), fails(not_sent()))
    id_ = enrolled_id(service)

    assert send_due(service, transports) == Report(not_sent=1)
    assert next_due(service) == ENROLLED + timedelta(seconds=15)
    clock.advance(timedelta(seconds=14))
    assert send_due(service, transports) == Report()
    clock.advance(timedelta(seconds=1))
    assert send_due(service, transports) == Report(not_sent=1)
    clock.advance(timedelta(seconds=30))
    assert send_due(service, transports) == Report(sent=1)
    assert [row["state"] for row in deliveries(service, id_)] == ["not_sent", "not_sent", "accepted"]
    assert the_reminder(service, id_, FIRST).attempts == 3
    assert len(sms(transports).ledger) == 1


def test_trying_again_ends_at_the_bound_with_a_task(service: Service, clock: ManualClock) -> None:
    transports = texts_only(clock, decide=lambda message: fails(not_sent()))
    id_ = enrolled_id(service)
    set_reminder(service, id_, FIRST, not_after=ENROLLED + timedelta(seconds=40))

    looks = []
    while next_due(service) <= ENROLLED + timedelta(minutes=5):
        clock.move_to(max(next_due(service), clock.now()))
        looks.append(((clock.now() - ENROLLED).total_seconds(), send_due(service, transports)))

    assert looks == [(0, Report(not_sent=1)), (15, Report(not_sent=1)), (40, Report(missed=1))]
    missed = the_reminder(service, id_, FIRST)
    assert missed.state == "missed"
    assert missed.reason is not None
    assert missed.reason.endswith("last: The provider is busy.")
    (task,) = tasks(service)
    assert (task["kind"], task["enrollment"]) == ("missed", id_)


@pytest.mark.parametrize("wish", [float("inf"), float("nan"), 1e18])
def test_a_wish_of_the_provider_that_makes_no_sense_stops_nobody(
    service: Service, transports: Transports, wish: float
) -> None:
    sms(transports).script(fails(not_sent(retry_after=wish)))
    enrolled_id(service)
    enrolled_id(service)

    assert send_due(service, transports) == Report(not_sent=1, sent=1)


# Unknown


@pytest.mark.parametrize("outcome", [taken_but(unknown), fails(unknown)], ids=["taken", "not taken"])
def test_an_unknown_outcome_is_never_called_again_and_a_person_is_told(
    service: Service, clock: ManualClock, outcome: Outcome
) -> None:
    transports = texts_only(clock, can_look_up=False)
    sms(transports).script(outcome)
    id_ = enrolled_id(service)

    assert send_due(service, transports) == Report(unknown=1)
    for _ in range(20):
        clock.advance(timedelta(hours=20))
        settle_expired(service, {})
        send_due(service, transports)
    assert sent_keys(transports).count(FIRST) == 1
    assert the_reminder(service, id_, FIRST).state == "unknown"
    assert deliveries(service, id_)[0]["state"] == "unknown"
    assert [(task["kind"], task["urgent"]) for task in tasks(service) if task["kind"] == "unknown"] == [
        ("unknown", True)
    ]


def test_a_transport_that_breaks_may_have_sent_its_message(service: Service, transports: Transports) -> None:
    sms(transports).script(Outcome(taken=True, failure=lambda: ZeroDivisionError("our own mistake")))
    id_ = enrolled_id(service)
    enrolled_id(service)

    assert send_due(service, transports) == Report(unknown=1, sent=1)
    assert only_delivery(service, id_)["code"] == "error"


# Refused, and opted out


def test_a_refusal_goes_on_by_the_next_consented_channel_and_opens_a_task(service: Service, clock: ManualClock) -> None:
    transports = in_memory(clock)
    sms(transports).script(fails(refused))
    id_ = enrolled_id(service, consent="sms,email", email="pat@example.org")

    assert send_due(service, transports) == Report(refused=1, sent=1)
    assert {row["channel"]: row["state"] for row in deliveries(service, id_)} == {"sms": "refused", "email": "accepted"}
    assert (the_reminder(service, id_, FIRST).state, the_reminder(service, id_, FIRST).channel) == ("sent", "email")
    (task,) = tasks(service)
    assert (task["kind"], task["urgent"]) == ("refused", True)
    assert "(by sms)" in task["reason"]


def test_a_refusal_without_another_channel_has_failed(service: Service, transports: Transports) -> None:
    sms(transports).script(fails(refused))
    id_ = enrolled_id(service)

    assert send_due(service, transports) == Report(refused=1)
    assert the_reminder(service, id_, FIRST).state == "failed"
    assert task_kinds(service) == ["refused"]


def test_a_refusal_by_every_channel_is_one_task(service: Service, clock: ManualClock) -> None:
    transports = in_memory(clock, decide=lambda message: fails(refused))
    id_ = enrolled_id(service, consent="sms,email,voice", email="pat@example.org")

    assert send_due(service, transports) == Report(refused=3)
    assert the_reminder(service, id_, FIRST).state == "failed"
    assert task_kinds(service) == ["refused"]


def test_who_opts_out_gets_no_further_text(service: Service, transports: Transports, clock: ManualClock) -> None:
    sms(transports).script(fails(opted_out))
    id_ = enrolled_id(service)
    for text in ("2026-11-20 12:00", "2026-11-24 10:00", "2026-12-05 12:00"):
        clock.move_to(local(text))
        send_due(service, transports)

    assert len(sms(transports).calls) == 1
    assert [line["action"] for line in events(service, id_)] == ["enroll", "opt-out"]
    assert (states(service, id_)["prepare"], states(service, id_)["ride"]) == ("missed", "missed")
    assert "no-channel" in task_kinds(service)


def test_an_opt_out_closes_consent_for_everybody_at_the_number_and_for_nobody_else(
    service: Service, transports: Transports
) -> None:
    both = [enrolled_id(service, phone="+12125550123", name=name) for name in ("Pat Example", "Sam Example")]
    other = enrolled_id(service, phone="+12125550124")
    sms(transports).script(fails(opted_out))
    send_due(service, transports)

    assert [list(stored(service, id_).consents) for id_ in both] == [[], []]
    assert list(stored(service, other).consents) == [Channel.SMS]
    assert [events(service, id_)[-1]["action"] for id_ in both] == ["opt-out", "opt-out"]


def test_an_opt_out_is_the_numbers_that_was_called_whatever_the_patients_is_by_now(
    service: Service, clock: ManualClock
) -> None:
    old, new = "+12125550123", "+12125550124"

    def move_house(message: OutboundMessage) -> Outcome:
        with service.engine.begin() as connection:
            queries.change_enrollment(connection, id_, phone_lookup=service.vault.lookup("phone", new))
        return fails(opted_out)

    id_ = enrolled_id(service, phone=old)
    neighbor = enrolled_id(service, phone=new, name="Sam Example")
    set_reminder(service, neighbor, FIRST, state="sent")
    send_due(service, texts_only(clock, decide=move_house))

    assert list(stored(service, neighbor).consents) == [Channel.SMS]


def test_an_opt_out_from_texts_leaves_letters_alone(service: Service, clock: ManualClock) -> None:
    transports = in_memory(clock)
    sms(transports).script(fails(opted_out))
    id_ = enrolled_id(service, consent="sms,email", email="pat@example.org")

    assert send_due(service, transports) == Report(refused=1, sent=1)
    assert list(stored(service, id_).consents) == [Channel.EMAIL]


def test_an_opt_out_from_letters_counts_for_everybody_at_the_address(service: Service, clock: ManualClock) -> None:
    transports = in_memory(clock)
    transports[Channel.EMAIL].script(fails(opted_out))
    both = [enrolled_id(service, consent="email", email=at) for at in ("pat@example.org", "PAT@example.org")]
    send_due(service, transports)

    assert [list(stored(service, id_).consents) for id_ in both] == [[], []]


def test_a_second_opt_out_of_one_number_is_not_logged_again(service: Service, clock: ManualClock) -> None:
    transports = texts_only(clock, decide=lambda message: fails(opted_out))
    id_ = enrolled_id(service, phone="+12125550123", name="Pat Example")
    enrolled_id(service, phone="+12125550123", name="Sam Example")
    send_due(service, transports)

    assert [line["action"] for line in events(service, id_)] == ["enroll", "opt-out"]


# Our own set-up at fault


def test_a_fault_of_our_set_up_pauses_the_transport_and_loses_nothing(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    ids = [enrolled_id(service) for _ in range(3)]
    sms(transports).problems = ("The account was refused.",)
    sms(transports).script(fails(misconfigured))

    assert send_due(service, transports) == Report(not_sent=3)
    assert len(sms(transports).calls) == 1  # the others need not knock at the same door
    assert [the_reminder(service, id_, FIRST).state for id_ in ids] == ["planned"] * 3
    assert task_kinds(service) == ["transport"]
    clock.advance(timedelta(minutes=10))
    assert reopen_transports(service, transports) == []
    assert send_due(service, transports) == Report()
    assert len(sms(transports).calls) == 1


def test_a_mended_transport_is_opened_again_and_everything_leaves(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    for _ in range(3):
        enrolled_id(service)
    sms(transports).script(fails(misconfigured))
    send_due(service, transports)
    clock.advance(timedelta(minutes=2))

    assert reopen_transports(service, transports) == ["sms"]
    assert send_due(service, transports) == Report(sent=3)


def test_a_fault_that_another_worker_has_reported_is_not_reported_again(service: Service, clock: ManualClock) -> None:
    def report(message: OutboundMessage) -> Outcome:
        with service.engine.begin() as connection:
            operating.pause(connection, "transport:sms", reason="The account was refused.", by="system", now=ENROLLED)
        return fails(misconfigured)

    enrolled_id(service)

    assert send_due(service, texts_only(clock, decide=report)) == Report(not_sent=1)
    assert tasks(service) == []


def test_a_paused_transport_keeps_only_its_own_messages(service: Service, clock: ManualClock) -> None:
    transports = in_memory(clock)
    sms(transports).script(fails(misconfigured))
    enrolled_id(service)
    enrolled_id(service, consent="email", email="pat@example.org")

    assert send_due(service, transports) == Report(not_sent=1, sent=1)


def test_a_reminder_that_grows_wrong_while_its_transport_is_paused_is_missed_with_a_task(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    sms(transports).script(fails(misconfigured))
    id_ = enrolled_id(service)
    set_reminder(service, id_, FIRST, not_after=ENROLLED + timedelta(seconds=90))
    send_due(service, transports)
    for _ in range(2):
        clock.advance(timedelta(minutes=1))
        send_due(service, transports)

    missed = the_reminder(service, id_, FIRST)
    assert missed.state == "missed"
    assert missed.reason is not None
    assert missed.reason.endswith("last: the sms transport is paused by system: The account was refused.")
    assert task_kinds(service) == ["missed", "transport"]


# Too long in the queue


def test_a_call_that_waited_too_long_for_a_sender_goes_back_unsent_and_is_checked_again(
    service: Service, clock: ManualClock
) -> None:
    slow = iter([timedelta(seconds=6)])

    def take_long(message: OutboundMessage) -> Outcome:
        clock.advance(next(slow, timedelta(0)))
        return ACCEPT

    transports = texts_only(clock, decide=take_long)
    ids = [enrolled_id(service) for _ in range(2)]

    assert send_due(service, transports) == Report(sent=2, not_sent=1)
    by_state = sorted([row["code"] or row["state"] for row in deliveries(service, id_)] for id_ in ids)
    assert by_state == [["accepted"], ["sent-back", "accepted"]]
    assert len(sms(transports).calls) == 2


def test_a_call_that_waited_five_seconds_is_still_made(service: Service, clock: ManualClock) -> None:
    pace = iter([timedelta(seconds=5)])

    def take_long(message: OutboundMessage) -> Outcome:
        clock.advance(next(pace, timedelta(0)))
        return ACCEPT

    enrolled_id(service)
    enrolled_id(service)

    assert send_due(service, texts_only(clock, decide=take_long)) == Report(sent=2)


def test_a_call_whose_lease_is_over_is_never_made(engine: Engine, vault: Vault, clock: ManualClock) -> None:
    hasty = {"sms": {"kind": "memory", "timeout_seconds": 1}}
    service = a_service(engine, vault, clock, worker={"senders": 1, "lease_seconds": 5}, transports=hasty)
    id_, transports = enrolled_id(service), texts_only(clock)
    meanwhile(engine, "INSERT INTO deliveries", lambda _: clock.advance(timedelta(seconds=5)))

    assert send_due(service, transports) == Report(sent=1, not_sent=1)
    assert [row["code"] or row["state"] for row in deliveries(service, id_)] == ["sent-back", "accepted"]
    assert len(sms(transports).calls) == 1


def test_a_claim_takes_what_its_transport_can_send_in_about_two_seconds(service: Service, clock: ManualClock) -> None:
    def take_a_moment(message: OutboundMessage) -> Outcome:
        clock.advance(timedelta(milliseconds=50))
        return ACCEPT

    id_ = enrolled_id(service)
    repeat(service, id_, FIRST, 100)
    send_due(service, texts_only(clock, decide=take_a_moment))

    written = [row["intended_at"] for row in deliveries(service, id_)]
    assert [written.count(instant) for instant in sorted(set(written))] == [50, 40, 10]


# A worker that lost its lease


@pytest.fixture
def overtaken(service: Service, clock: ManualClock) -> Callable[[Outcome], Transports]:
    """A transport in the middle of whose call the lease runs out and housekeeping takes the reminder away."""

    def make(outcome: Outcome) -> Transports:
        def freeze(message: OutboundMessage) -> Outcome:
            clock.advance(timedelta(seconds=61))
            assert settle_expired(service, {}) == 1
            return outcome

        return texts_only(clock, decide=freeze)

    return make


@pytest.mark.parametrize(
    ("outcome", "word"),
    [(ACCEPT, "sent"), (fails(not_sent()), "not_sent"), (fails(opted_out), "refused"), (fails(unknown), "unknown")],
    ids=["accepted", "not sent", "opted out", "unknown"],
)
def test_a_late_writer_changes_nothing_and_leaves_word(
    service: Service, overtaken: Callable[[Outcome], Transports], outcome: Outcome, word: str
) -> None:
    id_ = enrolled_id(service)

    assert send_due(service, overtaken(outcome)) == Report()
    assert the_reminder(service, id_, FIRST).state == "unknown"
    assert only_delivery(service, id_)["state"] == "unknown"
    late = events(service, id_)[-1]
    assert (late["action"], late["after"]["outcome"]) == ("late-outcome", word)
    assert late["after"]["delivery"] == only_delivery(service, id_)["id"]
    assert task_kinds(service) == ["unknown"]


def test_what_the_provider_said_too_late_is_not_thrown_away(
    service: Service, overtaken: Callable[[Outcome], Transports]
) -> None:
    id_ = enrolled_id(service)
    send_due(service, overtaken(ACCEPT))

    assert events(service, id_)[-1]["after"]["provider_id"] == "memory-1"


def test_one_late_outcome_does_not_take_its_group_along(service: Service, clock: ManualClock) -> None:
    ids = [enrolled_id(service) for _ in range(3)]
    taken = ids[0]

    def steal(message: OutboundMessage) -> Outcome:
        if message.enrollment == taken:
            set_reminder(service, taken, FIRST, lease_until=ENROLLED - timedelta(seconds=1))
            settle_expired(service, {})
        return ACCEPT

    assert send_due(service, texts_only(clock, decide=steal)) == Report(sent=2)
    assert [the_reminder(service, id_, FIRST).state for id_ in ids] == ["unknown", "sent", "sent"]


def test_a_claim_that_took_the_reminder_over_keeps_it(service: Service, clock: ManualClock) -> None:
    def overtake(message: OutboundMessage) -> Outcome:
        set_reminder(service, id_, FIRST, fence=2)
        return ACCEPT

    id_ = enrolled_id(service)

    assert send_due(service, texts_only(clock, decide=overtake)) == Report()
    assert the_reminder(service, id_, FIRST).state == "sending"


# What cannot be written


def break_on(
    engine: Engine, start: str, *, when: Callable[[Any], bool] = lambda parameters: True
) -> Callable[[], None]:
    """Make statements of a kind fail until the returned function is called."""

    def fail(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith(start) and when(parameters):
            raise RuntimeError("the disk is full")

    event.listen(engine, "before_cursor_execute", fail)
    return lambda: event.remove(engine, "before_cursor_execute", fail)


def test_one_outcome_that_cannot_be_written_does_not_take_its_group_along(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    sms(transports).script(ACCEPT, fails(refused), ACCEPT)
    ids = [enrolled_id(service) for _ in range(3)]
    mend = break_on(service.engine, "INSERT INTO tasks")

    assert send_due(service, transports) == Report(sent=2)
    mend()
    found = [the_reminder(service, id_, FIRST).state.value for id_ in ids]
    assert sorted(found) == ["sending", "sent", "sent"]
    clock.advance(timedelta(seconds=61))
    assert settle_expired(service, {}) == 1
    assert task_kinds(service) == ["unknown"]
    assert send_due(service, transports) == Report()


def test_a_store_that_cannot_take_intents_lets_nothing_leave(service: Service, transports: Transports) -> None:
    id_ = enrolled_id(service)
    mend = break_on(service.engine, "INSERT INTO deliveries")

    with pytest.raises(RuntimeError):
        send_due(service, transports)
    mend()
    assert sms(transports).calls == ()
    assert the_reminder(service, id_, FIRST).state == "planned"
    assert send_due(service, transports) == Report(sent=1)


# Groups


class Paced:
    """Answers that come one by one, each after its wait on the hand-moved clock."""

    def __init__(self, clock: ManualClock, *waits: float) -> None:
        self._clock, self._waits = clock, list(waits)

    def get(self, timeout: float | None = None) -> Any:
        wait = self._waits[0] if self._waits else float("inf")
        if timeout is not None and wait > timeout:
            self._clock.sleep(timeout)
            raise Empty
        self._clock.sleep(self._waits.pop(0))
        return "intent", "answer"


@pytest.mark.parametrize(
    ("waits", "most", "size"),
    [
        ([0.0] * (GROUP + 9), GROUP + 9, GROUP),
        ([0.0] * 3, 3, 3),
        ([7.0, 0.0, 0.0], 9, 3),
        ([0.0, 0.15, 0.15, 0.15], 9, 2),
        ([0.0, 0.3], 9, 1),
    ],
    ids=[
        "so many at most",
        "all there are",
        "the first may take its time",
        "a fifth of a second for all",
        "none in time",
    ],
)
def test_outcomes_are_written_in_groups_of_some_or_what_comes_in_a_fifth_of_a_second(
    clock: ManualClock, waits: list[float], most: int, size: int
) -> None:
    answers: Any = Paced(clock, *waits)

    assert len(_gather(answers, most, clock)) == size


def test_answers_that_are_there_already_make_one_group(clock: ManualClock) -> None:
    answers: Any = SimpleQueue()
    for number in range(5):
        answers.put((number, Accepted(provider_id=None)))

    found: list[Any] = _gather(answers, 5, clock)
    assert [number for number, _ in found] == [0, 1, 2, 3, 4]


# Stopping


def test_a_dispatcher_that_is_told_to_stop_finishes_its_claim_and_takes_no_other(
    service: Service, clock: ManualClock
) -> None:
    id_ = enrolled_id(service)
    repeat(service, id_, FIRST, 60)

    def stop(message: OutboundMessage) -> Outcome:
        dispatcher.stopping.set()
        return ACCEPT

    with a_dispatcher(service, texts_only(clock, decide=stop)) as dispatcher:
        assert dispatcher.run_due() == Report(sent=50)
        assert dispatcher.run_due() == Report()
    assert sorted(reminder.state for reminder in everything(service, id_) if reminder.key == FIRST) == (
        ["planned"] * 10 + ["sent"] * 50
    )


# Two at once


def test_two_workers_send_each_reminder_once(service: Service, clock: ManualClock) -> None:
    """Each holds its first call until the other has made one too: both are at work at the same time."""
    id_ = enrolled_id(service)
    repeat(service, id_, FIRST, 60)
    both = threading.Barrier(2)

    def a_worker() -> tuple[Report, Transports]:
        waiting = iter([both.wait])

        def meet(message: OutboundMessage) -> Outcome:
            next(waiting, lambda timeout: None)(timeout=60)
            return ACCEPT

        transports = texts_only(clock, decide=meet)
        return send_due(service, transports), transports

    (one, first), (two, second) = together(a_worker, a_worker)

    assert one.sent + two.sent == 60
    assert min(one.sent, two.sent) > 0
    assert len(sms(first).calls) + len(sms(second).calls) == 60
    assert {reminder.state for reminder in everything(service, id_) if reminder.key == FIRST} == {"sent"}
    rounds = [row["reminder"] for row in deliveries(service, id_)]
    assert len(rounds) == len(set(rounds)) == 60


@pytest.fixture
def server(postgres_url: str, vault: Vault, clock: ManualClock) -> Iterator[Service]:
    """A service on PostgreSQL alone: SQLite lets only one transaction write at all."""
    engine = open_engine(postgres_url)
    yield a_service(engine, vault, clock)
    engine.dispose()


@pytest.mark.postgres
def test_a_claim_passes_over_an_enrollment_that_a_change_holds_and_sends_it_later(
    server: Service, transports: Transports
) -> None:
    held, free = enrolled_id(server), enrolled_id(server)
    with server.engine.begin() as change:
        assert queries.load_enrollment(change, server.vault, held, lock=True)

        assert send_due(server, transports) == Report(sent=1)
    assert [message.enrollment for message in sms(transports).calls] == [free]
    assert send_due(server, transports) == Report(sent=1)


@pytest.mark.postgres
def test_a_change_waits_for_the_claim_that_has_read_its_enrollment(server: Service, transports: Transports) -> None:
    """After the change's commit no intent of the old plan may be written, so the claim's must come first."""
    id_ = enrolled_id(server)
    order: list[str] = []

    def change() -> None:
        with server.engine.begin() as connection:
            queries.load_enrollment(connection, server.vault, id_, lock=True)
            order.append("change")

    changing = threading.Thread(target=change, daemon=True)

    def meanwhile(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("INSERT INTO deliveries"):
            changing.start()
            changing.join(timeout=0.5)  # over at once where nothing keeps the change out, which is what must not be
            order.append("intent")

    event.listen(server.engine, "before_cursor_execute", meanwhile)
    send_due(server, transports)
    changing.join(timeout=60)

    assert order == ["intent", "change"]


@pytest.mark.postgres
def test_an_opt_out_waits_for_the_claim_that_has_read_the_open_consent(server: Service, clock: ManualClock) -> None:
    """One patient's call is answered by an opt-out while another worker claims the other patient of that number."""
    one, two = (enrolled_id(server, phone="+12125550123", name=name) for name in ("Pat Example", "Sam Example"))
    set_reminder(server, two, FIRST, due_at=ENROLLED + timedelta(hours=1))
    order: list[str] = []
    claimed, closed = threading.Event(), threading.Event()
    claiming = threading.Thread(target=lambda: send_due(server, texts_only(clock)), daemon=True)

    def watch(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("INSERT INTO deliveries"):
            claimed.set()
            closed.wait(timeout=0.5)  # set at once where nothing keeps the opt-out back, which is what must not be
            order.append("intent")
        if statement.startswith("UPDATE consents"):
            order.append("opt-out")
            closed.set()

    def opt_out_meanwhile(message: OutboundMessage) -> Outcome:
        clock.advance(timedelta(hours=1))
        event.listen(server.engine, "before_cursor_execute", watch)
        claiming.start()
        claimed.wait(timeout=60)
        return fails(opted_out)

    send_due(server, texts_only(clock, decide=opt_out_meanwhile))
    claiming.join(timeout=60)

    assert order == ["intent", "opt-out"]
    assert [list(stored(server, id_).consents) for id_ in (one, two)] == [[], []]


def test_a_cancel_that_commits_before_the_claim_means_no_call(service: Service, transports: Transports) -> None:
    id_ = enrolled_id(service)
    with service.engine.begin() as connection:
        queries.change_enrollment(connection, id_, status="cancelled", cancel_reason="patient")

    assert send_due(service, transports) == Report()
    assert sms(transports).calls == ()
    assert states(service, id_)[FIRST] == "withdrawn"
