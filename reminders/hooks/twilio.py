"""Twilio's callbacks: is the signature right, is the account ours, and what do the fields say (pure).

The rule: the signature is computed over the public address of the settings, never over a header of the request, and
compared in constant time; a field that stands there twice or has not the form it must have is refused.
Source: RequestValidator of Twilio's SDK, 9.13: SHA-1 under the account's token, or what the settings header names.
"""

import hmac
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from twilio.request_validator import (
    SIGNATURE_HEADER,
    SIGNATURE_SETTINGS_HEADER,
    RequestValidator,
    add_port,
    get_signature_algorithm,
    remove_port,
)

from reminders.hooks.base import CallEvent, HookRefused, HookRequest, InboundText, StatusEvent
from reminders.transports.base import DELIVERY_PARAMETER
from reminders.transports.twilio_call_states import call_status
from reminders.transports.twiml import AGAIN_PARAMETER, ASKED_PARAMETER

_SID = re.compile(r"(SM|MM|CA)[0-9a-f]{32}", re.ASCII)
_WORD = re.compile(r"[a-z_-]{1,30}", re.ASCII)
_CODE = re.compile(r"[0-9]{1,10}", re.ASCII)
_ADDRESS = re.compile(r"[\x21-\x7e]{1,64}", re.ASCII)  # a number, a short code, or a sender's name
_COUNT = re.compile(r"[0-9]{1,2}", re.ASCII)
_DIGITS = re.compile(r"[0-9*#]{1,16}", re.ASCII)
_OPT_OUT = re.compile(r"[A-Za-z]{1,20}", re.ASCII)
_DELIVERY = re.compile(r"[0-9a-f]{32}", re.ASCII)


def verify(request: HookRequest, token: str, account_sid: str | None) -> None:
    """Raise HookRefused unless Twilio signed exactly this for this account; its fields are trusted after that."""
    fields = _fields(request)
    signature = request.headers.get(SIGNATURE_HEADER.lower())
    if signature is None:
        raise HookRefused(403, "unsigned")
    # Twilio is not consistent about naming a port that goes without saying; both forms are ours.
    address = urlsplit(request.url)
    urls = dict.fromkeys((remove_port(address), add_port(address)))
    expected = (_signature(token, url, fields, request) for url in urls)
    given = signature.encode()
    if not any(hmac.compare_digest(one.encode(), given) for one in expected):
        raise HookRefused(403, "signature")
    if account_sid is not None and not hmac.compare_digest(fields.get("AccountSid", "").encode(), account_sid.encode()):
        raise HookRefused(403, "account")


def _signature(token: str, url: str, fields: Mapping[str, str], request: HookRequest) -> str:
    algorithm = get_signature_algorithm(request.headers.get(SIGNATURE_SETTINGS_HEADER.lower()))
    try:
        computed: str = RequestValidator(token).compute_signature(url, fields, algorithm)
    except ValueError:  # an algorithm that this SDK does not know
        raise HookRefused(403, "algorithm") from None
    return computed


def parse_status(request: HookRequest) -> StatusEvent:
    """The receipt of a message or of a call; a call's words are brought to those of a message."""
    fields = _fields(request)
    if "CallSid" in fields:
        return _parse_call_status(request, fields)
    return StatusEvent(
        provider_id=_sid(fields),
        status=_required(_WORD, fields.get("MessageStatus", fields.get("SmsStatus"))),
        delivery=delivery_of(request),
        code=_optional(_CODE, fields.get("ErrorCode")),
    )


def _parse_call_status(request: HookRequest, fields: Mapping[str, str]) -> StatusEvent:
    """`completed` alone says only that the call is over: who answered decides whether somebody has heard it."""
    status = _required(_WORD, fields.get("CallStatus"))
    meaning = call_status(status, _optional(_WORD, fields.get("AnsweredBy")))
    return StatusEvent(
        provider_id=_sid(fields),
        status=status if meaning is None else meaning.word,
        delivery=delivery_of(request),
        code=_optional(_CODE, fields.get("ErrorCode")),
        reason=None if meaning is None else meaning.reason,
    )


def parse_reply(request: HookRequest) -> InboundText:
    """A text from somebody; its length is limited by the request's alone."""
    fields = _fields(request)
    opt_out = _optional(_OPT_OUT, fields.get("OptOutType"))
    return InboundText(
        provider_id=_sid(fields),
        sender=_required(_ADDRESS, fields.get("From")),
        to=_required(_ADDRESS, fields.get("To")),
        text=fields.get("Body", ""),
        media=int(_optional(_COUNT, fields.get("NumMedia")) or 0),
        opt_out_type=opt_out.upper() if opt_out else None,
    )


def parse_call(request: HookRequest) -> CallEvent:
    """A call that was taken, or a digit pressed in it."""
    fields = _fields(request)
    return CallEvent(
        provider_id=_sid(fields),
        delivery=delivery_of(request),
        answered_by=_optional(_WORD, fields.get("AnsweredBy")),
        digits=_optional(_DIGITS, fields.get("Digits")),
        again=int(_optional(_COUNT, request.query(AGAIN_PARAMETER)) or 0),
        asked=int(_optional(_COUNT, request.query(ASKED_PARAMETER)) or 0),
    )


def delivery_of(request: HookRequest) -> str | None:
    """Which delivery the address names."""
    return _optional(_DELIVERY, request.query(DELIVERY_PARAMETER))


def _fields(request: HookRequest) -> dict[str, str]:
    """The form by name. The signature counts a doubled field once, so that its second value would be anybody's."""
    fields = dict(request.form)
    if len(fields) != len(request.form):
        raise HookRefused(400, "doubled")
    return fields


def _sid(fields: Mapping[str, str]) -> str:
    named = next((fields[name] for name in ("CallSid", "MessageSid", "SmsSid") if name in fields), None)
    return _required(_SID, named)


def _required(form: re.Pattern[str], text: str | None) -> str:
    if text is None or not form.fullmatch(text):
        raise HookRefused(400, "field")
    return text


def _optional(form: re.Pattern[str], text: str | None) -> str | None:
    """An empty field is one that says nothing."""
    return _required(form, text) if text else None
