"""What a new timeline means for the reminders that stand."""

from schedules.changes import Change, Kind, Standing, compare
from schedules.timeline import Timeline
from tests.builders import a_bound, a_step, local, plan

NOON = local("2026-12-05 12:00")


def fate(standing: dict[str, Standing], timeline: Timeline) -> list[tuple[str, Kind]]:
    return [(change.key, change.kind) for change in compare(standing, timeline)]


def stands(send_at: object = NOON, unsent: bool = True) -> Standing:
    return Standing(send_at=send_at, unsent=unsent)  # type: ignore[arg-type]


def test_a_reminder_at_the_same_instant_is_kept() -> None:
    assert fate({"ride": stands()}, plan(a_step())) == [("ride", Kind.KEEP)]


def test_a_reminder_at_another_instant_is_moved() -> None:
    assert fate({"ride": stands()}, plan(a_step(), start="2026-12-15 09:00")) == [("ride", Kind.MOVE)]


def test_a_move_names_the_old_instant_and_the_new_place() -> None:
    timeline = plan(a_step(), start="2026-12-15 09:00")
    assert compare({"ride": stands()}, timeline) == (
        Change(kind=Kind.MOVE, key="ride", planned=timeline.reminders[0], old_send_at=NOON),
    )


def test_a_reminder_that_has_left_is_kept_wherever_the_new_plan_puts_it() -> None:
    timeline = plan(a_step(), start="2026-12-15 09:00")
    assert fate({"ride": stands(unsent=False)}, timeline) == [("ride", Kind.KEEP)]


def test_a_reminder_the_new_plan_misses_ends() -> None:
    timeline = plan(a_step(not_after=a_bound(days=-3, at="13:00")), now="2026-12-06 12:00")
    assert fate({"ride": stands()}, timeline) == [("ride", Kind.END)]


def test_a_reminder_the_new_plan_does_not_know_is_withdrawn() -> None:
    timeline = plan(a_step())
    assert compare({"stop:warfarin": stands()}, timeline)[1] == Change(
        kind=Kind.WITHDRAW, key="stop:warfarin", planned=None, old_send_at=NOON
    )


def test_a_reminder_that_has_left_is_not_withdrawn() -> None:
    assert fate({"stop:warfarin": stands(unsent=False)}, plan(a_step())) == [("ride", Kind.ADD)]


def test_a_reminder_nobody_knew_is_added() -> None:
    timeline = plan(a_step())
    assert compare({}, timeline) == (Change(kind=Kind.ADD, key="ride", planned=timeline.reminders[0]),)


def test_the_changes_stand_in_the_new_timelines_order_and_withdrawals_come_last() -> None:
    timeline = plan(a_step("one"), a_step("two"))
    assert fate({"gone": stands(), "two": stands()}, timeline) == [
        ("one", Kind.ADD),
        ("two", Kind.KEEP),
        ("gone", Kind.WITHDRAW),
    ]
