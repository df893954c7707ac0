"""Where a conversation with a mail relay breaks, and what that means for the message."""

import base64
import contextlib
import socket
import ssl
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from reminders.clock import ManualClock, SystemClock
from reminders.transports.base import (
    Misconfigured,
    NotSent,
    OutcomeUnknown,
    Refused,
    Scope,
    TransportFailure,
)
from reminders.transports.smtp_session import TOTAL_SECONDS, Relay, Security, SmtpSession
from tests.servers.certificates import Certificate, make_certificate
from tests.servers.raw import Conversation, ScriptedRelay, raw_server, refusing_port

CONTENT = b"Subject: Hello\r\n\r\nPlease arrange a driver.\r\n"


def relay_at(port: int, security: Security = Security.NONE, **changes: object) -> Relay:
    given: dict[str, object] = {
        "host": "127.0.0.1",
        "port": port,
        "security": security,
        "tls": ssl.create_default_context(),
        "username": None,
        "password": None,
        "own_name": "example.org",
        "step_seconds": 10.0,
        **changes,
    }
    return Relay(**given)  # type: ignore[arg-type]


def deliver(relay: Relay, clock: ManualClock | None = None) -> None:
    session = SmtpSession(relay, clock or SystemClock())
    try:
        session.open()
        session.deliver("reminders@example.org", "pat@example.org", CONTENT)
    finally:
        session.leave()


def failure_with(conversation: Conversation, **changes: object) -> TransportFailure:
    """What a delivery ends in when the relay talks like this."""
    with raw_server(conversation) as port, pytest.raises(TransportFailure) as caught:
        deliver(relay_at(port, **changes))  # type: ignore[arg-type]
    return caught.value


def test_a_polite_relay_takes_the_message_and_is_told_goodbye() -> None:
    relay = ScriptedRelay()
    with raw_server(relay) as port:
        deliver(relay_at(port))

    assert relay.said == [
        "ehlo example.org",
        "MAIL FROM:<reminders@example.org>",
        "RCPT TO:<pat@example.org>",
        "DATA",
        "quit",
    ]


@pytest.mark.parametrize(
    ("verb", "reply", "expected"),
    [
        ("", "421 4.3.2 going down", NotSent),
        ("", "450 busy", NotSent),
        ("", "554 no service here", Misconfigured),
        ("", "hello?", NotSent),
        ("", None, NotSent),
        ("EHLO", "421 going down", NotSent),
        ("EHLO", "502 what?", Misconfigured),
        ("EHLO", None, NotSent),
        ("MAIL", "451 4.3.0 later", NotSent),
        ("MAIL", "530 5.7.0 log in first", Misconfigured),
        ("MAIL", "550 5.7.1 not your address", Misconfigured),
        ("MAIL", None, NotSent),
        ("RCPT", "421 going down", NotSent),
        ("RCPT", "450 4.2.1 mailbox busy", NotSent),
        ("RCPT", "452 4.2.2 mailbox full", NotSent),
        ("RCPT", "251 will forward", None),
        ("RCPT", "530 5.7.0 log in first", Misconfigured),
        ("RCPT", "550 5.1.1 nobody of that name", Refused),
        ("RCPT", None, NotSent),
        ("DATA", "451 later", NotSent),
        ("DATA", "554 no", Refused),
        ("DATA", "250 fine", NotSent),
        ("DATA", None, NotSent),
        (".", "451 4.3.0 later", NotSent),
        (".", "421 going down", NotSent),
        (".", "552 5.3.4 too large", Refused),
        (".", "554 5.7.1 looks like spam", Refused),
        (".", "hello?", OutcomeUnknown),
        (".", "250-taken and", OutcomeUnknown),
        (".", "354 go on", OutcomeUnknown),
        (".", None, OutcomeUnknown),
        ("QUIT", "500 what?", None),
        ("QUIT", None, None),
    ],
)
def test_a_reply_means(verb: str, reply: str | None, expected: type[TransportFailure] | None) -> None:
    conversation = hanging_up_after(verb, reply) if reply == "250-taken and" else ScriptedRelay(**{verb: reply})
    with raw_server(conversation) as port:
        if expected is None:
            deliver(relay_at(port))
            return
        with pytest.raises(TransportFailure) as caught:
            deliver(relay_at(port))

    assert type(caught.value) is expected


def hanging_up_after(verb: str, reply: str | None) -> Conversation:
    """A relay whose answer to `verb` announces another line that never comes."""
    polite = ScriptedRelay(**{verb: reply})

    def conversation(caller: socket.socket) -> None:
        with contextlib.suppress(OSError):
            caller.settimeout(0.2)
            polite(caller)

    return conversation


