"""Text messages by Twilio: one POST to its Messages API, and the list of messages to settle a lost answer.

Twilio knows no idempotency key for messages, so a second POST may be a second text: this module never makes one.
"""

import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from twilio.rest.api.v2010.account.message import MessageInstance

from reminders.clock import Clock
from reminders.errors import ConfigurationError
from reminders.settings import TransportSettings
from reminders.transports.base import (
    Accepted,
    Channel,
    FailureCode,
    OutboundMessage,
    OutcomeUnknown,
    callback_address,
)
from reminders.transports.twilio_account import TwilioAccount, open_account

SHORTEST_VALIDITY = 1
LONGEST_VALIDITY = 36_000  # seconds; Twilio's own limit and default, ten hours
NEWEST = 50  # what waits in Twilio's queue stands among the newest
LOOKED_THROUGH = 1000  # messages to one number since the day of the call; with more, nothing can be concluded
# Their clock and ours, and theirs counts whole seconds.
CLOCK_SLACK = timedelta(minutes=2)


class TwilioSmsTransport:
    """Sends from a number or a Messaging Service; safe from several threads."""

    name = "twilio"
    channel = Channel.SMS
    live = True
    can_look_up = True
    # As a US long code takes them, until the settings say what this sender is: what comes faster would queue at Twilio,
    # where it can no longer be withdrawn.
    per_second = 1.0

    def __init__(self, *, account: TwilioAccount, sender: Mapping[str, str], clock: Clock) -> None:
        """`sender` is either `from_` or `messaging_service_sid`, as Twilio names them."""
        self._account = account
        self._messages = account.api.messages
        self._sender = dict(sender)
        self._clock = clock

    @property
    def longest_send_seconds(self) -> float:
        return self._account.longest_seconds

    def send(self, message: OutboundMessage) -> Accepted:
        created = self._messages.create(to=message.to, body=message.text, **self._sender, **self._options(message))
        if not created.sid:
            text = "Twilio's answer names no message; it may be on its way."
            raise OutcomeUnknown(FailureCode.UNREADABLE_ANSWER, text)
        return _accepted(created, message)

    def look_up(self, message: OutboundMessage, since: datetime) -> tuple[Accepted, ...]:
        """Match sender and text among what went to the number since the day of the call, and what is queued for it.

        Twilio filters by the day (GMT) a message was sent, and a queued one has none yet: hence two lists.
        """
        day = (since - CLOCK_SLACK).astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        queued = self._messages.list(to=message.to, limit=NEWEST, page_size=NEWEST)
        sent = self._messages.list(to=message.to, date_sent_after=day, limit=LOOKED_THROUGH, page_size=LOOKED_THROUGH)
        if len(sent) >= LOOKED_THROUGH:
            raise OutcomeUnknown(
                FailureCode.UNREADABLE_ANSWER, "Too many messages went to this number to look through."
            )
        found = {one.sid: one for one in (*queued, *sent) if self._is(one, message, since)}
        oldest_first = sorted(found.values(), key=lambda one: (one.date_created or since, one.sid or ""))
        return tuple(_accepted(one, message) for one in oldest_first)

    def check(self) -> tuple[str, ...]:
        return self._account.check()

    def close(self) -> None:
        self._account.close()

    def _options(self, message: OutboundMessage) -> dict[str, str | int]:
        options: dict[str, str | int] = {}
        callback = callback_address(message)
        if callback is not None:
            options["status_callback"] = callback
        if message.expires_at is not None:
            left = math.floor((message.expires_at - self._clock.now()).total_seconds())
            options["validity_period"] = max(SHORTEST_VALIDITY, min(left, LONGEST_VALIDITY))
        return options

    def _is(self, found: MessageInstance, message: OutboundMessage, since: datetime) -> bool:
        if found.date_created is None or found.date_created < since - CLOCK_SLACK:
            return False
        from_us = found.from_ == self._sender.get("from_") or (
            found.messaging_service_sid is not None
            and found.messaging_service_sid == self._sender.get("messaging_service_sid")
        )
        return from_us and found.to == message.to and found.body == message.text


def _accepted(found: MessageInstance, message: OutboundMessage) -> Accepted:
    # A Messaging Service says "0": it has not chosen the sending number yet.
    count = str(found.num_segments)
    return Accepted(
        provider_id=found.sid,
        segments=int(count) if count.isdecimal() and count != "0" else None,
        receipt_expected=message.callback_url is not None,
    )


def make(channel: Channel, settings: TransportSettings, clock: Clock) -> TwilioSmsTransport:
    """Raises ConfigurationError for a missing account, token or sender, and for a bad address."""
    return TwilioSmsTransport(account=open_account(channel, settings), sender=_sender(settings), clock=clock)


def _sender(settings: TransportSettings) -> dict[str, str]:
    if settings.messaging_service_sid and settings.from_number:
        raise ConfigurationError("transports.sms: set from_number or messaging_service_sid, not both")
    if settings.messaging_service_sid:
        return {"messaging_service_sid": settings.messaging_service_sid}
    if settings.from_number:
        return {"from_": settings.from_number}
    raise ConfigurationError("transports.sms: set from_number or messaging_service_sid")
