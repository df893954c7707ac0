"""`reschedule`, `arrival`, `visit`, `order`, `contact`, `complete --correct|--not-done`: one shape of answer."""

from typing import Any

import pytest
from freezegun.api import FrozenDateTimeFactory

from tests.reminders.cli.running import WARFARIN, Cli, Document, Installation, move_to, reads, words_of
from tests.reminders.cli.test_changes import assert_is_change

CHANGES: dict[str, dict[str, Any]] = {
    "reschedule": {"to": "2026-12-15 09:00"},
    "arrival": {"at": "07:30"},
    "visit": {"at": "2027-01-08 10:30"},
    "order": {"hold": "warfarin=4", "resume": "warfarin=2", "ordered_by": "Dr. Other"},
    "contact": {"phone": "+12125550124"},
    "cancel": {"reason": "hospital"},
}


@pytest.fixture
def enrolled(cli: Cli, installation: Installation) -> str:
    """A patient with an order who was welcomed and told nothing else."""
    id_ = cli.enrolled_id(**WARFARIN)
    cli.run_once()
    return id_


def moves(document: Document) -> dict[str, tuple[str | None, str | None]]:
    return {row["key"]: (row["from"], row["to"]) for row in document["moved"]}


# Every change


@pytest.mark.parametrize("command", CHANGES)
def test_every_change_answers_in_one_shape(command: str, cli: Cli, either_installation: Installation) -> None:
    enrolled = cli.enrolled_id(**WARFARIN)
    assert_is_change(cli.read(command, enrolled, *words_of(CHANGES[command])), enrolled)


@pytest.mark.parametrize("command", CHANGES)
def test_on_trial_every_change_answers_the_same_and_does_nothing(
    command: str, cli: Cli, installation: Installation, enrolled: str
) -> None:
    words = (command, enrolled, *words_of(CHANGES[command]))
    before = (installation.rows(), cli.read("show", enrolled), cli.read("history", enrolled))
    answer = cli(*words, "--dry-run", "--json")
    assert answer.err.splitlines()[0] == "dry run: nothing was changed"
    assert (installation.rows(), cli.read("show", enrolled), cli.read("history", enrolled)) == before
    done = cli.read(*words)
    for name in ("moved", "withdrawn", "corrections"):
        assert answer.document[name] == done[name]


@pytest.mark.parametrize("command", CHANGES)
def test_every_change_says_in_the_history_who_made_it(command: str, cli: Cli, enrolled: str) -> None:
    cli.read(command, enrolled, *words_of(CHANGES[command]), "--by", "Sam Coordinator")
    event = cli.read("history", enrolled)["events"][-1]
    assert (event["by"], event["action"]) == ("Sam Coordinator", command)


@pytest.mark.parametrize("command", CHANGES)
def test_nothing_changes_any_more_once_it_is_cancelled(command: str, cli: Cli, enrolled: str) -> None:
    cli.read("cancel", enrolled, "--reason", "patient")
    refusal = cli(command, enrolled, *words_of(CHANGES[command])).refusal
    assert refusal == f"enrollment {enrolled} is cancelled: nothing was changed"


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("reschedule", {"to": None}, "--to: is required"),
    ("reschedule", {"to": "12/15/2026"}, "--to: '12/15/2026' is ambiguous …"),
    ("reschedule", {"to": "2026-11-20 11:00"}, "--to: 2026-11-20 11:00 lies in the past"),
    ("reschedule", {"to": "2027-03-14 02:30"}, "--to: 2027-03-14 02:30 does not exist in America/New_York: …"),
    ("reschedule", {"to": "2029-12-15 21:00"}, "--to: 2029-12-15 is more than two years ahead; is the year right?"),
    ("arrival", {"at": None}, "--at: is required"),
    ("arrival", {"at": "7:30"}, "--at: '7:30' is not a clock time; write it like 07:30"),
    ("arrival", {"at": "25:00"}, "--at: … is not a time of day; …"),
    ("arrival", {"at": "09:01"}, "--at: must lie within 12 hours before the start (09:00 site time)"),
    ("visit", {"at": None}, "--at: is required"),
    ("visit", {"at": "2027-01-08"}, "--at: '2027-01-08' has no time of day; …"),
    ("visit", {"at": "2026-12-08 08:00"}, "--at: must lie after the procedure, and ahead"),
    ("visit", {"at": "2030-01-08 21:00"}, "--at: 2030-01-08 is more than two years ahead; is the year right?"),
    ("order", {"hold": None}, "--hold: is required"),
    ("order", {"hold": "warfarin=31"}, "--hold: 31 days is outside 0 to 30"),
    ("order", {"hold": "warfrin=4"}, "--hold: drug 'warfrin' is not in the list; did you mean warfarin?"),
    ("order", {"ordered_by": None}, "--ordered-by: is required"),
    ("order", {"resume": "warfarin=0"}, "--resume: 0 days is outside 1 to 30"),
    ("order", {"resume": "clopidogrel=1"}, "--resume: clopidogrel is not held for a day or more; …"),
    ("contact", {"phone": None}, "contact: say what changed, as in --phone +12125550123"),
    ("contact", {"phone": "12345"}, "--phone: not a valid phone number in US; …"),
    ("contact", {"phone": None, "email": "pat"}, "--email: not an e-mail address; …"),
    (
        "contact",
        {"phone": None, "zone": "America/Chigaco"},
        "--zone: unknown time zone …; did you mean America/Chicago?",
    ),
    ("contact", {"phone": None, "consent": "email"}, "--consent: email needs --email"),
    ("contact", {"phone": None, "name": "Pat\nExample"}, "--name: holds control characters or line breaks; …"),
    ("contact", {"phone": None, "language": "ess"}, "--language: 'ess' is not known; …"),
    ("contact", {"phone": ""}, "--phone: must not be empty"),
    ("contact", {"phone": None, "consent": ""}, "--consent: name at least one of sms, email, voice"),
    ("contact", {"phone": None, "zone": ""}, "--zone: unknown time zone ''; write it like America/New_York"),
    ("contact", {"phone": None, "language": ""}, "--language: '' is not known; it can be en, es"),
    ("contact", {"by": ""}, "--by: must not be empty"),
]


