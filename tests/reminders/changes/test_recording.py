"""Recording what happened: what is counted from it moves, and what it makes wrong is put right."""

from typing import Any

import pytest

from reminders.changes.changing import Changed
from reminders.changes.recording import record_arrival, record_not_done, record_visit
from reminders.clock import ManualClock
from reminders.dispatch import Report
from reminders.housekeeping import ask_completion
from reminders.service import Service
from schedules.changes import Kind
from schedules.protocol import Channel
from tests.builders import local
from tests.reminders.builders import (
    Transports,
    enrolled_id,
    events,
    everything,
    row_counts,
    send_due,
    set_reminder,
    states,
    stored,
    task_kinds,
    the_reminder,
)
from tests.reminders.recorded import WARFARIN, cancelled, completed, everything_sent, refused_unchanged

AFTER = local("2026-12-08 10:30")


@pytest.fixture
def patient(service: Service) -> str:
    return enrolled_id(service, **WARFARIN)


# Complete


def test_what_is_counted_from_the_end_moves_to_the_recorded_one(
    service: Service, patient: str, clock: ManualClock
) -> None:
    everything_sent(service, patient)
    clock.move_to(AFTER)
    changed = completed(service, patient)

    moved = {change.key: change.planned.send_at for change in changed.moved if change.planned is not None}
    assert moved["after-care"] == local("2026-12-08 13:10")
    assert moved["resume-aspirin"] == local("2026-12-09 10:10")
    assert {change.kind for change in changed.moved} == {Kind.MOVE}
    for key, instant in moved.items():
        reminder = the_reminder(service, patient, key)
        assert (reminder.send_at, reminder.due_at, reminder.state) == (instant, instant, "planned")


def test_what_was_held_for_the_end_is_released(
    service: Service, patient: str, transports: Transports, clock: ManualClock
) -> None:
    everything_sent(service, patient)
    clock.move_to(local("2026-12-08 14:00"))
    assert send_due(service, transports).held == 1
    completed(service, patient)

    released = the_reminder(service, patient, "after-care")
    assert (released.state, released.waits_for, released.reason) == ("planned", (), None)
    assert send_due(service, transports) == Report(sent=1)
    assert "10:10 AM Wed Dec 9" in transports[Channel.SMS].calls[-1].text


def test_what_stays_in_the_plan_belongs_to_the_new_revision(service: Service, patient: str, clock: ManualClock) -> None:
    everything_sent(service, patient)
    clock.move_to(AFTER)
    completed(service, patient)

    found = everything(service, patient)
    assert {reminder.revision for reminder in found if reminder.state == "planned"} == {2}
    assert {reminder.revision for reminder in found if reminder.state == "sent"} == {1}
    assert {reminder.round for reminder in found} == {1}


def test_a_completed_enrollment_says_when_it_ended_and_who_said_so(
    service: Service, patient: str, clock: ManualClock
) -> None:
    clock.move_to(AFTER)
    completed(service, patient, by="nurse")
    found, line = stored(service, patient), events(service, patient)[-1]

    assert (found.status, found.ended_at) == ("completed", local("2026-12-08 10:10"))
    assert (line["action"], line["by"]) == ("complete", "nurse")
    assert line["after"] == {"status": "completed", "ended_at": "2026-12-08T15:10:00+00:00"}


def test_what_has_gone_is_told_and_not_planned_again(service: Service, patient: str, clock: ManualClock) -> None:
    everything_sent(service, patient)
    clock.move_to(AFTER)
    changed = completed(service, patient)

    gone = [reminder.key for reminder in everything(service, patient) if reminder.state == "sent"]
    assert [reminder.key for reminder in changed.already_sent] == gone
    assert not set(gone) & {change.key for change in changed.moved}


