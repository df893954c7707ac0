"""Real processes against real servers; and a whole plan on a clock that is moved by hand."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.running import SECRETS, House, settings_for
from tests.reminders.cli.fixtures import at_noon, cli, either_installation, empty_folder, own_log  # noqa: F401
from tests.servers.certificates import Certificate
from tests.servers.fixtures import certificate, relay, twilio  # noqa: F401
from tests.servers.mail import MailServer
from tests.servers.twilio import TwilioServer


@pytest.fixture
def bare_house(
    tmp_path: Path,
    empty_database_url: str,
    twilio: TwilioServer,  # noqa: F811
    relay: MailServer,  # noqa: F811
    certificate: Certificate,  # noqa: F811
) -> Iterator[House]:
    """A settings file with live transports and nothing else, once for SQLite and once for PostgreSQL."""
    yield from _house(tmp_path, empty_database_url, twilio, relay, certificate)


@pytest.fixture
def house(
    tmp_path: Path,
    database_url: str,
    vault: object,
    twilio: TwilioServer,  # noqa: F811
    relay: MailServer,  # noqa: F811
    certificate: Certificate,  # noqa: F811
) -> Iterator[House]:
    """An installation with live transports, once on SQLite and once on PostgreSQL."""
    yield from _house(tmp_path, database_url, twilio, relay, certificate)


@pytest.fixture
def approved_house(house: House) -> House:
    """The same, its protocol approved."""
    house.read("protocol", "approve", "vertebroplasty", "--by", "Dr. Example")
    return house


@pytest.fixture
def hasty_house(
    tmp_path: Path,
    sqlite_url: str,
    vault: object,
    twilio: TwilioServer,  # noqa: F811
) -> Iterator[House]:
    """Texts alone, on SQLite, with the shortest of leases; approved."""
    text = settings_for(twilio.url, 1, Path()).replace("lease_seconds = 600", "lease_seconds = 6")
    texts_only = text.partition("[transports.email]")[0] + "[worker]" + text.partition("[worker]")[2]
    hasty = texts_only.replace("timeout_seconds = 300", "timeout_seconds = 2.5")
    (tmp_path / "reminders.toml").write_text(hasty, encoding="utf-8")
    secrets = {name: value for name, value in SECRETS.items() if "SMS" in name}
    house = House(folder=tmp_path, url=sqlite_url, secrets=secrets)
    house.read("protocol", "approve", "vertebroplasty", "--by", "Dr. Example")
    yield house
    house.stop_all()


def _house(folder: Path, url: str, provider: TwilioServer, mail: MailServer, shown: Certificate) -> Iterator[House]:
    text = settings_for(provider.url, mail.port, shown.file)
    (folder / "reminders.toml").write_text(text, encoding="utf-8")
    house = House(folder=folder, url=url)
    yield house
    house.stop_all()
