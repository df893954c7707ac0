"""The application on a real port: taken before it starts, given back when it stops."""

import errno
import json
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from http.client import HTTPConnection

import pytest

from reminders.errors import OperationError
from reminders.hooks.base import StatusEvent
from reminders.service import Service
from reminders.web.server import WebServer
from tests.reminders.web.calling import Heard, a_status

HOST, DELIVERY = "127.0.0.1", "d" * 32


@pytest.fixture
def database_kind() -> str:
    """How it serves has nothing to do with where it stores."""
    return "sqlite"


@pytest.fixture
def server(service: Service, heard: Heard) -> Iterator[WebServer]:
    made = WebServer(service, HOST, 0, appliers=heard.appliers())
    made.start()
    yield made
    made.stop()


def get(port: int, path: str) -> tuple[int, bytes, dict[str, str]]:
    with closing(HTTPConnection(HOST, port, timeout=30)) as connection:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read(), {name.lower(): value for name, value in answer.getheaders()}


def test_it_answers_on_the_port_it_names_and_does_not_say_what_it_is(server: WebServer) -> None:
    status, body, headers = get(server.port, "/live")
    assert (status, json.loads(body)) == (200, {"live": True})
    assert "server" not in headers


def test_a_stopped_server_gives_its_port_back(service: Service) -> None:
    first = WebServer(service, HOST, 0)
    first.start()
    get(first.port, "/live")
    port = first.port
    first.stop()
    second = WebServer(service, HOST, port)
    second.start()
    assert get(port, "/live")[0] == 200
    second.stop()


def test_a_port_in_use_is_said_in_one_line(server: WebServer, service: Service) -> None:
    with pytest.raises(OperationError) as caught:
        WebServer(service, HOST, server.port)
    line = f"cannot listen on {HOST}, port {server.port}: address already in use; choose another --port"
    assert str(caught.value) == line


@pytest.mark.parametrize(
    ("host", "reason"),
    [
        ("no-such-host.invalid", "no such address"),
        ("999.1.1.1", "no such address"),
        ("203.0.113.1", "cannot assign requested address"),  # one that is kept for documents, so no machine's
    ],
)
def test_a_host_that_is_none_of_this_machine_is_said_in_one_line(host: str, reason: str, service: Service) -> None:
    with pytest.raises(OperationError) as caught:
        WebServer(service, host, 0)
    advice = "choose another --host: an address of this machine, as in 127.0.0.1"
    assert str(caught.value) == f"cannot listen on {host}, port 0: {reason}; {advice}"


def test_a_port_that_needs_more_rights_is_said_in_one_line(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(socket, "create_server", refuse)
    with pytest.raises(OperationError, match=r"port 80: permission denied; choose a --port from 1024 on$"):
        WebServer(service, HOST, 80)


def test_what_is_in_flight_when_it_stops_is_finished(service: Service, heard: Heard) -> None:
    begun, may_end, answers = threading.Event(), threading.Event(), list[int]()

    def slow(_service: Service, events: Sequence[StatusEvent]) -> None:
        begun.set()
        may_end.wait(30)
        heard.statuses += events

    server = WebServer(service, HOST, 0, appliers=replace(heard.appliers(), statuses=slow))
    server.start()
    callback = a_status(service, DELIVERY)

    def call() -> None:
        with closing(HTTPConnection(HOST, server.port, timeout=30)) as connection:
            connection.request("POST", callback.target, callback.body, callback.headers())
            answers.append(connection.getresponse().status)

    caller, stopper = threading.Thread(target=call), threading.Thread(target=server.stop)
    caller.start()
    assert begun.wait(30)
    stopper.start()
    may_end.set()
    caller.join(30)
    stopper.join(30)
    assert (answers, len(heard.statuses)) == ([204], 1)


def test_a_server_that_ends_by_itself_says_so(service: Service, caplog: pytest.LogCaptureFixture) -> None:
    ended = threading.Event()
    server = WebServer(service, HOST, 0, on_end=ended.set)
    socket.close(server._socket.detach())  # as if its port were taken away
    server._thread.start()
    assert ended.wait(30)
    assert [record.getMessage() for record in caplog.records if record.name.startswith("reminders")] == ["web_failed"]
