"""The test message of `doctor`."""

from io import StringIO

import pytest
from sqlalchemy import Engine

from reminders.database.vault import Vault
from reminders.errors import InputError
from reminders.transports.base import FailureCode, Refused
from reminders.transports.console import ConsoleTransport
from reminders.transports.memory import MemoryTransport, fails
from reminders.trial_message import send_test_message
from schedules.protocol import Channel
from tests.reminders.builders import a_clock, a_service


@pytest.fixture
def texts() -> MemoryTransport:
    return MemoryTransport(Channel.SMS, a_clock())


@pytest.fixture
def mails() -> MemoryTransport:
    return MemoryTransport(Channel.EMAIL, a_clock())


def test_a_phone_gets_the_message_as_a_text(engine: Engine, vault: Vault, texts: MemoryTransport) -> None:
    finding = send_test_message(a_service(engine, vault, a_clock()), {Channel.SMS: texts}, "(212) 555-0123")

    assert finding.ok
    assert [line.message.to for line in texts.ledger] == ["+12125550123"]


def test_an_email_address_gets_it_as_an_email_with_a_subject(
    engine: Engine, vault: Vault, texts: MemoryTransport, mails: MemoryTransport
) -> None:
    transports = {Channel.SMS: texts, Channel.EMAIL: mails}
    send_test_message(a_service(engine, vault, a_clock()), transports, "pat@example.org")

    assert [line.message.subject for line in mails.ledger] == ["Example Radiology: test message"]
    assert texts.ledger == mails.ledger[1:]


def test_a_channel_without_a_transport_is_said_so(engine: Engine, vault: Vault, texts: MemoryTransport) -> None:
    finding = send_test_message(a_service(engine, vault, a_clock()), {Channel.SMS: texts}, "pat@example.org")

    assert (finding.ok, finding.detail) == (False, "no transport is configured for email")


def test_in_a_pilot_only_its_own_recipients_prove_anything(engine: Engine, vault: Vault) -> None:
    texts = MemoryTransport(Channel.SMS, a_clock(), live=True)
    service = a_service(engine, vault, a_clock(), worker={"only_recipients": ["+12125550123"]})

    taken = send_test_message(service, {Channel.SMS: texts}, "+12125550123")
    assert (taken.ok, taken.detail) == (True, "the provider took it")
    kept = send_test_message(service, {Channel.SMS: texts}, "+12125550124")
    assert not kept.ok
    assert "only_recipients" in kept.detail


@pytest.mark.parametrize("pilot", [[], ["+12125550123"]])
def test_what_the_console_printed_is_said_to_be_printed_in_a_pilot_too(
    pilot: list[str], engine: Engine, vault: Vault
) -> None:
    printed = StringIO()
    service = a_service(engine, vault, a_clock(), worker={"only_recipients": pilot})
    transports = {
        Channel.SMS: MemoryTransport(Channel.SMS, a_clock(), live=True),
        Channel.EMAIL: ConsoleTransport(Channel.EMAIL, printed),
    }
    finding = send_test_message(service, transports, "pat@example.org")

    assert finding.detail == "printed on the console: it reaches nobody"
    assert "pat@example.org" in printed.getvalue()


def test_a_transport_that_reaches_nobody_is_no_provider(engine: Engine, vault: Vault, texts: MemoryTransport) -> None:
    finding = send_test_message(a_service(engine, vault, a_clock()), {Channel.SMS: texts}, "+12125550123")

    assert finding.detail == "taken by the memory transport: it reaches nobody"


def test_what_the_provider_refuses_is_told_in_its_words(engine: Engine, vault: Vault, texts: MemoryTransport) -> None:
    texts.script(fails(lambda: Refused(FailureCode.BAD_ADDRESS, "No such number.")))
    finding = send_test_message(a_service(engine, vault, a_clock()), {Channel.SMS: texts}, "+12125550123")

    assert (finding.ok, finding.detail) == (False, "No such number.")


def test_what_is_neither_is_refused_before_anything_is_sent(
    engine: Engine, vault: Vault, texts: MemoryTransport
) -> None:
    with pytest.raises(InputError, match=r"^--send-test: "):
        send_test_message(a_service(engine, vault, a_clock()), {Channel.SMS: texts}, "reception")
    assert list(texts.ledger) == []
