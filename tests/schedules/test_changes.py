"""What a new timeline means for the reminders that stand: every progress under every kind of change."""

from datetime import datetime
from typing import Any

import pytest

from schedules.changes import Change, Kind, Progress, Standing, compare
from schedules.timeline import Timeline
from tests.builders import CHICAGO, a_bound, a_hold, a_place, a_step, an_offset, local, plan

NOON = local("2026-12-05 12:00")
NOW = local("2026-12-01 12:00")

UNSENT, TOLD, ENDED, REFUSED = Progress.UNSENT, Progress.TOLD, Progress.ENDED, Progress.REFUSED
KEEP, MOVE, END, WITHDRAW, ADD, AGAIN = Kind.KEEP, Kind.MOVE, Kind.END, Kind.WITHDRAW, Kind.ADD, Kind.AGAIN

RIDE = a_step(not_after=a_bound(hours=-12))
STOP = a_step("stop", for_each="holds", offset=an_offset("10:00", hold=-1), strict=True)
AFTER_CARE = a_step("ride", anchor="end", offset=an_offset(hours=3), shift="later")
DAY_OF = a_step("ride", offset=an_offset(hours=-4), shift="later", if_late="skip")


def stands(send_at: datetime | None = NOON, progress: Progress = UNSENT, *, right: bool = True) -> Standing:
    return Standing(send_at=send_at, progress=progress, still_right=right)


def fates(standing: dict[str, Standing], timeline: Timeline, now: datetime = NOW) -> list[tuple[str, Kind]]:
    return [(change.key, change.kind) for change in compare(standing, timeline, now)]


def fate(timeline: Timeline, standing: Standing, now: datetime = NOW, **options: Any) -> Kind:
    (change,) = compare({"ride": standing}, timeline, now, **options)
    return change.kind


# Every progress under every change. Told (right): what was said still holds; told (wrong): it no longer does.

LATER = plan(RIDE, start="2026-12-15 09:00", now=NOW)
EARLIER = plan(RIDE, start="2026-12-07 09:00", now=NOW)
TO_TODAY = plan(RIDE, start="2026-12-01 15:00", now=NOW)
OTHER_ZONE = plan(RIDE, place=a_place(patient=CHICAGO), now=NOW)
NEW_VERSION = plan(a_step(offset=an_offset("18:00", days=-4)), now=NOW)
LONGER = plan(AFTER_CARE, ended="2026-12-08 11:00", now="2026-12-08 11:30")
SHORTER = plan(AFTER_CARE, ended="2026-12-08 09:30", now="2026-12-08 11:30")
AN_HOUR = plan(DAY_OF, now=NOW)

TABLE: list[tuple[str, Timeline, datetime, tuple[Kind, Kind, Kind, Kind, Kind]]] = [
    # what changed, the new timeline, now -> unsent, told (right), told (wrong), ended, refused
    ("nothing", plan(RIDE, now=NOW), NOW, (KEEP, KEEP, AGAIN, AGAIN, KEEP)),
    ("later", LATER, NOW, (MOVE, KEEP, AGAIN, AGAIN, KEEP)),
    ("earlier", EARLIER, NOW, (MOVE, KEEP, AGAIN, AGAIN, KEEP)),
    ("to today", TO_TODAY, NOW, (END, KEEP, KEEP, KEEP, KEEP)),
    ("another zone", OTHER_ZONE, NOW, (MOVE, KEEP, AGAIN, AGAIN, KEEP)),
    ("another version", NEW_VERSION, NOW, (MOVE, KEEP, AGAIN, AGAIN, KEEP)),
    ("a later end", LONGER, local("2026-12-08 11:30"), (MOVE, KEEP, AGAIN, AGAIN, KEEP)),
    ("an earlier end", SHORTER, local("2026-12-08 11:30"), (MOVE, KEEP, AGAIN, AGAIN, KEEP)),
    ("a late catch-up", SHORTER, local("2026-12-08 12:45"), (MOVE, KEEP, KEEP, KEEP, KEEP)),
]
PROGRESS = [(UNSENT, True), (TOLD, True), (TOLD, False), (ENDED, True), (REFUSED, True)]
CASES = [
    pytest.param(timeline, now, stands(NOON, progress, right=right), kind, id=f"{name}-{progress}-{right}")
    for name, timeline, now, kinds in TABLE
    for (progress, right), kind in zip(PROGRESS, kinds, strict=True)
]


@pytest.mark.parametrize(("timeline", "now", "standing", "kind"), CASES)
def test_what_becomes_of_a_reminder(timeline: Timeline, now: datetime, standing: Standing, kind: Kind) -> None:
    assert fate(timeline, standing, now) is kind


@pytest.mark.parametrize(("progress", "right"), PROGRESS)
def test_only_what_was_told_and_is_wrong_is_to_be_corrected(progress: Progress, right: bool) -> None:
    (change,) = compare({"ride": stands(NOON, progress, right=right)}, LATER, NOW)
    assert change.corrects is (progress is TOLD and not right)


# An order changed or removed, a step that a new version no longer has


