"""What people type: the right form is understood, and whatever is wrong is answered in one helpful line."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from reminders.errors import InputError
from reminders.inputs import (
    day_not_ahead,
    hint,
    read_booking_time,
    read_channels,
    read_choice,
    read_days,
    read_email,
    read_instant,
    read_line,
    read_phone,
    read_zone,
    region_of,
)
from schedules.protocol import Channel
from tests.builders import NEW_YORK, local

LONDON = ZoneInfo("Europe/London")


def refusal(read: Any, *arguments: Any) -> str:
    """The one line somebody gets who typed something wrong."""
    with pytest.raises(InputError) as caught:
        read(*arguments)
    line = str(caught.value)
    assert "\n" not in line
    return line


# Dates and times


@pytest.mark.parametrize(
    "text",
    [
        "2026-12-08 09:00",
        "2026-12-08T09:00",
        " 2026-12-08 09:00:00 ",
        "2026-12-08 09:00 -05:00",
        "2026-12-08T09:00-0500",
        "2026-12-08 14:00Z",
        "2026-12-08 15:00+01:00",
    ],
)
def test_a_date_and_time_is_read_on_the_sites_clock_or_with_its_own_offset(text: str) -> None:
    assert read_instant("--procedure", text, NEW_YORK) == datetime(2026, 12, 8, 14, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("12/08/2026", "is ambiguous (day or month first?)"),
        ("12/08/2026 09:00", "is ambiguous"),
        ("8/12/26 9am", "is ambiguous"),
        ("2026-12-08", "has no time of day"),
        ("tomorrow at nine", "is not a date and time"),
        ("2026-12-08 9:00", "is not a date and time"),
        ("", "is not a date and time"),
        ("2026-12-08 25:00", "is not a time of day"),
        ("2026-12-08 09:61", "is not a time of day"),
        ("2026-12-08 09:00+25:00", "is not a time of day"),
    ],
)
def test_what_is_no_date_and_time_is_refused_with_the_right_form(text: str, said: str) -> None:
    line = refusal(read_instant, "--procedure", text, NEW_YORK)

    assert line.startswith("--procedure: ")
    assert said in line
    assert '"2026-12-08 09:00"' in line


@pytest.mark.parametrize("text", ["2026-02-30 09:00", "2026-13-01 09:00", "2027-02-29 09:00", "2026-12-00 09:00"])
def test_a_day_that_is_not_in_the_calendar_is_refused(text: str) -> None:
    line = refusal(read_instant, "--procedure", text, NEW_YORK)

    assert line == f"--procedure: '{text[:10]}' is not a day of the calendar"


@pytest.mark.parametrize("year", [1999, 2201, 9999])
def test_a_year_that_cannot_be_right_is_refused(year: int) -> None:
    line = refusal(read_instant, "--procedure", f"{year}-12-08 09:00", NEW_YORK)

    assert line == f"--procedure: the year {year} cannot be right"


def test_a_time_the_clocks_skip_is_refused_with_the_one_that_follows() -> None:
    line = refusal(read_instant, "--procedure", "2027-03-14 02:30", NEW_YORK)

    assert line == (
        "--procedure: 2027-03-14 02:30 does not exist in America/New_York: clocks go forward; did you mean 03:30?"
    )


def test_a_time_that_comes_twice_is_refused_with_both_ways_to_write_it() -> None:
    line = refusal(read_instant, "--procedure", "2026-11-01 01:30", NEW_YORK)

    assert "exists twice in America/New_York: clocks go back" in line
    assert "2026-11-01 01:30-04:00" in line
    assert "2026-11-01 01:30-05:00" in line


@pytest.mark.parametrize(("offset", "hour"), [("-04:00", 5), ("-05:00", 6)])
def test_a_time_that_comes_twice_is_taken_with_its_offset(offset: str, hour: int) -> None:
    instant = read_instant("--procedure", f"2026-11-01 01:30{offset}", NEW_YORK)

    assert instant == datetime(2026, 11, 1, hour, 30, tzinfo=UTC)


def test_a_time_that_comes_twice_in_one_zone_comes_once_in_another() -> None:
    assert read_instant("--procedure", "2026-11-01 01:30", LONDON) == datetime(2026, 11, 1, 1, 30, tzinfo=UTC)


def test_a_booking_with_an_hour_knows_it() -> None:
    assert read_booking_time("--procedure", "2026-12-08 09:00", NEW_YORK) == (local("2026-12-08 09:00"), True)


def test_a_booking_without_an_hour_stands_for_seven_in_the_morning_at_the_site() -> None:
    assert read_booking_time("--procedure", " 2026-12-08 ", NEW_YORK) == (local("2026-12-08 07:00"), False)


def test_a_booking_without_an_hour_still_needs_a_day_of_the_calendar() -> None:
    assert "2026-02-30" in refusal(read_booking_time, "--procedure", "2026-02-30", NEW_YORK)


# Zones and words


def test_a_zone_is_read_by_its_name() -> None:
    assert read_zone("--zone", "America/Chicago").key == "America/Chicago"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("America/Chicgo", "America/Chicago"),
        ("america/new_york", "America/New_York"),
        ("Europe/Londn", "Europe/London"),
    ],
)
def test_an_unknown_zone_is_refused_with_the_nearest(text: str, meant: str) -> None:
    line = refusal(read_zone, "--zone", text)

    assert line == f"--zone: unknown time zone '{text}'; did you mean {meant}?"


@pytest.mark.parametrize("text", ["../../etc/passwd", "", "\x00", "Middle/Of/Nowhere"])
def test_what_is_no_zone_at_all_is_refused(text: str) -> None:
    assert "--zone: unknown time zone" in refusal(read_zone, "--zone", text)


def test_a_word_far_from_every_known_one_gets_no_hint() -> None:
    assert hint("xyzzy", ["main", "north"]) == ""


def test_a_hint_shows_the_word_as_it_is_written() -> None:
    assert hint("coumadn", ["Coumadin"]) == "; did you mean Coumadin?"


def test_one_of_some_words_is_taken() -> None:
    assert read_choice("--sedation", "none", ["none", "moderate"]) == "none"


def test_a_word_that_is_not_one_of_them_is_refused_with_the_nearest_and_all() -> None:
    line = refusal(read_choice, "--sedation", "moderat", ["none", "moderate"])

    assert line == "--sedation: 'moderat' is not known; did you mean moderate?; it can be moderate, none"


def test_a_date_that_has_begun_asks_for_the_hour_and_names_none() -> None:
    begun = day_not_ahead("--to", local("2026-11-20 07:00"), local("2026-11-20 12:00"), NEW_YORK)
    over = day_not_ahead("--to", local("2026-11-19 07:00"), local("2026-11-20 12:00"), NEW_YORK)

    assert str(begun) == '--to: 2026-11-20 has begun at the site; give the hour too, written like "2026-12-08 09:00"'
    assert str(over) == "--to: 2026-11-19 lies in the past"


def test_another_word_is_not_taken_for_a_misspelled_one() -> None:
    line = refusal(read_choice, "--reason", "died", ["admitted", "deceased"])

    assert line == "--reason: 'died' is not known; it can be admitted, deceased"


# One line of text


def test_blanks_around_a_line_are_dropped() -> None:
    assert read_line("--name", "  Pat Example ") == "Pat Example"


def test_a_letter_written_in_two_parts_becomes_one() -> None:
    assert read_line("--name", "Jose\u0301") == "Jos\u00e9"


def test_names_of_other_alphabets_are_names() -> None:
    assert read_line("--name", "Ñandú Ōkubo-李") == "Ñandú Ōkubo-李"


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_an_empty_line_is_refused(text: str) -> None:
    assert refusal(read_line, "--name", text) == "--name: must not be empty"


@pytest.mark.parametrize(
    "text",
    [
        "Pat\nExample",
        "Pat\r\nBcc: someone@example.org",
        "Pat\x00Example",
        "Pat\x1b[31mExample",
        "Pat\u2028Example",
        "Pat\u2029Example",
        "Pat\u202eelpmaxE",
        "Pat\u2066Example",
        "Pat\u200bExample",
        "Pat\ufeffExample",
        "Pat\ud800Example",
        "Pat\ue000Example",
        "Pat\tExample",
        "Pat\x85Example",
    ],
)
def test_marks_that_hide_break_or_turn_a_line_are_refused(text: str) -> None:
    line = refusal(read_line, "--name", text)

    assert line == "--name: holds control characters or line breaks; write one plain line"


def test_a_line_that_is_too_long_is_refused() -> None:
    assert len(read_line("--name", "x" * 100)) == 100
    assert refusal(read_line, "--name", "x" * 101) == "--name: is longer than 100 characters"


def test_a_refused_line_is_not_repeated() -> None:
    assert "Example" not in refusal(read_line, "--name", "Pat\nExample")


# Phones


@pytest.mark.parametrize("text", ["+12125550123", "212-555-0123", "(212) 555-0123", "+1 212 555 0123", "1 2125550123"])
def test_a_phone_is_understood_as_people_write_it(text: str) -> None:
    assert read_phone("--phone", text, "US") == "+12125550123"


def test_a_phone_of_another_country_is_taken_with_its_plus() -> None:
    assert read_phone("--phone", "+44 20 7946 0958", "US") == "+442079460958"


@pytest.mark.parametrize("text", ["hello", "+", "-", "Pat Example", "0" * 30, "+999123456789"])
def test_what_is_no_phone_is_refused_with_the_right_form(text: str) -> None:
    assert refusal(read_phone, "--phone", text, "US") == "--phone: not a phone number; write it like +12125550123"


@pytest.mark.parametrize("text", ["12", "555-0123", "212555012", "21255501234", "212-055-0123"])
def test_a_number_that_is_nobodys_is_refused_without_repeating_it(text: str) -> None:
    line = refusal(read_phone, "--phone", text, "US")

    assert line.startswith("--phone: not a valid phone number in US")
    assert text not in line


def test_a_phone_of_another_country_without_its_plus_is_refused_with_what_to_add() -> None:
    line = refusal(read_phone, "--phone", "020 7946 0958", "US")

    assert line == "--phone: not a valid phone number in US; a number of another country needs its + and code"


def test_a_phone_that_cannot_exist_though_it_has_its_plus_is_refused() -> None:
    assert refusal(read_phone, "--phone", "+1 099 555 0123", "US") == "--phone: not a valid phone number"


@pytest.mark.parametrize("text", ["212-555-0123 ext. 45", "+12125550123x45", "2125550123;ext=45"])
def test_an_extension_is_refused_for_no_text_can_reach_it(text: str) -> None:
    assert refusal(read_phone, "--phone", text, "US") == (
        "--phone: a phone number without an extension is needed: no message reaches one"
    )


@pytest.mark.parametrize("text", ["+1212\u202e5550123", "+1212\n5550123", ""])
def test_a_phone_is_one_plain_line(text: str) -> None:
    assert refusal(read_phone, "--phone", text, "US").startswith("--phone: ")


@pytest.mark.parametrize(("phone", "region"), [("+12125550100", "US"), ("+442079460958", "GB"), ("+16135550100", "CA")])
def test_the_country_of_a_site_is_the_one_of_its_phone(phone: str, region: str) -> None:
    assert region_of(phone) == region


def test_a_site_whose_phone_belongs_to_no_country_reads_numbers_as_american() -> None:
    assert region_of("+80012345678") in ("001", "US")


# E-mail


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("pat@example.org", "pat@example.org"),
        (" Pat.Example+clinic@Example.ORG ", "Pat.Example+clinic@example.org"),
        ("o'hara_9@mail.example.co.uk", "o'hara_9@mail.example.co.uk"),
    ],
)
def test_an_address_keeps_its_name_and_its_domain_becomes_small(text: str, read: str) -> None:
    assert read_email("--email", text) == read


@pytest.mark.parametrize(
    "text",
    [
        "pat",
        "pat@",
        "@example.org",
        "pat@example",
        "pat@@example.org",
        "pat example@example.org",
        "pat@example..org",
        "pat..example@example.org",
        "pat@-example.org",
        "pat@example.org, other@example.org",
        "Pat <pat@example.org>",
        "pat@example.org\r\nBcc: other@example.org",
        "pat@exam\u200bple.org",
        "pat\u202e@example.org",
        "x" * 250 + "@example.org",
    ],
)
def test_what_is_no_single_address_is_refused_without_repeating_it(text: str) -> None:
    line = refusal(read_email, "--email", text)

    assert line.startswith("--email: ")
    assert text not in line.removesuffix("someone@example.org")


# Channels and days


def test_channels_keep_the_order_in_which_they_are_named() -> None:
    assert read_channels("--consent", "email, sms") == (Channel.EMAIL, Channel.SMS)


@pytest.mark.parametrize("text", ["", " , ,"])
def test_no_channel_at_all_is_refused(text: str) -> None:
    assert refusal(read_channels, "--consent", text) == "--consent: name at least one of sms, email, voice"


def test_an_unknown_channel_is_refused_with_the_nearest() -> None:
    assert "did you mean email?" in refusal(read_channels, "--consent", "sms,e-mail")


def test_a_channel_named_twice_is_refused() -> None:
    assert refusal(read_channels, "--consent", "sms,sms") == "--consent: names a channel twice"


@pytest.mark.parametrize("text", ["warfarin=5", " warfarin = 5 "])
def test_a_drug_and_its_days_are_read(text: str) -> None:
    assert read_days("--hold", text, 0, 30) == ("warfarin", 5)


@pytest.mark.parametrize("text", ["warfarin", "warfarin=", "=5", "warfarin=five", "warfarin=5.5", "warfarin=5=6", ""])
def test_what_is_no_drug_with_whole_days_is_refused_with_an_example(text: str) -> None:
    assert "must look like warfarin=5" in refusal(read_days, "--hold", text, 0, 30)


@pytest.mark.parametrize("days", [0, 30])
def test_the_first_and_the_last_permitted_day_are_permitted(days: int) -> None:
    assert read_days("--hold", f"warfarin={days}", 0, 30) == ("warfarin", days)


@pytest.mark.parametrize("days", [-1, 31, 9999])
def test_days_outside_the_permitted_ones_are_refused(days: int) -> None:
    assert refusal(read_days, "--hold", f"warfarin={days}", 0, 30) == f"--hold: {days} days is outside 0 to 30"
