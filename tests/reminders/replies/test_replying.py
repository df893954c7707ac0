"""What becomes of a text that comes in: kept, acted upon, answered once, and before a person where one is needed."""

import logging
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select, update

from reminders import looking
from reminders.approving import approve_protocol
from reminders.changes.rescheduling import cancel, reschedule
from reminders.clock import ManualClock
from reminders.database import tables
from reminders.database.engine import reading
from reminders.database.rows import as_dicts
from reminders.database.vault import Vault
from reminders.errors import OperationError
from reminders.housekeeping import end_held
from reminders.replies.replying import take_reply
from reminders.service import Service
from reminders.understanding import read_reply
from schedules.protocol import Channel
from tests.builders import local
from tests.reminders.builders import (
    a_service,
    a_site,
    enrolled_id,
    in_memory,
    send_due,
    set_reminder,
    stored,
    tasks,
    the_reminder,
)
from tests.reminders.caring import SAM, cared_for, keys_to
from tests.reminders.hearing import (
    STRANGER,
    a_text,
    hears,
    lookup,
    phone_of,
    response_kinds,
    responses,
    rows,
    the_tasks,
)

LIST_911 = ["I have chest pain", "I can't breathe", "my legs are numb and weak", "no puedo respirar"]
LIST_CALL = ["I have a fever of 101", "the wound is bleeding", "tengo fiebre"]
MEDICINES = ["I stopped my warfarin", "should I take my Coumadin tonight?", "se me olvido tomar la warfarina"]


# What is kept


def test_a_reply_is_kept_sealed_with_what_was_made_of_it(service: Service, clock: ManualClock) -> None:
    id_ = enrolled_id(service)
    hears(service, id_, "Where do I park?", media=0)
    (row,) = rows(service, "replies")
    assert (row["enrollment"], row["site"], row["meaning"], row["response"]) == (id_, "main", "other", "received")
    assert row["address"] == lookup(service, phone_of(service, id_))
    assert service.vault.open("replies", row["id"], "content", row["content"]) == "Where do I park?"
    assert service.vault.open("replies", row["id"], "sender", row["sender"]) == phone_of(service, id_)
    assert row["received_at"] == clock.now()


def test_a_repeat_of_the_provider_changes_and_answers_nothing(service: Service) -> None:
    id_ = enrolled_id(service)
    text = a_text("I have chest pain", phone_of(service, id_))
    assert [take_reply(service, text) for _ in range(3)] == [None, None, None]
    assert len(rows(service, "replies")) == 1
    assert response_kinds(service, id_) == ["emergency"]
    assert len(the_tasks(service, "red-flag")) == 1


def test_a_repeat_from_a_stranger_gets_no_second_answer(service: Service) -> None:
    text = a_text("HELP")
    assert take_reply(service, text) is not None
    assert take_reply(service, text) is None


# What it comes to


@pytest.mark.parametrize(
    ("text", "kind", "urgent", "response"),
    [
        *[(text, "red-flag", True, "emergency") for text in LIST_911],
        *[(text, "red-flag", True, "warning") for text in LIST_CALL],
        *[(text, "medicine", True, "received") for text in MEDICINES],
        ("Where do I park?", "reply", False, "received"),
        ("Gracias", "reply", False, "received"),
    ],
)
def test_each_reply_gets_its_task_and_its_fixed_words(
    service: Service, text: str, kind: str, urgent: bool, response: str
) -> None:
    id_ = enrolled_id(service)
    hears(service, id_, text)
    (task,) = [task for task in tasks(service) if task["about"]]
    assert (task["kind"], task["urgent"], task["enrollment"]) == (kind, urgent, id_)
    assert task["about"] == rows(service, "replies")[0]["id"]
    assert text not in task["reason"]
    assert response_kinds(service, id_) == [response]
    assert responses(service, id_)[0].about == task["about"]


def test_help_is_answered_with_name_and_phone_and_asks_nobody(service: Service, clock: ManualClock) -> None:
    transports, id_ = in_memory(clock), enrolled_id(service)
    send_due(service, transports)
    hears(service, id_, "help")
    send_due(service, transports)
    said = transports[Channel.SMS].calls[-1].text
    assert "Example Radiology" in said
    assert "(212) 555-0100" in said
    assert tasks(service) == []


