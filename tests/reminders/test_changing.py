"""Changes to an enrollment: one commit supersedes what had not left, and the answer says truthfully what had."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from reminders.changing import LONGEST_CALL_SECONDS, Changed
from reminders.clock import ManualClock
from reminders.dispatch import Report
from reminders.errors import InputError
from reminders.housekeeping import ask_completion
from reminders.lifecycle import UNSENT
from reminders.recording import complete
from reminders.rescheduling import CANCEL_REASONS, cancel
from reminders.service import Service
from reminders.transports.base import OutboundMessage
from reminders.transports.memory import ACCEPT, Outcome, taken_but
from schedules.changes import Kind
from schedules.protocol import Channel
from tests.builders import local
from tests.reminders.builders import (
    START,
    Transports,
    a_service,
    enrolled_id,
    events,
    everything,
    not_sent,
    row_counts,
    send_due,
    sent_keys,
    set_reminder,
    states,
    stored,
    task_kinds,
    tasks,
    texts_only,
    the_reminder,
    unknown,
)

WARFARIN = {"holds": ("warfarin=5",), "resumes": ("warfarin=1",)}
AFTER = local("2026-12-08 10:30")


def cancelled(service: Service, id_: str, **changes: Any) -> Changed:
    values: dict[str, Any] = {"reason": "patient", "note": None, "by": "coordinator"}
    return cancel(service, id_, **values | changes)


def completed(service: Service, id_: str, ended_at: str = "2026-12-08 10:10", **changes: Any) -> Changed:
    return complete(service, id_, ended_at=ended_at, **{"by": "coordinator"} | changes)


def everything_sent(service: Service, id_: str) -> None:
    """As if every message up to the procedure had left."""
    for reminder in everything(service, id_):
        if reminder.send_at is not None and reminder.send_at < START:
            set_reminder(service, id_, reminder.key, state="sent", due_at=None)


@pytest.fixture
def patient(service: Service) -> str:
    return enrolled_id(service, **WARFARIN)


# Cancel


def test_a_cancel_withdraws_everything_that_has_not_left(service: Service, patient: str) -> None:
    set_reminder(service, patient, "welcome", state="sent")
    set_reminder(service, patient, "after-care", state="held")
    before = [reminder.key for reminder in everything(service, patient) if reminder.state in UNSENT]
    changed = cancelled(service, patient, reason="hospital")

    assert changed.withdrawn == tuple((key, "procedure cancelled: hospital") for key in before)
    assert {states(service, patient)[key] for key in before} == {"withdrawn"}
    assert {"ride", "after-care"} <= set(before)
    ride = the_reminder(service, patient, "ride")
    assert (ride.reason, ride.due_at) == ("procedure cancelled: hospital", None)


def test_a_cancel_leaves_what_has_gone_or_ended_as_it_is(service: Service, patient: str) -> None:
    ended = {"welcome": "sent", "prepare-plan": "delivered", "ride": "failed", "fasting": "unknown"}
    present = {key: state for key, state in ended.items() if key in states(service, patient)}
    for key, state in present.items():
        set_reminder(service, patient, key, state=state)
    cancelled(service, patient)

    assert {key: states(service, patient)[key] for key in present} == present
    assert states(service, patient)["day-of"] == "skipped"


def test_a_cancelled_enrollment_says_when_and_why_and_has_a_new_revision(
    service: Service, patient: str, clock: ManualClock
) -> None:
    cancelled(service, patient, reason="admitted")
    found = stored(service, patient)

    assert (found.status, found.cancel_reason, found.cancelled_at) == ("cancelled", "admitted", clock.now())
    assert found.revision == 2


def test_the_log_says_who_cancelled_and_keeps_the_note_sealed(service: Service, patient: str) -> None:
    cancelled(service, patient, note="Her daughter called.", by="nurse")
    line = events(service, patient)[-1]

    assert (line["action"], line["by"]) == ("cancel", "nurse")
    assert (line["before"], line["after"]) == (
        {"status": "active"},
        {"status": "cancelled", "reason": "patient"},
    )
    assert b"daughter" not in line["note"]
    assert service.vault.open("events", patient, "note", line["note"]) == "Her daughter called."


def test_a_cancel_tells_what_had_gone_and_what_is_unknown(
    service: Service, patient: str, transports: Transports
) -> None:
    send_due(service, transports)
    set_reminder(service, patient, "prepare-plan", state="unknown")
    set_reminder(service, patient, "stop:warfarin", state="delivered")
    changed = cancelled(service, patient)

    assert {reminder.key: reminder.state.value for reminder in changed.already_sent} == {
        "welcome": "sent",
        "prepare-plan": "unknown",
        "stop:warfarin": "delivered",
    }


def test_after_a_cancel_nothing_leaves(
    service: Service, patient: str, transports: Transports, clock: ManualClock
) -> None:
    cancelled(service, patient)
    for text in ("2026-11-24 10:00", "2026-12-05 12:00", "2026-12-07 17:00"):
        clock.move_to(local(text))

        assert send_due(service, transports) == Report()
    assert sent_keys(transports) == []


@pytest.mark.parametrize("state", ["sent", "delivered", "unknown"])
def test_a_hold_that_was_announced_makes_an_urgent_task(service: Service, patient: str, state: str) -> None:
    set_reminder(service, patient, "stop:warfarin", state=state)
    changed = cancelled(service, patient)

    (task,) = changed.tasks
    assert (task["kind"], task["urgent"]) == ("announced-hold", True)
    assert "warfarin" in task["reason"]
    assert [row["kind"] for row in tasks(service)] == ["announced-hold"]


@pytest.mark.parametrize("state", ["planned", "held", "missed"])
def test_a_hold_nobody_was_told_of_makes_no_task(service: Service, patient: str, state: str) -> None:
    set_reminder(service, patient, "stop:warfarin", state=state)

    assert cancelled(service, patient).tasks == ()


@pytest.mark.parametrize("reason", CANCEL_REASONS)
def test_a_cancel_has_one_of_some_reasons(service: Service, patient: str, reason: str) -> None:
    assert cancelled(service, patient, reason=reason).withdrawn[0][1] == f"procedure cancelled: {reason}"


def refused_unchanged(service: Service, act: Any, *arguments: Any, **changes: Any) -> str:
    before, reminders = row_counts(service.engine), everything(service, arguments[0])
    with pytest.raises(InputError) as caught:
        act(service, *arguments, **changes)
    assert row_counts(service.engine) == before
    assert everything(service, arguments[0]) == reminders
    return str(caught.value)


def test_another_reason_is_refused_with_the_nearest(service: Service, patient: str) -> None:
    assert "did you mean patient?" in refused_unchanged(service, cancelled, patient, reason="patent")


@pytest.mark.parametrize("note", ["two\nlines", "x" * 501])
def test_a_note_is_one_plain_line(service: Service, patient: str, note: str) -> None:
    assert refused_unchanged(service, cancelled, patient, note=note).startswith("--note: ")


def test_cancelling_twice_changes_nothing(service: Service, patient: str) -> None:
    cancelled(service, patient)

    assert refused_unchanged(service, cancelled, patient) == (
        f"enrollment {patient} is cancelled: nothing was changed"
    )


def test_an_unknown_enrollment_cannot_be_cancelled(service: Service) -> None:
    with pytest.raises(InputError, match="is not known"):
        cancelled(service, "2222-22222")


def test_a_dry_cancel_answers_and_changes_nothing(service: Service, patient: str) -> None:
    set_reminder(service, patient, "stop:warfarin", state="sent")
    before, reminders = row_counts(service.engine), everything(service, patient)
    tried = cancelled(service, patient, dry_run=True)

    assert row_counts(service.engine) == before
    assert everything(service, patient) == reminders
    assert stored(service, patient).revision == 1
    assert tried.withdrawn == cancelled(service, patient).withdrawn
    assert [task["kind"] for task in tried.tasks] == ["announced-hold"]


# Calls in flight


def test_a_cancel_waits_for_the_call_under_way_and_tells_that_it_went(service: Service, clock: ManualClock) -> None:
    answers: list[Changed] = []

    def meanwhile(message: OutboundMessage) -> Outcome:
        """The cancel commits during the call and waits; the call ends once it does."""
        if message.key == "correction":
            return ACCEPT
        cancelling.start()
        committed.wait(timeout=60)
        return ACCEPT

    def note_commit(_connection: Any) -> None:
        if threading.current_thread() is cancelling:
            committed.set()

    id_ = enrolled_id(service)
    committed = threading.Event()
    elsewhere = a_service(service.engine, service.vault, OneThatYields(clock))
    cancelling = threading.Thread(target=lambda: answers.append(cancelled(elsewhere, id_)), daemon=True)
    event.listen(service.engine, "commit", note_commit)
    report = send_due(service, texts_only(clock, decide=meanwhile))
    cancelling.join(timeout=60)

    assert report == Report(sent=2)
    assert [(reminder.key, reminder.state.value) for reminder in answers[0].already_sent] == [("welcome", "sent")]
    assert [key for key, _ in answers[0].corrections] == ["correction"]
    assert "welcome" not in dict(answers[0].withdrawn)


class OneThatYields:
    """A clock that stands still while somebody waits by it, but lets the other threads work."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock, self._turn = clock, threading.Event()

    def now(self) -> Any:
        return self._clock.now()

    def monotonic(self) -> float:
        return self._clock.monotonic()

    def sleep(self, seconds: float) -> None:
        self._turn.wait(timeout=0.01)


