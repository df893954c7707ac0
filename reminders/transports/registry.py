"""Which module answers for a kind of transport; only the module asked for is imported.

Our own kinds come first, then those other packages publish under the entry-point group, so that nobody can
replace one of ours by installing a package.
"""

import typing
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points

from reminders.clock import Clock
from reminders.errors import ConfigurationError
from reminders.settings import TransportSettings
from reminders.transports.base import Channel, Transport

ENTRY_POINT_GROUP = "reminders.transports"

Factory = Callable[[Channel, TransportSettings, Clock], Transport]

_EVERYWHERE = {
    "console": "reminders.transports.console:make",
    "memory": "reminders.transports.memory:make",
    "outbox": "reminders.transports.outbox:make",
}
FACTORIES: dict[Channel, dict[str, str]] = {
    Channel.SMS: {**_EVERYWHERE, "twilio": "reminders.transports.twilio_sms:make"},
    Channel.EMAIL: {**_EVERYWHERE, "smtp": "reminders.transports.smtp:make"},
    Channel.VOICE: {**_EVERYWHERE, "twilio": "reminders.transports.twilio_voice:make"},
}


def make_transport(channel: Channel, settings: TransportSettings, clock: Clock) -> Transport:
    """Build the transport the settings ask for; opens no connection.

    Raises ConfigurationError for an unknown kind and for options the kind cannot work with.
    """
    return _factory(channel, settings.kind)(channel, settings, clock)


def known_kinds(channel: Channel) -> tuple[str, ...]:
    """The names `kind` may have on this channel, our own and published ones."""
    return tuple(sorted({*FACTORIES[channel], *(point.name for point in _published())}))


def _factory(channel: Channel, kind: str) -> Factory:
    own = FACTORIES[channel].get(kind)
    if own is not None:
        module, _, name = own.partition(":")
        return typing.cast(Factory, getattr(import_module(module), name))
    point = next((point for point in _published() if point.name == kind), None)
    if point is None:
        known = ", ".join(known_kinds(channel))
        raise ConfigurationError(f'transports.{channel}.kind: "{kind}" is not known; known are {known}')
    return _load(channel, point)


def _load(channel: Channel, point: EntryPoint) -> Factory:
    try:
        return typing.cast(Factory, point.load())
    except (ImportError, AttributeError) as error:
        where = f"transports.{channel}.kind"
        raise ConfigurationError(f'{where}: the package that publishes "{point.name}" is broken') from error


def _published() -> tuple[EntryPoint, ...]:
    return tuple(entry_points(group=ENTRY_POINT_GROUP))