def test_help_works_after_an_opt_out(service: Service, clock: ManualClock) -> None:
    transports, id_ = in_memory(clock), enrolled_id(service)
    send_due(service, transports)
    hears(service, id_, "STOP")
    send_due(service, transports)
    hears(service, id_, "HELP")
    send_due(service, transports)
    assert response_kinds(service, id_) == ["stopped", "help"]
    assert len(transports[Channel.SMS].calls) == 3


def test_a_red_flag_is_answered_after_an_opt_out(service: Service, clock: ManualClock) -> None:
    transports, id_ = in_memory(clock), enrolled_id(service)
    send_due(service, transports)
    hears(service, id_, "STOP")
    hears(service, id_, "chest pain")
    send_due(service, transports)
    assert [one.state for one in responses(service, id_)] == ["sent", "sent"]


def test_any_other_reply_after_an_opt_out_is_a_persons_alone(service: Service) -> None:
    id_ = enrolled_id(service)
    hears(service, id_, "STOP")
    hears(service, id_, "Where do I park?")
    assert response_kinds(service, id_) == ["stopped"]
    assert len(the_tasks(service, "reply")) == 1


@pytest.mark.parametrize("type_", ["HELP", "help"])
def test_what_the_provider_has_answered_gets_no_second_answer(service: Service, type_: str) -> None:
    id_ = enrolled_id(service)
    hears(service, id_, "HELP", opt_out_type=type_)
    assert response_kinds(service, id_) == []
    assert rows(service, "replies")[0]["meaning"] == "help"


def test_an_opt_out_with_a_red_flag_is_both_and_the_answer_is_the_red_flags(service: Service) -> None:
    id_ = enrolled_id(service)
    text = "Stop texting me. I have chest pain"
    assert read_reply(text).opt_out
    hears(service, id_, text)
    assert stored(service, id_).consents == {}
    assert {task["kind"] for task in tasks(service)} == {"red-flag", "opt-out"}
    assert response_kinds(service, id_) == ["emergency"]


def test_an_opt_out_that_speaks_of_a_medicine_is_confirmed(service: Service) -> None:
    id_ = enrolled_id(service)
    text = "Stop texting me. I stopped my warfarin"
    assert read_reply(text, drugs=["warfarin"]).medicine
    hears(service, id_, text)
    assert {task["kind"] for task in tasks(service)} == {"medicine", "opt-out"}
    assert response_kinds(service, id_) == ["stopped"]


@pytest.mark.parametrize("text", ["👍", "", "   ", "ありがとう", "x" * 2000, "\ud800", "<script>", "\x00"])
def test_what_nobody_can_read_is_for_a_person(service: Service, text: str, caplog: pytest.LogCaptureFixture) -> None:
    id_ = enrolled_id(service)
    with caplog.at_level(logging.ERROR):
        hears(service, id_, text)
    assert caplog.records == []
    (task,) = tasks(service)
    assert (task["kind"], task["urgent"]) == ("reply", False)
    assert task["reason"].startswith("Unread reply")


def test_a_picture_without_words_is_for_a_person(service: Service) -> None:
    id_ = enrolled_id(service)
    hears(service, id_, "", media=2)
    (task,) = tasks(service)
    assert task["reason"].startswith("Sent a picture (2 file(s)")
    assert rows(service, "replies")[0]["media"] == 2


def test_a_picture_beside_a_command_is_for_a_person_and_beside_a_task_needs_none(service: Service) -> None:
    id_ = enrolled_id(service)
    hears(service, id_, "HELP", media=1)
    hears(service, id_, "chest pain", media=1)
    assert sorted(task["kind"] for task in tasks(service)) == ["red-flag", "reply"]


# Who wrote


def test_one_number_of_several_patients_gets_one_answer_and_one_task(service: Service, clock: ManualClock) -> None:
    phone = "+12125550175"
    late = enrolled_id(service, phone=phone, name="Lee Example", procedure="2026-12-10 09:00")
    soon = enrolled_id(service, phone=phone, name="Pat Example")
    hears(service, late, "chest pain")
    (task,) = the_tasks(service, "red-flag")
    assert (task["enrollment"], "2 enrollments share this number" in task["reason"]) == (soon, True)
    assert (response_kinds(service, soon), response_kinds(service, late)) == (["emergency"], [])


