"""The port every transport implements. It reports what happened to one call; it never decides what happens next.

TransportFailure
├── NotSent           surely not taken; may be tried again
├── OutcomeUnknown    may have been taken; never tried again before the provider was asked
├── Refused           taken by nobody, and a machine must not try again; a person's matter
│   └── OptedOut      the person asked for silence: consent is closed too
└── Misconfigured     our own set-up is at fault: the transport is paused and an alarm raised

Any other exception that leaves a transport is a bug; the dispatcher records it as an unknown outcome.
"""

import typing
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from schedules.protocol import Channel

__all__ = [
    "Accepted",
    "Attachment",
    "CanLookUp",
    "Channel",
    "FailureCode",
    "Misconfigured",
    "NotSent",
    "OptedOut",
    "OutboundMessage",
    "OutcomeUnknown",
    "Refused",
    "Scope",
    "Transport",
    "TransportFailure",
    "callback_address",
    "with_delivery",
]

# The query parameter of a callback URL that names our delivery; providers sign the URL with it.
DELIVERY_PARAMETER = "delivery"


@dataclass(frozen=True, kw_only=True, slots=True)
class Attachment:
    """A file that travels with an e-mail; `media_type` may carry parameters, as in "text/calendar; method=PUBLISH"."""

    name: str
    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class OutboundMessage:
    """One message to one person; what would identify the person stays out of `repr`."""

    delivery_id: str
    enrollment: str
    key: str  # the reminder's key, such as `ride` or `stop:warfarin`
    channel: Channel
    to: str = field(repr=False)  # E.164 number or e-mail address
    subject: str | None = field(default=None, repr=False)  # e-mail alone
    text: str = field(repr=False)
    html: str | None = field(default=None, repr=False)  # e-mail alone
    attachments: tuple[Attachment, ...] = field(default=(), repr=False)  # e-mail alone; others leave them out
    expires_at: datetime | None = None  # aware UTC: after it the message would be wrong
    callback_url: str | None = None  # where receipts go, without our delivery id
    script_url: str | None = None  # where a call asks what to say, without our delivery id; calls alone
    language: str = "en"
    discreet: str | None = field(default=None, repr=False)  # what an answering machine may hear; calls alone
    unsubscribe_url: str | None = field(default=None, repr=False)  # one POST there ends these; e-mail alone
    again_of: str | None = None  # the delivery id of the first attempt, which surely came to nothing

    @property
    def identity(self) -> str:
        """What the provider may know the message by: a second attempt goes under the name of the first."""
        return self.again_of or self.delivery_id


@dataclass(frozen=True, kw_only=True, slots=True)
class Accepted:
    """The provider has taken the message and answers for it now.

    `provider_id` is its own name for it; `segments` is how many SMS parts it counted, if it said so.
    `receipt_expected`: it will say later what became of the message, so that silence means something.
    """

    provider_id: str | None
    segments: int | None = None
    receipt_expected: bool = False


class FailureCode(StrEnum):
    """Our stable words for what went wrong, the same for every provider."""

    UNREACHABLE = "unreachable"  # no connection was ever made
    BUSY = "busy"  # the provider asks us to come back later
    LINE_LOST = "line-lost"  # the connection broke in the middle
    NO_ANSWER = "no-answer"  # the provider stayed silent for too long
    PROVIDER_ERROR = "provider-error"  # the provider says that it failed
    UNREADABLE_ANSWER = "unreadable-answer"  # an answer came and says nothing certain
    NOT_DELIVERED = "not-delivered"  # it was taken, and did not arrive
    NO_RECEIPT = "no-receipt"  # it was taken, and nobody has said what became of it
    STORAGE = "storage"  # a local file could not be written
    BAD_ADDRESS = "bad-address"  # nobody can be reached there on this channel
    OPTED_OUT = "opted-out"
    MESSAGE_REFUSED = "message-refused"  # this message cannot go as it stands; the address is not to blame
    CREDENTIALS = "credentials"
    CERTIFICATE = "certificate"
    SETUP = "set-up"


