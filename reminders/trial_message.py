"""One test message to a phone an operator names: the only message that belongs to no enrollment."""

from collections.abc import Mapping

from reminders import identifiers
from reminders.checks import Finding
from reminders.inputs import read_phone, region_of
from reminders.service import Service
from reminders.transports.base import OutboundMessage, Transport, TransportFailure
from schedules.protocol import Channel


def send_test_message(service: Service, transports: Mapping[Channel, Transport], phone: str) -> Finding:
    """Send the message by SMS and say what the provider answered."""
    site = next(iter(service.settings.sites.values()))
    number = read_phone("--send-test", phone, region_of(site.phone))
    transport = transports.get(Channel.SMS)
    if transport is None:
        return Finding(check="test message", ok=False, detail="no transport is configured for sms")
    message = OutboundMessage(
        delivery_id=identifiers.delivery_id(),
        enrollment="-",
        key="test",
        channel=Channel.SMS,
        to=number,
        subject=None,
        text=f"{site.name}: this is a test message of the reminder service. Please ignore it.",
        html=None,
        expires_at=None,
        callback_url=None,
    )
    try:
        transport.send(message)
    except TransportFailure as failure:
        return Finding(check="test message", ok=False, detail=str(failure))
    return Finding(check="test message", ok=True, detail="the provider took it")
