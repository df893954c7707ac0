"""Appends each message as one JSON line to a file; reaches nobody.

A line is whole or absent: writers of all threads and processes take turns by a lock on the file, and a line
the disk had no room for is cut off again.
"""

import errno
import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from reminders.clock import Clock
from reminders.errors import ConfigurationError
from reminders.settings import TransportSettings
from reminders.transports.base import (
    Accepted,
    Channel,
    FailureCode,
    Misconfigured,
    NotSent,
    OutboundMessage,
    OutcomeUnknown,
)

# The file is in the wrong place or has the wrong owner: waiting does not help.
_WRONG_PLACE = {errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EACCES, errno.EPERM, errno.EROFS}
_INSTANT = "%Y-%m-%dT%H:%M:%SZ"


class OutboxTransport:
    """The file is opened for each message, so that it may be moved away between two."""

    name = "outbox"
    live = False
    can_look_up = True
    per_second = None
    longest_send_seconds = 5.0

    def __init__(self, channel: Channel, path: Path, clock: Clock) -> None:
        self.channel = channel
        self._path = path
        self._clock = clock

    def send(self, message: OutboundMessage) -> Accepted:
        line = _line(message, self._clock.now())
        with self._file_for_me_alone() as descriptor:
            _append(descriptor, line)
        return Accepted(provider_id=message.delivery_id)

    def look_up(self, message: OutboundMessage, since: datetime) -> tuple[Accepted, ...]:
        """Finds by delivery id; `since` is not needed."""
        try:
            lines = self._path.read_bytes().splitlines()
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise _unusable(error) from None
        found = [line for line in lines if _delivery_of(line) == message.delivery_id]
        return tuple(Accepted(provider_id=message.delivery_id) for _ in found)

    def check(self) -> tuple[str, ...]:
        exists = self._path.exists()
        wanted = self._path if exists else self._path.parent
        if not os.access(wanted, os.W_OK):
            return (f"The outbox cannot be written: {wanted} does not exist or belongs to somebody else.",)
        if exists and self._path.stat().st_mode & 0o077:
            return (f"The outbox file {self._path} can be read by others: chmod 600 {self._path}",)
        return ()

    def close(self) -> None:
        """Nothing stays open between two messages."""

    @contextmanager
    def _file_for_me_alone(self) -> Iterator[int]:
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise _unusable(error) from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield descriptor
        finally:
            os.close(descriptor)  # lets the lock go, too


def _line(message: OutboundMessage, now: datetime) -> bytes:
    entry = {
        "delivery_id": message.delivery_id,
        "enrollment": message.enrollment,
        "key": message.key,
        "channel": message.channel.value,
        "to": message.to,
        "subject": message.subject,
        "body": message.text,
        "sent_at": now.astimezone(UTC).strftime(_INSTANT),
    }
    return json.dumps(entry, ensure_ascii=False).encode() + b"\n"


def _append(descriptor: int, line: bytes) -> None:
    size = os.fstat(descriptor).st_size
    if size and os.pread(descriptor, 1, size - 1) != b"\n":
        line = b"\n" + line  # a line torn by a power cut must not take this one with it
    try:
        written = os.write(descriptor, line)
    except OSError as error:
        raise _unusable(error) from None
    if written < len(line):
        os.ftruncate(descriptor, size)
        raise NotSent(FailureCode.STORAGE, "The outbox has no room for the message.")
    try:
        os.fsync(descriptor)
    except OSError:
        raise OutcomeUnknown(FailureCode.STORAGE, "The outbox took the message, but perhaps not to disk.") from None


def _unusable(error: OSError) -> NotSent | Misconfigured:
    reason = os.strerror(error.errno) if error.errno else "unknown error"
    text = f"The outbox file cannot be used: {reason}."
    if error.errno in _WRONG_PLACE:
        return Misconfigured(FailureCode.SETUP, text)
    return NotSent(FailureCode.STORAGE, text)


def _delivery_of(line: bytes) -> str | None:
    try:
        entry = json.loads(line)
    except ValueError:  # a torn line names nothing
        return None
    return entry.get("delivery_id") if isinstance(entry, dict) else None


def make(channel: Channel, settings: TransportSettings, clock: Clock) -> OutboxTransport:
    if settings.path is None:
        raise ConfigurationError(f'transports.{channel}: the kind "outbox" needs a path')
    return OutboxTransport(channel, Path(settings.path), clock)
