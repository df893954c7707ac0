"""The dead man's switch: a real HTTP server is told that all is well, and nothing that goes wrong there is ours."""

import http.server
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from reminders.health.pinging import Pinger
from tests.servers.raw import refusing_port

PATH = "/a-secret-word"


@dataclass(kw_only=True)
class Switch:
    """Keeps the paths it was asked for; answers with `status`."""

    port: int = 0
    status: int = 200
    asked: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{PATH}"


@pytest.fixture
def switch() -> Iterator[Switch]:
    kept = Switch()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kept.asked.append(self.path)
            self.send_response(kept.status)
            self.send_header("location", "/elsewhere")
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *_: object) -> None:
            """Nothing on the screen."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        kept.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield kept
        server.shutdown()
        thread.join()


def test_all_is_well_is_one_get(switch: Switch) -> None:
    assert Pinger(switch.url).ping()
    assert switch.asked == [PATH]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed_and_counts_as_a_failure(switch: Switch, status: int) -> None:
    switch.status = status
    assert not Pinger(switch.url).ping()
    assert switch.asked == [PATH]


def test_a_failure_is_logged_once_for_each_change_and_never_with_the_address(
    switch: Switch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    pinger = Pinger(switch.url)
    for status in (200, 500, 503, 200, 200, 500):
        switch.status = status
        pinger.ping()
    ours = [record for record in caplog.records if record.name == "reminders.health.pinging"]
    assert [record.getMessage() for record in ours] == ["ping_failed", "ping_well_again", "ping_failed"]
    assert PATH not in str([vars(record) for record in ours])


def test_nobody_there_is_a_failure_and_no_exception(caplog: pytest.LogCaptureFixture) -> None:
    with refusing_port() as port:
        assert not Pinger(f"http://127.0.0.1:{port}{PATH}").ping()
    [record] = [record for record in caplog.records if record.name == "reminders.health.pinging"]
    assert vars(record)["fields"] == {"status": None, "kind": "ConnectionError"}
