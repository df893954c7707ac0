"""The calendar file, read back: what it says, when, and what it keeps to itself."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from icalendar import Calendar

from reminders.texts.calendar_entry import CalendarEntry, CalendarFile, cancel, publish
from tests.builders import NEW_YORK, local, utc
from tests.reminders.zone_rules import ZONES, instant_of

NOW = utc("2026-11-24 15:00")
IN_EACH_ZONE = pytest.mark.parametrize("zone", [*map(ZoneInfo, (*ZONES, "UTC"))], ids=str)


def an_entry(start: str | datetime = "2026-12-08 09:00", minutes: int | None = 60, **changes: Any) -> CalendarEntry:
    """A Tuesday morning in New York; times are New York's, or instants."""
    starts = local(start) if isinstance(start, str) else start
    values: dict[str, Any] = {
        "uid": "0123456789abcdef" * 2,
        "revision": 1,
        "title": "Your visit at Example Radiology",
        "note": "Questions? Call (212) 555-0100.",
        "location": "1 Example Street, New York",
        "contact": "Example Radiology, (212) 555-0100",
        "starts": starts,
        "ends": None if minutes is None else starts + timedelta(minutes=minutes),
        "zone": NEW_YORK,
    }
    return CalendarEntry(**values | changes)


def read(file: CalendarFile) -> Any:
    """The calendar in it, as its library reads it."""
    return Calendar.from_ical(file.content)


def event_of(file: CalendarFile) -> Any:
    [event] = read(file).events
    return event


def lines(file: CalendarFile) -> list[str]:
    """The content lines, unfolded."""
    return re.sub("\r\n ", "", file.content.decode()).split("\r\n")


def instants(file: CalendarFile) -> tuple[datetime, datetime]:
    """Start and end in UTC, by the rules in the file alone."""
    event = lines(file)[lines(file).index("BEGIN:VEVENT") :]
    starts, ends = (next(line for line in event if line.startswith(name)) for name in ("DTSTART", "DTEND"))
    if starts.endswith("Z"):
        return datetime.fromisoformat(starts[-16:]), datetime.fromisoformat(ends[-16:])
    [zone] = read(file).timezones
    return instant_of(starts[-15:], zone), instant_of(ends[-15:], zone)


# What it says


def test_a_published_entry_says_where_when_and_whom_to_call() -> None:
    event = event_of(publish(an_entry(), NOW))

    assert (event["SUMMARY"], event["LOCATION"]) == ("Your visit at Example Radiology", "1 Example Street, New York")
    assert (event["CONTACT"], event["DESCRIPTION"]) == (
        "Example Radiology, (212) 555-0100",
        "Questions? Call (212) 555-0100.",
    )
    assert (event.start, event.end) == (local("2026-12-08 09:00"), local("2026-12-08 10:00"))


def test_it_is_written_on_the_sites_clock() -> None:
    assert "DTSTART;TZID=America/New_York:20261208T090000" in lines(publish(an_entry(), NOW))


def test_nobody_is_asked_to_accept_or_decline() -> None:
    calendar = read(publish(an_entry(), NOW))

    assert calendar["METHOD"] == "PUBLISH"
    assert not {"ATTENDEE", "ORGANIZER"} & calendar.events[0].keys()


def test_who_shares_the_calendar_sees_only_that_the_time_is_taken() -> None:
    event = event_of(publish(an_entry(), NOW))

    assert event["CLASS"] == "PRIVATE"
    assert event.get("TRANSP", "OPAQUE") == "OPAQUE"


def test_the_media_type_names_the_method_that_the_file_names() -> None:
    assert publish(an_entry(), NOW).media_type == "text/calendar; method=PUBLISH; charset=utf-8"
    assert cancel(an_entry(), NOW).media_type == "text/calendar; method=CANCEL; charset=utf-8"


def test_it_is_stamped_with_the_instant_it_was_made_and_the_plans_revision() -> None:
    event = event_of(publish(an_entry(revision=3), NOW + timedelta(microseconds=5)))

    assert event["DTSTAMP"].dt == NOW
    assert event["SEQUENCE"] == 3


def test_the_same_entry_at_the_same_instant_is_the_same_file() -> None:
    assert publish(an_entry(), NOW) == publish(an_entry(), NOW)


def test_a_changed_plan_keeps_the_uid_and_has_a_higher_sequence() -> None:
    first, then = (
        event_of(publish(an_entry(start, revision=revision), NOW))
        for start, revision in (("2026-12-08 09:00", 1), ("2026-12-15 09:00", 2))
    )

    assert first["UID"] == then["UID"]
    assert first["SEQUENCE"] < then["SEQUENCE"]


def test_a_file_does_not_show_its_content_in_its_repr() -> None:
    assert "Example" not in repr(publish(an_entry(), NOW))


# The alarm


def test_the_alarm_rings_a_day_before() -> None:
    [alarm] = event_of(publish(an_entry(), NOW)).alarms.times

    assert alarm.trigger == local("2026-12-07 09:00")


def test_the_alarm_is_shown_and_says_no_more_than_the_title() -> None:
    [alarm] = event_of(publish(an_entry(), NOW)).walk("VALARM")

    assert (alarm["ACTION"], alarm["DESCRIPTION"]) == ("DISPLAY", "Your visit at Example Radiology")


def test_the_alarm_of_an_entry_without_an_hour_rings_in_the_morning_and_not_at_midnight() -> None:
    [alarm] = event_of(publish(an_entry(all_day=True), NOW)).walk("VALARM")

    assert local("2026-12-08 00:00") + alarm["TRIGGER"].dt == local("2026-12-07 09:00")


# When


