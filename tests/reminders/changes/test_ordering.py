"""A prescriber's order after a change had put it in doubt, and a new way to reach the patient."""

import pytest

from reminders.changes.changing import Changed
from reminders.changes.ordering import NewContact, change_contact, order
from reminders.clock import ManualClock
from reminders.dispatch import Report
from reminders.errors import InputError
from reminders.service import Service
from reminders.settling.unsettled import settle
from reminders.transports.memory import fails
from schedules.protocol import Channel
from tests.builders import local
from tests.reminders.builders import (
    Transports,
    enrolled_id,
    everything,
    refused,
    row_counts,
    send_due,
    stored,
    task_kinds,
    texts_only,
    the_reminder,
    together,
    unknown,
)
from tests.reminders.receiving import calls
from tests.reminders.recorded import WARFARIN, cancelled, moved

DRUG_STEPS = ("stop:warfarin", "resume:warfarin")


def ordered(service: Service, id_: str, *holds: str, **changes: object) -> Changed:
    values: dict[str, object] = {"resumes": ("warfarin=1",), "ordered_by": "Dr. Example", "by": "nurse"} | changes
    return order(service, id_, holds=holds or ("warfarin=5",), **values)  # type: ignore[arg-type]


@pytest.fixture
def told(service: Service, transports: Transports, clock: ManualClock) -> str:
    """A patient who was told the last day with warfarin, on that day."""
    id_ = enrolled_id(service, **WARFARIN)
    for text in ("2026-11-20 12:00", "2026-11-24 10:00", "2026-12-02 10:00"):
        clock.move_to(local(text))
        send_due(service, transports)
    return id_


# A stop that may have been read


def test_a_stop_that_was_given_up_is_planned_anew_once_it_is_ordered_for_the_new_date(
    service: Service, clock: ManualClock
) -> None:
    transports, id_ = texts_only(clock, can_look_up=False), enrolled_id(service, **WARFARIN)
    for text in ("2026-11-20 12:00", "2026-11-24 10:00"):
        clock.move_to(local(text))
        send_due(service, transports)
    clock.move_to(local("2026-12-02 10:00"))
    transports[Channel.SMS].script(fails(unknown))
    send_due(service, transports)
    (call,) = [each["id"] for each in calls(service, id_) if each["state"] == "unknown"]
    settle(service, call, "abandon", note=None, by="Sam Nurse")

    moved(service, id_, "2026-12-29 09:00")
    ordered(service, id_)
    stop = the_reminder(service, id_, "stop:warfarin")
    assert (stop.state, stop.send_at) == ("planned", local("2026-12-23 10:00"))


# A move after a hold was announced


def test_a_move_after_a_hold_was_announced_says_so_once_and_calls_a_person(service: Service, told: str) -> None:
    changed = moved(service, told)

    assert changed.corrections == (("correction", local("2026-12-02 10:00")),)
    assert [(task["kind"], task["urgent"]) for task in changed.tasks] == [("announced-hold", True)]
    assert the_reminder(service, told, "correction").step == "correction-moved"


def test_the_drugs_steps_wait_for_the_order_and_no_other_step_does(service: Service, told: str) -> None:
    moved(service, told)
    waiting = {r.key for r in everything(service, told) if "order" in r.waits_for}

    assert waiting == set(DRUG_STEPS)
    assert not stored(service, told).holds[0].confirmed


def test_without_the_order_the_step_is_held_and_with_it_sent(
    service: Service, told: str, transports: Transports, clock: ManualClock
) -> None:
    moved(service, told)
    send_due(service, transports)
    clock.move_to(local("2026-12-09 10:00"))

    assert send_due(service, transports) == Report(held=1)
    ordered(service, told)
    assert send_due(service, transports) == Report(sent=1)
    assert transports[Channel.SMS].calls[-1].key == "stop:warfarin"


def test_moved_back_the_patient_is_told_again_and_the_order_still_waits(
    service: Service, told: str, transports: Transports, clock: ManualClock
) -> None:
    moved(service, told)
    send_due(service, transports)
    clock.move_to(local("2026-12-03 12:00"))
    changed = moved(service, told, "2026-12-08 09:00")

    assert [key for key, _ in changed.corrections] == ["correction"]
    assert "order" in the_reminder(service, told, "resume:warfarin").waits_for
    assert the_reminder(service, told, "stop:warfarin").state == "missed"


