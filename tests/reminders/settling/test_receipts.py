"""What receipts do to a delivery and its reminder: all orders end alike, failures fall back, silence counts."""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from itertools import count
from math import perm
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, event, select

from reminders.changes.ordering import NewContact, change_contact
from reminders.changes.recording import record_arrival
from reminders.changes.rescheduling import cancel
from reminders.clock import ManualClock
from reminders.database import operating, queries, tables
from reminders.database.engine import open_engine, reading
from reminders.database.vault import Vault
from reminders.dispatch import Report
from reminders.hooks.apply import apply_status
from reminders.housekeeping import keep_house, reopen_transports
from reminders.pausing import resume
from reminders.receipt_ranks import Progress, progress_of
from reminders.service import Service
from reminders.settling.awaiting import end_silent
from reminders.settling.receipts import apply
from reminders.transports.base import OutboundMessage, Refused, Scope
from reminders.transports.memory import ACCEPT, Outcome, fails, taken_but
from schedules.protocol import Channel
from tests.builders import local
from tests.databases import Pool
from tests.reminders.builders import (
    ENROLLED,
    Transports,
    a_clock,
    a_phone,
    a_service,
    enrolled_id,
    events,
    in_memory,
    send_due,
    sent_keys,
    set_reminder,
    states,
    stored,
    task_kinds,
    tasks,
    the_reminder,
    unknown,
)
from tests.reminders.hearing import hears
from tests.reminders.receiving import SID, an_event, calls, hear, set_delivery, the_call

FIRST = "welcome"


@pytest.fixture
def transports(clock: ManualClock) -> Transports:
    """Every channel, by providers that promise a receipt."""
    return in_memory(clock, promises_receipts=True)


def a_sent_one(service: Service, transports: Transports, consent: str = "sms", **changes: Any) -> str:
    """A patient whose first text has been taken."""
    id_ = enrolled_id(service, consent=consent, **changes)
    assert send_due(service, transports).sent == 1
    return id_


def first(service: Service, id_: str) -> Any:
    return the_reminder(service, id_, FIRST)


def states_of_calls(service: Service, id_: str) -> list[tuple[str, str]]:
    return [(row["channel"], row["state"]) for row in calls(service, id_)]


def only_task(service: Service) -> dict[str, Any]:
    (task,) = tasks(service)
    return task


# All orders end alike

WORDS = ("queued", "sending", "sent", "delivered", "undelivered")


class OneTransaction:
    """An engine all of whose transactions are this one, so that what a sequence did can be taken back."""

    def __init__(self, connection: Connection) -> None:
        self.begin = lambda: nullcontext(connection)


def is_contradiction(said: Sequence[str]) -> bool:
    return {progress_of(word) for word in said} >= {Progress.ARRIVED, Progress.FAILED}


def left_behind(connection: Connection, said: Sequence[str]) -> Any:
    """All that must be the same; tasks only where the provider did not contradict itself."""
    d, r, t = tables.deliveries.c, tables.reminders.c, tables.tasks.c
    call = connection.execute(select(d.state, d.receipt, d.provider_id, d.receipt_due_at)).all()
    reminder = connection.execute(select(r.state, r.channel).where(r.key == FIRST)).all()
    causes = connection.execute(select(t.cause, t.urgent, t.state).order_by(t.cause)).all()
    return call, reminder, None if is_contradiction(said) else causes


