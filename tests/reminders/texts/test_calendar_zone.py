"""A zone's rules as they travel in a calendar file, read to the letter and by another library."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dateutil.tz import tzical

from reminders.texts.calendar_zone import zone_component
from tests.builders import NEW_YORK
from tests.reminders.zone_rules import ZONES, changes_in, instant_of

IN_EACH_ZONE = pytest.mark.parametrize("zone", [*map(ZoneInfo, ZONES)], ids=str)
MOROCCO = ZoneInfo("Africa/Casablanca")


def lines(component: Any) -> list[str]:
    return component.to_ical().decode().split("\r\n")  # type: ignore[no-any-return]


def hours_of(year: int, zone: ZoneInfo) -> list[datetime]:
    """Every hour of a year in UTC, but for clock times that come a second time: a file cannot name those."""
    hours = (datetime(year, 1, 1, 12, tzinfo=UTC) + timedelta(hours=number) for number in range(365 * 24))
    return [hour for hour in hours if not hour.astimezone(zone).fold and hour.astimezone(zone).year == year]


def test_a_change_begins_by_the_clock_that_ends() -> None:
    """New York springs forward at two by its winter clock, and falls back at two by its summer clock."""
    told = lines(zone_component(NEW_YORK, 2027))

    spring, fall = told.index("BEGIN:DAYLIGHT"), told.index("DTSTART:20271107T020000") - 1
    assert told[spring + 1 : spring + 5] == [
        "DTSTART:20270314T020000",
        "TZNAME:EDT",
        "TZOFFSETFROM:-0500",
        "TZOFFSETTO:-0400",
    ]
    assert told[fall : fall + 5] == [
        "BEGIN:STANDARD",
        "DTSTART:20271107T020000",
        "TZNAME:EST",
        "TZOFFSETFROM:-0400",
        "TZOFFSETTO:-0500",
    ]


def test_what_holds_when_the_year_begins_is_told_first() -> None:
    """In a southern summer, that is the summer clock."""
    [first, *_] = changes_in(zone_component(ZoneInfo("Australia/Lord_Howe"), 2026))

    assert first == (datetime(2025, 12, 31, 13, tzinfo=UTC), timedelta(hours=11))


def test_a_zone_without_changes_has_one_part() -> None:
    assert len(changes_in(zone_component(ZoneInfo("America/Phoenix"), 2026))) == 1


@IN_EACH_ZONE
def test_every_hour_of_a_year_is_what_the_zone_says(zone: ZoneInfo) -> None:
    component = zone_component(zone, 2026)
    for hour in hours_of(2026, zone)[::3]:
        assert instant_of(f"{hour.astimezone(zone):%Y%m%dT%H%M%S}", component) == hour


@IN_EACH_ZONE
def test_another_library_reads_the_same_rules(zone: ZoneInfo) -> None:
    rules = tzical(io.StringIO("\n".join(lines(zone_component(zone, 2026))))).get()
    assert rules is not None
    for day in range(1, 365):
        morning = datetime(2026, 1, 1, 9, tzinfo=zone) + timedelta(days=day)

        assert morning.utcoffset() == morning.replace(tzinfo=rules).utcoffset()


def test_a_clock_that_changes_four_times_in_a_year_is_told_whole() -> None:
    """Morocco in 2016: summer time, back for the month of Ramadan, summer time again, and back."""
    component = zone_component(MOROCCO, 2016)

    assert len(changes_in(component)) == 5
    for hour in hours_of(2016, MOROCCO)[::24]:
        assert instant_of(f"{hour.astimezone(MOROCCO):%Y%m%dT%H%M%S}", component) == hour