def test_a_booking_without_an_hour_is_a_whole_day_and_names_none() -> None:
    file = publish(an_entry("2026-12-08 07:00", all_day=True), NOW)

    assert (event_of(file).start, event_of(file).end) == (date(2026, 12, 8), date(2026, 12, 9))
    assert not re.search(r"T0?7:?00", file.content.decode())
    assert read(file).timezones == []


def test_a_whole_day_is_the_sites_day() -> None:
    late = an_entry(utc("2026-12-09 03:00"), all_day=True)

    assert event_of(publish(late, NOW)).start == date(2026, 12, 8)


def test_an_entry_of_unknown_length_has_no_end() -> None:
    event = event_of(publish(an_entry(minutes=None), NOW))

    assert "DTEND" not in event
    assert "DURATION" not in event


def test_an_hour_across_the_gap_lasts_an_hour() -> None:
    file = publish(an_entry("2027-03-14 01:30"), NOW)

    assert "DTEND;TZID=America/New_York:20270314T033000" in lines(file)
    assert instants(file) == (utc("2027-03-14 06:30"), utc("2027-03-14 07:30"))


@pytest.mark.parametrize("day", ["2027-03-13", "2027-03-14", "2027-03-15", "2026-10-31", "2026-11-01", "2026-11-02"])
def test_nine_in_the_morning_is_nine_in_the_morning_around_a_clock_change(day: str) -> None:
    file = publish(an_entry(f"{day} 09:00"), NOW)

    assert f"DTSTART;TZID=America/New_York:{day.replace('-', '')}T090000" in lines(file)
    assert instants(file)[0] == local(f"{day} 09:00")


def test_the_zones_rules_of_one_year_travel_and_no_more() -> None:
    file = publish(an_entry(), NOW)

    assert len(file.content) < 1200
    assert "RDATE" not in file.content.decode()


def test_a_site_on_universal_time_needs_no_zone() -> None:
    file = publish(an_entry(zone=ZoneInfo("UTC")), NOW)

    assert read(file).timezones == []
    assert "DTSTART:20261208T140000Z" in lines(file)


@IN_EACH_ZONE
def test_every_morning_of_a_year_is_read_back_as_it_was_booked(zone: ZoneInfo) -> None:
    for day in range(0, 365, 3):
        starts = datetime(2026, 1, 1, 8, 30, tzinfo=zone) + timedelta(days=day)  # on the site's clock

        assert instants(publish(an_entry(starts, zone=zone), NOW)) == (starts, starts + timedelta(hours=1))


@given(
    starts=st.datetimes(datetime(2026, 1, 1), datetime(2036, 12, 31)),  # noqa: DTZ001 - made aware below
    minutes=st.integers(1, 1440),
    zone=st.sampled_from((*ZONES, "UTC")),
)
def test_any_instant_is_read_back_as_it_was_booked(starts: datetime, minutes: int, zone: str) -> None:
    starts = starts.replace(second=0, microsecond=0, tzinfo=UTC)
    ends = starts + timedelta(minutes=minutes)
    assume(not any(instant.astimezone(ZoneInfo(zone)).fold for instant in (starts, ends)))

    assert instants(publish(an_entry(starts, minutes, zone=ZoneInfo(zone)), NOW)) == (starts, ends)


# How it is written


RESERVED = 'Example; Radiology, \\ "North" : one\nway'


def test_reserved_characters_are_escaped_and_come_back() -> None:
    file = publish(an_entry(title=RESERVED, location=RESERVED, contact=RESERVED, note=RESERVED), NOW)

    assert 'SUMMARY:Example\\; Radiology\\, \\\\ "North" : one\\nway' in lines(file)
    event = event_of(file)
    assert {str(event[name]) for name in ("SUMMARY", "LOCATION", "CONTACT", "DESCRIPTION")} == {RESERVED}


def test_a_text_cannot_add_a_line() -> None:
    file = publish(an_entry(title="Visit\r\nATTENDEE:mailto:other@example.org"), NOW)

    assert not [line for line in lines(file) if line.startswith("ATTENDEE")]


@given(text=st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=300))
def test_no_line_is_longer_than_75_octets_and_every_letter_stays_whole(text: str) -> None:
    file = publish(an_entry(note=f"a{text}z"), NOW)

    assert all(len(line) <= 75 for line in file.content.split(b"\r\n"))
    assert str(event_of(file)["DESCRIPTION"]) == f"a{text}z"
    assert all(line.decode() is not None for line in file.content.split(b"\r\n"))


def test_lines_end_as_the_standard_says() -> None:
    content = publish(an_entry(), NOW).content

    assert content.endswith(b"END:VCALENDAR\r\n")
    assert content.count(b"\n") == content.count(b"\r\n")


# Taking it away


def test_a_cancelled_entry_is_the_same_one_with_a_higher_sequence() -> None:
    published, cancelled = event_of(publish(an_entry(), NOW)), event_of(cancel(an_entry(revision=2), NOW))

    assert cancelled["UID"] == published["UID"]
    assert cancelled["SEQUENCE"] > published["SEQUENCE"]
    assert cancelled.start == published.start


def test_a_cancelled_entry_says_so_twice_and_rings_no_alarm() -> None:
    calendar = read(cancel(an_entry(revision=2), NOW))

    assert (calendar["METHOD"], calendar.events[0]["STATUS"]) == ("CANCEL", "CANCELLED")
    assert calendar.walk("VALARM") == []


def test_a_cancelled_entry_without_an_hour_is_still_a_whole_day() -> None:
    assert event_of(cancel(an_entry(revision=2, all_day=True), NOW)).start == date(2026, 12, 8)
