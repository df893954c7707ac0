"""Numbers as answers: bound to the open question, recorded, and left to people where they fit none."""

from datetime import timedelta

import pytest

from reminders.changes.ordering import NewContact, change_contact
from reminders.changes.recording import complete, record_arrival, record_visit
from reminders.changes.rescheduling import cancel, reschedule
from reminders.clock import ManualClock
from reminders.lifecycle import State
from reminders.replies.answering import confirm
from reminders.service import Service
from reminders.transports.memory import fails
from schedules.protocol import Channel, Question
from tests.builders import local
from tests.reminders.builders import (
    enrolled_id,
    events,
    in_memory,
    refused,
    send_due,
    set_reminder,
    stored,
    task_kinds,
    the_reminder,
)
from tests.reminders.caring import cared_for
from tests.reminders.hearing import ask, asked, hears, response_kinds, rows, the_tasks
from tests.reminders.receiving import calls, set_delivery


def recovering(service: Service, clock: ManualClock, **booked: str) -> str:
    """A patient who has just been asked how strong the pain is."""
    transports, id_ = in_memory(clock), enrolled_id(service, **booked)
    send_due(service, transports)
    clock.move_to(local("2026-12-08 12:00"))
    complete(service, id_, ended_at="2026-12-08 10:00", by="nurse")
    send_due(service, transports)
    ask(service, clock, transports, id_, "recovery-check")
    return id_


def values(service: Service) -> list[tuple[str, int]]:
    return [(row["question"], row["value"]) for row in rows(service, "answers")]


# Pain


@pytest.mark.parametrize(
    ("number", "response", "kinds", "urgent"),
    [
        *[(n, "noted", [], []) for n in range(7)],
        *[(n, "noted", ["pain"], [False]) for n in (7, 8)],
        *[(n, "warning", ["pain"], [True]) for n in (9, 10)],
    ],
)
def test_pain_from_seven_is_a_persons_and_from_nine_at_once(
    service: Service, clock: ManualClock, number: int, response: str, kinds: list[str], urgent: list[bool]
) -> None:
    id_ = recovering(service, clock)
    before = task_kinds(service)
    hears(service, id_, str(number))
    assert response_kinds(service, id_) == [response]
    assert sorted(task_kinds(service)) == sorted(before + kinds)
    assert [task["urgent"] for task in the_tasks(service, "pain")] == urgent
    assert values(service) == [("pain", number)]


def test_an_answer_stands_in_the_history(service: Service, clock: ManualClock) -> None:
    id_ = recovering(service, clock)
    hears(service, id_, "4")
    last = events(service, id_)[-1]
    assert (last["action"], last["by"]) == ("answer", "patient")
    assert last["after"] == {"key": "recovery-check", "question": "pain", "value": 4}
    assert rows(service, "answers")[0]["reply"] == rows(service, "replies")[0]["id"]


def test_a_second_answer_is_recorded_and_acts_where_it_is_worse(service: Service, clock: ManualClock) -> None:
    id_ = recovering(service, clock)
    for number in ("7", "5", "9", "8"):
        hears(service, id_, number)
    assert [value for _, value in values(service)] == [7, 5, 9, 8]
    assert [(task["reason"][:6], task["urgent"]) for task in the_tasks(service, "pain")] == [
        ("Pain 9", True),
        ("Pain 7", False),
    ]


@pytest.mark.parametrize("text", ["11", "100", "-3", "4 5", "pain 4ish"])
def test_what_is_no_number_of_the_question_is_for_a_person(service: Service, clock: ManualClock, text: str) -> None:
    id_ = recovering(service, clock)
    hears(service, id_, text)
    assert values(service) == []
    assert len(the_tasks(service, "reply")) == 1


# Coming or not


def test_a_yes_ends_what_asks_the_same_and_no_other_step(service: Service, clock: ManualClock) -> None:
    id_, _ = asked(service, clock, holds=("warfarin=5",), sedation="moderate")
    before = {key: the_reminder(service, id_, key).state for key in ("fasting", "after-care", "recovery-check")}
    hears(service, id_, "1")
    ended = the_reminder(service, id_, "day-of")
    assert (ended.state, ended.reason, ended.due_at) == ("withdrawn", "confirmed by the patient", None)
    assert {key: the_reminder(service, id_, key).state for key in before} == before
    assert response_kinds(service, id_) == ["noted"]
    assert values(service) == [("arrival", 1)]


