"""Signed receipts per second on one process, each checked and written durably, beside an empty answer of the same kind.

Both servers are real processes; the same clients post to the one and to the other, in turns, over open connections.
"""

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from time import perf_counter
from urllib.parse import urlencode

from rich.console import Console
from sqlalchemy import select
from twilio.request_validator import RequestValidator

from bench import seeding
from bench.databases import Bed
from bench.figures import Figure, compared, interleaved
from bench.stage import Home, NothingTransport, StillClock
from reminders import callbacks
from reminders.database import tables
from reminders.database.engine import reading
from reminders.dispatch import Dispatcher
from reminders.service import Service
from reminders.transports.base import Accepted, OutboundMessage
from schedules.protocol import Channel

GOAL = 0.15
HOST, PUBLIC = "127.0.0.1", "https://reminders.example.org"
ACCOUNT, TOKEN = "AC" + "1" * 32, "an invented token"
CLIENTS = 8
PATIENCE_SECONDS = 60
STATUSES = ("queued", "sent", "delivered")  # a provider reports about three times on every message
HOOKS = """
kind = "twilio"
account_sid = "{account}"
auth_token_file = "{token}"
from_number = "+12125550199"
[web]
public_url = "{public}"
[database]
url_file = "{url_file}"
"""


@dataclass(frozen=True, slots=True)
class NamingTransport(NothingTransport):
    """Names its messages as Twilio does, so that a receipt can name them too."""

    def send(self, message: OutboundMessage) -> Accepted:
        return Accepted(provider_id=f"SM{message.delivery_id}", receipt_expected=True)


def measure(console: Console, bed: Bed, home: Home, *, rounds: int, receipts: int) -> list[Figure]:
    """Rates of receipts on one database, beside empty answers."""
    console.print(f"hooks on {bed.name}: {rounds} rounds of {receipts:,} signed receipts by {CLIENTS} clients")
    url = bed.create()
    with home.service(url, create=True) as (service, clock):
        requests = iter(_receipts(service, clock, (rounds + 1) * receipts))
    command = ("reminders", "--config", str(_settings(home, url)), "web", "--port")
    with _server(*command) as ours, _server("bench.hooks_side") as beside:
        some = list(islice(requests, receipts))
        _rate(ours, some), _rate(beside, some)  # what is imported and compiled once
        runs = {
            "ours": lambda: _rate(ours, list(islice(requests, receipts))),
            "beside": lambda: _rate(beside, some),
        }
        found = interleaved(rounds, runs)
    bed.drop(url)
    name = f"hooks, {bed.name} (signed receipts, one process)"
    return [compared(name, found["ours"], found["beside"], name="an empty 204", at_least=GOAL)]


def _settings(home: Home, url: str) -> Path:
    """A settings file may hold no secret: the token and the database's address stand in files beside it."""
    token, url_file = _secret(home.folder / "token", TOKEN), _secret(home.folder / "url", url)
    hooks = HOOKS.format(account=ACCOUNT, token=token, public=PUBLIC, url_file=url_file)
    file = home.folder / "hooks.toml"
    file.write_text(home.settings.read_text("utf-8").replace('\nkind = "console"\n', hooks), "utf-8")
    return file


def _secret(file: Path, content: str) -> Path:
    file.touch(mode=0o600)
    file.write_text(content, "utf-8")
    return file


def _receipts(service: Service, clock: StillClock, number: int) -> list[bytes]:
    """Receipts of messages that have left, each message's in their order."""
    messages = -(-number // len(STATUSES))
    seeding.fill(service, clock, pending=messages, due=messages)
    dispatcher = Dispatcher(service, {Channel.SMS: NamingTransport()}, worker="bench")
    dispatcher.run_due()
    dispatcher.close()
    with reading(service.engine) as connection:
        sent = connection.execute(select(tables.deliveries.c.id).where(tables.deliveries.c.state == "accepted"))
        found = [_receipt(service, id_, status) for id_ in sent.scalars().all() for status in STATUSES]
    if len(found) < number:
        raise SystemExit(f"only {len(found)} receipts for {number}")
    return found[:number]


def _receipt(service: Service, delivery: str, status: str) -> bytes:
    query = urlencode({callbacks.MAC_PARAMETER: callbacks.mac_of(service.vault, delivery), "delivery": delivery})
    target = f"{callbacks.STATUS_PATH}?{query}"
    form = {"AccountSid": ACCOUNT, "ApiVersion": "2010-04-01", "From": "+12125550199", "To": "+12125550123"}
    form |= dict.fromkeys(("MessageSid", "SmsSid"), f"SM{delivery}")
    form |= dict.fromkeys(("MessageStatus", "SmsStatus"), status)
    body = urlencode(form)
    head = {
        "Host": "reminders.example.org",
        "Content-Type": "application/x-www-form-urlencoded",
        "Content-Length": str(len(body)),
        "X-Twilio-Signature": RequestValidator(TOKEN).compute_signature(f"{PUBLIC}{target}", form),
    }
    lines = [f"POST {target} HTTP/1.1", *(f"{name}: {value}" for name, value in head.items()), "", body]
    return "\r\n".join(lines).encode()


@contextmanager
def _server(module: str, *words: str) -> Iterator[int]:
    """A module run as a process with a free port as its last word, once it answers."""
    with closing(socket.create_server((HOST, 0))) as free:
        port = int(free.getsockname()[1])
    command = [sys.executable, "-m", module, *words, str(port)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)  # noqa: S603 (our own words)
    try:
        _wait_for(process, port)
        yield port
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


def _wait_for(process: "subprocess.Popen[bytes]", port: int) -> None:
    pause, until = threading.Event(), perf_counter() + PATIENCE_SECONDS
    while process.poll() is None and perf_counter() < until:
        try:
            socket.create_connection((HOST, port), timeout=1).close()
            return
        except OSError:
            pause.wait(0.05)
    raise SystemExit("a server of the measurement did not start")


def _rate(port: int, requests: Sequence[bytes]) -> float:
    """Requests per second, every client one after the other on a connection of its own."""
    shares = [requests[number::CLIENTS] for number in range(CLIENTS)]
    started = perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(lambda share: _post_all(port, share), shares))
    return len(requests) / (perf_counter() - started)


def _post_all(port: int, requests: Sequence[bytes]) -> None:
    with socket.create_connection((HOST, port), timeout=PATIENCE_SECONDS) as connection:
        for request in requests:
            connection.sendall(request)
            answer = connection.recv(4096)
            while b"\r\n\r\n" not in answer:
                answer += connection.recv(4096)
            if not answer.startswith(b"HTTP/1.1 204"):
                raise SystemExit(f"the measurement is wrong: {answer.splitlines()[0].decode()}")
