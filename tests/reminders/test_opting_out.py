"""An opt-out is the number's, holds from its commit on, and leaves no silent gap; START takes it back."""

from collections.abc import Mapping
from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import Connection, Engine

from reminders.changes.ordering import NewContact, change_contact
from reminders.changes.recording import complete
from reminders.changes.rescheduling import cancel, reschedule
from reminders.clock import ManualClock
from reminders.consent import address_lookup
from reminders.database.vault import Vault
from reminders.errors import InputError
from reminders.opting_out import opt_out
from reminders.replies.replying import take_reply
from reminders.service import Service
from reminders.transports.base import OutboundMessage
from reminders.transports.memory import ACCEPT, Outcome, fails
from schedules.protocol import Channel
from tests.builders import local
from tests.reminders.builders import (
    Transports,
    a_service,
    another,
    enrolled,
    enrolled_id,
    events,
    in_memory,
    meanwhile,
    not_sent,
    opted_out,
    send_due,
    sent_keys,
    set_reminder,
    states,
    stored,
    task_kinds,
    tasks,
    texts_only,
    the_reminder,
    together,
)
from tests.reminders.caring import SAM, cared_for, keys_to
from tests.reminders.hearing import a_text, hears, lookup, phone_of, response_kinds, rows, the_tasks

BOTH = {"email": "pat@example.org", "consent": "sms,email"}


def welcomed(service: Service, transports: Transports, **changes: Any) -> str:
    id_ = enrolled_id(service, **changes)
    send_due(service, transports)
    return id_


def to(transports: Mapping[Channel, Any], channel: Channel = Channel.SMS) -> list[str]:
    return [message.key for message in transports[channel].calls]


# What it ends


def test_an_opt_out_closes_the_consent_and_keeps_who_said_so(service: Service, clock: ManualClock) -> None:
    id_ = welcomed(service, in_memory(clock))
    hears(service, id_, "STOP")
    after = stored(service, id_)
    assert (after.consents, after.opted_out, after.revision) == ({}, (Channel.SMS,), 2)
    (row,) = rows(service, "opt_outs")
    assert (row["address"], row["channel"], row["by"]) == (lookup(service, phone_of(service, id_)), "sms", "patient")
    last = events(service, id_)[-1]
    assert (last["action"], last["by"]) == ("opt-out", "patient")


def test_it_ends_texts_for_every_enrollment_on_the_number(service: Service, clock: ManualClock) -> None:
    transports, phone = in_memory(clock), "+12125550171"
    one = welcomed(service, transports, phone=phone, name="Pat Example")
    two = welcomed(service, transports, phone=phone, name="Lee Example", procedure="2026-12-10 09:00")
    other = welcomed(service, transports)
    hears(service, two, "stop")
    assert [stored(service, id_).consents == {} for id_ in (one, two, other)] == [True, True, False]
    assert [task["enrollment"] for task in the_tasks(service, "opt-out")] in ([one, two], [two, one])
    assert response_kinds(service, one) + response_kinds(service, two) == ["stopped"]


def test_after_it_no_intent_is_written_though_a_claim_has_begun(service: Service, clock: ManualClock) -> None:
    """The claim's transaction is open and is about to take what is due when the opt-out commits."""
    transports = in_memory(clock)
    id_ = welcomed(service, transports)
    clock.move_to(local("2026-12-05 12:00"))
    send_due(service, transports)
    clock.move_to(local("2026-12-07 10:00"))
    if service.engine.dialect.name == "sqlite":
        hears(service, id_, "STOP")  # one writer at a time: the opt-out is before the claim or behind it
    else:

        def stop(_: Connection) -> None:
            hears(service, id_, "STOP")

        meanwhile(service.engine, "FOR UPDATE SKIP LOCKED", stop)
    before = to(transports)
    send_due(service, transports)
    assert [key for key in to(transports)[len(before) :] if key != "response"] == []
    send_due(service, transports)
    assert the_reminder(service, id_, "arrival-call").state == "missed"


