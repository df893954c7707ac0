"""The shipped vertebroplasty protocol, row by row of its table.

The patient of most tests: a Tuesday procedure on 2026-12-08 at 09:00 in New York, enrolled on Friday 2026-11-20 at
noon, reached by SMS, at a site with New York's holidays.
"""

from datetime import datetime
from typing import Any

import pytest

from schedules.procedure import Place
from schedules.timeline import PlannedReminder, Status, build_timeline
from tests.builders import a_hold, a_place, a_procedure, local, the_shipped_protocol, workdays

PROTOCOL = the_shipped_protocol()
HOLIDAYS = ("2026-11-26", "2026-12-25", "2027-01-01", "2027-01-18")
SITE = a_place(workdays=workdays(holidays=HOLIDAYS))
WARFARIN = a_hold("warfarin", days=5, resume_days=1)


def reminders(place: Place = SITE, now: str | None = None, **changes: Any) -> dict[str, PlannedReminder]:
    procedure = a_procedure(**changes)
    instant = procedure.enrolled if now is None else local(now)
    timeline = build_timeline(PROTOCOL, procedure, place, now=instant)
    return {reminder.key: reminder for reminder in timeline.reminders}


def sent_at(key: str, **changes: Any) -> datetime | None:
    return reminders(**changes)[key].send_at


# Every row, for the Tuesday patient with a hold of five days who resumes after one.

TUESDAY = {
    # key: (local time at the site, not before, not after)
    "welcome": ("2026-11-20 12:00", None, "2026-12-08 09:00"),
    "prepare-plan": ("2026-11-24 10:00", None, "2026-12-06 20:00"),
    "stop:warfarin": ("2026-12-02 10:00", None, "2026-12-02 20:00"),
    "ride": ("2026-12-05 12:00", None, "2026-12-07 21:00"),
    "arrival-call": ("2026-12-07 10:00", None, "2026-12-07 15:00"),
    "fasting": ("2026-12-07 17:00", None, "2026-12-08 01:00"),
    "day-of": (None, "2026-12-08 06:00", "2026-12-08 07:00"),
    "after-care": ("2026-12-08 13:00", "2026-12-08 11:00", "2026-12-09 10:00"),
    "resume-aspirin": ("2026-12-09 10:00", "2026-12-09 10:00", "2026-12-11 10:00"),
    "resume:warfarin": ("2026-12-09 10:00", "2026-12-09 10:00", "2026-12-09 20:00"),
    "recovery-check": ("2026-12-11 10:00", None, "2026-12-15 20:00"),
    "visit-book": ("2026-12-31 10:00", None, "2027-01-07 20:00"),
}


def test_a_tuesday_patient_with_an_order_gets_these_reminders_in_this_order() -> None:
    assert list(reminders(holds=(WARFARIN,))) == list(TUESDAY)


@pytest.mark.parametrize("key", TUESDAY)
def test_a_tuesday_patient_gets_each_reminder_when_the_table_says(key: str) -> None:
    at, not_before, not_after = (None if text is None else local(text) for text in TUESDAY[key])
    reminder = reminders(holds=(WARFARIN,))[key]
    assert (reminder.send_at, reminder.not_before, reminder.not_after) == (at, not_before, not_after)


def test_the_stop_of_the_tuesday_patient_is_at_three_in_the_afternoon_utc() -> None:
    assert f"{sent_at('stop:warfarin', holds=(WARFARIN,)):%Y-%m-%dT%H:%M:%SZ}" == "2026-12-02T15:00:00Z"


def test_only_what_fits_nowhere_is_not_planned() -> None:
    assert {key: r.status for key, r in reminders(holds=(WARFARIN,)).items() if r.status is not Status.PLANNED} == {
        "day-of": Status.SKIPPED
    }


def test_without_an_order_the_patient_is_prepared_without_a_plan() -> None:
    assert [key for key in reminders() if key.startswith(("prepare", "stop", "resume"))] == [
        "prepare",
        "resume-aspirin",
    ]
    assert sent_at("prepare") == local("2026-11-24 10:00")


def test_a_booked_visit_is_reminded_the_day_before_at_noon() -> None:
    booked = reminders(visit="2027-01-08 10:30")
    assert booked["visit-reminder"].send_at == local("2027-01-07 12:00")
    assert booked["visit-reminder"].not_after == local("2027-01-08 08:30")
    assert "visit-book" not in booked


def test_with_email_too_these_steps_are_copied_by_it() -> None:
    found = reminders(consented=("sms", "email"), visit="2027-01-08 10:30")
    assert [key for key in found if "@" in key] == ["prepare@email", "arrival-call@email", "visit-reminder@email"]


# Weekends and holidays.


