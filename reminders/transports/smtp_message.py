"""An outbound message as an e-mail: headers that cannot be forged, plain text, HTML and files where
the caller made them.

Nothing with a line break reaches a header, and only a plain address reaches the relay: what does not fit is
refused before any connection.
"""

import re
from datetime import datetime
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime

from reminders.transports.base import Attachment, FailureCode, OutboundMessage, Refused, Scope, with_delivery

# One mailbox in ASCII, without quoting: enough for people's addresses, and nothing to smuggle with.
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", re.ASCII)
_LONGEST_ADDRESS = 254  # RFC 5321, 4.5.3.1.3, less the angle brackets
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
_UNSUBSCRIBE = "List-Unsubscribe"


class _WholeHeader(UnstructuredHeader, BaseHeader):
    """One line, however long: Python would write a long address as an encoded word, which no mail reader follows."""

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}"


_HEADERS = HeaderRegistry()
_HEADERS.map_to_type(_UNSUBSCRIBE, _WholeHeader)
_POLICY = SMTP.clone(header_factory=_HEADERS)


def is_plain_address(text: str) -> bool:
    return len(text) <= _LONGEST_ADDRESS and _ADDRESS.fullmatch(text) is not None


def compose(message: OutboundMessage, sender: Address, now: datetime) -> EmailMessage:
    """Build the e-mail; `now` (aware) becomes its date. Raises Refused for what may not stand in a header."""
    if not is_plain_address(message.to):
        text = "The e-mail address is not one this system can write to."
        raise Refused(FailureCode.BAD_ADDRESS, text, scope=Scope.ADDRESS)
    subject = message.subject or ""
    if _CONTROL.search(subject):
        raise Refused(FailureCode.MESSAGE_REFUSED, "The e-mail's subject holds a line break.")
    if any(_CONTROL.search(file.name + file.media_type) for file in message.attachments):
        raise Refused(FailureCode.MESSAGE_REFUSED, "An attachment's name or type holds a line break.")
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = sender
    mail["To"] = message.to
    mail["Subject"] = subject
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = message_id(message, sender)
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: keeps out-of-office answers away
    if url := with_delivery(message, message.unsubscribe_url):  # RFC 8058: one POST there, and nobody is asked
        mail[_UNSUBSCRIBE] = f"<{url}>"
        mail[f"{_UNSUBSCRIBE}-Post"] = "List-Unsubscribe=One-Click"
    _add_bodies(mail, message)
    return mail


def message_id(message: OutboundMessage, sender: Address) -> str:
    """The same for every attempt at a message: a relay and a reader can tell that they are one."""
    return f"<{message.identity}@{sender.domain}>"


def _add_bodies(mail: EmailMessage, message: OutboundMessage) -> None:
    mail.set_content(message.text, cte="quoted-printable")  # seven bits and short lines on any relay
    if message.html is not None:
        mail.add_alternative(message.html, subtype="html", cte="quoted-printable")
    for file in message.attachments:
        _attach(mail, file)


def _attach(mail: EmailMessage, file: Attachment) -> None:
    """In base64, whatever its type: not a byte of it changes on the way, line breaks included."""
    kind = SMTP.header_factory("Content-Type", file.media_type)
    mail.add_attachment(
        file.content, maintype=kind.maintype, subtype=kind.subtype, params=dict(kind.params), filename=file.name
    )
