"""The composition root: settings become a service and its transports; nothing else builds them."""

from pathlib import Path

from reminders.clock import Clock, SystemClock
from reminders.database.engine import open_engine
from reminders.database.timekeeping import shared_clock
from reminders.database.vault import Vault
from reminders.errors import ConfigurationError
from reminders.protocols import Library
from reminders.service import Service
from reminders.settings import Settings, load_settings
from reminders.transports.base import Transport
from reminders.transports.pilot import PilotTransport
from reminders.transports.registry import make_transport
from schedules.medications import shipped_medications
from schedules.protocol import Channel


def open_service(config: Path | None, clock: Clock | None = None) -> Service:
    """The service of a settings file; ConfigurationError where file, key or database cannot be used."""
    return service_for(load_settings(config), clock)


def service_for(settings: Settings, clock: Clock | None = None) -> Service:
    """The service of settings that are already read; without a clock of the caller's, on the database's own."""
    vault = Vault.load(settings.key_file)  # first: where it cannot be read, no connection is left open
    engine = open_engine(settings.database.url)
    return Service(
        settings=settings,
        engine=engine,
        vault=vault,
        clock=clock or shared_clock(engine, SystemClock()),
        library=Library(settings.protocols_dir),
        medications=shipped_medications(),
    )


def open_transports(service: Service) -> dict[Channel, Transport]:
    """One transport per configured channel; ConfigurationError where a call could outlast a worker's lease."""
    transports = {
        channel: make_transport(channel, settings, service.clock)
        for channel, settings in service.settings.transports.items()
    }
    lease = service.settings.worker.lease_seconds
    for channel, transport in transports.items():
        if transport.longest_send_seconds >= lease:
            longest = transport.longest_send_seconds
            raise ConfigurationError(
                f"worker.lease_seconds: {lease} is too short: a call of transports.{channel} may take {longest:g} s"
            )
    return _piloted(service, transports)


def _piloted(service: Service, transports: dict[Channel, Transport]) -> dict[Channel, Transport]:
    """In a pilot only its recipients are reached; live ones need it, the others reach nobody anyway."""
    recipients = service.settings.worker.only_recipients
    if not recipients:
        return transports
    folder = service.settings.key_file.parent
    return {
        channel: PilotTransport(transport, recipients, folder, service.clock) if transport.live else transport
        for channel, transport in transports.items()
    }
