"""Text messages by Twilio: one POST to its Messages API, and the list of messages to settle a lost answer.

Twilio knows no idempotency key for messages, so a second POST may be a second text: this module never makes one.
"""

import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from twilio.rest import Client
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
    TransportFailure,
    callback_address,
)
from reminders.transports.twilio_http import TwilioLine

SHORTEST_VALIDITY = 1
LONGEST_VALIDITY = 36_000  # seconds; Twilio's own limit and default, ten hours
# Enough to reach behind the newest messages to one patient; Twilio lists the newest first.
LOOKED_THROUGH = 50
# Their clock and ours, and theirs counts whole seconds.
CLOCK_SLACK = timedelta(minutes=2)


class TwilioSmsTransport:
    """Sends from a number or a Messaging Service; safe from several threads."""

    name = "twilio"
    channel = Channel.SMS
    live = True
    can_look_up = True
    per_second = None

    def __init__(
        self, *, account_sid: str, auth_token: str, sender: Mapping[str, str], line: TwilioLine, clock: Clock
    ) -> None:
        """`sender` is either `from_` or `messaging_service_sid`, as Twilio names them."""
        # A made-up environment: else the SDK would read the real one, and TWILIO_REGION would move us.
        self._client = Client(account_sid, auth_token, http_client=line, environment={"TWILIO_EDGE": ""})
        self._account_sid = account_sid
        self._messages = self._client.api.v2010.accounts(account_sid).messages
        self._sender = dict(sender)
        self._line = line
        self._clock = clock

    @property
    def longest_send_seconds(self) -> float:
        return self._line.longest_seconds

    def send(self, message: OutboundMessage) -> Accepted:
        created = self._messages.create(to=message.to, body=message.text, **self._sender, **self._options(message))
        if not created.sid:
            text = "Twilio's answer names no message; it may be on its way."
            raise OutcomeUnknown(FailureCode.UNREADABLE_ANSWER, text)
        return _accepted(created)

    def look_up(self, message: OutboundMessage, since: datetime) -> tuple[Accepted, ...]:
        """Match sender and text among the newest messages to the number.

        Without a date: Twilio filters by the day a message was sent, and a queued one has none yet.
        """
        newest = self._messages.list(to=message.to, limit=LOOKED_THROUGH, page_size=LOOKED_THROUGH)
        return tuple(_accepted(found) for found in newest if self._is(found, message, since))

    def check(self) -> tuple[str, ...]:
        """One GET of the account."""
        try:
            account = self._client.api.v2010.accounts(self._account_sid).fetch()
        except TransportFailure as failure:
            return (_advice(failure),)
        if account.status != "active":
            return (f"The Twilio account is {account.status}: see the Twilio console.",)
        return ()

    def close(self) -> None:
        self._line.close()

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


def _accepted(found: MessageInstance) -> Accepted:
    # A Messaging Service says "0": it has not chosen the sending number yet.
    count = str(found.num_segments)
    return Accepted(provider_id=found.sid, segments=int(count) if count.isdecimal() and count != "0" else None)


def _advice(failure: TransportFailure) -> str:
    if failure.code == FailureCode.CREDENTIALS:
        return (
            "Twilio does not accept the credentials: compare transports.sms.account_sid and the auth token "
            "with the Twilio console."
        )
    code = f" ({failure.provider_code})" if failure.provider_code else ""
    return f"The Twilio account could not be asked: {failure.text}{code}"


def make(channel: Channel, settings: TransportSettings, clock: Clock) -> TwilioSmsTransport:
    """Raises ConfigurationError for a missing account, token or sender, and for a bad address."""
    if not settings.account_sid or settings.auth_token is None:
        raise ConfigurationError('transports.sms: the kind "twilio" needs account_sid and an auth token')
    return TwilioSmsTransport(
        account_sid=settings.account_sid,
        auth_token=settings.auth_token.get_secret_value(),
        sender=_sender(settings),
        line=TwilioLine(timeout_seconds=settings.timeout_seconds, base_url=_base_url(settings)),
        clock=clock,
    )


def _sender(settings: TransportSettings) -> dict[str, str]:
    if settings.messaging_service_sid and settings.from_number:
        raise ConfigurationError("transports.sms: set from_number or messaging_service_sid, not both")
    if settings.messaging_service_sid:
        return {"messaging_service_sid": settings.messaging_service_sid}
    if settings.from_number:
        return {"from_": settings.from_number}
    raise ConfigurationError("transports.sms: set from_number or messaging_service_sid")


def _base_url(settings: TransportSettings) -> str | None:
    if not settings.base_url:
        return None
    parts = urlsplit(settings.base_url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ConfigurationError("transports.sms.base_url: give an address such as https://twilio.example.org")
    return settings.base_url