def test_a_refused_address_is_told_from_a_refused_message() -> None:
    at_recipient = failure_with(ScriptedRelay(RCPT="550 5.1.1 nobody"))
    at_dot = failure_with(ScriptedRelay(**{".": "550 5.7.1 spam"}))

    assert isinstance(at_recipient, Refused)
    assert isinstance(at_dot, Refused)
    assert (at_recipient.scope, at_dot.scope) == (Scope.ADDRESS, Scope.MESSAGE)


def test_the_relays_numbers_are_kept_and_its_words_are_not() -> None:
    failure = failure_with(ScriptedRelay(RCPT="550 5.1.1 <pat@example.org> has moved away"))

    assert failure.provider_code == "550 5.1.1"
    assert "pat" not in f"{failure}{failure!r}"


def test_nobody_listening_is_not_sent() -> None:
    with refusing_port() as port, pytest.raises(NotSent) as caught:
        deliver(relay_at(port))

    assert str(caught.value) == "No connection to the mail relay could be made (ConnectionRefusedError)."


def test_a_relay_that_never_greets_is_not_sent() -> None:
    assert isinstance(failure_with(silent_after(""), step_seconds=0.2), NotSent)


def test_a_line_broken_in_the_middle_of_the_content_is_not_sent() -> None:
    """The relay has seen no final dot, and forgets the message: RFC 5321, 4.1.1.10."""
    big = b"Subject: Hello\r\n\r\n" + b"Please arrange a driver.\r\n" * 400_000

    def conversation(caller: socket.socket) -> None:
        for reply in ("220 relay", "250 relay", "250 ok", "250 ok", "354 go"):
            caller.sendall(f"{reply}\r\n".encode())
            caller.recv(4096)
        caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")

    with raw_server(conversation) as port:
        session = SmtpSession(relay_at(port), SystemClock())
        session.open()
        with pytest.raises(NotSent) as caught:
            session.deliver("reminders@example.org", "pat@example.org", big)
        session.leave()

    assert caught.value.code == "line-lost"


def silent_after(verb: str) -> Conversation:
    """A relay that, asked `verb`, keeps the line open and says nothing for as long as the client stays."""

    class Silent(ScriptedRelay):
        def _answer(self, caller: socket.socket, asked: str) -> bool:
            if asked == verb:
                caller.recv(1)
                return False
            return super()._answer(caller, asked)

    return Silent()


@pytest.mark.parametrize("verb", ["EHLO", "MAIL", "RCPT", "DATA"])
def test_silence_before_the_dot_is_not_sent(verb: str) -> None:
    assert isinstance(failure_with(silent_after(verb), step_seconds=0.2), NotSent)


def test_after_the_dot_the_wait_may_be_longer_than_a_steps(clock: ManualClock) -> None:
    """Relays look through a message before they answer for it."""
    waits: list[float | None] = []

    class Watching(ScriptedRelay):
        def _answer(self, caller: socket.socket, asked: str) -> bool:
            if asked in {"RCPT", "."} and session._smtp is not None and session._smtp.sock is not None:
                waits.append(session._smtp.sock.gettimeout())
            return super()._answer(caller, asked)

    with raw_server(Watching()) as port:
        session = SmtpSession(relay_at(port, step_seconds=10.0), clock)
        session.open()
        session.deliver("reminders@example.org", "pat@example.org", CONTENT)
        session.leave()

    assert waits == [10.0, TOTAL_SECONDS]


def clock_running_out_at(verb: str, clock: ManualClock) -> Conversation:
    class Late(ScriptedRelay):
        def _answer(self, caller: socket.socket, asked: str) -> bool:
            if asked == verb:
                clock.advance(timedelta(seconds=TOTAL_SECONDS))
            return super()._answer(caller, asked)

    return Late()


@pytest.mark.parametrize("verb", ["", "EHLO", "MAIL", "RCPT", "DATA"])
def test_when_the_time_for_a_message_is_up_it_is_not_sent(verb: str, clock: ManualClock) -> None:
    with raw_server(clock_running_out_at(verb, clock)) as port, pytest.raises(NotSent):
        deliver(relay_at(port), clock)


def test_an_answer_after_the_dot_counts_although_the_time_is_up(clock: ManualClock) -> None:
    with raw_server(clock_running_out_at(".", clock)) as port:
        deliver(relay_at(port), clock)


def test_dots_at_the_start_of_a_line_do_not_end_the_message() -> None:
    received: list[bytes] = []

    class Listening(ScriptedRelay):
        def _read_content(self, lines: Iterator[bytes]) -> bool:
            for line in lines:
                if line == b".\r\n":
                    return True
                received.append(line)
            return False

    with raw_server(Listening()) as port:
        session = SmtpSession(relay_at(port), SystemClock())
        session.open()
        session.deliver("reminders@example.org", "pat@example.org", b".\r\n..two\r\nthree.\r\nno end")
        session.leave()

    assert received == [b"..\r\n", b"...two\r\n", b"three.\r\n", b"no end\r\n"]