def test_a_running_enrollment_comes_before_a_cancelled_one(service: Service) -> None:
    phone = "+12125550176"
    over = enrolled_id(service, phone=phone, name="Pat Example")
    cancel(service, over, reason="hospital", note=None, by="coordinator")
    runs = enrolled_id(service, phone=phone, name="Pat Example", procedure="2026-12-10 09:00")
    hears(service, runs, "Where do I park?")
    assert rows(service, "replies")[0]["enrollment"] == runs


def test_a_cancelled_enrollment_still_answers(service: Service, clock: ManualClock) -> None:
    transports, id_ = in_memory(clock), enrolled_id(service)
    send_due(service, transports)
    cancel(service, id_, reason="hospital", note=None, by="coordinator")
    hears(service, id_, "I have a fever")
    send_due(service, transports)
    assert responses(service, id_)[0].state == "sent"
    assert len(the_tasks(service, "red-flag")) == 1


@pytest.mark.parametrize(("days", "known"), [(90, True), (91, False)])
def test_an_ended_enrollment_is_remembered_for_ninety_days(
    service: Service, clock: ManualClock, days: int, known: bool
) -> None:
    id_ = enrolled_id(service)
    cancel(service, id_, reason="hospital", note=None, by="coordinator")
    clock.move_to(local("2026-12-08 09:00") + timedelta(days=days))
    hears(service, id_, "Where do I park?")
    assert (rows(service, "replies")[0]["enrollment"] == id_) == known


def test_a_caregivers_reply_is_answered_to_them(service: Service, clock: ManualClock) -> None:
    transports, id_ = in_memory(clock), cared_for(service)
    send_due(service, transports)
    take_reply(service, a_text("she has chest pain", SAM))
    send_due(service, transports)
    assert keys_to(transports, SAM) == ["welcome@care1", "response"]
    (task,) = the_tasks(service, "red-flag")
    assert (task["enrollment"], task["reason"][:25]) == (id_, "From the caregiver care1:")


def test_a_caregivers_number_answers_no_question_of_the_patients(service: Service, clock: ManualClock) -> None:
    transports = in_memory(clock)
    cared_for(service)
    send_due(service, transports)
    clock.move_to(local("2026-12-07 10:00"))
    send_due(service, transports)
    take_reply(service, a_text("1", SAM))
    assert rows(service, "answers") == []
    assert len(the_tasks(service, "reply")) == 1


def test_help_to_a_caregiver_who_has_opted_out(service: Service, clock: ManualClock) -> None:
    transports = in_memory(clock)
    cared_for(service)
    send_due(service, transports)
    for text in ("STOP", "HELP", "Where do I park?"):
        take_reply(service, a_text(text, SAM))
        send_due(service, transports)
    assert keys_to(transports, SAM) == ["welcome@care1", "response", "response"]


# How it leaves


def test_a_response_waits_for_nothing(service: Service, clock: ManualClock) -> None:
    """Not for the first message, not for the window, nor for the ten minutes between late ones."""
    transports = in_memory(clock)
    clock.move_to(local("2026-11-20 23:00"))
    id_ = enrolled_id(service)
    hears(service, id_, "chest pain")
    send_due(service, transports)
    assert [message.key for message in transports[Channel.SMS].calls] == ["response"]
    assert the_reminder(service, id_, "welcome").state == "planned"


def test_a_response_keeps_no_late_message_back(service: Service, clock: ManualClock) -> None:
    transports, id_ = in_memory(clock), enrolled_id(service)
    send_due(service, transports)
    set_reminder(service, id_, "prepare", due_at=local("2026-11-24 10:12"))  # planned for ten
    clock.move_to(local("2026-11-24 10:05"))
    hears(service, id_, "HELP")
    send_due(service, transports)
    assert responses(service, id_)[0].state == "sent"
    clock.move_to(local("2026-11-24 10:12"))
    send_due(service, transports)
    assert the_reminder(service, id_, "prepare").state == "sent"


