import pytest
from hypothesis import given
from hypothesis import strategies as st

from reminders.picture.metrics import ELLIPSIS, fit, text_width, wrap

TEXTS = st.text(max_size=120)
SIZES = st.sampled_from([12.0, 14.5, 25.0])
BOLD = st.booleans()


@pytest.mark.parametrize(
    ("text", "bold", "widths"),
    [  # at a size of 100, as Liberation Sans and DejaVu Sans set them
        ("Your visit is on Tue Dec 8.", False, (1167, 1303)),
        ("planned, waits", True, (689, 829)),
        ("10:00 AM", True, (439, 530)),
        ("Wed Dec 2", True, (506, 599)),
    ],
)
def test_a_line_is_thought_as_wide_as_the_widest_usual_font_makes_it(
    text: str, bold: bool, widths: tuple[float, float]
) -> None:
    assert max(widths) <= text_width(text, 100, bold=bold) <= 1.05 * max(widths)


def test_bold_is_wider() -> None:
    assert text_width("planned", 12, bold=True) > text_width("planned", 12)


def test_an_accent_that_is_written_apart_takes_no_room() -> None:
    assert text_width("despue\u0301s", 12) == text_width("despues", 12)


def test_an_accent_may_widen_its_letter_a_little() -> None:
    assert text_width("i", 100) < text_width("í", 100) < text_width("ľ", 100) < text_width("n", 100)


def test_a_character_of_no_table_counts_as_a_wide_one() -> None:
    assert text_width("患", 12) > text_width("W", 12)


@given(TEXTS, st.floats(20, 600), SIZES, BOLD)
def test_what_is_fitted_fits(text: str, width: float, size: float, bold: bool) -> None:
    room = max(width, text_width(ELLIPSIS, size, bold=bold))
    assert text_width(fit(text, room, size, bold=bold), size, bold=bold) <= room + 0.001


def test_what_fits_is_left_alone() -> None:
    assert fit("ride", 100, 12) == "ride"


def test_what_is_cut_ends_in_an_ellipsis_without_a_loose_comma() -> None:
    assert fit("Bring your list, and a driver", text_width("Bring your list,…", 12), 12) == "Bring your list…"


@given(TEXTS, st.floats(60, 600), SIZES, BOLD, st.integers(1, 4), st.floats(0, 40))
def test_every_wrapped_line_fits(text: str, width: float, size: float, bold: bool, lines: int, first: float) -> None:
    found = wrap(text, width, size, lines=lines, bold=bold, first=first)
    assert len(found) <= lines
    for number, line in enumerate(found):
        room = width - (0 if number else first)
        assert text_width(line, size, bold=bold) <= max(room, text_width(ELLIPSIS, size, bold=bold)) + 0.001


def test_a_text_that_fits_is_wrapped_without_losing_a_word() -> None:
    text = "Please find a driver for Tue Dec 8."
    assert " ".join(wrap(text, 90, 12, lines=9)) == text


def test_a_word_too_long_for_what_is_left_of_the_first_line_begins_the_next() -> None:
    assert wrap("resume:clopidogrel", 130, 12, lines=2, first=100) == ["", "resume:clopidogrel"]


def test_the_last_line_says_that_there_is_more() -> None:
    assert wrap("one two three four five six", 40, 12, lines=2)[-1].endswith(ELLIPSIS)
