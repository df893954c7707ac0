"""One test message to a phone or an e-mail address an operator names: the only one that belongs to no enrollment."""

from collections.abc import Mapping

from reminders import identifiers
from reminders.checks import Finding
from reminders.inputs import read_email, read_phone, region_of
from reminders.service import Service
from reminders.transports.base import OutboundMessage, Transport, TransportFailure
from schedules.protocol import Channel

CHECK = "test message"


def send_test_message(service: Service, transports: Mapping[Channel, Transport], address: str) -> Finding:
    """Send the message, by e-mail where the address is one, else by SMS, and say what the provider answered."""
    site = next(iter(service.settings.sites.values()))
    if "@" in address:
        channel, to = Channel.EMAIL, read_email("--send-test", address)
    else:
        channel, to = Channel.SMS, read_phone("--send-test", address, region_of(site.phone))
    if channel not in transports:
        return Finding(check=CHECK, ok=False, detail=f"no transport is configured for {channel}")
    try:
        transports[channel].send(_message(channel, to, site.name))
    except TransportFailure as failure:
        return Finding(check=CHECK, ok=False, detail=str(failure))
    return _taken(service, transports[channel], to)


def _taken(service: Service, transport: Transport, to: str) -> Finding:
    """A pilot of a live transport writes down what is meant for anybody else; that proves nothing of the provider."""
    if not transport.live:
        where = "printed on the console" if transport.name == "console" else f"taken by the {transport.name} transport"
        return Finding(check=CHECK, ok=True, detail=f"{where}: it reaches nobody")
    pilot = service.settings.worker.only_recipients
    if pilot and to not in pilot:
        detail = "only written to the pilot's outbox: the address does not stand in worker.only_recipients"
        return Finding(check=CHECK, ok=False, detail=detail)
    return Finding(check=CHECK, ok=True, detail="the provider took it")


def _message(channel: Channel, to: str, site: str) -> OutboundMessage:
    return OutboundMessage(
        delivery_id=identifiers.delivery_id(),
        enrollment="-",
        key="test",
        channel=channel,
        to=to,
        subject=f"{site}: test message" if channel is Channel.EMAIL else None,
        text=f"{site}: this is a test message of the reminder service. Please ignore it.",
    )
