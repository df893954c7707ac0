"""What Twilio's error codes mean for us: one table, read for a call's answer now and for receipts later.

A code never decides alone about a call: with a status of 500 and above nothing is certain, whatever the code.
Sources: Twilio's error dictionary, one page per code. Twilio may add codes; what the table does not list is
refused at a call, and left to the caller at a receipt.
"""

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from reminders.transports.base import (
    FailureCode,
    Misconfigured,
    NotSent,
    OptedOut,
    OutcomeUnknown,
    Refused,
    Scope,
    TransportFailure,
)


class Kind(StrEnum):
    """Whose matter a code is."""

    BAD_NUMBER = "bad-number"  # no text will ever arrive there
    OPTED_OUT = "opted-out"
    OUR_SETUP = "our-set-up"  # every message is hit, until an operator acts
    THIS_MESSAGE = "this-message"  # this one is hit, by its text, its country or its time
    PASSING = "passing"  # it may work later
    UNKNOWN = "unknown"  # it may have arrived all the same


@dataclass(frozen=True, slots=True)
class Meaning:
    """A code's kind and what staff read of it."""

    kind: Kind
    words: str


_WORDS: dict[Kind, dict[int, str]] = {
    Kind.BAD_NUMBER: {
        13223: "The number is not a valid phone number.",
        13226: "The number is not a valid phone number.",
        21202: "The number is a premium number, which is not called.",
        21211: "The number is not a valid phone number.",
        21217: "The number is not a valid phone number.",
        21265: "The number is a short code, which cannot receive our texts.",
        21266: "The number is our own sending number.",
        21614: "The number is not a mobile number.",
        21635: "The number is a landline.",
        30005: "The number is not in service, or cannot receive texts.",
        30006: "The number is a landline, or its carrier takes no texts.",
    },
    Kind.OPTED_OUT: {
        21610: "The patient has answered STOP to our number.",
    },
    Kind.OUR_SETUP: {
        10001: "Our Twilio account is not active; it may be out of funds.",
        10002: "Our Twilio account is a trial account, which may not do this.",
        10005: "Our Twilio account may not call.",
        20003: "Twilio does not accept our account or its token.",
        20005: "Our Twilio account is not active; it may be out of funds.",
        20006: "Our Twilio account may not use this service.",
        20008: "The credentials are Twilio's test credentials.",
        20403: "Our Twilio account is suspended or closed.",
        20404: "Twilio does not know our account.",
        21205: "The address set for calls is not one that Twilio can ask.",
        21210: "Our calling number is not one of our Twilio account.",
        21212: "Our own number is not a valid phone number.",
        21213: "No calling number is set.",
        21219: "Our Twilio account is a trial account: it calls verified numbers only.",
        21601: "Our sending number cannot send texts.",
        21603: "No sending number is set.",
        21606: "Our sending number cannot send texts from this account.",
        21608: "Our Twilio account is a trial account: it reaches verified numbers only.",
        21609: "The address set for receipts is not one that Twilio can reach.",
        21659: "Our sending number is not one of Twilio's.",
        21660: "Our sending number belongs to another Twilio account.",
        21661: "Our sending number cannot send texts.",
        21701: "The Messaging Service we send by does not exist.",
        21702: "The Messaging Service we send by cannot be used.",
        21703: "The Messaging Service we send by has no sending number.",
        21704: "The Messaging Service we send by has no sending number.",
        21705: "The Messaging Service we send by is not valid.",
        30002: "Our Twilio account is suspended.",
        30024: "Our sending number is not registered with the carriers.",
        30032: "Our toll-free number is not verified.",
        30034: "Our sending number is not registered for messages to the United States.",
        573005: "Our Twilio account is a trial account: it calls verified numbers only.",
    },
    # What is about a country or a route stays here: one patient abroad must not silence everybody else.
    Kind.THIS_MESSAGE: {
        13224: "Twilio cannot call this number, or it does not exist.",
        13225: "Twilio blocks calls to this number.",
        13227: "Our Twilio account may not call the country of this number.",
        21203: "Our Twilio account may not call other countries.",
        21214: "Twilio cannot reach this number.",
        21215: "Our Twilio account may not call the country of this number.",
        21216: "Twilio blocks calls to this number.",
        21408: "Our Twilio account may not send to the country of this number.",
        21602: "The message has no text.",
        21612: "Twilio cannot reach this number from our sending number.",
        21617: "The message is too long.",
        21619: "The message has no text.",
        21624: "Twilio refused how long the message may wait.",
        30004: "The message was blocked on its way.",
        30007: "The carrier filtered the message as unwanted.",
        30036: "The message waited at Twilio until its time had passed.",
        30450: "Twilio holds back messages to this country or carrier, to stop fraud.",
        32205: "Our Twilio account may not call the country of this number.",
        32224: "The rules of a region forbid Twilio this call.",
    },
    Kind.PASSING: {
        10004: "Too many of our calls are going on at the same time.",
        14107: "Twilio asks us to send more slowly.",
        20429: "Twilio asks us to send more slowly.",
        21611: "The queue of our sending number is full.",
        21730: "Twilio is under maintenance.",
        30001: "The queue at Twilio is full.",
        30003: "The phone is switched off or out of reach.",
        30008: "The carrier did not deliver the message and gave no reason.",
        30017: "The carrier's network is congested.",
        30022: "The carrier asks for fewer messages a minute.",
        30023: "Today's share of messages at the carrier is used up.",
        30500: "Twilio failed to hand the message on.",
        63038: "Today's share of messages of our account is used up.",
    },
    Kind.UNKNOWN: {
        20500: "Twilio failed in the middle.",
        20503: "Twilio was not available.",
        30410: "The carrier gave Twilio no answer; the message may have arrived.",
    },
}