def walk(service: Service, connection: Connection, code: str, left: Sequence[str], said: Sequence[str]) -> Any:
    """Every order of every part of some words, each with what it left behind."""
    for word in left:
        with connection.begin_nested() as point:
            now = [*said, word]
            assert apply_status(service, an_event(word, code=code)) == "applied"
            assert apply_status(service, an_event(now[0], code=code)) == "repeated"
            yield now, left_behind(connection, now)
            yield from walk(service, connection, code, [other for other in left if other != word], now)
            point.rollback()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("other", "code", "consent", "start"),
    [
        ("read", "30004", "sms", "accepted"),
        ("failed", "30003", "sms", "accepted"),
        ("read", "30006", "sms,voice", "unknown"),
    ],
)
def test_all_orders_of_up_to_six_events_end_alike(
    sqlite_url: str, vault: Vault, other: str, code: str, consent: str, start: str
) -> None:
    clock = a_clock()
    service = a_service(open_engine(sqlite_url), vault, clock)
    transports = in_memory(clock)
    id_ = enrolled_id(service, consent=consent)
    transports[Channel.SMS].script(ACCEPT if start == "accepted" else taken_but(unknown))
    send_due(service, transports)
    set_delivery(service, the_call(service, id_)["id"], provider_id=SID)  # so that it is found without our own id
    found: dict[frozenset[str], list[Any]] = {}
    orders = 0
    with service.engine.connect() as connection, connection.begin() as transaction:
        together = replace(service, engine=OneTransaction(connection))  # type: ignore[arg-type]
        for said, left in walk(together, connection, code, (*WORDS, other), []):
            orders += 1
            ends = found.setdefault(frozenset(said), [])
            ends.append(left) if left not in ends else None
        transaction.rollback()
    service.engine.dispose()

    assert orders == sum(perm(6, taken) for taken in range(1, 7)) == 1_956  # every order of every part
    assert len(found) == 2**6 - 1  # every part of the six
    assert {said: ends for said, ends in found.items() if len(ends) > 1} == {}
    assert {ends[0][0][0].state for said, ends in found.items() if "delivered" in said} == {"delivered"}
    assert {ends[0][1][0].state for said, ends in found.items() if "delivered" in said} == {"delivered"}


@pytest.fixture(scope="module")
def house(postgres_pool: Pool) -> Iterator[Service]:
    """One installation on PostgreSQL for all examples: each patient is another one."""
    folder = Path(tempfile.mkdtemp(prefix="receipts-"))
    with postgres_pool.lent() as url:
        engine = open_engine(url)
        yield a_service(engine, Vault.create(folder / "reminders.key"), a_clock())
        engine.dispose()
    shutil.rmtree(folder)


sids = count(1)


@pytest.mark.postgres
@given(
    said=st.lists(st.sampled_from([*WORDS, "read", "failed", "canceled", "an unknown word"]), min_size=1, max_size=8),
    code=st.sampled_from(["30003", "30004", "30006", None]),
    consent=st.sampled_from(["sms", "sms,voice"]),
)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_words_in_any_order_with_any_repeats_end_alike_on_postgresql(
    house: Service, said: list[str], code: str | None, consent: str
) -> None:
    ends = []
    for order in (said, sorted(said), [*reversed(said), *said]):
        transports, number = in_memory(house.clock), next(sids)
        id_ = enrolled_id(house, consent=consent, phone=f"+1212555{number % 10_000:04}", name=f"Pat Example {number}")
        send_due(house, {Channel.SMS: transports[Channel.SMS]})
        row = the_call(house, id_)
        set_delivery(house, row["id"], provider_id=f"SM{number}")
        for word in order:
            hear(house, word, code=code, delivery=row["id"], provider_id=f"SM{number}")
        call, reminder = the_call(house, id_), first(house, id_)
        kinds = sorted(task["kind"] for task in tasks(house) if task["enrollment"] == id_)
        ends.append((call["state"], call["receipt"], reminder.state, None if is_contradiction(said) else kinds))

    assert ends[0] == ends[1] == ends[2]


def test_an_event_that_is_applied_again_without_the_ledger_changes_nothing(
    service: Service, transports: Transports
) -> None:
    id_ = a_sent_one(service, transports, "sms,voice")
    hear(service, "undelivered", code="30006")
    before = calls(service, id_), states(service, id_), tasks(service), events(service, id_)
    with service.engine.begin() as connection:
        assert apply(service, connection, an_event("undelivered", code="30006"), ENROLLED) == "applied"

    assert (calls(service, id_), states(service, id_), tasks(service), events(service, id_)) == before


# Arrived


def test_a_receipt_makes_a_sent_reminder_delivered(service: Service, transports: Transports) -> None:
    id_ = a_sent_one(service, transports)
    assert hear(service, "delivered") == "applied"

    call, reminder = the_call(service, id_), first(service, id_)
    assert (call["state"], call["receipt"], call["receipt_due_at"]) == ("delivered", "delivered", None)
    assert (reminder.state, reminder.reason, reminder.due_at) == ("delivered", None, None)
    assert tasks(service) == []


