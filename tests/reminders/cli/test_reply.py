"""`reply`: a text in staff's own words, as the shell sees it."""

import pytest
from freezegun.api import FrozenDateTimeFactory

from tests.reminders.cli.running import Cli, Installation, move_to, reads

WORDS = "Yes, your daughter may come along"


def a_patient(cli: Cli, **options: object) -> str:
    """One who has had the first message."""
    enrolled = cli.enrolled_id(**options)
    cli.run_once()
    return enrolled


def test_a_reply_is_stored_and_leaves_with_the_worker(cli: Cli, either_installation: Installation) -> None:
    enrolled = a_patient(cli)
    assert cli.read("reply", enrolled, WORDS, "--by", "Alex") == {
        "enrollment": enrolled,
        "reminder": "staff-text",
        "round": 1,
        "send_at": "2026-11-20T17:00:00Z",
        "segments": 1,
        "urgent": False,
    }
    assert cli.run_once()["sent"] == 1
    message = either_installation.sent[-1]
    assert (message["key"], message["to"]) == ("staff-text", "+12125550123")
    assert message["body"] == f"Example Radiology: {WORDS}. Call (212) 555-0100."


def test_for_people_a_reply_says_when_it_leaves_and_what_it_costs(
    cli: Cli, installation: Installation, at_noon: FrozenDateTimeFactory
) -> None:
    enrolled = a_patient(cli)
    move_to(at_noon, "2026-11-20 21:30")
    answer = cli("reply", enrolled, WORDS)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out == f"{enrolled}  staff-text 1, 1 segment(s)\nleaves     Sat 2026-11-21 09:00\n"


def test_at_night_a_reply_waits_and_an_urgent_one_does_not(
    cli: Cli, either_installation: Installation, at_noon: FrozenDateTimeFactory
) -> None:
    enrolled = a_patient(cli)
    move_to(at_noon, "2026-11-20 21:30")
    assert cli.read("reply", enrolled, WORDS)["send_at"] == "2026-11-21T14:00:00Z"
    urgent = cli.read("reply", enrolled, "Please call us", "--urgent")
    assert (urgent["round"], urgent["send_at"], urgent["urgent"]) == (2, "2026-11-21T02:30:00Z", True)
    assert cli.run_once()["sent"] == 1
    assert "Please call us" in either_installation.sent[-1]["body"]


def test_a_dry_run_stores_nothing(cli: Cli, either_installation: Installation) -> None:
    enrolled = a_patient(cli)
    before = either_installation.rows()
    answer = cli("reply", enrolled, WORDS, "--dry-run")
    assert (answer.code, answer.err) == (0, "dry run: nothing was changed\n")
    assert either_installation.rows() == before


def test_what_keeps_a_reply_back_is_said_at_once(cli: Cli, installation: Installation) -> None:
    enrolled = cli.enrolled_id()
    cli.read("pause", "--reason", "drill", "--by", "Sam")
    assert cli("reply", enrolled, WORDS).err.splitlines() == [
        "warning: it waits until welcome, the first message of the plan, has left",
        "warning: everything is paused by Sam: drill",
    ]


def test_the_words_stand_nowhere_in_the_database_unsealed(cli: Cli, installation: Installation) -> None:
    enrolled = a_patient(cli)
    cli.read("reply", enrolled, "Zephyrine may come along")
    cli.run_once()
    stored = b"".join(file.read_bytes() for file in installation.folder.glob("reminders.db*"))
    assert b"Zephyrine" not in stored


@pytest.mark.parametrize("words", [("show",), ("history",), ("messages",)], ids=" ".join)
def test_the_words_are_shown_by_no_command_that_was_not_asked_for_them(
    words: tuple[str, ...], cli: Cli, installation: Installation
) -> None:
    enrolled = a_patient(cli)
    cli.read("reply", enrolled, WORDS)
    cli.run_once()
    assert "daughter" not in cli(*words, enrolled).out
    assert "daughter" not in cli(*words, enrolled, "--json").out


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("",), "words: must not be empty"),
        (("one\ntwo",), "words: holds control characters or line breaks; write one plain line"),
        (("x" * 300,), "words: with the site's name and phone they take 3 segments; at most 2"),
        (("Take no warfarin",), "words: this patient agreed to discreet texts, which must not name 'warfarin'; …"),
        ((WORDS, "--by", ""), "--by: must not be empty"),
        ((), "WORDS: is required"),
    ],
    ids=lambda each: str(each)[:20],
)
def test_words_that_cannot_be_sent_are_refused_and_nothing_changes(
    words: tuple[str, ...], line: str, cli: Cli, either_installation: Installation
) -> None:
    enrolled = a_patient(cli)
    before = either_installation.rows()
    refusal = cli("reply", enrolled, *words).refusal
    assert reads(refusal, line), refusal
    assert either_installation.rows() == before


def test_who_did_not_agree_to_texts_is_called_instead(cli: Cli, either_installation: Installation) -> None:
    enrolled = cli.enrolled_id(consent="email", email="pat@example.org")
    refusal = cli("reply", enrolled, WORDS).refusal
    assert refusal == f"enrollment {enrolled} has not consented to texts; call instead"


def test_an_id_that_nobody_has_is_refused(cli: Cli, installation: Installation) -> None:
    assert cli("reply", "ABCD-EFGHJ", WORDS).refusal.startswith("enrollment: the check character does not fit")


def test_the_help_says_by_which_rules_it_leaves(cli: Cli) -> None:
    told = " ".join(cli("reply", "--help").out.split())
    assert "consent, window, pauses" in told
    assert "Tasks stay open until you mark them done." in told
