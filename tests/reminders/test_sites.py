"""A site's settings become its clock and its working days."""

from datetime import date
from typing import Any

import pytest

from reminders.errors import ConfigurationError
from reminders.settings import SiteSettings
from reminders.sites import calendar_problems, find_site, place_of
from tests.reminders.builders import a_site, some_settings

CHRISTMAS, THANKSGIVING = date(2026, 12, 25), date(2026, 11, 26)


def site(**changes: Any) -> SiteSettings:
    return SiteSettings.model_validate(a_site(**changes))


def is_working(day: date, **changes: Any) -> bool:
    return place_of(site(**changes), None, 2026).workdays.is_working(day)


def test_a_site_is_found_by_its_name() -> None:
    assert find_site(some_settings(), "main").name == "Example Radiology"


def test_a_site_that_was_taken_out_of_the_settings_is_said_to_be_missing() -> None:
    with pytest.raises(ConfigurationError, match=r"sites\.south: is missing from the settings"):
        find_site(some_settings(), "south")


def test_a_patient_lives_by_the_sites_clock_unless_told_otherwise() -> None:
    assert place_of(site(), None, 2026).patient_zone.key == "America/New_York"
    assert place_of(site(), "America/Chicago", 2026).patient_zone.key == "America/Chicago"


def test_public_holidays_are_no_working_days() -> None:
    assert not is_working(THANKSGIVING, holidays="US-NY")
    assert not is_working(CHRISTMAS, holidays="US")


def test_without_a_calendar_every_weekday_is_worked() -> None:
    assert is_working(CHRISTMAS)


@pytest.mark.parametrize("year", [2025, 2026, 2027, 2028, 2029])
def test_the_calendar_covers_every_year_a_plan_can_touch(year: int) -> None:
    workdays = place_of(site(holidays="US-NY"), None, 2026).workdays

    assert date(year, 7, 4) in workdays.holidays


def test_a_sites_own_closed_and_open_dates_count() -> None:
    assert not is_working(date(2026, 12, 8), closed=[date(2026, 12, 8)])
    assert is_working(date(2026, 12, 6), open=[date(2026, 12, 6)])


def test_two_sites_do_not_share_their_calendars() -> None:
    open_, closed = site(), site(closed=[date(2026, 12, 8)])

    assert place_of(open_, None, 2026) != place_of(closed, None, 2026)


@pytest.mark.parametrize(
    ("code", "meant"),
    [
        ("XX-YY", "write it like 'US-NY', or 'US' for the whole country"),
        ("UX-NY", "did you mean 'U"),
        ("US-NYX", "did you mean 'US-NY'"),
    ],
)
def test_a_calendar_nobody_knows_is_a_wrong_setting_with_the_nearest(code: str, meant: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        place_of(site(holidays=code), None, 2026)
    assert str(caught.value).startswith(f"holidays: '{code}' is not a known calendar; {meant}")


def test_a_calendar_nobody_knows_is_found_by_its_key_before_anybody_needs_it() -> None:
    settings = some_settings(sites={"main": a_site(), "south": a_site(holidays="XX")})
    (problem,) = calendar_problems(settings, 2026)
    assert problem.startswith("sites.south.holidays: 'XX' is not a known calendar; ")
