"""A server whose every byte the test chooses, for conversations a well-behaved server would not have."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator

Conversation = Callable[[socket.socket], None]


@contextlib.contextmanager
def raw_server(conversation: Conversation, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """Hold `conversation` with each caller in turn, on the port it yields; then hang up."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_serve, args=(listener, conversation, tls), daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(timeout=10)


def _serve(listener: socket.socket, conversation: Conversation, tls: ssl.SSLContext | None) -> None:
    with contextlib.suppress(OSError):  # the listener is closed when the test ends
        while True:
            caller, _ = listener.accept()
            with caller, contextlib.suppress(OSError):
                if tls is None:
                    conversation(caller)
                else:
                    with tls.wrap_socket(caller, server_side=True) as encrypted:
                        conversation(encrypted)


@contextlib.contextmanager
def refusing_port() -> Iterator[int]:
    """A port that refuses connections: it is taken, and nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


class ScriptedRelay:
    """A mail relay that answers by the line: `answers` maps a verb to a reply, "" is the greeting, "." the dot.

    A reply of None hangs up without a word. `said` is what the client said, content left out.
    """

    def __init__(self, **answers: str | None) -> None:
        usual = {"": "220 relay", "EHLO": "250 relay", "MAIL": "250 ok", "RCPT": "250 ok", "DATA": "354 go"}
        self._answers: dict[str, str | None] = {**usual, ".": "250 taken", "QUIT": "221 bye", **answers}
        self.said: list[str] = []

    def __call__(self, caller: socket.socket) -> None:
        with caller.makefile("rb") as lines:
            if not self._answer(caller, ""):
                return
            for line in lines:
                words = line.decode(errors="replace").strip()
                self.said.append(words)
                verb = words.split(" ")[0].upper()
                if not self._answer(caller, verb) or verb == "QUIT":
                    return
                if verb == "DATA" and self._goes_on() and not self._take(caller, lines):
                    return

    def _answer(self, caller: socket.socket, verb: str) -> bool:
        reply = self._answers.get(verb, "502 not known")
        if reply is not None:
            caller.sendall(reply.encode() + b"\r\n")
        return reply is not None

    def _goes_on(self) -> bool:
        return (self._answers["DATA"] or "").startswith("354")

    def _take(self, caller: socket.socket, lines: Iterator[bytes]) -> bool:
        return self._read_content(lines) and self._answer(caller, ".")

    def _read_content(self, lines: Iterator[bytes]) -> bool:
        return any(line == b".\r\n" for line in lines)
