"""`unknown`: messages of which nobody knows whether they arrived, and what a person says about one."""

import re
from typing import Any

import pytest
from sqlalchemy import select, update

from reminders.database import tables
from reminders.database.engine import open_engine
from tests.builders import local
from tests.reminders.cli.running import UTC, Cli, Installation, reads

KEYS = ["delivery", "enrollment", "key", "channel", "transport", "since", "looks", "next_look", "can_look_up", "task"]


@pytest.fixture
def lost(cli: Cli, either_installation: Installation) -> str:
    """The id of a delivery whose answer was lost; its transport is no longer the one of the settings."""
    cli.enroll()
    cli.run_once()
    engine, d, r = open_engine(either_installation.url), tables.deliveries, tables.reminders
    unknown: dict[str, Any] = {"state": "unknown", "code": "no-answer", "reason": "No answer came."}
    with engine.begin() as connection:
        row = connection.execute(select(d.c.id, d.c.reminder)).one()
        connection.execute(update(d).values(**unknown, transport="former", settled_at=local("2026-11-20 12:00")))
        connection.execute(update(r).where(r.c.id == row.reminder).values(state="unknown", reason="No answer came."))
    engine.dispose()
    cli.run_once()
    return str(row.id)


def test_without_unknown_outcomes_the_list_is_empty(cli: Cli, either_installation: Installation) -> None:
    assert cli.read("unknown") == {"unknown": []}
    assert cli("unknown").out == "every outcome is known\n"


def test_the_list_has_the_shape_of_the_contract(cli: Cli, lost: str) -> None:
    document = cli.read("unknown")
    assert list(document) == ["unknown"]
    (row,) = document["unknown"]
    assert list(row) == KEYS
    assert (row["delivery"], row["key"], row["channel"], row["transport"]) == (lost, "welcome", "sms", "former")
    assert UTC.fullmatch(row["since"])
    assert (row["looks"], row["next_look"], row["can_look_up"]) == (0, None, False)
    (task,) = cli.read("tasks")["tasks"]
    assert (row["task"], task["kind"], task["urgent"]) == (task["task"], "unknown", True)
    assert f"reminders unknown settle {lost}" in task["reason"]


def test_for_people_it_says_whether_the_provider_is_asked(cli: Cli, lost: str) -> None:
    heading, line = cli("unknown").out.splitlines()
    assert heading.split()[:2] == ["delivery", "since"]
    assert line.startswith(f"{lost}  Fri 2026-11-20 12:00")
    assert "cannot be asked" in line


def test_it_shows_neither_an_address_nor_a_text(cli: Cli, lost: str) -> None:
    shown = cli("unknown").out + cli("unknown", "--json").out
    assert "+1212" not in shown
    assert "Example" not in shown


@pytest.mark.parametrize(
    ("word", "state", "reminder"),
    [("arrived", "accepted", "sent"), ("absent", "absent", "planned"), ("abandon", "abandoned", "failed")],
)
def test_a_person_settles_one(cli: Cli, lost: str, word: str, state: str, reminder: str) -> None:
    done = cli.read("unknown", "settle", lost, f"--{word}", "--note", "asked", "--by", "Sam Nurse")
    assert (done["delivery"], done["state"]) == (lost, state)
    assert [(row["key"], row["state"]) for row in done["reminders"]] == [("welcome", reminder)]
    assert cli.read("unknown") == {"unknown": []}
    assert cli.read("tasks") == {"tasks": []}
    assert cli.run_once()["sent"] == (word == "absent")


def test_for_people_it_says_what_became_of_the_reminder(cli: Cli, lost: str) -> None:
    answer = cli("unknown", "settle", lost, "--abandon", "--by", "Sam Nurse")
    assert (answer.code, answer.err) == (0, "")
    line = r"\S+ welcome is failed: Sam Nurse gave it up: nobody knows whether it arrived\n"
    assert re.fullmatch(line, answer.out)


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("0" * 32, "--arrived"), "DELIVERY: no delivery has this id; `reminders unknown` lists …"),
        (("{lost}",), "DELIVERY: say one of --arrived, --absent and --abandon"),
        (("{lost}", "--arrived", "--absent"), "DELIVERY: say one of --arrived, --absent and --abandon"),
        (("{lost}", "--arrived", "--note", ""), "--note: must not be empty"),
        (("{lost}", "--arrived", "--by", ""), "--by: must not be empty"),
    ],
    ids=str,
)
def test_what_cannot_be_said_changes_nothing(cli: Cli, lost: str, words: tuple[str, ...], line: str) -> None:
    before = cli.read("unknown")
    refusal = cli("unknown", "settle", *(word.replace("{lost}", lost) for word in words)).refusal
    assert reads(refusal, line), refusal
    assert cli.read("unknown") == before


def test_what_is_known_already_is_not_settled_again(cli: Cli, lost: str) -> None:
    cli.read("unknown", "settle", lost, "--arrived")
    refusal = cli("unknown", "settle", lost, "--absent").refusal
    assert refusal == "DELIVERY: its outcome is accepted, and not unknown: nothing was changed"
