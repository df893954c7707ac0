"""What a call says: the message twice, nothing detailed to a machine, and the turns a key leads to."""

from itertools import pairwise
from urllib.parse import parse_qsl, urlsplit
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reminders.transports.twiml import (
    VOICES,
    Spoken,
    after_digit,
    answer,
    left_on_a_machine,
    say_twice,
    speakable,
)
from schedules.wording import LANGUAGES

URL = "https://reminders.example.org/hooks/twilio/voice?mac=0a1b&delivery=0123"
TEXT = "Hello. This is Example Radiology. Stop warfarin today."
DISCREET = "Hello. This is Example Radiology. Please follow your plan."
PHONE = "+12125550100"
PAT = Spoken(text=TEXT, discreet=DISCREET, language="en", phone=PHONE)
CHOICES = "To confirm that you heard this message, press 1. To hear it again, press 2."


def tree(script: str) -> ElementTree.Element:
    return ElementTree.fromstring(script)  # noqa: S314 - our own


def said(script: str) -> list[str]:
    return [say.text or "" for say in tree(script).iter("Say")]


def action(script: str) -> str:
    gather = tree(script).find("Gather")
    assert gather is not None
    return gather.attrib["action"]


def keys_pressed(digits: str, language: str = "en") -> list[str]:
    """The scripts of a call in which these keys are pressed one after the other, until none is asked for."""
    scripts = [say_twice(TEXT, language, URL, machine=False, phone=PHONE)]
    for digit in digits:
        if tree(scripts[-1]).find("Gather") is None:
            break
        scripts.append(after_digit(digit, TEXT, language, action(scripts[-1]), phone=PHONE))
    return scripts


def test_a_person_hears_the_message_twice_then_the_choices_then_whom_to_call() -> None:
    assert said(say_twice(TEXT, "en", URL, machine=False, phone=PHONE)) == [
        TEXT,
        TEXT,
        CHOICES,
        "If you have questions, please call us. Our phone number is 2 1 2, 5 5 5, 0 1 0 0. Goodbye.",
    ]


def test_without_a_phone_the_goodbye_still_asks_to_call() -> None:
    assert said(say_twice(TEXT, "en", URL, machine=False))[-1] == "If you have questions, please call us. Goodbye."


def test_the_message_and_its_repetition_are_kept_apart_by_a_pause() -> None:
    gather = tree(say_twice(TEXT, "en", URL, machine=False)).find("Gather")

    assert gather is not None
    assert [part.tag for part in gather] == ["Say", "Pause", "Say", "Pause", "Say"]


def test_one_key_may_be_pressed_at_any_time_of_the_message() -> None:
    gather = tree(say_twice(TEXT, "en", URL, machine=False)).find("Gather")

    assert gather is not None
    assert gather.attrib == {"input": "dtmf", "numDigits": "1", "timeout": "6", "action": URL, "method": "POST"}


