"""A second contact: copies by their own channel and in their own language, an opt-out of one is not the other's."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reminders.changes.caregivers import BODY_NAMES
from reminders.changes.migrating import migrate
from reminders.changes.ordering import NewContact, change_contact
from reminders.changes.recording import record_arrival
from reminders.clock import ManualClock
from reminders.consent import address_lookup
from reminders.database import tables
from reminders.errors import InputError
from reminders.protocols import Library
from reminders.replies.replying import take_reply
from reminders.service import Service
from reminders.transports.memory import fails
from schedules.protocol import Channel
from tests.builders import local
from tests.reminders.builders import (
    Transports,
    another,
    enrolled_id,
    events,
    everything,
    in_memory,
    misconfigured,
    opted_out,
    protocol_files,
    refused,
    row_counts,
    send_due,
    sent_keys,
    set_reminder,
    states,
    stored,
    task_kinds,
    tasks,
    the_reminder,
    unknown,
    write_protocol,
)
from tests.reminders.caring import LEE, PATIENT, SAM, add, cared_for, keys_to, opt_out, remove, to_whom
from tests.reminders.hearing import a_text
from tests.reminders.recorded import WARFARIN, cancelled, completed, moved, refused_unchanged


def at(service: Service, transports: Transports, clock: ManualClock, *times: str) -> None:
    """Send what is due at each of these New York times."""
    for text in times:
        clock.move_to(local(text))
        send_due(service, transports)


RIDE_DAY = "2026-12-05 12:00"


# Adding one


def test_the_plan_gets_a_copy_of_each_shared_step(service: Service) -> None:
    id_ = cared_for(service, steps="ride,after-care")

    copies = [r for r in everything(service, id_) if r.recipient is not None]
    assert [(r.key, r.copy_of, r.recipient) for r in copies] == [
        ("welcome@care1", "welcome", "care1"),
        ("ride@care1", "ride", "care1"),
        ("after-care@care1", "after-care", "care1"),
    ]
    assert the_reminder(service, id_, "ride@care1").send_at == the_reminder(service, id_, "ride").send_at


def test_by_phone_the_first_message_is_always_among_them_for_it_says_how_to_stop(service: Service) -> None:
    cared = stored(service, cared_for(service, steps="ride"))
    assert cared.caregivers[0].steps == ("welcome", "ride")


def test_by_email_the_first_message_is_shared_only_where_it_is_named(service: Service) -> None:
    id_ = cared_for(service, channel="email", email="sam@example.org", phone=None, steps="ride")
    assert stored(service, id_).caregivers[0].steps == ("ride",)


def test_an_email_body_names_the_procedure_so_the_coordinator_is_warned(service: Service) -> None:
    id_ = enrolled_id(service, phone=PATIENT)
    changed = add(service, id_, channel="email", email="sam@example.org", phone=None, steps="ride")
    assert BODY_NAMES in changed.warnings


def test_adding_one_is_told_in_the_history_without_name_or_address(service: Service) -> None:
    [*_, event] = events(service, cared_for(service, steps="ride"))

    assert (event["action"], event["by"]) == ("caregiver-added", "coordinator")
    assert event["after"] == {"caregiver": "care1", "channel": "sms", "language": "en", "steps": ["welcome", "ride"]}


def test_the_consent_is_kept_with_who_recorded_it_and_the_wording(service: Service, clock: ManualClock) -> None:
    [caregiver] = stored(service, cared_for(service)).caregivers
    assert (caregiver.granted_by, caregiver.granted_at, caregiver.open) == ("coordinator", clock.now(), True)
    assert caregiver.wording


def test_name_and_address_stand_in_no_repr(service: Service) -> None:
    shown = repr(stored(service, cared_for(service)))
    assert "Sam" not in shown
    assert SAM not in shown


def test_a_dry_run_changes_nothing(service: Service) -> None:
    id_ = enrolled_id(service, phone=PATIENT)
    before = row_counts(service.engine)

    changed = add(service, id_, dry_run=True)

    assert "ride@care1" in [change.key for change in changed.moved]
    assert row_counts(service.engine) == before


def test_whoever_is_added_late_is_welcomed_at_once_and_told_what_is_still_worth_saying(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    id_ = enrolled_id(service, phone=PATIENT)
    at(service, transports, clock, "2026-11-20 12:00", RIDE_DAY, "2026-12-06 14:00")
    add(service, id_)
    at(service, transports, clock, "2026-12-06 14:01", "2026-12-06 14:10")

    assert keys_to(transports, SAM) == ["welcome@care1", "ride@care1"]
    assert keys_to(transports, PATIENT).count("ride") == 1


def test_a_second_one_gets_a_label_of_their_own_and_a_third_is_refused(service: Service) -> None:
    id_ = cared_for(service)
    add(service, id_, name="Lee Example", phone=LEE)

    assert [each.label for each in stored(service, id_).caregivers] == ["care1", "care2"]
    assert "has 2 caregivers" in refused_unchanged(service, lambda s, i: add(s, i, phone="+12125550113"), id_)


def test_the_label_of_one_who_is_gone_is_never_used_again(service: Service) -> None:
    id_ = cared_for(service)
    remove(service, id_)
    add(service, id_, phone=LEE)

    assert [each.label for each in stored(service, id_).open_caregivers] == ["care2"]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"steps": "ried"}, "--steps: 'ried' is not known; did you mean ride?; it can be"),
        ({"steps": " , "}, "--steps: name at least one of welcome, prepare"),
        ({"channel": "sms", "phone": None, "email": "sam@example.org"}, "--channel: sms needs --phone"),
        ({"channel": "email", "steps": "ride"}, "--channel: email needs --email"),
        ({"channel": "pager"}, "--channel: 'pager' is not known; it can be email, sms, voice"),
        ({"language": "fr"}, "--language: 'fr' is not known; it can be en, es"),
        ({"phone": "12"}, "--phone: not a valid phone number"),
        ({"phone": PATIENT}, "--phone: this is the patient's own; a caregiver is reached elsewhere"),
        ({"name": " "}, "--name: must not be empty"),
    ],
)
def test_bad_input_is_one_line_that_says_what_would_be_right(
    service: Service, typed: dict[str, Any], words: str
) -> None:
    id_ = enrolled_id(service, phone=PATIENT)
    line = refused_unchanged(service, lambda s, i: add(s, i, **typed), id_)

    assert line.startswith(words)
    assert "\n" not in line


def test_the_patients_mailbox_is_not_a_caregivers_however_it_is_written(service: Service) -> None:
    id_ = enrolled_id(service, phone=PATIENT, email="pat@example.org", consent="sms,email")
    with pytest.raises(InputError, match=r"^--email: this is the patient's own"):
        add(service, id_, channel="email", phone=None, email="PAT@example.org", steps="ride")


def test_two_caregivers_do_not_share_a_number(service: Service) -> None:
    id_ = cared_for(service)
    with pytest.raises(InputError, match=r"^--phone: this is caregiver care1's already"):
        add(service, id_, name="Lee Example")


def test_the_patient_does_not_move_to_a_caregivers_number(service: Service) -> None:
    id_ = cared_for(service)
    with pytest.raises(InputError, match=r"^--phone: this is caregiver care1's; remove that one first"):
        change_contact(service, id_, NewContact(phone=SAM), by="coordinator")


def test_a_step_is_not_shared_by_a_channel_it_has_no_text_for(service: Service, tmp_path: Path) -> None:
    files = protocol_files()
    files["messages.en.toml"] += '[copies]\nprefix = "Copy:"\nsentence = "This is a copy."\n'
    service = replace(service, library=Library(write_protocol(tmp_path, files)))
    id_ = enrolled_id(service, phone=PATIENT, protocol="example")

    with pytest.raises(InputError, match=r"^--steps: pack does not go by email; it goes by sms$"):
        add(service, id_, channel="email", phone=None, email="sam@example.org", steps="pack")


def test_a_protocol_without_words_for_copies_sends_none(service: Service, tmp_path: Path) -> None:
    service = replace(service, library=Library(write_protocol(tmp_path)))
    id_ = enrolled_id(service, phone=PATIENT, protocol="example")

    with pytest.raises(InputError, match=r"protocol example has no \[copies\] texts"):
        add(service, id_, steps="pack")


def test_a_number_that_asked_for_silence_is_not_added(service: Service) -> None:
    row = {"address": address_lookup(service.vault, Channel.SMS, SAM), "channel": "sms"}
    more = {"at": service.clock.now(), "by": "reply", "reason": "STOP"}
    id_ = enrolled_id(service, phone=PATIENT)
    with service.engine.begin() as opened:
        opened.execute(tables.opt_outs.insert(), row | more)

    with pytest.raises(InputError, match=r"^--phone: this number has opted out of texts"):
        add(service, id_)


# Sending


def test_a_copy_goes_to_the_caregiver_and_says_that_it_is_one(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    cared_for(service)
    at(service, transports, clock, "2026-11-20 12:00", RIDE_DAY)

    own, copy = to_whom(transports, PATIENT)[-1], to_whom(transports, SAM)[-1]
    assert (own.key, copy.key) == ("ride", "ride@care1")
    assert copy.text == own.text.replace("Example Radiology: ", "Example Radiology: Copy: ")


def test_a_copy_is_in_the_caregivers_language(service: Service, transports: Transports, clock: ManualClock) -> None:
    cared_for(service, language="es")
    at(service, transports, clock, "2026-11-20 12:00", RIDE_DAY)

    copy = to_whom(transports, SAM)[-1]
    assert copy.text.startswith("Example Radiology: Copia: Busque")
    assert copy.language == "es"


def test_a_copy_goes_by_the_caregivers_channel(service: Service, clock: ManualClock) -> None:
    transports = in_memory(clock)
    cared_for(service, channel="voice", phone=SAM)
    at(service, transports, clock, "2026-11-20 12:00", RIDE_DAY)

    assert [message.key for message in transports[Channel.VOICE].calls] == ["welcome@care1", "ride@care1"]
    assert "ride" in [message.key for message in transports[Channel.SMS].calls]
    call = transports[Channel.VOICE].calls[-1]
    assert call.text.startswith("This is a copy of our message to the person you help. ")


def test_a_copy_is_discreet_though_the_patient_agreed_to_details(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    cared_for(service, patient={"detailed": True, "name": "Rosa Example"})
    at(service, transports, clock, "2026-11-20 12:00")

    own, copy = to_whom(transports, PATIENT)[0], to_whom(transports, SAM)[0]
    assert "vertebroplasty" in own.text
    assert "vertebroplasty" not in copy.text


def test_a_letter_to_a_caregiver_does_not_name_the_patient(service: Service, clock: ManualClock) -> None:
    transports = in_memory(clock)
    cared_for(
        service,
        patient={"detailed": True, "name": "Rosa Example"},
        channel="email",
        phone=None,
        email="sam@example.org",
        steps="welcome",
    )
    send_due(service, transports)

    [letter] = transports[Channel.EMAIL].calls
    assert letter.subject == "Example Radiology: Copy: your visit on Tue Dec 8"
    assert letter.text.startswith("This is a copy of our message to the person you help.\n\nHello,\n")
    assert "Rosa" not in letter.text + (letter.html or "")


def test_a_copy_goes_though_the_patient_has_no_open_channel(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    """An opt-out of the patient is not the caregiver's."""
    transports[Channel.SMS].script(fails(opted_out))
    cared_for(service)
    at(service, transports, clock, "2026-11-20 12:00", RIDE_DAY)

    assert keys_to(transports, PATIENT) == ["welcome"]
    assert keys_to(transports, SAM) == ["welcome@care1", "ride@care1"]


