"""Which of a site's phones is answered at an instant: every response and question names that one (pure)."""

from datetime import datetime
from functools import lru_cache

from reminders.settings import SiteSettings
from schedules.loading import read_window
from schedules.procedure import Place
from schedules.protocol import Window


def is_staffed(site: SiteSettings, place: Place, now: datetime) -> bool:
    """Whether the department answers its phone at `now`: on a working day of the site, within its staffed hours."""
    local = now.astimezone(place.site_zone)
    hours = _hours(tuple(site.staffed.items())).days[local.weekday()]
    if hours is None or not place.workdays.is_working(local.date()):
        return False
    return hours.open <= local.time() and (hours.close is None or local.time() < hours.close)


def phone_at(site: SiteSettings, place: Place, now: datetime) -> str:
    """The phone to call at `now` (E.164): after hours the one for that, where the site has one."""
    return site.phone if is_staffed(site, place, now) else site.phone_after_hours or site.phone


@lru_cache(maxsize=64)
def _hours(days: tuple[tuple[str, str], ...]) -> Window:
    return read_window("staffed", dict(days))
