"""The last check before a message leaves: each answer by its name, and which one wins where several hold."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from reminders.deciding import (
    APPROVAL,
    OVER_LIMIT,
    STAFF,
    TOO_LONG,
    Candidate,
    Decision,
    End,
    Hold,
    Send,
    Wait,
    Way,
    channels_left,
    decide,
)
from reminders.lifecycle import State
from reminders.records import Contact
from schedules.procedure import Hold as Order
from schedules.protocol import Channel, Step
from schedules.unplanned import STEPS
from tests.builders import a_place, a_protocol, a_step, a_welcome, local, workdays
from tests.reminders.builders import a_reminder, an_enrollment, consents

DUE = local("2026-12-05 12:00")  # a Saturday, inside the window
OPEN, LIVE, PAUSED = (Way(live=False, open=True), Way(live=True, open=True), Way(live=False, open=False))
BOTH = Contact(name="Pat Example", phone="+12125550123", email="pat@example.org")
MINUTE = timedelta(minutes=1)
WARFARIN = Order(drug="warfarin", days=5, ordered_by="Dr. Example", resume_days=1)


def a_candidate(step: Step | None = None, **changes: Any) -> Candidate:
    """A `ride` that is due; `reminder` and `enrollment` are changes of theirs."""
    step = step or a_step()
    values: dict[str, Any] = {
        "reminder": a_reminder(step.key, **changes.pop("reminder", {})),
        "enrollment": an_enrollment(**changes.pop("enrollment", {})),
        "protocol": a_protocol(a_welcome(), step) if not step.first else a_protocol(step),
        "place": a_place(),
        "needed": State.SENT,
        "approved": False,
    }
    return Candidate(**values | changes)


def decided(
    candidate: Candidate | None = None, *, now: datetime = DUE, ways: dict[str, Way] | None = None, **changes: Any
) -> Decision:
    named = {"sms": OPEN, "email": OPEN, "voice": OPEN} if ways is None else ways
    return decide(candidate or a_candidate(**changes), {Channel(word): way for word, way in named.items()}, now)


# Send


def test_a_due_reminder_leaves_to_the_address_its_channel_has() -> None:
    assert decided() == Send(channel=Channel.SMS, address="+12125550123")


def test_the_address_of_what_leaves_is_in_no_repr() -> None:
    assert "+1212" not in repr(decided())


def test_a_reminder_leaves_at_the_first_moment_of_the_window_and_not_at_its_close() -> None:
    assert isinstance(decided(now=local("2026-12-05 09:00")), Send)
    assert isinstance(decided(now=local("2026-12-05 19:59")), Send)
    assert isinstance(decided(now=local("2026-12-05 20:00")), Wait)


# Cancelled, or planned before a change


def test_a_cancelled_procedure_withdraws_what_was_planned_and_leaves_no_task() -> None:
    decision = decided(enrollment={"status": "cancelled", "cancel_reason": "hospital"})

    assert decision == End(state=State.WITHDRAWN, reason="procedure cancelled: hospital")


def test_a_procedure_that_did_not_take_place_withdraws_what_was_planned() -> None:
    decision = decided(enrollment={"status": "ended", "cancel_reason": "not done"})

    assert decision == End(state=State.WITHDRAWN, reason="procedure ended: not done")


@pytest.mark.parametrize("revision", [1, 3])
def test_what_another_plan_meant_never_leaves_and_a_person_is_told(revision: int) -> None:
    decision = decided(reminder={"revision": revision}, enrollment={"revision": 2})

    assert decision == End(
        state=State.WITHDRAWN, reason="planned before the last change of the enrollment", task="stale"
    )


def test_staffs_own_words_are_of_no_plan_and_outlive_its_changes() -> None:
    old, new = ({"step": "staff-text", "revision": number} for number in (1, 2))
    cancelled = {"status": "cancelled", "revision": 2}

    assert isinstance(decided(reminder=old, enrollment={"revision": 2}), Send)
    assert isinstance(decided(reminder=new, enrollment=cancelled), Send)
    assert decided(reminder=old, enrollment=cancelled) == End(
        state=State.WITHDRAWN, reason="written before the procedure was cancelled", task="stale"
    )


def test_staffs_own_words_need_no_approval_and_other_words_of_no_plan_do() -> None:
    live = {"sms": LIVE}

    assert isinstance(decided(ways=live, reminder={"step": "staff-text"}), Send)
    assert isinstance(decided(ways=live, reminder={"step": "response-received"}), Hold)


# Too late


def test_a_reminder_that_has_become_wrong_is_missed_and_a_person_is_told() -> None:
    decision = decided(now=local("2026-12-07 21:00"))

    assert decision == End(
        state=State.MISSED, reason="no permitted time was left before it became wrong", task="missed"
    )


def test_a_reminder_with_no_open_hour_left_before_its_bound_is_missed_though_the_bound_lies_ahead() -> None:
    assert isinstance(decided(now=local("2026-12-07 20:30")), End)


def test_a_missed_reminder_says_what_kept_it_last() -> None:
    decision = decided(now=local("2026-12-07 21:00"), reminder={"reason": "the sms transport is paused"})

    assert isinstance(decision, End)
    assert decision.reason.endswith("; last: the sms transport is paused")


def test_a_step_that_is_skipped_when_late_ends_skipped_without_a_task() -> None:
    decision = decided(a_candidate(a_step(if_late="skip")), now=local("2026-12-07 21:00"))

    assert isinstance(decision, End)
    assert (decision.state, decision.task) == (State.SKIPPED, None)


# Waiting


def test_a_step_that_waits_for_the_end_is_held_until_it_is_recorded() -> None:
    step = a_step("after-care", waits_for=("completed",))

    assert decided(a_candidate(step)) == Hold(waits_for=("completed",), reason="waits until recorded: completed")
    assert isinstance(decided(a_candidate(step, enrollment={"ended_at": DUE})), Send)


def test_a_step_that_waits_for_an_order_is_held_until_there_is_one() -> None:
    step = a_step("plan", waits_for=("order",))

    assert decided(a_candidate(step)) == Hold(waits_for=("order",), reason="waits until recorded: order")
    assert isinstance(decided(a_candidate(step, enrollment={"holds": (WARFARIN,)})), Send)


def test_nothing_leaves_before_the_first_message_of_the_plan() -> None:
    assert decided(first_until=DUE + MINUTE) == Wait(
        until=DUE + MINUTE, reason="waits for the first message of the plan"
    )


def test_what_waits_for_the_first_message_is_looked_at_again_before_it_becomes_wrong() -> None:
    waits = decided(first_until=DUE + 2 * MINUTE, reminder={"not_after": DUE + MINUTE})

    assert isinstance(waits, Wait)
    assert DUE < waits.until < DUE + MINUTE


def test_the_first_message_does_not_wait_for_itself() -> None:
    assert isinstance(decided(a_candidate(a_welcome(), first_until=DUE + MINUTE)), Send)


def test_nothing_of_the_new_plan_leaves_before_the_correction_of_the_old_one() -> None:
    assert decided(correction_until=DUE + MINUTE) == Wait(
        until=DUE + MINUTE, reason="waits for the correction of what was told before"
    )


@pytest.mark.parametrize("step", ["correction-moved", "correction-moved:now", "response-help", "staff-text"])
def test_a_correction_an_answer_and_staffs_own_words_wait_for_no_correction(step: str) -> None:
    candidate = a_candidate(reminder={"step": step}, correction_until=DUE + MINUTE)

    assert isinstance(decided(candidate), Send)


def test_a_correction_waits_for_the_first_message() -> None:
    candidate = a_candidate(reminder={"step": "correction-moved"}, first_until=DUE + MINUTE)

    assert isinstance(decided(candidate), Wait)


def test_what_the_wait_for_a_correction_would_make_wrong_leaves_before_it() -> None:
    assert isinstance(decided(correction_until=DUE + MINUTE, reminder={"not_after": DUE + MINUTE}), Send)


def test_what_the_wait_for_a_correction_would_push_out_of_the_window_leaves_before_it() -> None:
    last = local("2026-12-05 19:51")
    assert isinstance(decided(correction_until=last + MINUTE, now=last), Send)
    assert isinstance(decided(correction_until=last, now=last - MINUTE), Send)
    assert isinstance(decided(correction_until=last - 2 * MINUTE, now=last - 3 * MINUTE), Wait)


def test_what_people_must_decide_does_not_wait_for_a_correction() -> None:
    step = a_step("plan", waits_for=("order",))

    assert isinstance(decided(a_candidate(step, correction_until=DUE + MINUTE)), Hold)


@pytest.mark.parametrize("needed", [None, State.PLANNED, State.MISSED, State.WITHDRAWN])
def test_a_resume_whose_stop_did_not_surely_leave_is_held_for_staff(needed: State | None) -> None:
    step = a_step("resume", needs_sent="stop", for_each="resumes")
    decision = decided(a_candidate(step, needed=needed, reminder={"drug": "warfarin"}))

    assert decision == Hold(waits_for=(STAFF,), reason="stop:warfarin was never sent; staff must decide", task="held")


def test_staff_are_not_told_that_a_stop_of_unknown_outcome_was_never_sent() -> None:
    step = a_step("resume", needs_sent="stop", for_each="resumes")
    decision = decided(a_candidate(step, needed=State.UNKNOWN, reminder={"drug": "warfarin"}))

    assert isinstance(decision, Hold)
    assert decision.reason == "stop:warfarin may have been sent, its outcome is not known; staff must decide"


def test_a_resume_whose_stop_is_on_its_way_waits_a_moment() -> None:
    step = a_step("resume", needs_sent="stop", for_each="resumes")
    decision = decided(a_candidate(step, needed=State.SENDING, reminder={"drug": "warfarin"}))

    assert decision == Wait(until=DUE + timedelta(seconds=5), reason="stop:warfarin is on its way")


def test_a_resume_whose_stop_was_sent_leaves() -> None:
    step = a_step("resume", needs_sent="stop", for_each="resumes")

    assert isinstance(decided(a_candidate(step, reminder={"drug": "warfarin"})), Send)


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2026-12-05 23:00", "2026-12-06 12:00"),
        ("2026-12-06 08:00", "2026-12-06 12:00"),
        ("2026-12-07 03:00", "2026-12-07 09:00"),
    ],
)
def test_outside_the_window_a_reminder_waits_until_it_opens(now: str, opens: str) -> None:
    assert decided(now=local(now)) == Wait(until=local(opens), reason="waits for the window")


def test_the_window_is_read_on_the_reminders_own_clock() -> None:
    decision = decided(now=local("2026-12-05 09:30"), reminder={"zone": "America/Los_Angeles"})

    assert decision == Wait(until=local("2026-12-05 12:00"), reason="waits for the window")


def test_a_step_for_working_days_waits_for_one() -> None:
    step = a_step(working_day=True)

    assert decided(a_candidate(step)) == Wait(until=local("2026-12-07 09:00"), reason="waits for the window")


def test_a_site_that_works_on_saturday_sends_a_working_day_step_then() -> None:
    place = a_place(workdays=workdays(opened=("2026-12-05",)))

    assert isinstance(decided(a_candidate(a_step(working_day=True), place=place)), Send)


def test_a_reminder_does_not_leave_before_its_lower_bound() -> None:
    bound = local("2026-12-05 14:00")

    assert decided(reminder={"not_before": bound}) == Wait(until=bound, reason="waits for the window")


def test_a_resume_of_a_drug_that_another_procedure_still_needs_held_is_for_staff_to_decide() -> None:
    step = a_step("resume", for_each="resumes")
    decision = decided(a_candidate(step, held_elsewhere="JHGF-EDCBA", reminder={"drug": "warfarin"}))

    assert decision == Hold(
        waits_for=(STAFF,),
        reason="warfarin is held for JHGF-EDCBA; staff must decide when to resume",
        task="held",
    )


def test_what_stops_a_drug_goes_out_though_another_procedure_needs_it_held_too() -> None:
    step = a_step("stop", for_each="holds")

    assert isinstance(decided(a_candidate(step, held_elsewhere="JHGF-EDCBA", reminder={"drug": "warfarin"})), Send)


# No burst


def overdue(minutes: int, *, ago: int, **reminder: Any) -> Decision:
    """A reminder that was to leave so many minutes ago, where another message left some minutes ago."""
    planned = {"send_at": DUE - timedelta(minutes=minutes)}
    return decided(reminder=planned | reminder, last_left=DUE - timedelta(minutes=ago))


@pytest.mark.parametrize(("ago", "wait"), [(0, 10), (3, 7), (9, 1)])
def test_what_an_outage_made_late_leaves_ten_minutes_after_the_message_before(ago: int, wait: int) -> None:
    assert overdue(60, ago=ago) == Wait(
        until=DUE + timedelta(minutes=wait), reason="late messages leave ten minutes apart"
    )


def test_ten_minutes_after_the_message_before_it_leaves() -> None:
    assert isinstance(overdue(60, ago=10), Send)


@pytest.mark.parametrize("minutes", [0, 9])
def test_what_leaves_at_its_time_waits_for_no_other(minutes: int) -> None:
    assert isinstance(overdue(minutes, ago=0), Send)


def test_where_nothing_has_left_yet_nothing_is_waited_for() -> None:
    assert isinstance(decided(reminder={"send_at": DUE - timedelta(hours=1)}), Send)


@pytest.mark.parametrize(("left", "expected"), [(4, Send), (11, Send), (12, Wait)])
def test_what_keeping_it_apart_would_make_too_late_leaves_soon_after_the_other(left: int, expected: type) -> None:
    assert isinstance(overdue(60, ago=0, not_after=DUE + timedelta(minutes=left)), expected)


def test_late_messages_are_not_kept_apart_over_a_night() -> None:
    evening = local("2026-12-05 19:55")  # the window closes at eight
    planned = {"send_at": evening - timedelta(hours=1)}

    assert isinstance(decided(now=evening, reminder=planned, last_left=evening - timedelta(minutes=3)), Send)


@pytest.mark.parametrize(
    ("needed", "told"),
    [
        (State.UNKNOWN, "may have been sent, its outcome is not known"),
        (State.FAILED, "did not arrive, as far as anybody knows"),
    ],
)
def test_staff_are_not_told_that_something_was_never_sent_which_may_have_been_read(needed: State, told: str) -> None:
    step = a_step("resume", needs_sent="stop", for_each="resumes")
    decision = decided(a_candidate(step, needed=needed, reminder={"drug": "warfarin"}))

    assert isinstance(decision, Hold)
    assert decision.reason == f"stop:warfarin {told}; staff must decide"


# Corrections


def correction(*, now: datetime = DUE, at_once: bool = False, **changes: Any) -> Decision:
    step = "correction-moved" + (":now" if at_once else "")
    return decided(now=now, reminder={"step": step, "send_at": now - timedelta(hours=1)}, **changes)


def test_a_correction_is_kept_apart_from_nothing() -> None:
    assert isinstance(correction(last_left=DUE), Send)


@pytest.mark.parametrize("status", ["cancelled", "ended"])
def test_a_correction_leaves_though_no_plan_is_left(status: str) -> None:
    assert isinstance(correction(enrollment={"status": status}), Send)


def test_a_correction_waits_for_the_window_unless_it_must_leave_at_once() -> None:
    night = local("2026-12-05 23:00")

    assert isinstance(correction(now=night), Wait)
    assert isinstance(correction(now=night, at_once=True), Send)


def test_a_correction_of_an_earlier_change_never_leaves() -> None:
    decision = correction(enrollment={"revision": 2})

    assert isinstance(decision, End)
    assert decision.state is State.WITHDRAWN


# By which channel


def test_a_channel_whose_consent_was_closed_is_passed_over() -> None:
    decision = decided(
        reminder={"channels": ("sms", "email")}, enrollment={"contact": BOTH, "consents": consents("email")}
    )

    assert decision == Send(channel=Channel.EMAIL, address="pat@example.org")


def test_a_channel_without_an_address_is_passed_over() -> None:
    decision = decided(reminder={"channels": ("email", "sms")}, enrollment={"consents": consents("email", "sms")})

    assert decision == Send(channel=Channel.SMS, address="+12125550123")


def test_a_channel_that_has_been_tried_is_not_tried_again() -> None:
    decision = decided(
        reminder={"channels": ("sms", "email"), "channel": "email"},
        enrollment={"contact": BOTH, "consents": consents("sms", "email")},
    )

    assert isinstance(decision, Send)
    assert decision.channel is Channel.EMAIL


def test_with_no_consent_left_the_reminder_is_missed_and_the_patient_is_called() -> None:
    assert decided(enrollment={"consents": {}}) == End(
        state=State.MISSED, reason="no channel with open consent is left; call the patient instead", task="no-channel"
    )


def test_a_paused_transport_keeps_its_reminders_a_minute_at_a_time() -> None:
    assert decided(ways={"sms": PAUSED}) == Wait(until=DUE + timedelta(minutes=1), reason="the sms transport is paused")


def test_a_pause_says_who_made_it_and_why() -> None:
    paused = Way(live=False, open=False, closed_by="the sms transport is paused by Alex: drill")

    assert decided(ways={"sms": paused}) == Wait(
        until=DUE + timedelta(minutes=1), reason="the sms transport is paused by Alex: drill"
    )


def test_a_pause_of_everything_keeps_what_any_transport_could_send_and_never_beyond_its_bound() -> None:
    now, bound = local("2026-12-07 19:30"), local("2026-12-07 19:30:40")
    paused = "everything is paused by Alex: drill"

    assert decided(pause=paused) == Wait(until=DUE + timedelta(minutes=1), reason=paused)
    assert decided(pause=paused, now=now, reminder={"not_after": bound}) == Wait(until=bound, reason=paused)
    assert isinstance(decided(pause=paused, now=bound, reminder={"not_after": bound}), End)


@pytest.mark.parametrize("key", list(STEPS))
def test_no_step_of_no_plan_is_excepted_from_a_pause(key: str) -> None:
    decision = decided(pause="everything is paused by Alex", reminder={"step": key})

    assert isinstance(decision, Wait)
    assert decision.reason == "everything is paused by Alex"


def test_who_can_be_reached_by_no_channel_is_called_during_a_pause_too() -> None:
    assert isinstance(decided(pause="everything is paused by Alex", enrollment={"consents": {}}), End)


def test_a_channel_nobody_configured_keeps_its_reminders_too() -> None:
    assert decided(ways={}) == Wait(until=DUE + timedelta(minutes=1), reason="the sms transport is not configured")


def test_a_paused_transport_never_keeps_a_reminder_beyond_its_bound() -> None:
    now, bound = local("2026-12-07 19:30"), local("2026-12-07 19:30:40")
    decision = decided(now=now, ways={"sms": PAUSED}, reminder={"not_after": bound})

    assert isinstance(decision, Wait)
    assert decision.until == bound


def test_a_reminder_without_a_bound_waits_for_a_paused_transport_as_long_as_it_takes() -> None:
    decision = decided(ways={"sms": PAUSED}, reminder={"not_after": None})

    assert isinstance(decision, Wait)
    assert decision.until == DUE + timedelta(minutes=1)


def test_an_unapproved_protocol_is_held_where_it_would_reach_somebody() -> None:
    assert decided(ways={"sms": LIVE}) == Hold(
        waits_for=(APPROVAL,), reason="this version of the protocol is not approved for live messages", task=APPROVAL
    )


def test_an_approved_protocol_leaves_by_a_live_transport() -> None:
    assert isinstance(decided(ways={"sms": LIVE}, approved=True), Send)


def test_an_unapproved_protocol_leaves_where_it_reaches_nobody() -> None:
    assert isinstance(decided(ways={"sms": OPEN}), Send)


# Which wins


def test_cancelled_wins_over_an_old_plan() -> None:
    decision = decided(enrollment={"status": "cancelled", "cancel_reason": "error", "revision": 2})

    assert isinstance(decision, End)
    assert decision.reason == "procedure cancelled: error"


def test_an_old_plan_wins_over_being_late() -> None:
    decision = decided(now=local("2026-12-08 09:00"), enrollment={"revision": 2})

    assert isinstance(decision, End)
    assert decision.state is State.WITHDRAWN


def test_being_late_wins_over_waiting_for_a_fact() -> None:
    decision = decided(a_candidate(a_step(waits_for=("completed",))), now=local("2026-12-07 21:00"))

    assert isinstance(decision, End)


def test_waiting_for_a_fact_wins_over_the_window() -> None:
    decision = decided(a_candidate(a_step(waits_for=("completed",))), now=local("2026-12-05 23:00"))

    assert isinstance(decision, Hold)


def test_the_window_wins_over_a_paused_transport() -> None:
    decision = decided(now=local("2026-12-05 23:00"), ways={"sms": PAUSED})

    assert isinstance(decision, Wait)
    assert decision.reason == "waits for the window"


# The channels still to be tried


@pytest.mark.parametrize(
    ("current", "left", "behind"),
    [
        (None, ("sms", "voice", "email"), ("sms", "voice", "email")),
        ("sms", ("sms", "voice", "email"), ("voice", "email")),
        ("voice", ("voice", "email"), ("email",)),
        ("email", ("email",), ()),
    ],
)
def test_channels_are_tried_in_the_order_of_the_step(
    current: str | None, left: tuple[str, ...], behind: tuple[str, ...]
) -> None:
    reminder = a_reminder(channels=("sms", "voice", "email"), channel=current)

    assert channels_left(reminder) == left
    assert channels_left(reminder, after_current=True) == behind


def test_a_current_channel_the_reminder_no_longer_has_leaves_all_of_them() -> None:
    assert channels_left(a_reminder(channels=("email",), channel="sms")) == (Channel.EMAIL,)


# A number that has got enough


EVERY_WAY = {"channels": ("sms", "voice", "email")}
TOMORROW = DUE + timedelta(days=1)


def over(*consented: str, **changes: Any) -> Decision:
    enrollment = {"contact": BOTH, "consents": consents(*consented)}
    return decided(**{"room_at": TOMORROW, "reminder": EVERY_WAY, "enrollment": enrollment} | changes)


def test_a_number_with_room_gets_the_message() -> None:
    assert decided(room_at=DUE) == Send(channel=Channel.SMS, address="+12125550123")


def test_a_full_number_is_neither_written_to_nor_called_but_mailed_to() -> None:
    assert over("sms", "voice", "email") == Send(channel=Channel.EMAIL, address="pat@example.org")


def test_without_email_what_a_full_number_cannot_get_is_missed_with_a_task() -> None:
    assert over("sms", "voice") == End(state=State.MISSED, reason=OVER_LIMIT, task="over-limit")


def test_what_goes_by_email_anyway_asks_for_no_room() -> None:
    assert over("email") == Send(channel=Channel.EMAIL, address="pat@example.org")


def test_room_within_the_hour_is_waited_for() -> None:
    soon = DUE + timedelta(hours=1)

    assert over("sms", "email", room_at=soon) == Wait(
        until=soon, reason="waits until its number may get a message again"
    )
    assert isinstance(over("sms", "email", room_at=soon + timedelta(seconds=1)), Send)


def test_room_that_comes_after_the_message_became_wrong_is_not_waited_for() -> None:
    reminder = {"not_after": DUE + timedelta(minutes=20), "channels": ("sms",)}

    assert over("sms", room_at=DUE + timedelta(minutes=20), reminder=reminder) == End(
        state=State.MISSED, reason=OVER_LIMIT, task="over-limit"
    )


def test_words_that_are_too_long_for_the_site_wait_for_nothing() -> None:
    assert over("sms", room_at=None, too_long=True) == End(state=State.MISSED, reason=TOO_LONG, task="over-limit")
    assert over("sms", "email", too_long=True) == Send(channel=Channel.EMAIL, address="pat@example.org")
