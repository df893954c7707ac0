"""The shipped vertebroplasty protocol, column by column of its table: who each step is for and what it allows."""

from datetime import timedelta

from schedules.protocol import Channel, Condition, Each, Fact, IfLate, Offset, Shift, StepZone
from tests.builders import a_window, clock, the_shipped_protocol

PROTOCOL = the_shipped_protocol()

ORDER = [
    "welcome",
    "prepare",
    "prepare-plan",
    "stop",
    "ride",
    "arrival-call",
    "fasting",
    "day-of",
    "after-care",
    "resume-aspirin",
    "resume",
    "recovery-check",
    "visit-book",
    "visit-reminder",
]


def steps(**wanted: object) -> list[str]:
    """The keys of the steps that have these values, in table order."""
    return [step.key for step in PROTOCOL.steps if all(getattr(step, key) == value for key, value in wanted.items())]


def test_the_steps_stand_in_the_order_of_the_table() -> None:
    assert [step.key for step in PROTOCOL.steps] == ORDER


def test_the_procedure_takes_an_hour() -> None:
    assert PROTOCOL.duration_minutes == 60


def test_patients_are_contacted_from_nine_to_eight_and_from_noon_on_sundays() -> None:
    assert PROTOCOL.window == a_window("09:00-20:00", "09:00-20:00", "12:00-20:00")


def test_the_visit_is_assumed_a_month_after_the_start_on_a_working_day_at_nine() -> None:
    default = PROTOCOL.visit_default
    assert (default.anchor, default.offset, default.working_day) == ("start", Offset(months=1, at=clock("09:00")), True)


def test_only_the_welcome_is_first() -> None:
    assert steps(first=True) == ["welcome"]


def test_these_steps_shift_later() -> None:
    assert steps(shift=Shift.LATER) == ["welcome", "day-of", "resume-aspirin", "resume", "recovery-check"]


def test_only_stop_and_resume_are_strict() -> None:
    assert steps(strict=True) == ["stop", "resume"]


def test_these_steps_are_skipped_when_late() -> None:
    assert steps(if_late=IfLate.SKIP) == ["day-of", "visit-book", "visit-reminder"]


def test_these_steps_are_read_on_the_sites_clock() -> None:
    assert steps(zone=StepZone.SITE) == ["fasting", "day-of", "after-care"]


def test_these_steps_leave_on_working_days() -> None:
    assert steps(working_day=True) == ["arrival-call", "recovery-check", "visit-book"]


def test_missing_one_of_these_steps_is_urgent() -> None:
    assert steps(missed_urgent=True) == ["stop", "fasting", "resume"]


def test_stop_repeats_per_hold_and_resume_per_resume_order() -> None:
    assert (steps(for_each=Each.HOLDS), steps(for_each=Each.RESUMES)) == (["stop"], ["resume"])


def test_resume_is_held_for_staff_if_its_stop_was_never_sent() -> None:
    assert steps(needs_sent="stop") == ["resume"]


def test_every_step_on_the_end_or_the_visit_waits_for_completed_and_no_other_does() -> None:
    later = [step.key for step in PROTOCOL.steps if step.anchor in ("end", "visit")]
    assert steps(waits_for=(Fact.COMPLETED,)) == later
    assert steps(waits_for=()) == [key for key in ORDER if key not in later]


def test_these_steps_open_a_task_due_at_four() -> None:
    tasks = {step.key: step.opens_task for step in PROTOCOL.steps if step.opens_task}
    assert {key: (task.kind, task.due) for key, task in tasks.items()} == {
        "arrival-call": ("call", clock("16:00")),
        "visit-book": ("book-visit", clock("16:00")),
    }


def test_the_last_to_give_way_are_the_medicine_plan_the_fast_the_call_and_the_warning_signs() -> None:
    assert steps(priority=1) == ["stop", "arrival-call", "fasting", "after-care", "resume"]
    assert steps(priority=9) == ["visit-book"]


def test_these_steps_are_tried_another_way_without_a_receipt_within_two_hours() -> None:
    assert steps(receipt_within=timedelta(hours=2)) == ["stop", "arrival-call", "fasting"]


def test_every_step_tries_sms_then_voice_then_email() -> None:
    assert steps(channels=(Channel.SMS, Channel.VOICE, Channel.EMAIL)) == ORDER


def test_the_conditions_are_those_of_the_table() -> None:
    assert {step.key: step.when for step in PROTOCOL.steps if step.when} == {
        "prepare": Condition(holds=False),
        "prepare-plan": Condition(holds=True),
        "fasting": Condition(sedation=("moderate", "general")),
        "visit-book": Condition(visit_booked=False),
        "visit-reminder": Condition(visit_booked=True),
    }
    assert {step.key: step.unless for step in PROTOCOL.steps if step.unless} == {
        "resume-aspirin": Condition(holds=("aspirin",))
    }
