"""A text in staff's own words: how it is worded, when it leaves, what keeps it back, and what a change of plan does."""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select, update

from reminders.changes.ordering import NewContact, change_contact
from reminders.clock import ManualClock
from reminders.consent import address_lookup
from reminders.database import queries, tables
from reminders.database.engine import reading
from reminders.database.vault import Vault
from reminders.dispatch import Report
from reminders.errors import InputError
from reminders.pausing import pause
from reminders.service import Service
from reminders.staff_texts import Written, words_of, write
from reminders.transports.memory import fails
from schedules.protocol import Channel
from tests.builders import local
from tests.reminders.builders import (
    ENROLLED,
    Transports,
    a_service,
    a_site,
    enrolled_id,
    events,
    everything,
    not_sent,
    row_counts,
    send_due,
    sent_keys,
    set_reminder,
    stored,
    task_kinds,
    tasks,
    texts_only,
    the_reminder,
)
from tests.reminders.recorded import cancelled, completed, moved

KEY = "staff-text"
WORDS = "Yes, your daughter may come along"
NIGHT, MORNING = local("2026-11-20 21:30"), local("2026-11-21 09:00")
PHONE = "+12125550123"


def wrote(service: Service, id_: str, words: str = WORDS, **options: Any) -> Written:
    return write(service, id_, words, **{"urgent": False, "by": "Alex"} | options)


def texts(transports: Transports) -> list[str]:
    return [message.text for message in transports[Channel.SMS].calls if message.key == KEY]


def a_patient(service: Service, transports: Transports, **changes: Any) -> str:
    """One who has had the first message."""
    id_ = enrolled_id(service, **{"phone": PHONE} | changes)
    send_due(service, transports)
    return id_


def refused(service: Service, id_: str, words: str = WORDS, **options: Any) -> str:
    before = row_counts(service.engine)
    with pytest.raises(InputError) as caught:
        wrote(service, id_, words, **options)
    assert row_counts(service.engine) == before
    return str(caught.value)


# What it says


def test_the_words_leave_with_the_sites_name_before_and_its_phone_behind(
    service: Service, transports: Transports
) -> None:
    id_ = a_patient(service, transports)
    assert wrote(service, id_) == Written(
        enrollment=id_, reminder=KEY, round=1, send_at=ENROLLED, segments=1, urgent=False
    )
    assert send_due(service, transports) == Report(sent=1)
    assert texts(transports) == ["Example Radiology: Yes, your daughter may come along. Call (212) 555-0100."]


@pytest.mark.parametrize("words", ["Is it gone?", "Good!", "It is."])
def test_a_sentence_that_ends_gets_no_second_stop(words: str, service: Service, transports: Transports) -> None:
    wrote(service, a_patient(service, transports), words)
    send_due(service, transports)
    assert texts(transports) == [f"Example Radiology: {words} Call (212) 555-0100."]


def test_a_patient_who_reads_spanish_is_told_in_spanish_whom_to_call(service: Service, transports: Transports) -> None:
    wrote(service, a_patient(service, transports, language="es"), "Puede venir con su hija")
    send_due(service, transports)
    assert texts(transports) == ["Example Radiology: Puede venir con su hija. Llame al (212) 555-0100."]


def test_after_hours_the_text_names_the_phone_that_is_answered_then(
    engine: Engine, vault: Vault, clock: ManualClock
) -> None:
    service = a_service(engine, vault, clock, sites={"main": a_site(phone_after_hours="+12125550199")})
    transports = texts_only(clock)
    id_ = a_patient(service, transports)
    clock.move_to(local("2026-11-20 18:30"))
    wrote(service, id_)
    send_due(service, transports)
    assert texts(transports)[0].endswith("Call (212) 555-0199.")


def test_typographic_signs_are_folded_into_the_cheap_alphabet(service: Service, transports: Transports) -> None:
    wrote(service, a_patient(service, transports), "Don’t eat – “nothing” at all…")
    send_due(service, transports)
    assert texts(transports) == ['Example Radiology: Don\'t eat - "nothing" at all... Call (212) 555-0100.']


