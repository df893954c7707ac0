"""What cannot be right is refused in one line that says what would be, and nothing is written."""

from typing import Any

import pytest

from tests.reminders.cli.running import PATIENT, Cli, Installation, reads, words_of

HELD = {"hold": "warfarin=5", "ordered_by": "Dr. Example"}
NO_LINE = "holds control characters or line breaks; write one plain line"

# What both `preview` and `enroll` are told about a procedure, and the line they refuse it with.
BOOKINGS: list[tuple[dict[str, Any], str]] = [
    ({"procedure": "2026-11-20 11:59"}, "--procedure: 2026-11-20 11:59 lies in the past"),
    ({"procedure": "2029-12-08 21:00"}, "--procedure: 2029-12-08 is more than two years ahead; is the year right?"),
    (
        {"procedure": "2027-03-14 02:30"},
        "--procedure: 2027-03-14 02:30 does not exist in America/New_York: clocks go forward; did you mean 03:30?",
    ),
    (
        {"procedure": "2027-11-07 01:30"},
        "--procedure: 2027-11-07 01:30 exists twice in America/New_York: clocks go back; "
        "write 2027-11-07 01:30-04:00 or 2027-11-07 01:30-05:00",
    ),
    (
        {"procedure": "12/08/2026"},
        "--procedure: '12/08/2026' is ambiguous (day or month first?); write it like \"2026-12-08 09:00\"",
    ),
    ({"procedure": "12/08/2026 09:00"}, "--procedure: … is ambiguous …"),
    ({"procedure": "2027-02-30 09:00"}, "--procedure: '2027-02-30' is not a day of the calendar"),
    ({"procedure": "2027-02-30"}, "--procedure: '2027-02-30' is not a day of the calendar"),
    ({"procedure": "9999-12-08 09:00"}, "--procedure: the year 9999 cannot be right"),
    ({"procedure": "9999-12-31"}, "--procedure: the year 9999 cannot be right"),
    ({"procedure": "2026-12-08 25:00"}, "--procedure: '2026-12-08 25:00' is not a time of day; write it like …"),
    ({"procedure": "2026-12-08 09:00+25:00"}, "--procedure: … is not a time of day; write it like …"),
    ({"procedure": "next Tuesday"}, "--procedure: 'next Tuesday' is not a date and time; write it like …"),
    ({"procedure": ""}, "--procedure: '' is not a date and time; write it like …"),
    ({"zone": "America/Chigaco"}, "--zone: unknown time zone 'America/Chigaco'; did you mean America/Chicago?"),
    ({"zone": "Mars/Olympus"}, "--zone: unknown time zone 'Mars/Olympus'…"),
    ({"zone": ""}, "--zone: unknown time zone ''; write it like America/New_York"),
    ({"zone": "../../etc/passwd"}, "--zone: unknown time zone …"),
    (
        {"procedure": "2026-11-20"},
        '--procedure: 2026-11-20 has begun at the site; give the hour too, written like "2026-12-08 09:00"',
    ),
    ({"procedure": "2026-11-19"}, "--procedure: 2026-11-19 lies in the past"),
    ({"site": "mian"}, "--site: 'mian' is not known; did you mean main?; it can be main"),
    ({"language": "ess"}, "--language: 'ess' is not known; did you mean es?; it can be en, es"),
    ({"sedation": "moderat"}, "--sedation: 'moderat' is not known; did you mean moderate?; it can be …"),
    ({"protocol": "vertebroplsty"}, "protocol 'vertebroplsty' is not known; did you mean 'vertebroplasty'?"),
    ({"hold": "warfrin=5", "ordered_by": "Dr. Example"}, "--hold: drug 'warfrin' is not in the list; … warfarin?"),
    ({"takes": "warfrin"}, "--takes: drug 'warfrin' is not in the list; did you mean warfarin?"),
    (HELD | {"hold": "warfarin=-1"}, "--hold: -1 days is outside 0 to 30"),
    (HELD | {"hold": "warfarin=31"}, "--hold: 31 days is outside 0 to 30"),
    (HELD | {"hold": "warfarin=5.5"}, "--hold: 'warfarin=5.5' must look like warfarin=5 (drug and whole days)"),
    (HELD | {"hold": "warfarin"}, "--hold: 'warfarin' must look like warfarin=5 (drug and whole days)"),
    (HELD | {"hold": ["warfarin=5", "warfarin=4"]}, "--hold: warfarin is given twice"),
    ({"hold": "warfarin=5"}, "--ordered-by: a hold needs the name of who ordered it; …"),
    (HELD | {"ordered_by": ""}, "--ordered-by: a hold needs the name of who ordered it; …"),
    (HELD | {"ordered_by": "Dr.\tExample"}, f"--ordered-by: {NO_LINE}"),
    (HELD | {"resume": "warfarin=0"}, "--resume: 0 days is outside 1 to 30"),
    (HELD | {"resume": "warfarin=31"}, "--resume: 31 days is outside 1 to 30"),
    (HELD | {"resume": "clopidogrel=1"}, "--resume: clopidogrel is not held for a day or more; …"),
    (HELD | {"hold": "warfarin=0", "resume": "warfarin=1"}, "--resume: warfarin is not held for a day or more; …"),
    ({"visit": "2026-12-08 08:00"}, "--visit: must lie after the procedure"),
    ({"visit": "2027-01-08"}, "--visit: '2027-01-08' has no time of day; write it like …"),
    ({"visit": "2037-01-08 10:30"}, "--visit: is more than two years after the procedure; is the year right?"),
    ({"consent": "pigeon"}, "--consent: 'pigeon' is not known; it can be email, sms, voice"),
    ({"consent": "sms,sms"}, "--consent: names a channel twice"),
    ({"consent": ","}, "--consent: name at least one of sms, email, voice"),
]

