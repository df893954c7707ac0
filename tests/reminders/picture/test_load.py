from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reminders.forecasting import forecast
from reminders.picture.load import draw_load

SVG = "{http://www.w3.org/2000/svg}"
NEW_YORK = ZoneInfo("America/New_York")
TEN = datetime(2026, 12, 1, 15, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def drawn(loads: list[tuple[datetime, int]], rate: float = 1.0, title: str = "A month") -> ElementTree.Element:
    return ElementTree.fromstring(draw_load(forecast(loads, rate, NEW_YORK), title=title))  # noqa: S314  # our own


def texts(root: ElementTree.Element) -> list[str]:
    return ["".join(text.itertext()) for text in root.iter(f"{SVG}text")]


def hatched(root: ElementTree.Element) -> list[ElementTree.Element]:
    return [box for box in root.iter(f"{SVG}rect") if str(box.get("fill", "")).startswith("url(")]


def test_the_picture_says_what_takes_too_long_above_its_bars() -> None:
    found = texts(drawn([(TEN, 10_020)]))
    assert found[:3] == [
        "A month",
        "At 1 segment a second the 10:00 batch of Tue Dec 1 takes 2 h 47 min (10,020 segments).",
        "5.6 segments a second would be enough: then nothing waits longer than 30 min.",
    ]
    assert "the sender takes 3,600 an hour" in found


def test_a_screen_reader_hears_the_fullest_hour_and_the_budget() -> None:
    root = drawn([(TEN, 10_020), (TEN + DAY, 20)])
    heard = "".join(root.find(f"{SVG}desc").itertext())  # type: ignore[union-attr]
    assert root.get("role") == "img"
    assert "The fullest hour is Tue Dec 1, 2026, 10:00, with 10,020." in heard
    assert "1 of 2 hours in which something is planned have more than the sender takes in one." in heard


def test_only_what_is_more_than_the_sender_takes_is_hatched() -> None:
    assert hatched(drawn([(TEN, 3_600)])) == []
    (box,) = hatched(drawn([(TEN, 5_400)]))
    solid = next(each for each in drawn([(TEN, 5_400)]).iter(f"{SVG}rect") if each.get("fill") == "#444444")
    assert float(str(solid.get("height"))) == pytest.approx(2 * float(str(box.get("height"))), abs=0.02)


def test_one_day_is_drawn_hour_by_hour_and_several_have_their_fullest_hours_above() -> None:
    assert "Tue Dec 1, 2026, hour by hour" in texts(drawn([(TEN, 5)]))
    several = texts(drawn([(TEN, 5), (TEN + 30 * DAY, 9)]))
    assert "The fullest hour of each day, Tue Dec 1 to Thu Dec 31, 2026" in several
    assert "Thu Dec 31, 2026, hour by hour" in several


def test_a_budget_far_above_every_hour_is_told_in_words_so_that_bars_stay_visible() -> None:
    found = texts(drawn([(TEN, 100)], rate=100))
    assert "the sender takes 360,000 an hour: far above all of this" in found


def test_the_day_on_which_clocks_go_back_has_both_its_hours() -> None:
    first = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    bars = [
        box
        for box in drawn([(first, 4), (first + timedelta(hours=1), 4)]).iter(f"{SVG}rect")
        if box.get("fill") == "#444444"
    ]
    assert len(bars) == 2


def test_a_plan_of_nothing_is_a_picture_too() -> None:
    assert "At 1 segment a second: nothing is planned." in texts(drawn([]))


@given(
    st.lists(st.tuples(st.integers(0, 200_000).map(lambda n: TEN + timedelta(minutes=n)), st.integers(1, 10**6))),
    st.floats(0.01, 1000),
)
@settings(max_examples=40, deadline=None)
def test_whatever_is_planned_stays_within_its_sheet(loads: list[tuple[datetime, int]], rate: float) -> None:
    root = drawn(loads, rate)
    _, _, width, height = map(float, str(root.get("viewBox")).split())
    for box in root.iter(f"{SVG}rect"):
        if box.get("x") is not None:
            x, y, wide, high = (float(str(box.get(name))) for name in ("x", "y", "width", "height"))
            assert x >= -0.1
            assert x + wide <= width + 0.1
            assert y >= -0.1
            assert y + high <= height + 0.1