def test_before_a_monday_procedure_the_call_is_announced_on_friday() -> None:
    monday = reminders(start="2026-12-07 09:00")
    assert monday["arrival-call"].send_at == local("2026-12-04 10:00")
    assert monday["arrival-call"].not_after == local("2026-12-06 15:00")


def test_before_a_monday_procedure_the_other_reminders_keep_their_days() -> None:
    monday = reminders(start="2026-12-07 09:00")
    assert monday["ride"].send_at == local("2026-12-04 12:00")
    assert monday["fasting"].send_at == local("2026-12-06 17:00")


def test_a_stop_on_a_sunday_leaves_on_saturday_evening() -> None:
    found = reminders(start="2026-12-07 09:00", holds=(a_hold(days=7),))
    assert found["stop:warfarin"].send_at == local("2026-11-28 19:30")


def test_after_thanksgiving_the_call_is_announced_the_day_before_the_holiday() -> None:
    assert sent_at("arrival-call", start="2026-11-27 09:00") == local("2026-11-25 10:00")


def test_after_christmas_and_a_weekend_the_call_is_announced_on_christmas_eve() -> None:
    assert sent_at("arrival-call", start="2026-12-28 09:00") == local("2026-12-24 10:00")


def test_a_recovery_check_on_a_saturday_waits_for_monday() -> None:
    assert sent_at("recovery-check", start="2026-12-09 09:00") == local("2026-12-14 10:00")


def test_a_recovery_check_on_christmas_waits_for_the_monday_after() -> None:
    assert sent_at("recovery-check", start="2026-12-22 09:00") == local("2026-12-28 10:00")


def test_a_visit_assumed_on_a_holiday_moves_to_the_next_working_day() -> None:
    timeline = build_timeline(PROTOCOL, a_procedure("2026-12-18 09:00"), SITE, now=local("2026-11-20 12:00"))
    assert timeline.anchors["visit"] == local("2027-01-19 09:00")


# The day itself.


@pytest.mark.parametrize(
    ("start", "sent"),
    [("10:59", None), ("11:00", None), ("11:01", "09:00"), ("11:59", "09:00"), ("12:00", "09:00"), ("14:00", "11:00")],
)
def test_the_day_of_reminder_leaves_three_hours_before_where_the_window_allows(start: str, sent: str | None) -> None:
    reminder = reminders(start=f"2026-12-08 {start}")["day-of"]
    assert reminder.send_at == (None if sent is None else local(f"2026-12-08 {sent}"))
    assert reminder.status is (Status.SKIPPED if sent is None else Status.PLANNED)


def test_a_booking_with_a_date_only_skips_the_day_of_reminder() -> None:
    dated = reminders(start="2026-12-08 07:00", hour_known=False)
    assert dated["day-of"].status is Status.SKIPPED
    assert dated["arrival-call"].send_at == local("2026-12-07 10:00")


@pytest.mark.parametrize(
    ("ended", "sent"),
    [
        ("2026-12-08 10:10", "2026-12-08 13:10"),
        ("2026-12-08 16:59", "2026-12-08 19:59"),
        ("2026-12-08 17:00", "2026-12-08 19:30"),
        ("2026-12-08 18:30", "2026-12-08 19:30"),
        ("2026-12-08 18:31", "2026-12-09 09:00"),
        ("2026-12-08 23:30", "2026-12-09 09:00"),
    ],
)
def test_after_care_follows_in_three_hours_or_earlier_or_next_morning(ended: str, sent: str) -> None:
    assert sent_at("after-care", ended=ended, now=ended) == local(sent)


# Blood thinners.


def test_a_hold_of_zero_days_stops_nothing_and_still_counts_as_an_order() -> None:
    found = reminders(holds=(a_hold(days=0),))
    assert "stop:warfarin" not in found
    assert "prepare-plan" in found


@pytest.mark.parametrize(
    ("days", "stop"),
    [
        (1, "2026-12-05 19:30"),  # the last day with it is a Sunday, whose window opens after ten
        (2, "2026-12-05 10:00"),
        (5, "2026-12-02 10:00"),
        (7, "2026-11-30 10:00"),
    ],
)
def test_the_stop_leaves_on_the_last_day_with_the_drug_or_the_evening_before(days: int, stop: str) -> None:
    assert sent_at("stop:warfarin", holds=(a_hold(days=days),)) == local(stop)


def test_a_stop_whose_day_has_passed_is_missed() -> None:
    assert reminders(holds=(a_hold(days=30),))["stop:warfarin"].status is Status.MISSED


def test_a_stop_on_the_day_of_enrollment_leaves_that_day() -> None:
    found = reminders(holds=(WARFARIN,), enrolled="2026-12-02 15:00")
    assert found["stop:warfarin"].send_at == local("2026-12-02 15:20")  # after the welcome and the late preparation


def test_a_stop_is_never_sent_after_its_day() -> None:
    assert reminders(holds=(WARFARIN,), enrolled="2026-12-02 20:00")["stop:warfarin"].status is Status.MISSED


