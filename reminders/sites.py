"""A site's settings as the plan needs them: its zone and the days it works."""

from datetime import date
from functools import cache
from zoneinfo import ZoneInfo

from reminders.errors import ConfigurationError
from reminders.settings import Settings, SiteSettings
from schedules.procedure import Place
from schedules.workdays import Workdays


def find_site(settings: Settings, site: str) -> SiteSettings:
    """A site by its id; ConfigurationError where enrollments name one the settings no longer have."""
    if site not in settings.sites:
        raise ConfigurationError(f"sites.{site}: is missing from the settings, and enrollments belong to it")
    return settings.sites[site]


@cache
def place_of(site: SiteSettings, patient_zone: str | None, year: int) -> Place:
    """The site's zone, its calendar around `year`, and the patient's zone (default: the site's)."""
    site_zone = ZoneInfo(site.time_zone)
    return Place(
        site_zone=site_zone,
        patient_zone=ZoneInfo(patient_zone) if patient_zone else site_zone,
        workdays=Workdays(
            holidays=_holidays(site.holidays, year) if site.holidays else frozenset(),
            closed=frozenset(site.closed),
            open=frozenset(site.open),
        ),
    )


@cache
def _holidays(code: str, year: int) -> frozenset[date]:
    """The public holidays of a country or subdivision ("US-NY") in the years a plan made in `year` can touch."""
    import holidays  # slow to import

    country, _, subdivision = code.partition("-")
    return frozenset(holidays.country_holidays(country, subdiv=subdivision or None, years=range(year - 1, year + 4)))