def test_a_yes_ends_the_copies_too(service: Service, clock: ManualClock) -> None:
    visit = {"visit": "2027-01-08 10:30", "email": "pat@example.org", "consent": "sms,email"}
    transports, id_ = in_memory(clock), enrolled_id(service, **visit)
    send_due(service, transports)
    clock.move_to(local("2026-12-08 12:00"))
    complete(service, id_, ended_at="2026-12-08 10:00", by="nurse")
    copy = the_reminder(service, id_, "visit-reminder@email")
    assert copy.state == "planned"
    with service.engine.begin() as connection:
        confirm(service, connection, stored(service, id_), Question.VISIT, clock.now())
    assert the_reminder(service, id_, "visit-reminder@email").state == "withdrawn"
    assert the_reminder(service, id_, "visit-reminder").state == "withdrawn"


def test_a_patients_yes_confirms_nothing_for_a_caregiver(service: Service, clock: ManualClock) -> None:
    id_ = cared_for(service, patient={"procedure": "2026-12-08 13:00"}, steps="welcome,day-of")
    with service.engine.begin() as connection:
        confirm(service, connection, stored(service, id_), Question.ARRIVAL, clock.now())
    assert the_reminder(service, id_, "day-of").state == "withdrawn"
    assert the_reminder(service, id_, "day-of@care1").state == "planned"


def test_a_step_that_opens_a_task_is_not_ended_by_an_answer(service: Service, clock: ManualClock) -> None:
    id_ = enrolled_id(service, procedure="2026-12-08 13:00")
    with service.engine.begin() as connection:
        confirm(service, connection, stored(service, id_), Question.ARRIVAL, clock.now())
    assert the_reminder(service, id_, "arrival-call").state == "planned"
    assert the_reminder(service, id_, "day-of").state == "withdrawn"


def test_what_a_yes_has_ended_stays_ended_through_a_change_that_contradicts_nothing(
    service: Service, clock: ManualClock
) -> None:
    id_, _ = asked(service, clock)
    hears(service, id_, "1")
    change_contact(service, id_, NewContact(language="es"), by="coordinator")
    record_arrival(service, id_, at="07:30", by="nurse")
    assert the_reminder(service, id_, "day-of").state == "withdrawn"


def test_what_a_yes_has_ended_is_asked_anew_for_another_day(service: Service, clock: ManualClock) -> None:
    id_, _ = asked(service, clock)
    hears(service, id_, "1")
    reschedule(service, id_, to="2026-12-15 13:00", by="coordinator")
    again = the_reminder(service, id_, "day-of")
    assert (again.state, again.round) == ("planned", 2)


@pytest.mark.parametrize(("start", "urgent"), [("2026-12-08 10:00", True), ("2026-12-08 10:01", False)])
def test_a_no_is_a_persons_and_urgent_within_a_day(
    service: Service, clock: ManualClock, start: str, urgent: bool
) -> None:
    id_, _ = asked(service, clock, procedure=start)
    hears(service, id_, "2")
    (task,) = the_tasks(service, "declined")
    assert task["urgent"] == urgent
    assert "cannot come to the procedure" in task["reason"]
    assert response_kinds(service, id_) == ["noted"]


def test_a_no_to_a_visit_speaks_of_the_visit(service: Service, clock: ManualClock) -> None:
    transports, id_ = in_memory(clock), enrolled_id(service, visit="2027-01-08 10:30")
    send_due(service, transports)
    clock.move_to(local("2026-12-08 12:00"))
    complete(service, id_, ended_at="2026-12-08 10:00", by="nurse")
    ask(service, clock, transports, id_, "visit-reminder")
    hears(service, id_, "2")
    (task,) = the_tasks(service, "declined")
    assert "cannot come to the visit" in task["reason"]
    assert task["urgent"]


def test_a_question_that_was_given_up_is_answered_all_the_same(service: Service, clock: ManualClock) -> None:
    id_ = recovering(service, clock)
    set_delivery(service, calls(service, id_)[-1]["id"], state="abandoned")
    set_reminder(service, id_, "recovery-check", state="failed")
    hears(service, id_, "8")
    assert values(service) == [("pain", 8)]


