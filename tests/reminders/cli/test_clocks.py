"""Times as staff read them: on which clock, and when its zone is named."""

from zoneinfo import ZoneInfo

import pytest

from reminders.cli.clocks import Clocks

AFTERNOON = "2026-12-08T20:00:00Z"


def clocks(site: str = "America/New_York", patient: str | None = None, *, named: bool = False) -> Clocks:
    return Clocks(site=ZoneInfo(site), patient=ZoneInfo(patient or site), named=named)


def test_where_there_is_one_clock_no_zone_is_named() -> None:
    assert clocks().at(AFTERNOON) == "Tue 2026-12-08 15:00"
    assert clocks().own("2026-12-08T15:00:00-05:00") == "Tue 2026-12-08 15:00"


def test_it_is_named_where_asked_for() -> None:
    assert clocks(named=True).at(AFTERNOON) == "Tue 2026-12-08 15:00 EST"


def test_utc_is_no_sites_clock_and_always_named() -> None:
    assert clocks("UTC").at(AFTERNOON) == "Tue 2026-12-08 20:00 UTC"


def test_a_patients_other_clock_makes_both_be_named() -> None:
    both = clocks(patient="America/Chicago")
    assert both.at(AFTERNOON) == "Tue 2026-12-08 15:00 EST"
    assert both.own("2026-12-08T14:00:00-06:00") == "Tue 2026-12-08 14:00 CST"
    assert both.own("2026-12-08T15:00:00-05:00") == "Tue 2026-12-08 15:00 EST"


def test_the_name_is_that_of_the_day_before_and_after_a_clock_change() -> None:
    both = clocks(patient="America/Chicago")
    assert both.at("2026-11-01T05:30:00Z") == "Sun 2026-11-01 01:30 EDT"
    assert both.at("2026-11-01T06:30:00Z") == "Sun 2026-11-01 01:30 EST"


@pytest.mark.parametrize(
    ("patient", "local", "said"),
    [
        ("America/Sao_Paulo", "2026-12-08T17:00:00-03:00", "17:00 America/Sao_Paulo"),
        ("Asia/Shanghai", "2026-12-09T04:00:00+08:00", "04:00 Asia/Shanghai"),
    ],
)
def test_a_zone_whose_letters_would_not_tell_is_named_in_full(patient: str, local: str, said: str) -> None:
    assert clocks("America/Chicago", patient).own(local).endswith(said)


def test_what_was_planned_on_a_clock_the_patient_has_left_keeps_its_offset() -> None:
    assert clocks(patient="America/Chicago").own("2026-12-08T12:00:00-08:00") == "Tue 2026-12-08 12:00 UTC-08:00"


def test_no_time_is_a_dash() -> None:
    assert (clocks().at(None), clocks().own(None)) == ("-", "-")
