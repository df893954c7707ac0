"""`messages`: what went out and came in, without the words unless somebody says who reads them."""

from datetime import timedelta
from typing import Any

import pytest
from freezegun.api import FrozenDateTimeFactory
from sqlalchemy import insert, select, update

from reminders.consent import address_lookup
from reminders.database import tables
from reminders.database.engine import open_engine
from reminders.database.vault import Vault
from schedules.protocol import Channel
from tests.builders import local
from tests.reminders.cli.running import UTC, Cli, Document, Installation, move_to

PATIENT, DAUGHTER, STRANGER = "+12125550123", "+12125550145", "+12125550167"
KEYS = ["at", "direction", "channel", "key", "to", "state", "receipt", "code", "delivery", "with", "media"]
NOON = local("2026-11-20 12:00")


def execute(installation: Installation, *statements: Any) -> None:
    engine = open_engine(installation.url)
    try:
        with engine.begin() as connection:
            for statement in statements:
                connection.execute(statement)
    finally:
        engine.dispose()


def rows(installation: Installation, query: Any) -> list[tuple[Any, ...]]:
    engine = open_engine(installation.url)
    try:
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(query)]
    finally:
        engine.dispose()


def a_reply(vault: Vault, words: str, *, enrollment: str | None, sender: str = PATIENT, **changes: Any) -> Any:
    id_ = f"reply of {sender}: {len(words)}"
    row = {
        "id": id_,
        "provider_id": id_,
        "address": address_lookup(vault, Channel.SMS, sender),
        "sender": vault.seal("replies", id_, "sender", sender),
        "content": vault.seal("replies", id_, "content", words),
        "media": 0,
        "received_at": NOON + timedelta(minutes=5),
        "enrollment": enrollment,
        "meaning": "other",
    }
    return insert(tables.replies).values(row | changes)


def a_caregiver(vault: Vault, enrollment: str) -> Any:
    row = {
        "enrollment": enrollment,
        "label": "daughter",
        "channel": "sms",
        "language": "en",
        "steps": ["ride"],
        "name": vault.seal("caregivers", f"{enrollment}:daughter", "name", "Sam Example"),
        "address_lookup": address_lookup(vault, Channel.SMS, DAUGHTER),
        "granted_at": NOON,
        "granted_by": "Alex",
        "wording": "1",
    }
    return insert(tables.caregivers).values(row)


def a_conversation(cli: Cli, installation: Installation, vault: Vault, at_noon: FrozenDateTimeFactory) -> str:
    """Welcomed at noon, a reply five minutes later, answered ten minutes later."""
    enrolled = cli.enrolled_id()
    cli.run_once()
    execute(installation, a_reply(vault, "May my daughter come?", enrollment=enrolled, media=1))
    move_to(at_noon, "2026-11-20 12:10")
    cli.read("reply", enrolled, "Yes, she may")
    cli.run_once()
    return enrolled


def messages(cli: Cli, *words: str) -> list[Document]:
    found: list[Document] = cli.read("messages", *words)["messages"]
    return found


def test_before_anything_was_said_there_are_no_messages(cli: Cli, either_installation: Installation) -> None:
    enrolled = cli.enrolled_id()
    assert cli.read("messages", enrolled) == {"enrollment": enrolled, "messages": []}
    assert cli("messages", enrolled).out == "no messages yet\n"


def test_what_went_out_and_came_in_is_told_oldest_first(
    cli: Cli, either_installation: Installation, vault: Vault, at_noon: FrozenDateTimeFactory
) -> None:
    enrolled = a_conversation(cli, either_installation, vault, at_noon)
    found = messages(cli, enrolled)
    assert all(list(each) == KEYS and UTC.fullmatch(each["at"]) for each in found)
    assert [(m["at"], m["direction"], m["key"], m["to"], m["state"], m["media"]) for m in found] == [
        ("2026-11-20T17:00:00Z", "out", "welcome", "patient", "accepted", 0),
        ("2026-11-20T17:05:00Z", "in", None, "patient", "other", 1),
        ("2026-11-20T17:10:00Z", "out", "staff-text", "patient", "accepted", 0),
    ]
    assert [m["channel"] for m in found] == ["sms"] * 3
    assert [bool(m["delivery"]) for m in found] == [True, False, True]


def test_the_words_are_shown_to_who_asks_and_the_history_says_who_did(
    cli: Cli, either_installation: Installation, vault: Vault, at_noon: FrozenDateTimeFactory
) -> None:
    enrolled = a_conversation(cli, either_installation, vault, at_noon)
    found = messages(cli, enrolled, "--show-text", "--by", "Sam Nurse")
    assert [list(each) for each in found] == [[*KEYS, "text"]] * 3
    assert [m["text"] for m in found][1:] == [
        "May my daughter come?",
        "Example Radiology: Yes, she may. Call (212) 555-0100.",
    ]
    event = cli.read("history", enrolled)["events"][-1]
    assert (event["by"], event["action"]) == ("Sam Nurse", "messages-read")


def test_without_the_words_nobody_is_written_down(cli: Cli, installation: Installation) -> None:
    enrolled = cli.enrolled_id()
    before = installation.rows()
    cli.read("messages", enrolled)
    cli.read("messages", "--inbox")
    assert installation.rows() == before


