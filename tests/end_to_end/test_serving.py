"""`serve` and `web` as real processes: they say where they listen, work, and end when they are told to."""

import json
import signal
import socket
import subprocess
from http.client import HTTPConnection

import pytest

from tests.end_to_end.running import BY_TEXT, House, wait_until
from tests.servers.twilio import TwilioServer

HOST = "127.0.0.1"
FAR = 30  # seconds until a process that was told to stop has surely failed to


def ask(port: int, path: str) -> tuple[int, dict[str, object]]:
    connection = HTTPConnection(HOST, port, timeout=30)
    connection.request("GET", path)
    answer = connection.getresponse()
    found = (answer.status, json.loads(answer.read()))
    connection.close()
    return found


def scrape(port: int) -> str:
    connection = HTTPConnection(HOST, port, timeout=30)
    connection.request("GET", "/metrics")
    found = connection.getresponse().read().decode()
    connection.close()
    return found


def ended(process: "subprocess.Popen[str]", number: signal.Signals) -> int:
    process.send_signal(number)
    return process.wait(FAR)


def events(house: House) -> list[str]:
    return [line["event"] for line in house.log_lines()]


def test_serve_hears_and_sends_in_one_process_until_it_is_told_to_stop(
    approved_house: House, twilio: TwilioServer
) -> None:
    serving = approved_house.start("serve", "--port", "0")
    port = approved_house.web_port()
    assert ask(port, "/ready") == (200, {"ready": True})
    assert ask(port, "/live?mac=0123456789abcdef") == (200, {"live": True})

    approved_house.enroll(BY_TEXT)
    wait_until(lambda: len(twilio.messages) == 1, "the welcome leaves")
    wait_until(lambda: 'reminders_handled_total{outcome="sent"} 1.0' in scrape(port), "the figures tell it")
    assert json.loads((approved_house.folder / "reminders.epoch").read_text())["number"] >= 1

    assert ended(serving, signal.SIGTERM) == 0, approved_house.log()
    assert events(approved_house) == ["web_started", "worker_started", "worker_stopped", "web_stopped"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_web_alone_sends_nothing_and_ends_when_it_is_told_to(
    approved_house: House, twilio: TwilioServer, number: signal.Signals
) -> None:
    approved_house.enroll(BY_TEXT)
    web = approved_house.start("web", "--port", "0")
    assert ask(approved_house.web_port(), "/ready") == (200, {"ready": True})

    assert ended(web, number) == 0, approved_house.log()
    assert events(approved_house) == ["web_started", "web_stopped"]
    assert twilio.messages == ()


@pytest.mark.parametrize("command", ["web", "serve"])
def test_a_port_in_use_is_one_line(house: House, command: str) -> None:
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        found = house.process(command, "--port", str(port))

    expected = f"reminders: cannot listen on {HOST}, port {port}: address already in use; choose another --port\n"
    assert (found.returncode, found.stdout, found.stderr) == (1, "", expected)
