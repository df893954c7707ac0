"""Whether the senders are fast enough for what is planned in the coming days: what is stored, as a forecast.

The rule: it is said before the day comes on which messages wait, with the rate that would be enough.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from zoneinfo import ZoneInfo

from reminders.budgeting import rate_of
from reminders.database import loads
from reminders.database.engine import reading
from reminders.forecasting import Forecast, forecast
from reminders.service import Service
from reminders.transports.base import Transport
from schedules.protocol import Channel

AHEAD = timedelta(days=7)
SEGMENTS = 2.0  # of a text, as long as no provider has counted any
UNITS = {Channel.SMS: "segment", Channel.VOICE: "call", Channel.EMAIL: "message"}


def foresee(service: Service, transports: Mapping[Channel, Transport]) -> Iterator[tuple[Channel, Forecast]]:
    """A forecast for each channel whose sender has a known limit."""
    for channel, transport in transports.items():
        rate = rate_of(service.settings.transports.get(channel), transport.per_second)
        if rate is not None:
            yield channel, _forecast(service, channel, rate)


def _forecast(service: Service, channel: Channel, rate: float) -> Forecast:
    now = service.clock.now()
    with reading(service.engine) as connection:
        planned = loads.by_minute(connection, channel, now + AHEAD)
        size = (loads.mean_segments(connection) or SEGMENTS) if channel is Channel.SMS else 1.0
    zone = ZoneInfo(next(iter(service.settings.sites.values())).time_zone)
    coming = ((max(minute, now), round(number * size)) for minute, number in planned)  # what is overdue waits now
    return forecast(coming, rate, zone, unit=UNITS[channel])