def test_for_people_the_words_stand_beneath_each_message(
    cli: Cli, installation: Installation, vault: Vault, at_noon: FrozenDateTimeFactory
) -> None:
    enrolled = a_conversation(cli, installation, vault, at_noon)
    lines = [line.rstrip() for line in cli("messages", enrolled, "--show-text").out.splitlines()]
    assert lines[0].split() == ["when", "who", "by", "about", "outcome"]
    assert lines[1].split() == ["Fri", "2026-11-20", "12:00", "out", "patient", "sms", "welcome", "accepted"]
    came = next(place for place, line in enumerate(lines) if "12:05" in line)
    assert lines[came].split("  ")[-1].strip() == "other, 1 file(s)"
    assert lines[came + 1].strip() == "May my daughter come?"
    assert lines[-1].strip() == "Example Radiology: Yes, she may. Call (212) 555-0100."


def test_for_people_nothing_is_quoted_unasked(
    cli: Cli, installation: Installation, vault: Vault, at_noon: FrozenDateTimeFactory
) -> None:
    enrolled = a_conversation(cli, installation, vault, at_noon)
    assert len(cli("messages", enrolled).out.splitlines()) == 4


def test_words_are_printed_as_they_stand(cli: Cli, installation: Installation, vault: Vault) -> None:
    enrolled = cli.enrolled_id()
    execute(installation, a_reply(vault, "[red]Help[/red] :smile:", enrollment=enrolled))
    assert "[red]Help[/red] :smile:" in cli("messages", enrolled, "--show-text").out


def test_a_joined_message_is_told_with_its_leader_and_its_words_once(
    cli: Cli, either_installation: Installation, vault: Vault, at_noon: FrozenDateTimeFactory
) -> None:
    enrolled = a_conversation(cli, either_installation, vault, at_noon)
    leader, _, follower = (each["delivery"] for each in messages(cli, enrolled))
    d = tables.deliveries
    execute(either_installation, update(d).where(d.c.id == follower).values(leader=leader))
    found = messages(cli, enrolled, "--show-text")
    assert [(m["with"], m["text"] is None) for m in found] == [(None, False), (None, False), (leader, True)]
    assert "accepted, in one message with another" in cli("messages", enrolled).out


def test_a_receipt_and_a_code_are_told(
    cli: Cli, installation: Installation, vault: Vault, at_noon: FrozenDateTimeFactory
) -> None:
    enrolled = a_conversation(cli, installation, vault, at_noon)
    execute(installation, update(tables.deliveries).values(receipt="sent", code="30005"))
    assert {(m["receipt"], m["code"]) for m in messages(cli, enrolled) if m["direction"] == "out"} == {
        ("sent", "30005")
    }
    assert "accepted, receipt sent, 30005" in cli("messages", enrolled).out


def test_what_a_caregiver_got_and_wrote_is_told_under_the_label(
    cli: Cli, either_installation: Installation, vault: Vault, at_noon: FrozenDateTimeFactory
) -> None:
    enrolled = a_conversation(cli, either_installation, vault, at_noon)
    r = tables.reminders
    execute(
        either_installation,
        a_caregiver(vault, enrolled),
        a_reply(vault, "I will drive", enrollment=enrolled, sender=DAUGHTER, received_at=NOON + timedelta(hours=1)),
        update(r).where(r.c.key == "staff-text").values(recipient="daughter"),
    )
    assert [m["to"] for m in messages(cli, enrolled)] == ["patient", "patient", "daughter", "daughter"]


# The inbox


def test_the_inbox_has_what_came_from_numbers_nobody_is_enrolled_with(
    cli: Cli, either_installation: Installation, vault: Vault, at_noon: FrozenDateTimeFactory
) -> None:
    a_conversation(cli, either_installation, vault, at_noon)
    execute(either_installation, a_reply(vault, "Who is this?", enrollment=None, sender=STRANGER))
    document = cli.read("messages", "--inbox")
    assert document["enrollment"] is None
    (message,) = document["messages"]
    assert list(message) == KEYS
    assert (message["direction"], message["to"], message["state"]) == ("in", "...67", "other")


def test_the_inbox_shows_whole_numbers_and_words_to_who_asks_and_writes_down_who(
    cli: Cli, either_installation: Installation, vault: Vault
) -> None:
    execute(either_installation, a_reply(vault, "Who is this?", enrollment=None, sender=STRANGER))
    (message,) = messages(cli, "--inbox", "--show-text", "--by", "Sam Nurse")
    assert (message["to"], message["text"]) == (STRANGER, "Who is this?")
    e = tables.events.c
    assert rows(either_installation, select(e.enrollment, e.by, e.action)) == [(None, "Sam Nurse", "messages-read")]


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ((), "ENROLLMENT: is required"),
        (("ABCD-EFGHJ",), "enrollment: the check character does not fit, so a character is mistyped; read it again"),
        (("ABCD-EFGHJ", "--inbox"), "--inbox: goes without an enrollment"),
        (("--inbox", "--show-text", "--by", ""), "--by: must not be empty"),
    ],
    ids=str,
)
def test_what_cannot_be_meant_is_refused_and_nobody_is_written_down(
    words: tuple[str, ...], line: str, cli: Cli, either_installation: Installation
) -> None:
    before = either_installation.rows()
    assert cli("messages", *words).refusal == line
    assert either_installation.rows() == before
