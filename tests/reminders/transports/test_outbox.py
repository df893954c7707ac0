"""The file of JSON lines: a line is whole or absent, and nobody else reads it."""

import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from reminders.clock import ManualClock
from reminders.errors import ConfigurationError
from reminders.settings import TransportSettings
from reminders.transports.base import (
    Accepted,
    Attachment,
    Channel,
    Misconfigured,
    NotSent,
    OutboundMessage,
    OutcomeUnknown,
)
from reminders.transports.outbox import OutboxTransport
from reminders.transports.registry import make_transport


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "outbox.jsonl"


@pytest.fixture
def outbox(file: Path, clock: ManualClock) -> OutboxTransport:
    return OutboxTransport(Channel.SMS, file, clock)


def entries(file: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_a_message_is_one_line_with_these_keys(
    outbox: OutboxTransport, file: Path, text_message: OutboundMessage
) -> None:
    outbox.send(text_message)

    assert entries(file) == [
        {
            "delivery_id": "0123456789abcdef0123456789abcdef",
            "enrollment": "ABCD-EFGHJ",
            "key": "ride",
            "channel": "sms",
            "to": "+12125550123",
            "subject": None,
            "body": "Example Radiology: please arrange a driver. Questions: +12125550100",
            "sent_at": "2026-12-02T15:00:00Z",
        }
    ]


def test_a_file_adds_no_key_to_the_line(outbox: OutboxTransport, file: Path, text_message: OutboundMessage) -> None:
    entry = Attachment(name="calendar.ics", media_type="text/calendar", content=b"BEGIN:VCALENDAR\r\n")
    outbox.send(text_message)
    outbox.send(replace(text_message, attachments=(entry,)))

    with_none, with_one = entries(file)
    assert with_one == with_none


def test_a_message_of_several_lines_is_still_one_line(
    outbox: OutboxTransport, file: Path, text_message: OutboundMessage
) -> None:
    text = "Mañana\nno,\u2028el miércoles"
    outbox.send(replace(text_message, text=text))

    assert file.read_bytes().count(b"\n") == 1
    assert json.loads(file.read_text())["body"] == text


def test_only_the_owner_may_read_the_file(outbox: OutboxTransport, file: Path, text_message: OutboundMessage) -> None:
    outbox.send(text_message)

    assert file.stat().st_mode & 0o777 == 0o600


def test_messages_are_added_at_the_end(outbox: OutboxTransport, file: Path, text_message: OutboundMessage) -> None:
    for key in ("welcome", "ride"):
        outbox.send(replace(text_message, key=key))

    assert [entry["key"] for entry in entries(file)] == ["welcome", "ride"]


WRITER = """
import sys
from pathlib import Path
from reminders.clock import SystemClock
from reminders.transports.base import Channel, OutboundMessage
from reminders.transports.outbox import OutboxTransport

outbox = OutboxTransport(Channel.SMS, Path(sys.argv[1]), SystemClock())
for number in range(50):
    outbox.send(OutboundMessage(delivery_id=f"{sys.argv[2]}-{number}", enrollment="ABCD-EFGHJ", key="ride",
                                channel=Channel.SMS, to="+12125550123", text="A text. " * 200))
"""


def test_several_processes_may_write_at_once(file: Path) -> None:
    commands = [[sys.executable, "-c", WRITER, str(file), name] for name in ("one", "two", "three")]
    writers = [subprocess.Popen(command) for command in commands]

    assert [writer.wait(timeout=60) for writer in writers] == [0, 0, 0]
    written = {entry["delivery_id"] for entry in entries(file)}
    assert written == {f"{name}-{number}" for name in ("one", "two", "three") for number in range(50)}


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """No file of this process may grow beyond `size` bytes: what a full disk looks like."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def test_a_message_that_fits_only_in_part_is_not_sent_and_leaves_no_trace(
    outbox: OutboxTransport, file: Path, text_message: OutboundMessage
) -> None:
    outbox.send(text_message)
    whole = file.read_bytes()

    with room_for(len(whole) + 20), pytest.raises(NotSent):
        outbox.send(text_message)

    assert file.read_bytes() == whole


def test_a_message_that_does_not_fit_at_all_is_not_sent(
    outbox: OutboxTransport, file: Path, text_message: OutboundMessage
) -> None:
    outbox.send(text_message)
    whole = file.read_bytes()

    with room_for(len(whole)), pytest.raises(NotSent) as caught:
        outbox.send(text_message)

    assert caught.value.code == "storage"
    assert file.read_bytes() == whole


def test_a_line_torn_by_a_power_cut_does_not_take_the_next_one_with_it(
    outbox: OutboxTransport, file: Path, text_message: OutboundMessage
) -> None:
    file.write_text('{"delivery_id": "torn", "enrol')
    outbox.send(text_message)

    assert json.loads(file.read_text().splitlines()[1])["delivery_id"] == text_message.delivery_id


def test_a_torn_line_is_no_trace_of_a_message(
    outbox: OutboxTransport, file: Path, clock: ManualClock, text_message: OutboundMessage
) -> None:
    file.write_text(f'{{"delivery_id": "{text_message.delivery_id}", "enrol\n[]\n"text"\n')

    assert outbox.look_up(text_message, clock.now()) == ()


def test_a_look_up_finds_every_line_of_a_delivery(
    outbox: OutboxTransport, clock: ManualClock, text_message: OutboundMessage
) -> None:
    outbox.send(text_message)
    outbox.send(replace(text_message, delivery_id="another"))
    outbox.send(text_message)

    found = Accepted(provider_id=text_message.delivery_id)
    assert outbox.look_up(text_message, clock.now()) == (found, found)


def test_before_the_first_message_a_look_up_finds_nothing(
    outbox: OutboxTransport, clock: ManualClock, text_message: OutboundMessage
) -> None:
    assert outbox.look_up(text_message, clock.now()) == ()


def test_a_look_up_that_cannot_read_the_file_says_so(
    outbox: OutboxTransport, file: Path, clock: ManualClock, text_message: OutboundMessage
) -> None:
    file.mkdir()

    with pytest.raises(Misconfigured):
        outbox.look_up(text_message, clock.now())


def test_a_missing_folder_is_the_operators_matter(
    tmp_path: Path, clock: ManualClock, text_message: OutboundMessage
) -> None:
    outbox = OutboxTransport(Channel.SMS, tmp_path / "gone" / "outbox.jsonl", clock)

    with pytest.raises(Misconfigured):
        outbox.send(text_message)


def test_what_cannot_be_put_on_disk_for_sure_is_an_unknown_outcome(
    clock: ManualClock, text_message: OutboundMessage
) -> None:
    """A terminal takes bytes and cannot be told to keep them."""
    reader, writer = os.openpty()
    outbox = OutboxTransport(Channel.SMS, Path(os.ttyname(writer)), clock)
    try:
        with pytest.raises(OutcomeUnknown):
            outbox.send(text_message)
    finally:
        os.close(reader)
        os.close(writer)


def test_checking_names_a_missing_folder(tmp_path: Path, clock: ManualClock) -> None:
    outbox = OutboxTransport(Channel.SMS, tmp_path / "gone" / "outbox.jsonl", clock)

    [problem] = outbox.check()
    assert problem == f"The outbox cannot be written: {tmp_path / 'gone'} does not exist or belongs to somebody else."


def test_checking_names_a_file_others_can_read(outbox: OutboxTransport, file: Path) -> None:
    file.touch(mode=0o644)

    [problem] = outbox.check()
    assert problem.endswith(f"can be read by others: chmod 600 {file}")


def test_checking_creates_nothing(outbox: OutboxTransport, file: Path) -> None:
    outbox.check()

    assert not file.exists()


def test_the_settings_must_name_a_path(clock: ManualClock) -> None:
    with pytest.raises(ConfigurationError, match="path"):
        make_transport(Channel.SMS, TransportSettings(kind="outbox"), clock)
