"""What a mail relay's reply means: its first digit decides, its words are left behind.

A relay's words often quote the recipient or the message; only its numbers go on.
"""

import re
from collections.abc import Callable

from reminders.transports.base import (
    FailureCode,
    Misconfigured,
    NotSent,
    OutcomeUnknown,
    Refused,
    Scope,
    TransportFailure,
)

Reply = tuple[int, bytes]
FailureFor = Callable[[str], TransportFailure]
"""Makes a failure from the reply's numbers."""


def expect(
    reply: Reply,
    wanted: int,
    refused: FailureFor,
    unreadable: FailureFor | None = None,
) -> None:
    """Raise unless the reply's first digit is `wanted`."""
    if reply[0] // 100 != wanted:
        raise failure_of(reply, refused, unreadable or not_understood)


def failure_of(reply: Reply, refused: FailureFor, unreadable: FailureFor) -> TransportFailure:
    said = _codes(reply)
    match reply[0] // 100:
        case 4:
            text = "The mail relay asks us to come back later."
            return NotSent(FailureCode.BUSY, text, provider_code=said)
        case 5:
            return refused(said)
        case _:
            return unreadable(said)


def _codes(reply: Reply) -> str:
    """The reply's numbers, such as "550 5.1.1"."""
    code, words = reply
    enhanced = re.match(rb"[245]\.\d{1,3}\.\d{1,3}\b", words)
    return f"{code} {enhanced[0].decode()}" if enhanced else str(code)


def our_fault(said: str) -> TransportFailure:
    return Misconfigured(FailureCode.SETUP, "The mail relay does not accept mail from us.", provider_code=said)


def address_refused(said: str) -> TransportFailure:
    if said.startswith("530"):  # not about the address: the relay wants us to log in or to use TLS
        return our_fault(said)
    text = "The mail relay does not accept this e-mail address."
    return Refused(FailureCode.BAD_ADDRESS, text, provider_code=said, scope=Scope.ADDRESS)


def message_refused(said: str) -> TransportFailure:
    return Refused(FailureCode.MESSAGE_REFUSED, "The mail relay refused the message.", provider_code=said)


def not_understood(said: str) -> TransportFailure:
    text = "The mail relay's answer could not be read."
    return NotSent(FailureCode.UNREADABLE_ANSWER, text, provider_code=said)


def who_knows(said: str) -> TransportFailure:
    text = "The mail relay's last answer could not be read; the message may be on its way."
    return OutcomeUnknown(FailureCode.UNREADABLE_ANSWER, text, provider_code=said)


def log_in_refused(said: str) -> TransportFailure:
    text = "The mail relay does not accept our user name and password."
    return Misconfigured(FailureCode.CREDENTIALS, text, provider_code=said)
