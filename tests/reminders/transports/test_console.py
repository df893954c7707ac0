"""What a developer sees."""

import io

import pytest

from reminders.clock import ManualClock
from reminders.settings import TransportSettings
from reminders.transports.base import Channel, OutboundMessage
from reminders.transports.console import ConsoleTransport
from reminders.transports.registry import make_transport


def test_a_text_is_one_block(text_message: OutboundMessage) -> None:
    stream = io.StringIO()
    ConsoleTransport(Channel.SMS, stream).send(text_message)

    assert stream.getvalue() == (
        "--- sms ride to +12125550123 (ABCD-EFGHJ)\n"
        "Example Radiology: please arrange a driver. Questions: +12125550100\n"
        "---\n"
    )


def test_an_email_shows_its_subject(email: OutboundMessage) -> None:
    stream = io.StringIO()
    ConsoleTransport(Channel.EMAIL, stream).send(email)

    assert "\nSubject: From Example Radiology\n\nPlease arrange a driver.\n" in stream.getvalue()


def test_standard_output_stays_free_for_a_commands_json(
    text_message: OutboundMessage, clock: ManualClock, capsys: pytest.CaptureFixture[str]
) -> None:
    make_transport(Channel.SMS, TransportSettings(kind="console"), clock).send(text_message)
    written = capsys.readouterr()

    assert written.out == ""
    assert "ride to" in written.err


def test_closing_leaves_the_stream_open(text_message: OutboundMessage) -> None:
    stream = io.StringIO()
    ConsoleTransport(Channel.SMS, stream).close()

    assert not stream.closed