def test_a_cancel_does_not_wait_longer_than_a_call_may_take(service: Service, patient: str, clock: ManualClock) -> None:
    set_reminder(service, patient, "welcome", state="sending")
    before = clock.monotonic()
    changed = cancelled(service, patient)

    assert LONGEST_CALL_SECONDS <= clock.monotonic() - before < LONGEST_CALL_SECONDS + 1
    assert [(reminder.key, reminder.state.value) for reminder in changed.already_sent] == [("welcome", "sending")]


def test_what_surely_did_not_leave_during_a_cancel_is_not_tried_again(service: Service, clock: ManualClock) -> None:
    def meanwhile(message: OutboundMessage) -> Outcome:
        cancelled(a_service(service.engine, service.vault, clock), message.enrollment)
        return Outcome(taken=False, failure=not_sent())

    id_ = enrolled_id(service)
    transports = texts_only(clock, decide=meanwhile)
    send_due(service, transports)
    clock.advance(timedelta(minutes=1))

    assert send_due(service, transports) == Report()
    assert len(transports[Channel.SMS].calls) == 1
    assert states(service, id_)["welcome"] == "withdrawn"


def test_a_call_of_unknown_outcome_stays_unknown_through_a_cancel(
    service: Service, patient: str, transports: Transports
) -> None:
    transports[Channel.SMS].script(taken_but(unknown))
    send_due(service, transports)
    changed = cancelled(service, patient)

    assert [(reminder.key, reminder.state.value) for reminder in changed.already_sent] == [("welcome", "unknown")]


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