def test_a_message_that_is_on_its_way_goes_on_under_the_new_revision(service: Service, clock: ManualClock) -> None:
    """What comes back unsent is decided anew, and becomes a call; it is not lost as a plan of before."""
    transports = in_memory(clock)
    id_ = welcomed(service, transports)
    clock.move_to(local("2026-12-05 12:00"))

    def opt_out_meanwhile() -> Exception:
        hears(service, id_, "STOP")
        return not_sent()()

    clock.move_to(the_reminder(service, id_, "ride").send_at or clock.now())
    set_reminder(service, id_, "prepare", due_at=local("2026-12-30 12:00"))
    transports[Channel.SMS].script(fails(opt_out_meanwhile))  # type: ignore[arg-type]
    send_due(service, transports)
    clock.advance(timedelta(minutes=30))
    send_due(service, transports)
    ride = the_reminder(service, id_, "ride")
    assert (ride.state, ride.reason) == ("missed", "no channel with open consent is left; call the patient instead")


# No silent gap


def test_every_step_still_to_come_becomes_a_call_when_it_is_due(service: Service, clock: ManualClock) -> None:
    transports = in_memory(clock)
    id_ = welcomed(service, transports, holds=("warfarin=5",), resumes=("warfarin=1",), takes=("warfarin",))
    hears(service, id_, "STOP", opt_out_type="STOP")
    (told,) = the_tasks(service, "opt-out")
    for key in ("prepare-plan", "stop:warfarin", "ride", "resume:warfarin", "recovery-check"):
        assert key in told["reason"]
    for day in ("2026-11-24", "2026-12-02", "2026-12-05", "2026-12-07"):
        clock.move_to(local(f"{day} 12:00"))
        send_due(service, transports)
    clock.move_to(local("2026-12-08 12:00"))
    complete(service, id_, ended_at="2026-12-08 10:00", by="nurse")
    for day in range(8, 16):
        clock.move_to(max(clock.now(), local(f"2026-12-{day:02} 13:00")))
        send_due(service, transports)
    over = states(service, id_)
    steps = {"prepare-plan", "stop:warfarin", "ride", "after-care", "resume-aspirin", "recovery-check"}
    assert {key: over[key] for key in steps} == dict.fromkeys(steps, "missed")
    called = {task["cause"].split(":", 2)[2] for task in the_tasks(service, "no-channel")}
    assert {f"{key}:1" for key in steps} <= called
    assert {task["urgent"] for task in the_tasks(service, "no-channel") if "stop:" in task["cause"]} == {True}
    assert over["resume:warfarin"] == "held"  # never without its stop: a person decides
    assert "held" in task_kinds(service)
    assert sent_keys(transports) == ["welcome"]


def test_a_step_with_a_task_of_its_own_opens_no_second_one(service: Service, clock: ManualClock) -> None:
    transports = in_memory(clock)
    id_ = welcomed(service, transports)
    hears(service, id_, "STOP")
    clock.move_to(local("2026-12-07 10:00"))
    send_due(service, transports)
    about = [task["kind"] for task in tasks(service) if "arrival-call" in task["cause"]]
    assert about == ["call"]


def test_another_channel_with_consent_takes_over_and_no_mail_comes_twice(service: Service, clock: ManualClock) -> None:
    transports = in_memory(clock)
    id_ = welcomed(service, transports, **BOTH)
    hears(service, id_, "STOP")
    (told,) = the_tasks(service, "opt-out")
    assert "By email:" in told["reason"]
    assert "Call the patient" not in told["reason"]
    clock.move_to(local("2026-11-24 10:00"))
    send_due(service, transports)
    assert to(transports, Channel.EMAIL) == ["prepare"]
    copy = the_reminder(service, id_, "prepare@email")
    assert (copy.state, copy.reason) == ("withdrawn", "prepare goes by email itself")


def test_nothing_still_to_come_needs_no_task(service: Service, clock: ManualClock) -> None:
    id_ = welcomed(service, in_memory(clock))
    cancel(service, id_, reason="hospital", note=None, by="coordinator")
    hears(service, id_, "STOP")
    assert the_tasks(service, "opt-out") == []
    assert stored(service, id_).consents == {}


