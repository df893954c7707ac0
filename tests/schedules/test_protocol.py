"""A protocol's values are checked when built, whoever builds them."""

import dataclasses

import pytest

from schedules.errors import ScheduleError
from schedules.protocol import Shift, Window
from tests.builders import a_hold, a_procedure, a_protocol, a_step, an_offset, hours


@pytest.mark.parametrize("changes", [{"days": -1, "hours": 1}, {"hold": -1, "minutes": 1}, {"months": 1, "hours": -1}])
def test_an_offset_never_mixes_dates_and_hours(changes: dict[str, int]) -> None:
    with pytest.raises(ScheduleError, match="never both"):
        an_offset("10:00", **changes)


def test_an_offset_never_mixes_a_clock_time_and_minutes() -> None:
    with pytest.raises(ScheduleError, match="never both"):
        an_offset("10:00", minutes=1)


@pytest.mark.parametrize("unit", ["months", "weeks", "days", "hold", "resume"])
def test_an_offset_that_counts_dates_needs_a_clock_time(unit: str) -> None:
    with pytest.raises(ScheduleError, match="needs a clock time"):
        an_offset(at=None, **{unit: 1})


@pytest.mark.parametrize("span", ["09:00-09:00", "20:00-09:00"])
def test_the_hours_of_a_window_close_after_they_open(span: str) -> None:
    with pytest.raises(ScheduleError, match="close after they open"):
        hours(span)


def test_a_window_has_seven_days() -> None:
    with pytest.raises(ScheduleError, match="seven days"):
        Window((hours("09:00-20:00"),) * 6)


def test_a_window_is_open_on_one_day_at_least() -> None:
    with pytest.raises(ScheduleError, match="one of them at least"):
        Window((None,) * 7)


def test_a_step_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        a_step().key = "walk"  # type: ignore[misc]


def test_the_opposite_of_earlier_is_later_and_back() -> None:
    assert (Shift.EARLIER.opposite, Shift.LATER.opposite) == (Shift.LATER, Shift.EARLIER)


def test_a_step_is_found_by_its_key() -> None:
    assert a_protocol(a_step("one"), a_step("two")).step("two").key == "two"


def test_the_hold_of_a_drug_is_found_by_its_name() -> None:
    holds = (a_hold("warfarin"), a_hold("aspirin", days=7))
    assert a_procedure(holds=holds).hold_of("aspirin") == holds[1]


def test_a_drug_without_an_order_has_no_hold() -> None:
    assert a_procedure(holds=(a_hold("warfarin"),)).hold_of("aspirin") is None
