"""What the providers' forms look like, for OpenAPI: a fuzzer makes its requests of this.

The rule: it describes, and checks nothing; what comes in is checked in reminders.hooks.
"""

from collections.abc import Mapping
from typing import Any

from reminders.callbacks import MAC_PARAMETER
from reminders.transports.base import DELIVERY_PARAMETER
from reminders.transports.twiml import AGAIN_PARAMETER, ASKED_PARAMETER
from reminders.web.forms import FORM

Schema = Mapping[str, Any]

_HEX = {"type": "string", "pattern": "^[0-9a-f]{32}$"}
_SID = {"type": "string", "pattern": "^(SM|MM|CA)[0-9a-f]{32}$"}
_WORD = {"type": "string", "pattern": "^[a-z_-]{1,30}$"}
_NUMBER = {"type": "string", "pattern": r"^\+[1-9][0-9]{6,14}$"}
_TEXT = {"type": "string", "maxLength": 1600}
_COUNT = {"type": "string", "pattern": "^[0-9]{1,2}$"}
_ACCOUNT = {"type": "string", "pattern": "^AC[0-9a-f]{32}$"}

STATUS_FIELDS: Mapping[str, Schema] = {
    "MessageSid": _SID, "SmsSid": _SID, "CallSid": _SID, "MessageStatus": _WORD, "SmsStatus": _WORD,
    "CallStatus": _WORD, "AnsweredBy": _WORD, "ErrorCode": {"type": "string", "pattern": "^[0-9]{0,10}$"},
    "From": _NUMBER, "To": _NUMBER,
}  # fmt: skip
REPLY_FIELDS: Mapping[str, Schema] = {
    "MessageSid": _SID, "SmsSid": _SID, "From": _NUMBER, "To": _NUMBER, "Body": _TEXT,
    "NumMedia": {"type": "string", "pattern": "^[0-9]{1,2}$"},
    "OptOutType": {"type": "string", "enum": ["STOP", "START", "HELP"]},
}  # fmt: skip
CALL_FIELDS: Mapping[str, Schema] = {
    "CallSid": _SID, "CallStatus": _WORD, "AnsweredBy": _WORD, "From": _NUMBER, "To": _NUMBER,
    "Digits": {"type": "string", "pattern": "^[0-9*#]{1,16}$"},
}  # fmt: skip


def described(fields: Mapping[str, Schema], *required: str, of_delivery: bool) -> dict[str, Any]:
    """FastAPI's `openapi_extra` for a hook with these form fields; `of_delivery`: its address names one."""
    form = {
        "type": "object",
        "properties": {"AccountSid": _ACCOUNT, **fields},
        "required": ["AccountSid", *required],
        "additionalProperties": {"type": "string"},
    }
    body = {"required": True, "content": {FORM: {"schema": form}}}
    return {"requestBody": body, "parameters": _parameters(of_delivery)}


def _parameters(of_delivery: bool) -> list[dict[str, Any]]:
    signature = _parameter("X-Twilio-Signature", "header", {"type": "string"}, required=True)
    if not of_delivery:
        return [signature]
    return [
        signature,
        _parameter(MAC_PARAMETER, "query", _HEX, required=True),
        _parameter(DELIVERY_PARAMETER, "query", _HEX, required=True),
        *(_parameter(name, "query", _COUNT, required=False) for name in (AGAIN_PARAMETER, ASKED_PARAMETER)),
    ]


def _parameter(name: str, place: str, schema: Schema, *, required: bool) -> dict[str, Any]:
    return {"name": name, "in": place, "required": required, "schema": dict(schema)}


def unsubscribe_description(form: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The address of the page, and the form it takes."""
    named = [_parameter(name, "query", _HEX, required=True) for name in (MAC_PARAMETER, DELIVERY_PARAMETER)]
    if form is None:
        return {"parameters": named}
    fields = {name: {"type": "string", "enum": [value]} for name, value in form.items()}
    schema = {"type": "object", "properties": fields, "required": list(fields)}
    return {"parameters": named, "requestBody": {"required": True, "content": {FORM: {"schema": schema}}}}
