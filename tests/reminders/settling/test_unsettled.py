"""Unknown outcomes as people see and settle them."""

from collections.abc import Collection
from datetime import timedelta

import pytest
from sqlalchemy import Connection, insert

from reminders.clock import ManualClock
from reminders.database import tables
from reminders.dispatch import Report
from reminders.errors import InputError
from reminders.housekeeping import settle_expired
from reminders.service import Service
from reminders.settling.unsettled import Settled, list_unknown, settle
from reminders.transports.memory import fails, taken_but
from schedules.protocol import Channel
from tests.reminders.builders import (
    ENROLLED,
    Transports,
    enrolled_id,
    events,
    send_due,
    set_reminder,
    states,
    task_kinds,
    tasks,
    texts_only,
    the_reminder,
    unknown,
)
from tests.reminders.receiving import calls, hear, set_delivery, the_call
from tests.reminders.recorded import WARFARIN, cancelled, moved

FIRST, STOP = "welcome", "stop:warfarin"


@pytest.fixture
def silent(clock: ManualClock) -> Transports:
    """A provider of texts that cannot be asked."""
    return texts_only(clock, can_look_up=False)


def lost(service: Service, transports: Transports, *, taken: bool = False) -> str:
    transports[Channel.SMS].script(taken_but(unknown) if taken else fails(unknown))
    id_ = enrolled_id(service)
    assert send_due(service, transports) == Report(unknown=1)
    return id_


def nobody(_connection: Connection, _workers: Collection[str]) -> set[str]:
    return set()


def say(service: Service, enrollment: str, finding: str, note: str | None = None) -> Settled:
    """A person's word about the only call of an enrollment."""
    return settle(service, the_call(service, enrollment)["id"], finding, note=note, by="Sam Nurse")


# The list


def test_what_is_unknown_is_listed_with_its_task(service: Service, silent: Transports) -> None:
    id_ = lost(service, silent)

    (found,) = list_unknown(service, silent)
    assert (found.delivery, found.enrollment, found.key) == (the_call(service, id_)["id"], id_, FIRST)
    assert (found.channel, found.transport, found.since, found.looks) == ("sms", "memory", ENROLLED, 0)
    assert (found.can_look_up, found.next_look, found.task) == (False, None, tasks(service)[0]["id"])


def test_where_the_provider_can_be_asked_the_list_says_when_it_is_asked_next(
    service: Service, clock: ManualClock
) -> None:
    asked = texts_only(clock)
    id_ = lost(service, asked)
    set_delivery(service, the_call(service, id_)["id"], looks=1, looked_at=clock.now())

    (found,) = list_unknown(service, asked)
    assert (found.can_look_up, found.looks, found.task) == (True, 1, None)
    assert found.next_look == clock.now() + timedelta(minutes=5)


def test_what_is_settled_is_not_listed(service: Service, silent: Transports) -> None:
    id_ = lost(service, silent)
    say(service, id_, "arrived")

    assert list_unknown(service, silent) == []


# What a person says


def test_what_a_person_found_to_have_arrived_counts_as_sent(service: Service, silent: Transports) -> None:
    id_ = lost(service, silent, taken=True)
    done = say(service, id_, "arrived", note="the provider's console shows it")

    assert (done.state, done.reminders) == ("accepted", ((FIRST, "sent", None),))
    assert (the_call(service, id_)["state"], states(service, id_)[FIRST]) == ("accepted", "sent")
    assert the_call(service, id_)["receipt_due_at"] is None
    assert tasks(service) == []
    assert send_due(service, silent) == Report()


def test_what_a_person_found_absent_is_sent_once_more_under_the_name_of_the_first(
    service: Service, silent: Transports
) -> None:
    id_ = lost(service, silent)
    assert say(service, id_, "absent").reminders[0][:2] == (FIRST, "planned")
    assert tasks(service) == []
    assert send_due(service, silent) == Report(sent=1)

    before, after = calls(service, id_)
    assert (before["state"], after["state"], after["again_of"]) == ("absent", "accepted", before["id"])
    assert [message.identity for message in silent[Channel.SMS].calls] == [before["id"]] * 2


def test_a_person_may_permit_a_third_attempt_which_names_the_first_too(service: Service, silent: Transports) -> None:
    id_ = lost(service, silent)
    say(service, id_, "absent")
    silent[Channel.SMS].script(fails(unknown))
    send_due(service, silent)
    settle(service, calls(service, id_)[1]["id"], "absent", note=None, by="Sam Nurse")
    send_due(service, silent)

    first, second, third = calls(service, id_)
    assert (second["again_of"], third["again_of"], third["state"]) == (first["id"], first["id"], "accepted")


