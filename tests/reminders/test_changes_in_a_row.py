"""One change on top of another: what the patient still believes counts, not only what was booked last."""

from datetime import timedelta

import pytest

from reminders.changes.changing import Changed
from reminders.changes.ordering import NewContact, change_contact, order
from reminders.changes.recording import record_visit
from reminders.clock import ManualClock
from reminders.housekeeping import keep_house
from reminders.service import Service
from reminders.settling.unsettled import settle
from reminders.tasking import finish
from reminders.transports.memory import ACCEPT, fails
from schedules.protocol import Channel
from tests.builders import local
from tests.reminders.builders import (
    Transports,
    enrolled_id,
    events,
    everything,
    not_sent,
    refused,
    send_due,
    sent_keys,
    set_reminder,
    stored,
    task_kinds,
    tasks,
    texts_only,
    the_reminder,
    unknown,
)
from tests.reminders.receiving import calls
from tests.reminders.recorded import WARFARIN, cancelled, completed, moved

EVENING_BEFORE = local("2026-12-07 21:30")


@pytest.fixture
def texts(clock: ManualClock) -> Transports:
    return texts_only(clock)


def sent_at(service: Service, transports: Transports, clock: ManualClock, *times: str) -> None:
    for text in times:
        clock.move_to(local(text))
        send_due(service, transports)


@pytest.fixture
def expecting(service: Service, texts: Transports, clock: ManualClock) -> str:
    """A patient who expects December 8, 7:30, was moved a week on at half past nine the evening before, and has not
    read it yet: the provider was busy."""
    id_ = enrolled_id(service, procedure="2026-12-08 07:30")
    send_due(service, texts)
    sent_at(service, texts, clock, "2026-12-05 12:00", "2026-12-07 10:20")
    clock.move_to(EVENING_BEFORE)
    texts[Channel.SMS].script(fails(not_sent()))
    moved(service, id_, "2026-12-15 09:00")
    send_due(service, texts)
    return id_


@pytest.mark.parametrize("change", [cancelled, lambda service, id_: moved(service, id_, "2026-12-17 09:00")])
def test_what_the_patient_still_expects_within_12_hours_is_corrected_at_once_whatever_was_booked_since(
    service: Service, expecting: str, change: object
) -> None:
    changed: Changed = change(service, expecting)  # type: ignore[operator]
    assert changed.corrections == (("correction", EVENING_BEFORE),)


def given_up(service: Service, id_: str) -> None:
    """A person says of the enrollment's messages of unknown outcome that nobody can tell."""
    for call in calls(service, id_):
        if call["state"] == "unknown":
            settle(service, call["id"], "abandon", note=None, by="Sam Nurse")


@pytest.fixture
def unsure(service: Service, clock: ManualClock) -> tuple[str, Transports]:
    """As above, but the provider took the correction or did not, and a person has given it up."""
    transports, id_ = texts_only(clock, can_look_up=False), enrolled_id(service, procedure="2026-12-08 07:30")
    send_due(service, transports)
    sent_at(service, transports, clock, "2026-12-05 12:00", "2026-12-07 10:20")
    clock.move_to(EVENING_BEFORE)
    moved(service, id_, "2026-12-15 09:00")
    transports[Channel.SMS].script(fails(unknown))
    send_due(service, transports)
    given_up(service, id_)
    return id_, transports


@pytest.mark.parametrize("change", [cancelled, lambda service, id_: moved(service, id_, "2026-12-17 09:00")])
def test_a_correction_that_was_given_up_took_nothing_back_for_sure(
    service: Service, unsure: tuple[str, Transports], change: object
) -> None:
    changed: Changed = change(service, unsure[0])  # type: ignore[operator]
    assert changed.corrections == (("correction", EVENING_BEFORE),)
    assert "short-notice" in task_kinds(service)


