"""Consent: what the patient was asked, in which wording, and what a channel needs before it may be used."""

from reminders.database.vault import Vault
from reminders.errors import InputError
from reminders.records import Contact
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
