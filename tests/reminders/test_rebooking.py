"""One patient, two procedures: what was said of a medicine for the first one bears on the second."""

from typing import Any

import pytest
from sqlalchemy import event

from reminders.changes.changing import Changed
from reminders.changes.ordering import order
from reminders.clock import ManualClock
from reminders.service import Service
from reminders.tasking import finish
from tests.builders import local
from tests.reminders.builders import Transports, enrolled, enrolled_id, send_due, stored, tasks, the_reminder
from tests.reminders.recorded import WARFARIN, cancelled, completed, moved

PHONE = "+12125550199"
TOLD_AT = local("2026-12-02 10:00")


def confirmed(service: Service, id_: str) -> bool:
    return all(hold.confirmed for hold in stored(service, id_).holds)


def call_about(service: Service, id_: str) -> int:
    """The open call about what was announced for an enrollment."""
    (task,) = [row for row in tasks(service) if row["kind"] == "announced-hold" and row["enrollment"] == id_]
    return int(task["task"] if "task" in task else task["id"])


def booked_again(service: Service, procedure: str = "2026-12-22 09:00") -> str:
    return enrolled_id(service, phone=PHONE, procedure=procedure, **WARFARIN)


@pytest.fixture
def first(service: Service, transports: Transports, clock: ManualClock) -> str:
    """A patient who was told the last day with warfarin."""
    id_ = enrolled_id(service, phone=PHONE, **WARFARIN)
    for text in ("2026-11-20 12:00", "2026-11-24 10:00", "2026-12-02 10:00"):
        clock.move_to(local(text))
        send_due(service, transports)
    assert the_reminder(service, id_, "stop:warfarin").state == "sent"
    return id_


@pytest.fixture
def cancellation(service: Service, first: str) -> Changed:
    return cancelled(service, first)


def test_after_a_cancellation_a_new_bookings_drug_steps_wait(
    service: Service, first: str, cancellation: Changed
) -> None:
    again = enrolled(service, phone=PHONE, procedure="2026-12-22 09:00", **WARFARIN)
    (warning,) = [line for line in again.warnings if "cancelled" in line]

    assert warning == f"medicine steps are held until the call about the cancelled {first} was made"
    for key in ("stop:warfarin", "resume:warfarin"):
        assert "order" in the_reminder(service, again.enrollment, key).waits_for
    assert "order" not in the_reminder(service, again.enrollment, "ride").waits_for


def test_where_they_cannot_be_released_the_call_is_not_done_either(
    service: Service, first: str, cancellation: Changed
) -> None:
    again = booked_again(service)

    def fail(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("UPDATE reminders"):
            raise RuntimeError("the disk is full")

    event.listen(service.engine, "before_cursor_execute", fail)
    with pytest.raises(RuntimeError):
        finish(service, call_about(service, first), note="Called.", by="nurse")
    event.remove(service.engine, "before_cursor_execute", fail)

    assert not confirmed(service, again)
    assert call_about(service, first)


def test_once_the_call_was_made_they_are_released(service: Service, first: str, cancellation: Changed) -> None:
    again = booked_again(service)
    finish(service, call_about(service, first), note="Called.", by="nurse")

    assert confirmed(service, again)
    assert the_reminder(service, again, "stop:warfarin").waits_for == ()


def test_a_booking_after_the_call_waits_for_nothing(service: Service, first: str, cancellation: Changed) -> None:
    finish(service, call_about(service, first), note="Called.", by="nurse")

    assert the_reminder(service, booked_again(service), "stop:warfarin").waits_for == ()


def test_somebody_elses_booking_waits_for_nothing(service: Service, first: str, cancellation: Changed) -> None:
    assert confirmed(service, enrolled_id(service, procedure="2026-12-22 09:00", **WARFARIN))


def test_a_booking_with_neither_phone_nor_record_number_waits_for_nobodys(
    service: Service, first: str, cancellation: Changed
) -> None:
    by_mail = enrolled(service, phone=None, email="lee@example.org", consent="email", **WARFARIN)

    assert not [line for line in by_mail.warnings if "cancelled" in line]
    assert confirmed(service, by_mail.enrollment)


def test_an_order_for_the_new_booking_releases_it_too(service: Service, first: str, cancellation: Changed) -> None:
    again = booked_again(service)
    order(service, again, holds=("warfarin=5",), resumes=("warfarin=1",), ordered_by="Dr. Example", by="nurse")

    assert the_reminder(service, again, "stop:warfarin").waits_for == ()


def test_the_call_about_a_move_releases_neither_it_nor_the_patients_other_bookings(
    service: Service, first: str
) -> None:
    """A moved plan waits for its order; a call alone confirms nothing."""
    moved(service, first)
    finish(service, call_about(service, first), note="Called.", by="nurse")

    assert not confirmed(service, first)


def test_a_booking_whose_own_move_put_its_order_in_doubt_waits_for_its_own_order(
    service: Service, first: str, transports: Transports, clock: ManualClock
) -> None:
    second = booked_again(service, "2026-12-15 09:00")
    for text in ("2026-12-02 10:20", "2026-12-09 10:00", "2026-12-09 10:20"):
        clock.move_to(local(text))
        send_due(service, transports)
    assert the_reminder(service, second, "stop:warfarin").state == "sent"
    cancelled(service, first)
    moved(service, second, "2026-12-29 09:00")
    finish(service, call_about(service, first), note="Called.", by="nurse")

    assert not confirmed(service, second)
    assert "order" in the_reminder(service, second, "stop:warfarin").waits_for


def test_a_drug_that_a_second_procedure_needs_held_is_not_resumed_by_the_first(
    service: Service, first: str, transports: Transports, clock: ManualClock
) -> None:
    booked_again(service, "2026-12-14 09:00")
    clock.move_to(local("2026-12-08 11:00"))
    completed(service, first)
    clock.move_to(local("2026-12-09 11:00"))
    send_due(service, transports)
    resume = the_reminder(service, first, "resume:warfarin")

    assert (resume.state, resume.waits_for) == ("held", ("staff",))
    assert ("held", True) in [(row["kind"], row["urgent"]) for row in tasks(service)]