def test_a_response_outlives_a_change_of_plan(service: Service, clock: ManualClock) -> None:
    transports, id_ = in_memory(clock), enrolled_id(service)
    send_due(service, transports)
    hears(service, id_, "chest pain")
    reschedule(service, id_, to="2026-12-15 09:00", by="coordinator")
    cancel(service, id_, reason="hospital", note=None, by="coordinator")
    send_due(service, transports)
    assert responses(service, id_)[0].state == "sent"


def test_a_change_names_no_response_among_what_had_gone(service: Service, clock: ManualClock) -> None:
    transports, id_ = in_memory(clock), enrolled_id(service)
    hears(service, id_, "HELP")
    send_due(service, transports)
    changed = reschedule(service, id_, to="2026-12-15 09:00", by="coordinator")
    assert [one.key for one in changed.already_sent] == ["welcome"]


def test_no_unapproved_response_leaves_by_a_live_transport(service: Service, clock: ManualClock) -> None:
    transports, id_ = in_memory(clock, live=True), enrolled_id(service)
    hears(service, id_, "chest pain")
    send_due(service, transports)
    assert transports[Channel.SMS].calls == ()
    assert {"approval", "red-flag"} <= {task["kind"] for task in tasks(service)}


def test_a_response_that_waited_for_an_approval_in_vain_opens_no_task_of_its_own(
    service: Service, clock: ManualClock
) -> None:
    transports, id_ = in_memory(clock, live=True), enrolled_id(service)
    hears(service, id_, "chest pain")
    send_due(service, transports)
    before = len(tasks(service))
    clock.advance(timedelta(hours=2))
    assert end_held(service) == 1
    assert (responses(service, id_)[0].state, len(tasks(service))) == ("missed", before)


@pytest.mark.parametrize(("text", "minutes"), [("chest pain", 60), ("fever of 102", 60), ("HELP", 15), ("hello", 15)])
def test_a_response_that_could_not_leave_in_time_does_not_leave(
    service: Service, clock: ManualClock, text: str, minutes: int
) -> None:
    transports, id_ = in_memory(clock), enrolled_id(service)
    hears(service, id_, text)
    assert responses(service, id_)[0].not_after == clock.now() + timedelta(minutes=minutes)
    clock.advance(timedelta(minutes=minutes))
    send_due(service, transports)
    assert responses(service, id_)[0].state == "skipped"


def test_an_open_opt_out_between_reply_and_response_ends_a_bare_response(service: Service, clock: ManualClock) -> None:
    transports, id_ = in_memory(clock), enrolled_id(service)
    send_due(service, transports)
    hears(service, id_, "Where do I park?")
    hears(service, id_, "STOP", opt_out_type="STOP")
    send_due(service, transports)
    (one,) = responses(service, id_)
    assert (one.state, one.reason) == ("skipped", "its number wants no more texts")
    assert the_tasks(service, "no-channel") == []


# Loops


def test_two_machines_do_not_answer_each_other_for_ever(service: Service, clock: ManualClock) -> None:
    id_ = enrolled_id(service)
    for _ in range(6):
        hears(service, id_, "I am away from my desk.")
        clock.advance(timedelta(minutes=1))
    assert response_kinds(service, id_) == ["received"] * 3
    clock.advance(timedelta(minutes=60))
    hears(service, id_, "I am away from my desk.")
    assert len(responses(service, id_)) == 4


def test_where_a_number_gets_one_message_a_day_no_courtesy_takes_its_place(
    engine: Engine, vault: Vault, clock: ManualClock
) -> None:
    service = a_service(engine, vault, clock, sites={"main": a_site(frequency={"mode": "exempt"})})
    id_ = enrolled_id(service)
    for text in ("Where do I park?", "HELP", "I have a fever"):
        hears(service, id_, text)
    assert response_kinds(service, id_) == ["help", "warning"]
    assert len(the_tasks(service, "reply")) == 1


def test_red_flags_help_and_opt_out_words_are_always_answered(service: Service) -> None:
    id_ = enrolled_id(service)
    for text in ("one", "two", "three", "four", "HELP", "chest pain", "I have a fever", "STOP", "START"):
        hears(service, id_, text)
    assert response_kinds(service, id_) == ["received"] * 3 + ["help", "emergency", "warning", "stopped", "started"]


# Strangers


