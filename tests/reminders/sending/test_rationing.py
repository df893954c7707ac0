"""No faster than the senders take it, the most urgent first, and nothing waits for ever or beyond its bounds."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from reminders.budgeting import HORIZON
from reminders.clock import ManualClock
from reminders.database import tables
from reminders.database.engine import open_engine, reading
from reminders.database.vault import Vault
from reminders.dispatch import Report
from reminders.health.watching import Watchman
from reminders.outcomes import Intent
from reminders.sending.claiming import Claimer
from reminders.sending.rationing import LONGEST_FIRST
from reminders.service import Service
from reminders.texts.segments import segments
from reminders.transports.base import OutboundMessage
from reminders.transports.memory import ACCEPT, Outcome
from schedules.protocol import Channel
from tests.reminders.builders import (
    ENROLLED,
    Transports,
    a_dispatcher,
    a_phone,
    a_service,
    enrolled_id,
    everything,
    give_up,
    in_memory,
    repeat,
    send_due,
    task_kinds,
    texts_only,
    the_reminder,
)

FIRST = "welcome"
r = tables.reminders.c


@pytest.fixture
def alone(sqlite_url: str, vault: Vault, clock: ManualClock) -> Service:
    """On SQLite, where all time is the clock's: it moves only when somebody waits."""
    return a_service(open_engine(sqlite_url), vault, clock)


def texts(service: Service, number: int, **changes: Any) -> str:
    """A patient with so many texts that are due now."""
    id_ = enrolled_id(service, **changes)
    if number > 1:
        repeat(service, id_, FIRST, number)
    return id_


def claimed(service: Service, *, rate: float | None, limit: int = 50, claimer: Claimer | None = None) -> list[Intent]:
    one = claimer or a_claimer(service, rate)
    return one.claim(limit, Counter())[0]


def a_claimer(service: Service, rate: float | None) -> Claimer:
    return the_claimer(service, in_memory(service.clock, per_second=rate))


def the_claimer(service: Service, transports: Transports) -> Claimer:
    return Claimer(service, transports, worker="one", watchman=Watchman(service))


def slots_of(intents: list[Intent]) -> list[tuple[float, int]]:
    return [(one.slot.begins, segments(one.message.text)) for one in intents if one.slot]


def set_rounds(service: Service, id_: str, rounds: list[int], **values: Any) -> None:
    these = update(tables.reminders).where(r.enrollment == id_, r.key == FIRST, r.round.in_(rounds))
    with service.engine.begin() as connection:
        assert connection.execute(these.values(values)).rowcount == len(rounds)


def rounds(intents: list[Intent]) -> list[int]:
    return [intent.reminder.round for intent in intents]


# Slots


def test_a_claim_takes_what_its_sender_can_within_the_horizon_and_leaves_the_rest_as_it_is(service: Service) -> None:
    id_ = texts(service, 20)
    before = everything(service, id_)
    intents = claimed(service, rate=2)
    slots = slots_of(intents)

    begins = [at for at, _ in slots]
    assert len(slots) == len(intents) < 20
    assert begins[-1] - begins[0] < HORIZON
    assert [after - at for after, at in zip(begins[1:], begins, strict=False)] == pytest.approx(
        [units / 2 for _, units in slots[:-1]]
    )
    gone = {intent.reminder.id for intent in intents}
    assert [one for one in everything(service, id_) if one.id not in gone] == [
        one for one in before if one.id not in gone
    ]


def test_a_first_claim_that_came_to_nothing_keeps_no_sender_from_being_used(service: Service) -> None:
    texts(service, 1)
    claimer = a_claimer(service, 2)
    give_up(service.engine, "INSERT INTO deliveries")
    with pytest.raises(OperationalError):
        claimer.claim(50, Counter())
    assert len(claimed(service, rate=2, claimer=claimer)) == 1


def test_while_one_worker_has_the_senders_time_another_takes_none_and_knows_when_to_ask_again(service: Service) -> None:
    texts(service, 20)
    assert len(claimed(service, rate=0.001)) == 1
    other = a_claimer(service, 0.001)

    assert claimed(service, rate=0.001, claimer=other) == []
    assert other.again_at is not None
    assert other.again_at > service.clock.monotonic()


def test_what_nothing_waits_for_is_not_asked_again(service: Service) -> None:
    texts(service, 1)
    one = a_claimer(service, 2)

    assert len(claimed(service, rate=2, claimer=one)) == 1
    assert claimed(service, rate=2, claimer=one) == []
    assert one.again_at is None


def test_without_a_known_limit_nothing_has_a_slot(service: Service) -> None:
    texts(service, 20)
    intents = claimed(service, rate=None)

    assert len(intents) == 20
    assert slots_of(intents) == []


