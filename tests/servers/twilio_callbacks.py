"""How Twilio calls back: receipts, replies and the turns of a call, as truly signed forms over real HTTP.

A signature is made over the public address exactly as it was given, wherever the request in truth goes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from urllib.parse import urljoin
from xml.etree import ElementTree

import requests
from twilio.request_validator import RequestValidator

from tests.servers.twilio_records import ACCOUNT_SID, API_VERSION, AUTH_TOKEN, TwilioCall, TwilioMessage

Reach = Callable[[str], str]
LONGEST_SECONDS = 60.0
ENDED = frozenset({"completed", "busy", "no-answer", "failed", "canceled"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What the program answered to one callback; `sid` is whose callback it was."""

    sid: str
    status: int
    body: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """What was heard in one call, document by document, and the answer to its last receipt."""

    scripts: tuple[str, ...]
    receipt: Answer | None

    @property
    def said(self) -> tuple[str, ...]:
        """Every sentence, in the order in which it would be heard if nobody pressed a key too early."""
        return tuple(say.text or "" for script in self.scripts for say in parsed(script).iter("Say"))


class Callbacks:
    """Half of `TwilioServer`: what it does by itself. `reach` maps a public address to one that can be reached."""

    # The other half's.
    messages: tuple[TwilioMessage, ...]
    calls: tuple[TwilioCall, ...]
    set_status: Callable[..., None]
    set_answered_by: Callable[..., None]

    def __init__(self, reach: Reach | None = None) -> None:
        self.reach: Reach = reach or str
        self._replies = count(1)

    def report(self, sid: str, status: str, error_code: int | None = None) -> Answer | None:
        """Say what became of a message or a call; None where no address for that was given."""
        self.set_status(sid, status, error_code)
        found = self._find(sid)
        form = _call_form(found) if isinstance(found, TwilioCall) else _message_form(found)
        return self._post(sid, found.form["StatusCallback"], form) if "StatusCallback" in found.form else None

    def reply(self, from_: str, to: str, body: str, url: str, **more: str) -> Answer:
        """A text comes in; `more` is further fields, such as NumMedia="1"."""
        sid = f"SM{(1 << 124) + next(self._replies):032x}"
        return self._post(sid, url, reply_form(sid, from_, to, body, **more))

    def answer_call(self, sid: str, answered_by: str | None = "human", digits: str = "") -> Heard:
        """Pick up, listen, press the keys one after the other as long as one is asked for, and hang up."""
        call = self._find(sid)
        assert isinstance(call, TwilioCall)
        inline = call.form.get("Twiml")
        self.set_status(sid, "in-progress")
        self.set_answered_by(sid, answered_by if "MachineDetection" in call.form else None)
        scripts = [inline] if inline is not None else self._turns(sid, call.form["Url"], digits)
        return Heard(scripts=tuple(scripts), receipt=self.report(sid, "completed"))

    def _turns(self, sid: str, url: str, digits: str) -> list[str]:
        scripts = [self._script_at(sid, url)]
        for digit in digits:
            gather = parsed(scripts[-1]).find("Gather")
            if gather is None:
                break
            url = urljoin(url, gather.get("action", url))
            scripts.append(self._script_at(sid, url, Digits=digit))
        return scripts

    def _script_at(self, sid: str, url: str, **more: str) -> str:
        answer = self._post(sid, url, {**_call_form(self._find(sid)), **more})
        assert answer.status == 200, f"a call was answered with {answer.status}"
        return answer.body

    def _find(self, sid: str) -> TwilioMessage | TwilioCall:
        return next(found for found in (*self.messages, *self.calls) if found.sid == sid)

    def _post(self, sid: str, url: str, form: Mapping[str, str]) -> Answer:
        answer = requests.post(
            self.reach(url), data=form, headers=signed(url, form), timeout=LONGEST_SECONDS, allow_redirects=False
        )
        return Answer(sid=sid, status=answer.status_code, body=answer.text)


def parsed(script: str) -> ElementTree.Element:
    """The TwiML of the program under test."""
    return ElementTree.fromstring(script)  # noqa: S314 - nobody else's


def signed(url: str, form: Mapping[str, str], token: str = AUTH_TOKEN) -> dict[str, str]:
    """The header that proves a form to come from Twilio."""
    return {"X-Twilio-Signature": RequestValidator(token).compute_signature(url, dict(form))}


def reply_form(sid: str, from_: str, to: str, body: str, **more: str) -> dict[str, str]:
    """The fields of a text that comes in, by Twilio's names."""
    return {
        "AccountSid": ACCOUNT_SID,
        "ApiVersion": API_VERSION,
        "MessageSid": sid,
        "SmsMessageSid": sid,
        "SmsSid": sid,
        "SmsStatus": "received",
        "From": from_,
        "To": to,
        "Body": body,
        "NumMedia": "0",
        "NumSegments": "1",
        **more,
    }


def _message_form(message: TwilioMessage) -> dict[str, str]:
    sender = {name: message.form[name] for name in ("From", "MessagingServiceSid") if name in message.form}
    code = {"ErrorCode": str(message.error_code)} if message.error_code is not None else {}
    return {
        "AccountSid": ACCOUNT_SID,
        "ApiVersion": API_VERSION,
        "MessageSid": message.sid,
        "SmsSid": message.sid,
        "MessageStatus": message.status,
        "SmsStatus": message.status,
        "To": message.to,
        **sender,
        **code,
    }


def _call_form(call: TwilioMessage | TwilioCall) -> dict[str, str]:
    assert isinstance(call, TwilioCall)
    ended = {"CallDuration": "42" if call.status == "completed" else "0"} if call.status in ENDED else {}
    by = {"AnsweredBy": call.answered_by} if call.answered_by is not None else {}
    code = {"ErrorCode": str(call.error_code)} if call.error_code is not None else {}
    return {
        "AccountSid": ACCOUNT_SID,
        "ApiVersion": API_VERSION,
        "CallSid": call.sid,
        "CallStatus": call.status,
        "Direction": "outbound-api",
        "To": call.to,
        "From": call.form["From"],
        **by,
        **ended,
        **code,
    }