@pytest.fixture
def asked_twice(service: Service, clock: ManualClock) -> str:
    """Asked how strong the pain is; and whether the patient comes to the visit, which a person has given up."""
    transports, id_ = in_memory(clock), recovering(service, clock)
    record_visit(service, id_, at="2027-01-08 09:00", by="nurse")
    clock.move_to(clock.now() + timedelta(minutes=30))
    set_reminder(service, id_, "visit-reminder", due_at=clock.now(), send_at=clock.now(), not_before=None)
    send_due(service, transports)
    assert the_reminder(service, id_, "visit-reminder").state is State.SENT
    set_delivery(service, calls(service, id_)[-1]["id"], state="abandoned")
    set_reminder(service, id_, "visit-reminder", state="failed")
    return id_


def test_a_question_that_was_given_up_hides_no_strong_pain(service: Service, asked_twice: str) -> None:
    hears(service, asked_twice, "9")
    assert response_kinds(service, asked_twice) == ["warning"]
    assert [task["urgent"] for task in the_tasks(service, "pain")] == [True]


def test_a_number_that_may_answer_one_of_two_questions_is_a_persons(service: Service, asked_twice: str) -> None:
    hears(service, asked_twice, "2")
    assert the_tasks(service, "declined") == []
    assert ["two questions are open" in task["reason"] for task in the_tasks(service, "reply")] == [True]
    assert values(service) == []


def test_a_no_before_a_yes_keeps_the_reminders(service: Service, clock: ManualClock) -> None:
    id_, _ = asked(service, clock)
    hears(service, id_, "2")
    hears(service, id_, "1")
    assert the_reminder(service, id_, "day-of").state == "planned"
    assert values(service) == [("arrival", 2), ("arrival", 1)]


def test_a_no_after_a_yes_is_a_persons(service: Service, clock: ManualClock) -> None:
    id_, _ = asked(service, clock)
    hears(service, id_, "1")
    hears(service, id_, "2")
    assert len(the_tasks(service, "declined")) == 1


@pytest.mark.parametrize("number", ["0", "3", "10"])
def test_a_number_that_does_not_fit_the_question_is_for_a_person(
    service: Service, clock: ManualClock, number: str
) -> None:
    id_, _ = asked(service, clock)
    hears(service, id_, number)
    assert values(service) == []
    assert response_kinds(service, id_) == ["received"]
    (task,) = the_tasks(service, "reply")
    assert "no answer to arrival-call" in task["reason"]


# The open question


def test_without_a_question_a_number_is_for_a_person(service: Service, clock: ManualClock) -> None:
    id_ = enrolled_id(service)
    send_due(service, in_memory(clock))
    hears(service, id_, "1")
    (task,) = the_tasks(service, "reply")
    assert "no question is open" in task["reason"]
    assert response_kinds(service, id_) == ["received"]
    assert values(service) == []


def test_a_question_that_was_refused_is_not_open(service: Service, clock: ManualClock) -> None:
    transports, id_ = in_memory(clock), enrolled_id(service)
    send_due(service, transports)
    ask(service, clock, transports, id_, "prepare")
    ask(service, clock, transports, id_, "ride")
    transports[Channel.SMS].script(fails(refused))
    clock.move_to(local("2026-12-07 10:00"))
    send_due(service, transports)
    assert the_reminder(service, id_, "arrival-call").state == "failed"
    hears(service, id_, "1")
    assert values(service) == []


def test_after_seven_days_a_question_is_no_longer_open(service: Service, clock: ManualClock) -> None:
    id_ = recovering(service, clock)
    clock.advance(timedelta(days=7, seconds=1))
    hears(service, id_, "3")
    assert values(service) == []
    assert response_kinds(service, id_) == ["outdated"]
    assert len(the_tasks(service, "outdated")) == 1


