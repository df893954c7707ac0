"""Each transport with its provider at hand, so that one suite can drive and question all of them."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from pydantic import SecretStr

from reminders.clock import SystemClock
from reminders.settings import TransportSettings
from reminders.transports.base import (
    Attachment,
    Channel,
    FailureCode,
    NotSent,
    OutboundMessage,
    OutcomeUnknown,
    Transport,
)
from reminders.transports.console import ConsoleTransport
from reminders.transports.memory import MemoryTransport, fails, taken_but
from reminders.transports.outbox import OutboxTransport
from reminders.transports.registry import make_transport
from tests.contracts.example_transport import NoticeBoard
from tests.servers import mail, twilio
from tests.servers.certificates import make_certificate

CLOCK = SystemClock()
TEXT = "Example Radiology: please arrange a driver, Pat. Questions: +12125550100"
ENTRY = Attachment(
    name="calendar.ics",
    media_type="text/calendar; method=PUBLISH; charset=utf-8",
    content=b"BEGIN:VCALENDAR\r\nSUMMARY:Something private\r\nEND:VCALENDAR\r\n",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Rig:
    """A transport and what its provider knows.

    `calls`: how often the provider was called. `taken`: its ids of the messages it took, and their deliveries.
    `files`: what each of these carried; None where nothing can travel along.
    `faults`: ways to make the next call fail; `silent_faults`: those where the message was taken all the same.
    """

    transport: Transport
    live: bool
    calls: Callable[[], int]
    taken: Callable[[], Mapping[str | None, str]]
    faults: Mapping[str, Callable[[], None]]
    silent_faults: Mapping[str, Callable[[], None]] = field(default_factory=dict)
    files: Callable[[], list[list[object]]] | None = None

    def message(self, delivery_id: str = "d" * 32, text: str = TEXT) -> OutboundMessage:
        by_mail, by_phone = (self.transport.channel is one for one in (Channel.EMAIL, Channel.VOICE))
        return OutboundMessage(
            delivery_id=delivery_id,
            enrollment="ABCD-EFGHJ",
            key="ride",
            channel=self.transport.channel,
            to="pat.example@example.org" if by_mail else "+12125550123",
            subject="From Example Radiology" if by_mail else None,
            text=text,
            attachments=(ENTRY,),
            callback_url="https://reminders.example.org/hooks/status",
            script_url="https://reminders.example.org/hooks/voice" if by_phone else None,
            discreet=text if by_phone else None,
        )


@contextmanager
def console_rig(folder: Path) -> Iterator[Rig]:
    screen = folder / "screen.txt"
    with screen.open("w") as stream:
        yield Rig(
            transport=ConsoleTransport(Channel.SMS, stream),
            live=False,
            calls=lambda: screen.read_text().count("ride to"),
            taken=lambda: {None: "d" * 32} if screen.read_text() else {},
            faults={"the stream is closed": stream.close},
        )


@contextmanager
def outbox_rig(folder: Path) -> Iterator[Rig]:
    file = folder / "outbox.jsonl"

    def deliveries() -> list[str]:
        return [json.loads(line)["delivery_id"] for line in file.read_text().splitlines()] if file.is_file() else []

    def put_a_folder_in_its_place() -> None:
        file.unlink(missing_ok=True)
        file.mkdir()

    yield Rig(
        transport=OutboxTransport(Channel.SMS, file, CLOCK),
        live=False,
        calls=lambda: len(deliveries()),
        taken=lambda: {delivery: delivery for delivery in deliveries()},
        faults={"a folder stands in its place": put_a_folder_in_its_place},
    )


@contextmanager
def memory_rig(folder: Path) -> Iterator[Rig]:
    transport = MemoryTransport(Channel.SMS, CLOCK)

    def lost() -> OutcomeUnknown:
        return OutcomeUnknown(FailureCode.NO_ANSWER, "No answer came.")

    def unreachable() -> NotSent:
        return NotSent(FailureCode.UNREACHABLE, "Nobody is there.")

    yield Rig(
        transport=transport,
        live=False,
        calls=lambda: len(transport.calls),
        taken=lambda: {line.provider_id: line.message.delivery_id for line in transport.ledger},
        faults={
            "not sent": partial(transport.script, fails(unreachable)),
            "lost before it was taken": partial(transport.script, fails(lost)),
        },
        silent_faults={"lost after it was taken": partial(transport.script, taken_but(lost))},
    )


@contextmanager
def twilio_rig(folder: Path) -> Iterator[Rig]:
    with twilio.twilio_server() as server:
        opt_out = {"an opt-out": partial(server.script, twilio.refuse(400, 21610))}
        yield _twilio_rig(server, Channel.SMS, lambda: server.messages, opt_out)


@contextmanager
def twilio_voice_rig(folder: Path) -> Iterator[Rig]:
    with twilio.twilio_server() as server:
        blocked = {"a blocked country": partial(server.script, twilio.refuse(400, 21215))}
        yield _twilio_rig(server, Channel.VOICE, lambda: server.calls, blocked)


def _twilio_rig(
    server: twilio.TwilioServer,
    channel: Channel,
    kept: Callable[[], Sequence[twilio.TwilioMessage | twilio.TwilioCall]],
    faults: Mapping[str, Callable[[], None]],
) -> Rig:
    """The faults are the account's and the line's, the same for texts and calls; `faults` are the channel's own."""
    script = server.script
    settings = TransportSettings(
        kind="twilio",
        account_sid=twilio.ACCOUNT_SID,
        auth_token=SecretStr(twilio.AUTH_TOKEN),
        from_number="+12125550100",
        base_url=server.url,
        timeout_seconds=10,
    )
    return Rig(
        transport=make_transport(channel, settings, CLOCK),
        live=True,
        calls=lambda: len(server.posts),
        taken=lambda: {one.sid: _delivery_in(one.form["StatusCallback"]) for one in kept()},
        faults={
            **faults,
            "a bad number": partial(script, twilio.refuse(400, 21211)),
            "bad credentials": partial(script, twilio.refuse(401, 20003)),
            "too many requests": partial(script, twilio.refuse(429, 20429)),
            "unavailable": partial(script, twilio.refuse(503, 20503)),
            "dropped before it was taken": partial(script, twilio.drop(taken=False)),
        },
        silent_faults={
            "dropped after it was taken": partial(script, twilio.drop(taken=True)),
            "an answer cut short": partial(script, twilio.Fault(taken=True, status=201, cut_short=True)),
            "an answer in HTML": partial(script, twilio.Fault(taken=True, status=200, body="<p>Hello, Pat</p>")),
        },
    )


