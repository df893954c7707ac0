"""What a protocol file may say."""

from pathlib import Path

import pytest

from schedules.loading import load_protocol
from schedules.protocol import Anchor, Each, Fact, Hours, IfLate, Offset, Shift, StepZone
from tests.builders import LIBRARY, a_bound, a_condition, a_staff_task, an_offset, clock, hours
from tests.schedules.protocol_file import edited, load, saying

# What a step may leave out.


def test_a_minimal_file_is_a_protocol() -> None:
    protocol = load()
    assert (protocol.name, protocol.version, protocol.title) == ("example", 3, "Example")
    assert (protocol.duration_minutes, [step.key for step in protocol.steps]) == (60, ["ride"])


def test_a_step_is_sent_late_unless_it_says_skip() -> None:
    assert load().step("ride").if_late is IfLate.SEND


def test_a_step_is_read_on_the_patients_clock_unless_it_says_site() -> None:
    assert load().step("ride").zone is StepZone.PATIENT


def test_whatever_a_step_does_not_say_is_off() -> None:
    step = load().step("ride")
    assert not any([step.working_day, step.strict, step.first, step.missed_urgent])
    assert (step.waits_for, step.copy) == ((), ())
    assert {step.not_before, step.not_after, step.for_each, step.when, step.unless, step.opens_task} == {None}
    assert step.calendar is None


def test_an_assumed_visit_is_any_day_unless_it_says_working_day() -> None:
    assert not load().visit_default.working_day


# What a step may say.

FULL = """
zone = "site"
working_day = true
strict = true
for_each = "holds"
not_before = { anchor = "end", hours = 1, minutes = 30 }
not_after = { hold = -1, days = -1, at = "20:00" }
if_late = "skip"
when = { holds = ["warfarin", "aspirin"], sedation = ["none"] }
unless = { visit_booked = true }
waits_for = ["order"]
missed_task = "urgent"
needs_sent = "ride"
opens_task = { kind = "call", reason = "Call before the procedure.", due = "16:00", urgent = true }
"""


def test_a_step_may_say_everything() -> None:
    step = load(saying(FULL)).step("ride")
    assert (step.anchor, step.shift, step.offset) == (Anchor.START, Shift.EARLIER, an_offset("12:00", days=-3))
    assert (step.zone, step.if_late, step.for_each) == (StepZone.SITE, IfLate.SKIP, Each.HOLDS)
    assert step.working_day
    assert step.strict
    assert step.missed_urgent
    assert step.waits_for == (Fact.ORDER,)
    assert step.needs_sent == "ride"


def test_a_bound_may_count_from_another_anchor() -> None:
    assert load(saying(FULL)).step("ride").not_before == a_bound("end", hours=1, minutes=30)


def test_a_bound_counts_from_the_steps_anchor_unless_it_names_one() -> None:
    assert load(saying(FULL)).step("ride").not_after == a_bound("start", "20:00", hold=-1, days=-1)


def test_a_step_may_ask_for_facts() -> None:
    step = load(saying(FULL)).step("ride")
    assert step.when == a_condition(holds=("warfarin", "aspirin"), sedation=("none",))
    assert step.unless == a_condition(visit_booked=True)


def test_a_step_may_open_a_task() -> None:
    assert load(saying(FULL)).step("ride").opens_task == a_staff_task("16:00", urgent=True)


def test_a_task_is_not_urgent_unless_it_says_so() -> None:
    task = load(saying('opens_task = { kind = "call", reason = "Call.", due = "16:00" }')).step("ride").opens_task
    assert task is not None
    assert not task.urgent


def test_a_missed_task_may_be_named_normal() -> None:
    assert not load(saying('missed_task = "normal"')).step("ride").missed_urgent


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("hours = -3", an_offset(hours=-3)),
        ("minutes = 0", an_offset(minutes=0)),
        ('weeks = 1, months = -1, at = "06:00"', an_offset("06:00", weeks=1, months=-1)),
    ],
)
def test_an_offset_is_dates_with_a_clock_time_or_hours_and_minutes(text: str, offset: Offset) -> None:
    assert load(edited('days = -3, at = "12:00"', text)).step("ride").offset == offset


def test_an_offset_of_a_clock_time_alone_is_the_anchors_own_date() -> None:
    assert load(edited('days = -3, at = "12:00"', 'at = "06:00"')).step("ride").offset == an_offset("06:00")


@pytest.mark.parametrize(("anchor", "waits"), [("end", True), ("visit", True), ("start", False), ("enrolled", False)])
def test_a_step_on_the_end_or_the_visit_waits_for_completed_unsaid(anchor: str, waits: bool) -> None:
    step = load(edited('anchor = "start"\noffset', f'anchor = "{anchor}"\noffset')).step("ride")
    assert step.waits_for == ((Fact.COMPLETED,) if waits else ())


def test_completed_is_waited_for_once_though_the_step_says_so_too() -> None:
    text = edited('anchor = "start"\noffset', 'anchor = "end"\nwaits_for = ["order", "completed"]\noffset')
    assert load(text).step("ride").waits_for == (Fact.ORDER, Fact.COMPLETED)


# The window.


def test_a_window_names_single_days_and_ranges() -> None:
    text = edited('mon-sat = "09:00-20:00"', 'mon = "08:00-12:00"\ntue-fri = "09:00-20:00"')
    window = load(text).window
    nine = hours("09:00-20:00")
    assert window.days == (hours("08:00-12:00"), nine, nine, nine, nine, None, hours("12:00-20:00"))


def test_a_window_may_be_open_until_midnight() -> None:
    text = edited('sun = "12:00-20:00"', 'sun = "12:00-24:00"')
    assert load(text).window.days[6] == Hours(open=clock("12:00"), close=None)


@pytest.mark.parametrize("span", ["09:00-10:00", "23:00-24:00", "00:00-24:00", "00:00-23:59"])
def test_a_window_may_be_as_short_as_an_hour_and_as_long_as_the_day(span: str) -> None:
    assert load(edited('sun = "12:00-20:00"', f'sun = "{span}"')).window.days[6] == hours(span)


# The library.


@pytest.mark.parametrize("path", sorted(LIBRARY.glob("*/protocol.toml")), ids=lambda path: path.parent.name)
def test_every_shipped_protocol_loads_under_its_folders_name(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert load_protocol("protocol.toml", text).name == path.parent.name