def test_a_plan_moved_after_an_opt_out_still_becomes_calls_in_time(service: Service, clock: ManualClock) -> None:
    transports = in_memory(clock)
    id_ = welcomed(service, transports)
    hears(service, id_, "STOP")
    reschedule(service, id_, to="2026-12-15 09:00", by="coordinator")
    assert the_reminder(service, id_, "ride").state == "planned"
    clock.move_to(local("2026-12-12 12:00"))
    send_due(service, transports)
    assert the_reminder(service, id_, "ride").state == "missed"
    assert any("ride" in task["cause"] for task in the_tasks(service, "no-channel"))


def test_a_guess_is_honored_and_asked_about_at_once(service: Service, clock: ManualClock) -> None:
    id_ = welcomed(service, in_memory(clock))
    hears(service, id_, "wrong number")
    (task,) = the_tasks(service, "opt-out")
    assert task["urgent"]
    assert "may have meant something else" in task["reason"]
    assert task["about"] == rows(service, "replies")[0]["id"]
    assert stored(service, id_).consents == {}


# The confirmation


@pytest.mark.parametrize(
    ("kind", "text", "type_", "confirmed"),
    [
        ("memory", "STOP", None, True),
        ("memory", "STOP", "STOP", False),
        ("memory", "please stop texting me", None, True),
        ("twilio", "STOP", None, False),
        ("twilio", " Unsubscribe ", None, False),
        ("twilio", "please stop texting me", None, True),
        ("twilio", "alto", None, True),
    ],
)
def test_one_confirmation_unless_the_provider_has_given_it(
    engine: Engine, vault: Vault, clock: ManualClock, kind: str, text: str, type_: str | None, confirmed: bool
) -> None:
    transports = {"sms": {"kind": kind}, "voice": {"kind": "memory"}, "email": {"kind": "memory"}}
    service = a_service(engine, vault, clock, transports=transports)
    id_ = enrolled_id(service)
    hears(service, id_, text, opt_out_type=type_)
    assert response_kinds(service, id_) == (["stopped"] if confirmed else [])
    assert stored(service, id_).consents == {}


def test_the_confirmation_leaves_without_consent_and_within_five_minutes(service: Service, clock: ManualClock) -> None:
    transports = in_memory(clock)
    id_ = welcomed(service, transports)
    hears(service, id_, "STOP")
    assert the_reminder(service, id_, "response").not_after == clock.now() + timedelta(minutes=5)
    send_due(service, transports)
    assert "no more texts" in transports[Channel.SMS].calls[-1].text


def test_later_than_five_minutes_it_does_not_leave(service: Service, clock: ManualClock) -> None:
    transports = in_memory(clock)
    id_ = welcomed(service, transports)
    hears(service, id_, "STOP")
    clock.advance(timedelta(minutes=5))
    send_due(service, transports)
    assert the_reminder(service, id_, "response").state == "skipped"
    assert to(transports) == ["welcome"]


def test_a_second_stop_gets_no_second_confirmation(service: Service, clock: ManualClock) -> None:
    id_ = welcomed(service, in_memory(clock))
    for _ in range(2):
        hears(service, id_, "STOP")
    assert response_kinds(service, id_) == ["stopped"]
    assert len(the_tasks(service, "opt-out")) == 1


# START


@pytest.mark.parametrize(("text", "type_"), [("START", None), ("unstop", None), ("Start", "START")])
def test_start_is_a_new_consent_and_texts_go_on(
    service: Service, clock: ManualClock, text: str, type_: str | None
) -> None:
    transports = in_memory(clock)
    id_ = welcomed(service, transports)
    hears(service, id_, "STOP")
    hears(service, id_, text, opt_out_type=type_)
    after = stored(service, id_)
    assert (after.consents[Channel.SMS].granted_by, after.opted_out) == ("patient (START)", ())
    assert rows(service, "opt_outs") == []
    assert the_tasks(service, "opt-out") == []
    assert response_kinds(service, id_) == ["stopped"] + ([] if type_ else ["started"])
    assert [row["closed_reason"] for row in rows(service, "consents")] == ["opted out", None]
    clock.move_to(local("2026-11-24 12:00"))
    send_due(service, transports)
    assert to(transports)[-1] == "prepare"


