"""The line to Twilio: whatever breaks before a connection stands is not sent; later, nobody knows."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from reminders.transports.base import Misconfigured, NotSent, OutcomeUnknown, TransportFailure
from reminders.transports.twilio_http import TwilioLine
from tests.servers.certificates import Certificate
from tests.servers.raw import raw_server, refusing_port
from tests.servers.twilio import ACCOUNT_SID, AUTH_TOKEN, Fault, TwilioServer, drop, hang, refuse, twilio_server

ADDRESS = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"
FORM: dict[str, str | int] = {"To": "+12125550123", "From": "+12125550100", "Body": "A text."}

LineTo = Callable[..., TwilioLine]


@pytest.fixture
def line_to() -> Iterator[LineTo]:
    """Makes lines, and hangs them up at the end."""
    with contextlib.ExitStack() as lines:

        def make(base_url: str, timeout_seconds: float = 10) -> TwilioLine:
            line = TwilioLine(timeout_seconds=timeout_seconds, base_url=base_url)
            lines.callback(line.close)
            return line

        yield make


def post(line: TwilioLine) -> str:
    answer: str = line.request("POST", ADDRESS, data=FORM, auth=(ACCOUNT_SID, AUTH_TOKEN)).text
    return answer


def failure_of(line: TwilioLine) -> TransportFailure:
    with pytest.raises(TransportFailure) as caught:
        post(line)
    return caught.value


def test_the_address_is_moved_and_the_rest_of_it_kept(twilio: TwilioServer, line_to: LineTo) -> None:
    post(line_to(twilio.url))

    assert twilio.posts == (FORM,)


def test_a_base_address_may_have_a_path(line_to: LineTo) -> None:
    paths: list[str] = []

    def conversation(caller: socket.socket) -> None:
        paths.append(caller.recv(4096).decode().split(" ")[1])

    with raw_server(conversation) as port:
        failure_of(line_to(f"http://127.0.0.1:{port}/twilio/"))

    assert paths == [f"/twilio/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"]


def test_without_a_base_address_twilio_itself_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy of ours hears who is asked for, and lets nothing through."""
    asked: list[str] = []

    def conversation(caller: socket.socket) -> None:
        asked.append(caller.recv(4096).decode().splitlines()[0])
        caller.sendall(b"HTTP/1.1 403 Forbidden\r\n\r\n")

    with raw_server(conversation) as port:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
        monkeypatch.setenv("NO_PROXY", "")
        line = TwilioLine(timeout_seconds=10, base_url=None)
        failure_of(line)
        line.close()

    assert asked == ["CONNECT api.twilio.com:443 HTTP/1.0"]


def test_a_refused_connection_is_not_sent(line_to: LineTo) -> None:
    with refusing_port() as port:
        failure = failure_of(line_to(f"http://127.0.0.1:{port}"))

    assert isinstance(failure, NotSent)
    assert str(failure) == "No connection to Twilio could be made (NewConnectionError)."


def test_a_name_nobody_knows_is_not_sent(line_to: LineTo) -> None:
    assert isinstance(failure_of(line_to("http://twilio.invalid")), NotSent)


def test_a_certificate_nobody_trusts_is_not_sent(certificate: Certificate, line_to: LineTo) -> None:
    with twilio_server(tls=certificate.server_context()) as server:
        failure = failure_of(line_to(server.url))

        assert isinstance(failure, NotSent)
        assert server.posts == ()


def test_a_server_that_does_not_encrypt_is_not_sent(twilio: TwilioServer, line_to: LineTo) -> None:
    failure = failure_of(line_to(twilio.url.replace("http:", "https:")))

    assert isinstance(failure, NotSent)


def test_a_server_that_stays_silent_when_greeted_is_not_sent(line_to: LineTo) -> None:
    """The handshake's timeout looks like the answer's: both are read timeouts to the HTTP library."""
    over = threading.Event()

    def conversation(caller: socket.socket) -> None:
        over.wait(30)

    with raw_server(conversation) as port:
        failure = failure_of(line_to(f"https://127.0.0.1:{port}", timeout_seconds=0.2))
        over.set()

    assert isinstance(failure, NotSent)


def test_a_proxy_that_cannot_be_reached_is_not_sent(line_to: LineTo, monkeypatch: pytest.MonkeyPatch) -> None:
    with refusing_port() as port:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
        monkeypatch.setenv("NO_PROXY", "")
        failure = failure_of(line_to("https://twilio.example.org"))

    assert isinstance(failure, NotSent)


def test_a_proxy_that_refuses_to_connect_us_is_not_sent(line_to: LineTo, monkeypatch: pytest.MonkeyPatch) -> None:
    with raw_server(lambda caller: caller.sendall(b"HTTP/1.1 403 Forbidden\r\n\r\n")) as port:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
        monkeypatch.setenv("NO_PROXY", "")
        failure = failure_of(line_to("https://twilio.example.org"))

    assert isinstance(failure, NotSent)


