"""A caregiver's copies in the plan: which steps, when, and what they say of themselves."""

from datetime import timedelta
from typing import Any

import pytest

from schedules.procedure import CopyTo
from schedules.protocol import Channel
from schedules.timeline import PlannedReminder, Status, Timeline, build_timeline
from tests.builders import (
    LOS_ANGELES,
    NEW_YORK,
    a_bound,
    a_hold,
    a_place,
    a_procedure,
    a_protocol,
    a_step,
    a_welcome,
    an_offset,
    local,
    plan,
)

WELCOME = a_welcome(not_after=a_bound("start", minutes=0))
RIDE = a_step(not_after=a_bound("start", hours=-12))


def to(*steps: str, label: str = "care1", channel: str = "sms") -> CopyTo:
    return CopyTo(label=label, channel=Channel(channel), steps=steps)


def by_key(timeline: Timeline) -> dict[str, PlannedReminder]:
    return {reminder.key: reminder for reminder in timeline.reminders}


def added(
    *steps: Any, now: str, settled: tuple[str, ...], copies: CopyTo, **changes: Any
) -> dict[str, PlannedReminder]:
    """The plan with a caregiver added at `now`, when the reminders `settled` have left at their planned times."""
    procedure, place = a_procedure(copies=(copies,), **changes), a_place()
    before = by_key(build_timeline(a_protocol(*steps), a_procedure(**changes), place, now=procedure.enrolled))
    left = {key: before[key].send_at for key in settled}
    return by_key(build_timeline(a_protocol(*steps), procedure, place, now=local(now), settled=left))


def test_a_caregiver_gets_copies_of_the_shared_steps_alone() -> None:
    keys = [r.key for r in plan(WELCOME, RIDE, copies=(to("ride"),)).reminders]
    assert keys == ["welcome", "ride", "ride@care1"]


def test_a_copy_shares_instant_bounds_and_clock_with_its_original() -> None:
    place = a_place(NEW_YORK, LOS_ANGELES)
    original, copy = plan(RIDE, place=place, copies=(to("ride"),)).reminders

    for name in ("send_at", "not_before", "not_after", "zone", "waits_for", "status", "late", "step"):
        assert getattr(copy, name) == getattr(original, name), name


def test_a_copy_goes_by_the_caregivers_channel_and_says_whose_it_is() -> None:
    original, copy = plan(RIDE, copies=(to("ride", channel="voice"),)).reminders

    assert (copy.recipient, copy.copy_of, copy.channels) == ("care1", "ride", (Channel.VOICE,))
    assert copy.why == (*original.why, "copy of ride for caregiver care1")
    assert original.recipient is None


def test_two_caregivers_each_get_their_own() -> None:
    copies = (to("welcome"), to("ride", label="care2", channel="email"))
    keys = [r.key for r in plan(WELCOME, RIDE, copies=copies).reminders]
    assert keys == ["welcome", "welcome@care1", "ride", "ride@care2"]


def test_a_copy_by_email_to_the_patient_stays_beside_the_caregivers() -> None:
    step = a_step(channels=("sms", "email"), copy=("email",))
    found = plan(step, consented=("sms", "email"), copies=(to("ride"),)).reminders

    assert [(r.key, r.recipient) for r in found] == [("ride", None), ("ride@email", None), ("ride@care1", "care1")]
    assert [r.position for r in found] == [0, 1, 2]


def test_a_copy_of_a_drugs_reminder_names_the_drug() -> None:
    step = a_step("stop", for_each="holds")
    copy = plan(step, holds=(a_hold(),), copies=(to("stop"),)).reminders[-1]
    assert (copy.key, copy.copy_of, copy.drug) == ("stop:warfarin@care1", "stop:warfarin", "warfarin")


def test_a_copy_waits_for_what_its_original_waits_for() -> None:
    step = a_step(anchor="end", offset=an_offset(hours=3), waits_for=("completed",))
    original, copy = plan(step, copies=(to("ride"),)).reminders

    assert copy.waits_for == original.waits_for != ()
    assert "held at its time until recorded: completed" in copy.why


def test_a_copy_goes_though_the_patient_has_consented_to_none_of_the_channels() -> None:
    original, copy = plan(RIDE, consented=("email",), copies=(to("ride"),)).reminders

    assert (original.status, original.send_at) == (Status.MISSED, None)
    assert (copy.status, copy.send_at) == (Status.PLANNED, local("2026-12-05 12:00"))
    assert not any("no consent" in line for line in copy.why)


def test_a_late_copy_leaves_with_its_late_original() -> None:
    found = by_key(plan(WELCOME, RIDE, now="2026-12-05 15:00", enrolled="2026-12-05 15:00", copies=(to("ride"),)))

    assert found["ride"].send_at == found["ride@care1"].send_at == local("2026-12-05 15:10")
    assert found["ride@care1"].late


def test_a_copy_of_what_nothing_fits_for_is_missed_with_it() -> None:
    original, copy = plan(RIDE, now="2026-12-08 08:00", copies=(to("ride"),)).reminders
    assert original.status is copy.status is Status.MISSED


def test_a_caregiver_added_later_gets_what_is_still_worth_saying_ten_minutes_after_the_welcome() -> None:
    found = added(WELCOME, RIDE, now="2026-12-06 14:00", settled=("welcome", "ride"), copies=to("welcome", "ride"))

    assert found["welcome@care1"].send_at == local("2026-12-06 14:00")
    assert found["ride@care1"].send_at == local("2026-12-06 14:10")


def test_a_caregiver_added_later_does_not_get_what_must_not_be_said_late() -> None:
    step = a_step(if_late="skip")
    found = added(WELCOME, step, now="2026-12-06 14:00", settled=("welcome", "ride"), copies=to("welcome", "ride"))

    assert found["ride@care1"].status is Status.SKIPPED


def test_nothing_goes_to_a_caregiver_before_their_own_first_message() -> None:
    """Added at night, when the welcome must wait for the window: the step between them waits behind it."""
    early = a_step("early", offset=an_offset("09:00", days=-1), not_after=a_bound("start", minutes=0))
    found = added(WELCOME, early, now="2026-12-06 22:00", settled=("welcome",), copies=to("welcome", "early"))

    assert found["welcome@care1"].send_at == local("2026-12-07 09:00") == found["early"].send_at
    assert found["early@care1"].send_at == local("2026-12-07 09:00")
    assert found["early@care1"].send_at >= found["welcome@care1"].send_at


def test_a_copy_that_has_left_keeps_its_place() -> None:
    procedure, place = a_procedure(copies=(to("ride"),)), a_place()
    noon = local("2026-12-05 12:00")
    found = build_timeline(
        a_protocol(RIDE), procedure, place, now=noon + timedelta(hours=1), settled={"ride": noon, "ride@care1": noon}
    )
    assert [(r.key, r.send_at) for r in found.reminders] == [("ride", noon), ("ride@care1", noon)]


@pytest.mark.parametrize("copies", [(), (to("ride"),), (to("ride"), to("welcome", label="care2"))])
def test_caregivers_change_nothing_for_the_patient(copies: tuple[CopyTo, ...]) -> None:
    names = ("key", "send_at", "status", "channels", "why")

    def own(**changes: Any) -> list[tuple[Any, ...]]:
        found = plan(WELCOME, RIDE, now="2026-12-05 15:00", **changes).reminders
        return [tuple(getattr(r, name) for name in names) for r in found if r.recipient is None]

    assert own(copies=copies) == own()
