"""Who unsubscribes gets no more e-mails, whatever the enrollment, and people are told what that leaves unsaid."""

from typing import Any

import pytest
from sqlalchemy import insert

from reminders.clock import ManualClock
from reminders.database import tables
from reminders.service import Service
from reminders.unsubscribing import unsubscribe
from schedules.protocol import Channel
from tests.builders import local
from tests.reminders.builders import (
    another,
    deliveries,
    enrolled_id,
    events,
    in_memory,
    send_due,
    set_reminder,
    stored,
    task_kinds,
    tasks,
)
from tests.reminders.hearing import rows
from tests.reminders.web.calling import all_rows

PAT = "pat@example.org"


def emailed(service: Service, clock: ManualClock, *, consent: str = "email", **changes: Any) -> tuple[str, str]:
    """A patient whose first e-mail has left: her enrollment and the delivery."""
    id_ = enrolled_id(service, email=PAT, consent=consent, **changes)
    set_reminder(service, id_, "welcome", channels=["email"], channel="email")
    send_due(service, in_memory(clock))
    (sent,) = deliveries(service, id_)
    assert sent["channel"] == "email"
    return id_, str(sent["id"])


def a_caregiver(service: Service, enrollment: str, address: str, **changes: Any) -> None:
    row = {
        "enrollment": enrollment,
        "label": "daughter",
        "channel": "email",
        "language": "en",
        "steps": ["ride"],
        "name": service.vault.seal("caregivers", f"{enrollment}:daughter", "name", "Sam Example"),
        "address_lookup": service.vault.lookup("email", address),
        "granted_at": service.clock.now(),
        "granted_by": "coordinator",
        "wording": "2026-1",
    }
    with service.engine.begin() as connection:
        connection.execute(insert(tables.caregivers), row | changes)


def test_consent_to_emails_ends_and_the_event_says_so(service: Service, clock: ManualClock) -> None:
    id_, delivery = emailed(service, clock)

    assert unsubscribe(service, delivery)
    assert Channel.EMAIL not in stored(service, id_).consents
    (event,) = [event for event in events(service, id_) if event["action"] == "opt-out"]
    assert (event["by"], event["after"]) == ("recipient", {"channel": "email", "consent": "closed"})
    (consent,) = rows(service, "consents")
    assert (consent["closed_by"], consent["closed_reason"]) == ("recipient", "opted out")
    (opted_out,) = rows(service, "opt_outs")
    assert (opted_out["address"], opted_out["channel"]) == (service.vault.lookup("email", PAT), "email")


def test_the_next_email_does_not_leave(service: Service, clock: ManualClock) -> None:
    id_, delivery = emailed(service, clock)
    unsubscribe(service, delivery)
    clock.move_to(local("2026-11-24 10:00"))
    send_due(service, in_memory(clock))
    assert len(deliveries(service, id_)) == 1
    assert "no-channel" in task_kinds(service)


def test_texts_go_on(service: Service, clock: ManualClock) -> None:
    id_, delivery = emailed(service, clock, consent="sms,email")
    unsubscribe(service, delivery)
    assert set(stored(service, id_).consents) == {Channel.SMS}


def test_it_counts_for_every_enrollment_at_the_address_however_it_is_written(
    service: Service, clock: ManualClock
) -> None:
    other = enrolled_id(service, email=PAT.upper(), consent="email", procedure="2027-01-12 09:00")
    elsewhere = enrolled_id(service, email="sam@example.org", consent="email")
    id_, delivery = emailed(service, clock)

    unsubscribe(service, delivery)
    assert [bool(stored(service, one).consents) for one in (id_, other, elsewhere)] == [False, False, True]
    assert task_kinds(service).count("opt-out") == 2


def test_asked_again_it_changes_nothing(service: Service, clock: ManualClock) -> None:
    _, delivery = emailed(service, clock)
    unsubscribe(service, delivery)
    before = all_rows(service.engine)
    clock.move_to(local("2026-11-21 10:00"))

    assert unsubscribe(service, delivery)
    assert all_rows(service.engine) == before


