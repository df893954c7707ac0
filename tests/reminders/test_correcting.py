"""When a correction leaves, and until when it makes sense."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from reminders.correcting import Planned, plan_correction
from reminders.records import Enrollment
from schedules.corrections import AT_ONCE, Correction
from tests.builders import CHICAGO, a_hold, a_place, a_protocol, local
from tests.reminders.builders import an_enrollment

DAY, EVENING = local("2026-11-24 12:00"), local("2026-11-24 23:00")
OPENS = local("2026-11-25 09:00")


def enrolled_for(text: str = "2026-12-08 09:00", **changes: Any) -> Enrollment:
    return an_enrollment(start_at=local(text), **changes)


def correction(
    now: datetime,
    before: Enrollment,
    after: Enrollment,
    kind: Correction = Correction.MOVED,
    **options: Any,
) -> Planned:
    return plan_correction(kind, before, after, a_protocol(), options.get("place", a_place()), now)


def leaves(now: datetime, before: Enrollment, after: Enrollment) -> tuple[datetime, bool]:
    planned = correction(now, before, after)
    return planned.send_at, planned.at_once


def test_inside_contact_hours_it_leaves_now() -> None:
    assert leaves(DAY, enrolled_for(), enrolled_for("2026-12-15 09:00")) == (DAY, False)


def test_at_night_it_waits_for_contact_hours() -> None:
    assert leaves(EVENING, enrolled_for(), enrolled_for("2026-12-15 09:00")) == (OPENS, False)


def test_contact_hours_are_the_patients() -> None:
    planned = correction(EVENING, enrolled_for(), enrolled_for("2026-12-15 09:00"), place=a_place(patient=CHICAGO))
    assert planned.send_at == local("2026-11-25 09:00", CHICAGO)


@pytest.mark.parametrize("near", ["2026-11-25 11:00", "2026-11-24 11:00"])
@pytest.mark.parametrize("old", [True, False], ids=["old start", "new start"])
def test_within_twelve_hours_of_either_start_it_leaves_at_night_too(near: str, old: bool) -> None:
    starts = enrolled_for(near), enrolled_for("2026-12-15 09:00")
    assert leaves(EVENING, *(starts if old else starts[::-1])) == (EVENING, True)


def test_within_twelve_hours_of_the_start_the_patient_still_believes_in_it_leaves_at_night_too() -> None:
    later, believed = enrolled_for("2026-12-15 09:00"), local("2026-11-25 10:30")
    protocol, place = a_protocol(), a_place()
    planned = plan_correction(Correction.MOVED, later, later, protocol, place, EVENING, expected=(believed,))
    assert (planned.send_at, planned.at_once) == (EVENING, True)


def test_a_minute_more_than_twelve_hours_is_not_near() -> None:
    assert leaves(EVENING, enrolled_for("2026-11-25 11:01"), enrolled_for("2026-12-15 09:00")) == (OPENS, False)


@pytest.mark.parametrize("old", [True, False], ids=["old plan", "new plan"])
def test_within_twelve_hours_of_a_holds_first_day_it_leaves_at_night_too(old: bool) -> None:
    """Five days without the drug before Monday the 30th: the first is Wednesday the 25th."""
    held = enrolled_for("2026-11-30 09:00", holds=(a_hold(days=5),)), enrolled_for("2026-12-30 09:00")
    assert leaves(EVENING, *(held if old else held[::-1])) == (EVENING, True)


def test_a_drug_that_is_not_held_for_a_day_has_no_first_day() -> None:
    starts = enrolled_for("2026-11-30 09:00", holds=(a_hold(days=0),)), enrolled_for("2026-12-30 09:00")
    assert leaves(EVENING, *starts) == (OPENS, False)


@pytest.mark.parametrize("last", ["2026-11-25 08:00", "2026-11-25 09:00"])
def test_where_contact_hours_come_too_late_it_leaves_at_once(last: str) -> None:
    """A visit in the early morning, told at night: waiting would make it worthless."""
    after = enrolled_for("2026-11-01 09:00", visit_at=local(last))
    planned = correction(EVENING, enrolled_for("2026-11-01 09:00"), after, Correction.VISIT)
    assert (planned.send_at, planned.at_once, planned.not_after) == (EVENING, True, local(last))


BOTH = enrolled_for("2026-12-08 09:00"), enrolled_for("2026-12-15 09:00")


@pytest.mark.parametrize("starts", [BOTH, BOTH[::-1]])
def test_a_move_is_worth_telling_until_the_later_start(starts: tuple[Enrollment, Enrollment]) -> None:
    assert correction(DAY, *starts).not_after == local("2026-12-15 09:00")


def test_a_rest_is_worth_telling_until_it_is_over() -> None:
    after = enrolled_for(ended_at=local("2026-12-08 10:50"))
    planned = correction(local("2026-12-08 15:00"), enrolled_for(), after, Correction.REST)
    assert planned.not_after == local("2026-12-09 10:50")


def test_what_was_worth_telling_until_before_now_is_told_without_a_limit() -> None:
    after = enrolled_for(ended_at=local("2026-12-08 10:50"))
    planned = correction(local("2026-12-10 15:00"), enrolled_for(), after, Correction.REST)
    assert (planned.not_after, planned.send_at) == (None, local("2026-12-10 15:00"))


@pytest.mark.parametrize(("now", "suffix"), [(EVENING, AT_ONCE), (DAY - timedelta(days=2), "")])
def test_only_what_leaves_at_once_may_leave_outside_contact_hours(now: datetime, suffix: str) -> None:
    before, after = enrolled_for("2026-11-25 09:00"), enrolled_for("2026-12-15 09:00")
    row = correction(now, before, after).row(after, a_place(), 2)
    assert (row["step"], row["round"], row["state"]) == (f"correction-moved{suffix}", 2, "planned")
    assert (row["channels"], row["zone"]) == (["sms"], "America/New_York")