@pytest.mark.parametrize(("progress", "kind"), [(UNSENT, MOVE), (TOLD, KEEP), (ENDED, AGAIN), (REFUSED, KEEP)], ids=str)
def test_another_number_of_days_moves_what_is_unsent(progress: Progress, kind: Kind) -> None:
    timeline = plan(STOP, holds=(a_hold(days=4),), now=NOW)
    standing = {"stop:warfarin": stands(local("2026-12-02 10:00"), progress)}
    assert fates(standing, timeline) == [("stop:warfarin", kind)]


@pytest.mark.parametrize(
    ("progress", "kind"), [(UNSENT, WITHDRAW), (TOLD, KEEP), (ENDED, KEEP), (REFUSED, KEEP)], ids=str
)
def test_what_the_new_plan_does_not_know_is_withdrawn_if_it_is_unsent(progress: Progress, kind: Kind) -> None:
    timeline = plan(STOP, holds=(), now=NOW)
    assert fates({"stop:warfarin": stands(NOON, progress)}, timeline) == [("stop:warfarin", kind)]


@pytest.mark.parametrize("right", [True, False])
def test_what_was_told_of_an_order_that_is_gone_is_corrected_if_it_is_wrong(right: bool) -> None:
    standing = {"stop:warfarin": stands(NOON, TOLD, right=right)}
    (change,) = compare(standing, plan(STOP, holds=(), now=NOW), NOW)
    assert change == Change(kind=KEEP, key="stop:warfarin", planned=None, old_send_at=NOON, corrects=not right)


# An hour that becomes known, an arrival time after the fasting rule went out


def test_what_was_skipped_for_want_of_an_hour_is_planned_once_it_is_known() -> None:
    assert fate(AN_HOUR, stands(None, ENDED)) is AGAIN


def test_what_was_skipped_stays_so_while_no_hour_is_known() -> None:
    timeline = plan(a_step(if_late="skip", not_after=a_bound(hours=-12)), start="2026-12-01 15:00", now=NOW)
    assert fate(timeline, stands(None, ENDED)) is KEEP


def test_an_arrival_time_leaves_a_fasting_rule_that_is_still_right() -> None:
    assert fate(plan(RIDE, now=NOW), stands(NOON, TOLD), local("2026-12-05 13:00")) is KEEP


def test_what_is_wrong_is_not_said_again_late() -> None:
    """At its very instant it is late: the correction speaks for it."""
    assert fate(plan(RIDE, now=NOW), stands(NOON, TOLD, right=False), NOON) is KEEP


def test_what_had_ended_may_still_leave_at_this_very_instant() -> None:
    assert fate(plan(RIDE, now=NOW), stands(None, ENDED), NOON) is AGAIN


@pytest.mark.parametrize("now", [NOW, local("2026-12-20 12:00")])
def test_what_comes_back_into_the_plan_is_planned_anew_though_its_time_has_passed(now: datetime) -> None:
    """As when an order is taken back after the planned day: it is missed then, and people are told."""
    assert fate(plan(RIDE, now=now), stands(NOON, Progress.OUT), now) is AGAIN


def test_what_comes_back_into_the_plan_never_leaves_at_a_time_that_has_passed() -> None:
    """As the copy of a step that the patient has by another way."""
    assert fate(plan(RIDE, now=NOW), stands(NOON, Progress.OUT), local("2026-12-05 13:00")) is KEEP


def test_what_comes_back_into_the_plan_and_waits_for_a_fact_is_not_late() -> None:
    waiting = a_step("ride", anchor="end", offset=an_offset(hours=24), shift="later", waits_for=("completed",))
    assert fate(plan(waiting, now=NOW), stands(NOON, Progress.OUT), local("2026-12-10 12:00")) is AGAIN


# A new contact


@pytest.mark.parametrize(("now", "kind"), [(NOW, AGAIN), (NOON, AGAIN), (local("2026-12-05 12:01"), KEEP)])
def test_a_new_contact_tries_again_what_was_refused(now: datetime, kind: Kind) -> None:
    assert fate(plan(RIDE, now=NOW), stands(NOON, REFUSED), now, new_contact=True) is kind


def test_a_new_contact_does_not_repeat_what_was_told() -> None:
    assert fate(plan(RIDE, now=NOW), stands(NOON, TOLD), new_contact=True) is KEEP


# What a change names


def test_a_move_names_the_old_instant_and_the_new_place() -> None:
    assert compare({"ride": stands()}, LATER, NOW) == (
        Change(kind=MOVE, key="ride", planned=LATER.reminders[0], old_send_at=NOON),
    )


def test_a_reminder_nobody_knew_is_added() -> None:
    timeline = plan(a_step())
    assert compare({}, timeline, NOW) == (Change(kind=ADD, key="ride", planned=timeline.reminders[0]),)


def test_the_changes_stand_in_the_new_timelines_order_and_withdrawals_come_last() -> None:
    timeline = plan(a_step("one"), a_step("two"))
    assert fates({"gone": stands(), "two": stands()}, timeline) == [("one", ADD), ("two", KEEP), ("gone", WITHDRAW)]
