"""A server that speaks Twilio's Messages API, keeps what it took, and fails as it is told.

`messages` is the truth about what a patient would have got; `posts` counts the calls that reached it.
"""

import base64
import contextlib
import json
import socket
import ssl
import threading
import typing
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from reminders.clock import SystemClock

ACCOUNT_SID = "AC" + "0" * 32
AUTH_TOKEN = "an invented token"
VERSION = "/2010-04-01/Accounts"


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


class TwilioServer:
    """Made by `twilio_server`; may be scripted and read from the test's thread at any time."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.url = ""
        self.stopping = threading.Event()
        self._now = now
        self._lock = threading.Lock()
        self._script: deque[Fault] = deque()
        self._messages: list[TwilioMessage] = []
        self._posts: list[Mapping[str, str]] = []
        self.account_status = "active"

    def script(self, *faults: Fault) -> None:
        """Put the outcomes of the next POSTs in line; after them every message is accepted."""
        with self._lock:
            self._script.extend(faults)

    @property
    def messages(self) -> tuple[TwilioMessage, ...]:
        """What was taken, in order."""
        with self._lock:
            return tuple(self._messages)

    @property
    def posts(self) -> tuple[Mapping[str, str], ...]:
        """What was posted with the right credentials, taken or not, in order."""
        with self._lock:
            return tuple(self._posts)

    def set_status(self, sid: str, status: str, error_code: int | None = None) -> None:
        """Let a message go on in its life; `sent` stamps its sending date."""
        with self._lock:
            place = next(i for i, message in enumerate(self._messages) if message.sid == sid)
            old = self._messages[place]
            sent = self._now() if status == "sent" else old.sent
            self._messages[place] = replace(old, status=status, sent=sent, error_code=error_code)

    def receive(self, form: Mapping[str, str]) -> tuple[Fault, TwilioMessage | None]:
        with self._lock:
            self._posts.append(form)
            fault = self._script.popleft() if self._script else ACCEPT
            if not fault.taken:
                return fault, None
            sid = f"SM{len(self._messages) + 1:032x}"
            self._messages.append(TwilioMessage(sid=sid, form=form, created=self._now().replace(microsecond=0)))
            return fault, self._messages[-1]

    def listed(self, query: Mapping[str, str]) -> list[dict[str, object]]:
        """Newest first, as Twilio lists them."""
        found = [message for message in reversed(self.messages) if _matches(message, query)]
        return [message.as_json() for message in found[: int(query.get("PageSize", "50"))]]


def _matches(message: TwilioMessage, query: Mapping[str, str]) -> bool:
    """A date filters by the day, in GMT, on which a message was sent: a queued one matches no date."""
    day = f"{message.sent.astimezone(UTC):%Y-%m-%d}" if message.sent else None
    tests: dict[str, Callable[[str], bool]] = {
        "To": lambda value: message.to == value,
        "From": lambda value: message.form.get("From") == value,
        "DateSent": lambda value: day == value[:10],
        "DateSent>": lambda value: day is not None and day >= value[:10],
        "DateSent<": lambda value: day is not None and day <= value[:10],
    }
    return all(test(query[name]) for name, test in tests.items() if name in query)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    twilio: TwilioServer

    def do_POST(self) -> None:
        form = _single(self.rfile.read(int(self.headers["Content-Length"])).decode())
        if not self._is_known():
            return
        if not self.path.endswith("/Messages.json"):
            self._answer(404, {"code": 20404, "message": "Not here", "status": 404})
            return
        fault, message = self.twilio.receive(form)
        self._meet(fault, json.dumps(message.as_json()) if message else "{}")

    def do_GET(self) -> None:
        if not self._is_known():
            return
        address = urlsplit(self.path)
        if address.path == f"{VERSION}/{ACCOUNT_SID}/Messages.json":
            messages = self.twilio.listed(_single(address.query))
            self._answer(200, {"messages": messages, "next_page_uri": None, "page": 0})
        elif address.path == f"{VERSION}/{ACCOUNT_SID}.json":
            self._answer(200, {"sid": ACCOUNT_SID, "status": self.twilio.account_status})
        else:
            self._answer(404, {"code": 20404, "message": "Not here", "status": 404})

    def _is_known(self) -> bool:
        wanted = base64.b64encode(f"{ACCOUNT_SID}:{AUTH_TOKEN}".encode()).decode()
        known = self.headers["Authorization"] == f"Basic {wanted}"
        if not known:
            self._answer(401, {"code": 20003, "message": "Authenticate", "status": 401})
        return known

    def _meet(self, fault: Fault, accepted: str) -> None:
        if fault.hang:
            self.twilio.stopping.wait(timeout=60)
        if fault.status is None or fault.hang:
            self._hang_up()
            return
        self._write(fault.status, fault.body or accepted, fault.headers, cut_short=fault.cut_short)

    def _answer(self, status: int, body: Mapping[str, object]) -> None:
        self._write(status, json.dumps(body), {})

    def _write(self, status: int, body: str, headers: Mapping[str, str], *, cut_short: bool = False) -> None:
        content = body.encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: len(content) // 2] if cut_short else content)
        if cut_short:
            self._hang_up()

    def _hang_up(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *args: object) -> None:
        """The test reads `posts` instead."""


def _single(encoded: str) -> dict[str, str]:
    return {name: values[-1] for name, values in parse_qs(encoded, keep_blank_values=True).items()}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def handle_error(self, request: typing.Any, client_address: typing.Any) -> None:
        """A client that gives up in the middle is part of the test."""


@contextlib.contextmanager
def twilio_server(
    now: Callable[[], datetime] | None = None, tls: ssl.SSLContext | None = None
) -> Iterator[TwilioServer]:
    """Run a server on a free port of this machine for as long as the block lasts.

    `now` is its clock (aware UTC): give the test's own where messages are looked up under a moved clock.
    """
    twilio = TwilioServer(now or SystemClock().now)
    handler = type("Handler", (_Handler,), {"twilio": twilio})
    with _Server(("127.0.0.1", 0), handler) as server:
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        twilio.url = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield twilio
        finally:
            twilio.stopping.set()
            server.shutdown()
            thread.join()