def test_an_end_that_leaves_no_time_for_a_step_ends_it_with_a_task(
    service: Service, patient: str, clock: ManualClock
) -> None:
    everything_sent(service, patient)
    clock.move_to(local("2026-12-09 11:00"))
    changed = completed(service, patient)

    assert states(service, patient)["after-care"] == "missed"
    assert [task["kind"] for task in changed.tasks] == ["missed"]
    assert "after-care" in changed.tasks[0]["reason"]


def test_a_held_step_that_comes_too_late_is_ended_through_its_plan(
    service: Service, patient: str, clock: ManualClock
) -> None:
    everything_sent(service, patient)
    set_reminder(service, patient, "after-care", state="held")
    clock.move_to(local("2026-12-09 11:00"))
    completed(service, patient)

    assert states(service, patient)["after-care"] == "missed"


def test_a_drug_held_without_a_resume_order_makes_an_urgent_task(service: Service, clock: ManualClock) -> None:
    id_ = enrolled_id(service, holds=("warfarin=5",))
    clock.move_to(AFTER)
    changed = completed(service, id_)

    assert [(task["kind"], task["urgent"]) for task in changed.tasks] == [("restart", True)]
    assert "restart" in task_kinds(service)


def test_a_drug_with_its_resume_order_makes_none(service: Service, patient: str, clock: ManualClock) -> None:
    everything_sent(service, patient)
    clock.move_to(AFTER)

    assert completed(service, patient).tasks == ()


def test_the_task_that_asked_for_the_end_is_done(service: Service, patient: str, clock: ManualClock) -> None:
    everything_sent(service, patient)
    clock.move_to(local("2026-12-08 12:30"))
    assert ask_completion(service) == 1
    completed(service, patient)

    assert task_kinds(service) == []


def test_what_had_to_be_said_before_the_start_is_withdrawn_however_early_the_end(
    service: Service, clock: ManualClock, transports: Transports
) -> None:
    """The procedure was moved up and nobody told us: `day-of` must not ask the patient to arrive afterwards."""
    id_ = enrolled_id(service, procedure="2026-12-08 15:00")
    everything_sent(service, id_)
    set_reminder(service, id_, "day-of", state="planned")
    clock.move_to(local("2026-12-08 11:00"))
    changed = completed(service, id_, "2026-12-08 10:00")

    assert changed.withdrawn == (("day-of", "the procedure has taken place"),)
    assert states(service, id_)["day-of"] == "withdrawn"
    clock.move_to(local("2026-12-08 12:30"))
    assert send_due(service, transports) == Report()


def test_what_no_longer_belongs_to_the_plan_is_withdrawn(service: Service, clock: ManualClock) -> None:
    id_ = enrolled_id(service, holds=("aspirin=7",), phone="+12125550123")
    everything_sent(service, id_)
    set_reminder(service, id_, "recovery-check", key="left-over")
    clock.move_to(AFTER)
    changed = completed(service, id_)

    assert changed.withdrawn == (("left-over", "no longer in the plan"),)
    assert the_reminder(service, id_, "left-over").state == "withdrawn"


def test_what_is_new_in_the_plan_is_added(service: Service, patient: str, clock: ManualClock) -> None:
    everything_sent(service, patient)
    set_reminder(service, patient, "recovery-check", key="left-over", state="sent")
    clock.move_to(AFTER)
    changed = completed(service, patient)

    added = [change for change in changed.moved if change.kind is Kind.ADD]
    assert [change.key for change in added] == ["recovery-check"]
    assert the_reminder(service, patient, "recovery-check").state == "planned"


def test_the_same_end_again_says_that_nothing_changed(service: Service, patient: str, clock: ManualClock) -> None:
    clock.move_to(AFTER)
    completed(service, patient)
    before, reminders = row_counts(service.engine), everything(service, patient)

    assert completed(service, patient).note == "that end is already recorded; nothing was changed"
    assert row_counts(service.engine) == before
    assert everything(service, patient) == reminders


def test_another_end_is_refused_with_the_recorded_one(service: Service, patient: str, clock: ManualClock) -> None:
    clock.move_to(AFTER)
    completed(service, patient)

    assert refused_unchanged(service, completed, patient, "2026-12-08 10:20") == (
        "--ended-at: already recorded as 2026-12-08 10:10 (site time); add --correct to mend it"
    )


