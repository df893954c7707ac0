"""What keeps a language's texts from approval: too long, outside the alphabet, naming a drug, too hard to read."""

from dataclasses import replace

import pytest

from reminders.text_checks import (
    check_drug_names,
    check_reading,
    check_segments,
    longest_facts,
    longest_sms,
    text_problems,
)
from reminders.texts.segments import is_gsm7, segments
from schedules.corrections import Correction
from schedules.medications import shipped_medications
from schedules.protocol import Calendar
from schedules.texts import FACTS, CopyTexts, EntryTexts, Messages, Phrase, StepTexts
from schedules.unplanned import Response
from tests.texts import a_message

EASY = "{site}: Call {phone}."
HARD = "Anticoagulation discontinuation necessitates interdisciplinary preprocedural communication."


def problems(messages: Messages) -> list[str]:
    return text_problems(messages)


def a_correction(**texts: str) -> Messages:
    """An easy step and the correction of a moved procedure."""
    written = {"ride": StepTexts(sms=EASY, sms_detailed=EASY), Correction.MOVED.step_key: StepTexts(**texts)}
    return Messages(language="en", phrases={}, steps=written)


def filled_up_to(length: int) -> str:
    """An SMS that takes `length` characters with the longest values."""
    start = EASY + " "
    return start + "a" * (length - len(longest_sms(a_message(sms=start + "."), "ride", "sms")) + 1)


def test_an_easy_short_text_has_no_problem() -> None:
    assert problems(a_message(sms=EASY, sms_detailed=EASY)) == []


@pytest.mark.parametrize(("language", "room"), [("en", 306), ("es", 459)])
def test_an_sms_may_fill_its_segments_and_no_more(language: str, room: int) -> None:
    full = a_message(language, sms=filled_up_to(room))
    assert segments(longest_sms(full, "ride", "sms")) == {"en": 2, "es": 3}[language]
    assert check_segments(full) == []
    most = {"en": 2, "es": 3}[language]
    assert check_segments(a_message(language, sms_detailed=filled_up_to(room + 1))) == [
        f"steps.ride.sms_detailed: takes {most + 1} SMS segments with the longest values; at most {most}"
    ]


def test_the_longer_wording_of_a_phrase_counts() -> None:
    long = Phrase(needs=("start_time",), text="short", otherwise="a" * 300)
    assert "takes 3 SMS segments" in check_segments(a_message(sms=EASY + "{more}", phrases={"more": long}))[0]
    turned = replace(long, text="a" * 300, otherwise="short")
    assert "takes 3 SMS segments" in check_segments(a_message(sms=EASY + "{more}", phrases={"more": turned}))[0]


def test_the_length_of_an_email_is_free() -> None:
    assert check_segments(a_message(email="a" * 2000, voice="a" * 2000)) == []


def test_a_character_the_sms_alphabet_cannot_carry_is_named() -> None:
    assert check_segments(a_message(sms=EASY + "😀")) == ["steps.ride.sms: '😀' cannot be written in GSM-7"]
    phrase = Phrase(needs=("start_time",), text="x", otherwise="您")
    assert "'您'" in check_segments(a_message(sms=EASY + "{more}", phrases={"more": phrase}))[0]


@pytest.mark.parametrize("name", ["warfarin", "Eliquis", "WARFARINA"])
def test_a_discreet_text_names_no_prescription_drug(name: str) -> None:
    drugs = shipped_medications()
    assert check_drug_names(a_message(sms=f"Your {name}."), drugs) == [
        f"steps.ride.sms: is discreet and must not name '{name}'"
    ]
    assert check_drug_names(a_message(sms_detailed=f"Your {name}.", email=f"Your {name}."), drugs) == []


def test_a_phrase_does_not_name_it_either() -> None:
    phrase = Phrase(needs=("start_time",), text="x", otherwise="Your warfarin.")
    found = check_drug_names(a_message(voice="{more}", phrases={"more": phrase}), shipped_medications())
    assert found == ["steps.ride.voice: is discreet and must not name 'warfarin'"]


@pytest.mark.parametrize("key", ["title", "note"])
def test_nor_does_a_calendar_entry(key: str) -> None:
    entry = EntryTexts(**{"title": "Your visit", "note": "Call {phone}."} | {key: "Your warfarin visit"})
    messages = replace(a_message(sms=EASY), entries={Calendar.PROCEDURE: entry})
    assert check_drug_names(messages, shipped_medications()) == [
        f"calendar.procedure.{key}: is discreet and must not name 'warfarin'"
    ]