MEANINGS = MappingProxyType(
    {code: Meaning(kind, words) for kind, codes in _WORDS.items() for code, words in codes.items()}
)

# What a status says when the answer carries no code of Twilio's own: something in between has answered.
_NOT_TWILIO = {401, 403, 404, 407}
_TIMED_OUT = 408  # a server may say so also when the request had arrived
_TOO_MANY = 429  # Twilio documents that such a request was never processed


def failure_of_call(status: int, code: int | None, retry_after: float | None) -> TransportFailure:
    """What an answer to a call means; `retry_after` is in seconds, `code` Twilio's own, if there was one."""
    provider_code = str(code or status)
    if status == _TOO_MANY:
        return _not_sent(code or 20429, provider_code, retry_after)
    if status >= 500 or status < 400 or status == _TIMED_OUT:
        text = "Twilio gave no certain answer; the message may be on its way."
        return OutcomeUnknown(FailureCode.PROVIDER_ERROR, text, provider_code=provider_code)
    if code is not None and code in MEANINGS:
        return _failure_of_code(code, retry_after)
    if code is None and status in _NOT_TWILIO:
        text = "Something other than Twilio answered, or it does not accept our account."
        return Misconfigured(_setup_code(status), text, provider_code=provider_code)
    text = "Twilio refused the message."
    return Refused(FailureCode.MESSAGE_REFUSED, text, provider_code=provider_code)


def _failure_of_code(code: int, retry_after: float | None) -> TransportFailure:
    meaning, provider_code = MEANINGS[code], str(code)
    match meaning.kind:
        case Kind.BAD_NUMBER:
            return Refused(FailureCode.BAD_ADDRESS, meaning.words, provider_code=provider_code, scope=Scope.ADDRESS)
        case Kind.OPTED_OUT:
            return OptedOut(meaning.words, provider_code=provider_code)
        case Kind.OUR_SETUP:
            return Misconfigured(_setup_code(code), meaning.words, provider_code=provider_code)
        case Kind.THIS_MESSAGE:
            return Refused(FailureCode.MESSAGE_REFUSED, meaning.words, provider_code=provider_code)
        case Kind.PASSING:
            return _not_sent(code, provider_code, retry_after)
        case Kind.UNKNOWN:
            return OutcomeUnknown(FailureCode.PROVIDER_ERROR, meaning.words, provider_code=provider_code)


def _not_sent(code: int, provider_code: str, retry_after: float | None) -> NotSent:
    meaning = MEANINGS.get(code, MEANINGS[20429])
    return NotSent(FailureCode.BUSY, meaning.words, provider_code=provider_code, retry_after=retry_after)


def _setup_code(code_or_status: int) -> FailureCode:
    return FailureCode.CREDENTIALS if code_or_status in {401, 20003} else FailureCode.SETUP
