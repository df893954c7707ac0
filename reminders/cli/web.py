"""The web application, alone or together with the worker in one process."""

import signal
import sys
import threading
from typing import Annotated

import typer

from reminders.cli.common import open_lasting_service
from reminders.errors import OperationError

Host = Annotated[str, typer.Option("--host", help="The address to listen on; a proxy with HTTPS stands before it.")]
Port = Annotated[int, typer.Option("--port", min=0, max=65535, help="The port to listen on; 0 is any that is free.")]


def web(context: typer.Context, host: Host = "127.0.0.1", port: Port = 8080) -> None:
    """Hear what comes back, until told to stop: receipts, replies, and calls that ask what to say.

    Messages leave by `reminders run`, what answers a patient's reply among them.
    """
    from reminders.logs import configure_logging
    from reminders.web.server import WebServer

    configure_logging(stream=sys.stderr)
    ended = threading.Event()
    server = WebServer(open_lasting_service(context), host, port, on_end=ended.set)
    told: list[int] = []

    def stop(number: int, _frame: object) -> None:
        told.append(number)
        ended.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    server.start()
    while not ended.wait(1.0):  # a wait without an end would never hear a signal that comes just before it
        pass
    server.stop()
    if not told:
        raise OperationError("the web application has ended by itself; the log says why")


def serve(context: typer.Context, host: Host = "127.0.0.1", port: Port = 8080) -> None:
    """Send what is due and hear what comes back: `run` and `web` in one process, until told to stop."""
    from reminders import worker
    from reminders.bootstrap import open_transports
    from reminders.logs import configure_logging
    from reminders.web.server import WebServer

    configure_logging(stream=sys.stderr)
    service = open_lasting_service(context)
    transports = open_transports(service)
    failed: list[bool] = []
    try:
        running = worker.Worker(service, transports, epoch_file=service.settings.epoch_file)

        def end() -> None:
            failed.append(True)
            running.stop()

        server = WebServer(service, host, port, on_end=end, watchman=running.watchman)
        for number in (signal.SIGTERM, signal.SIGINT):  # the worker does so too, a moment after the server has begun
            signal.signal(number, lambda *_: running.stop())
        server.start()
        try:
            running.run()
        finally:
            server.stop()
    finally:
        for transport in transports.values():
            transport.close()
    if failed:
        raise OperationError("the web application has ended by itself; the log says why")