def test_a_start_that_was_given_up_is_still_expected_two_changes_later(service: Service, clock: ManualClock) -> None:
    transports, id_ = texts_only(clock, can_look_up=False), enrolled_id(service, procedure="2026-12-08 07:30")
    send_due(service, transports)
    moved(service, id_, "2026-12-04 07:30")
    transports[Channel.SMS].script(fails(unknown))
    send_due(service, transports)
    given_up(service, id_)
    clock.move_to(local("2026-12-03 21:30"))
    moved(service, id_, "2026-12-15 09:00")

    changed = cancelled(service, id_)
    assert changed.corrections == (("correction", clock.now()),)
    assert "short-notice" in task_kinds(service)


def test_who_still_expects_a_later_day_is_told_of_a_cancellation_after_the_recorded_start(
    service: Service, clock: ManualClock, texts: Transports
) -> None:
    id_ = enrolled_id(service, procedure="2026-12-15 09:00")
    send_due(service, texts)
    texts[Channel.SMS].script(fails(refused))
    moved(service, id_, "2026-11-27 09:00")
    send_due(service, texts)
    clock.move_to(local("2026-11-30 12:00"))

    assert [key for key, _ in cancelled(service, id_).corrections] == ["correction"]


def test_a_visit_that_was_told_is_called_off_by_a_person_after_the_procedure(
    service: Service, clock: ManualClock, texts: Transports
) -> None:
    id_ = enrolled_id(service)
    send_due(service, texts)
    clock.move_to(local("2026-12-08 12:00"))
    completed(service, id_)
    record_visit(service, id_, at="2027-01-08 10:30", by="coordinator")
    clock.move_to(the_reminder(service, id_, "visit-reminder").send_at)
    send_due(service, texts)
    assert the_reminder(service, id_, "visit-reminder").state == "sent"

    cancelled(service, id_, reason="other")
    assert ["told when to come for the visit" in task["reason"] for task in tasks(service)].count(True) == 1


def test_after_the_procedure_nobody_is_told_when_it_is_now(service: Service, clock: ManualClock) -> None:
    transports, id_ = texts_only(clock, can_look_up=False), enrolled_id(service)
    send_due(service, transports)
    moved(service, id_, "2026-12-09 13:00")
    send_due(service, transports)
    moved(service, id_, "2026-12-09 15:00")
    transports[Channel.SMS].script(fails(unknown))
    send_due(service, transports)
    given_up(service, id_)

    clock.move_to(local("2026-12-09 17:00"))
    assert completed(service, id_, ended_at="2026-12-09 16:10").corrections == ()


def test_a_correction_that_was_given_up_goes_to_the_new_phone(service: Service, unsure: tuple[str, Transports]) -> None:
    changed = change_contact(service, unsure[0], NewContact(phone="+12125550177"), by="coordinator")
    assert [key for key, _ in changed.corrections] == ["correction"]


def test_another_zone_after_the_procedure_hides_no_correction_of_its_end(
    service: Service, clock: ManualClock, texts: Transports
) -> None:
    id_ = enrolled_id(service)
    sent_at(service, texts, clock, "2026-11-24 10:00", "2026-12-05 12:00", "2026-12-07 10:20")
    clock.move_to(local("2026-12-08 12:00"))
    completed(service, id_, ended_at="2026-12-08 10:00")
    sent_at(service, texts, clock, "2026-12-08 13:00")
    assert the_reminder(service, id_, "after-care").state == "sent"

    completed(service, id_, ended_at="2026-12-08 11:00", correct=True)
    change_contact(service, id_, NewContact(zone="Pacific/Honolulu"), by="coordinator")
    assert the_reminder(service, id_, "correction").step.startswith("correction-rest")


def test_what_was_given_up_and_has_become_wrong_is_told_anew(service: Service, clock: ManualClock) -> None:
    transports, id_ = texts_only(clock, can_look_up=False), enrolled_id(service)
    sent_at(service, transports, clock, "2026-11-20 12:00", "2026-11-24 10:00")
    clock.move_to(local("2026-12-05 12:00"))
    transports[Channel.SMS].script(fails(unknown))
    send_due(service, transports)
    given_up(service, id_)
    assert the_reminder(service, id_, "ride").state == "failed"

    moved(service, id_, "2026-12-29 09:00")
    again = the_reminder(service, id_, "ride")
    assert (again.state, again.send_at) == ("planned", local("2026-12-26 12:00"))


