"""T6 as properties of the window alone: its edges, and where a move out of it ends."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from schedules.protocol import Shift, Window
from schedules.windows import Permitted
from schedules.workdays import Workdays
from tests.builders import a_step
from tests.schedules import slow
from tests.schedules.strategies import (
    DAY,
    HOUR,
    any_zone,
    every_clock_change,
    minutes,
    moments,
    odd_windows,
    shifts,
    windows,
    workdays,
)


def rules_of(window: Window, zone: ZoneInfo, at: datetime, site: Workdays | None = None) -> slow.Rules:
    return slow.Rules(a_step(), None, zone, window, site, at, None, None)


@given(any_zone, windows, shifts, st.data())
def test_a_move_ends_at_the_nearest_permitted_instant_in_its_direction(
    zone: ZoneInfo, window: Window, shift: Shift, data: st.DataObject
) -> None:
    at = data.draw(moments(zone))
    site = data.draw(st.none() | workdays(at.date()))
    permitted = Permitted(window=window, zone=zone, workdays=site)
    assert permitted.nearest(at, shift) == rules_of(window, zone, at, site).move(at, shift.value)


@given(st.data(), shifts)
@settings(max_examples=3 * settings.default.max_examples)
def test_a_move_ends_at_the_nearest_permitted_instant_though_a_clock_change_cuts_the_window(
    data: st.DataObject, shift: Shift
) -> None:
    zone, change = data.draw(st.sampled_from(every_clock_change()))
    window = data.draw(odd_windows(change))
    at = change.instant + data.draw(minutes(-DAY, DAY) | minutes(-3 * HOUR, 3 * HOUR))
    permitted, rules = Permitted(window=window, zone=zone), rules_of(window, zone, at)
    assert permitted.allows(at) == rules.permits(at)
    assert permitted.nearest(at, shift) == rules.move(at, shift.value)


@given(any_zone, windows, st.data())
def test_the_open_is_permitted_and_the_close_is_not(zone: ZoneInfo, window: Window, data: st.DataObject) -> None:
    at = data.draw(moments(zone))
    permitted, rules = Permitted(window=window, zone=zone), rules_of(window, zone, at)
    for edge in rules.span(at.astimezone(zone).date()) or ():
        for near in (edge - timedelta(seconds=1), edge):
            assert permitted.allows(near) == rules.permits(near)
