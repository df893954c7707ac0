"""SMS segments as carriers bill them, and the folding into their cheap alphabet."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reminders.texts.segments import WIDTHS, fold_gsm7, is_gsm7, segments


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("ñ" * 160, 1),
        ("á" * 70, 1),
        ("á" * 71, 2),
        ("á" * 134, 2),
        ("á" * 135, 3),
        ("a" * 159 + "á", 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
    ],
)
def test_segments_hold_what_the_standard_says(text: str, count: int) -> None:
    assert segments(text) == count


def test_an_extended_character_is_not_split_over_two_segments() -> None:
    assert segments("a" * 152 + "b" + "a" * 153) == 2
    assert segments("a" * 152 + "€" + "a" * 152) == 3


def test_an_emoji_is_not_split_over_two_segments() -> None:
    assert segments("á" * 67 + "😀" + "á" * 65) == 2
    assert segments("á" * 66 + "😀" + "á" * 66) == 3


def test_the_alphabet_is_the_standards_with_its_two_widths() -> None:
    assert {char for char, width in WIDTHS.items() if width == 2} == set("\f^{}\\[~]|€")
    assert len(WIDTHS) == 127 + 10
    assert "ç" not in WIDTHS


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("mié 9 dic, ¿ñandú?", "mié 9 dic, ¿ñandu?"),
        ("Martínez Güell Çelik façade", "Martinez Güell Çelik facade"),
        ("“Dr. O’Neill” – room 5…", '"Dr. O\'Neill" - room 5...'),
        ("9:00\u202fAM\u00a0sharp\u200b", "9:00 AM sharp"),
        ("Łukasz Đoković Œuvre", "Lukasz Dokovic OEuvre"),
        ("n\u0303 e\u0301 a\u0301", "ñ é a"),
        ("№ ﬁ ½", "No fi ½"),
    ],
)
def test_a_character_outside_the_alphabet_becomes_its_plain_look_alike(text: str, folded: str) -> None:
    assert fold_gsm7(text) == folded


@pytest.mark.parametrize("text", ["王小明", "Юлия", "😀"])
def test_what_has_no_look_alike_stays(text: str) -> None:
    assert fold_gsm7(text) == text
    assert not is_gsm7(text)


@given(st.text())
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold_gsm7(fold_gsm7(text)) == fold_gsm7(text)


@given(st.text(st.sampled_from(sorted(WIDTHS))))
def test_a_text_in_the_alphabet_is_left_alone(text: str) -> None:
    assert fold_gsm7(text) == text


@given(st.text())
def test_folding_never_makes_a_text_dearer_than_its_plain_letters(text: str) -> None:
    assert is_gsm7(fold_gsm7(text)) or not is_gsm7(text)
