"""A service on a given database with a clock that stands still, and a transport that does nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from reminders.bootstrap import service_for
from reminders.clock import SystemClock
from reminders.database.migrate import upgrade
from reminders.database.vault import Vault
from reminders.service import Service
from reminders.settings import load_settings
from reminders.transports.base import Accepted, OutboundMessage
from schedules.protocol import Channel

NOON = datetime(2026, 12, 9, 17, 30, tzinfo=UTC)  # Wednesday 12:30 at the site: the window
SETTINGS = """
[sites.main]
name = "Example Radiology"
phone = "+12125550100"
address = "1 Example Street"
time_zone = "America/New_York"
holidays = "US-NY"
[transports.sms]
kind = "console"
"""


class StillClock(SystemClock):
    """The plan's time stands still while the stopwatch runs."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def move_to(self, now: datetime) -> None:
        self._now = now


@dataclass(frozen=True, slots=True)
class NothingTransport:
    """Accepts every message, under a number of its own as providers do, and does nothing with it."""

    name: str = "nothing"
    channel: Channel = Channel.SMS
    live: bool = False
    can_look_up: bool = False
    per_second: float | None = None
    longest_send_seconds: float = 1.0

    def send(self, message: OutboundMessage) -> Accepted:
        return Accepted(provider_id=message.delivery_id)

    def check(self) -> tuple[str, ...]:
        return ()

    def close(self) -> None:
        pass


@dataclass(frozen=True, slots=True)
class Home:
    """A folder with the settings and the key that every service of one run shares."""

    folder: Path

    def __post_init__(self) -> None:
        self.settings.write_text(SETTINGS, encoding="utf-8")
        Vault.create(self.folder / "reminders.key")

    @property
    def settings(self) -> Path:
        return self.folder / "reminders.toml"

    @contextmanager
    def service(self, url: str, *, create: bool = False) -> Iterator[tuple[Service, StillClock]]:
        """The service on one database; nothing of it is open afterwards."""
        if create:
            upgrade(url)
        clock = StillClock(NOON)
        service = service_for(load_settings(self.settings, {"REMINDERS_DATABASE__URL": url}), clock)
        try:
            yield service, clock
        finally:
            service.engine.dispose()