def test_braces_in_the_words_are_words(service: Service, transports: Transports) -> None:
    wrote(service, a_patient(service, transports), "Say {name} and {0}")
    send_due(service, transports)
    assert "Say {name} and {0}." in texts(transports)[0]


def test_the_words_are_stored_sealed_to_their_enrollment_and_round(service: Service, transports: Transports) -> None:
    id_ = a_patient(service, transports)
    wrote(service, id_)
    reminder = the_reminder(service, id_, KEY)
    assert reminder.content is not None
    assert b"daughter" not in reminder.content
    assert service.vault.open("reminders", f"{id_}:{KEY}:1", "content", reminder.content) == WORDS
    assert words_of(service.vault, reminder) == WORDS


def test_words_that_were_tampered_with_never_leave_and_a_person_is_told(
    service: Service, transports: Transports
) -> None:
    id_ = a_patient(service, transports)
    wrote(service, id_)
    set_reminder(service, id_, KEY, content=b"\x01\x01" + b"x" * 40)
    assert send_due(service, transports) == Report(missed=1)
    assert (texts(transports), task_kinds(service)) == ([], ["text"])


def test_no_word_and_no_number_is_in_the_log_the_history_or_a_repr(
    service: Service, transports: Transports, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    id_ = a_patient(service, transports)
    written = wrote(service, id_)
    send_due(service, transports)
    told = caplog.text + repr(written) + repr(events(service, id_)) + repr(everything(service, id_))
    assert "daughter" not in told
    assert PHONE not in told


# When it leaves


def test_at_night_it_waits_for_the_window(service: Service, transports: Transports, clock: ManualClock) -> None:
    id_ = a_patient(service, transports)
    clock.move_to(NIGHT)
    assert wrote(service, id_).send_at == MORNING
    assert send_due(service, transports) == Report()
    clock.move_to(MORNING)
    send_due(service, transports)
    assert len(texts(transports)) == 1


def test_an_urgent_one_leaves_at_once_also_at_night_and_the_history_says_so(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    id_ = a_patient(service, transports)
    clock.move_to(NIGHT)
    assert wrote(service, id_, urgent=True).send_at == NIGHT
    assert send_due(service, transports) == Report(sent=1)
    event = events(service, id_)[-1]
    assert (event["by"], event["action"]) == ("Alex", "reply")
    assert event["after"] == {"reminder": KEY, "round": 1, "send_at": NIGHT.isoformat(), "urgent": True}


def test_the_window_is_read_on_the_patients_clock(service: Service, transports: Transports, clock: ManualClock) -> None:
    id_ = a_patient(service, transports, zone="America/Los_Angeles")
    clock.move_to(local("2026-11-20 21:30"))
    assert wrote(service, id_).send_at == local("2026-11-20 21:30")
    clock.move_to(local("2026-11-21 10:00"))
    assert wrote(service, id_).send_at == local("2026-11-21 12:00")


def test_a_patient_who_has_moved_is_not_texted_in_the_night_of_the_new_place(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    id_ = a_patient(service, transports)
    clock.move_to(NIGHT)
    wrote(service, id_)
    change_contact(service, id_, NewContact(zone="America/Los_Angeles"), by="Alex")
    clock.move_to(MORNING)
    assert send_due(service, transports) == Report()
    assert the_reminder(service, id_, KEY).due_at == local("2026-11-21 12:00")


def test_nothing_leaves_before_the_first_message_of_the_plan(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    clock.move_to(NIGHT)
    id_ = enrolled_id(service)
    written = wrote(service, id_, urgent=True)
    assert written.send_at == MORNING
    assert written.notes == ("it waits until welcome, the first message of the plan, has left",)
    clock.move_to(MORNING)
    send_due(service, transports)
    assert sent_keys(transports) == ["welcome", KEY]


def test_two_texts_are_two_rounds_in_the_order_in_which_they_were_written(
    service: Service, transports: Transports
) -> None:
    id_ = a_patient(service, transports)
    assert [wrote(service, id_, words).round for words in ("First.", "Second.")] == [1, 2]
    send_due(service, transports)
    assert [text.split()[2] for text in texts(transports)] == ["First.", "Second."]


def test_it_is_worth_a_day_and_then_a_persons_matter(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    id_ = a_patient(service, transports)
    wrote(service, id_)
    clock.advance(timedelta(hours=24))
    assert send_due(service, transports).missed == 1
    (task,) = tasks(service)
    assert (task["kind"], task["urgent"]) == ("missed", False)


def test_an_urgent_one_that_could_not_leave_is_an_urgent_task(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    wrote(service, a_patient(service, transports), urgent=True)
    clock.advance(timedelta(hours=24))
    send_due(service, transports)
    assert [task["urgent"] for task in tasks(service)] == [True]


def test_a_day_is_counted_from_when_it_may_leave(service: Service, transports: Transports, clock: ManualClock) -> None:
    id_ = a_patient(service, transports)
    clock.move_to(NIGHT)
    wrote(service, id_)
    assert the_reminder(service, id_, KEY).not_after == MORNING + timedelta(hours=24)


@pytest.mark.parametrize("urgent", [False, True])
def test_only_an_urgent_one_leaves_right_behind_another_message_after_an_outage(
    urgent: bool, service: Service, transports: Transports, clock: ManualClock
) -> None:
    id_ = a_patient(service, transports)
    wrote(service, id_, "First", urgent=False)
    wrote(service, id_, "Second", urgent=urgent)
    clock.advance(timedelta(minutes=20))
    send_due(service, transports)
    assert len(texts(transports)) == 1 + urgent


def test_a_persons_own_words_need_no_approval_of_the_protocol(service: Service, clock: ManualClock) -> None:
    live = texts_only(clock, live=True)
    id_ = enrolled_id(service)
    set_reminder(service, id_, "welcome", state="sent", due_at=None)
    wrote(service, id_)
    assert send_due(service, live) == Report(sent=1)
    assert len(texts(live)) == 1


def test_what_was_not_taken_is_tried_again_and_said_once(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    id_ = a_patient(service, transports)
    transports[Channel.SMS].script(fails(not_sent()))
    wrote(service, id_)
    assert send_due(service, transports) == Report(not_sent=1)
    clock.advance(timedelta(minutes=10))
    assert send_due(service, transports) == Report(sent=1)


def test_a_pause_and_a_transport_that_is_missing_are_told_beforehand(service: Service, transports: Transports) -> None:
    id_ = a_patient(service, transports)
    pause(service, site="main", by="Sam", reason="drill")
    assert wrote(service, id_).notes == ("site main is paused by Sam: drill",)


def test_the_reply_it_answers_is_kept_with_it(service: Service, transports: Transports) -> None:
    id_ = a_patient(service, transports)
    with service.engine.begin() as connection:
        for number, minutes in (("old", 0), ("new", 5)):
            row = {
                "id": number,
                "provider_id": number,
                "address": "a",
                "sender": b"",
                "content": b"",
                "media": 0,
                "received_at": ENROLLED + timedelta(minutes=minutes),
                "enrollment": id_,
                "meaning": "other",
            }
            connection.execute(insert(tables.replies), row)
    wrote(service, id_)
    assert the_reminder(service, id_, KEY).about == "new"


# Who is not written to


def opt_out(service: Service, id_: str) -> None:
    phone = stored(service, id_).contact.phone
    assert phone is not None
    with service.engine.begin() as connection:
        address = address_lookup(service.vault, Channel.SMS, phone)
        queries.close_consent(connection, address, "sms", by="patient", reason="opted out", now=ENROLLED)


def test_who_has_opted_out_is_called_instead(service: Service, transports: Transports) -> None:
    id_ = a_patient(service, transports)
    opt_out(service, id_)
    assert refused(service, id_) == f"enrollment {id_} has opted out of texts; call instead"


def test_a_number_that_opted_out_is_not_texted_though_a_later_consent_stands(
    service: Service, transports: Transports
) -> None:
    id_ = a_patient(service, transports)
    address = address_lookup(service.vault, Channel.SMS, PHONE)
    row = {"address": address, "channel": "sms", "at": ENROLLED, "by": "patient", "reason": "STOP"}
    with service.engine.begin() as connection:
        connection.execute(insert(tables.opt_outs), row)
    assert refused(service, id_) == f"enrollment {id_} has opted out of texts; call instead"


def test_an_opt_out_between_the_command_and_the_send_stops_the_text(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    id_ = a_patient(service, transports)
    clock.move_to(NIGHT)
    wrote(service, id_)
    opt_out(service, id_)
    clock.move_to(MORNING)
    send_due(service, transports)
    assert texts(transports) == []
    stopped = the_reminder(service, id_, KEY)
    assert (stopped.state, stopped.reason) == (
        "missed",
        "no channel with open consent is left; call the patient instead",
    )
    assert task_kinds(service) == ["no-channel"]


def test_who_agreed_to_e_mail_alone_gets_no_text(service: Service, transports: Transports) -> None:
    id_ = a_patient(service, transports, consent="email", email="pat@example.org")
    assert refused(service, id_) == f"enrollment {id_} has not consented to texts; call instead"


def test_who_has_no_phone_gets_no_text(service: Service, transports: Transports) -> None:
    id_ = a_patient(service, transports, consent="email", email="pat@example.org", phone=None)
    assert refused(service, id_) == f"enrollment {id_} has no phone; record one with `reminders contact`"


def test_an_enrollment_nobody_knows_is_refused(service: Service) -> None:
    assert refused(service, "2222-2222Z"[:9]).startswith("enrollment: ")


# What is not said


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("", "words: must not be empty"),
        ("   ", "words: must not be empty"),
        ("one\ntwo", "words: holds control characters or line breaks; write one plain line"),
        ("\x07", "words: holds control characters or line breaks; write one plain line"),
        ("‮txet", "words: holds control characters or line breaks; write one plain line"),
        ("x" * 1001, "words: is longer than 1000 characters"),
        ("x" * 300, "words: with the site's name and phone they take 3 segments; at most 2"),
        ("\U0001f642" * 60, "words: with the site's name and phone they take 3 segments; at most 2"),
    ],
    ids=lambda each: str(each)[:12].encode("unicode_escape").decode(),
)
def test_words_that_cannot_be_sent_are_refused_and_nothing_changes(
    words: str, line: str, service: Service, transports: Transports
) -> None:
    assert refused(service, a_patient(service, transports), words) == line


def test_spanish_may_take_three_segments(service: Service, transports: Transports) -> None:
    assert wrote(service, a_patient(service, transports, language="es"), "x" * 300).segments == 3


def test_where_texts_may_have_but_160_characters_so_may_staffs(
    engine: Engine, vault: Vault, clock: ManualClock
) -> None:
    service = a_service(engine, vault, clock, sites={"main": a_site(frequency={"mode": "exempt"})})
    id_ = a_patient(service, texts_only(clock))
    assert wrote(service, id_, "x" * 100).segments == 1
    said = refused(service, id_, "x" * 140)
    assert said == "words: with the site's name and phone they take 181 characters; at most 160"


@pytest.mark.parametrize("drug", ["warfarin", "Warfarin", "Coumadin"])
def test_no_prescribed_drug_is_named_to_who_agreed_to_discreet_texts(
    drug: str, service: Service, transports: Transports
) -> None:
    said = refused(service, a_patient(service, transports), f"Have you taken {drug} today?")
    assert said == f"words: this patient agreed to discreet texts, which must not name {drug!r}; call instead"


@pytest.mark.parametrize("word", ["vertebroplasty", "spine", "columna", "fractura"])
def test_no_procedure_and_no_diagnosis_is_named_either(word: str, service: Service, transports: Transports) -> None:
    said = refused(service, a_patient(service, transports), f"About your {word}: please come at eight.")
    assert said == f"words: this patient agreed to discreet texts, which must not name {word!r}; call instead"


def test_who_agreed_to_detailed_texts_is_told_the_drugs_name(service: Service, transports: Transports) -> None:
    id_ = a_patient(service, transports, detailed=True)
    wrote(service, id_, "Have you taken warfarin today?")
    send_due(service, transports)
    assert "warfarin" in texts(transports)[0]


def test_a_dry_run_says_what_it_would_cost_and_when_and_stores_nothing(
    service: Service, transports: Transports
) -> None:
    id_ = a_patient(service, transports)
    before = row_counts(service.engine)
    written = wrote(service, id_, dry_run=True)
    assert (written.round, written.send_at, written.segments) == (1, ENROLLED, 1)
    assert row_counts(service.engine) == before
    assert send_due(service, transports) == Report()


# Changes of plan


def by_new_phone(service: Service, id_: str) -> None:
    change_contact(service, id_, NewContact(phone="+12125550124"), by="Alex")


def by_another_day(service: Service, id_: str) -> None:
    moved(service, id_)


@pytest.mark.parametrize("change", [by_new_phone, by_another_day])
def test_a_change_of_plan_neither_moves_nor_withdraws_it(
    change: Callable[[Service, str], None], service: Service, transports: Transports, clock: ManualClock
) -> None:
    id_ = a_patient(service, transports)
    clock.move_to(NIGHT)
    wrote(service, id_)
    change(service, id_)
    waiting = the_reminder(service, id_, KEY)
    assert (waiting.state, waiting.round, waiting.send_at) == ("planned", 1, MORNING)
    assert stored(service, id_).revision > waiting.revision
    clock.move_to(MORNING)
    send_due(service, transports)
    assert len(texts(transports)) == 1


def test_the_recorded_end_neither_moves_nor_withdraws_it(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    id_ = a_patient(service, transports)
    clock.move_to(local("2026-12-08 21:30"))
    wrote(service, id_)
    before = the_reminder(service, id_, KEY)
    completed(service, id_)
    assert the_reminder(service, id_, KEY) == before


def test_it_goes_to_the_phone_the_patient_has_when_it_leaves(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    id_ = a_patient(service, transports)
    clock.move_to(NIGHT)
    wrote(service, id_)
    by_new_phone(service, id_)
    clock.move_to(MORNING)
    send_due(service, transports)
    assert [m.to for m in transports[Channel.SMS].calls if m.key == KEY] == ["+12125550124"]


def test_a_cancellation_withdraws_what_was_written_before_it(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    id_ = a_patient(service, transports)
    clock.move_to(NIGHT)
    wrote(service, id_)
    done = cancelled(service, id_)
    assert (KEY, "procedure cancelled: patient") in done.withdrawn
    clock.move_to(MORNING)
    send_due(service, transports)
    assert texts(transports) == []


def test_what_comes_back_unsent_after_a_cancellation_is_withdrawn_and_a_person_is_told(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    id_ = a_patient(service, transports)
    wrote(service, id_)
    set_reminder(service, id_, KEY, state="sending")
    cancelled(service, id_)
    set_reminder(service, id_, KEY, state="planned")
    send_due(service, transports)
    withdrawn = the_reminder(service, id_, KEY)
    assert (withdrawn.state, withdrawn.reason) == ("withdrawn", "written before the procedure was cancelled")
    assert (texts(transports), task_kinds(service).count("stale")) == ([], 1)


def test_a_cancelled_enrollment_may_still_be_written_to(service: Service, transports: Transports) -> None:
    id_ = a_patient(service, transports)
    cancelled(service, id_)
    wrote(service, id_, "We will call you with a new date")
    send_due(service, transports)
    assert len(texts(transports)) == 1


def test_staffs_words_state_no_fact_that_a_change_of_plan_could_make_wrong(
    service: Service, transports: Transports
) -> None:
    id_ = a_patient(service, transports)
    wrote(service, id_, "See you on Tue Dec 8")
    send_due(service, transports)
    d, number = tables.deliveries.c, the_reminder(service, id_, KEY).id
    with reading(service.engine) as connection:
        assert connection.execute(select(d.stated).where(d.reminder == number)).scalar_one() == {}


def test_open_tasks_stay_open(service: Service, transports: Transports) -> None:
    id_ = a_patient(service, transports, takes=("warfarin",))
    wrote(service, id_)
    send_due(service, transports)
    assert task_kinds(service) == ["order-missing"]
    with service.engine.begin() as connection:
        connection.execute(update(tables.tasks).values(kind="reply"))
    wrote(service, id_)
    assert task_kinds(service) == ["reply"]
