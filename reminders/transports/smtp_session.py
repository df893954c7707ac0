"""One conversation with a mail relay, spelled out so that every break is told apart by where it happened.

The final dot is the border (RFC 5321, 4.1.1.4 and 4.1.1.10). Until the line with the dot has been handed to
the network, the relay holds an unfinished message and must forget it when the connection ends: a break is
NotSent. From then on it may have taken the message although its answer never came: a break is OutcomeUnknown.
(3.8 would have a client treat that as a 451 and send again; here a second message is the greater harm.)
A clear answer is believed on both sides: 4yz is NotSent, 5yz is final.
"""

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum

from reminders.clock import Clock
from reminders.transports.base import (
    FailureCode,
    Misconfigured,
    NotSent,
    OutcomeUnknown,
    TransportFailure,
)
from reminders.transports.smtp_replies import (
    Reply,
    address_refused,
    expect,
    failure_of,
    log_in_refused,
    message_refused,
    not_understood,
    our_fault,
    who_knows,
)

CONNECT_SECONDS = 5.0
QUIT_SECONDS = 2.0
# The RFC lets a relay think for ten minutes after the dot; a worker's lease ends long before.
TOTAL_SECONDS = 45.0


class Security(StrEnum):
    """How the connection is protected."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"  # to this machine only


@dataclass(frozen=True, kw_only=True, slots=True)
class Relay:
    """Where mail is handed in; `step_seconds` is the longest wait for one answer before the final dot."""

    host: str
    port: int
    security: Security
    tls: ssl.SSLContext
    username: str | None
    password: str | None = field(repr=False)
    own_name: str  # what we call ourselves in EHLO; asking the name service for it can take long
    step_seconds: float


class SmtpSession:
    """Usable once, by one thread."""

    def __init__(self, relay: Relay, clock: Clock) -> None:
        self._relay = relay
        self._clock = clock
        self._deadline = clock.monotonic() + TOTAL_SECONDS
        self._smtp: smtplib.SMTP | None = None

    def open(self) -> None:
        """Connect, protect the line, log in. Raises NotSent or Misconfigured."""
        with _before_the_dot():
            self._smtp = _connected(self._relay)
            self._hello(self._smtp)
            if self._relay.security is Security.STARTTLS:
                self._start_tls(self._smtp)
            if self._relay.username is not None:
                self._log_in(self._smtp)

    def deliver(self, sender: str, recipient: str, content: bytes) -> None:
        """Hand one message over to an open relay; returns once it has said that it took it."""
        smtp = self._smtp
        if smtp is None:
            raise RuntimeError("the session was never opened")
        with _before_the_dot():
            expect(self._command(smtp, f"MAIL FROM:<{sender}>"), 2, our_fault)
            expect(self._command(smtp, f"RCPT TO:<{recipient}>"), 2, address_refused)
            expect(self._command(smtp, "DATA"), 3, message_refused)
            self._wait_at_most(smtp, self._relay.step_seconds)
            smtp.send(_with_doubled_dots(content))
            self._wait_at_most(smtp, TOTAL_SECONDS)
        with _after_the_dot():
            smtp.send(b".\r\n")
            reply = smtp.getreply()
        expect(reply, 2, message_refused, unreadable=who_knows)

    def leave(self) -> None:
        """Say goodbye; whatever goes wrong with that changes nothing any more."""
        if self._smtp is None:
            return
        with suppress(OSError):
            self._wait_at_most(self._smtp, QUIT_SECONDS)
            self._smtp.quit()
        self._smtp.close()

    def _hello(self, smtp: smtplib.SMTP) -> None:
        self._wait_at_most(smtp, self._relay.step_seconds)
        expect(smtp.ehlo(), 2, our_fault)

    def _start_tls(self, smtp: smtplib.SMTP) -> None:
        self._wait_at_most(smtp, self._relay.step_seconds)
        smtp.starttls(context=self._relay.tls)
        self._hello(smtp)

    def _log_in(self, smtp: smtplib.SMTP) -> None:
        """One try by one method: `login` would try all of them, and lock an account sooner."""
        methods = {"PLAIN": smtp.auth_plain, "LOGIN": smtp.auth_login}
        offered = smtp.esmtp_features.get("auth", "").upper().split()
        method = next((method for method in methods if method in offered), None)
        if method is None:
            raise smtplib.SMTPNotSupportedError
        smtp.user, smtp.password = self._relay.username or "", self._relay.password or ""
        self._wait_at_most(smtp, self._relay.step_seconds)
        smtp.auth(method, methods[method])

    def _command(self, smtp: smtplib.SMTP, command: str) -> Reply:
        self._wait_at_most(smtp, self._relay.step_seconds)
        return smtp.docmd(command)

    def _wait_at_most(self, smtp: smtplib.SMTP, seconds: float) -> None:
        left = min(seconds, self._deadline - self._clock.monotonic())
        if left <= 0:
            raise TimeoutError
        if smtp.sock is not None:
            smtp.sock.settimeout(left)


def _connected(relay: Relay) -> smtplib.SMTP:
    seconds = min(CONNECT_SECONDS, relay.step_seconds)
    if relay.security is Security.TLS:
        return smtplib.SMTP_SSL(
            relay.host, relay.port, local_hostname=relay.own_name, timeout=seconds, context=relay.tls
        )
    return smtplib.SMTP(relay.host, relay.port, local_hostname=relay.own_name, timeout=seconds)


def _with_doubled_dots(content: bytes) -> bytes:
    """RFC 5321, 4.5.2: a line of the message that starts with a dot must not look like the end."""
    whole = content if content.endswith(b"\r\n") else content + b"\r\n"
    return re.sub(rb"^\.", b"..", whole, flags=re.MULTILINE)


@contextmanager
def _before_the_dot() -> Iterator[None]:
    """Whatever breaks here, the relay holds no whole message. smtplib's errors are OSErrors, too."""
    try:
        yield
    except ssl.SSLError as error:
        raise _tls_failure(error) from None
    except smtplib.SMTPAuthenticationError as error:
        raise failure_of(_reply_of(error), log_in_refused, not_understood) from None
    except smtplib.SMTPResponseException as error:
        raise failure_of(_reply_of(error), our_fault, not_understood) from None
    except smtplib.SMTPServerDisconnected:
        text = "The line to the mail relay broke before the message was complete."
        raise NotSent(FailureCode.LINE_LOST, text) from None
    except smtplib.SMTPException:
        text = "The mail relay offers no encryption or no log-in that we can use."
        raise Misconfigured(FailureCode.SETUP, text) from None
    except OSError as error:
        text = f"No connection to the mail relay could be made ({type(error).__name__})."
        raise NotSent(FailureCode.UNREACHABLE, text) from None


@contextmanager
def _after_the_dot() -> Iterator[None]:
    try:
        yield
    except OSError:
        text = "The line to the mail relay broke before its last answer; the message may be on its way."
        raise OutcomeUnknown(FailureCode.LINE_LOST, text) from None


def _reply_of(error: smtplib.SMTPResponseException) -> Reply:
    words = error.smtp_error
    return error.smtp_code, words if isinstance(words, bytes) else words.encode()


def _tls_failure(error: ssl.SSLError) -> TransportFailure:
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        text = "The line to the mail relay broke while it was being encrypted."
        return NotSent(FailureCode.LINE_LOST, text)
    if isinstance(error, ssl.SSLCertVerificationError):
        text = "The mail relay's certificate is not one we trust; is ca_file right?"
        return Misconfigured(FailureCode.CERTIFICATE, text)
    text = "The line to the mail relay could not be encrypted; are port and security right?"
    return Misconfigured(FailureCode.CERTIFICATE, text)
