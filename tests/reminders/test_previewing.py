"""A plan shown without anything saved: the settings file alone, and a clock that may be another day's."""

from pathlib import Path

import pytest

from reminders.booking import BookingRequest
from reminders.errors import ConfigurationError, InputError
from reminders.previewing import preview
from tests.builders import local
from tests.reminders.builders import a_booking, a_clock
from tests.reminders.cli.running import SETTINGS


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "reminders.toml"
    file.write_text(SETTINGS, encoding="utf-8")
    return file


def enrolled_at(config: Path, request: BookingRequest, enrolled: str | None) -> object:
    _, timeline = preview(config, request, enrolled, a_clock())
    return timeline.anchors["enrolled"]


def test_without_a_moment_the_plan_is_made_now(config: Path) -> None:
    assert enrolled_at(config, a_booking(), None) == local("2026-11-20 12:00")


def test_a_moment_is_read_on_the_sites_clock(config: Path) -> None:
    assert enrolled_at(config, a_booking(), "2026-11-01 09:00") == local("2026-11-01 09:00")


def test_the_moment_decides_what_is_late_and_what_lies_behind(config: Path) -> None:
    assert enrolled_at(config, a_booking(procedure="2024-12-10 09:00"), "2024-11-20 12:00") is not None
    with pytest.raises(InputError, match="--procedure: 2024-12-10 09:00 lies in the past"):
        preview(config, a_booking(procedure="2024-12-10 09:00"), None, a_clock())


def test_the_holidays_are_those_of_the_moments_years(config: Path) -> None:
    _, timeline = preview(config, a_booking(procedure="2019-11-29 09:00"), "2019-11-01 12:00", a_clock())
    call = next(reminder for reminder in timeline.reminders if reminder.key == "arrival-call")
    assert call.send_at == local("2019-11-27 10:00")  # the day before Thanksgiving


def test_a_moment_on_another_sites_clock_is_that_sites(config: Path) -> None:
    west = '[sites.west]\nname = "West"\nphone = "+12125550101"\naddress = "2 Example Street"\n'
    config.write_text(f'{SETTINGS}{west}time_zone = "America/Los_Angeles"\n', encoding="utf-8")
    assert enrolled_at(config, a_booking(site="west"), "2026-11-20 12:00") == local("2026-11-20 15:00")


def test_parts_of_a_second_are_left_out(config: Path) -> None:
    clock = a_clock()
    clock.sleep(0.5)
    _, timeline = preview(config, a_booking(), None, clock)
    assert timeline.anchors["enrolled"] == local("2026-11-20 12:00")


def test_without_a_settings_file_there_is_no_plan(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="there is no such file"):
        preview(tmp_path / "missing.toml", a_booking(), None, a_clock())
