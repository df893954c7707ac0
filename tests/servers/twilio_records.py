"""What Twilio's side knows: the messages and calls it took, and what one POST meets instead of an acceptance."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime

ACCOUNT_SID = "AC" + "0" * 32
AUTH_TOKEN = "an invented token"
API_VERSION = "2010-04-01"
VERSION = f"/{API_VERSION}/Accounts"


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """What one POST meets instead of a plain acceptance.

    `taken`: the message is kept all the same. `status` and `body` answer; without a status the line is dropped,
    or, with `hang`, held open in silence until the server stops. `cut_short` breaks off in the middle.
    """

    taken: bool = False
    status: int | None = None
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    hang: bool = False
    cut_short: bool = False


ACCEPT = Fault(taken=True, status=201)


def refuse(status: int, code: int | None = None, **headers: str) -> Fault:
    """An answer as Twilio words it; `Retry_After="3"` becomes the header Retry-After."""
    body = {"code": code, "message": "Refused, dear reader", "status": status} if code else {}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Fault(status=status, body=json.dumps(body), headers=named)


def drop(*, taken: bool) -> Fault:
    """Take the request, or not, and drop the line without an answer."""
    return Fault(taken=taken)


def hang(*, taken: bool) -> Fault:
    """Take the request, or not, and never answer."""
    return Fault(taken=taken, hang=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class TwilioMessage:
    """A message the server took, by Twilio's names; `form` is all that was posted."""

    sid: str
    form: Mapping[str, str]
    created: datetime
    status: str = "queued"
    sent: datetime | None = None
    error_code: int | None = None

    @property
    def to(self) -> str:
        return self.form["To"]

    @property
    def body(self) -> str:
        return self.form["Body"]

    def as_json(self) -> dict[str, object]:
        return {
            "sid": self.sid,
            "account_sid": ACCOUNT_SID,
            "to": self.to,
            "from": self.form.get("From"),
            "messaging_service_sid": self.form.get("MessagingServiceSid"),
            "body": self.body,
            "status": self.status,
            "num_segments": "0" if "MessagingServiceSid" in self.form else "1",
            "date_created": format_datetime(self.created),
            "date_updated": format_datetime(self.sent or self.created),
            "date_sent": format_datetime(self.sent) if self.sent else None,
            "error_code": self.error_code,
            "direction": "outbound-api",
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class TwilioCall:
    """A call the server took; repeated fields of `form` stand in one, a blank between."""

    sid: str
    form: Mapping[str, str]
    created: datetime
    status: str = "queued"
    answered_by: str | None = None
    error_code: int | None = None

    @property
    def to(self) -> str:
        return self.form["To"]

    def as_json(self) -> dict[str, object]:
        """As Twilio lists it: without the words and without the addresses it was given."""
        return {
            "sid": self.sid,
            "account_sid": ACCOUNT_SID,
            "to": self.to,
            "from": self.form["From"],
            "status": self.status,
            "date_created": format_datetime(self.created),
            "date_updated": format_datetime(self.created),
            "start_time": None,
            "end_time": None,
            "duration": None,
            "answered_by": self.answered_by,
            "direction": "outbound-api",
        }
