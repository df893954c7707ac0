"""Which reminders a timeline holds: anchors, conditions, orders, copies, channels, and what they wait for."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from schedules.protocol import Channel, Fact, Step
from schedules.timeline import Status, build_timeline, find_anchors
from tests.builders import (
    NEW_YORK,
    a_condition,
    a_hold,
    a_place,
    a_procedure,
    a_protocol,
    a_step,
    a_visit_default,
    a_welcome,
    an_offset,
    local,
    plan,
    planned,
    workdays,
)


def keys(*steps: Step, **changes: Any) -> list[str]:
    return [reminder.key for reminder in plan(*steps, **changes).reminders]


# T10: anchors.


def test_enrolled_and_start_are_the_recorded_instants() -> None:
    anchors = plan().anchors
    assert (anchors["enrolled"], anchors["start"]) == (local("2026-11-20 12:00"), local("2026-12-08 09:00"))


def test_until_it_is_recorded_the_end_is_the_start_and_the_duration() -> None:
    protocol = a_protocol(duration_minutes=90)
    assert find_anchors(protocol, a_procedure(), a_place())["end"] == local("2026-12-08 10:30")


def test_the_recorded_end_is_the_end() -> None:
    assert plan(ended="2026-12-08 12:40").anchors["end"] == local("2026-12-08 12:40")


def test_the_duration_is_real_time_across_a_clock_change() -> None:
    start = datetime(2026, 3, 8, 1, 30, tzinfo=NEW_YORK)
    anchors = find_anchors(a_protocol(duration_minutes=90), a_procedure(start), a_place())
    assert anchors["end"] - anchors["start"] == timedelta(minutes=90)


def test_until_it_is_booked_the_visit_is_a_month_after_the_start_at_the_sites_nine() -> None:
    assert plan(place=a_place(patient="America/Los_Angeles")).anchors["visit"] == local("2027-01-08 09:00")


def test_the_assumed_visit_moves_forward_over_a_weekend() -> None:
    assert plan(start="2026-12-09 09:00").anchors["visit"] == local("2027-01-11 09:00")


def test_the_assumed_visit_moves_forward_over_a_holiday() -> None:
    place = a_place(workdays=workdays(holidays=("2027-01-08",)))
    assert plan(place=place).anchors["visit"] == local("2027-01-11 09:00")


def test_the_assumed_visit_stays_where_the_protocol_asks_for_no_working_day() -> None:
    protocol = a_protocol(visit_default=a_visit_default(working_day=False))
    anchors = find_anchors(protocol, a_procedure("2026-12-09 09:00"), a_place())
    assert anchors["visit"] == local("2027-01-09 09:00")


def test_the_assumed_visit_stays_where_the_site_has_no_working_day_near() -> None:
    first = local("2027-01-08 12:00").date()
    closed = tuple(str(first + timedelta(days=number)) for number in range(90))
    assert plan(place=a_place(workdays=workdays(closed=closed))).anchors["visit"] == local("2027-01-08 09:00")


@pytest.mark.parametrize(
    ("start", "visit"),
    [("2028-01-31 09:00", "2028-02-29 09:00"), ("2030-01-31 09:00", "2030-02-28 09:00")],
    ids=["leap year", "common year"],
)
def test_the_assumed_visit_of_a_january_31_is_the_end_of_february(start: str, visit: str) -> None:
    assert plan(start=start).anchors["visit"] == local(visit)


def test_the_assumed_visit_may_count_from_another_anchor() -> None:
    protocol = a_protocol(visit_default=a_visit_default(anchor="end", weeks=2))
    anchors = find_anchors(protocol, a_procedure(ended="2026-12-09 00:30"), a_place())
    assert anchors["visit"] == local("2026-12-23 09:00")


def test_the_booked_visit_is_the_visit() -> None:
    assert plan(visit="2027-01-06 10:30").anchors["visit"] == local("2027-01-06 10:30")


def test_every_anchor_is_given_in_utc() -> None:
    start = datetime(2026, 12, 8, 9, tzinfo=NEW_YORK)
    anchors = plan(start=start, enrolled=start - timedelta(days=9), visit=start + timedelta(days=30)).anchors
    assert {anchor.tzinfo for anchor in anchors.values()} == {UTC}


# Conditions.

ANY_ORDER, NO_ORDER = a_condition(holds=True), a_condition(holds=False)


@pytest.mark.parametrize(
    ("holds", "expected"),
    [
        ((), ["without"]),
        ((a_hold(days=5),), ["with"]),
        ((a_hold(days=0),), ["with"]),
    ],
    ids=["no order", "an order", "an order of zero days"],
)
def test_holds_is_true_when_any_order_is_recorded(holds: tuple[object, ...], expected: list[str]) -> None:
    assert keys(a_step("with", when=ANY_ORDER), a_step("without", when=NO_ORDER), holds=holds) == expected


@pytest.mark.parametrize(
    ("holds", "applies"),
    [
        ((), False),
        ((a_hold("warfarin"),), False),
        ((a_hold("aspirin", days=0),), False),
        ((a_hold("aspirin", days=1),), True),
        ((a_hold("warfarin"), a_hold("aspirin", days=7)), True),
    ],
)
def test_a_list_of_drugs_asks_for_one_held_a_day_or_more(holds: tuple[object, ...], applies: bool) -> None:
    step = a_step(when=a_condition(holds=("aspirin", "ibuprofen")))
    assert keys(a_step("other"), step, holds=holds) == ["other", *["ride"] * applies]


def test_unless_drops_a_step_whose_condition_is_true() -> None:
    step = a_step(unless=a_condition(holds=("aspirin",)))
    assert keys(a_step("other"), step, holds=(a_hold("aspirin"),)) == ["other"]


def test_unless_keeps_a_step_whose_condition_is_false() -> None:
    assert keys(a_step(unless=a_condition(holds=("aspirin",))), holds=(a_hold("warfarin"),)) == ["ride"]


@pytest.mark.parametrize(("sedation", "applies"), [("none", False), ("moderate", True), ("general", True)])
def test_a_step_may_ask_for_kinds_of_sedation(sedation: str, applies: bool) -> None:
    step = a_step(when=a_condition(sedation=("moderate", "general")))
    assert keys(a_step("other"), step, sedation=sedation) == ["other", *["ride"] * applies]


def test_the_sedation_is_moderate_unless_recorded() -> None:
    assert a_procedure().sedation == "moderate"


@pytest.mark.parametrize(("visit", "expected"), [(None, ["book"]), ("2027-01-08 10:30", ["remind"])])
def test_a_step_may_ask_whether_the_visit_is_booked(visit: str | None, expected: list[str]) -> None:
    book = a_step("book", when=a_condition(visit_booked=False))
    remind = a_step("remind", when=a_condition(visit_booked=True))
    assert keys(book, remind, visit=visit) == expected


def test_a_condition_of_two_facts_needs_both() -> None:
    both = a_condition(holds=True, sedation=("general",))
    assert keys(a_step("other"), a_step(when=both), holds=(a_hold(),), sedation="moderate") == ["other"]


def test_when_and_unless_may_stand_together() -> None:
    step = a_step(when=a_condition(holds=True), unless=a_condition(sedation=("none",)))
    assert keys(a_step("other"), step, holds=(a_hold(),), sedation="none") == ["other"]
    assert keys(step, holds=(a_hold(),)) == ["ride"]


# Orders.


def test_a_step_for_each_hold_stands_once_per_drug_in_the_order_recorded() -> None:
    holds = (a_hold("warfarin"), a_hold("aspirin", days=7))
    assert keys(a_step("stop", for_each="holds"), holds=holds) == ["stop:warfarin", "stop:aspirin"]


def test_a_hold_of_zero_days_has_no_step() -> None:
    assert keys(a_step(), a_step("stop", for_each="holds"), holds=(a_hold(days=0),)) == ["ride"]


def test_a_step_for_each_resume_stands_only_where_a_resume_is_ordered() -> None:
    holds = (a_hold("warfarin", resume_days=1), a_hold("aspirin"))
    assert keys(a_step("resume", for_each="resumes"), holds=holds) == ["resume:warfarin"]


def test_a_reminder_of_an_order_carries_it() -> None:
    hold = a_hold("warfarin")
    reminder = planned(a_step("stop", for_each="holds"), holds=(hold,))
    assert (reminder.hold, reminder.drug) == (hold, "warfarin")


def test_other_reminders_name_no_drug() -> None:
    reminder = planned(a_step(), holds=(a_hold(),))
    assert (reminder.hold, reminder.drug) == (None, None)


# Channels and copies.


def test_a_reminder_keeps_the_steps_order_of_the_channels_with_consent() -> None:
    step = a_step(channels=("sms", "voice", "email"))
    assert planned(step, consented=("email", "sms")).channels == (Channel.SMS, Channel.EMAIL)


def test_a_step_without_consent_for_any_channel_is_missed() -> None:
    reminder = planned(a_step(channels=("sms", "voice")), consented=("email",))
    assert (reminder.status, reminder.send_at, reminder.channels) == (Status.MISSED, None, ())


def test_a_step_without_consent_says_so() -> None:
    why = planned(a_step(channels=("sms", "voice")), consented=("email",)).why
    assert why[-1] == "no consent for any of its channels (sms, voice)"


def test_a_first_step_without_consent_holds_up_nobody() -> None:
    soon = a_step("soon", offset=an_offset("10:00", days=-18), channels=("email",))
    timeline = plan(a_welcome(), soon, enrolled="2026-11-20 09:00", consented=("email",))
    assert timeline.reminders[1].send_at == local("2026-11-20 10:00")


COPIED = a_step(channels=("sms", "email"), copy=("email",))


def test_a_copy_goes_where_email_is_consented_and_not_already_the_channel() -> None:
    assert keys(COPIED, consented=("sms", "email")) == ["ride", "ride@email"]


def test_no_copy_goes_without_consent_for_email() -> None:
    assert keys(COPIED, consented=("sms",)) == ["ride"]


def test_no_copy_goes_where_email_is_already_the_channel() -> None:
    assert keys(COPIED, consented=("email",)) == ["ride"]


def test_a_copy_leaves_with_its_original_by_its_own_channel_alone() -> None:
    original, copy = plan(COPIED, consented=("sms", "email")).reminders
    assert copy.send_at == original.send_at
    assert (copy.channels, copy.copy_of) == ((Channel.EMAIL,), "ride")


def test_a_copy_says_what_it_is_a_copy_of() -> None:
    original, copy = plan(COPIED, consented=("sms", "email")).reminders
    assert copy.why == (*original.why, "copy of ride by email")


def test_an_original_is_a_copy_of_nothing() -> None:
    assert plan(COPIED, consented=("sms", "email")).reminders[0].copy_of is None


def test_a_copy_of_a_drugs_reminder_names_the_drug() -> None:
    step = a_step("stop", for_each="holds", channels=("sms", "email"), copy=("email",))
    assert keys(step, holds=(a_hold(),), consented=("sms", "email")) == ["stop:warfarin", "stop:warfarin@email"]


def test_reminders_are_numbered_in_table_order_copies_included() -> None:
    reminders = plan(a_welcome(), COPIED, a_step("last"), consented=("sms", "email")).reminders
    assert [(reminder.position, reminder.key) for reminder in reminders] == [
        (0, "welcome"),
        (1, "ride"),
        (2, "ride@email"),
        (3, "last"),
    ]


# What a reminder waits for.


def test_a_step_that_waits_is_planned_like_the_others() -> None:
    reminder = planned(a_step(waits_for=("completed",)))
    assert (reminder.status, reminder.send_at) == (Status.PLANNED, local("2026-12-05 12:00"))


def test_a_step_waits_for_completed_until_the_end_is_recorded() -> None:
    assert planned(a_step(waits_for=("completed",))).waits_for == (Fact.COMPLETED,)


def test_once_the_end_is_recorded_nothing_waits_for_it() -> None:
    assert planned(a_step(waits_for=("completed",)), ended="2026-12-08 10:10").waits_for == ()


def test_a_step_waits_for_an_order_until_one_is_recorded() -> None:
    step = a_step(waits_for=("order",))
    assert planned(step).waits_for == (Fact.ORDER,)
    assert planned(step, holds=(a_hold(),)).waits_for == ()


def test_a_step_that_waits_says_so() -> None:
    why = planned(a_step(waits_for=("completed", "order"))).why
    assert why[-1] == "held at its time until recorded: completed, order"


def test_a_missed_step_is_not_held() -> None:
    why = planned(a_step(channels=("email",), waits_for=("completed",))).why
    assert not any("held" in line for line in why)


# A plan made anew.


def test_a_reminder_that_left_keeps_its_time_though_it_has_passed() -> None:
    protocol, procedure = a_protocol(a_step("gone"), a_step("late")), a_procedure()
    now, left = local("2026-12-05 15:00"), local("2026-12-05 12:00")
    gone, late = build_timeline(protocol, procedure, a_place(), now=now, settled={"gone": left}).reminders
    assert (gone.send_at, gone.late) == (left, False)
    assert late.send_at == now


def test_late_steps_wait_ten_minutes_after_a_first_step_that_left() -> None:
    protocol = a_protocol(a_welcome(), a_step("late"))
    procedure, left = a_procedure(), local("2026-12-05 14:55")
    late = build_timeline(
        protocol, procedure, a_place(), now=local("2026-12-05 15:00"), settled={"welcome": left}
    ).reminders[1]
    assert late.send_at == local("2026-12-05 15:05")


def test_a_first_step_that_ended_without_leaving_holds_up_nobody() -> None:
    protocol, now = a_protocol(a_welcome(), a_step("late")), local("2026-12-05 15:00")
    late = build_timeline(protocol, a_procedure(), a_place(), now=now, settled={"welcome": None}).reminders[1]
    assert late.send_at == now


def test_the_timeline_names_its_protocol_and_version() -> None:
    timeline = build_timeline(a_protocol(version=7), a_procedure(), a_place(), now=local("2026-11-20 12:00"))
    assert (timeline.protocol, timeline.version) == ("example", 7)