def test_without_a_channel_left_a_task_names_what_becomes_a_call(service: Service, clock: ManualClock) -> None:
    _, delivery = emailed(service, clock, holds=("warfarin=5",), resumes=("warfarin=1",))
    unsubscribe(service, delivery)

    (task,) = [task for task in tasks(service) if task["kind"] == "opt-out"]
    assert "Call the patient instead about: " in task["reason"]
    assert "stop:warfarin" in task["reason"]
    assert "resume:warfarin" in task["reason"]


def test_what_goes_by_text_now_is_named(service: Service, clock: ManualClock) -> None:
    _, delivery = emailed(service, clock, consent="sms,email", holds=("warfarin=5",))
    unsubscribe(service, delivery)

    (task,) = [task for task in tasks(service) if task["kind"] == "opt-out"]
    assert task["reason"].startswith("E-mail is off: the patient opted out. By sms: ")


def test_with_nothing_ahead_nobody_is_troubled(service: Service, clock: ManualClock) -> None:
    _, delivery = emailed(service, clock, consent="sms,email")
    with service.engine.begin() as connection:
        connection.execute(tables.reminders.update().values(state="withdrawn", due_at=None))
    unsubscribe(service, delivery)
    assert "opt-out" not in task_kinds(service)


def test_a_cancelled_plan_leaves_nothing_to_do(service: Service, clock: ManualClock) -> None:
    id_, delivery = emailed(service, clock)
    with service.engine.begin() as connection:
        connection.execute(tables.enrollments.update().values(status="cancelled"))
    unsubscribe(service, delivery)
    assert not stored(service, id_).consents
    assert "opt-out" not in task_kinds(service)


def test_a_caregiver_ends_her_own_copies_alone(service: Service, clock: ManualClock) -> None:
    id_, delivery = emailed(service, clock)
    a_caregiver(service, id_, PAT)  # a household with one mailbox
    set_reminder(service, id_, "welcome", recipient="daughter")

    assert unsubscribe(service, delivery)
    assert Channel.EMAIL in stored(service, id_).consents
    (caregiver,) = rows(service, "caregivers")
    assert (caregiver["closed_at"], caregiver["closed_reason"]) == (clock.now(), "opted out")
    assert rows(service, "opt_outs") == []
    (event,) = [event for event in events(service, id_) if event["action"] == "opt-out"]
    assert event["after"]["caregiver"] == "daughter"


def test_a_patient_does_not_end_a_caregivers_copies(service: Service, clock: ManualClock) -> None:
    id_, delivery = emailed(service, clock)
    a_caregiver(service, id_, "daughter@example.org")
    unsubscribe(service, delivery)
    assert rows(service, "caregivers")[0]["closed_at"] is None


def test_a_text_and_an_unknown_delivery_are_no_emails(service: Service, clock: ManualClock) -> None:
    id_ = enrolled_id(service, email=PAT, consent="sms,email")
    send_due(service, in_memory(clock))
    before = all_rows(service.engine)

    assert not unsubscribe(service, str(deliveries(service, id_)[0]["id"]))
    assert not unsubscribe(service, "d" * 32)
    assert all_rows(service.engine) == before


def test_one_that_comes_at_the_moment_of_enrolling_is_heard(service: Service, clock: ManualClock) -> None:
    """The consent that is being stored has looked for opt-outs already."""
    _, delivery = emailed(service, clock)
    asks = another(service.engine, "INSERT INTO events", lambda: unsubscribe(service, delivery))
    id_ = enrolled_id(service, name="Sam Example", email=PAT, consent="email")
    asks.join(timeout=60)

    assert not stored(service, id_).consents


@pytest.mark.parametrize("again", [1, 2])
def test_consent_given_anew_can_be_ended_anew(service: Service, clock: ManualClock, again: int) -> None:
    id_, delivery = emailed(service, clock)
    for _ in range(again):
        unsubscribe(service, delivery)
        clock.move_to(clock.now().replace(second=clock.now().second + 1))
        with service.engine.begin() as connection:
            fresh = {"channel": "email", "granted_at": clock.now(), "granted_by": "x", "wording": "2026-1"}
            connection.execute(insert(tables.consents), fresh | {"enrollment": id_, "detailed": False})
    unsubscribe(service, delivery)
    assert not stored(service, id_).consents
    assert task_kinds(service).count("opt-out") == again + 1
