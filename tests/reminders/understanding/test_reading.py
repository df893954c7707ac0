from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reminders.understanding import Reading, read_reply

DRUGS = (
    *("warfarin", "coumadin", "jantoven", "warfarina", "eliquis", "apixaban", "apixabán", "aspirin", "aspirina"),
    *("plavix", "clopidogrel", "xarelto", "aspirin with dipyridamole", "low-dose aspirin", "ácido acetilsalicílico"),
)
LETTERS = {
    **{"O": "opt_out", "U": "unsure", "S": "start", "H": "help"},
    **{"E": "emergency", "W": "warning", "M": "medicine"},
}
LINES = (Path(__file__).parent / "replies.txt").read_text(encoding="utf-8").split("\n")
REPLIES = [(line.partition(" ")[2], line.partition(" ")[0]) for line in LINES if line and not line.startswith("#")]
DANGERS = [(text, flags) for text, flags in REPLIES if set(flags) & {"E", "W"} and not text.isdecimal()]


def said(text: str) -> str:
    """The reading in the letters of the table."""
    reading = read_reply(text, drugs=DRUGS)
    found = [letter for letter, name in LETTERS.items() if getattr(reading, name)]
    return "".join(sorted(letter for letter in found if letter != "W" or not reading.emergency)) or "-"


# --- the table --------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "flags"), REPLIES)
def test_a_reply_is_read_for_what_it_says(text: str, flags: str) -> None:
    letters = set(flags) - ({"W"} if "E" in flags else set())

    assert said(text) == "".join(sorted(letters))


def test_the_table_is_broad_and_has_every_kind() -> None:
    assert len({text for text, _ in REPLIES}) >= 900
    assert {letter for _, flags in REPLIES for letter in flags} == {*LETTERS, "-"}


def test_a_guess_is_an_end_to_texting_as_well() -> None:
    readings = [read_reply(text, drugs=DRUGS) for text, _ in REPLIES]

    assert [reading for reading in readings if reading.unsure and not reading.opt_out] == []


# --- numbers ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "number"),
    [
        *((str(number), number) for number in range(11)),
        *(("  3 ", 3), ("2.", 2), ("8!", 8), ("8/10", 8), ("10/10", 10), ("8 / 10", 8), ("#8", 8), ("1.", 1)),
        *(("8 out of 10", 8), ("8 OUT OF 10.", 8), ("8 de 10", 8), ('"7"', 7), ("(7)", 7), ("８", 8), ("１０", 10)),
        *(("8\N{VARIATION SELECTOR-16}\N{COMBINING ENCLOSING KEYCAP}", 8), ("\N{ZERO WIDTH SPACE}9\n", 9)),
    ],
)
def test_a_message_that_is_one_number_is_that_number_and_nothing_else(text: str, number: int) -> None:
    assert read_reply(text, drugs=DRUGS) == Reading(number=number)


@pytest.mark.parametrize(
    "text",
    [
        *("", "11", "-1", "08", "8.5", "1 2", "8 or 9", "eight", "ten", "diez", "8/11", "8?", "10.5", "100"),
        *("٨", "pain 8", "8 pain", "8 8", "1-2", "#", "/10", "8 out of 100", "12125550123", "👎 1"),
    ],
)
def test_anything_more_or_other_than_one_number_is_no_number(text: str) -> None:
    assert read_reply(text).number is None


# --- medicines --------------------------------------------------------------------------------


def test_a_drug_of_the_list_is_a_medicine_where_the_bare_word_would_be_none() -> None:
    assert read_reply("about the dabigatran", drugs=["dabigatran"]).medicine
    assert not read_reply("about the dabigatran").medicine


def test_a_drug_with_a_slip_or_an_accent_is_still_that_drug() -> None:
    assert read_reply("the dabigatrn", drugs=["dabigatran"]).medicine
    assert read_reply("el DABIGATRÁN", drugs=["dabigatran"]).medicine


def test_stopping_a_drug_of_the_list_does_not_end_texting() -> None:
    assert read_reply("stop dabigatran", drugs=["dabigatran"]) == Reading(medicine=True)


def test_a_drug_of_several_words_is_found_as_a_whole_alone() -> None:
    assert read_reply("the white wonder one", drugs=["white wonder"]).medicine
    assert not read_reply("the white one", drugs=["white wonder"]).medicine


def test_a_name_without_a_letter_names_no_medicine() -> None:
    assert read_reply("thank you", drugs=["", " ", "-"]) == Reading()


# --- the emergency and the warning ------------------------------------------------------------


@pytest.mark.parametrize(("degrees", "warns"), [("100.3", False), ("100.4", True), ("37.9", False), ("38.0", True)])
def test_a_temperature_counts_from_the_limit_of_the_after_care_text(degrees: str, warns: bool) -> None:
    assert read_reply(f"temp {degrees}").warning is warns
    assert read_reply(f"temperatura {degrees.replace('.', ',')}").warning is warns