@pytest.mark.parametrize(
    ("now", "ended", "said"),
    [
        ("2026-12-08 10:00", "2026-12-08 10:01", "lies in the future"),
        ("2026-12-08 10:00", "2026-12-08 02:59", "must lie from 6 hours before"),
        ("2026-12-09 12:00", "2026-12-09 09:01", "must lie from 6 hours before"),
        ("2026-12-08 10:00", "12/08/2026 10:00", "is ambiguous"),
        ("2026-12-08 10:00", "10:00", "is not a date and time"),
    ],
)
def test_an_end_that_cannot_be_right_is_refused(
    service: Service, patient: str, clock: ManualClock, now: str, ended: str, said: str
) -> None:
    clock.move_to(local(now))
    line = refused_unchanged(service, completed, patient, ended)

    assert line.startswith("--ended-at: ")
    assert said in line


def test_the_end_may_be_this_very_minute(service: Service, patient: str, clock: ManualClock) -> None:
    clock.move_to(local("2026-12-08 10:10"))

    assert completed(service, patient).moved


def test_a_cancelled_procedure_cannot_be_completed(service: Service, patient: str, clock: ManualClock) -> None:
    cancelled(service, patient)
    clock.move_to(AFTER)

    assert refused_unchanged(service, completed, patient) == f"enrollment {patient} is cancelled: nothing was changed"


def test_a_completed_procedure_can_still_be_cancelled(service: Service, patient: str, clock: ManualClock) -> None:
    everything_sent(service, patient)
    clock.move_to(AFTER)
    completed(service, patient)
    changed = cancelled(service, patient, reason="deceased")

    assert "after-care" in dict(changed.withdrawn)
    assert stored(service, patient).status == "cancelled"


def test_a_dry_complete_answers_and_changes_nothing(service: Service, patient: str, clock: ManualClock) -> None:
    everything_sent(service, patient)
    clock.move_to(AFTER)
    before, reminders = row_counts(service.engine), everything(service, patient)
    tried = completed(service, patient, dry_run=True)

    assert row_counts(service.engine) == before
    assert everything(service, patient) == reminders
    assert stored(service, patient).ended_at is None
    assert tried.moved == completed(service, patient).moved


# It did not take place


def not_done(service: Service, id_: str, **changes: Any) -> Changed:
    return record_not_done(service, id_, **{"by": "coordinator"} | changes)


def test_what_did_not_take_place_ends_the_plan_and_calls_about_the_drug(
    service: Service, patient: str, clock: ManualClock
) -> None:
    everything_sent(service, patient)
    clock.move_to(AFTER)
    changed = not_done(service, patient)

    assert {reason for _, reason in changed.withdrawn} == {"the procedure did not take place"}
    assert [(task["kind"], task["urgent"]) for task in changed.tasks] == [("restart", True)]
    assert "warfarin" in changed.tasks[0]["reason"]
    assert stored(service, patient).status == "ended"
    assert refused_unchanged(service, completed, patient) == f"enrollment {patient} is ended: nothing was changed"


def test_a_drug_whose_text_never_left_may_have_been_stopped_by_phone(
    service: Service, patient: str, clock: ManualClock
) -> None:
    clock.move_to(AFTER)

    assert [task["kind"] for task in not_done(service, patient).tasks] == ["restart"]


def test_without_a_held_drug_nothing_is_to_be_restarted(service: Service, clock: ManualClock) -> None:
    id_ = enrolled_id(service)
    clock.move_to(AFTER)

    assert not_done(service, id_).tasks == ()


# Another end