def test_words_on_the_way_are_kept_and_move_nothing(service: Service, transports: Transports) -> None:
    id_ = a_sent_one(service, transports)
    for word in ("sent", "queued"):
        hear(service, word)

    call = the_call(service, id_)
    assert (call["state"], call["receipt"]) == ("accepted", "sent")
    assert call["receipt_due_at"] == ENROLLED + timedelta(hours=4)
    assert first(service, id_).state == "sent"


def test_a_call_that_a_machine_took_says_so(service: Service, transports: Transports) -> None:
    id_ = a_sent_one(service, transports, "voice")
    hear(service, "delivered", reason="left on an answering machine")

    assert the_call(service, id_)["reason"] == "left on an answering machine"


@pytest.mark.parametrize("word", ["queued", "delivered"])
def test_a_lost_answer_is_settled_by_its_callback(service: Service, transports: Transports, word: str) -> None:
    transports[Channel.SMS].can_look_up = False
    transports[Channel.SMS].script(taken_but(unknown))
    id_ = enrolled_id(service)
    send_due(service, transports)
    assert task_kinds(service) == ["unknown"]
    hear(service, word, delivery=the_call(service, id_)["id"], provider_id="SM7")

    call, reminder = the_call(service, id_), first(service, id_)
    state = {"queued": ("accepted", "sent"), "delivered": ("delivered", "delivered")}[word]
    assert (call["state"], reminder.state) == state
    assert (call["provider_id"], call["code"], call["reason"], reminder.reason) == ("SM7", None, None, None)
    assert tasks(service) == []
    assert send_due(service, transports) == Report()


