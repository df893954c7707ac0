"""Unknown outcomes that the provider is asked about: found, surely absent, twice there, or a person's matter."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, insert

from reminders.clock import ManualClock
from reminders.database import tables
from reminders.dispatch import Report
from reminders.housekeeping import keep_house, settle_expired
from reminders.service import Service
from reminders.settling.asking import MOST_IN_A_ROUND, next_look, settle_unknown, tell_people
from reminders.transports.base import Accepted, FailureCode, NotSent, OutboundMessage
from reminders.transports.memory import MemoryTransport, Outcome, fails, taken_but
from schedules.protocol import Channel
from tests.reminders.builders import (
    ENROLLED,
    Transports,
    deliveries,
    enrolled_id,
    events,
    repeat,
    send_due,
    sent_keys,
    set_reminder,
    states,
    task_kinds,
    tasks,
    the_reminder,
    unknown,
)
from tests.reminders.receiving import calls, hear, set_delivery, the_call

FIRST = "welcome"
MINUTE = timedelta(minutes=1)


class Asked(MemoryTransport):
    """A provider whose list of messages can be empty for a while, away, or longer than it should be."""

    def __init__(self, clock: ManualClock, **options: Any) -> None:
        super().__init__(Channel.SMS, clock, **options)
        self.looks: list[datetime] = []
        self.appears_at: datetime | None = None
        self.away = False
        self.twice = False
        self._time = clock

    def look_up(self, message: OutboundMessage, since: datetime) -> tuple[Accepted, ...]:
        if self.away:
            raise NotSent(FailureCode.UNREACHABLE, "Nobody is there.")
        self.looks.append(self._time.now())
        if self.appears_at is not None and self._time.now() < self.appears_at:
            return ()
        found = super().look_up(message, since)
        return (*found, *(Accepted(provider_id=f"{one.provider_id}-again") for one in found)) if self.twice else found


@pytest.fixture
def provider(clock: ManualClock) -> Asked:
    return Asked(clock)


@pytest.fixture
def asked(provider: Asked) -> Transports:
    return {Channel.SMS: provider}


def lost(service: Service, provider: Asked, *, taken: bool, **changes: Any) -> str:
    """A patient whose first text is of unknown outcome."""
    provider.script(taken_but(unknown) if taken else fails(unknown))
    id_ = enrolled_id(service, **changes)
    assert send_due(service, {Channel.SMS: provider}) == Report(unknown=1)
    return id_


def everyone(_connection: Connection, workers: Collection[str]) -> set[str]:
    return set(workers)


def nobody(_connection: Connection, _workers: Collection[str]) -> set[str]:
    return set()


def keep(service: Service, asked: Transports, clock: ManualClock, minutes: int, gone: Any = everyone) -> None:
    """The part of housekeeping this is about, once a minute for some minutes; nothing is sent meanwhile."""
    for _ in range(minutes):
        tell_people(service, asked)
        settle_unknown(service, asked, gone)
        clock.advance(MINUTE)


def first(service: Service, id_: str) -> Any:
    return the_reminder(service, id_, FIRST)


# Found


def test_a_message_the_provider_has_is_settled_and_nobody_hears_of_it(
    service: Service, provider: Asked, asked: Transports
) -> None:
    id_ = lost(service, provider, taken=True)
    keep_house(service, asked)

    call, reminder = the_call(service, id_), first(service, id_)
    assert (call["state"], call["provider_id"], call["code"], call["reason"]) == ("accepted", "memory-1", None, None)
    assert (reminder.state, reminder.reason) == ("sent", None)
    assert tasks(service) == []
    settled = events(service, id_)[-1]
    assert (settled["by"], settled["action"]) == ("system", "outcome-settled")


def test_a_message_that_appears_in_the_providers_list_late_is_found(
    service: Service, provider: Asked, asked: Transports, clock: ManualClock
) -> None:
    id_ = lost(service, provider, taken=True)
    provider.appears_at = clock.now() + timedelta(minutes=9)
    keep(service, asked, clock, 11)

    assert the_call(service, id_)["state"] == "accepted"
    assert len(provider.looks) == 3
    assert send_due(service, asked) == Report()


def test_what_was_settled_by_a_look_closes_the_task_that_had_been_opened(
    service: Service, provider: Asked, asked: Transports, clock: ManualClock
) -> None:
    lost(service, provider, taken=True)
    provider.away = True
    keep(service, asked, clock, 16)
    assert task_kinds(service) == ["unknown"]
    provider.away = False
    keep(service, asked, clock, 30)

    assert tasks(service) == []


def test_a_receipt_after_the_look_goes_on_from_there(service: Service, provider: Asked, asked: Transports) -> None:
    id_ = lost(service, provider, taken=True)
    keep_house(service, asked)

    assert hear(service, "delivered", delivery=the_call(service, id_)["id"], provider_id="memory-1") == "applied"
    assert states(service, id_)[FIRST] == "delivered"


def test_a_message_that_the_provider_has_twice_counts_as_taken_and_alarms(
    service: Service, provider: Asked, asked: Transports
) -> None:
    id_ = lost(service, provider, taken=True)
    provider.twice = True
    keep_house(service, asked)

    assert (the_call(service, id_)["state"], states(service, id_)[FIRST]) == ("accepted", "sent")
    (task,) = tasks(service)
    assert (task["kind"], task["urgent"], task["enrollment"]) == ("duplicate", True, id_)
    assert task["reason"].startswith(f"{FIRST}: the provider has this message 2 times")


def test_what_is_known_as_another_deliverys_is_not_taken_for_this_one(
    service: Service, provider: Asked, asked: Transports, clock: ManualClock
) -> None:
    other = enrolled_id(service)
    send_due(service, asked)
    id_ = lost(service, provider, taken=True)
    set_delivery(service, the_call(service, other)["id"], provider_id="memory-2")
    keep_house(service, asked)

    assert the_call(service, id_)["state"] == "unknown"


def test_an_id_that_another_provider_has_given_too_is_this_ones_all_the_same(
    service: Service, provider: Asked, asked: Transports, clock: ManualClock
) -> None:
    other = enrolled_id(service, consent="email", email="other@example.org")
    send_due(service, {Channel.EMAIL: MemoryTransport(Channel.EMAIL, clock)})
    id_ = lost(service, provider, taken=True)
    keep_house(service, asked)

    assert the_call(service, other)["provider_id"] == the_call(service, id_)["provider_id"] == "memory-1"
    assert the_call(service, id_)["state"] == "accepted"


def test_while_a_call_with_the_same_words_is_under_way_nothing_is_concluded(
    service: Service, provider: Asked, asked: Transports
) -> None:
    same = {"phone": "+12125550123"}
    other = enrolled_id(service, procedure="2026-12-08 09:00", **same)
    send_due(service, asked)
    id_ = lost(service, provider, taken=True, procedure="2027-01-12 09:00", **same)
    twin = the_call(service, id_)
    words = {name: twin[name] for name in ("content_hash", "recipient_lookup")}
    set_delivery(service, the_call(service, other)["id"], provider_id=None, state="intended", **words)
    keep_house(service, asked)

    assert (the_call(service, id_)["state"], the_call(service, id_)["looks"]) == ("unknown", 0)


def test_two_lost_calls_with_the_same_words_are_no_duplicate(
    service: Service, provider: Asked, asked: Transports
) -> None:
    same = {"phone": "+12125550123"}
    other = enrolled_id(service, procedure="2026-12-08 09:00", **same)
    send_due(service, asked)
    id_ = lost(service, provider, taken=True, procedure="2027-01-12 09:00", **same)
    twin = the_call(service, id_)
    words = {name: twin[name] for name in ("content_hash", "recipient_lookup")}
    set_delivery(
        service, the_call(service, other)["id"], provider_id=None, state="unknown", looked_at=ENROLLED, **words
    )
    provider.twice = True
    keep_house(service, asked)

    assert the_call(service, id_)["state"] == "accepted"
    assert "duplicate" not in task_kinds(service)


# Absent


def test_what_was_never_taken_is_sent_once_more_after_three_looks_over_ten_minutes(
    service: Service, provider: Asked, asked: Transports, clock: ManualClock
) -> None:
    id_ = lost(service, provider, taken=False)
    for _ in range(15):
        keep_house(service, asked)
        send_due(service, asked)
        clock.advance(MINUTE)

    assert provider.looks == [ENROLLED, ENROLLED + timedelta(minutes=5), ENROLLED + timedelta(minutes=10)]
    before, after = calls(service, id_)
    assert (before["state"], before["looks"], after["state"]) == ("absent", 3, "accepted")
    assert after["intended_at"] == ENROLLED + timedelta(minutes=10)
    assert (after["again_of"], provider.calls[1].identity) == (before["id"], before["id"])
    assert (first(service, id_).state, first(service, id_).attempts) == ("sent", 2)
    assert sent_keys(asked).count(FIRST) == 2
    assert tasks(service) == []


@pytest.mark.parametrize("minutes", [5, 10])
def test_before_three_looks_nothing_is_planned_again(
    service: Service, provider: Asked, asked: Transports, clock: ManualClock, minutes: int
) -> None:
    id_ = lost(service, provider, taken=False)
    keep(service, asked, clock, minutes)

    assert (the_call(service, id_)["state"], states(service, id_)[FIRST]) == ("unknown", "unknown")


def test_looks_that_come_late_are_still_ten_minutes_apart(
    service: Service, provider: Asked, asked: Transports, clock: ManualClock
) -> None:
    id_ = lost(service, provider, taken=False)
    clock.advance(timedelta(minutes=30))
    keep(service, asked, clock, 9)
    assert the_call(service, id_)["state"] == "unknown"
    keep(service, asked, clock, 60)

    assert provider.looks[2] - provider.looks[0] >= timedelta(minutes=10)
    assert the_call(service, id_)["state"] == "absent"


def test_a_look_at_a_provider_that_cannot_be_asked_does_not_count(
    service: Service, provider: Asked, asked: Transports, clock: ManualClock
) -> None:
    id_ = lost(service, provider, taken=False)
    provider.away = True
    keep(service, asked, clock, 20)
    assert (the_call(service, id_)["looks"], the_call(service, id_)["state"]) == (0, "unknown")
    assert task_kinds(service) == ["unknown"]

    provider.away = False
    keep(service, asked, clock, 60)
    assert (len(provider.looks), the_call(service, id_)["state"]) == (3, "absent")
    assert tasks(service) == []


def test_a_provider_that_cannot_be_asked_is_asked_ever_more_rarely(
    service: Service, provider: Asked, asked: Transports, clock: ManualClock
) -> None:
    since, tries, row = ENROLLED, 0, {"settled_at": ENROLLED, "looks": 0, "looked_at": None}
    while (at := next_look(row)) < since + timedelta(hours=4):
        row, tries = row | {"looked_at": at}, tries + 1

    assert tries < 20
    assert next_look(row) - row["looked_at"] == timedelta(hours=1)  # type: ignore[operator]


def test_one_provider_that_is_away_costs_one_call_in_a_round(
    service: Service, asked: Transports, clock: ManualClock
) -> None:
    class Away(Asked):
        knocks = 0

        def look_up(self, message: OutboundMessage, since: datetime) -> tuple[Accepted, ...]:
            self.knocks += 1
            raise NotSent(FailureCode.UNREACHABLE, "Nobody is there.")

    provider = Away(clock, decide=lambda message: fails(unknown))
    for _ in range(3):
        enrolled_id(service)
    send_due(service, {Channel.SMS: provider})

    assert settle_unknown(service, {Channel.SMS: provider}, everyone) == 0
    assert provider.knocks == 1


def test_what_nobody_can_be_asked_about_keeps_nothing_else_from_being_asked_about(
    service: Service, provider: Asked, asked: Transports, clock: ManualClock
) -> None:
    elsewhere = MemoryTransport(Channel.SMS, clock, can_look_up=False, decide=lambda message: fails(unknown))
    elsewhere.name = "elsewhere"
    repeat(service, enrolled_id(service), FIRST, MOST_IN_A_ROUND)
    send_due(service, {Channel.SMS: elsewhere})
    clock.advance(MINUTE)
    id_ = lost(service, provider, taken=True)

    assert settle_unknown(service, asked, everyone) == 1
    assert the_call(service, id_)["state"] == "accepted"


def test_a_second_attempt_that_is_lost_too_is_not_followed_by_a_third(
    service: Service, provider: Asked, asked: Transports, clock: ManualClock
) -> None:
    id_ = lost(service, provider, taken=False)
    provider.script(fails(unknown))
    for _ in range(25):
        keep(service, asked, clock, 1)
        send_due(service, asked)

    assert [row["state"] for row in calls(service, id_)] == ["absent", "absent"]
    assert states(service, id_)[FIRST] == "failed"
    (task,) = tasks(service)
    assert (task["kind"], task["urgent"]) == ("never-left", True)
    assert "It was lost twice; call the patient." in task["reason"]


def test_what_never_left_and_has_become_too_late_has_failed_and_a_person_is_told(
    service: Service, provider: Asked, asked: Transports, clock: ManualClock
) -> None:
    id_ = lost(service, provider, taken=False)
    set_reminder(service, id_, FIRST, not_after=ENROLLED + timedelta(minutes=8))
    keep(service, asked, clock, 11)

    assert (the_call(service, id_)["state"], states(service, id_)[FIRST]) == ("absent", "failed")
    (task,) = tasks(service)
    assert (task["kind"], task["urgent"]) == ("never-left", True)
    assert "too late" in task["reason"]


def test_what_never_left_is_not_said_by_a_plan_that_has_changed(
    service: Service, provider: Asked, asked: Transports, clock: ManualClock
) -> None:
    id_ = lost(service, provider, taken=False)
    set_reminder(service, id_, FIRST, revision=0)
    keep(service, asked, clock, 11)

    assert states(service, id_)[FIRST] == "failed"
    assert "The plan has changed since" in tasks(service)[0]["reason"]


# While somebody may still be in the middle of the call


def expired(service: Service, asked: Transports, clock: ManualClock) -> str:
    """As if a worker had stopped right before its call: nothing was taken, and its lease has run out."""
    provider = asked[Channel.SMS]
    provider.script(Outcome(taken=False, failure=unknown))
    id_ = enrolled_id(service)
    send_due(service, asked)
    set_reminder(service, id_, FIRST, state="sending", worker="one", lease_until=clock.now())
    set_delivery(service, the_call(service, id_)["id"], state="intended", code=None, settled_at=None, worker="one")
    clock.advance(MINUTE)
    assert settle_expired(service, asked) == 1
    return id_


def test_while_the_worker_that_made_the_call_lives_nothing_is_planned_again_and_a_person_is_told(
    service: Service, provider: Asked, asked: Transports, clock: ManualClock
) -> None:
    id_ = expired(service, asked, clock)
    keep(service, asked, clock, 30, nobody)

    assert len(provider.looks) > 3
    assert states(service, id_)[FIRST] == "unknown"
    assert task_kinds(service) == ["unknown"]
    assert f"reminders unknown settle {the_call(service, id_)['id']}" in tasks(service)[0]["reason"]


def test_once_the_worker_is_gone_what_it_never_sent_is_planned_again(
    service: Service, provider: Asked, asked: Transports, clock: ManualClock
) -> None:
    id_ = expired(service, asked, clock)
    keep(service, asked, clock, 11, lambda _, workers: set(workers) & {"one"})

    assert (the_call(service, id_)["state"], states(service, id_)[FIRST]) == ("absent", "planned")


def test_a_worker_that_recorded_the_unknown_outcome_itself_need_not_be_gone(
    service: Service, provider: Asked, asked: Transports, clock: ManualClock
) -> None:
    id_ = lost(service, provider, taken=False)
    keep(service, asked, clock, 11, nobody)

    assert the_call(service, id_)["state"] == "absent"


def late(service: Service, clock: ManualClock, outcome: Outcome) -> tuple[str, Asked]:
    """A call whose lease ran out in the middle; its worker says afterwards what it saw. The list shows nothing."""

    def overtaken(_message: OutboundMessage) -> Outcome:
        clock.advance(timedelta(seconds=61))
        settle_expired(service, {Channel.SMS: provider})
        return outcome

    provider = Asked(clock, decide=overtaken)
    provider.appears_at = clock.now() + timedelta(days=1)
    id_ = enrolled_id(service)
    assert send_due(service, {Channel.SMS: provider}) == Report()
    return id_, provider


def test_a_worker_that_answered_too_late_is_no_longer_in_its_call(service: Service, clock: ManualClock) -> None:
    id_, provider = late(service, clock, fails(unknown))
    keep(service, {Channel.SMS: provider}, clock, 11, nobody)

    assert the_call(service, id_)["state"] == "absent"


def test_a_message_whose_worker_said_too_late_that_it_was_taken_is_never_absent(
    service: Service, clock: ManualClock
) -> None:
    id_, provider = late(service, clock, Outcome(taken=True))
    keep(service, {Channel.SMS: provider}, clock, 11)

    assert (the_call(service, id_)["state"], the_call(service, id_)["provider_id"]) == ("accepted", "memory-1")
    assert states(service, id_)[FIRST] == "sent"


# When a person hears of it


@pytest.mark.parametrize(("minutes", "told"), [(13, 0), (14, 1)])
def test_what_is_not_settled_within_a_quarter_of_an_hour_is_on_the_worklist(
    service: Service, provider: Asked, asked: Transports, clock: ManualClock, minutes: int, told: int
) -> None:
    lost(service, provider, taken=True)
    provider.away = True
    clock.advance(timedelta(minutes=minutes))

    assert tell_people(service, asked) == told
    assert task_kinds(service) == ["unknown"] * told
    assert tell_people(service, asked) == 0


def test_what_a_worker_left_behind_is_no_persons_matter_while_the_provider_can_be_asked(
    service: Service, provider: Asked, asked: Transports, clock: ManualClock
) -> None:
    expired(service, asked, clock)

    assert tasks(service) == []
    keep(service, asked, clock, 15, nobody)
    assert task_kinds(service) == ["unknown"]


def test_where_another_transport_has_taken_the_channel_over_a_person_is_told_at_once(
    service: Service, provider: Asked, asked: Transports
) -> None:
    id_ = lost(service, provider, taken=True)
    set_delivery(service, the_call(service, id_)["id"], transport="former")
    keep_house(service, asked)

    assert provider.looks == []
    assert task_kinds(service) == ["unknown"]


def test_a_second_attempt_of_unknown_outcome_is_a_task_of_its_own(
    service: Service, provider: Asked, asked: Transports, clock: ManualClock
) -> None:
    lost(service, provider, taken=False)
    provider.away = True
    keep(service, asked, clock, 15)
    provider.away = False
    keep(service, asked, clock, 40)
    assert tasks(service) == []
    provider.script(fails(unknown))
    provider.away = True
    send_due(service, asked)
    keep(service, asked, clock, 15)

    assert task_kinds(service) == ["unknown"]


# Two at once


def test_two_workers_that_look_at_once_ask_once_about_each(service: Service, clock: ManualClock) -> None:
    class Beside(Asked):
        """In the middle of whose first look another worker makes a whole round."""

        def look_up(self, message: OutboundMessage, since: datetime) -> tuple[Accepted, ...]:
            self.looks.append(clock.now())
            if len(self.looks) == 1:
                settle_unknown(service, {Channel.SMS: self}, everyone)
            return ()

    provider = Beside(clock)
    ids = [lost(service, provider, taken=False) for _ in range(2)]
    settle_unknown(service, {Channel.SMS: provider}, everyone)

    assert len(provider.looks) == 2
    assert [the_call(service, id_)["looks"] for id_ in ids] == [1, 1]


def test_a_look_that_a_receipt_overtakes_changes_nothing(service: Service, clock: ManualClock) -> None:
    class Overtaken(Asked):
        def look_up(self, message: OutboundMessage, since: datetime) -> tuple[Accepted, ...]:
            hear(service, "delivered", delivery=message.delivery_id, provider_id="SM7")
            return ()

    provider = Overtaken(clock)
    id_ = lost(service, provider, taken=True)

    assert settle_unknown(service, {Channel.SMS: provider}, everyone) == 0
    call = the_call(service, id_)
    assert (call["state"], call["provider_id"], call["looks"]) == ("delivered", "SM7", 0)


def test_a_look_that_another_overtakes_does_not_count(service: Service, clock: ManualClock) -> None:
    class Slow(Asked):
        """In the middle of whose look the next one is due; another worker makes it, and finds nobody there."""

        def look_up(self, message: OutboundMessage, since: datetime) -> tuple[Accepted, ...]:
            self.looks.append(clock.now())
            if len(self.looks) > 1:
                raise NotSent(FailureCode.UNREACHABLE, "Nobody is there.")
            clock.advance(MINUTE)
            settle_unknown(service, {Channel.SMS: self}, everyone)
            return ()

    provider = Slow(clock)
    id_ = lost(service, provider, taken=False)
    settle_unknown(service, {Channel.SMS: provider}, everyone)

    assert (len(provider.looks), the_call(service, id_)["looks"]) == (2, 0)


# What the provider says after all


@pytest.mark.parametrize(("word", "state"), [("sent", "withdrawn"), ("delivered", "delivered")])
def test_a_message_taken_for_absent_that_appears_after_all_is_not_sent_again(
    service: Service, provider: Asked, asked: Transports, clock: ManualClock, word: str, state: str
) -> None:
    id_ = lost(service, provider, taken=False)
    keep(service, asked, clock, 11)
    assert states(service, id_)[FIRST] == "planned"
    hear(service, word, delivery=the_call(service, id_)["id"], provider_id="SM7")

    assert states(service, id_)[FIRST] == state
    assert send_due(service, asked) == Report()


# What travels together


def test_the_outcome_of_a_message_is_that_of_all_that_travel_in_it(
    service: Service, provider: Asked, asked: Transports, clock: ManualClock
) -> None:
    id_ = lost(service, provider, taken=False)
    (row,) = deliveries(service, id_)
    other = the_reminder(service, id_, "ride")
    add_follower(service, id_, row["id"], other.id)
    keep(service, asked, clock, 11)

    assert {row["state"] for row in calls(service, id_)} == {"absent"}
    assert (states(service, id_)[FIRST], states(service, id_)["ride"]) == ("planned", "planned")
    assert tasks(service) == []


def add_follower(service: Service, enrollment: str, leader: str, reminder: int) -> None:
    """Another reminder whose words went in the same message."""
    set_reminder(service, enrollment, "ride", state="unknown", due_at=None, fence=1)
    row = the_call(service, enrollment) | {"id": "f" * 32, "reminder": reminder, "leader": leader}
    with service.engine.begin() as connection:
        connection.execute(insert(tables.deliveries), row)