def test_the_urgent_call_of_a_move_is_not_closed_by_a_cancellation_that_follows(
    service: Service, expecting: str
) -> None:
    cancelled(service, expecting)
    assert "short-notice" in task_kinds(service)


def test_a_cancellation_after_the_procedure_leaves_the_call_about_restarting_a_drug_open(
    service: Service, texts: Transports, clock: ManualClock
) -> None:
    id_ = enrolled_id(service, holds=("warfarin=5",), ordered_by="Dr. Example")
    clock.move_to(local("2026-12-08 12:00"))
    completed(service, id_)
    assert "restart" in task_kinds(service)

    clock.move_to(local("2026-12-11 12:00"))
    cancelled(service, id_, reason="error")
    assert "restart" in task_kinds(service)


def test_a_cancellation_after_an_early_procedure_says_nothing_of_a_visit_that_will_not_take_place(
    service: Service, texts: Transports, clock: ManualClock
) -> None:
    id_ = enrolled_id(service, procedure="2026-12-08 14:00")
    send_due(service, texts)
    clock.move_to(local("2026-12-08 13:30"))
    completed(service, id_, ended_at="2026-12-08 13:20")

    assert cancelled(service, id_, reason="error").corrections == ()
    assert "short-notice" not in task_kinds(service)


def test_the_nurses_call_is_a_task_in_every_round(service: Service, texts: Transports, clock: ManualClock) -> None:
    id_ = enrolled_id(service)
    sent_at(service, texts, clock, "2026-11-24 10:00", "2026-12-05 12:00", "2026-12-07 10:20", "2026-12-07 10:40")
    assert the_reminder(service, id_, "arrival-call").state == "sent"
    moved(service, id_, "2026-12-15 09:00")
    assert "call" not in task_kinds(service)

    clock.move_to(local("2026-12-10 18:00"))
    changed = moved(service, id_, "2026-12-11 09:00")
    assert "call" in {task["kind"] for task in changed.tasks}


def test_to_confirm_orders_by_a_call_is_a_change_of_its_own(
    service: Service, texts: Transports, clock: ManualClock
) -> None:
    first = enrolled_id(service, phone="+12125550199", **WARFARIN)
    sent_at(service, texts, clock, "2026-11-20 12:00", "2026-11-24 10:00", "2026-12-02 10:00")
    cancelled(service, first)
    again = enrolled_id(service, phone="+12125550199", procedure="2026-12-22 09:00", **WARFARIN)
    (call,) = [task["id"] for task in tasks(service) if task["kind"] == "announced-hold"]

    finish(service, call, note="Called.", by="nurse")
    assert stored(service, again).revision == 2
    assert [(row["action"], row["by"]) for row in events(service, again)][-1] == ("order", "nurse")
    assert {r.revision for r in everything(service, again) if r.state == "planned"} == {2}


# Whom nobody may call, and what stays a person's matter


@pytest.fixture
def stopped(service: Service, texts: Transports, clock: ManualClock) -> str:
    """A patient who was told the last day with warfarin, with an order to take it again three days after."""
    id_ = enrolled_id(service, holds=("warfarin=5",), resumes=("warfarin=3",), ordered_by="Dr. Example")
    sent_at(service, texts, clock, "2026-11-24 10:00", "2026-12-02 10:00", "2026-12-05 12:00", "2026-12-07 10:20")
    return id_


@pytest.mark.parametrize("reason", ["deceased", "admitted"])
def test_nobody_is_asked_to_call_a_patient_who_cannot_answer(service: Service, stopped: str, reason: str) -> None:
    changed = cancelled(service, stopped, reason=reason)
    (task,) = changed.tasks

    assert (task["kind"], changed.corrections) == (reason, ())
    assert ("warfarin was held" in task["reason"], task["urgent"]) == (reason == "admitted", reason == "admitted")


