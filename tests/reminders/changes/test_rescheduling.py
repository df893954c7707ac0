"""Moving and cancelling: one commit supersedes what had not left, and what was told is put right once."""

import pytest

from reminders.changes.rescheduling import CANCEL_REASONS
from reminders.clock import ManualClock
from reminders.dispatch import Report
from reminders.errors import InputError
from reminders.lifecycle import UNSENT
from reminders.service import Service
from tests.builders import local
from tests.reminders.builders import (
    Transports,
    enrolled_id,
    events,
    everything,
    row_counts,
    send_due,
    sent_keys,
    set_reminder,
    states,
    stored,
    tasks,
    the_reminder,
)
from tests.reminders.recorded import WARFARIN, cancelled, moved, refused_unchanged


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


def test_another_reason_is_refused_with_the_nearest(service: Service, patient: str) -> None:
    assert "did you mean patient?" in refused_unchanged(service, cancelled, patient, reason="patent")


@pytest.mark.parametrize("note", ["two\nlines", "x" * 501])
def test_a_note_is_one_plain_line(service: Service, patient: str, note: str) -> None:
    assert refused_unchanged(service, cancelled, patient, note=note).startswith("--note: ")


def test_cancelling_twice_changes_nothing(service: Service, patient: str) -> None:
    cancelled(service, patient)

    assert refused_unchanged(service, cancelled, patient) == (f"enrollment {patient} is cancelled: nothing was changed")


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


# What the patient is told


@pytest.fixture
def welcomed(service: Service, patient: str, transports: Transports) -> str:
    send_due(service, transports)
    return patient


@pytest.mark.parametrize("reason", ["deceased", "admitted"])
def test_a_death_or_an_admission_sends_nothing_and_opens_a_task(
    service: Service, welcomed: str, transports: Transports, reason: str
) -> None:
    changed = cancelled(service, welcomed, reason=reason)

    assert changed.corrections == ()
    assert [task["kind"] for task in changed.tasks] == [reason]
    assert send_due(service, transports) == Report()


@pytest.mark.parametrize("reason", ["patient", "hospital", "error", "other"])
def test_any_other_cancellation_is_told_once(
    service: Service, welcomed: str, transports: Transports, reason: str
) -> None:
    changed = cancelled(service, welcomed, reason=reason)

    assert [key for key, _ in changed.corrections] == ["correction"]
    assert send_due(service, transports) == Report(sent=1)
    assert send_due(service, transports) == Report()


def test_who_was_told_nothing_is_told_of_no_cancellation(service: Service, patient: str) -> None:
    assert cancelled(service, patient).corrections == ()


@pytest.mark.parametrize(
    ("now", "to", "kinds"),
    [
        ("2026-12-07 09:00", "2026-12-15 09:00", ["short-notice"]),
        ("2026-12-07 08:59", "2026-12-15 09:00", []),
        ("2026-12-04 10:00", "2026-12-05 09:00", ["short-notice"]),
    ],
)
def test_a_move_within_a_day_of_either_start_is_called_about(
    service: Service, clock: ManualClock, now: str, to: str, kinds: list[str]
) -> None:
    id_ = enrolled_id(service)
    clock.move_to(local(now))
    changed = moved(service, id_, to, dry_run=True)

    assert [task["kind"] for task in changed.tasks if task["kind"] == "short-notice"] == kinds


def test_a_move_to_a_holiday_warns(service: Service, patient: str) -> None:
    (warning,) = moved(service, patient, "2026-12-12 09:00").warnings

    assert "2026-12-12" in warning


def test_the_present_start_again_says_so_and_changes_nothing(service: Service, patient: str) -> None:
    before, reminders = row_counts(service.engine), everything(service, patient)

    assert moved(service, patient, "2026-12-08 09:00").note == "that is when it is planned already; nothing was changed"
    assert (row_counts(service.engine), everything(service, patient)) == (before, reminders)


@pytest.mark.parametrize("to", ["2026-11-20 11:59", "2026-11-20 12:00", "2029-01-01 09:00", "12/15/2026", "soon"])
def test_a_start_that_cannot_be_right_is_refused(service: Service, patient: str, to: str) -> None:
    assert refused_unchanged(service, moved, patient, to).startswith("--to: ")


def test_a_dry_move_answers_and_changes_nothing(service: Service, welcomed: str) -> None:
    before, reminders = row_counts(service.engine), everything(service, welcomed)
    tried = moved(service, welcomed, dry_run=True)

    assert (row_counts(service.engine), everything(service, welcomed)) == (before, reminders)
    done = moved(service, welcomed)
    assert (tried.moved, tried.corrections) == (done.moved, done.corrections)


def test_a_date_that_gets_its_hour_plans_what_was_skipped_and_corrects_nothing(
    service: Service, transports: Transports
) -> None:
    id_ = enrolled_id(service, procedure="2026-12-08")
    send_due(service, transports)
    assert states(service, id_)["day-of"] == "skipped"
    changed = moved(service, id_, "2026-12-08 15:00")

    assert changed.corrections == ()
    again = the_reminder(service, id_, "day-of")
    assert (again.state, again.round) == ("planned", 2)