def test_everything_leaves_one_behind_the_other_without_a_pause(alone: Service, clock: ManualClock) -> None:
    texts(alone, 40)
    transports = texts_only(clock, per_second=2)
    assert send_due(alone, transports) == Report(sent=40)

    taken = transports[Channel.SMS].ledger
    units = [segments(one.message.text) for one in taken]
    gaps = [(after.at - one.at).total_seconds() for after, one in zip(taken[1:], taken, strict=False)]
    assert gaps == pytest.approx([one / 2 for one in units[:-1]], abs=0.001)


def test_what_is_set_goes_before_what_the_transport_knows(alone: Service, vault: Vault, clock: ManualClock) -> None:
    quick = a_service(alone.engine, vault, clock, transports={"sms": {"kind": "memory", "per_second": 1000}})
    texts(quick, 20)
    assert send_due(quick, texts_only(clock, per_second=0.1)) == Report(sent=20)
    assert clock.now() < ENROLLED + timedelta(seconds=1)


def test_calls_are_counted_as_calls_and_do_not_wait_for_texts(alone: Service, clock: ManualClock) -> None:
    texts(alone, 30)
    called = texts(alone, 1, consent="voice", phone=a_phone())
    transports = in_memory(clock, per_second=0.5)
    intents = the_claimer(alone, transports).claim(50, Counter())[0]

    assert [one.enrollment.id for one in intents if one.message.channel is Channel.VOICE] == [called]


def test_a_message_that_would_end_before_its_slot_gets_none(service: Service) -> None:
    id_ = texts(service, 3)
    set_rounds(service, id_, [1, 2, 3], not_after=service.clock.now() + timedelta(seconds=1))

    assert len(claimed(service, rate=1)) == 1


def test_a_worker_that_dies_takes_no_more_than_the_horizon_with_it(alone: Service, clock: ManualClock) -> None:
    texts(alone, 20)
    lost = slots_of(claimed(alone, rate=2))
    clock.advance(timedelta(seconds=HORIZON + 1))
    begins = slots_of(claimed(alone, rate=2))[0][0]

    assert begins == clock.monotonic()
    assert begins - lost[0][0] <= HORIZON + 1


def test_a_call_that_misses_its_slot_is_not_made_and_keeps_its_place(alone: Service, clock: ManualClock) -> None:
    texts(alone, 8)
    slow = iter([timedelta(seconds=3)])

    def decide(_message: OutboundMessage) -> Outcome:
        clock.advance(next(slow, timedelta(0)))  # the first call takes so long that the slots behind it pass
        return ACCEPT

    transports = texts_only(clock, per_second=4, decide=decide)
    report = send_due(alone, transports)
    calls = transports[Channel.SMS].calls

    assert report.sent == 8
    assert report.not_sent > 0
    assert len(calls) == len({message.delivery_id for message in calls}) == 8


def test_a_call_that_misses_its_slot_comes_back_with_its_old_due_time(alone: Service, clock: ManualClock) -> None:
    id_ = texts(alone, 3)
    due = everything(alone, id_)[0].due_at

    def decide(_message: OutboundMessage) -> Outcome:
        clock.advance(timedelta(seconds=3))
        dispatcher.stopping.set()
        return ACCEPT

    with a_dispatcher(alone, texts_only(clock, per_second=4, decide=decide)) as dispatcher:
        dispatcher.run_due()
    waiting = [one for one in everything(alone, id_) if one.key == FIRST and one.state == "planned"]
    assert [one.due_at for one in waiting] == [due, due]


def test_a_dispatcher_that_waits_for_a_sender_stops_when_told_to(alone: Service, clock: ManualClock) -> None:
    texts(alone, 50)

    def decide(_message: OutboundMessage) -> Outcome:
        dispatcher.stopping.set()
        return ACCEPT

    with a_dispatcher(alone, texts_only(clock, per_second=1, decide=decide)) as dispatcher:
        assert dispatcher.run_due().sent <= HORIZON + 1


@pytest.mark.postgres
def test_on_postgresql_a_claim_waits_for_nobody_who_gives_a_senders_time_away(
    postgres_url: str, vault: Vault, clock: ManualClock
) -> None:
    one, other = open_engine(postgres_url), open_engine(postgres_url)
    service = a_service(one, vault, clock)
    texts(service, 20)
    waiting = a_claimer(service, 2)
    assert claimed(service, rate=2, claimer=waiting)
    with other.begin() as connection:
        connection.execute(select(tables.senders).with_for_update())
        assert claimed(service, rate=2, claimer=waiting) == []
    assert waiting.again_at is not None
    one.dispose()
    other.dispose()


