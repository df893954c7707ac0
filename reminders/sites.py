"""A site's settings as the plan needs them: its zone and the days it works."""

import difflib
import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from zoneinfo import ZoneInfo

from reminders.errors import ConfigurationError
from reminders.setting_values import CALENDAR
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


def calendar_problems(settings: Settings, year: int) -> Iterator[str]:
    """What is wrong with the sites' calendars, by their keys in the settings.

    It is not asked wherever settings are read: the library costs a command a fifth of a second.
    """
    for id_, site in settings.sites.items():
        try:
            place_of(site, None, year)
        except ConfigurationError as error:
            yield f"sites.{id_}.{error}"


@cache
def _holidays(code: str, year: int) -> frozenset[date]:
    """The public holidays of a country or subdivision ("US-NY") in the years a plan made in `year` can touch."""
    import holidays  # slow to import

    country, _, subdivision = code.partition("-")
    try:
        found = holidays.country_holidays(country, subdiv=subdivision or None, years=range(year - 1, year + 4))
    except NotImplementedError:
        raise ConfigurationError(f"holidays: {code!r} is not a known calendar; {_nearest_calendar(code)}") from None
    return frozenset(found)


def _nearest_calendar(code: str) -> str:
    import holidays

    countries = holidays.list_supported_countries()
    codes = [*countries, *(f"{country}-{part}" for country, parts in countries.items() for part in parts)]
    close = difflib.get_close_matches(code, [known for known in codes if re.fullmatch(CALENDAR, known)], n=1)
    return f"did you mean {close[0]!r}?" if close else "write it like 'US-NY', or 'US' for the whole country"