def _delivery_in(callback: str) -> str:
    return parse_qs(urlsplit(callback).query)["delivery"][0]


@contextmanager
def smtp_rig(folder: Path) -> Iterator[Rig]:
    certificate = make_certificate(folder)
    with mail.mail_server(starttls=certificate.server_context()) as server:
        settings = TransportSettings(
            kind="smtp",
            host="localhost",
            port=server.port,
            username=mail.USERNAME,
            password=SecretStr(mail.PASSWORD),
            sender="Example Radiology <reminders@example.org>",
            ca_file=certificate.file,
        )
        yield Rig(
            transport=make_transport(Channel.EMAIL, settings, CLOCK),
            live=True,
            calls=lambda: server.logins,
            taken=lambda: {entry.mail["Message-ID"]: entry.mail["Message-ID"][1:33] for entry in server.taken},
            faults={
                "greylisted": partial(server.script, mail.GREYLISTED),
                "nobody of that name": partial(server.script, mail.NO_SUCH_USER),
                "too large": partial(server.script, mail.Fault(after_dot="552 5.3.4 too large")),
            },
            silent_faults={"dropped after the dot": partial(server.script, mail.DROPPED_AFTER_DOT)},
            files=lambda: [
                [part.get_payload(decode=True) for part in entry.mail.iter_attachments()] for entry in server.taken
            ],
        )


@contextmanager
def example_rig(folder: Path) -> Iterator[Rig]:
    board = NoticeBoard(Channel.SMS)

    def full() -> None:
        board.room_for = 0

    yield Rig(
        transport=board,
        live=False,
        calls=lambda: board.calls,
        taken=lambda: {f"note-{place}": note.delivery_id for place, note in enumerate(board.notes, start=1)},
        faults={"the board is full": full},
    )


RIGS: dict[str, Callable[[Path], AbstractContextManager[Rig]]] = {
    "console": console_rig,
    "outbox": outbox_rig,
    "memory": memory_rig,
    "twilio": twilio_rig,
    "twilio-voice": twilio_voice_rig,
    "smtp": smtp_rig,
    "example": example_rig,
}
