"""Local clocks: the hour that is missing, the hour that repeats, months that end early, and real hours."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from schedules.errors import LocalTimeError
from schedules.localtime import calendar_date, elapsed, exact_instant, to_instant
from schedules.protocol import Shift
from tests.builders import LONDON, LORD_HOWE, LOS_ANGELES, NEW_YORK, an_offset, clock, local, utc

EARLIER, LATER = Shift.EARLIER, Shift.LATER
BOTH = pytest.mark.parametrize("shift", [EARLIER, LATER])


def instant_of(text: str, zone: str, shift: Shift = LATER) -> datetime:
    day, at = text.split()
    return to_instant(date.fromisoformat(day), clock(at), ZoneInfo(zone), shift)


@BOTH
def test_an_ordinary_time_is_the_same_instant_for_both_shifts(shift: Shift) -> None:
    assert instant_of("2026-12-08 09:00", "America/New_York", shift) == utc("2026-12-08 14:00")


def test_the_instant_is_given_in_utc() -> None:
    assert instant_of("2026-12-08 09:00", "America/New_York").tzinfo is UTC


# The spring gap: the time moves forward by the size of the gap, whatever the shift.


@BOTH
def test_in_the_new_york_spring_gap_half_past_two_becomes_half_past_three(shift: Shift) -> None:
    assert instant_of("2026-03-08 02:30", "America/New_York", shift) == utc("2026-03-08 07:30")


@BOTH
def test_in_the_london_spring_gap_half_past_one_becomes_half_past_two(shift: Shift) -> None:
    assert instant_of("2026-03-29 01:30", "Europe/London", shift) == utc("2026-03-29 01:30")


@BOTH
def test_on_lord_howe_the_gap_is_thirty_minutes(shift: Shift) -> None:
    assert instant_of("2026-10-04 02:15", "Australia/Lord_Howe", shift) == local("2026-10-04 02:45", LORD_HOWE)


@BOTH
def test_in_troll_the_gap_is_two_hours(shift: Shift) -> None:
    troll = ZoneInfo("Antarctica/Troll")
    assert instant_of("2026-03-29 01:30", troll.key, shift) == local("2026-03-29 03:30", troll)


@BOTH
def test_the_day_samoa_skipped_moves_forward_by_that_day(shift: Shift) -> None:
    apia = ZoneInfo("Pacific/Apia")
    assert instant_of("2011-12-30 10:00", apia.key, shift) == local("2011-12-31 10:00", apia)


@BOTH
def test_the_day_kiritimati_skipped_moves_forward_by_that_day(shift: Shift) -> None:
    kiritimati = ZoneInfo("Pacific/Kiritimati")
    assert instant_of("1994-12-31 10:00", kiritimati.key, shift) == local("1995-01-01 10:00", kiritimati)


@BOTH
def test_the_first_missing_minute_becomes_the_first_minute_an_hour_later(shift: Shift) -> None:
    assert instant_of("2026-03-08 02:00", "America/New_York", shift) == utc("2026-03-08 07:00")


@BOTH
def test_the_first_minute_after_the_gap_exists(shift: Shift) -> None:
    assert instant_of("2026-03-08 03:00", "America/New_York", shift) == utc("2026-03-08 07:00")


@BOTH
def test_the_last_minute_before_the_gap_exists(shift: Shift) -> None:
    assert instant_of("2026-03-08 01:59", "America/New_York", shift) == utc("2026-03-08 06:59")


@BOTH
def test_a_midnight_that_is_skipped_becomes_one_o_clock(shift: Shift) -> None:
    havana = ZoneInfo("America/Havana")
    assert instant_of("2026-03-08 00:00", havana.key, shift) == local("2026-03-08 01:00", havana)


# The autumn overlap: the first for earlier, the second for later.

OVERLAPS = [
    ("2026-11-01 01:30", "America/New_York", "2026-11-01 05:30", "2026-11-01 06:30"),
    ("2026-10-25 01:30", "Europe/London", "2026-10-25 00:30", "2026-10-25 01:30"),
    ("2026-04-05 01:45", "Australia/Lord_Howe", "2026-04-04 14:45", "2026-04-04 15:15"),
    ("2026-04-05 03:15", "Pacific/Chatham", "2026-04-04 13:30", "2026-04-04 14:30"),
    ("2026-11-01 00:30", "America/Havana", "2026-11-01 04:30", "2026-11-01 05:30"),
    ("2026-10-25 01:15", "Antarctica/Troll", "2026-10-24 23:15", "2026-10-25 01:15"),
]
IN_THE_OVERLAP = pytest.mark.parametrize(
    ("text", "zone", "first", "second"), OVERLAPS, ids=[row[1] for row in OVERLAPS]
)


@IN_THE_OVERLAP
def test_in_the_autumn_overlap_a_step_that_shifts_earlier_takes_the_first(
    text: str, zone: str, first: str, second: str
) -> None:
    assert instant_of(text, zone, EARLIER) == utc(first)


@IN_THE_OVERLAP
def test_in_the_autumn_overlap_a_step_that_shifts_later_takes_the_second(
    text: str, zone: str, first: str, second: str
) -> None:
    assert instant_of(text, zone, LATER) == utc(second)


def test_the_first_repeated_minute_exists_twice() -> None:
    first, second = (instant_of("2026-11-01 01:00", "America/New_York", shift) for shift in (EARLIER, LATER))
    assert second - first == timedelta(hours=1)


@BOTH
def test_the_minute_after_the_overlap_exists_once(shift: Shift) -> None:
    assert instant_of("2026-11-01 02:00", "America/New_York", shift) == utc("2026-11-01 07:00")


# Zones without whole hours, and zones far ahead.


@pytest.mark.parametrize(
    ("zone", "instant"),
    [
        ("Asia/Kolkata", "2026-12-08 03:30"),
        ("Asia/Kathmandu", "2026-12-08 03:15"),
        ("Pacific/Chatham", "2026-12-07 19:15"),
        ("Australia/Eucla", "2026-12-08 00:15"),
        ("Pacific/Kiritimati", "2026-12-07 19:00"),
        ("Pacific/Pago_Pago", "2026-12-08 20:00"),
    ],
)
def test_nine_in_the_morning_is_read_on_the_zones_own_clock(zone: str, instant: str) -> None:
    assert instant_of("2026-12-08 09:00", zone) == utc(instant)


# Real hours are real, also across a clock change.


def test_a_day_of_24_hours_across_the_spring_change_ends_an_hour_later_on_the_clock() -> None:
    assert elapsed(local("2026-03-07 10:00"), an_offset(hours=24)) == local("2026-03-08 11:00")


def test_a_day_of_24_hours_across_the_autumn_change_ends_an_hour_earlier_on_the_clock() -> None:
    assert elapsed(local("2026-10-31 10:00"), an_offset(hours=24)) == local("2026-11-01 09:00")


def test_hours_are_real_even_when_the_anchor_carries_a_local_clock() -> None:
    anchor = datetime(2026, 3, 7, 10, tzinfo=NEW_YORK)
    assert elapsed(anchor, an_offset(hours=24)) - anchor.astimezone(UTC) == timedelta(seconds=86_400)


def test_hours_and_minutes_are_added_up() -> None:
    assert elapsed(utc("2026-12-08 14:00"), an_offset(hours=-1, minutes=-30)) == utc("2026-12-08 12:30")


# Dates are counted on the site's calendar, and months clamp.


@pytest.mark.parametrize(
    ("day", "months", "reached"),
    [
        ("2026-01-31", 1, "2026-02-28"),
        ("2028-01-31", 1, "2028-02-29"),
        ("2026-01-30", 1, "2026-02-28"),
        ("2028-02-29", 12, "2029-02-28"),
        ("2028-02-29", 48, "2032-02-29"),
        ("2026-03-31", -1, "2026-02-28"),
        ("2028-03-31", -1, "2028-02-29"),
        ("2026-10-31", 1, "2026-11-30"),
        ("2026-12-31", 2, "2027-02-28"),
        ("2026-12-08", 1, "2027-01-08"),
    ],
)
def test_months_clamp_to_the_months_end(day: str, months: int, reached: str) -> None:
    anchor = local(f"{day} 09:00")
    assert calendar_date(anchor, an_offset("10:00", months=months), NEW_YORK, 0) == date.fromisoformat(reached)


def test_days_are_counted_from_the_clamped_month() -> None:
    offset = an_offset("10:00", months=1, days=-1)
    assert calendar_date(local("2026-01-31 09:00"), offset, NEW_YORK, 0) == date(2026, 2, 27)


def test_weeks_are_seven_days() -> None:
    assert calendar_date(local("2026-12-08 09:00"), an_offset("10:00", weeks=-2), NEW_YORK, 0) == date(2026, 11, 24)


def test_the_orders_days_are_added_as_they_are_signed() -> None:
    assert calendar_date(local("2026-12-08 09:00"), an_offset("10:00", days=-1), NEW_YORK, -5) == date(2026, 12, 2)


@pytest.mark.parametrize(("days", "reached"), [(-1, "2028-02-29"), (-2, "2028-02-28"), (0, "2028-03-01")])
def test_a_leap_day_is_counted(days: int, reached: str) -> None:
    anchor = local("2028-03-01 09:00")
    assert calendar_date(anchor, an_offset("10:00", days=days), NEW_YORK, 0) == date.fromisoformat(reached)


def test_late_in_the_evening_the_date_is_the_sites_not_utcs() -> None:
    anchor = local("2026-12-08 23:30")
    assert calendar_date(anchor, an_offset("10:00"), NEW_YORK, 0) == date(2026, 12, 8)


def test_in_the_small_hours_the_date_is_the_sites_not_the_patients() -> None:
    anchor = local("2026-12-08 01:00")
    assert calendar_date(anchor, an_offset("10:00"), LOS_ANGELES, 0) == date(2026, 12, 7)


def test_midnight_belongs_to_the_day_it_begins() -> None:
    assert calendar_date(local("2026-12-08 00:00"), an_offset("10:00"), NEW_YORK, 0) == date(2026, 12, 8)


# What a person typed must name one instant.


def typed(text: str, zone: ZoneInfo = NEW_YORK) -> datetime:
    return exact_instant(datetime.fromisoformat(text), zone)


def test_a_typed_time_that_exists_once_is_taken() -> None:
    assert typed("2026-12-08 09:00") == utc("2026-12-08 14:00")


def test_a_typed_time_in_the_gap_is_refused_with_the_time_it_may_mean() -> None:
    with pytest.raises(LocalTimeError) as refused:
        typed("2026-03-08 02:30")
    assert str(refused.value) == (
        "2026-03-08 02:30 does not exist in America/New_York: clocks go forward; did you mean 03:30?"
    )


def test_a_typed_time_that_exists_twice_is_refused_with_both_ways_to_write_it() -> None:
    with pytest.raises(LocalTimeError) as refused:
        typed("2026-11-01 01:30")
    assert str(refused.value) == (
        "2026-11-01 01:30 exists twice in America/New_York: clocks go back; "
        "write 2026-11-01 01:30-04:00 or 2026-11-01 01:30-05:00"
    )


def test_a_typed_time_in_a_gap_of_thirty_minutes_is_refused() -> None:
    with pytest.raises(LocalTimeError, match=r"did you mean 02:45\?"):
        typed("2026-10-04 02:15", LORD_HOWE)


@pytest.mark.parametrize("text", ["2026-03-08 01:59", "2026-03-08 03:00"])
def test_the_minutes_around_the_gap_are_taken(text: str) -> None:
    assert typed(text) == local(text)


@pytest.mark.parametrize("text", ["2026-10-25 00:59", "2026-10-25 02:00"])
def test_the_minutes_around_the_overlap_are_taken(text: str) -> None:
    assert typed(text, LONDON) == local(text, LONDON)
