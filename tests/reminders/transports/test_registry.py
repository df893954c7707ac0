"""Kinds, whose module is imported on first use, and kinds other packages publish."""

import subprocess
import sys
from pathlib import Path

import pytest

from reminders.clock import ManualClock
from reminders.errors import ConfigurationError
from reminders.settings import TransportSettings
from reminders.transports.base import Channel
from reminders.transports.registry import FACTORIES, known_kinds, make_transport
from tests.contracts import example_transport


def publish(folder: Path, name: str, target: str) -> None:
    """What installing a package leaves behind, as far as entry points go."""
    info = folder / "example_package-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: example-package\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[reminders.transports]\n{name} = {target}\n")


@pytest.mark.parametrize(("channel", "kind"), [(channel, kind) for channel in Channel for kind in FACTORIES[channel]])
def test_every_kind_has_a_factory(channel: Channel, kind: str, tmp_path: Path, clock: ManualClock) -> None:
    settings = TransportSettings.model_validate(
        {
            "kind": kind,
            "path": tmp_path / "outbox.jsonl",
            "account_sid": "AC1",
            "auth_token": "invented",
            "from_number": "+12125550100",
            "host": "localhost",
            "sender": "reminders@example.org",
        }
    )
    transport = make_transport(channel, settings, clock)

    assert (transport.name, transport.channel) == (kind, channel)


def test_an_unknown_kind_is_refused_with_the_known_ones(clock: ManualClock) -> None:
    with pytest.raises(ConfigurationError) as caught:
        make_transport(Channel.SMS, TransportSettings(kind="pigeon"), clock)

    assert str(caught.value) == (
        'transports.sms.kind: "pigeon" is not known; known are console, memory, outbox, twilio'
    )


def test_a_channel_knows_only_the_kinds_that_serve_it(clock: ManualClock) -> None:
    with pytest.raises(ConfigurationError, match="not known"):
        make_transport(Channel.EMAIL, TransportSettings(kind="twilio"), clock)


def test_twilio_is_imported_only_where_it_is_used() -> None:
    program = (
        "import sys, reminders.transports.registry as r, reminders.clock as c, reminders.settings as s;"
        "r.make_transport(r.Channel.SMS, s.TransportSettings(kind='console'), c.SystemClock());"
        "print([name for name in ('twilio', 'requests', 'smtplib') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_another_package_can_publish_a_kind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: ManualClock
) -> None:
    publish(tmp_path, "notice-board", "tests.contracts.example_transport:make")
    monkeypatch.syspath_prepend(tmp_path)

    transport = make_transport(Channel.VOICE, TransportSettings(kind="notice-board"), clock)

    assert isinstance(transport, example_transport.NoticeBoard)
    assert "notice-board" in known_kinds(Channel.VOICE)


def test_a_published_kind_cannot_replace_one_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: ManualClock
) -> None:
    publish(tmp_path, "console", "tests.contracts.example_transport:make")
    monkeypatch.syspath_prepend(tmp_path)

    transport = make_transport(Channel.SMS, TransportSettings(kind="console"), clock)

    assert not isinstance(transport, example_transport.NoticeBoard)


def test_a_broken_package_is_named_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: ManualClock) -> None:
    publish(tmp_path, "pigeon", "no_such_module:make")
    monkeypatch.syspath_prepend(tmp_path)

    with pytest.raises(ConfigurationError, match='the package that publishes "pigeon" is broken'):
        make_transport(Channel.SMS, TransportSettings(kind="pigeon"), clock)
