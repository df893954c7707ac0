"""A real mail server on this machine, with encryption and log-in, that fails as it is told.

`taken` is the truth about what a patient would have got.
"""

import asyncio
import contextlib
import email
import logging
import ssl
import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import default

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USERNAME = "reminders"
PASSWORD = "an invented password"

# The server's own log quotes recipients; what is under test is ours.
logging.getLogger("mail.log").setLevel(logging.ERROR)


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """What one message meets: a reply to RCPT, a reply to the final dot, or a dropped line after it."""

    at_recipient: str | None = None
    after_dot: str | None = None
    drop_after_dot: bool = False
    taken: bool = False


ACCEPT = Fault(taken=True)
GREYLISTED = Fault(at_recipient="451 4.7.1 come back later")
NO_SUCH_USER = Fault(at_recipient="550 5.1.1 nobody of that name")
DROPPED_AFTER_DOT = Fault(drop_after_dot=True, taken=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class TakenMail:
    """A message the server took; `sender` and `recipients` are the envelope's."""

    sender: str
    recipients: tuple[str, ...]
    mail: EmailMessage
    content: bytes


class MailServer:
    """Made by `mail_server`; also aiosmtpd's handler, whose hooks have the names they have."""

    def __init__(self) -> None:
        self.port = 0
        self.logins = 0
        self._lock = threading.Lock()
        self._script: deque[Fault] = deque()
        self._now: dict[int, Fault] = {}
        self._taken: list[TakenMail] = []

    def script(self, *faults: Fault) -> None:
        """Put the fates of the next messages in line; after them every message is taken."""
        with self._lock:
            self._script.extend(faults)

    @property
    def taken(self) -> tuple[TakenMail, ...]:
        """What was taken, in order."""
        with self._lock:
            return tuple(self._taken)

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        with self._lock:
            fault = self._script.popleft() if self._script else ACCEPT
            self._now[id(session)] = fault
        if fault.at_recipient is not None:
            return f"{fault.at_recipient} <{address}>"  # as real servers do, it quotes the address
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        with self._lock:
            fault = self._now.pop(id(session))
            if fault.taken:
                self._taken.append(_taken(envelope))
        if fault.drop_after_dot and isinstance(server.transport, asyncio.Transport):
            server.transport.abort()
        return fault.after_dot or "250 taken"

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
    ) -> AuthResult:
        with self._lock:
            self.logins += 1
        known = data == LoginPassword(login=USERNAME.encode(), password=PASSWORD.encode())
        return AuthResult(success=known, handled=False)  # the server words the answer itself


def _taken(envelope: Envelope) -> TakenMail:
    content = envelope.original_content or b""
    mail = email.message_from_bytes(content, policy=default)
    assert isinstance(mail, EmailMessage)
    return TakenMail(sender=envelope.mail_from or "", recipients=tuple(envelope.rcpt_tos), mail=mail, content=content)


@contextlib.contextmanager
def mail_server(
    *, starttls: ssl.SSLContext | None = None, tls: ssl.SSLContext | None = None, log_in: bool = True
) -> Iterator[MailServer]:
    """Run a server on a free port of this machine for as long as the block lasts.

    `starttls`: encryption is offered and demanded. `tls`: the line is encrypted from the first byte.
    """
    mail, loop = MailServer(), asyncio.new_event_loop()

    def session() -> SMTP:
        return SMTP(
            mail,
            hostname="relay.example.org",
            tls_context=starttls,
            require_starttls=starttls is not None,
            authenticator=mail.authenticate,
            auth_required=log_in,
            auth_require_tls=starttls is not None,
            loop=loop,
        )

    server = loop.run_until_complete(loop.create_server(session, "127.0.0.1", 0, ssl=tls))
    mail.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield mail
    finally:
        asyncio.run_coroutine_threadsafe(_stop(server), loop).result(timeout=10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _stop(server: asyncio.Server) -> None:
    server.close()
    rest = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)
