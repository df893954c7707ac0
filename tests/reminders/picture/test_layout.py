"""Nothing stands on something else, whatever is planned: checked with the widths of the widest usual fonts."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reminders.picture import Entry, Landmark, Look, Picture
from reminders.picture.layout import lay_out
from reminders.picture.model import NOT_GOING
from reminders.picture.shapes import Box, Drawing, Mark, Text, Tone
from tests.reminders.picture.examples import START, a_picture, an_entry, picture_of, the_procedure

SMALLEST = 12.0
SHEETS = ((710, 960), (960, 710))


def overlaps(drawing: Drawing) -> list[tuple[str, str]]:
    """Pairs of texts whose boxes meet; only those on nearly the same height can."""
    texts = sorted(drawing.texts, key=lambda text: text.box[1])
    return [(one.text, other.text) for one, other in _near(texts) if _meet(one, other)]


def _near(texts: list[Text]) -> Iterator[tuple[Text, Text]]:
    for number, one in enumerate(texts):
        for other in texts[number + 1 :]:
            if other.box[1] >= one.box[3]:
                break
            yield one, other


def _meet(one: Text, other: Text) -> bool:
    left, top, right, bottom = one.box
    others_left, others_top, others_right, others_bottom = other.box
    return left < others_right and others_left < right and top < others_bottom and others_top < bottom


def outside(drawing: Drawing) -> list[str]:
    """Texts that leave the sheet."""
    boxes = [(text.text, *text.box) for text in drawing.texts]
    return [
        text
        for text, left, top, right, bottom in boxes
        if left < 0 or top < 0 or right > drawing.width or bottom > drawing.height
    ]


WORDS = st.text(alphabet="abcde ñéW,.", max_size=200)
HOURS = st.integers(-24 * 40, 24 * 60)


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    look = draw(st.sampled_from(Look))
    goes = look not in NOT_GOING
    return Entry(
        key=draw(
            st.sampled_from(["ride", "stop:warfarin", "arrival-call@email", "a-step-of-a-very-long-name:clopidogrel"])
        ),
        look=look,
        by=draw(st.sampled_from(["text", "e-mail", "call", "no way"])),
        at=START + timedelta(hours=draw(HOURS)) if goes else None,
        clock=draw(st.sampled_from(["9:00 AM", "12:30 PM", "10:10 AM Eastern", "12:00 PM Lord Howe time"]))
        if goes
        else "",
        words=draw(WORDS) if goes else "",
        waits_for=draw(st.sampled_from(["", "end time", "order", "end time and order"])),
        reason=draw(st.sampled_from(["", "no answer came"]) | WORDS),
    )


@st.composite
def pictures(draw: st.DrawFn) -> Picture:
    sentences = st.lists(WORDS, max_size=4).map(tuple)
    detail = draw(WORDS)
    procedure = Landmark(name="PROCEDURE", at=START, clock="9:00 AM", detail=detail, firm=draw(st.booleans()))
    return a_picture(
        *draw(st.lists(entries(), max_size=30)),
        procedure=procedure,
        head=draw(sentences),
        foot=draw(sentences),
        title=draw(WORDS),
    )


@pytest.mark.parametrize("number", [0, 1, 3, 13, 25, 40])
def test_no_text_stands_on_another(number: int) -> None:
    assert overlaps(lay_out(picture_of(number))) == []


@given(pictures())
@settings(max_examples=40, deadline=None)
def test_no_text_stands_on_another_in_any_plan(picture: Picture) -> None:
    drawing = lay_out(picture)
    assert overlaps(drawing) == []
    assert outside(drawing) == []


def test_the_check_sees_an_overlap() -> None:
    texts = (Text(x=0, y=20, text="planned", size=12), Text(x=10, y=26, text="sent", size=12))
    assert overlaps(Drawing(width=99, height=99, items=texts)) == [("planned", "sent")]


@pytest.mark.parametrize("number", [3, 13, 25])
def test_it_fits_one_printed_sheet_of_letter_or_a4(number: int) -> None:
    drawing = lay_out(picture_of(number))
    assert (drawing.width, drawing.height) in SHEETS


@pytest.mark.parametrize("number", [3, 13, 25, 60])
def test_no_text_is_too_small_to_read(number: int) -> None:
    assert min(text.size for text in lay_out(picture_of(number)).texts) >= SMALLEST


def test_few_reminders_are_set_larger_than_many() -> None:
    few, many = (max(text.size for text in lay_out(picture_of(number)).texts) for number in (3, 13))
    assert few > many


def test_the_sheet_grows_longer_before_the_type_gets_smaller() -> None:
    assert lay_out(picture_of(60)).height > 960


@pytest.mark.parametrize("number", [3, 13, 25, 60])
def test_every_reminder_is_named_with_its_time_and_state(number: int) -> None:
    picture = picture_of(number)
    drawn = [text.text for text in lay_out(picture).texts]
    for entry in picture.entries:
        assert entry.key in drawn
        assert not entry.clock or entry.clock in drawn


def test_a_fact_that_is_waited_for_is_named_beside_the_state_or_before_the_message() -> None:
    drawing = lay_out(picture_of(25))
    said = [text.opening + text.text for text in drawing.texts]
    assert sum("aits for end time" in line for line in said) == 3
    assert sum("aits for order" in line for line in said) == 3


def test_a_reason_is_a_sentence_and_a_message_never_lacks_its_first_words() -> None:
    entry = replace(an_entry(0, Look.UNKNOWN), reason="no answer came from the provider; we ask it daily")
    lines = [(text.opening, text.text) for text in lay_out(a_picture(entry)).texts if text.opening]
    assert lines[0] == ("No answer came from the provider; we ask it daily.", "")
    assert (lines[1][0], lines[1][1][:13]) == ("Text: ", "Please find a")


def test_a_reason_that_begins_with_a_key_leaves_the_key_as_it_is() -> None:
    entry = replace(an_entry(0, Look.HELD), reason="stop:warfarin was never sent")
    (line,) = [text.opening for text in lay_out(a_picture(entry)).texts if text.opening]
    assert line == "stop:warfarin was never sent. Text: "


def test_what_needs_a_person_is_named_at_the_top() -> None:
    lines = [text.text for text in lay_out(picture_of(13)).texts if text.y < 120]
    assert any(line.startswith("Needs a person: MISSED prepare-plan; FAILED welcome; UNKNOWN") for line in lines)


def test_a_plan_that_goes_well_needs_nobody() -> None:
    lines = [text.text for text in lay_out(a_picture(an_entry())).texts]
    assert not [line for line in lines if line.startswith("Needs a person")]


def test_what_does_not_go_out_stands_apart_below_the_days() -> None:
    texts = {text.text: text.y for text in lay_out(a_picture(an_entry(3), an_entry(0, Look.MISSED))).texts}
    assert texts["ride"] < texts["Fri Jan 8"] < texts["These do NOT go out"] < texts["welcome"]


def test_the_procedure_and_the_visit_have_signs_of_their_own() -> None:
    signs = [item.sign for item in lay_out(a_picture(an_entry())).items if isinstance(item, Mark)]
    assert {"procedure", "visit"} <= set(signs)


def test_a_date_that_is_only_assumed_is_not_drawn_as_a_firm_one() -> None:
    assumed = Landmark(name="VISIT", at=START + timedelta(days=31), clock="NOT BOOKED", firm=False)
    banners = [item for item in lay_out(a_picture(visit=assumed)).items if isinstance(item, Box) and item.thick == 2]
    assert [(banner.fill, bool(banner.dash)) for banner in banners] == [(Tone.INK, False), (Tone.PAPER, True)]


def test_one_break_mark_is_drawn_for_each_fold() -> None:
    drawing = lay_out(a_picture(an_entry(at=START - timedelta(days=10)), visit=None))
    assert [text.text for text in drawing.texts if "without a message" in text.text] == ["9 days without a message"]


def test_days_come_down_the_sheet_in_order() -> None:
    entries = [an_entry(number) for number in range(9)]
    drawing = lay_out(a_picture(*entries))
    heights = [text.y for text in drawing.texts if text.bold and text.x == 10 and " Dec " in text.text][1:]
    assert all(one < other for one, other in pairwise(heights))


def test_the_procedure_alone_is_a_picture_too() -> None:
    assert overlaps(lay_out(a_picture(procedure=the_procedure(), visit=None))) == []
