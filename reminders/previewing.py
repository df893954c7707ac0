"""A plan computed and shown, and nothing saved: needs the settings file, no database and no key."""

from pathlib import Path

from reminders.booking import Booking, BookingRequest, choose_site, read_booking
from reminders.clock import Clock, SystemClock
from reminders.inputs import read_instant
from reminders.protocols import Library
from reminders.settings import load_settings
from reminders.sites import place_of
from schedules.medications import shipped_medications
from schedules.timeline import Timeline


def preview(
    config: Path | None, request: BookingRequest, enrolled: str | None, clock: Clock | None = None
) -> tuple[Booking, Timeline]:
    """The timeline as if enrolled at `enrolled` (site time; default now), with what staff should be told."""
    settings = load_settings(config)
    now = (clock or SystemClock()).now().replace(microsecond=0)
    if enrolled is not None:
        site = settings.sites[choose_site(request.site, settings.sites)]
        now = read_instant("--now", enrolled, place_of(site, None, now.year).site_zone)
    booking = read_booking(request, settings, Library(settings.protocols_dir), shipped_medications(), now)
    return booking, booking.plan(now)