def test_an_unsent_correction_is_withdrawn_by_the_next_change(
    service: Service, told: str, transports: Transports
) -> None:
    moved(service, told)
    moved(service, told, "2026-12-16 09:00")
    corrections = [(r.round, r.state.value) for r in everything(service, told) if r.key == "correction"]

    assert corrections == [(1, "withdrawn"), (2, "planned")]
    assert send_due(service, transports) == Report(sent=1)
    assert "Wed Dec 16" in transports[Channel.SMS].calls[-1].text


def test_moved_and_moved_back_before_the_correction_left_nothing_is_said(service: Service, told: str) -> None:
    moved(service, told)
    changed = moved(service, told, "2026-12-08 09:00")

    assert changed.corrections == ()
    assert the_reminder(service, told, "correction").state == "withdrawn"


def test_a_correction_never_says_to_stop_or_start(service: Service, told: str, transports: Transports) -> None:
    moved(service, told)
    send_due(service, transports)
    text = transports[Channel.SMS].calls[-1].text.lower()

    assert "until we talk, do not" in text
    assert "warfarin" not in text


def test_another_order_after_the_announcement_is_corrected_without_a_doubt(service: Service, told: str) -> None:
    changed = ordered(service, told, "warfarin=4")

    assert len(changed.corrections) == 1
    assert the_reminder(service, told, "resume:warfarin").waits_for == ("completed",)
    assert stored(service, told).holds[0].days == 4


def test_the_same_order_again_says_nothing_to_the_patient(service: Service, told: str) -> None:
    changed = ordered(service, told)

    assert (changed.corrections, changed.moved, changed.tasks) == ((), (), ())


# Two coordinators at once


def test_of_two_changes_at_once_one_wins_and_the_other_is_told(service: Service, told: str) -> None:
    answers = together(lambda: moved(service, told, by="first"), lambda: cancelled(service, told, by="second"))
    refusals = [answer for answer in answers if isinstance(answer, InputError)]
    done = [answer for answer in answers if isinstance(answer, Changed)]

    assert len(done) + len(refusals) == 2
    assert done
    if refusals:
        assert "was changed meanwhile" in str(refusals[0]) or "is cancelled" in str(refusals[0])
    assert len([r for r in everything(service, told) if r.key == "correction" and r.state == "planned"]) == 1


# Contact


@pytest.fixture
def unreached(service: Service, transports: Transports) -> str:
    """A patient whose number refused the first message."""
    transports[Channel.SMS].script(fails(refused))
    id_ = enrolled_id(service)
    send_due(service, transports)
    assert the_reminder(service, id_, "welcome").state == "failed"
    return id_


def test_a_new_number_tries_again_what_was_refused(
    service: Service, unreached: str, transports: Transports, clock: ManualClock
) -> None:
    change_contact(service, unreached, NewContact(phone="+12125550177"), by="nurse")
    again = the_reminder(service, unreached, "welcome")
    assert (again.round, again.state) == (2, "planned")
    send_due(service, transports)

    assert [(call.key, call.to) for call in transports[Channel.SMS].calls][-1] == ("welcome", "+12125550177")


def test_another_language_alone_tries_nothing_again(service: Service, unreached: str) -> None:
    change_contact(service, unreached, NewContact(language="es"), by="nurse")

    assert the_reminder(service, unreached, "welcome").round == 1


def test_a_dry_contact_changes_nothing(service: Service, unreached: str) -> None:
    before, reminders = row_counts(service.engine), everything(service, unreached)
    change_contact(service, unreached, NewContact(phone="+12125550177"), by="nurse", dry_run=True)

    assert (row_counts(service.engine), everything(service, unreached)) == (before, reminders)
    assert stored(service, unreached).contact.phone != "+12125550177"


def test_an_order_answers_the_task_that_asked_for_it(service: Service) -> None:
    id_ = enrolled_id(service, takes=("warfarin",), ordered_by=None)
    assert "order-missing" in task_kinds(service)
    ordered(service, id_)

    assert "order-missing" not in task_kinds(service)