def test_a_machine_gets_the_message_twice_and_is_asked_for_nothing() -> None:
    script = say_twice(DISCREET, "en", URL, machine=True, phone=PHONE)

    assert said(script) == [DISCREET, DISCREET]
    assert [part.tag for part in tree(script)] == ["Say", "Pause", "Say"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_a_protocol_may_have_has_a_voice_and_its_own_phrases(language: str) -> None:
    script = say_twice(TEXT, language, URL, machine=False, phone=PHONE)

    assert {say.attrib["language"] for say in tree(script).iter("Say")} == {f"{language}-US"}
    assert {say.attrib["voice"] for say in tree(script).iter("Say")} == {VOICES[language].name}
    assert "2 1 2, 5 5 5, 0 1 0 0" in said(script)[-1]


def test_spanish_is_spoken_in_spanish() -> None:
    assert said(say_twice(TEXT, "es", URL, machine=False))[2:] == [
        "Para confirmar que oyó este mensaje, oprima 1. Para oírlo otra vez, oprima 2.",
        "Si tiene preguntas, llámenos. Adiós.",
    ]


def test_a_person_hears_the_detailed_words() -> None:
    assert said(answer(PAT, "human", URL))[:2] == [TEXT, TEXT]


@pytest.mark.parametrize(
    "answered_by", ["machine_end_beep", "machine_end_silence", "machine_end_other", "machine_start", "fax"]
)
def test_a_machine_hears_the_discreet_words_alone(answered_by: str) -> None:
    script = answer(PAT, answered_by, URL)

    assert said(script) == [DISCREET, DISCREET]
    assert "warfarin" not in script
    assert tree(script).find("Gather") is None


@pytest.mark.parametrize("answered_by", ["unknown", None, "", "something new"])
def test_in_doubt_the_words_are_discreet_and_a_key_may_be_pressed(answered_by: str | None) -> None:
    script = answer(PAT, answered_by, URL)

    assert said(script)[:2] == [DISCREET, DISCREET]
    assert "warfarin" not in script
    assert action(script) == URL


def test_one_ends_the_call_with_thanks() -> None:
    last = keys_pressed("1")[-1]

    assert said(last) == ["Thank you. Goodbye."]
    assert tree(last).find("Gather") is None


def test_two_says_the_message_again_three_times_in_all() -> None:
    scripts = keys_pressed("2222222")

    assert [said(script).count(TEXT) for script in scripts] == [2, 2, 2, 0]
    assert tree(scripts[-1]).find("Gather") is None
    assert said(scripts[-1])[-1].endswith("2 1 2, 5 5 5, 0 1 0 0. Goodbye.")


def test_the_last_time_no_repetition_is_offered() -> None:
    assert said(keys_pressed("22")[-1])[2] == "To confirm that you heard this message, press 1."


@pytest.mark.parametrize("digit", ["3", "0", "*", "", "12", "one"])
def test_any_other_key_repeats_the_choices_twice_and_then_says_goodbye(digit: str) -> None:
    scripts = [say_twice(TEXT, "en", URL, machine=False, phone=PHONE)]
    for _ in range(3):
        scripts.append(after_digit(digit, TEXT, "en", action(scripts[-1]), phone=PHONE))

    assert [said(script)[0] for script in scripts[1:3]] == [CHOICES, CHOICES]
    assert len(said(scripts[3])) == 1
    assert tree(scripts[3]).find("Gather") is None


@given(st.text(alphabet="0234567890*#", min_size=10, max_size=20))
def test_every_call_comes_to_an_end_and_the_message_is_never_said_more_than_three_times(digits: str) -> None:
    scripts = keys_pressed(digits)

    assert len(scripts) <= 6
    assert tree(scripts[-1]).find("Gather") is None
    assert sum(said(script).count(TEXT) for script in scripts) <= 6


def test_the_counters_stand_in_the_address_beside_what_was_there() -> None:
    addresses = [action(script) for script in keys_pressed("232")[:-1]]

    assert addresses[0] == URL
    for before, after in pairwise(addresses):
        assert after.startswith(f"{URL}&")
        assert before != after
    assert dict(parse_qsl(urlsplit(addresses[-1]).query))["again"] == "1"


@pytest.mark.parametrize("value", ["9", "-1", "two", "", "1e9"])
def test_a_counter_that_is_none_of_ours_counts_as_used_up(value: str) -> None:
    script = after_digit("2", TEXT, "en", f"{URL}&again={value}")

    assert tree(script).find("Gather") is None


@given(st.text(), st.sampled_from(LANGUAGES), st.booleans())
def test_any_text_is_said_as_text_and_exactly_twice(text: str, language: str, machine: bool) -> None:
    script = say_twice(text, language, URL, machine=machine)

    assert said(script)[:2] == [speakable(text), speakable(text)]
    assert len(said(script)) == (2 if machine else 4)


@given(st.text(alphabet=st.characters(exclude_categories=["C", "Z"])))
def test_no_letter_of_a_text_is_lost(text: str) -> None:
    assert speakable(text) == text


def test_markup_in_a_text_stays_text() -> None:
    script = left_on_a_machine('</Say><Dial>+12125550199</Dial> & "so"', "en")

    assert tree(script).find("Dial") is None
    assert said(script)[0] == '</Say><Dial>+12125550199</Dial> & "so"'


def test_an_address_is_escaped_as_well() -> None:
    url = 'https://reminders.example.org/voice?a=1&b=<2>"'

    assert action(say_twice(TEXT, "en", url, machine=False)) == url


def test_what_is_said_is_not_shown() -> None:
    assert "warfarin" not in repr(PAT)
    assert "follow" not in repr(PAT)
