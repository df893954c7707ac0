"""Calls by Twilio: one POST to its Calls API; what is said, Twilio fetches from us once somebody has answered.

A second POST may ring twice, so this module never makes one. Without a public address nobody could tell us who has
answered: then the discreet words travel with the call, and nobody is asked for a key.

A lost answer is settled by the receipt, whose address names the delivery. Looking up would not be honest: Twilio
lists calls without what they said and without the addresses we gave, so two calls to one phone cannot be told apart.
"""

from twilio.rest.api.v2010.account.call import CallInstance

from reminders.clock import Clock
from reminders.errors import ConfigurationError
from reminders.settings import TransportSettings
from reminders.transports.base import (
    Accepted,
    Channel,
    FailureCode,
    OutboundMessage,
    OutcomeUnknown,
    Refused,
    callback_address,
    with_delivery,
)
from reminders.transports.twilio_account import TwilioAccount, open_account
from reminders.transports.twiml import left_on_a_machine

RING_SECONDS = 45  # time to walk to the phone, and for an answering machine to take the call
LONGEST_SCRIPT = 4000  # characters; Twilio's limit for TwiML in a request, and near what it speaks in one go
# Only this one waits for the end of a greeting; the other says the words over it.
DETECTION = "DetectMessageEnd"
# The first settles a lost answer within seconds, the second tells how the call ended, in whatever way.
EVENTS = ["initiated", "completed"]


class TwilioVoiceTransport:
    """Calls from one number; safe from several threads."""

    name = "twilio"
    channel = Channel.VOICE
    live = True
    can_look_up = False
    per_second = 1.0  # what Twilio dials for a new account; the rest would queue there, out of our reach

    def __init__(self, *, account: TwilioAccount, number: str) -> None:
        self._account = account
        self._calls = account.api.calls
        self._number = number

    @property
    def longest_send_seconds(self) -> float:
        return self._account.longest_seconds

    def send(self, message: OutboundMessage) -> Accepted:
        script, receipts = _script(message), _receipts(message)
        created: CallInstance = self._calls.create(
            to=message.to, from_=self._number, timeout=RING_SECONDS, **script, **receipts
        )
        if not created.sid:
            text = "Twilio's answer names no call; the phone may be ringing."
            raise OutcomeUnknown(FailureCode.UNREADABLE_ANSWER, text)
        return Accepted(provider_id=created.sid, receipt_expected=message.callback_url is not None)

    def check(self) -> tuple[str, ...]:
        return self._account.check()

    def close(self) -> None:
        self._account.close()


def _script(message: OutboundMessage) -> dict[str, str]:
    """Where the words are, or the words; raises Refused for words that cannot be said."""
    if message.discreet is None:
        text = "The call has no words that an answering machine may hear."
        raise Refused(FailureCode.MESSAGE_REFUSED, text)
    url = with_delivery(message, message.script_url)
    inline = left_on_a_machine(message.discreet, message.language)
    spoken = (message.text, message.discreet) if url else (inline,)
    if max(map(len, spoken)) > LONGEST_SCRIPT:
        raise Refused(FailureCode.MESSAGE_REFUSED, "The message is too long to be said in a call.")
    return {"url": url, "method": "POST", "machine_detection": DETECTION} if url else {"twiml": inline}


def _receipts(message: OutboundMessage) -> dict[str, str | list[str]]:
    callback = callback_address(message)
    if callback is None:
        return {}
    return {"status_callback": callback, "status_callback_method": "POST", "status_callback_event": EVENTS}


def make(channel: Channel, settings: TransportSettings, clock: Clock) -> TwilioVoiceTransport:
    """Raises ConfigurationError for a missing account, token or number, and for a bad address."""
    if settings.messaging_service_sid:
        raise ConfigurationError(f"transports.{channel}: a messaging service cannot call; set from_number alone")
    if not settings.from_number:
        raise ConfigurationError(f'transports.{channel}: the kind "twilio" needs from_number, the number that calls')
    return TwilioVoiceTransport(account=open_account(channel, settings), number=settings.from_number)