def test_aspirin_may_be_named() -> None:
    assert check_drug_names(a_message(sms="No aspirin."), shipped_medications()) == []


def test_texts_that_read_too_hard_are_told_with_their_grade() -> None:
    assert check_reading(a_message(email=HARD, subject="x", subject_detailed="x"))[0].startswith(
        "reads too hard: Flesch-Kincaid grade "
    )
    assert check_reading(a_message(sms=EASY, sms_detailed=EASY)) == []


def test_every_problem_is_told_at_once() -> None:
    messages = a_message(sms=f"{EASY} {'a' * 300} warfarin", sms_detailed=EASY)
    assert len(problems(messages)) == 2


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_fact_has_a_longest_value_within_the_alphabet_or_folded_into_it(language: str) -> None:
    assert longest_facts(language).keys() == FACTS
    messages = a_message(language, sms=" ".join(f"{{{fact}}}" for fact in sorted(FACTS)))
    assert is_gsm7(longest_sms(messages, "ride", "sms"))


def test_the_longest_values_are_those_that_enrollment_and_settings_accept() -> None:
    facts = longest_facts("en")
    assert {name: len(facts[name]) for name in ("site", "first_name", "prescriber", "fasting_rule")} == {
        "site": 30,
        "first_name": 20,
        "prescriber": 30,
        "fasting_rule": 80,
    }
    assert len(facts["procedure_date"]) == len("Wed Dec 30")
    assert len(facts["start_time"]) == len("10:30 AM Mountain")


@pytest.mark.parametrize("key", ["sms", "sms_detailed"])
def test_a_correction_is_measured_as_a_step_is(key: str) -> None:
    assert check_segments(a_correction(**{key: filled_up_to(306)})) == []
    assert check_segments(a_correction(**{key: filled_up_to(307)})) == [
        f"corrections.moved.{key}: takes 3 SMS segments with the longest values; at most 2"
    ]


def test_a_correction_names_no_prescription_drug_either() -> None:
    assert check_drug_names(a_correction(voice="Your warfarin."), shipped_medications()) == [
        "corrections.moved.voice: is discreet and must not name 'warfarin'"
    ]


def test_the_corrections_count_for_the_reading_grade() -> None:
    assert len(check_reading(a_correction(email=HARD, subject="x", subject_detailed="x"))) == 1


def test_the_longest_list_of_drugs_holds_the_two_longest_names() -> None:
    assert longest_facts("en")["held_drugs"].endswith(f" and {longest_facts('en')['drug']}")
    assert longest_facts("es")["held_drugs"].count(" y ") == 1


def test_a_step_of_the_protocol_without_an_sms_is_not_measured() -> None:
    assert check_segments(Messages(language="en", phrases={}, steps={"ride": StepTexts()})) == []


# Copies


COPIES = CopyTexts(prefix="Copy:", sentence="This is a copy.")


def test_a_text_that_only_a_copy_of_would_be_too_long_is_told() -> None:
    full = a_message(sms=filled_up_to(306), sms_detailed=EASY)

    assert check_segments(full) == []
    assert check_segments(replace(full, copies=COPIES)) == [
        "steps.ride.sms: takes 3 SMS segments as a caregiver's copy; at most 2"
    ]


def test_a_text_that_leaves_room_for_the_prefix_passes() -> None:
    assert check_segments(replace(a_message(sms=filled_up_to(300), sms_detailed=EASY), copies=COPIES)) == []


def test_what_is_never_copied_needs_no_room_for_the_prefix() -> None:
    """Detailed texts are the patient's alone, and so are answers to what a patient wrote."""
    full = filled_up_to(306)
    texts = {"ride": StepTexts(sms=EASY, sms_detailed=full), Response.HELP.step_key: StepTexts(sms=full)}
    assert check_segments(Messages(language="en", phrases={}, steps=texts, copies=COPIES)) == []


def test_a_correction_is_copied_too() -> None:
    full = replace(a_correction(sms=filled_up_to(306)), copies=COPIES)
    assert check_segments(full) == ["corrections.moved.sms: takes 3 SMS segments as a caregiver's copy; at most 2"]


def test_a_value_that_is_known_is_counted_as_it_is() -> None:
    messages = a_message(sms="{site}: call {phone}.")

    assert longest_sms(messages, "ride", "sms", known={"site": "Example"}) == "Example: call (212) 555-0123."