def test_a_cancellation_before_a_drug_was_resumed_leaves_its_restart_to_a_person(
    service: Service, stopped: str, clock: ManualClock
) -> None:
    clock.move_to(local("2026-12-08 12:00"))
    completed(service, stopped)
    clock.move_to(local("2026-12-10 12:00"))
    changed = cancelled(service, stopped, reason="other")

    assert "resume:warfarin" in dict(changed.withdrawn)
    (restart,) = [task for task in changed.tasks if task["kind"] == "restart"]
    assert ("warfarin" in restart["reason"], restart["urgent"]) == (True, True)


def test_a_moved_procedure_is_asked_about_anew_when_it_should_have_ended(service: Service, clock: ManualClock) -> None:
    id_ = enrolled_id(service)
    clock.move_to(local("2026-12-08 13:00"))
    keep_house(service, {})
    assert "completion" in task_kinds(service)
    moved(service, id_, "2026-12-15 13:00")
    assert "completion" not in task_kinds(service)

    clock.move_to(local("2026-12-15 17:00"))
    keep_house(service, {})
    assert "completion" in task_kinds(service)


def test_what_the_old_phone_refused_is_tried_by_the_new_one(
    service: Service, texts: Transports, clock: ManualClock
) -> None:
    id_ = enrolled_id(service, **WARFARIN)
    sent_at(service, texts, clock, "2026-11-20 12:00", "2026-11-24 10:00")
    texts[Channel.SMS].script(fails(refused))
    sent_at(service, texts, clock, "2026-12-02 10:00")
    assert the_reminder(service, id_, "stop:warfarin").state == "failed"

    clock.move_to(local("2026-12-02 10:30"))
    change_contact(service, id_, NewContact(phone="+12125550124"), by="coordinator")
    sent_at(service, texts, clock, "2026-12-02 11:00")
    again = the_reminder(service, id_, "stop:warfarin")
    assert (again.state, again.round) == ("sent", 2)


def test_an_order_says_that_a_resume_without_its_stop_stays_with_staff(service: Service, clock: ManualClock) -> None:
    clock.move_to(local("2026-12-05 12:00"))  # too late for the stop
    id_ = enrolled_id(service, **WARFARIN)
    assert the_reminder(service, id_, "stop:warfarin").state == "missed"

    changed = order(service, id_, holds=("warfarin=5",), resumes=("warfarin=2",), ordered_by="Dr. Example", by="nurse")
    said = "resume:warfarin stays with staff: stop:warfarin was not sent; tell the patient in person"
    assert said in changed.warnings


def test_a_resume_held_for_staff_is_a_task_again_after_a_new_order(
    service: Service, texts: Transports, clock: ManualClock
) -> None:
    clock.move_to(local("2026-12-05 12:00"))
    id_ = enrolled_id(service, **WARFARIN)
    send_due(service, texts)
    clock.move_to(local("2026-12-08 12:00"))
    completed(service, id_)
    sent_at(service, texts, clock, "2026-12-09 11:00")
    (held,) = [task["id"] for task in tasks(service) if task["kind"] == "held"]
    finish(service, held, note="Thursday.", by="nurse")
    order(service, id_, holds=("warfarin=5",), resumes=("warfarin=2",), ordered_by="Dr. Example", by="nurse")

    sent_at(service, texts, clock, "2026-12-10 09:30")
    assert the_reminder(service, id_, "resume:warfarin").state == "held"
    assert "held" in task_kinds(service)


def test_a_drug_that_is_stopped_already_is_not_announced_for_a_second_procedure(
    service: Service, texts: Transports, clock: ManualClock
) -> None:
    first = enrolled_id(service, mrn="4711", procedure="2026-12-08 11:30", **WARFARIN)
    second = enrolled_id(service, mrn="4711", procedure="2026-12-14 09:00", **WARFARIN)
    sent_at(service, texts, clock, "2026-11-20 12:00", "2026-11-24 10:00", "2026-11-30 10:00", "2026-12-02 10:00")
    assert the_reminder(service, first, "stop:warfarin").state == "sent"

    sent_at(service, texts, clock, "2026-12-08 10:00")
    held = the_reminder(service, second, "stop:warfarin")
    assert (held.state, held.waits_for) == ("held", ("staff",))
    assert any(first in task["reason"] for task in tasks(service) if task["kind"] == "held")


