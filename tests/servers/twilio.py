"""A server that speaks Twilio's Messages and Calls APIs, keeps what it took, fails as told, and calls back.

`messages` and `calls` are the truth about what a patient would have got; `posts` counts the requests that reached it.
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
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from reminders.clock import SystemClock
from tests.servers.twilio_callbacks import Callbacks, Reach
from tests.servers.twilio_records import (
    ACCEPT,
    ACCOUNT_SID,
    AUTH_TOKEN,
    VERSION,
    Fault,
    TwilioCall,
    TwilioMessage,
    drop,
    hang,
    refuse,
)

__all__ = [
    "ACCEPT",
    "ACCOUNT_SID",
    "AUTH_TOKEN",
    "Fault",
    "TwilioCall",
    "TwilioMessage",
    "TwilioServer",
    "drop",
    "hang",
    "refuse",
    "twilio_server",
]

LONGEST_TWIML = 4000


class TwilioServer(Callbacks):
    """Made by `twilio_server`; may be scripted and read from the test's thread at any time."""

    def __init__(self, now: Callable[[], datetime], reach: Reach | None = None) -> None:
        super().__init__(reach)
        self.url = ""
        self.stopping = threading.Event()
        self._now = now
        self._lock = threading.Lock()
        self._script: deque[Fault] = deque()
        self._messages: dict[str, TwilioMessage] = {}
        self._calls: dict[str, TwilioCall] = {}
        self._posts: list[Mapping[str, str]] = []
        self.account_status = "active"
        self.list_lag = timedelta(0)  # how long a message is missing from the list after it was taken

    def script(self, *faults: Fault) -> None:
        """Put the outcomes of the next POSTs in line; after them everything is accepted."""
        with self._lock:
            self._script.extend(faults)

    @property
    def messages(self) -> tuple[TwilioMessage, ...]:
        """What was taken, in order."""
        with self._lock:
            return tuple(self._messages.values())

    @property
    def calls(self) -> tuple[TwilioCall, ...]:
        """The calls that were taken, in order."""
        with self._lock:
            return tuple(self._calls.values())

    @property
    def posts(self) -> tuple[Mapping[str, str], ...]:
        """What was posted with the right credentials, taken or not, in order."""
        with self._lock:
            return tuple(self._posts)

    def set_status(self, sid: str, status: str, error_code: int | None = None) -> None:
        """Let a message or a call go on in its life; `sent` stamps a message's sending date."""
        with self._lock:
            if sid in self._calls:
                self._calls[sid] = replace(self._calls[sid], status=status, error_code=error_code)
                return
            old = self._messages[sid]
            sent = self._now() if status == "sent" else old.sent
            self._messages[sid] = replace(old, status=status, sent=sent, error_code=error_code)

    def set_answered_by(self, sid: str, answered_by: str | None) -> None:
        with self._lock:
            self._calls[sid] = replace(self._calls[sid], answered_by=answered_by)

    def receive(self, form: Mapping[str, str]) -> tuple[Fault, TwilioMessage | None]:
        with self._lock:
            fault = self._fault(form)
            if not fault.taken:
                return fault, None
            sid = f"SM{len(self._messages) + 1:032x}"
            self._messages[sid] = TwilioMessage(sid=sid, form=form, created=self._now().replace(microsecond=0))
            return fault, self._messages[sid]

    def receive_call(self, form: Mapping[str, str]) -> tuple[Fault, TwilioCall | None]:
        with self._lock:
            fault = self._fault(form, _refused_call(form))
            if not fault.taken:
                return fault, None
            sid = f"CA{len(self._calls) + 1:032x}"
            self._calls[sid] = TwilioCall(sid=sid, form=form, created=self._now().replace(microsecond=0))
            return fault, self._calls[sid]

    def listed(self, query: Mapping[str, str]) -> list[dict[str, object]]:
        """Newest first, as Twilio lists them."""
        shown_until = self._now() - self.list_lag
        shown = [message for message in reversed(self.messages) if message.created <= shown_until]
        found = [message for message in shown if _matches(message, query)]
        return [message.as_json() for message in found[: int(query.get("PageSize", "50"))]]

    def listed_calls(self, query: Mapping[str, str]) -> list[dict[str, object]]:
        wanted = {name: query[name] for name in ("To", "From") if name in query}
        found = [call for call in reversed(self.calls) if all(call.form[n] == v for n, v in wanted.items())]
        return [call.as_json() for call in found[: int(query.get("PageSize", "50"))]]

    def _fault(self, form: Mapping[str, str], refused: Fault | None = None) -> Fault:
        self._posts.append(form)
        return refused or (self._script.popleft() if self._script else ACCEPT)


def _refused_call(form: Mapping[str, str]) -> Fault | None:
    """A call needs both numbers, and either words of no more than Twilio's limit or an address that has them."""
    if "To" not in form or "From" not in form:
        return refuse(400, 21213)
    if ("Url" in form) == ("Twiml" in form) or len(form.get("Twiml", "")) > LONGEST_TWIML:
        return refuse(400, 21205)
    return None


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
        if self.path == f"{VERSION}/{ACCOUNT_SID}/Messages.json":
            fault, message = self.twilio.receive(form)
            self._meet(fault, json.dumps(message.as_json()) if message else "{}")
        elif self.path == f"{VERSION}/{ACCOUNT_SID}/Calls.json":
            fault, call = self.twilio.receive_call(form)
            self._meet(fault, json.dumps(call.as_json()) if call else "{}")
        else:
            self._answer(404, {"code": 20404, "message": "Not here", "status": 404})

    def do_GET(self) -> None:
        if not self._is_known():
            return
        address = urlsplit(self.path)
        if address.path == f"{VERSION}/{ACCOUNT_SID}/Messages.json":
            messages = self.twilio.listed(_single(address.query))
            self._answer(200, {"messages": messages, "next_page_uri": None, "page": 0})
        elif address.path == f"{VERSION}/{ACCOUNT_SID}/Calls.json":
            calls = self.twilio.listed_calls(_single(address.query))
            self._answer(200, {"calls": calls, "next_page_uri": None, "page": 0})
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
    return {name: " ".join(values) for name, values in parse_qs(encoded, keep_blank_values=True).items()}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def handle_error(self, request: typing.Any, client_address: typing.Any) -> None:
        """A client that gives up in the middle is part of the test."""


@contextlib.contextmanager
def twilio_server(
    now: Callable[[], datetime] | None = None, tls: ssl.SSLContext | None = None, reach: Reach | None = None
) -> Iterator[TwilioServer]:
    """Run a server on a free port of this machine for as long as the block lasts.

    `now` is its clock (aware UTC): give the test's own where messages are looked up under a moved clock.
    `reach` turns a public address it was given into the one at which it calls back; it may be set later.
    """
    twilio = TwilioServer(now or SystemClock().now, reach)
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
