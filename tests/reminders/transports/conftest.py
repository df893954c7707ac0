"""The servers these tests talk to, and a message to send."""

from datetime import UTC, datetime

import pytest

from reminders.clock import ManualClock
from reminders.transports.base import Channel, OutboundMessage
from tests.servers.fixtures import certificate, relay, twilio

__all__ = ["certificate", "relay", "twilio"]


@pytest.fixture
def clock() -> ManualClock:
    """Stands at Wed Dec 2 2026, 10:00 in New York."""
    return ManualClock(datetime(2026, 12, 2, 15, tzinfo=UTC))


@pytest.fixture
def text_message() -> OutboundMessage:
    return OutboundMessage(
        delivery_id="0123456789abcdef0123456789abcdef",
        enrollment="ABCD-EFGHJ",
        key="ride",
        channel=Channel.SMS,
        to="+12125550123",
        text="Example Radiology: please arrange a driver. Questions: +12125550100",
    )


@pytest.fixture
def email() -> OutboundMessage:
    return OutboundMessage(
        delivery_id="0123456789abcdef0123456789abcdef",
        enrollment="ABCD-EFGHJ",
        key="ride",
        channel=Channel.EMAIL,
        to="pat.example@example.org",
        subject="From Example Radiology",
        text="Please arrange a driver.\n\nQuestions: +12125550100",
    )
