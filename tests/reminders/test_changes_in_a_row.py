"""One change on top of another: what the patient still believes counts, not only what was booked last."""

import pytest

from reminders.changing import Changed
from reminders.clock import ManualClock
from reminders.service import Service
from reminders.tasking import finish
from reminders.transports.memory import fails
from schedules.protocol import Channel
from tests.builders import local
from tests.reminders.builders import (
    Transports,
    enrolled_id,
    events,
    everything,
    not_sent,
    send_due,
    stored,
    task_kinds,
    tasks,
    texts_only,
    the_reminder,
)
from tests.reminders.changes import WARFARIN, cancelled, completed, moved

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