@pytest.mark.parametrize(("command", "options", "line"), REFUSED, ids=str)
def test_a_change_that_cannot_be_right_changes_nothing(
    command: str, options: dict[str, Any], line: str, cli: Cli, installation: Installation, enrolled: str
) -> None:
    before = (installation.rows(), cli.read("show", enrolled))
    refusal = cli(command, enrolled, *words_of(CHANGES[command] | options)).refusal
    assert reads(refusal, line), refusal
    assert (installation.rows(), cli.read("show", enrolled)) == before


SAME: list[tuple[str, str, str]] = [
    ("reschedule", "--to", "2026-12-08 09:00"),
    ("arrival", "--at", "07:30"),
    ("visit", "--at", "2027-01-08 10:30"),
    ("contact", "--phone", "+1 (212) 555-0123"),
    ("contact", "--name", "Pat Example"),
    ("contact", "--zone", "America/New_York"),
    ("contact", "--language", "en"),
    ("contact", "--consent", "sms"),
]


@pytest.mark.parametrize(("command", "option", "value"), SAME)
def test_the_same_again_is_said_to_be_there_already_and_changes_nothing(
    command: str, option: str, value: str, cli: Cli, installation: Installation, enrolled: str
) -> None:
    if command in ("arrival", "visit"):
        cli.read(command, enrolled, option, value)
    before = (installation.rows(), cli.read("show", enrolled))
    answer = cli(command, enrolled, option, value, "--json")
    assert answer.err.endswith("nothing was changed\n")
    assert (answer.document["moved"], answer.document["corrections"]) == ([], [])
    assert (installation.rows(), cli.read("show", enrolled)) == before


# One by one


def test_a_moved_procedure_takes_its_plan_with_it_and_corrects_once_what_was_told(cli: Cli, enrolled: str) -> None:
    document = cli.read("reschedule", enrolled, "--to", "2026-12-15 09:00")
    assert moves(document)["stop:warfarin"] == ("2026-12-02T15:00:00Z", "2026-12-09T15:00:00Z")
    assert document["corrections"] == [{"key": "correction", "send_at": "2026-11-20T17:00:00Z"}]
    assert [row["key"] for row in document["already_sent"]] == ["welcome"]
    assert cli.read("show", enrolled)["timeline"]["anchors"]["start"] == "2026-12-15T14:00:00Z"


def test_what_shows_later_is_what_a_move_answered(cli: Cli, enrolled: str) -> None:
    document = cli.read("reschedule", enrolled, "--to", "2026-12-15 09:00")
    shown = {r["key"]: r["send_at"] for r in cli.read("show", enrolled)["timeline"]["reminders"]}
    assert {key: to for key, (_, to) in moves(document).items()}.items() <= shown.items()


def test_who_was_told_of_a_drug_is_called_when_the_procedure_moves(
    cli: Cli, enrolled: str, at_noon: FrozenDateTimeFactory
) -> None:
    move_to(at_noon, "2026-12-02 10:00")
    cli.run_once()
    document = cli.read("reschedule", enrolled, "--to", "2026-12-15 09:00")
    assert [(task["kind"], task["urgent"]) for task in document["tasks"]] == [("announced-hold", True)]
    waiting = {r["key"]: r["waits_for"] for r in cli.read("show", enrolled)["timeline"]["reminders"]}
    assert "order" in waiting["resume:warfarin"]
    cli.read("order", enrolled, *words_of(WARFARIN))
    waiting = {r["key"]: r["waits_for"] for r in cli.read("show", enrolled)["timeline"]["reminders"]}
    assert "order" not in waiting["resume:warfarin"]


def test_a_booked_visit_withdraws_the_asking_for_it(cli: Cli, enrolled: str) -> None:
    document = cli.read("visit", enrolled, "--at", "2027-01-08 10:30")
    assert moves(document) == {"visit-reminder": (None, "2027-01-07T17:00:00Z")}
    assert document["withdrawn"] == [{"key": "visit-book", "reason": "no longer in the plan"}]