def test_a_lost_answer_that_was_settled_waits_for_its_receipt_like_any(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    transports[Channel.SMS].script(taken_but(unknown))
    id_ = enrolled_id(service)
    send_due(service, transports)
    clock.advance(timedelta(minutes=10))
    hear(service, "queued", delivery=the_call(service, id_)["id"])

    assert the_call(service, id_)["receipt_due_at"] == clock.now() + timedelta(hours=4)


def test_a_lost_answer_whose_message_failed_goes_on_by_the_next_channel(
    service: Service, transports: Transports
) -> None:
    transports[Channel.SMS].script(taken_but(unknown))
    id_ = enrolled_id(service, consent="sms,voice")
    send_due(service, transports)
    hear(service, "undelivered", code="30003", delivery=the_call(service, id_)["id"])

    assert send_due(service, transports) == Report(sent=1)
    assert sorted(states_of_calls(service, id_)) == [("sms", "undelivered"), ("voice", "accepted")]


# The number


@pytest.mark.parametrize("code", ["21614", "30005", "30006", "21211", "21635"])
def test_a_landline_gets_a_call_and_staff_are_told_once(service: Service, transports: Transports, code: str) -> None:
    id_ = a_sent_one(service, transports, "sms,voice")
    hear(service, "undelivered", code=code)

    assert list(stored(service, id_).consents) == [Channel.VOICE]
    assert send_due(service, transports) == Report(sent=1)
    assert sorted(states_of_calls(service, id_)) == [("sms", "undelivered"), ("voice", "accepted")]
    task = only_task(service)
    assert (task["kind"], task["urgent"]) == ("unreachable", False)
    assert task["reason"] == f"The number cannot receive texts ({code}). Voice is used from now on."


def test_the_consent_says_why_it_was_closed(service: Service, transports: Transports) -> None:
    id_ = a_sent_one(service, transports)
    hear(service, "undelivered", code="30006")
    c = tables.consents.c
    with reading(service.engine) as connection:
        row = connection.execute(select(c.closed_by, c.closed_reason).where(c.enrollment == id_)).one()

    assert tuple(row) == ("provider", "cannot receive texts (30006)")
    assert [event["action"] for event in events(service, id_)] == ["enroll", "unreachable", "undelivered"]


def test_a_number_without_consent_to_calls_is_a_matter_for_staff(service: Service, transports: Transports) -> None:
    id_ = a_sent_one(service, transports)
    hear(service, "undelivered", code="30006")

    assert first(service, id_).state == "failed"
    asked = {task["kind"]: task for task in tasks(service)}
    assert sorted(asked) == ["undelivered", "unreachable"]
    assert asked["unreachable"]["reason"].endswith("Ask the patient for another number or for consent to calls.")
    assert asked["unreachable"]["urgent"]


def test_a_bad_number_counts_for_every_enrollment_on_it_and_for_no_other(
    service: Service, transports: Transports
) -> None:
    mine = a_sent_one(service, transports, "sms,voice", phone="+12125550123", name="Pat Example")
    others = enrolled_id(service, consent="sms,voice", phone="+12125550123", name="Sam Example")
    neighbor = enrolled_id(service, consent="sms,voice", phone="+12125550124")
    hear(service, "undelivered", code="30006")

    assert [list(stored(service, id_).consents) for id_ in (mine, others)] == [[Channel.VOICE]] * 2
    assert len(stored(service, neighbor).consents) == 2
    assert {task["enrollment"] for task in tasks(service)} == {mine, others}


def test_the_same_number_refused_at_the_call_is_handled_alike(service: Service, transports: Transports) -> None:
    def landline() -> Refused:
        return Refused("bad-address", "The number is a landline.", provider_code="21635", scope=Scope.ADDRESS)

    transports[Channel.SMS].script(fails(landline))
    id_ = enrolled_id(service, consent="sms,voice")

    assert send_due(service, transports) == Report(refused=1, sent=1)
    assert list(stored(service, id_).consents) == [Channel.VOICE]
    assert only_task(service)["reason"] == "The number cannot receive texts (21635). Voice is used from now on."


def test_an_opt_out_that_only_the_receipt_tells_closes_consent(service: Service, transports: Transports) -> None:
    id_ = a_sent_one(service, transports, "sms,email", email="pat@example.org")
    hear(service, "failed", code="21610")

    assert list(stored(service, id_).consents) == [Channel.EMAIL]
    assert [event["action"] for event in events(service, id_)] == ["enroll", "opt-out", "undelivered"]
    assert first(service, id_).channel == "email"


def test_an_opt_out_that_is_told_after_a_new_consent_closes_nothing(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    id_ = a_sent_one(service, transports)
    clock.advance(timedelta(minutes=1))
    hears(service, id_, "STOP")
    hears(service, id_, "START")
    hear(service, "failed", code="21610")

    assert list(stored(service, id_).consents) == [Channel.SMS]


# Our own set-up


@pytest.mark.parametrize("code", ["30007", "30034", "20003", "30024", "30032", "30002"])
def test_our_own_fault_pauses_the_transport_and_blames_no_number(
    service: Service, transports: Transports, code: str
) -> None:
    transports[Channel.SMS].problems = ("Not registered.",)
    id_ = a_sent_one(service, transports, "sms,voice")
    hear(service, "undelivered", code=code)

    assert len(stored(service, id_).consents) == 2
    with reading(service.engine) as connection:
        assert list(operating.pauses(connection)) == ["transport:sms"]
    assert (only_task(service)["kind"], only_task(service)["urgent"]) == ("transport", True)
    assert reopen_transports(service, transports) == []
    assert send_due(service, transports) == Report(sent=1)
    assert sorted(states_of_calls(service, id_)) == [("sms", "undelivered"), ("voice", "accepted")]


def test_without_another_channel_it_waits_until_our_fault_is_mended(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    id_ = a_sent_one(service, transports)
    hear(service, "undelivered", code="30034")
    clock.advance(timedelta(minutes=2))

    assert send_due(service, transports) == Report()
    waiting = first(service, id_)
    assert waiting.state == "planned"
    assert (waiting.reason or "").startswith("the sms transport is paused by provider: Our sending number is not")
    assert reopen_transports(service, transports) == []  # the account looks well: it cannot tell
    assert "Then `reminders resume --transport sms`." in only_task(service)["reason"]
    resume(service, transport="sms", by="operator")
    clock.advance(timedelta(minutes=2))
    assert send_due(service, transports) == Report(sent=1)
    assert task_kinds(service) == ["transport"]


def test_a_fault_of_ours_that_stays_is_a_persons_matter_in_the_end(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    id_ = a_sent_one(service, transports)
    for number in (1, 2, 3):
        hear(service, "undelivered", code="30007", provider_id=f"memory-{number}")
        resume(service, transport="sms", by="operator")
        clock.advance(timedelta(minutes=2))
        send_due(service, transports)

    assert states_of_calls(service, id_) == [("sms", "undelivered")] * 3
    assert first(service, id_).state == "failed"
    assert "undelivered" in task_kinds(service)


# What may pass, and what is this message's own


@pytest.mark.parametrize("code", ["30003", "99999", None, "30004", "30410"])
def test_what_did_not_arrive_goes_by_the_next_channel(
    service: Service, transports: Transports, code: str | None
) -> None:
    id_ = a_sent_one(service, transports, "sms,email", email="pat@example.org")
    hear(service, "undelivered", code=code)

    reminder = first(service, id_)
    assert (reminder.state, reminder.channel, reminder.due_at) == ("planned", "email", ENROLLED)
    assert reminder.reason is not None
    assert reminder.reason.startswith("not delivered by sms: ")
    assert send_due(service, transports) == Report(sent=1)
    assert first(service, id_).state == "sent"
    assert tasks(service) == []


def test_a_change_of_plan_brings_back_no_channel_by_which_it_may_have_arrived(
    service: Service, transports: Transports
) -> None:
    id_ = a_sent_one(service, transports, "sms,email", email="pat@example.org")
    hear(service, "undelivered", code="30410")
    change_contact(service, id_, NewContact(zone="America/Chicago"), by="coordinator")

    assert first(service, id_).channel == "email"


def test_a_new_number_is_tried_by_every_channel(service: Service, transports: Transports) -> None:
    id_ = a_sent_one(service, transports, "sms,email", email="pat@example.org")
    hear(service, "undelivered", code="30410")
    change_contact(service, id_, NewContact(phone=a_phone()), by="coordinator")

    assert first(service, id_).channel == "sms"


@pytest.mark.parametrize("code", ["30003", "99999", None])
def test_what_may_pass_is_tried_once_more_by_the_only_channel(
    service: Service, transports: Transports, clock: ManualClock, code: str | None
) -> None:
    id_ = a_sent_one(service, transports)
    hear(service, "undelivered", code=code)
    assert first(service, id_).due_at == ENROLLED + timedelta(minutes=15)
    clock.advance(timedelta(minutes=15))
    assert send_due(service, transports) == Report(sent=1)
    hear(service, "undelivered", code=code, provider_id="memory-2")

    assert first(service, id_).state == "failed"
    assert (only_task(service)["kind"], only_task(service)["enrollment"]) == ("undelivered", id_)
    assert "No other way is left; call the patient" in only_task(service)["reason"]


def test_it_is_not_tried_again_where_the_bound_leaves_no_time(service: Service, transports: Transports) -> None:
    id_ = enrolled_id(service)
    set_reminder(service, id_, FIRST, not_after=ENROLLED + timedelta(minutes=15))
    send_due(service, transports)
    hear(service, "undelivered", code="30003")

    assert first(service, id_).state == "failed"
    assert task_kinds(service) == ["undelivered"]


@pytest.mark.parametrize("code", ["30004", "30410"])
def test_nobody_is_told_twice_by_one_channel_where_a_second_call_mends_nothing(
    service: Service, transports: Transports, code: str
) -> None:
    """30004 is blocked for good; of 30410 nobody knows whether it has arrived."""
    id_ = a_sent_one(service, transports)
    hear(service, "undelivered", code=code)

    assert first(service, id_).state == "failed"
    assert task_kinds(service) == ["undelivered"]


def test_a_call_that_was_not_answered_says_why(service: Service, transports: Transports) -> None:
    id_ = a_sent_one(service, transports, "voice")
    hear(service, "undelivered", reason="the line was busy")

    assert first(service, id_).reason == "not delivered by voice: the line was busy"


def test_what_comes_after_the_bound_is_a_persons_matter(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    id_ = a_sent_one(service, transports, "sms,voice")
    set_reminder(service, id_, FIRST, not_after=ENROLLED + timedelta(hours=1))
    clock.advance(timedelta(hours=1))
    hear(service, "undelivered", code="30003")

    assert first(service, id_).state == "failed"
    assert "It is too late for another message" in only_task(service)["reason"]


def test_the_task_is_urgent_where_the_step_says_so(
    service: Service, clock: ManualClock, transports: Transports
) -> None:
    id_ = enrolled_id(service, holds=("warfarin=5",), resumes=("warfarin=1",))
    set_reminder(service, id_, FIRST, state="sent", due_at=None)
    clock.move_to(local("2026-12-02 10:00"))
    send_due(service, transports)
    row = next(row for row in calls(service, id_) if row["reminder"] == the_reminder(service, id_, "stop:warfarin").id)
    hear(service, "undelivered", code="30004", delivery=row["id"], provider_id=row["provider_id"])

    assert [(task["kind"], task["urgent"]) for task in tasks(service) if task["kind"] == "undelivered"] == [
        ("undelivered", True)
    ]


def test_after_a_cancellation_nobody_is_told_anew(service: Service, transports: Transports) -> None:
    id_ = a_sent_one(service, transports, "sms,voice")
    cancel(service, id_, reason="deceased", note=None, by="nurse")
    before = task_kinds(service)
    hear(service, "undelivered", code="30003")

    assert first(service, id_).state == "failed"
    assert task_kinds(service) == before


def test_after_a_change_of_plan_a_person_decides_what_the_patient_needs_to_know(
    service: Service, transports: Transports
) -> None:
    id_ = a_sent_one(service, transports, "sms,voice")
    record_arrival(service, id_, at="07:30", by="nurse")
    hear(service, "undelivered", code="30003")

    assert first(service, id_).state == "failed"
    assert "The plan has changed since" in only_task(service)["reason"]


# Delivered after all


def test_a_late_delivered_takes_the_planned_fallback_back(service: Service, transports: Transports) -> None:
    id_ = a_sent_one(service, transports, "sms,voice")
    hear(service, "undelivered", code="30003")
    hear(service, "delivered")

    call, reminder = the_call(service, id_), first(service, id_)
    assert (call["state"], call["receipt"]) == ("delivered", "delivered")
    assert (reminder.state, reminder.channel, reminder.due_at) == ("delivered", "sms", None)
    assert reminder.reason == "it was delivered after all"
    assert send_due(service, transports) == Report()
    assert transports[Channel.VOICE].calls == ()


def test_its_task_stays_for_a_person_to_close(service: Service, transports: Transports) -> None:
    id_ = a_sent_one(service, transports)
    hear(service, "undelivered", code="30004")
    hear(service, "delivered")

    assert first(service, id_).state == "delivered"
    assert task_kinds(service) == ["undelivered"]


def test_a_late_delivered_lowers_nothing_where_another_call_has_gone(service: Service, transports: Transports) -> None:
    id_ = a_sent_one(service, transports, "sms,voice")
    hear(service, "undelivered", code="30003")
    send_due(service, transports)
    (text,) = [row["id"] for row in calls(service, id_) if row["channel"] == "sms"]

    assert hear(service, "delivered", delivery=text) == "noted"
    assert sorted(states_of_calls(service, id_)) == [("sms", "undelivered"), ("voice", "accepted")]
    assert [row["receipt"] for row in calls(service, id_) if row["channel"] == "sms"] == ["delivered"]
    assert first(service, id_).state == "sent"


def test_a_late_delivered_never_silences_what_another_plan_has_to_say(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    """Else the reminder of the new plan would count as told, with the old plan's text."""
    id_ = a_sent_one(service, transports, "sms,voice")
    hear(service, "undelivered", code="30003")
    record_arrival(service, id_, at="07:30", by="nurse")

    assert hear(service, "delivered") == "noted"
    assert first(service, id_).state == "planned"
    assert [(task["kind"], task["urgent"]) for task in tasks(service)] == [("contradiction", True)]
    assert hear(service, "read") == "noted"
    assert [event["action"] for event in events(service, id_)].count("delivered-after-all") == 1
    clock.advance(timedelta(minutes=1))
    send_due(service, transports)
    assert first(service, id_).state == "sent"
    assert [message.key for way in transports.values() for message in way.calls].count(FIRST) == 2


# Silence


def test_silence_counts_as_not_delivered_and_the_patient_is_called(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    id_ = a_sent_one(service, transports, "sms,voice")
    clock.advance(timedelta(hours=4) - timedelta(seconds=1))
    assert end_silent(service) == 0
    clock.advance(timedelta(seconds=1))

    assert end_silent(service) == 1
    assert send_due(service, transports) == Report(sent=1)
    silent, called = calls(service, id_)
    assert (silent["state"], silent["code"], silent["reason"]) == (
        "undelivered",
        "no-receipt",
        "No receipt within 4 hours.",
    )
    assert (called["channel"], called["state"]) == ("voice", "accepted")
    assert tasks(service) == []
    assert keep_house(service, {})["undelivered"] == 0


def test_silence_is_never_answered_by_the_same_channel(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    id_ = a_sent_one(service, transports)
    clock.advance(timedelta(hours=4))

    assert keep_house(service, {})["undelivered"] == 1
    assert first(service, id_).state == "failed"
    assert task_kinds(service) == ["undelivered"]
    assert send_due(service, transports) == Report()


@pytest.mark.parametrize(("bound", "minutes"), [(120, 90), (60, 30), (40, 15)])
def test_near_the_bound_silence_leaves_room_for_a_call(
    service: Service, transports: Transports, clock: ManualClock, bound: int, minutes: int
) -> None:
    id_ = enrolled_id(service, consent="sms,voice")
    set_reminder(service, id_, FIRST, not_after=ENROLLED + timedelta(minutes=bound))
    send_due(service, transports)
    assert the_call(service, id_)["receipt_due_at"] == ENROLLED + timedelta(minutes=minutes)
    clock.advance(timedelta(minutes=minutes))

    assert end_silent(service) == 1
    assert send_due(service, transports) == Report(sent=1)
    assert sent_keys({Channel.VOICE: transports[Channel.VOICE]}) == [FIRST]


def test_where_no_receipt_was_promised_silence_means_nothing(service: Service, clock: ManualClock) -> None:
    id_ = a_sent_one(service, in_memory(clock), "sms,voice")
    clock.advance(timedelta(hours=20))

    assert end_silent(service) == 0
    assert the_call(service, id_)["receipt_due_at"] is None


def test_a_receipt_in_time_ends_the_waiting(service: Service, transports: Transports, clock: ManualClock) -> None:
    a_sent_one(service, transports, "sms,voice")
    hear(service, "delivered")
    clock.advance(timedelta(hours=20))

    assert end_silent(service) == 0


def test_a_receipt_that_comes_after_the_silence_takes_the_call_back(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    id_ = a_sent_one(service, transports, "sms,voice")
    clock.advance(timedelta(hours=4))
    end_silent(service)
    hear(service, "delivered")

    assert first(service, id_).state == "delivered"
    assert send_due(service, transports).sent == 0


@pytest.fixture
def server(postgres_url: str, vault: Vault, clock: ManualClock) -> Iterator[Service]:
    """A service on PostgreSQL alone: SQLite lets only one transaction write at all."""
    engine = open_engine(postgres_url)
    yield a_service(engine, vault, clock)
    engine.dispose()


@pytest.mark.postgres
def test_silence_about_what_a_change_holds_is_left_for_the_next_round(
    server: Service, transports: Transports, clock: ManualClock
) -> None:
    id_ = a_sent_one(server, transports, "sms,voice")
    clock.advance(timedelta(hours=4))
    with server.engine.begin() as change:
        queries.load_enrollment(change, server.vault, id_, lock=True)

        assert end_silent(server) == 0
    assert end_silent(server) == 1


# Late writers, and what fails in between


def test_a_worker_that_comes_back_after_the_receipt_changes_nothing(service: Service, clock: ManualClock) -> None:
    id_ = enrolled_id(service)

    def freeze(message: OutboundMessage) -> Outcome:
        clock.advance(timedelta(seconds=61))
        keep_house(service, {})
        hear(service, "delivered", delivery=message.delivery_id)
        return ACCEPT

    assert send_due(service, in_memory(clock, decide=freeze)) == Report()
    assert (the_call(service, id_)["state"], first(service, id_).state) == ("delivered", "delivered")
    assert events(service, id_)[-1]["action"] == "late-outcome"


def test_a_receipt_that_cannot_be_applied_takes_no_outcome_along(service: Service, clock: ManualClock) -> None:
    id_ = enrolled_id(service)

    def speak(message: OutboundMessage) -> Outcome:
        hear(service, "delivered", delivery=message.delivery_id)
        event.listen(service.engine, "before_cursor_execute", fail)
        return ACCEPT

    def fail(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("UPDATE hook_events"):
            raise RuntimeError("the disk is full")

    assert send_due(service, in_memory(clock, decide=speak)) == Report(sent=1)
    assert keep_house(service, {})["kept"] == 0
    assert (the_call(service, id_)["state"], first(service, id_).state) == ("accepted", "sent")
    event.remove(service.engine, "before_cursor_execute", fail)
    assert keep_house(service, {})["kept"] == 1
    assert (the_call(service, id_)["state"], first(service, id_).state) == ("delivered", "delivered")