def test_nothing_leaves_for_a_caregiver_before_their_own_first_message_has(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    id_ = cared_for(service)
    set_reminder(service, id_, "welcome", state="sent", due_at=None)
    set_reminder(service, id_, "welcome@care1", due_at=local("2026-12-05 12:30"))
    at(service, transports, clock, RIDE_DAY)

    assert keys_to(transports, PATIENT)[-1] == "ride"
    assert the_reminder(service, id_, "ride@care1").reason == "waits for the first message of the plan"


def test_an_outage_spaces_the_patients_messages_as_if_there_were_no_caregiver(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    id_ = cared_for(service, steps="prepare")
    set_reminder(service, id_, "prepare@care1", due_at=local("2026-11-24 10:20"))
    set_reminder(service, id_, "ride", send_at=local("2026-11-24 10:00"), due_at=local("2026-11-24 10:25"))
    at(service, transports, clock, "2026-11-20 12:00", "2026-11-24 10:15", "2026-11-24 10:20")
    assert sent_keys(transports)[2:] == ["prepare", "prepare@care1"]
    at(service, transports, clock, "2026-11-24 10:25")

    assert keys_to(transports, PATIENT)[-1] == "ride"


def test_a_resume_step_held_for_staff_is_held_for_the_caregiver_too_with_one_task(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    """The caregiver heard of the stop, the patient did not: that nobody told the patient is what counts."""
    id_ = cared_for(service, patient=WARFARIN)
    at(service, transports, clock, "2026-11-20 12:00")
    set_reminder(service, id_, "stop:warfarin", state="missed", due_at=None)
    at(service, transports, clock, "2026-12-02 10:00", "2026-12-08 12:00")
    completed(service, id_)
    at(service, transports, clock, "2026-12-09 10:20")

    assert states(service, id_)["stop:warfarin@care1"] == "sent"
    assert states(service, id_)["resume:warfarin"] == states(service, id_)["resume:warfarin@care1"] == "held"
    assert task_kinds(service).count("held") == 1


# What providers answer


def test_a_refused_copy_is_a_task_about_the_caregiver_and_not_urgent(service: Service, transports: Transports) -> None:
    cared_for(service, steps="welcome")
    transports[Channel.SMS].script(fails(refused), fails(refused))
    send_due(service, transports)

    [task] = [task for task in tasks(service) if task["reason"].startswith("welcome@care1")]
    assert (task["kind"], task["urgent"]) == ("refused", False)
    assert task["reason"].endswith("Mend the caregiver's contact.")


def test_a_copy_of_unknown_outcome_is_not_sent_again(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    id_ = cared_for(service, steps="welcome")
    transports[Channel.SMS].script(fails(unknown), fails(unknown))
    at(service, transports, clock, "2026-11-20 12:00", "2026-11-20 13:00")

    assert states(service, id_)["welcome@care1"] == "unknown"
    assert len(to_whom(transports, SAM)) == 1


def test_a_provider_that_says_the_caregiver_has_opted_out_ends_their_copies_and_nothing_of_the_patients(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    id_ = cared_for(service)
    at(service, transports, clock, "2026-11-20 12:00")
    assert sent_keys(transports) == ["welcome", "welcome@care1"]
    at(service, transports, clock, "2026-11-24 10:00")
    set_reminder(service, id_, "ride", due_at=local("2026-12-05 12:30"))
    transports[Channel.SMS].script(fails(opted_out))
    at(service, transports, clock, RIDE_DAY)

    assert list(stored(service, id_).consents) == [Channel.SMS]
    assert stored(service, id_).open_caregivers == ()
    assert states(service, id_)["arrival-call@care1"] == "withdrawn"
    assert states(service, id_)["arrival-call"] == "planned"
    assert task_kinds(service) == []


# Opting out


def test_a_caregivers_opt_out_ends_their_copies_at_once_and_leaves_the_patients_plan(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    id_ = cared_for(service)
    at(service, transports, clock, "2026-11-20 12:00")

    assert opt_out(service) == [id_]

    at(service, transports, clock, RIDE_DAY)
    assert keys_to(transports, SAM) == ["welcome@care1"]
    assert keys_to(transports, PATIENT)[-1] == "ride"
    assert the_reminder(service, id_, "ride@care1").reason == "caregiver: opted out"
    assert task_kinds(service) == []


def test_a_caregivers_opt_out_is_in_the_history(service: Service) -> None:
    id_ = cared_for(service)
    opt_out(service)

    event = events(service, id_)[-1]
    assert (event["action"], event["by"], event["after"]["caregiver"]) == ("opt-out", "reply", "care1")


def test_after_an_opt_out_no_change_of_plan_brings_the_copies_back(service: Service) -> None:
    id_ = cared_for(service)
    opt_out(service)
    moved(service, id_)

    assert {r.state for r in everything(service, id_) if r.recipient == "care1"} == {"withdrawn"}


def test_an_opt_out_of_one_caregiver_is_not_the_others(service: Service) -> None:
    id_ = cared_for(service)
    add(service, id_, name="Lee Example", phone=LEE)
    opt_out(service, LEE)

    assert states(service, id_)["ride@care1"] == "planned"
    assert states(service, id_)["ride@care2"] == "withdrawn"


def test_an_opt_out_counts_for_everybody_the_number_is_a_caregiver_of(service: Service) -> None:
    ids = [cared_for(service), cared_for(service, patient={"phone": "+12125550114", "name": "Kit Example"})]
    assert opt_out(service) == sorted(ids)


def test_a_copy_that_is_due_when_its_consent_is_closed_is_withdrawn_without_a_task(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    id_ = cared_for(service)
    opt_out(service)
    set_reminder(service, id_, "ride@care1", state="planned", due_at=local(RIDE_DAY))
    at(service, transports, clock, "2026-11-20 12:00", RIDE_DAY)

    assert states(service, id_)["ride@care1"] == "withdrawn"
    assert keys_to(transports, SAM) == []
    assert task_kinds(service) == []


def test_an_opt_out_by_another_channels_address_finds_nobody(service: Service) -> None:
    cared_for(service)
    assert opt_out(service, PATIENT) == []


# Changes


def test_a_copy_moves_with_its_original(service: Service) -> None:
    id_ = cared_for(service)
    moved(service, id_)

    assert the_reminder(service, id_, "ride@care1").send_at == local("2026-12-12 12:00")


def test_what_a_caregiver_was_told_and_is_wrong_is_corrected_to_the_caregiver(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    cared = cared_for(service, language="es")
    at(service, transports, clock, "2026-11-20 12:00")
    changed = moved(service, cared)
    send_due(service, transports)

    now = local("2026-11-20 12:00")
    assert changed.corrections == (("correction", now), ("correction@care1", now))
    assert keys_to(transports, SAM) == ["welcome@care1", "correction@care1"]
    assert to_whom(transports, SAM)[-1].text.startswith("Example Radiology: Copia: Su cita ahora es el mar 15 dic.")


def test_a_caregiver_who_was_told_nothing_needs_no_correction(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    id_ = enrolled_id(service, phone=PATIENT)
    at(service, transports, clock, "2026-11-20 12:00")
    add(service, id_)

    assert [key for key, _ in moved(service, id_).corrections] == ["correction"]


def test_a_caregiver_is_corrected_though_the_patient_was_never_told(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    """What the caregiver heard does not count as told to the patient, and is put right all the same."""
    transports[Channel.SMS].script(fails(refused))
    id_ = cared_for(service, steps="welcome")
    at(service, transports, clock, "2026-11-20 12:00")

    assert [key for key, _ in moved(service, id_).corrections] == ["correction@care1"]


def test_a_cancellation_is_told_to_a_caregiver_who_was_told_something(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    id_ = cared_for(service)
    at(service, transports, clock, "2026-11-20 12:00")
    cancelled(service, id_)
    send_due(service, transports)

    assert keys_to(transports, SAM) == ["welcome@care1", "correction@care1"]
    assert states(service, id_)["ride@care1"] == "withdrawn"


def test_nobody_is_told_where_a_person_must_say_it(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    id_ = cared_for(service)
    at(service, transports, clock, "2026-11-20 12:00")

    assert cancelled(service, id_, reason="deceased").corrections == ()


def test_a_caregiver_who_opted_out_gets_no_correction(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    id_ = cared_for(service)
    at(service, transports, clock, "2026-11-20 12:00")
    opt_out(service)

    assert [key for key, _ in moved(service, id_).corrections] == ["correction"]


def test_a_correction_that_waits_when_the_caregiver_opts_out_is_withdrawn(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    id_ = cared_for(service)
    at(service, transports, clock, "2026-11-20 12:00")
    clock.move_to(local("2026-11-20 22:00"))
    moved(service, id_)
    opt_out(service)
    at(service, transports, clock, "2026-11-21 09:00")

    assert keys_to(transports, SAM) == ["welcome@care1"]
    assert keys_to(transports, PATIENT)[-1] == "correction"


def test_two_moves_in_a_night_leave_one_correction_for_each(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    id_ = cared_for(service)
    at(service, transports, clock, "2026-11-20 12:00")
    clock.move_to(local("2026-11-20 22:00"))
    moved(service, id_)
    moved(service, id_, to="2026-12-16 09:00")
    at(service, transports, clock, "2026-11-21 09:00")

    assert keys_to(transports, SAM) == ["welcome@care1", "correction@care1"]
    assert "Wed Dec 16" in to_whom(transports, SAM)[-1].text


def test_an_arrival_time_that_only_a_caregiver_will_be_told_is_told_to_the_patient_too(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    id_ = cared_for(service, patient={"procedure": "2026-12-08 13:00"}, steps="day-of")
    at(service, transports, clock, "2026-11-20 12:00")
    set_reminder(service, id_, "day-of", state="skipped", due_at=None)

    changed = record_arrival(service, id_, at="11:30", by="nurse")

    assert "correction" in [key for key, _ in changed.corrections]


def test_a_move_after_only_the_caregiver_heard_of_a_hold_puts_the_order_in_doubt(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    """Somebody at home may have acted on it: a person calls, and the drug's steps wait until the order is clear."""
    id_ = cared_for(service, patient=WARFARIN)
    at(service, transports, clock, "2026-11-20 12:00")
    set_reminder(service, id_, "stop:warfarin", state="missed", due_at=None)
    at(service, transports, clock, "2026-12-02 10:00")
    changed = moved(service, id_)

    assert "announced-hold" in [task["kind"] for task in changed.tasks]
    assert [hold.confirmed for hold in stored(service, id_).holds] == [False]
    send_due(service, transports)
    assert "do not start or stop any medicine" in to_whom(transports, SAM)[-1].text


def test_a_restart_told_to_the_caregiver_alone_still_leaves_the_patients_to_a_person(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    id_ = cared_for(service, patient=WARFARIN)
    at(service, transports, clock, "2026-11-20 12:00", "2026-12-02 10:00", "2026-12-08 12:00")
    completed(service, id_)
    set_reminder(service, id_, "resume:warfarin", state="missed", due_at=None)
    at(service, transports, clock, "2026-12-09 10:20")
    assert states(service, id_)["resume:warfarin@care1"] == "sent"

    assert "restart" in [task["kind"] for task in cancelled(service, id_, reason="other").tasks]


# Removing one


def test_removing_one_withdraws_what_has_not_left_and_keeps_the_history(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    id_ = cared_for(service)
    at(service, transports, clock, "2026-11-20 12:00")
    changed = remove(service, id_)
    at(service, transports, clock, RIDE_DAY)

    assert "ride@care1" in [key for key, _ in changed.withdrawn]
    assert keys_to(transports, SAM) == ["welcome@care1"]
    assert keys_to(transports, PATIENT)[-1] == "ride"
    assert [event["action"] for event in events(service, id_)][-1] == "caregiver-removed"


@pytest.mark.parametrize("label", ["care2", "sam", ""])
def test_an_unknown_label_is_refused_with_the_known_ones(service: Service, label: str) -> None:
    line = refused_unchanged(service, lambda s, i: remove(s, i, label), cared_for(service))
    assert line.endswith("(care1)")
    assert line.startswith("LABEL: ")


def test_where_there_is_no_caregiver_that_is_said(service: Service) -> None:
    with pytest.raises(InputError, match=r"\(it has none\)$"):
        remove(service, enrolled_id(service))


def test_no_caregiver_is_added_to_what_is_over(service: Service) -> None:
    id_ = enrolled_id(service, phone=PATIENT)
    cancelled(service, id_)
    with pytest.raises(InputError, match="is cancelled"):
        add(service, id_)


def test_a_caregivers_opt_out_at_the_moment_of_adding_is_heard(service: Service) -> None:
    """It has found nobody to silence yet, and what is stored then must not miss it."""
    id_ = enrolled_id(service, phone=PATIENT)
    stop = another(service.engine, "INSERT INTO caregivers", lambda: take_reply(service, a_text("STOP", SAM)))
    add(service, id_)
    stop.join(timeout=60)

    assert stored(service, id_).open_caregivers == ()


def test_a_paused_transport_makes_a_copy_wait_as_it_does_the_original(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    id_ = cared_for(service, steps="welcome")
    transports[Channel.SMS].script(fails(misconfigured), fails(misconfigured))
    at(service, transports, clock, "2026-11-20 12:00", "2026-11-20 12:05")

    assert states(service, id_)["welcome@care1"] == "planned"


def test_a_newer_protocol_that_has_no_words_for_copies_is_not_followed(service: Service, tmp_path: Path) -> None:
    copies = '[copies]\nprefix = "Copy:"\nsentence = "This is a copy."\n'
    files = protocol_files()
    with_copies = files | {"messages.en.toml": files["messages.en.toml"] + copies}
    service = replace(service, library=Library(write_protocol(tmp_path, with_copies)))
    id_ = cared_for(service, patient={"protocol": "example"}, steps="pack")
    write_protocol(tmp_path, protocol_files(version=2))

    with pytest.raises(InputError, match=rf"enrollment {id_}: the new version has no copies in 'en' for care1"):
        migrate(service, "example", by="coordinator", dry_run=False)
