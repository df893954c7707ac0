"""One reply on its way through the program: what was written, what was read in it, and whose it is.

The rule: the words stay sealed wherever they are kept, and no `repr` shows them.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from reminders import identifiers
from reminders.consent import address_lookup
from reminders.hooks.base import InboundText
from reminders.replies.senders import Sender
from reminders.service import Service
from reminders.understanding import Reading
from schedules.protocol import Channel

# What Twilio matches by itself, whole and in any case: it answers these, and refuses whatever we would send then.
TWILIO_WORDS = "stop stopall unsubscribe cancel end quit revoke optout"
PROVIDER_STOPS = frozenset(TWILIO_WORDS.split())
LONGEST = 10_000  # characters kept of a text: a sixth of what a request may carry
UNREAD = "unread"


@dataclass(frozen=True, kw_only=True, slots=True)
class Incoming:
    """One reply on its way through: the text, what was read in it, and whose it is."""

    service: Service
    connection: Connection
    id: str
    text: InboundText = field(repr=False)
    reading: Reading
    sender: Sender
    now: datetime

    @property
    def provider(self) -> str | None:
        """What the provider has made of the text, and has answered."""
        return self.text.opt_out_type.upper() if self.text.opt_out_type else None

    @property
    def wants_silence(self) -> bool:
        return self.reading.opt_out or self.provider == "STOP"

    @property
    def wants_texts(self) -> bool:
        return self.reading.start or self.provider == "START"

    @property
    def confirmed_elsewhere(self) -> bool:
        """Whether the provider has confirmed the opt-out: a second confirmation would be one too many."""
        sms = self.service.settings.transports.get(Channel.SMS)
        by_itself = sms is not None and sms.kind == "twilio" and self.text.text.strip().lower() in PROVIDER_STOPS
        return self.provider is not None or by_itself


def reply_row(service: Service, text: InboundText, now: datetime) -> dict[str, Any]:
    """A reply as the store keeps it until it has been read."""
    id_, vault = identifiers.delivery_id(), service.vault
    return {
        "id": id_,
        "provider_id": text.provider_id,
        "address": address_lookup(vault, Channel.SMS, text.sender),
        "sender": vault.seal("replies", id_, "sender", text.sender),
        "content": vault.seal("replies", id_, "content", printable(text.text)),
        "media": text.media,
        "received_at": now,
        "meaning": UNREAD,
    }


def printable(text: str) -> str:
    """A text as it can be stored and shown: without halves of a character and endless tails."""
    return text[:LONGEST].encode("utf-8", "replace").decode("utf-8")