def test_who_takes_aspirin_by_order_hears_of_it_from_the_prescriber_alone() -> None:
    found = reminders(holds=(a_hold("aspirin", days=7, resume_days=2),))
    assert "resume-aspirin" not in found
    assert found["resume:aspirin"].send_at == local("2026-12-10 09:00")


@pytest.mark.parametrize(
    ("ended", "resumed"),
    [
        ("2026-12-08 08:30", "2026-12-09 09:00"),
        ("2026-12-08 10:10", "2026-12-09 10:10"),
        ("2026-12-08 19:59", "2026-12-09 19:59"),
        ("2026-12-08 20:00", None),
        ("2026-12-08 23:10", None),
    ],
)
def test_a_resume_after_one_day_waits_for_24_hours_or_is_missed(ended: str, resumed: str | None) -> None:
    found = reminders(holds=(WARFARIN,), start="2026-12-08 08:00", ended=ended, now="2026-12-09 00:00")
    assert found["resume:warfarin"].send_at == (None if resumed is None else local(resumed))


def test_a_resume_that_fits_nowhere_is_missed_not_moved() -> None:
    found = reminders(holds=(WARFARIN,), start="2026-12-08 18:00", ended="2026-12-08 20:30", now="2026-12-08 20:30")
    assert found["resume:warfarin"].status is Status.MISSED


def test_aspirin_waits_for_24_real_hours_across_the_autumn_change() -> None:
    found = reminders(
        start="2026-10-31 09:00", enrolled="2026-10-20 12:00", ended="2026-10-31 14:00", now="2026-10-31 14:00"
    )
    assert found["resume-aspirin"].send_at == local("2026-11-01 13:00")


# Enrolled late.


def statuses(found: dict[str, PlannedReminder], *keys: str) -> dict[str, datetime | Status]:
    return {key: found[key].send_at or found[key].status for key in keys}


BEFORE_THE_DAY = ("welcome", "prepare", "ride", "arrival-call", "fasting", "day-of")


def test_enrolled_the_evening_before_the_patient_hears_what_is_still_right() -> None:
    assert statuses(reminders(enrolled="2026-12-07 19:00"), *BEFORE_THE_DAY) == {
        "welcome": local("2026-12-07 19:00"),
        "prepare": Status.MISSED,
        "ride": local("2026-12-07 19:10"),
        "arrival-call": Status.MISSED,
        "fasting": local("2026-12-07 19:20"),
        "day-of": Status.SKIPPED,
    }


def test_enrolled_in_the_last_minutes_of_the_evening_before_the_rest_is_missed() -> None:
    assert statuses(reminders(enrolled="2026-12-07 19:45"), *BEFORE_THE_DAY) == {
        "welcome": local("2026-12-07 19:45"),
        "prepare": Status.MISSED,
        "ride": local("2026-12-07 19:55"),
        "arrival-call": Status.MISSED,
        "fasting": Status.MISSED,
        "day-of": Status.SKIPPED,
    }


def test_enrolled_in_the_night_before_nothing_can_be_said_in_time() -> None:
    found = reminders(enrolled="2026-12-08 02:00")
    assert statuses(found, *BEFORE_THE_DAY) == dict.fromkeys(BEFORE_THE_DAY[:5], Status.MISSED) | {
        "day-of": Status.SKIPPED
    }


def test_enrolled_at_night_the_welcome_waits_for_the_morning() -> None:
    found = reminders(enrolled="2026-11-20 22:30")
    assert found["welcome"].send_at == local("2026-11-21 09:00")
    assert found["prepare"].send_at == local("2026-11-24 10:00")


def test_enrolled_at_night_ten_days_before_the_late_preparation_follows_the_welcome() -> None:
    found = reminders(enrolled="2026-11-28 23:00", holds=(WARFARIN,))
    assert found["welcome"].send_at == local("2026-11-29 12:00")
    assert found["prepare-plan"].send_at == local("2026-11-29 12:10")
    assert found["stop:warfarin"].send_at == local("2026-12-02 10:00")


# Another clock.


@pytest.mark.parametrize(
    ("key", "sent"),
    [
        ("ride", "2026-12-05 15:00"),  # noon in Los Angeles
        ("fasting", "2026-12-07 17:00"),  # the site's own clock
        ("after-care", "2026-12-08 13:00"),
        ("resume-aspirin", "2026-12-09 12:00"),  # not before nine in Los Angeles
    ],
)
def test_a_patient_in_los_angeles_is_written_to_by_that_clock_except_around_the_procedure(key: str, sent: str) -> None:
    place = a_place(patient="America/Los_Angeles", workdays=workdays(holidays=HOLIDAYS))
    assert reminders(place)[key].send_at == local(sent)
