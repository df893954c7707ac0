import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reminders.picture import Look, Picture, draw
from reminders.picture.looks import LANDMARKS, STYLES
from tests.reminders.picture.examples import a_picture, an_entry, picture_of
from tests.reminders.picture.golden import PICTURES, file_of

SVG = "{http://www.w3.org/2000/svg}"
XML = "{http://www.w3.org/XML/1998/namespace}"


def parsed(picture: Picture) -> ElementTree.Element:
    return ElementTree.fromstring(draw(picture))  # noqa: S314  # our own text


def said(root: ElementTree.Element, name: str) -> str:
    return "".join(root.find(f"{SVG}{name}").itertext())  # type: ignore[union-attr]


@pytest.mark.parametrize("name", PICTURES)
def test_a_fixed_plan_is_drawn_letter_by_letter_as_before(name: str) -> None:
    assert draw(PICTURES[name]) == file_of(name).read_text(encoding="utf-8"), (
        "if the change is wanted: python -m tests.reminders.picture.golden, and look at each picture"
    )


def test_the_same_plan_is_always_drawn_the_same() -> None:
    assert draw(picture_of(13)) == draw(picture_of(13))


def test_a_screen_reader_is_told_what_the_picture_is() -> None:
    root = parsed(picture_of(3))
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == "picture-title picture-desc"
    assert said(root, "title") == "ABCD-EFGHJ: Example, Tue Dec 8, 2026, 9:00 AM"
    assert [child.get("id") for child in root[:2]] == ["picture-title", "picture-desc"]


def test_a_screen_reader_hears_every_reminder_with_its_day_time_way_and_state() -> None:
    heard = said(parsed(picture_of(11)), "desc")
    assert "Tue Nov 24, 2026, 9:00 AM, welcome, by text, planned." in heard
    assert "prepare-plan, by text, waits for end time." in heard
    assert "by text, held, waits for order." in heard
    assert "prepare-plan, by text, missed, no permitted time was left before it became wrong." in heard
    assert "Procedure, Tue Dec 8, 2026, 9:00 AM, end time not recorded yet." in heard
    assert "Visit, Fri Jan 8, 2027, 10:30 AM, booked." in heard


@given(st.text(max_size=80), st.text(max_size=80))
@settings(max_examples=60, deadline=None)
def test_any_words_make_a_well_formed_document(words: str, title: str) -> None:
    entry = replace(an_entry(), words=words, key=title or "key", reason=words[::-1])
    parsed(a_picture(entry, title=title, head=(words,)))


def test_markup_in_a_message_stays_text() -> None:
    entry = replace(an_entry(), words='<script>alert("1")</script> & more')
    drawn = draw(a_picture(entry))
    assert "<script" not in drawn
    assert '&lt;script&gt;alert("1")&lt;/script&gt; &amp; more' in drawn


def test_signs_that_turn_a_line_around_are_taken_out() -> None:
    assert "\u202e" not in draw(a_picture(replace(an_entry(), words="a\u202eb")))


def test_it_needs_nothing_from_elsewhere_and_runs_nothing() -> None:
    drawn = draw(picture_of(25)).replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert not re.search(r"https?:|<script|<image|<foreignObject|@import|@font-face|\son\w+=", drawn)
    assert not [
        link for link in re.findall(r'href="([^"]*)"|url\(([^)]*)\)', drawn) if not "".join(link).startswith("#")
    ]


def test_every_sign_and_pattern_that_is_used_is_defined_once() -> None:
    drawn = draw(picture_of(25))
    used = set(re.findall(r'href="#([\w-]+)"|url\(#([\w-]+)\)', drawn))
    defined = re.findall(r' id="((?:sign|fill)-[\w-]+)"', drawn)
    assert {"".join(pair) for pair in used} == set(defined)
    assert len(defined) == len(set(defined))


def test_each_state_has_a_word_a_sign_and_a_pattern_that_no_other_has() -> None:
    assert set(STYLES) == set(Look)
    for part in ("word", "meaning", "sign", "tile"):
        assert len({getattr(style, part) for style in STYLES.values()}) == len(Look)
    assert not {style.sign for style in STYLES.values()} & set(LANDMARKS.values())


def test_each_state_is_drawn_with_its_own_sign_and_pattern() -> None:
    drawn = draw(picture_of(len(Look)))
    for look in Look:
        assert drawn.count(f'href="#sign-{look}"') == 2  # in the legend and at its place
        assert drawn.count(f"url(#fill-{look})") == 2


def test_nothing_is_colored() -> None:
    colors = set(re.findall(r"#([0-9a-f]{6})\b", draw(picture_of(25))))
    assert all(color[:2] == color[2:4] == color[4:] for color in colors)


def test_the_message_is_marked_with_its_own_language() -> None:
    root = parsed(a_picture(an_entry(), language="es"))
    assert root.get(f"{XML}lang") == "en"
    (words,) = [part for part in root.iter(f"{SVG}tspan") if part.get(f"{XML}lang")]
    assert (words.get(f"{XML}lang"), (words.text or "")[:6]) == ("es", "Please")


@pytest.mark.parametrize(("number", "turned"), [(3, "portrait"), (25, "landscape")])
def test_a_browser_turns_the_sheet_as_it_is_drawn(number: int, turned: str) -> None:
    assert f"<style>@page {{ size: {turned} }}</style>" in draw(picture_of(number))


def test_it_prints_at_its_own_size() -> None:
    root = parsed(picture_of(3))
    assert (root.get("width"), root.get("height")) == ("7.4in", "10in")
