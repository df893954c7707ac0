"""The web application as a running server: uvicorn in a thread, so that the main thread keeps the signals.

The rule: the address is ours before anything is said to have started; no request is ever logged.
"""

import errno
import os
import socket
import threading
from collections.abc import Callable

import uvicorn

from reminders.errors import OperationError
from reminders.health.watching import Watchman
from reminders.logs import get_logger
from reminders.service import Service
from reminders.web.app import create_app
from reminders.web.hooks import Appliers

BACKLOG = 256
GRACE_SECONDS = 10  # for requests in flight, before the process ends
START_SECONDS = 30

# What is wrong with an address that cannot be had: its port, where the system says so, and else its host.
ADVICE = {errno.EADDRINUSE: "another --port", errno.EACCES: "a --port from 1024 on"}
ANOTHER_HOST = "another --host: an address of this machine, as in 127.0.0.1"

log = get_logger(__name__)


class WebServer:
    """One server of one service. `on_end` is called where it ends without having been told to."""

    def __init__(
        self,
        service: Service,
        host: str,
        port: int,
        *,
        on_end: Callable[[], None] = lambda: None,
        appliers: Appliers | None = None,
        watchman: Watchman | None = None,
    ) -> None:
        """Takes the address; OperationError where that cannot be. Port 0 is any that is free.

        `watchman`: of the worker in this very process.
        """
        self._socket = _listen(host, port)
        self._server = uvicorn.Server(_settings(service, appliers, watchman))
        self._on_end = on_end
        self._thread = threading.Thread(target=self._run, name="web", daemon=True)

    @property
    def port(self) -> int:
        return int(self._socket.getsockname()[1])

    def start(self) -> None:
        """Serve from now on, in a thread of its own."""
        host = str(self._socket.getsockname()[0])
        self._thread.start()
        log.info("web_started", host=host, port=self.port)

    def stop(self) -> None:
        """Take no more requests, finish those in flight, and return when that is done."""
        self._server.should_exit = True
        self._thread.join(GRACE_SECONDS + START_SECONDS)
        self._socket.close()
        log.info("web_stopped")

    def _run(self) -> None:
        try:
            self._server.run(sockets=[self._socket])
        except BaseException as error:  # uvicorn leaves by SystemExit, too
            log.error("web_failed", error)
        if not self._server.should_exit:
            self._on_end()


def _settings(service: Service, appliers: Appliers | None, watchman: Watchman | None) -> uvicorn.Config:
    return uvicorn.Config(
        create_app(service, appliers, watchman),
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # nothing here depends on who calls; the signature says it
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address[:2], family=family, backlog=BACKLOG)
    except OSError as error:
        # Python writes the address into the reason once more; a name that is none has a number below zero.
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else "no such address"
        advice = f"choose {ADVICE.get(error.errno or 0, ANOTHER_HOST)}"
        raise OperationError(f"cannot listen on {host}, port {port}: {reason.lower()}; {advice}") from None