# The correction leaves before what the new plan tells


def near(service: Service, texts: Transports, clock: ManualClock) -> str:
    """Moved so near that the nurse's call of the new plan is due in the very minute of the correction."""
    id_ = enrolled_id(service, procedure="2026-12-08 07:30")
    send_due(service, texts)
    clock.move_to(local("2026-12-03 10:00"))
    moved(service, id_, "2026-12-04 07:30")
    return id_


def test_a_correction_leaves_before_what_the_new_plan_tells_at_the_same_time(
    service: Service, texts: Transports, clock: ManualClock
) -> None:
    near(service, texts, clock)
    send_due(service, texts)

    assert sent_keys(texts) == ["welcome", "correction", "arrival-call"]


def test_what_the_new_plan_tells_waits_while_its_correction_does_not_get_through(
    service: Service, texts: Transports, clock: ManualClock
) -> None:
    texts[Channel.SMS].script(ACCEPT, fails(not_sent()))
    id_ = near(service, texts, clock)
    for _ in range(3):
        send_due(service, texts)
        clock.advance(timedelta(seconds=5))

    assert the_reminder(service, id_, "arrival-call").reason == "waits for the correction of what was told before"
    clock.advance(timedelta(seconds=30))
    for _ in range(2):
        send_due(service, texts)
        clock.advance(timedelta(seconds=5))
    assert sent_keys(texts) == ["welcome", "correction", "correction", "arrival-call"]


def test_a_correction_in_the_middle_of_its_call_keeps_the_new_plan_back(
    service: Service, texts: Transports, clock: ManualClock
) -> None:
    id_ = near(service, texts, clock)
    set_reminder(service, id_, "correction", state="sending", due_at=None)
    send_due(service, texts)

    assert sent_keys(texts) == ["welcome"]
    assert the_reminder(service, id_, "arrival-call").due_at == clock.now() + timedelta(seconds=5)


def test_once_a_correction_that_was_put_off_has_left_the_new_plan_follows_within_a_minute(
    service: Service, texts: Transports, clock: ManualClock
) -> None:
    id_ = near(service, texts, clock)
    set_reminder(service, id_, "correction", due_at=clock.now() + timedelta(hours=1))
    send_due(service, texts)
    set_reminder(service, id_, "correction", due_at=clock.now())  # as when a provider can be reached again
    send_due(service, texts)
    clock.advance(timedelta(minutes=1))
    send_due(service, texts)

    assert sent_keys(texts) == ["welcome", "correction", "arrival-call"]


def test_an_old_correction_in_the_middle_of_its_call_still_keeps_the_new_plan_back(
    service: Service, texts: Transports, clock: ManualClock
) -> None:
    id_ = near(service, texts, clock)
    long_ago = clock.now() - timedelta(hours=2)
    set_reminder(service, id_, "correction", state="sending", due_at=None, send_at=long_ago)
    send_due(service, texts)

    assert sent_keys(texts) == ["welcome"]


def test_a_correction_that_cannot_be_told_keeps_nothing_back(
    service: Service, texts: Transports, clock: ManualClock
) -> None:
    texts[Channel.SMS].script(ACCEPT, fails(refused))
    near(service, texts, clock)
    send_due(service, texts)

    assert sent_keys(texts)[-1] == "arrival-call"


def test_a_correction_keeps_the_new_plan_back_for_an_hour_and_no_longer(
    service: Service, texts: Transports, clock: ManualClock
) -> None:
    id_ = near(service, texts, clock)
    set_reminder(service, id_, "correction", state="held", waits_for=["approval"])
    for _ in range(60):
        send_due(service, texts)
        clock.advance(timedelta(minutes=1))

    assert sent_keys(texts) == ["welcome"]
    send_due(service, texts)
    assert sent_keys(texts) == ["welcome", "ride"]  # the others follow ten minutes apart
