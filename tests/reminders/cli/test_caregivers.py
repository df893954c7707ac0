"""`caregiver add` and `caregiver remove`: what they answer, what they refuse, and what stays as it was."""

from typing import Any

import pytest

from tests.reminders.cli.running import Cli, Installation, words_of

SAM: dict[str, Any] = {"name": "Sam Example", "phone": "+12125550124", "channel": "sms", "steps": "ride,after-care"}


def test_adding_answers_like_any_change_and_says_who_was_added(cli: Cli, either_installation: Installation) -> None:
    enrolled = cli.enrolled_id()
    document = cli.read("caregiver", "add", enrolled, *words_of(SAM | {"language": "es"}))

    assert list(document)[:3] == ["enrollment", "moved", "withdrawn"]
    assert [row["key"] for row in document["moved"]] == ["welcome@care1", "ride@care1", "after-care@care1"]
    assert document["caregiver"] == {
        "caregiver": "care1",
        "name": "Sam Example",
        "channel": "sms",
        "language": "es",
        "steps": ["welcome", "ride", "after-care"],
        "open": True,
    }


def test_show_lists_the_caregivers_without_an_address(cli: Cli, installation: Installation) -> None:
    enrolled = cli.enrolled_id()
    cli.read("caregiver", "add", enrolled, *words_of(SAM))
    cli.read("caregiver", "remove", enrolled, "care1")

    (caregiver,) = cli.read("show", enrolled)["caregivers"]
    assert (caregiver["caregiver"], caregiver["open"]) == ("care1", False)
    answer = cli("show", enrolled)
    assert "care1 Sam Example by sms, language en: welcome, ride, after-care, no more copies" in answer.out
    assert "5550124" not in answer.out


def test_a_copy_leaves_with_its_original(cli: Cli, either_installation: Installation) -> None:
    enrolled = cli.enrolled_id()
    cli.read("caregiver", "add", enrolled, *words_of(SAM))
    cli.run_once()

    sent = {message["key"]: message["to"] for message in either_installation.sent}
    assert sent == {"welcome": "+12125550123", "welcome@care1": "+12125550124"}


def test_removing_withdraws_the_copies(cli: Cli, either_installation: Installation) -> None:
    enrolled = cli.enrolled_id()
    cli.read("caregiver", "add", enrolled, *words_of(SAM))
    document = cli.read("caregiver", "remove", enrolled, "care1", "--by", "Nurse Example")

    assert [row["key"] for row in document["withdrawn"]] == ["welcome@care1", "ride@care1", "after-care@care1"]


def test_a_dry_run_says_so_and_changes_nothing(cli: Cli, installation: Installation) -> None:
    enrolled = cli.enrolled_id()
    before = installation.rows()
    answer = cli("caregiver", "add", enrolled, *words_of(SAM), "--dry-run")

    assert answer.code == 0
    assert "dry run: nothing was changed" in answer.err
    assert "caregiver care1: welcome, ride, after-care by sms, language en" in answer.err
    assert installation.rows() == before


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": None}, "--name: is required"),
        ({"channel": None}, "--channel: is required"),
        ({"steps": None}, "--steps: is required"),
        ({"steps": "ride,aftercare"}, "--steps: 'aftercare' is not known; did you mean after-care?"),
        ({"phone": None}, "--channel: sms needs --phone"),
        ({"channel": "email"}, "--channel: email needs --email"),
        ({"language": "fr"}, "--language: 'fr' is not known; it can be en, es"),
        ({"phone": "+12125550123"}, "--phone: this is the patient's own"),
        ({"by": " "}, "--by: must not be empty"),
    ],
)
def test_bad_input_is_one_line_and_changes_nothing(
    cli: Cli, installation: Installation, changes: dict[str, Any], words: str
) -> None:
    enrolled = cli.enrolled_id()
    before = installation.rows()

    assert cli("caregiver", "add", enrolled, *words_of(SAM | changes)).refusal.startswith(words)
    assert installation.rows() == before


def test_an_unknown_label_is_refused(cli: Cli, installation: Installation) -> None:
    enrolled = cli.enrolled_id()
    assert cli("caregiver", "remove", enrolled, "care1").refusal.startswith("LABEL: 'care1' is no caregiver of")
