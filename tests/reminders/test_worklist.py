"""Which tasks a plan or a delivery opens, for when, and that one cause opens one task."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from reminders import worklist
from reminders.records import Task
from schedules.procedure import Hold
from schedules.timeline import PlannedReminder, Timeline
from tests.builders import a_bound, a_place, a_protocol, a_staff_task, a_step, local, plan, workdays
from tests.reminders.builders import START, a_reminder, an_enrollment

PLACE = a_place()
FRIDAY = local("2026-11-20 12:00")


def planned(*steps: Any, **changes: Any) -> tuple[PlannedReminder, ...]:
    """What a planning on the day before the procedure makes of some steps."""
    timeline: Timeline = plan(*steps, **{"now": "2026-12-07 12:00"} | changes)
    return timeline.reminders


def planning_tasks(*steps: Any, **changes: Any) -> list[Task]:
    return worklist.planning_tasks(an_enrollment(), planned(*steps, **changes), PLACE, local("2026-12-07 12:00"))


def a_missed(key: str = "ride", **changes: Any) -> Any:
    """A step whose time and last moment have passed on the day before the procedure."""
    return a_step(key, not_after=a_bound(at="20:00", days=-3), **changes)


# When they are due


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-11-19 08:00", "2026-11-20 12:00"),
        ("2026-11-19 23:30", "2026-11-20 12:00"),
        ("2026-11-20 12:00", "2026-11-23 12:00"),
        ("2026-11-22 12:00", "2026-11-23 12:00"),
    ],
)
def test_a_task_is_due_at_noon_of_the_next_working_day(now: str, due: str) -> None:
    assert worklist.due_at(False, local(now), PLACE) == local(due)


def test_a_holiday_is_no_working_day() -> None:
    place = a_place(workdays=workdays(holidays=("2026-11-23",)))

    assert worklist.due_at(False, FRIDAY, place) == local("2026-11-24 12:00")


def test_a_site_that_never_works_still_gets_its_task_the_next_day() -> None:
    days = tuple((date(2026, 11, 20) + timedelta(days=n)).isoformat() for n in range(400))
    place = a_place(workdays=workdays(closed=days))

    assert worklist.due_at(False, FRIDAY, place) == local("2026-11-21 12:00")


def test_noon_is_the_sites() -> None:
    place = a_place(site="America/Los_Angeles", patient="America/New_York")

    assert worklist.due_at(False, FRIDAY, place) == local("2026-11-23 15:00")


def test_an_urgent_task_is_due_within_the_hour_whatever_the_day() -> None:
    assert worklist.due_at(True, local("2026-11-22 02:00"), PLACE) == local("2026-11-22 03:00")


# What one planning leaves to people


def test_a_planning_that_misses_nothing_opens_nothing() -> None:
    assert planning_tasks(a_step(), now="2026-11-20 12:00") == []


def test_one_planning_opens_one_task_for_all_it_missed() -> None:
    (task,) = planning_tasks(a_missed("ride"), a_missed("prepare"))

    assert (task.kind, task.urgent) == ("missed", False)
    assert task.reason == "Too late to send: ride, prepare. Call the patient and say it in person."


def test_it_is_urgent_where_one_of_the_steps_says_so() -> None:
    (task,) = planning_tasks(a_missed("ride"), a_missed("stop", missed_urgent=True))

    assert task.urgent
    assert task.due_at == local("2026-12-07 13:00")


def test_a_step_that_is_skipped_opens_no_task() -> None:
    assert planning_tasks(a_missed(if_late="skip")) == []


def test_the_task_of_a_step_opens_though_its_text_is_missed() -> None:
    missed, call = planning_tasks(a_missed("arrival-call", opens_task=a_staff_task("16:00")))

    assert (missed.kind, call.kind) == ("missed", "call")
    assert call.due_at == local("2026-12-07 16:00")


def test_the_task_of_a_step_opens_though_its_text_is_skipped() -> None:
    (task,) = planning_tasks(a_missed("book", if_late="skip", opens_task=a_staff_task()))

    assert task.kind == "call"


def test_the_task_of_a_step_that_is_planned_opens_only_at_its_time() -> None:
    assert planning_tasks(a_step(opens_task=a_staff_task()), now="2026-11-20 12:00") == []


def test_a_missed_copy_is_not_named_beside_its_original() -> None:
    step = a_missed("prepare", channels=("sms", "email"), copy=("email",), opens_task=a_staff_task())
    missed, call = planning_tasks(step, consented=("sms", "email"))

    assert "Too late to send: prepare. " in missed.reason
    assert call.kind == "call"


def test_each_change_of_plan_may_miss_something_of_its_own() -> None:
    before, after = (
        worklist.planning_tasks(an_enrollment(revision=revision), planned(a_missed()), PLACE, FRIDAY)[0].cause
        for revision in (1, 2)
    )

    assert before != after


def test_a_step_without_a_task_of_its_own_has_none_to_open() -> None:
    with pytest.raises(ValueError, match="opens no task"):
        worklist.step_task(an_enrollment(), a_step(), "ride:1", PLACE, FRIDAY)


# Orders


def order_tasks(thinners: tuple[str, ...], without: tuple[str, ...] = ()) -> list[Task]:
    return worklist.order_tasks(an_enrollment(), thinners, without, PLACE, FRIDAY)


def test_a_blood_thinner_with_its_order_leaves_nothing_to_do() -> None:
    assert order_tasks(("warfarin",)) == []


def test_a_blood_thinner_without_an_order_is_a_question_for_the_prescriber() -> None:
    (task,) = order_tasks(("apixaban",), ("apixaban",))

    assert (task.kind, task.urgent) == ("order-missing", False)
    assert task.reason.startswith("No order recorded for apixaban. ")


def test_two_blood_thinners_at_once_are_a_question_too() -> None:
    (task,) = order_tasks(("warfarin", "clopidogrel"))

    assert task.kind == "two-blood-thinners"
    assert "warfarin, clopidogrel" in task.reason


def test_two_blood_thinners_without_orders_are_two_questions() -> None:
    thinners = ("warfarin", "clopidogrel")

    assert [task.kind for task in order_tasks(thinners, thinners)] == ["order-missing", "two-blood-thinners"]


def restart_tasks(*holds: Hold) -> list[Task]:
    return worklist.restart_tasks(an_enrollment(), holds, PLACE, FRIDAY)


def test_a_drug_held_without_a_resume_order_must_be_restarted_by_somebody() -> None:
    (task,) = restart_tasks(Hold(drug="warfarin", days=5, ordered_by="Dr. Example"))

    assert (task.kind, task.urgent) == ("restart", True)
    assert "warfarin was held and has no resume order. Ask Dr. Example" in task.reason


@pytest.mark.parametrize(
    "hold",
    [
        Hold(drug="warfarin", days=5, ordered_by="Dr. Example", resume_days=1),
        Hold(drug="warfarin", days=0, ordered_by="Dr. Example"),
    ],
    ids=["with a resume order", "never held"],
)
def test_a_drug_that_has_its_resume_order_or_was_never_held_needs_nobody(hold: Hold) -> None:
    assert restart_tasks(hold) == []


def test_every_held_drug_has_a_restart_of_its_own() -> None:
    tasks = restart_tasks(*(Hold(drug=drug, days=5, ordered_by="Dr. Example") for drug in ("warfarin", "aspirin")))

    assert len({task.cause for task in tasks}) == 2


def test_a_change_after_a_hold_was_announced_is_urgent() -> None:
    task = worklist.announced_task(an_enrollment(), ["warfarin"], PLACE, FRIDAY)

    assert (task.kind, task.urgent) == ("announced-hold", True)
    assert "told about warfarin" in task.reason


# Reminders


def reminder_task(kind: str = "missed", **changes: Any) -> Task:
    reminder = a_reminder(**changes)
    return worklist.reminder_task(an_enrollment(), reminder, PLACE, FRIDAY, kind=kind, reason="Why.", urgent=False)


def test_a_task_about_a_reminder_names_it() -> None:
    assert reminder_task().reason == "ride: Why."


def test_a_reminder_opens_one_task_of_a_kind_per_round() -> None:
    causes = [reminder_task(), reminder_task(), reminder_task(kind="unknown"), reminder_task(round=2)]

    assert len({task.cause for task in causes}) == 3


def test_two_patients_have_two_tasks_for_the_same_thing() -> None:
    one, two = (
        worklist.restart_tasks(an_enrollment(id=id_), [Hold(drug="warfarin", days=5, ordered_by="X")], PLACE, FRIDAY)
        for id_ in ("ABCD-EFGHJ", "JHGF-EDCBA")
    )

    assert one[0].cause != two[0].cause


# The program itself


def approval_task(drug: str | None = None, **changes: Any) -> Task:
    return worklist.approval_task(an_enrollment(**changes), a_protocol(), drug, PLACE, FRIDAY)


def test_all_reminders_of_an_unapproved_protocol_have_one_task_and_it_is_nobodys_own() -> None:
    one, two = approval_task(id="ABCD-EFGHJ"), approval_task(id="JHGF-EDCBA")

    assert (one.kind, one.enrollment, one.urgent) == ("approval", None, True)
    assert one.cause == two.cause
    assert one.reason.endswith("`reminders protocol approve example`.")


def test_another_version_of_a_protocol_needs_another_approval() -> None:
    assert approval_task(protocol_hash="a").cause != approval_task(protocol_hash="b").cause


def test_a_drug_needs_an_approval_of_its_own() -> None:
    task = approval_task("warfarin")

    assert task.cause not in (approval_task().cause, approval_task("aspirin").cause)
    assert task.reason.endswith("and `reminders medications approve warfarin`.")


def transport_task(at: datetime) -> Task:
    return worklist.transport_task(an_enrollment(), "sms", "The account was refused.", PLACE, at)


def test_a_stopped_transport_is_an_operators_task_with_its_reason() -> None:
    task = transport_task(FRIDAY)

    assert (task.kind, task.enrollment, task.urgent) == ("transport", None, True)
    assert "The sms transport is paused: The account was refused." in task.reason


def test_a_transport_that_stops_again_within_the_hour_is_the_same_task_and_later_another() -> None:
    causes = [transport_task(FRIDAY + timedelta(minutes=minutes)).cause for minutes in (0, 59, 60)]

    assert causes[0] == causes[1] != causes[2]


# An end that nobody recorded


def completion(now: datetime) -> Task | None:
    return worklist.completion_task(an_enrollment(), START + timedelta(hours=1), PLACE, now)


@pytest.mark.parametrize(
    ("clock", "asked"),
    [("2026-12-08 11:59", None), ("2026-12-08 12:00", False), ("2026-12-08 13:59", False), ("2026-12-08 14:00", True)],
)
def test_the_end_is_asked_for_after_two_hours_and_pressed_for_after_four(clock: str, asked: bool | None) -> None:
    task = completion(local(clock))

    assert (None if task is None else task.urgent) is asked


def test_asking_again_is_the_same_task() -> None:
    first, second = completion(local("2026-12-08 12:00")), completion(local("2026-12-08 14:00"))

    assert first is not None
    assert second is not None
    assert first.cause == second.cause