def test_an_order_outside_the_published_range_is_taken_with_a_warning(cli: Cli, enrolled: str) -> None:
    answer = cli("order", enrolled, "--hold", "warfarin=12", "--ordered-by", "Dr. Other", "--json")
    assert answer.err.startswith("warning: warfarin: 12 days ordered, outside the published 5 (")
    assert answer.code == 0


def test_a_new_phone_is_where_the_next_message_goes(
    cli: Cli, installation: Installation, enrolled: str, at_noon: FrozenDateTimeFactory
) -> None:
    cli.read("contact", enrolled, "--phone", "+12125550124")
    move_to(at_noon, "2026-11-24 10:00")
    cli.run_once()
    assert [message["to"] for message in installation.sent] == ["+12125550123", "+12125550124"]


def test_a_new_zone_moves_what_is_on_the_patients_clock(cli: Cli, enrolled: str) -> None:
    moved = moves(cli.read("contact", enrolled, "--zone", "America/Chicago"))
    assert moved["ride"] == ("2026-12-05T17:00:00Z", "2026-12-05T18:00:00Z")
    assert "after-care" not in moved


def test_a_new_consent_that_nothing_can_send_by_is_warned_about(cli: Cli, enrolled: str) -> None:
    warning = "warning: no transport is configured for voice: nothing can leave by it"
    assert warning in cli("contact", enrolled, "--consent", "sms,voice").err.splitlines()


def test_of_a_contact_that_is_partly_new_the_new_part_is_taken(cli: Cli, enrolled: str) -> None:
    answer = cli("contact", enrolled, "--phone", "+12125550123", "--language", "es", "--json")
    assert (answer.code, answer.err) == (0, "")
    assert cli.read("show", enrolled)["language"] == "es"


def test_a_consent_in_another_order_is_a_new_one(cli: Cli, enrolled: str) -> None:
    cli("contact", enrolled, "--consent", "sms,voice")
    cli("contact", enrolled, "--consent", "voice,sms")
    assert cli.read("show", enrolled)["consent"] == ["voice", "sms"]


def test_a_new_phone_is_not_warned_about(cli: Cli, enrolled: str) -> None:
    cli("contact", enrolled, "--consent", "sms,voice")
    assert "warning" not in cli("contact", enrolled, "--phone", "+12125550124").err


def test_the_history_of_a_new_contact_names_no_address(cli: Cli, enrolled: str) -> None:
    cli.read("contact", enrolled, "--phone", "+12125550124", "--email", "new@example.org", "--name", "Kim Example")
    said = cli("history", enrolled, "--json").out
    assert not [word for word in ("5550124", "new@example.org", "Kim") if word in said]


def test_for_people_a_move_is_counted_and_listed(cli: Cli, enrolled: str) -> None:
    lines = cli("reschedule", enrolled, "--to", "2026-12-15 09:00").out.splitlines()
    assert lines[0] == f"{enrolled}  10 moved, 0 withdrawn, 1 had gone, 0 task(s)"
    assert "moved      ride: Sat 2026-12-05 12:00 to Sat 2026-12-12 12:00" in lines
    assert lines[-1] == "corrects   what was told, by one message: Fri 2026-11-20 12:00"


# complete


@pytest.fixture
def treated(cli: Cli, enrolled: str, at_noon: FrozenDateTimeFactory) -> str:
    """The same patient on Tuesday 2026-12-08 at noon."""
    move_to(at_noon, "2026-12-08 12:00")
    return enrolled


def test_another_end_needs_the_word_that_it_corrects(cli: Cli, treated: str) -> None:
    cli.read("complete", treated, "--ended-at", "2026-12-08 10:10")
    line = "--ended-at: already recorded as 2026-12-08 10:10 (site time); add --correct to mend it"
    assert cli("complete", treated, "--ended-at", "2026-12-08 10:30").refusal == line
    document = cli.read("complete", treated, "--ended-at", "2026-12-08 10:30", "--correct")
    assert moves(document)["after-care"] == ("2026-12-08T18:10:00Z", "2026-12-08T18:30:00Z")


def test_a_procedure_that_did_not_take_place_ends_the_plan(cli: Cli, treated: str) -> None:
    document = cli.read("complete", treated, "--not-done")
    assert_is_change(document, treated)
    assert {row["reason"] for row in document["withdrawn"]} == {"the procedure did not take place"}
    (row,) = cli.read("list")["enrollments"]
    assert (row["status"], row["next"]) == ("ended", None)


@pytest.mark.parametrize(
    "words", [("--ended-at", "2026-12-08 10:10"), ("--correct",), ("--correct", "--ended-at", "2026-12-08 10:10")]
)
def test_what_did_not_take_place_has_no_end(words: tuple[str, ...], cli: Cli, treated: str) -> None:
    refusal = cli("complete", treated, "--not-done", *words).refusal
    assert refusal == "--not-done: goes with neither --ended-at nor --correct"


def test_what_lies_ahead_cannot_have_failed_to_take_place(cli: Cli, enrolled: str) -> None:
    refusal = cli("complete", enrolled, "--not-done").refusal
    assert refusal == "--not-done: its start lies ahead; use `reminders cancel` or `reminders reschedule`"
