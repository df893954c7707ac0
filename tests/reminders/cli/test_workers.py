"""`run --once`: what is due is handled, and counted in the contract's words."""

from collections.abc import Iterator

import pytest
from freezegun.api import FrozenDateTimeFactory

from tests.reminders.cli.running import WARFARIN, Cli, Installation, move_to
from tests.servers.raw import refusing_port

NOTHING = {"sent": 0, "not_sent": 0, "refused": 0, "unknown": 0, "held": 0, "missed": 0}


def test_with_nothing_due_every_count_is_zero(cli: Cli, either_installation: Installation) -> None:
    assert cli.run_once() == NOTHING


def test_what_is_due_leaves_once(cli: Cli, either_installation: Installation) -> None:
    cli.enroll()
    assert cli.run_once() == NOTHING | {"sent": 1}
    assert cli.run_once() == NOTHING
    assert either_installation.sent_keys == ["welcome"]


def test_a_message_in_the_outbox_has_the_shape_of_the_contract(cli: Cli, installation: Installation) -> None:
    enrolled = cli.enrolled_id()
    cli.run_once()
    (message,) = installation.sent
    keys = ["delivery_id", "enrollment", "key", "channel", "to", "subject", "body", "sent_at"]
    assert list(message)[: len(keys)] == keys
    assert (message["enrollment"], message["key"], message["channel"]) == (enrolled, "welcome", "sms")
    assert (message["to"], message["subject"]) == ("+12125550123", None)
    assert message["sent_at"] == "2026-11-20T17:00:00Z"
    assert "Example Radiology" in message["body"]
    assert "(212) 555-0100" in message["body"]


def test_a_patient_reads_her_own_language(cli: Cli, installation: Installation) -> None:
    cli.enroll(language="es")
    cli.run_once()
    assert "mar 8 dic" in installation.sent[0]["body"]


def test_what_waits_for_staff_is_counted_as_held_once(
    cli: Cli, installation: Installation, at_noon: FrozenDateTimeFactory
) -> None:
    cli.enroll(sedation="none", procedure="2026-11-23 09:00")
    cli.run_once()
    move_to(at_noon, "2026-11-23 13:00")
    assert cli.run_once()["held"] == 1
    assert cli.run_once()["held"] == 0


def test_what_became_wrong_while_nobody_sent_is_missed_with_a_task(
    cli: Cli, installation: Installation, at_noon: FrozenDateTimeFactory
) -> None:
    cli.enroll(**WARFARIN)
    cli.run_once()
    move_to(at_noon, "2026-12-03 12:00")
    counts = cli.run_once()
    assert (counts["sent"], counts["missed"]) == (1, 1)
    assert installation.sent_keys == ["welcome", "prepare-plan"]
    (task,) = cli.read("tasks")["tasks"]
    assert (task["kind"], task["urgent"]) == ("missed", True)
    assert task["reason"].startswith("stop:warfarin: ")


def test_nothing_is_sent_at_night(cli: Cli, installation: Installation, at_noon: FrozenDateTimeFactory) -> None:
    move_to(at_noon, "2026-11-20 21:00")
    cli.enroll()
    assert cli.run_once() == NOTHING
    move_to(at_noon, "2026-11-21 08:59")
    assert cli.run_once() == NOTHING
    move_to(at_noon, "2026-11-21 09:00")
    assert cli.run_once() == NOTHING | {"sent": 1}


def test_for_people_the_counts_are_a_sentence(cli: Cli, installation: Installation) -> None:
    cli.enroll()
    assert cli("run", "--once").out == "1 sent, 0 not sent, 0 refused, 0 unknown, 0 held, 0 missed\n"


def test_a_console_keeps_the_messages_beside_the_document(cli: Cli, installation: Installation) -> None:
    installation.replace_setting('[transports.sms]\nkind = "outbox"\npath = "outbox.jsonl"', "[transports.sms]")
    cli.enroll()
    answer = cli("run", "--once", "--json")
    assert answer.document == NOTHING | {"sent": 1}
    assert "--- sms welcome to +12125550123" in answer.err


@pytest.fixture
def dead_line(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Texts by Twilio, at an address where nobody listens."""
    monkeypatch.setenv("REMINDERS_TRANSPORTS__SMS__AUTH_TOKEN", "an invented token")
    with refusing_port() as port:
        live = f'account_sid = "AC1"\nfrom_number = "+12125550199"\nbase_url = "http://127.0.0.1:{port}"'
        outbox = '[transports.sms]\nkind = "outbox"\npath = "outbox.jsonl"'
        installation.replace_setting(outbox, f'[transports.sms]\nkind = "twilio"\n{live}')
        installation.add_settings("\n[web]\naccept_no_replies = true\n")
        yield


def test_before_an_approval_a_live_transport_holds_what_is_due_and_opens_a_task(cli: Cli, dead_line: None) -> None:
    enrolled = cli.enrolled_id()
    assert cli.run_once() == NOTHING | {"held": 1}
    (task,) = cli.read("tasks")["tasks"]
    assert task["kind"] == "approval"
    assert cli.read("show", enrolled)["timeline"]["reminders"][0]["waits_for"] == ["approval"]


def test_an_approval_releases_what_was_held_for_it(cli: Cli, dead_line: None) -> None:
    enrolled = cli.enrolled_id()
    cli.run_once()
    answer = cli("protocol", "approve", "vertebroplasty", "--by", "Dr. Example")
    assert answer.out == "vertebroplasty version 1 is approved\n1 held reminder(s) are planned again\n"
    welcome = cli.read("show", enrolled)["timeline"]["reminders"][0]
    assert (welcome["state"], welcome["waits_for"]) == ("planned", [])


def test_what_surely_did_not_leave_is_counted_so_and_tried_again_later(
    cli: Cli, dead_line: None, at_noon: FrozenDateTimeFactory
) -> None:
    enrolled = cli.enrolled_id()
    cli.read("protocol", "approve", "vertebroplasty", "--by", "Dr. Example")
    assert cli.run_once() == NOTHING | {"not_sent": 1}
    welcome = cli.read("show", enrolled)["timeline"]["reminders"][0]
    assert (welcome["state"], welcome["deliveries"][0]["state"]) == ("planned", "not_sent")
    assert cli.run_once() == NOTHING
    move_to(at_noon, "2026-11-20 12:01")
    assert cli.run_once() == NOTHING | {"not_sent": 1}


def test_a_transport_that_cannot_be_set_up_is_refused(cli: Cli, installation: Installation) -> None:
    installation.replace_setting('[transports.sms]\nkind = "outbox"', '[transports.sms]\nkind = "twillio"')
    refusal = cli("run", "--once").refusal
    assert refusal.startswith('transports.sms.kind: "twillio" is not known; ')
    assert cli("run").refusal == refusal