class Scope(StrEnum):
    """What a refusal is about."""

    ADDRESS = "address"  # this address is no good on this channel, for any message
    MESSAGE = "message"  # this one message; another may well go


class TransportFailure(Exception):
    """Base of every failure a transport reports; `str()` is a sentence for staff.

    Neither the text nor the codes ever hold the recipient, the message or the provider's own wording,
    which may quote both.
    """

    def __init__(self, code: str, text: str, *, provider_code: str | None = None) -> None:
        super().__init__(text)
        self.code = code
        self.text = text
        self.provider_code = provider_code

    def __repr__(self) -> str:
        return f"{type(self).__name__}(code={str(self.code)!r}, provider_code={self.provider_code!r})"


class NotSent(TransportFailure):
    """The provider surely did not take the message; `retry_after` is its own wish, in seconds."""

    def __init__(
        self, code: str, text: str, *, provider_code: str | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(code, text, provider_code=provider_code)
        self.retry_after = retry_after


class OutcomeUnknown(TransportFailure):
    """Something left and no clear answer came: the patient may or may not get the message."""


class Refused(TransportFailure):
    """The provider will not deliver this, now or later."""

    def __init__(self, code: str, text: str, *, provider_code: str | None = None, scope: Scope = Scope.MESSAGE) -> None:
        super().__init__(code, text, provider_code=provider_code)
        self.scope = scope


class OptedOut(Refused):
    """The person has told the provider to stop."""

    def __init__(self, text: str, *, provider_code: str | None = None) -> None:
        super().__init__(FailureCode.OPTED_OUT, text, provider_code=provider_code, scope=Scope.ADDRESS)


class Misconfigured(TransportFailure):
    """Credentials, certificate or account: no message will go until an operator acts."""


class Transport(typing.Protocol):
    """One way out, for one channel; called from several threads at once.

    `live` is False where nobody outside the building can be reached.
    `per_second` is how much the provider takes in a second (segments of texts, calls, e-mails) where the settings do
    not say; None for no limit known.
    `longest_send_seconds` is the longest a `send` may take; it must stay below a worker's lease.
    """

    @property
    def name(self) -> str: ...
    @property
    def channel(self) -> Channel: ...
    @property
    def live(self) -> bool: ...
    @property
    def can_look_up(self) -> bool: ...
    @property
    def per_second(self) -> float | None: ...
    @property
    def longest_send_seconds(self) -> float: ...

    def send(self, message: OutboundMessage) -> Accepted:
        """Call the provider at most once, without retries, and return only if it took the message.

        Raises exactly one TransportFailure otherwise; logs neither recipient nor text.
        """
        ...

    def check(self) -> tuple[str, ...]:
        """Name what an operator must mend, one sentence each; sends no message."""
        ...

    def close(self) -> None:
        """Let go of connections and files; a second call does nothing."""
        ...


@typing.runtime_checkable
class CanLookUp(typing.Protocol):
    """What a transport with `can_look_up` offers besides: asking the provider what it took."""

    def look_up(self, message: OutboundMessage, since: datetime) -> tuple[Accepted, ...]:
        """Return every trace of `message` the provider has from `since` (aware UTC) on.

        Nothing means that none is there yet, which is not proof: a provider's list may lag. A provider that
        knows no delivery id is searched by recipient and text: leave out what is known as another delivery's;
        more than one that is left is a duplicate. Raises a TransportFailure if the provider cannot be asked.
        """
        ...


def callback_address(message: OutboundMessage) -> str | None:
    """The message's callback URL with our delivery id in its query, so that a receipt settles a lost answer."""
    return with_delivery(message, message.callback_url)


def with_delivery(message: OutboundMessage, url: str | None) -> str | None:
    """An address of ours with the message's delivery id in its query; None where there is no address."""
    if url is None:
        return None
    parts = urlsplit(url)
    query = [*parse_qsl(parts.query, keep_blank_values=True), (DELIVERY_PARAMETER, message.delivery_id)]
    return urlunsplit(parts._replace(query=urlencode(query)))