def test_a_stranger_who_asks_for_help_is_told_who_we_are(service: Service) -> None:
    words = take_reply(service, a_text("HELP"))
    assert words is not None
    assert "Example Radiology" in words
    assert "(212) 555-0100" in words
    (row,) = rows(service, "replies")
    assert (row["enrollment"], row["site"], row["meaning"], row["response"]) == (None, "main", "help", "help")
    assert tasks(service) == []


@pytest.mark.parametrize(("text", "word"), [("I have chest pain", "911"), ("I have a fever", "(212) 555-0100")])
def test_a_strangers_red_flag_is_answered_and_urgent(service: Service, text: str, word: str) -> None:
    words = take_reply(service, a_text(text))
    assert words is not None
    assert word in words
    (task,) = tasks(service)
    assert (task["kind"], task["urgent"], task["enrollment"], task["site"]) == ("red-flag", True, None, "main")


def test_a_strangers_opt_out_is_kept_and_left_to_the_provider(service: Service) -> None:
    assert take_reply(service, a_text("STOP")) is None
    assert [row["address"] for row in rows(service, "opt_outs")] == [lookup(service, STRANGER)]
    assert tasks(service) == []
    assert take_reply(service, a_text("START")) is None
    assert rows(service, "opt_outs") == []


def test_anything_else_from_a_stranger_is_one_task_a_day(service: Service, clock: ManualClock) -> None:
    for _ in range(3):
        assert take_reply(service, a_text("Who is this?")) is None
    clock.advance(timedelta(days=1))
    take_reply(service, a_text("Who is this?"))
    assert [(task["kind"], task["urgent"]) for task in tasks(service)] == [("reply", False)] * 2
    assert len(rows(service, "replies")) == 4


def test_a_strangers_medicine_is_urgent(service: Service) -> None:
    assert take_reply(service, a_text("He stopped his warfarin, is that right?")) is None
    assert [(task["kind"], task["urgent"]) for task in tasks(service)] == [("medicine", True)]


def test_the_site_called_main_speaks_to_strangers(engine: Engine, vault: Vault, clock: ManualClock) -> None:
    sites = {"annex": a_site(name="Example Annex"), "main": a_site(name="Example Main")}
    words = take_reply(a_service(engine, vault, clock, sites=sites), a_text("HELP"))
    assert words is not None
    assert words.startswith("Example Main:")


@pytest.mark.parametrize("approved", [False, True])
def test_a_stranger_hears_no_unapproved_words_where_texts_are_live(
    engine: Engine, vault: Vault, clock: ManualClock, approved: bool
) -> None:
    service = a_service(engine, vault, clock, transports={"sms": {"kind": "twilio"}})
    if approved:
        approve_protocol(service, "vertebroplasty", by="Dr. Example")
    words = take_reply(service, a_text("chest pain"))
    assert (words is not None) == approved
    assert len(the_tasks(service, "red-flag")) == 1


# What must not happen


def test_an_enrollment_that_cannot_be_read_loses_no_reply(engine: Engine, vault: Vault, clock: ManualClock) -> None:
    service = a_service(engine, vault, clock)
    id_ = enrolled_id(service)
    phone = phone_of(service, id_)
    other = a_service(engine, vault, clock, sites={"other": a_site(name="Other")})
    assert take_reply(other, a_text("chest pain", phone)) is not None
    (task,) = the_tasks(other, "red-flag")
    assert (task["enrollment"], task["site"]) == (id_, "main")
    take_reply(other, a_text("STOP", phone))
    assert stored(service, id_).consents == {}


class Forgetful(ManualClock):
    """Fails once, in the middle of what it is asked for."""

    fails = 0

    def now(self) -> Any:
        if self.fails:
            self.fails -= 1
            raise ZeroDivisionError("our own mistake")
        return super().now()


def test_a_mistake_of_ours_loses_no_reply(engine: Engine, vault: Vault, caplog: pytest.LogCaptureFixture) -> None:
    clock = Forgetful(local("2026-11-20 12:00"))
    service = a_service(engine, vault, clock)
    id_ = enrolled_id(service)
    text = a_text("a secret of mine", phone_of(service, id_))
    clock.fails = 1
    assert take_reply(service, text) is None
    (task,) = tasks(service)
    assert (task["enrollment"], task["urgent"], task["about"]) == (id_, True, rows(service, "replies")[0]["id"])
    assert "secret" not in caplog.text
    assert take_reply(service, text) is None  # the provider tries again: it is there already
    assert len(rows(service, "replies")) == 1