@pytest.mark.parametrize("sign", ["chest pain", "trouble breathing", "bleeding", "fever", "leg weakness", "headache"])
def test_a_sign_denied_directly_is_none_and_one_denied_from_afar_is_one(sign: str) -> None:
    assert read_reply(f"no {sign}") == Reading()
    assert read_reply(f"no, {sign}") != Reading()
    assert read_reply(f"no. {sign}") != Reading()
    assert read_reply(f"i would not say {sign}") != Reading()
    assert read_reply(f"no {sign} until last night") != Reading()


HARMLESS_BEFORE = [
    "Good morning this is Carol.",
    "hola buenos días",
    "my daughter writes this for me",
    "HI!! 🙏",
    "Dr. Lee,",
]
HARMLESS_AFTER = [
    "thank you so much",
    "gracias.",
    "call my daughter Ana",
    "since Tuesday",
    "🙏🙏",
    "what do i do",
    "desde ayer",
]


@given(st.sampled_from(DANGERS), st.sampled_from(HARMLESS_BEFORE), st.sampled_from(HARMLESS_AFTER))
def test_a_sign_of_danger_among_harmless_words_is_still_one(danger: tuple[str, str], before: str, after: str) -> None:
    text, flags = danger
    reading = read_reply(f"{before} {text}. {after}", drugs=DRUGS)

    assert reading.emergency or ("E" not in flags and reading.warning)


RUN_ON_BEFORE = ["hola", "my mom says", "good morning this is Carol and"]
RUN_ON_AFTER = ["since Tuesday", "and it is bad", "call my daughter Ana", "desde ayer", "que hago", "what do i do"]


@given(st.sampled_from(DANGERS), st.sampled_from(RUN_ON_BEFORE), st.sampled_from(RUN_ON_AFTER), st.integers(0, 1))
def test_a_sign_of_danger_run_into_other_words_is_still_one(
    danger: tuple[str, str], before: str, after: str, first: int
) -> None:
    """Without a stop or a comma, on one side."""
    text, flags = danger
    bare = text.rstrip(" .!?")
    reading = read_reply(f"{before} {bare}" if first else f"{bare} {after}", drugs=DRUGS)

    assert reading.emergency or ("E" not in flags and reading.warning)


# --- any text ---------------------------------------------------------------------------------


@given(st.text())
def test_any_text_has_a_reading(text: str) -> None:
    reading = read_reply(text, drugs=DRUGS)

    assert reading.opt_out or not reading.unsure
    assert reading.number is None or 0 <= reading.number <= 10


WORDS = sorted({word for text, _ in REPLIES for word in text.split()})


@given(st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join))
def test_any_words_of_the_table_have_a_reading_that_case_and_blanks_do_not_change(text: str) -> None:
    assert said(f" \t{text.upper()}  ") == said(text.lower())


@given(st.sampled_from(REPLIES))
def test_case_accents_and_blanks_never_change_a_reading(reply: tuple[str, str]) -> None:
    text, _ = reply
    without = text.translate(str.maketrans("áéíóúüñÁÉÍÓÚÜÑ", "aeiouunAEIOUUN"))
    doubled = text.replace(" ", " \N{NO-BREAK SPACE}")

    assert {said(text.upper()), said(text.lower()), said(without), said(f"\n {text}\t"), said(doubled)} == {said(text)}


@given(st.sampled_from(REPLIES), st.sampled_from("\u200b\u200d\u2060\ufeff\u00ad"))
def test_characters_nobody_sees_never_change_a_reading(reply: tuple[str, str], unseen: str) -> None:
    assert said(unseen.join(reply[0])) == said(reply[0])


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\n\r\t",
        "👍",
        "❤️🙏🏽👨‍👩‍👧",
        "\x00\x07\x1b[31m",
        "\ud800",
        "?!...",
        "9" * 500,
        "ß" * 500,
        "\u0301" * 500,
    ],
)
def test_a_text_without_words_has_an_empty_reading(text: str) -> None:
    assert read_reply(text, drugs=DRUGS) == Reading()


@pytest.mark.parametrize(
    "unit",
    ["stop ", "no ", "no fever ", "chest ", "a", "dont want any more ", "I took. ", "legs are so ", "101.5 ", "x😀"],
)
def test_two_thousand_characters_have_a_reading(unit: str) -> None:
    text = (unit * 2000)[:1960]

    assert read_reply(f"{text} . stop texting me. my chest hurts", drugs=DRUGS).emergency
    assert read_reply(f"{text} . stop texting me. my chest hurts", drugs=DRUGS).opt_out