def test_start_ends_no_task_about_emails(service: Service, clock: ManualClock) -> None:
    id_ = welcomed(service, in_memory(clock), **BOTH)
    mailbox = address_lookup(service.vault, Channel.EMAIL, "pat@example.org")
    with service.engine.begin() as connection:
        opt_out(service, connection, mailbox, by="recipient", now=clock.now(), channel=Channel.EMAIL)
    hears(service, id_, "STOP")
    hears(service, id_, "START")
    (task,) = the_tasks(service, "opt-out")
    assert task["reason"].startswith("E-mail is off")


def test_start_does_not_reopen_what_was_closed_for_another_reason(service: Service, clock: ManualClock) -> None:
    id_ = welcomed(service, in_memory(clock), **BOTH)
    change_contact(service, id_, NewContact(consent="email"), by="coordinator")
    hears(service, id_, "START")
    assert set(stored(service, id_).consents) == {Channel.EMAIL}
    assert response_kinds(service, id_) == []
    assert len(the_tasks(service, "reply")) == 1


def test_stop_and_start_again_and_again_ends_as_said_last(service: Service, clock: ManualClock) -> None:
    id_ = welcomed(service, in_memory(clock))
    for text in ("STOP", "START", "STOP", "START", "STOP"):
        hears(service, id_, text)
    assert stored(service, id_).consents == {}
    assert len(the_tasks(service, "opt-out")) == 1
    assert response_kinds(service, id_) == ["stopped", "started", "stopped", "started", "stopped"]


# A number that has opted out before


def test_enrolling_an_opted_out_number_stores_a_closed_consent_and_says_so(
    service: Service, clock: ManualClock
) -> None:
    transports, phone = in_memory(clock), "+12125550172"
    take_reply(service, a_text("STOP", phone))
    done = enrolled(service, phone=phone)
    assert stored(service, done.enrollment).consents == {}
    assert any("START" in warning for warning in done.warnings)
    assert [task["kind"] for task in done.tasks if task["kind"] == "opt-out"] == ["opt-out"]
    send_due(service, transports)
    assert to(transports) == []
    assert the_reminder(service, done.enrollment, "ride").state == "planned"
    hears(service, done.enrollment, "START")
    assert set(stored(service, done.enrollment).consents) == {Channel.SMS}


@pytest.mark.parametrize("number", range(3))
def test_an_opt_out_at_the_moment_of_enrolling_is_heard(service: Service, number: int) -> None:
    """Whichever commits first, the other one sees it."""
    phone = f"+1212555018{number}"
    done, _ = together(lambda: enrolled(service, phone=phone), lambda: take_reply(service, a_text("STOP", phone)))
    assert stored(service, done.enrollment).consents == {}


def test_an_opt_out_at_the_moment_of_a_new_number_is_heard(service: Service, clock: ManualClock) -> None:
    phone = "+12125550184"
    id_ = welcomed(service, in_memory(clock))
    together(
        lambda: change_contact(service, id_, NewContact(phone=phone), by="coordinator"),
        lambda: take_reply(service, a_text("STOP", phone)),
    )
    assert stored(service, id_).consents == {}


def test_an_opt_out_while_a_calls_outcome_is_written_waits_for_it(service: Service, clock: ManualClock) -> None:
    """Neither holds what the other one needs: a STOP that was given up to end that would be lost."""
    id_, writing = enrolled_id(service), list[Thread]()
    stop = a_text("STOP", phone_of(service, id_))

    def taken(_: OutboundMessage) -> Outcome:
        writing.append(another(service.engine, "UPDATE reminders", lambda: take_reply(service, stop)))
        return ACCEPT

    send_due(service, texts_only(clock, decide=taken))
    writing[0].join(timeout=60)

    assert [row["meaning"] for row in rows(service, "replies")] == ["opt-out"]
    assert the_reminder(service, id_, "welcome").state == "sent"
    assert stored(service, id_).consents == {}