def test_a_relay_without_encryption_gets_no_message() -> None:
    relay = ScriptedRelay()
    failure = failure_with(relay, security=Security.STARTTLS)

    assert isinstance(failure, Misconfigured)
    assert relay.said == ["ehlo example.org", "quit"]


@pytest.mark.parametrize(
    ("reply", "expected"), [("454 4.7.0 later", NotSent), ("502 no", Misconfigured), (None, NotSent)]
)
def test_a_relay_that_will_not_encrypt_gets_no_message(reply: str | None, expected: type[TransportFailure]) -> None:
    relay = ScriptedRelay(EHLO="250-relay\r\n250 STARTTLS", STARTTLS=reply)

    assert type(failure_with(relay, security=Security.STARTTLS)) is expected


def test_a_line_that_breaks_while_it_is_encrypted_is_not_sent() -> None:
    def conversation(caller: socket.socket) -> None:
        for reply in ("220 relay", "250-relay\r\n250 STARTTLS", "220 go"):
            caller.sendall(f"{reply}\r\n".encode())
            caller.recv(4096)

    assert isinstance(failure_with(conversation, security=Security.STARTTLS), NotSent)


def test_a_certificate_nobody_trusts_stops_the_transport(certificate: Certificate) -> None:
    with (
        raw_server(ScriptedRelay(), tls=certificate.server_context()) as port,
        pytest.raises(Misconfigured) as caught,
    ):
        deliver(relay_at(port, Security.TLS))

    assert caught.value.code == "certificate"


def test_a_certificate_for_another_host_stops_the_transport(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path, host="relay.example.org")
    trusting = ssl.create_default_context(cafile=certificate.file)
    with (
        raw_server(ScriptedRelay(), tls=certificate.server_context()) as port,
        pytest.raises(Misconfigured) as caught,
    ):
        deliver(relay_at(port, Security.TLS, tls=trusting))

    assert caught.value.code == "certificate"


def test_a_port_that_is_not_encrypted_stops_the_transport() -> None:
    failure = failure_with(ScriptedRelay(), security=Security.TLS)

    assert isinstance(failure, Misconfigured)
    assert str(failure).endswith("are port and security right?")


LOGGING_IN: dict[str, object] = {"username": "reminders", "password": "an invented password"}


@pytest.mark.parametrize(
    ("offered", "reply", "expected"),
    [
        ("PLAIN LOGIN", "535 5.7.8 no", Misconfigured),
        ("PLAIN", "534 5.7.9 too weak", Misconfigured),
        ("PLAIN", "454 4.7.0 later", NotSent),
        ("PLAIN", "421 going down", NotSent),
        ("PLAIN", None, NotSent),
        ("GSSAPI", "235 welcome", Misconfigured),
    ],
)
def test_a_log_in_that_fails_means(offered: str, reply: str | None, expected: type[TransportFailure]) -> None:
    relay = ScriptedRelay(EHLO=f"250-relay\r\n250 AUTH {offered}", AUTH=reply)

    assert type(failure_with(relay, **LOGGING_IN)) is expected


def test_a_refused_log_in_is_tried_once_so_that_no_account_is_locked() -> None:
    relay = ScriptedRelay(EHLO="250-relay\r\n250 AUTH PLAIN LOGIN", AUTH="535 5.7.8 no")
    failure = failure_with(relay, **LOGGING_IN)

    assert failure.code == "credentials"
    assert [line.split()[0] for line in relay.said] == ["ehlo", "AUTH", "quit"]


def test_a_relay_that_knows_only_the_older_log_in_is_served() -> None:
    class Older(ScriptedRelay):
        def _answer(self, caller: socket.socket, asked: str) -> bool:
            """Two words are asked for; the second comes on a line of its own, without a verb."""
            if asked == base64.b64encode(b"an invented password").decode().upper():
                caller.sendall(b"235 welcome\r\n")
                return True
            return super()._answer(caller, asked)

    relay = Older(EHLO="250-relay\r\n250 AUTH LOGIN", AUTH="334 UGFzc3dvcmQ6")
    with raw_server(relay) as port:
        deliver(relay_at(port, **LOGGING_IN))  # type: ignore[arg-type]

    assert relay.said[-1] == "quit"


def test_a_session_that_was_never_opened_delivers_nothing() -> None:
    session = SmtpSession(relay_at(1), SystemClock())
    session.leave()

    with pytest.raises(RuntimeError):
        session.deliver("reminders@example.org", "pat@example.org", CONTENT)


def test_a_password_does_not_show_in_a_repr() -> None:
    assert "invented" not in repr(relay_at(1, **LOGGING_IN))  # type: ignore[arg-type]