@pytest.mark.parametrize(
    ("number", "response", "urgent"), [("8", "outdated", []), ("9", "warning", [True]), ("10", "warning", [True])]
)
def test_pain_that_a_person_must_hear_of_at_once_is_not_told_that_it_is_late(
    service: Service, clock: ManualClock, number: str, response: str, urgent: list[bool]
) -> None:
    id_ = recovering(service, clock)
    clock.advance(timedelta(days=7, seconds=1))
    hears(service, id_, number)
    assert response_kinds(service, id_) == [response]
    assert [task["urgent"] for task in the_tasks(service, "pain")] == urgent
    assert values(service) == []


def test_up_to_seven_days_it_is(service: Service, clock: ManualClock) -> None:
    id_ = recovering(service, clock)
    clock.advance(timedelta(days=7))
    hears(service, id_, "3")
    assert values(service) == [("pain", 3)]


def test_an_answer_to_a_moved_procedure_is_told_so(service: Service, clock: ManualClock) -> None:
    id_, _ = asked(service, clock)
    reschedule(service, id_, to="2026-12-15 13:00", by="coordinator")
    hears(service, id_, "1")
    assert response_kinds(service, id_) == ["outdated"]
    (task,) = the_tasks(service, "outdated")
    assert "arrival-call" in task["reason"]
    assert values(service) == []
    assert the_reminder(service, id_, "day-of").state == "planned"


def test_an_answer_after_a_cancellation_is_told_so(service: Service, clock: ManualClock) -> None:
    id_, _ = asked(service, clock)
    cancel(service, id_, reason="hospital", note=None, by="coordinator")
    hears(service, id_, "1")
    assert response_kinds(service, id_) == ["outdated"]
    assert values(service) == []


def test_an_answer_to_a_visit_that_was_moved_is_told_so(service: Service, clock: ManualClock) -> None:
    transports, id_ = in_memory(clock), enrolled_id(service, visit="2027-01-08 10:30")
    send_due(service, transports)
    clock.move_to(local("2026-12-08 12:00"))
    complete(service, id_, ended_at="2026-12-08 10:00", by="nurse")
    send_due(service, transports)
    ask(service, clock, transports, id_, "visit-reminder")
    record_visit(service, id_, at="2027-01-15 10:30", by="coordinator")
    hears(service, id_, "1")
    assert response_kinds(service, id_) == ["outdated"]


def test_two_open_questions_on_one_number_are_a_persons(service: Service, clock: ManualClock) -> None:
    phone = "+12125550170"
    one, _ = asked(service, clock, phone=phone, name="Pat Example", mrn="M1")
    clock.move_to(local("2026-12-07 10:00"))
    transports = in_memory(clock)
    two = enrolled_id(service, phone=phone, name="Lee Example", mrn="M2", procedure="2026-12-08 12:00")
    for _ in range(6):
        clock.advance(timedelta(minutes=11))
        send_due(service, transports)
    assert the_reminder(service, two, "arrival-call").state == "sent"
    hears(service, one, "1")
    (task,) = the_tasks(service, "reply")
    assert "two questions are open" in task["reason"]
    assert {one, two} == {id_ for id_ in (one, two) if id_ in task["reason"]}
    assert values(service) == []


@pytest.mark.parametrize(("number", "kind", "urgent"), [("2", "reply", False), ("10", "pain", True)])
def test_between_two_open_questions_what_may_be_strong_pain_is_urgent(
    service: Service, clock: ManualClock, number: str, kind: str, urgent: bool
) -> None:
    phone = "+12125550170"
    one = recovering(service, clock, phone=phone, mrn="M1")
    clock.move_to(local("2026-12-14 09:00"))
    two = enrolled_id(service, phone=phone, name="Lee Example", mrn="M2", procedure="2026-12-15 12:00")
    transports = in_memory(clock)
    for _ in range(12):
        clock.advance(timedelta(minutes=11))
        send_due(service, transports)
    assert the_reminder(service, two, "arrival-call").state == "sent"
    hears(service, one, number)
    (task,) = the_tasks(service, kind)
    assert ("two questions are open" in task["reason"], task["urgent"]) == (True, urgent)
    assert values(service) == []


def test_the_last_question_is_the_open_one(service: Service, clock: ManualClock) -> None:
    id_, transports = asked(service, clock)
    ask(service, clock, transports, id_, "day-of")
    hears(service, id_, "1")
    assert rows(service, "answers")[0]["reminder"] == the_reminder(service, id_, "day-of").id