def test_staff_cannot_override_it(service: Service, clock: ManualClock) -> None:
    id_ = welcomed(service, in_memory(clock))
    hears(service, id_, "STOP")
    changed = change_contact(service, id_, NewContact(consent="sms"), by="coordinator")
    assert stored(service, id_).consents == {}
    assert stored(service, id_).opted_out == (Channel.SMS,)
    assert any("START" in warning for warning in changed.warnings)
    assert len(the_tasks(service, "opt-out")) == 2


def test_changing_to_an_opted_out_number_carries_no_consent_over(service: Service, clock: ManualClock) -> None:
    phone = "+12125550173"
    take_reply(service, a_text("STOP", phone))
    id_ = welcomed(service, in_memory(clock))
    change_contact(service, id_, NewContact(phone=phone), by="coordinator")
    assert stored(service, id_).consents == {}


def test_changing_to_another_number_by_new_consent_opens_texts(service: Service, clock: ManualClock) -> None:
    id_ = welcomed(service, in_memory(clock))
    hears(service, id_, "STOP")
    change_contact(service, id_, NewContact(phone="+12125550174", consent="sms"), by="coordinator")
    assert set(stored(service, id_).consents) == {Channel.SMS}


def test_a_bad_request_for_consent_stays_one(service: Service, clock: ManualClock) -> None:
    id_ = welcomed(service, in_memory(clock))
    with pytest.raises(InputError):
        change_contact(service, id_, NewContact(consent="pigeon"), by="coordinator")


# What the provider tells, and caregivers


def test_the_providers_refusal_is_an_opt_out_like_any_other(service: Service, clock: ManualClock) -> None:
    transports = in_memory(clock)
    id_ = welcomed(service, transports)
    transports[Channel.SMS].script(fails(opted_out))
    clock.move_to(local("2026-11-24 12:00"))
    send_due(service, transports)
    assert [(row["channel"], row["by"]) for row in rows(service, "opt_outs")] == [("sms", "provider")]
    assert len(the_tasks(service, "opt-out")) == 1
    assert stored(service, id_).opted_out == (Channel.SMS,)


def test_a_caregivers_stop_is_not_the_patients(service: Service, clock: ManualClock) -> None:
    transports = in_memory(clock)
    id_ = cared_for(service)
    send_due(service, transports)
    take_reply(service, a_text("STOP", SAM))
    after = stored(service, id_)
    assert (after.open_caregivers, set(after.consents)) == ((), {Channel.SMS})
    send_due(service, transports)
    assert keys_to(transports, SAM) == ["welcome@care1", "response"]
    assert the_tasks(service, "opt-out") == []
    assert [event["by"] for event in events(service, id_) if event["action"] == "opt-out"] == ["caregiver"]


def test_a_patients_stop_is_not_the_caregivers(service: Service, clock: ManualClock) -> None:
    transports = in_memory(clock)
    id_ = cared_for(service)
    send_due(service, transports)
    hears(service, id_, "STOP")
    clock.move_to(local("2026-12-05 12:00"))
    send_due(service, transports)
    assert "ride@care1" in keys_to(transports, SAM)
    assert len(stored(service, id_).open_caregivers) == 1


def test_a_caregivers_start_plans_their_copies_anew(service: Service, clock: ManualClock) -> None:
    transports = in_memory(clock)
    id_ = cared_for(service)
    send_due(service, transports)
    take_reply(service, a_text("STOP", SAM))
    take_reply(service, a_text("START", SAM))
    assert len(stored(service, id_).open_caregivers) == 1
    clock.move_to(local("2026-12-05 12:00"))
    send_due(service, transports)
    assert "ride@care1" in keys_to(transports, SAM)