def test_an_answer_through_a_trusted_line_is_read(
    certificate: Certificate, line_to: LineTo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate.file))
    with twilio_server(tls=certificate.server_context()) as server:
        post(line_to(server.url))

        assert len(server.messages) == 1


def test_an_encrypted_line_that_breaks_after_sending_is_an_unknown_outcome(
    certificate: Certificate, line_to: LineTo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bytes that are no encryption make an SSLError, as a failed handshake does; but here the POST has left."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate.file))

    def conversation(caller: socket.socket) -> None:
        caller.recv(4096)
        with socket.socket(fileno=socket.dup(caller.fileno())) as bare:
            bare.sendall(b"nonsense " * 100)

    with raw_server(conversation, tls=certificate.server_context()) as port:
        failure = failure_of(line_to(f"https://127.0.0.1:{port}"))

    assert isinstance(failure, OutcomeUnknown)


@pytest.mark.parametrize("taken", [True, False])
def test_a_line_dropped_after_sending_is_an_unknown_outcome(twilio: TwilioServer, line_to: LineTo, taken: bool) -> None:
    twilio.script(drop(taken=taken))

    assert isinstance(failure_of(line_to(twilio.url)), OutcomeUnknown)
    assert len(twilio.posts) == 1


def test_a_line_dropped_on_a_connection_used_before_is_an_unknown_outcome(
    twilio: TwilioServer, line_to: LineTo
) -> None:
    line = line_to(twilio.url)
    post(line)
    twilio.script(drop(taken=True))

    assert isinstance(failure_of(line), OutcomeUnknown)
    assert len(twilio.posts) == 2


def test_silence_after_sending_is_an_unknown_outcome(twilio: TwilioServer, line_to: LineTo) -> None:
    twilio.script(hang(taken=True))
    failure = failure_of(line_to(twilio.url, timeout_seconds=0.2))

    assert isinstance(failure, OutcomeUnknown)
    assert failure.code == "no-answer"
    assert len(twilio.posts) <= 1  # a busy machine may take longer to read it than we wait


def test_an_answer_cut_short_is_an_unknown_outcome(twilio: TwilioServer, line_to: LineTo) -> None:
    twilio.script(Fault(taken=True, status=201, cut_short=True))

    assert isinstance(failure_of(line_to(twilio.url)), OutcomeUnknown)


@pytest.mark.parametrize("body", ["<p>Welcome to the guest network</p>", "[]", '"sent"'])
def test_a_good_status_with_an_answer_that_is_not_twilios_is_an_unknown_outcome(
    twilio: TwilioServer, line_to: LineTo, body: str
) -> None:
    twilio.script(Fault(status=200, body=body))

    assert isinstance(failure_of(line_to(twilio.url)), OutcomeUnknown)


def test_a_redirection_is_not_followed(twilio: TwilioServer, line_to: LineTo) -> None:
    twilio.script(Fault(status=307, body="{}", headers={"Location": twilio.url}))

    assert isinstance(failure_of(line_to(twilio.url)), OutcomeUnknown)
    assert len(twilio.posts) == 1


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_server_error_is_an_unknown_outcome_and_not_repeated(
    twilio: TwilioServer, line_to: LineTo, status: int
) -> None:
    twilio.script(Fault(status=status, body="<p>Bad gateway</p>"))

    assert isinstance(failure_of(line_to(twilio.url)), OutcomeUnknown)
    assert len(twilio.posts) == 1


@pytest.mark.parametrize(
    ("header", "seconds"), [("3", 3.0), ("0.5", 0.5), ("-1", 0.0), ("Wed, 02 Dec 2026 15:00:00 GMT", None)]
)
def test_the_wish_to_wait_is_read_in_seconds(
    twilio: TwilioServer, line_to: LineTo, header: str, seconds: float | None
) -> None:
    twilio.script(refuse(429, 20429, Retry_After=header))
    failure = failure_of(line_to(twilio.url))

    assert isinstance(failure, NotSent)
    assert failure.retry_after == seconds


@pytest.mark.parametrize("body", ["", "{}", '{"code": null}', '{"code": "many"}', "[1]", "<p>No</p>"])
def test_an_answer_without_a_code_is_told_by_its_status(twilio: TwilioServer, line_to: LineTo, body: str) -> None:
    twilio.script(Fault(status=403, body=body or " "))

    assert isinstance(failure_of(line_to(twilio.url)), Misconfigured)


def test_an_address_that_cannot_be_used_is_our_own_fault(line_to: LineTo) -> None:
    assert isinstance(failure_of(line_to("http://*.example.org")), Misconfigured)


def test_a_line_keeps_nothing_of_a_call_for_another_thread_to_find(twilio: TwilioServer, line_to: LineTo) -> None:
    line = line_to(twilio.url)
    before = dict(vars(line))
    post(line)

    assert vars(line) == before


def test_no_cookie_is_kept(twilio: TwilioServer, line_to: LineTo) -> None:
    twilio.script(Fault(taken=True, status=201, headers={"Set-Cookie": "session=1"}))
    line = line_to(twilio.url)
    post(line)

    assert not line._session.cookies
