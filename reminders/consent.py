"""Consent: what the patient was asked, in which wording, and what a channel needs before it may be used."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection

from reminders.database import inbound
from reminders.database.vault import Vault
from reminders.errors import InputError
from reminders.records import Contact, Enrollment
from schedules.protocol import Channel

WORDING_VERSION = "2026-1"
"""The version of the consent wording in docs/consent.md; stored with every consent."""


CAREGIVER_WORDING_VERSION = "2026-1"
"""The version of the wording for caregivers in docs/consent.md; stored with every caregiver's consent."""


def require_address(channel: Channel, contact: Contact) -> None:
    """Refuse consent for a channel that has no address."""
    if contact.address(channel) is None:
        option = "--email" if channel is Channel.EMAIL else "--phone"
        raise InputError(f"--consent: {channel} needs {option}")


def address_lookup(vault: Vault, channel: Channel, address: str) -> str:
    """The keyed hash by which a number or a mailbox is found again, the same for a patient and for a caregiver."""
    return vault.lookup("email", address.lower()) if channel is Channel.EMAIL else vault.lookup("phone", address)


def shut_opted_out(
    connection: Connection, vault: Vault, enrollment: Enrollment, channels: Iterable[Channel], *, by: str, now: datetime
) -> tuple[Channel, ...]:
    """Close the consents just stored for addresses that want no messages: only their own START opens them again.

    An opt-out at the same moment waits until this transaction ends, or is seen by it.
    """
    where = {}
    for channel in channels:
        address = enrollment.contact.address(channel)
        if address is not None:
            where[str(channel)] = address_lookup(vault, channel, address)
    for address in sorted(set(where.values())):
        inbound.one_at_a_time(connection, address)
    shut = inbound.opted_out(connection, where)
    if shut:
        inbound.shut_consent(connection, enrollment.id, shut, by=by, now=now)
    return tuple(Channel(channel) for channel in shut)


def shut_warnings(shut: Iterable[Channel]) -> list[str]:
    """What whoever stored such a consent must know."""
    return [
        f"this address has opted out of {channel}: "
        + ("nothing goes to it until the patient texts START" if channel is Channel.SMS else "nothing goes to it")
        for channel in shut
    ]
