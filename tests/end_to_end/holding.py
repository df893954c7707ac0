"""Servers that take a message and keep their answer back until the test lets it go."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.servers.mail import MailServer
from tests.servers.twilio import Fault, TwilioMessage, TwilioServer

LONGEST_SECONDS = 60.0


@contextmanager
def answers_kept_back(provider: TwilioServer, mail: MailServer) -> Iterator[None]:
    """For as long as the block lasts both servers take what comes and say nothing about it."""
    released = threading.Event()
    receive, handle = provider.receive, mail.handle_DATA

    def receive_silently(form: Any) -> tuple[Fault, TwilioMessage | None]:
        answer = receive(form)
        released.wait(LONGEST_SECONDS)
        return answer

    async def handle_silently(*conversation: Any) -> str:
        answer = await handle(*conversation)
        for _ in range(int(LONGEST_SECONDS / 0.05)):
            if released.is_set():
                break
            await asyncio.sleep(0.05)
        return answer

    provider.receive = receive_silently  # type: ignore[method-assign]
    mail.handle_DATA = handle_silently  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        released.set()
        provider.receive = receive  # type: ignore[method-assign]
        mail.handle_DATA = handle  # type: ignore[method-assign]
