"""Reading grades: the formulas, the counts they rest on, and the syllables of two languages."""

import pytest

from reminders.readability import (
    Counts,
    Reading,
    count,
    english_syllables,
    flesch_kincaid,
    inflesz,
    reading,
    spanish_syllables,
)

ENGLISH = {
    1: "call nurse pain chest you home drive days breathe rest the texts bring",
    2: "doctor bleeding driver fever bladder bowel before usual slowly trouble breathing something sometimes useful",
    3: "medicine medicines prescriber procedure department",
    4: "emergency information",
    5: "vertebroplasty",
}
SPANISH = {
    1: "que hay muy y ya o dio",
    2: "día llame miedo cuando fiebre leer reír usted ciudad quiere",
    3: "ayuno sangrado respirar ahora línea",
    4: "medicina teléfono enfermera aspirina",
    5: "radiología acompañante vertebroplastia",
}
FEW = Counts(words=10, sentences=2, syllables=15)


@pytest.mark.parametrize(("number", "words"), ENGLISH.items())
def test_english_syllables_are_counted_about_as_a_dictionary_does(number: int, words: str) -> None:
    assert {word: english_syllables(word) for word in words.split()} == dict.fromkeys(words.split(), number)


@pytest.mark.parametrize(("number", "words"), SPANISH.items())
def test_spanish_syllables_are_counted_by_its_spelling(number: int, words: str) -> None:
    assert {word: spanish_syllables(word) for word in words.split()} == dict.fromkeys(words.split(), number)


@pytest.mark.parametrize("word", ["911", "100.4", "2"])
def test_a_number_is_one_syllable(word: str) -> None:
    assert english_syllables(word) == spanish_syllables(word) == 1


def test_the_formulas_are_those_of_their_authors() -> None:
    assert flesch_kincaid(FEW) == pytest.approx(0.39 * 5 + 11.8 * 1.5 - 15.59)
    assert inflesz(FEW) == pytest.approx(206.835 - 62.3 * 1.5 - 5)


def test_a_sentence_ends_with_its_mark_or_its_line_and_not_within_a_number() -> None:
    counted = count(["Fever of 100.4 F. Call us!\n- New pain\n\nAnd?"], english_syllables)
    assert (counted.words, counted.sentences) == (9, 4)


def test_texts_are_counted_together() -> None:
    assert count(["One two.", "Three."], english_syllables) == Counts(words=3, sentences=2, syllables=3)


def test_a_hard_english_text_misses_the_limit() -> None:
    hard = reading(
        "en", ["Anticoagulation discontinuation necessitates interdisciplinary preprocedural communication."]
    )
    assert (hard.measure, hard.limit, hard.passes) == ("Flesch-Kincaid grade", 6.0, False)
    assert reading("en", ["Call the nurse."]).passes


def test_a_hard_spanish_text_misses_the_limit() -> None:
    hard = reading("es", ["La anticoagulación preprocedimental requiere comunicación interdisciplinaria inmediata."])
    assert (hard.measure, hard.limit, hard.passes) == ("INFLESZ", 65.0, False)
    assert reading("es", ["Llame al médico."]).passes


@pytest.mark.parametrize(("value", "passes"), [(6.0, True), (6.1, False)])
def test_a_value_at_the_limit_passes(value: float, passes: bool) -> None:
    assert Reading(measure="grade", value=value, limit=6.0, lower_is_easier=True).passes is passes
    assert Reading(measure="ease", value=-value, limit=-6.0, lower_is_easier=False).passes is passes