def test_the_worklist_shows_what_was_written_and_whom_to_call_back(service: Service) -> None:
    id_ = enrolled_id(service)
    hears(service, id_, "Where do I park?")
    take_reply(service, a_text("Who is this?"))
    shown = {task["enrollment"]: task for task in looking.open_tasks(service)}
    assert (shown[id_]["text"], "from" in shown[id_]) == ("Where do I park?", False)
    assert (shown[None]["text"], shown[None]["from"]) == ("Who is this?", STRANGER)


def test_one_reply_that_does_not_open_hides_no_other_task(engine: Engine, vault: Vault, clock: ManualClock) -> None:
    service = a_service(engine, vault, clock)
    id_ = enrolled_id(service)
    hears(service, id_, "Where do I park?")
    with engine.begin() as connection:
        connection.execute(update(tables.replies).values(content=b"broken"))
    with pytest.raises(OperationError):
        vault.open("replies", "x", "content", b"broken")
    assert looking.open_tasks(service)[0]["text"].startswith("(cannot be opened")


ANY_TEXT = st.one_of(
    st.text(max_size=300),
    st.text(alphabet="STOPstop 0129!."),
    st.tuples(st.text(max_size=20), st.sampled_from([*LIST_911, *LIST_CALL, "STOP", "10"]), st.text(max_size=20)).map(
        " ".join
    ),
)


@pytest.fixture
def patient(service: Service) -> str:
    return enrolled_id(service)


RUN_ON = ["no puede hablar", "cant walk", "no aguanto", *LIST_911, *LIST_CALL]
BESIDE = ["since Tuesday", "and it is bad", "desde ayer", "call Ana", "que hago"]
RUN_ON_TEXT = st.tuples(st.sampled_from(RUN_ON), st.sampled_from(BESIDE)).map(" ".join)
FEW, MANY = 100, 5000  # the gate's on each of two databases; the soak's on one


@given(text=ANY_TEXT)
@settings(max_examples=FEW, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_text_at_all_is_taken_and_no_red_flag_lacks_its_answer_and_its_task(
    service: Service, patient: str, text: str
) -> None:
    take_and_look(service, patient, text)


@given(text=RUN_ON_TEXT)
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_red_flag_that_runs_into_other_words_has_its_answer_and_its_task(
    service: Service, patient: str, text: str
) -> None:
    assert take_and_look(service, patient, text)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("database_kind", ["sqlite"])
@given(text=ANY_TEXT | RUN_ON_TEXT)
@settings(max_examples=MANY, deadline=None, database=None, suppress_health_check=list(HealthCheck))
def test_very_many_texts_are_taken_and_no_red_flag_lacks_its_answer_and_its_task(
    service: Service, patient: str, text: str
) -> None:
    take_and_look(service, patient, text)


def take_and_look(service: Service, patient: str, text: str) -> bool:
    """Take a text in and look what became of it; whether it was a red flag."""
    said = read_reply(text, drugs=[name.lower() for name in service.medications.names])
    hears(service, patient, text)
    row, response, urgent = what_became_of_the_last(service, patient)
    assert row["meaning"] not in ("", "unread")
    if said.emergency or said.warning:
        kind = "emergency" if said.emergency else "warning"
        assert (row["response"], response) == (kind, f"response-{kind}")
        assert "red-flag" in urgent
    return said.emergency or said.warning


def what_became_of_the_last(service: Service, patient: str) -> tuple[dict[str, Any], str | None, list[str]]:
    """The last reply, the last response to the patient, and the kinds of the urgent tasks about the reply."""
    replies, r, t = tables.replies, tables.reminders.c, tables.tasks.c
    last = select(replies).order_by(replies.c.provider_id.desc()).limit(1)
    said = select(r.step).where(r.enrollment == patient, r.step.like("response-%")).order_by(r.round.desc()).limit(1)
    with reading(service.engine) as connection:
        (row,) = as_dicts(connection.execute(last))
        about = select(t.kind).where(t.about == row["id"], t.urgent, t.state == "open")
        return row, connection.execute(said).scalar(), list(connection.execute(about).scalars())