def test_a_mended_end_corrects_the_rest_that_was_told_once(
    service: Service, patient: str, transports: Transports, clock: ManualClock
) -> None:
    everything_sent(service, patient)
    clock.move_to(local("2026-12-08 13:10"))
    completed(service, patient)
    assert send_due(service, transports) == Report(sent=1)
    clock.move_to(local("2026-12-08 14:00"))
    changed = completed(service, patient, "2026-12-08 10:50", correct=True)

    assert changed.corrections == (("correction", local("2026-12-08 14:00")),)
    assert {move.key for move in changed.moved} == {"resume-aspirin", "resume:warfarin"}
    assert send_due(service, transports) == Report(sent=1)
    assert "10:50 AM Wed Dec 9" in transports[Channel.SMS].calls[-1].text


def test_a_mended_end_before_anything_was_told_corrects_nothing(
    service: Service, patient: str, clock: ManualClock
) -> None:
    everything_sent(service, patient)
    clock.move_to(AFTER)
    completed(service, patient)

    assert completed(service, patient, "2026-12-08 10:20", correct=True).corrections == ()


# The arrival time, and the visit


def arrives(service: Service, id_: str, at: str = "07:30", **changes: Any) -> Changed:
    return record_arrival(service, id_, at=at, **{"by": "nurse"} | changes)


def live(service: Service, transports: Transports, clock: ManualClock, *times: str) -> None:
    for text in times:
        clock.move_to(local(text))
        send_due(service, transports)


def test_an_arrival_time_closes_the_task_of_the_call(
    service: Service, patient: str, transports: Transports, clock: ManualClock
) -> None:
    live(service, transports, clock, "2026-11-20 12:00", "2026-12-07 10:00")
    assert "call" in task_kinds(service)
    arrives(service, patient)

    assert "call" not in task_kinds(service)


def test_an_arrival_time_that_a_message_to_come_states_sends_no_other(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    """With sedation the fasting rule is still to leave, and it names the time."""
    id_ = enrolled_id(service, sedation="moderate")
    live(service, transports, clock, "2026-11-20 12:00")

    assert arrives(service, id_).corrections == ()


def test_an_arrival_time_after_the_fasting_rule_went_out_is_told_by_one_text(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    id_ = enrolled_id(service, sedation="moderate")
    live(service, transports, clock, "2026-11-20 12:00")
    set_reminder(service, id_, "fasting", state="sent", due_at=None)

    assert [key for key, _ in arrives(service, id_).corrections] == ["correction"]


def test_an_arrival_time_after_the_last_message_that_states_it_is_told_by_one_text(
    service: Service, patient: str, transports: Transports, clock: ManualClock
) -> None:
    live(service, transports, clock, "2026-11-20 12:00", "2026-12-07 17:00")
    everything_sent(service, patient)
    clock.move_to(local("2026-12-07 18:00"))
    changed = arrives(service, patient)

    assert changed.corrections == (("correction", local("2026-12-07 18:00")),)
    assert send_due(service, transports).sent == 1
    assert "7:30 AM" in transports[Channel.SMS].calls[-1].text
    assert arrives(service, patient).note is not None


def test_a_dry_arrival_closes_no_task(
    service: Service, patient: str, transports: Transports, clock: ManualClock
) -> None:
    live(service, transports, clock, "2026-11-20 12:00", "2026-12-07 10:00")
    before, kinds = row_counts(service.engine), task_kinds(service)
    arrives(service, patient, dry_run=True)

    assert (row_counts(service.engine), task_kinds(service)) == (before, kinds)
    assert stored(service, patient).arrival_at is None


def test_after_an_early_end_a_booked_visit_brings_back_nothing_of_before_the_start(
    service: Service, clock: ManualClock
) -> None:
    id_ = enrolled_id(service, procedure="2026-12-08 15:00")
    everything_sent(service, id_)
    clock.move_to(local("2026-12-08 11:00"))
    completed(service, id_, "2026-12-08 10:00")
    changed = record_visit(service, id_, at="2027-01-08 10:30", by="nurse")

    assert [move.key for move in changed.moved] == ["visit-reminder"]
    assert states(service, id_)["day-of"] == "withdrawn"
