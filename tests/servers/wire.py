"""The wire between a program and its PostgreSQL server: a relay that breaks at any byte of a COMMIT, or falls silent.

It reads no more of the protocol than it must: a COMMIT is a message of its own, what the server says next its answer.
"""

import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import make_url

COMMIT = b"Q\x00\x00\x00\x0bCOMMIT\x00"
ANSWER = b"C\x00\x00\x00\x0bCOMMIT\x00Z\x00\x00\x00\x05I"
TO_SERVER, FROM_SERVER = "to the server", "from the server"


@dataclass(frozen=True, kw_only=True, slots=True)
class Cut:
    """Where the wire breaks: after so many bytes of the COMMIT, or of the answer to it."""

    direction: str
    after: int


CUTS = [
    *(Cut(direction=TO_SERVER, after=number) for number in range(len(COMMIT))),
    *(Cut(direction=FROM_SERVER, after=number) for number in range(len(ANSWER))),
]
"""Every place there is. With none of the answer let through, the server has its COMMIT and may be at it yet."""


class Wire:
    """One listening port in front of one server; every connection made to it is relayed."""

    def __init__(self, server: str) -> None:
        """`server` is the SQLAlchemy address of a database, on a socket's folder or on a port."""
        self._url = make_url(server)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._silent = {TO_SERVER: threading.Event(), FROM_SERVER: threading.Event()}
        self._cut: Cut | None = None
        self._commits_to_pass = 0
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self.cuts = 0
        self._last = False
        self._calls = 0
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        """The same database, by way of this wire."""
        port = self._listener.getsockname()[1]
        relayed = self._url.set(host="127.0.0.1", port=port, query={"sslmode": "disable"})
        return relayed.render_as_string(hide_password=False)

    def cut_next(self, cut: Cut, *, passing: int = 0) -> None:
        """Break the connection at a place of the next COMMIT, or of the one after `passing` others."""
        with self._lock:
            self._cut, self._commits_to_pass = cut, passing

    @contextmanager
    def silent(self, *directions: str) -> Iterator[None]:
        """For as long as the block lasts nothing gets through in these directions; what was said comes late."""
        for direction in directions:
            self._silent[direction].set()
        try:
            yield
        finally:
            for direction in directions:
                self._silent[direction].clear()

    def hang_up(self) -> None:
        """Break every connection there is; new ones can be made."""
        self._calls += 1

    def close_after_cut(self) -> None:
        """Let nobody in any more once the wire has broken."""
        self._last = True

    def close(self) -> None:
        self._closed.set()
        self._listener.close()

    def _accept(self) -> None:
        while not self._closed.is_set():
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self._last and self.cuts:
                client.close()
                continue
            try:
                server = self._connect()
            except OSError:  # the server is away, and says so in the same way
                client.close()
                continue
            threading.Thread(target=self._relay, args=(client, server), daemon=True).start()

    def _connect(self) -> socket.socket:
        host, port = self._url.query.get("host") or self._url.host, self._url.port or 5432
        if isinstance(host, str) and not host.startswith("/"):
            return socket.create_connection((host, port))
        line = socket.socket(socket.AF_UNIX)
        line.connect(f"{host}/.s.PGSQL.{port}")
        return line

    def _relay(self, client: socket.socket, server: socket.socket) -> None:
        """Both directions of one connection, in one thread: what is cut is cut in both at once."""
        cut: Cut | None = None
        calls = self._calls
        try:
            while not self._closed.is_set() and calls == self._calls:
                for line in self._readable(client, server):
                    data = line.recv(65536)
                    if not data:
                        return
                    if line is client and data.endswith(COMMIT):
                        cut = self._due()
                    direction, other = (TO_SERVER, server) if line is client else (FROM_SERVER, client)
                    broken = cut is not None and cut.direction == direction
                    other.sendall(_until(cut, data) if cut is not None and broken else data)
                    if broken or self._answers_nothing(cut):
                        self.cuts += 1
                        return
        except OSError:
            return
        finally:
            client.close()
            server.close()

    @staticmethod
    def _answers_nothing(cut: Cut | None) -> bool:
        """Nothing of the answer is let through: the wire breaks as soon as the server has its COMMIT."""
        return cut is not None and cut.direction == FROM_SERVER and cut.after == 0

    def _due(self) -> Cut | None:
        """The cut of this very COMMIT, if it is its turn."""
        with self._lock:
            if self._cut is None or self._commits_to_pass:
                self._commits_to_pass = max(0, self._commits_to_pass - 1)
                return None
            cut, self._cut = self._cut, None
            return cut

    def _readable(self, client: socket.socket, server: socket.socket) -> list[socket.socket]:
        """The ends that have something to say and are not silenced."""
        ends = [
            end
            for end, direction in ((client, TO_SERVER), (server, FROM_SERVER))
            if not self._silent[direction].is_set()
        ]
        return select.select(ends, [], [], 0.05)[0]


def _until(cut: Cut, data: bytes) -> bytes:
    """What still gets through; a COMMIT stands at the end of what a program says, its answer by itself."""
    return data[: len(data) - len(COMMIT) + cut.after] if cut.direction == TO_SERVER else data[: cut.after]