def test_what_is_found_absent_too_late_has_failed_with_a_task(
    service: Service, silent: Transports, clock: ManualClock
) -> None:
    id_ = lost(service, silent)
    set_reminder(service, id_, FIRST, not_after=clock.now())
    done = say(service, id_, "absent")

    assert done.reminders == ((FIRST, "failed", "Sam Nurse found that it never left"),)
    assert task_kinds(service) == ["never-left"]


def test_what_a_person_gives_up_has_failed_with_a_reason_and_is_not_sent_again(
    service: Service, silent: Transports
) -> None:
    id_ = lost(service, silent)
    done = say(service, id_, "abandon", note="the patient does not answer")

    assert (done.state, the_call(service, id_)["state"]) == ("abandoned", "abandoned")
    reminder = the_reminder(service, id_, FIRST)
    assert (reminder.state, reminder.reason) == ("failed", "Sam Nurse gave it up: nobody knows whether it arrived")
    assert tasks(service) == []
    assert send_due(service, silent) == Report()


def test_what_was_given_up_may_have_arrived_and_is_corrected_when_the_plan_moves(
    service: Service, silent: Transports
) -> None:
    id_ = lost(service, silent, taken=True)
    say(service, id_, "abandon")

    assert [key for key, _ in moved(service, id_).corrections] == ["correction"]


def test_a_hold_that_was_given_up_may_have_been_read_and_is_called_about_when_all_is_cancelled(
    service: Service, silent: Transports, clock: ManualClock
) -> None:
    id_ = enrolled_id(service, **WARFARIN)
    send_due(service, silent)
    set_reminder(service, id_, STOP, due_at=clock.now(), send_at=clock.now())
    silent[Channel.SMS].script(taken_but(unknown))
    send_due(service, silent)
    given_up = [call["id"] for call in calls(service, id_) if call["state"] == "unknown"]
    settle(service, *given_up, "abandon", note=None, by="Sam Nurse")

    assert states(service, id_)[STOP] == "failed"
    assert [task["kind"] for task in cancelled(service, id_).tasks] == ["announced-hold"]


def test_who_said_so_and_why_is_in_the_history(service: Service, silent: Transports) -> None:
    id_ = lost(service, silent)
    say(service, id_, "absent", note="asked Zephyrine")

    told, said = events(service, id_)[-2:]
    assert (told["by"], told["action"], told["after"]["state"]) == ("Sam Nurse", "outcome-settled", "absent")
    assert (said["by"], said["action"], said["after"]["found"]) == ("Sam Nurse", "unknown-settled", "absent")
    assert b"Zephyrine" not in said["note"]


def test_what_travels_in_the_same_message_is_settled_with_it(service: Service, silent: Transports) -> None:
    id_ = lost(service, silent)
    row = the_call(service, id_)
    follower = row | {"id": "f" * 32, "reminder": the_reminder(service, id_, "ride").id, "leader": row["id"]}
    set_reminder(service, id_, "ride", state="unknown", due_at=None, fence=1)
    add(service, follower)
    done = settle(service, follower["id"], "arrived", note=None, by="Sam Nurse")

    assert sorted(each[:2] for each in done.reminders) == [("ride", "sent"), (FIRST, "sent")]


def add(service: Service, row: dict[str, object]) -> None:
    with service.engine.begin() as connection:
        connection.execute(insert(tables.deliveries), row)


# What cannot be said


def test_an_id_that_nobody_knows_is_refused(service: Service) -> None:
    with pytest.raises(InputError, match="no delivery has this id"):
        settle(service, "0" * 32, "arrived", note=None, by="Sam Nurse")


@pytest.mark.parametrize("finding", ["arrived", "absent", "abandon"])
def test_what_is_known_already_is_not_settled_again(service: Service, silent: Transports, finding: str) -> None:
    id_ = lost(service, silent)
    hear(service, "delivered", delivery=the_call(service, id_)["id"], provider_id="SM7")
    before = the_call(service, id_)

    with pytest.raises(InputError, match="its outcome is delivered, and not unknown: nothing was changed"):
        say(service, id_, finding)
    assert the_call(service, id_) == before


def test_while_the_worker_that_made_the_call_lives_nobody_may_say_that_it_never_left(
    service: Service, silent: Transports, clock: ManualClock
) -> None:
    id_ = lost(service, silent)
    call = the_call(service, id_)["id"]
    set_reminder(service, id_, FIRST, state="sending", lease_until=clock.now())
    set_delivery(service, call, state="intended", code=None)
    clock.advance(timedelta(minutes=1))
    settle_expired(service, silent)

    with pytest.raises(InputError, match="still runs and may yet send it"):
        settle(service, call, "absent", note=None, by="Sam Nurse", gone=nobody)
    assert settle(service, call, "arrived", note=None, by="Sam Nurse", gone=nobody).state == "accepted"