# What only `enroll` is told: the patient.
PATIENTS: list[tuple[dict[str, Any], str]] = [
    ({"phone": "not a phone"}, "--phone: not a phone number; write it like +12125550123"),
    ({"phone": "12345"}, "--phone: not a valid phone number in US; …"),
    ({"phone": "020 7946 0018"}, "--phone: not a valid phone number in US; a number of another country needs its + …"),
    ({"phone": "+1 212 555 0123 ext. 4"}, "--phone: a phone number without an extension is needed: …"),
    ({"phone": "+12125550123\x00"}, f"--phone: {NO_LINE}"),
    ({"email": "pat.example.org", "consent": "email"}, "--email: not an e-mail address; …"),
    ({"email": "pat@example.org\nBcc: all@example.org", "consent": "email"}, f"--email: {NO_LINE}"),
    ({"email": "Pat <pat@example.org>", "consent": "email"}, "--email: not an e-mail address; …"),
    ({"consent": "sms,email"}, "--consent: email needs --email"),
    ({"consent": "email,voice", "phone": None, "email": "pat@example.org"}, "--consent: voice needs --phone"),
    ({"name": "Pat\nExample"}, f"--name: {NO_LINE}"),
    ({"name": "Pat \u202eExample"}, f"--name: {NO_LINE}"),
    ({"name": "   "}, "--name: must not be empty"),
    ({"name": "P" * 101}, "--name: is longer than 100 characters"),
    ({"mrn": "47\x1b[2J11"}, f"--mrn: {NO_LINE}"),
    ({"by": ""}, "--by: must not be empty"),
    ({"by": "Chris\nCoordinator"}, f"--by: {NO_LINE}"),
]

# What only `preview` is told.
SUPPOSED: list[tuple[dict[str, Any], str]] = [
    ({"now": "11/20/2026"}, "--now: '11/20/2026' is ambiguous (day or month first?); write it like …"),
    ({"now": "2026-11-20"}, "--now: '2026-11-20' has no time of day; write it like …"),
    ({"now": "2026-11-31 12:00"}, "--now: '2026-11-31' is not a day of the calendar"),
    ({"now": "noon"}, "--now: 'noon' is not a date and time; write it like …"),
    ({"now": "2026-12-08 09:00"}, "--procedure: 2026-12-08 09:00 lies in the past"),
    ({"ended": "2026-12-08"}, "--ended: '2026-12-08' has no time of day; write it like …"),
    ({"ended": "2026-12-08 02:59"}, "--ended: must lie from 6 hours before to 24 hours after the planned start"),
    ({"ended": "2026-12-09 09:01"}, "--ended: must lie from 6 hours before to 24 hours after the planned start"),
]


def named(value: object) -> str | None:
    """The name of a case: the options as typed."""
    return ascii(" ".join(words_of(value))) if isinstance(value, dict) else ""


@pytest.mark.parametrize(("options", "line"), [*BOOKINGS, *PATIENTS], ids=named)
def test_enroll_refuses_what_cannot_be_right_and_writes_nothing(
    options: dict[str, Any], line: str, cli: Cli, installation: Installation
) -> None:
    before = installation.rows()
    refusal = cli("enroll", *words_of(PATIENT | options), "--json").refusal
    assert reads(refusal, line), refusal
    assert installation.rows() == before


@pytest.mark.parametrize(("options", "line"), [*BOOKINGS, *SUPPOSED], ids=named)
def test_preview_refuses_what_cannot_be_right(
    options: dict[str, Any], line: str, cli: Cli, installation: Installation
) -> None:
    refusal = cli("preview", *words_of({"procedure": "2026-12-08 09:00"} | options), "--json").refusal
    assert reads(refusal, line), refusal


@pytest.mark.parametrize("left_out", ["name", "phone", "procedure", "consent"])
def test_in_a_script_a_required_option_left_out_is_refused(left_out: str, cli: Cli, installation: Installation) -> None:
    before = installation.rows()
    refusal = cli("enroll", *words_of(PATIENT | {left_out: None})).refusal
    assert refusal == f"--{left_out}: is required"
    assert installation.rows() == before


def test_in_a_script_a_preview_without_a_procedure_is_refused(cli: Cli, installation: Installation) -> None:
    assert cli("preview").refusal == "--procedure: is required"


def test_with_several_sites_and_none_called_main_one_must_be_chosen(cli: Cli, installation: Installation) -> None:
    installation.replace_setting("[sites.main]", "[sites.east]")
    installation.add_settings('[sites.west]\nname = "West"\nphone = "+12125550101"\naddress = "2 Example Street"\n')
    installation.add_settings('time_zone = "America/Los_Angeles"\n')
    assert cli("preview", "--procedure", "2026-12-08 09:00").refusal == "--site: which one? east, west"


def test_on_trial_a_wrong_input_is_refused_as_well(cli: Cli, installation: Installation) -> None:
    refusal = cli("enroll", *words_of(PATIENT | {"phone": "12345"}), "--dry-run").refusal
    assert refusal.startswith("--phone: ")