# Order


def test_what_is_urgent_leaves_before_what_has_been_due_longer(service: Service) -> None:
    id_ = texts(service, 20)
    set_rounds(service, id_, [7], urgency=0, due_at=service.clock.now())

    assert rounds(claimed(service, rate=1))[0] == 7


def test_what_is_soon_wrong_to_send_leaves_before_what_has_been_due_longer(service: Service) -> None:
    id_ = texts(service, 20)
    set_rounds(service, id_, [9], not_after=service.clock.now() + timedelta(minutes=40))
    set_rounds(service, id_, [5], not_after=service.clock.now() + timedelta(minutes=20))
    set_rounds(service, id_, [3], urgency=0)

    assert rounds(claimed(service, rate=3))[:3] == [3, 5, 9]


def test_every_few_claims_the_longest_due_leaves_whatever_is_urgent(alone: Service, clock: ManualClock) -> None:
    id_ = texts(alone, 30)
    set_rounds(alone, id_, [30], due_at=ENROLLED - timedelta(hours=2))
    set_rounds(alone, id_, list(range(1, 30)), urgency=0)
    one = a_claimer(alone, 1)
    firsts = []
    for _ in range(LONGEST_FIRST):
        firsts.append(rounds(claimed(alone, rate=1, claimer=one))[0])
        clock.advance(timedelta(seconds=4))

    assert firsts.count(30) == 1
    assert firsts[0] != 30


def test_without_a_limit_what_is_urgent_leaves_first_where_there_is_more_than_a_claim(service: Service) -> None:
    id_ = texts(service, 40)
    set_rounds(service, id_, [40], urgency=0, due_at=service.clock.now())
    set_rounds(service, id_, list(range(1, 40)), due_at=service.clock.now() - timedelta(minutes=1))
    one = a_claimer(service, None)

    assert 40 in rounds(claimed(service, rate=None, claimer=one, limit=10))


def test_what_waits_until_it_is_wrong_is_missed_with_its_task_though_others_still_wait(
    alone: Service, clock: ManualClock
) -> None:
    set_rounds(alone, texts(alone, 30), [1], urgency=0)  # has the only slot
    late = texts(alone, 1, phone=a_phone(), name="Lee Example")
    set_rounds(alone, late, [1], not_after=ENROLLED + timedelta(seconds=2))
    one = a_claimer(alone, 0.25)
    claimed(alone, rate=0.25, claimer=one)
    clock.advance(timedelta(seconds=30))
    claimed(alone, rate=0.25, claimer=one)

    with reading(alone.engine) as connection:
        waiting = connection.execute(select(r.id).where(r.state == "planned", r.key == FIRST)).all()
    assert the_reminder(alone, late, FIRST).state == "missed"
    assert "missed" in task_kinds(alone)
    assert len(waiting) > 20


def test_many_that_have_become_wrong_do_not_take_as_many_claims(alone: Service, clock: ManualClock) -> None:
    id_ = texts(alone, 60)
    set_rounds(alone, id_, list(range(1, 61)), not_after=ENROLLED + timedelta(minutes=1))
    clock.advance(timedelta(minutes=2))
    one = a_claimer(alone, 1)
    for _ in range(6):
        claimed(alone, rate=1, claimer=one)

    assert {one.state for one in everything(alone, id_) if one.key == FIRST} == {"missed"}
    assert "missed" in task_kinds(alone)


def test_what_was_planned_for_texts_and_goes_by_a_call_does_not_stand_in_the_way_of_texts(
    alone: Service, clock: ManualClock
) -> None:
    """The first 20 were to go as texts, and must be calls now; the line takes one call at a time."""
    moved = texts(alone, 20, consent="voice", phone=a_phone())
    set_rounds(alone, moved, list(range(1, 21)), channel="sms", channels=["sms", "voice"])
    texted = texts(alone, 5, phone=a_phone(), name="Lee Example")
    one = a_claimer(alone, 1)
    seen = []
    for _ in range(12):
        seen += [intent.enrollment.id for intent in claimed(alone, rate=1, claimer=one)]
        clock.advance(timedelta(seconds=1))

    assert texted in seen


def test_the_senders_row_says_until_when_its_time_is_given_away(service: Service) -> None:
    texts(service, 20)
    (one,) = claimed(service, rate=0.001)
    before = service.clock.now()
    with reading(service.engine) as connection:
        rows = {row.sender: row.free_at for row in connection.execute(select(tables.senders))}

    assert rows["email"] < before < rows["sms"]
    assert rows["sms"] - rows["email"] > timedelta(seconds=1000 * segments(one.message.text))
