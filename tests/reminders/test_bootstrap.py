"""Settings become a service and its transports, or one line says which file, key or database cannot be used."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from reminders.bootstrap import open_service, open_transports, service_for
from reminders.clock import ManualClock, SystemClock
from reminders.database.timekeeping import machine_clock
from reminders.database.vault import Vault
from reminders.errors import ConfigurationError
from reminders.transports.pilot import PilotTransport
from schedules.protocol import Channel
from tests.reminders.builders import a_service, enrolled_id, some_settings, stored

SETTINGS = """
[database]
url_file = "database-url"

[sites.main]
name = "Example Radiology"
phone = "+12125550100"
address = "1 Example Street"
time_zone = "America/New_York"
"""


@pytest.fixture
def config(tmp_path: Path, database_url: str) -> Path:
    """A settings file with its key file and its database."""
    file = tmp_path / "reminders.toml"
    file.write_text(SETTINGS)
    address = tmp_path / "database-url"
    address.touch(0o600)
    address.write_text(database_url)
    Vault.create(tmp_path / "reminders.key")
    return file


def test_a_settings_file_becomes_a_service_that_works(config: Path) -> None:
    service = open_service(config)
    id_ = enrolled_id(service, procedure=f"{service.clock.now().year + 1}-06-09 09:00")

    assert stored(service, id_).contact.name == "Pat Example"
    assert isinstance(machine_clock(service.clock), SystemClock)
    service.engine.dispose()


def test_a_service_may_be_given_another_clock(config: Path, clock: ManualClock) -> None:
    service = open_service(config, clock)

    assert service.clock is clock
    service.engine.dispose()


def test_the_departments_own_protocols_are_in_reach(config: Path, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    config.write_text(f'protocols_dir = "{own}"\n' + config.read_text())
    service = open_service(config)

    assert service.library.own == own
    service.engine.dispose()


def test_a_missing_key_file_is_named(config: Path, tmp_path: Path) -> None:
    (tmp_path / "reminders.key").unlink()

    with pytest.raises(ConfigurationError, match=r"no key file at .*reminders\.key"):
        open_service(config)


def test_a_missing_database_is_named(vault: Vault, tmp_path: Path, clock: ManualClock) -> None:
    settings = some_settings(
        database={"url": f"sqlite:///{tmp_path / 'none.db'}"}, key_file=str(tmp_path / "reminders.key")
    )

    with pytest.raises(ConfigurationError, match="no database yet"):
        service_for(settings, clock)


# Transports


def test_every_configured_channel_has_its_transport(engine: Engine, vault: Vault, clock: ManualClock) -> None:
    service = a_service(engine, vault, clock, transports={"sms": {"kind": "memory"}, "email": {"kind": "console"}})
    transports = open_transports(service)

    assert {channel: transport.name for channel, transport in transports.items()} == {
        Channel.SMS: "memory",
        Channel.EMAIL: "console",
    }


@pytest.mark.parametrize(("lease", "fits"), [(5, False), (6, True)])
def test_a_call_that_could_outlast_its_lease_is_refused(
    engine: Engine, vault: Vault, clock: ManualClock, tmp_path: Path, lease: int, fits: bool
) -> None:
    """An outbox may take five seconds to write; a lease that ends by then would be taken for a dead worker."""
    outbox = {"kind": "outbox", "path": str(tmp_path / "out.jsonl"), "timeout_seconds": 1}
    service = a_service(engine, vault, clock, transports={"sms": outbox}, worker={"lease_seconds": lease})
    if fits:
        assert open_transports(service)
    else:
        with pytest.raises(
            ConfigurationError, match=r"worker\.lease_seconds: 5 is too short: a call of transports\.sms"
        ):
            open_transports(service)


LIVE = {"kind": "twilio", "account_sid": "AC" + "0" * 32, "auth_token": "invented", "from_number": "+12125550100"}


def test_in_a_pilot_a_live_transport_reaches_only_its_recipients(
    engine: Engine, vault: Vault, clock: ManualClock
) -> None:
    service = a_service(
        engine,
        vault,
        clock,
        transports={"sms": LIVE, "email": {"kind": "memory"}},
        worker={"only_recipients": ["+12125550123"]},
    )
    transports = open_transports(service)

    assert isinstance(transports[Channel.SMS], PilotTransport)
    assert transports[Channel.EMAIL].name == "memory"


def test_without_a_pilot_a_live_transport_is_itself(engine: Engine, vault: Vault, clock: ManualClock) -> None:
    transports = open_transports(a_service(engine, vault, clock, transports={"sms": LIVE}))

    assert transports[Channel.SMS].live
    assert not isinstance(transports[Channel.SMS], PilotTransport)
