"""Which steps carry a calendar entry, and what an entry may say: the protocol's files alone decide."""

from typing import Any

import pytest

from schedules.errors import ProtocolError
from schedules.protocol import Calendar, Protocol
from schedules.texts import EntryTexts, Messages, load_messages
from tests.builders import a_condition, a_protocol, a_step, the_shipped_protocol
from tests.schedules.protocol_file import STEP, edited, load, refused
from tests.texts import messages_data

TITLE, NOTE = "Your visit at {site}", "Questions? Call {phone}."
ENTRY = {"title": TITLE, "note": NOTE}
EMAIL_TEXTS = {"subject": "{site}: your ride", "subject_detailed": "{site}: your ride", "email": "Call {phone}."}


def a_carrying_protocol(calendar: str | None = "procedure") -> Protocol:
    when = a_condition(visit_booked=True) if calendar == "visit" else None
    return a_protocol(
        a_step(channels=("sms", "email"), calendar=None if calendar is None else Calendar(calendar), when=when)
    )


def texts_of(calendar: dict[str, Any] | None, protocol: Protocol, language: str = "en") -> Messages:
    data = messages_data(EMAIL_TEXTS, language=language)
    return load_messages("messages.en.toml", data if calendar is None else data | {"calendar": calendar}, protocol)


def refusal(entry: dict[str, Any], language: str = "en") -> str:
    with pytest.raises(ProtocolError) as caught:
        texts_of({"procedure": ENTRY | entry}, a_carrying_protocol(), language)
    return str(caught.value)


# The protocol


@pytest.mark.parametrize("kind", list(Calendar))
def test_a_step_may_carry_the_entry_of_the_procedure_or_of_a_booked_visit(kind: Calendar) -> None:
    asked = f'channels = ["sms", "email"]\ncalendar = "{kind}"\nwhen = {{ visit_booked = true }}'

    assert load(edited('channels = ["sms"]', asked)).step("ride").calendar is kind


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ('channels = ["email"]\ncalendar = "holiday"', "'holiday' is not known; known: procedure, visit"),
        (
            'channels = ["sms"]\ncalendar = "procedure"',
            "an entry travels by e-mail alone: email must stand in channels",
        ),
        (
            'channels = ["email"]\ncalendar = "visit"',
            "an assumed visit has no entry; add when = { visit_booked = true }",
        ),
        (
            'channels = ["email"]\ncalendar = "visit"\nwhen = { visit_booked = false }',
            "an assumed visit has no entry; add when = { visit_booked = true }",
        ),
    ],
)
def test_an_entry_that_could_never_be_right_is_refused(said: str, problem: str) -> None:
    assert str(refused(edited('channels = ["sms"]', said))) == f"{STEP}: calendar: {problem}"


def test_in_the_shipped_protocol_each_step_with_a_copy_carries_an_entry() -> None:
    steps = the_shipped_protocol().steps

    assert {step.key: step.calendar for step in steps if step.copy} == {
        "prepare": Calendar.PROCEDURE,
        "prepare-plan": Calendar.PROCEDURE,
        "arrival-call": Calendar.PROCEDURE,
        "visit-reminder": Calendar.VISIT,
    }
    assert [step.key for step in steps if step.calendar and not step.copy] == []


# Its words


def test_the_words_of_an_entry_stand_under_its_kind() -> None:
    messages = texts_of({"procedure": ENTRY}, a_carrying_protocol())

    assert messages.entries == {Calendar.PROCEDURE: EntryTexts(title=TITLE, note=NOTE)}


def test_a_protocol_without_entries_needs_no_words_for_them() -> None:
    assert texts_of(None, a_carrying_protocol(None)).entries == {}


def test_words_that_no_step_uses_yet_are_read_and_checked_too() -> None:
    assert texts_of({"visit": ENTRY}, a_carrying_protocol(None)).entries.keys() == {Calendar.VISIT}
    with pytest.raises(ProtocolError, match=r"calendar.visit.note: is missing"):
        texts_of({"visit": {"title": TITLE}}, a_carrying_protocol(None))


def test_the_words_of_an_entry_that_a_step_carries_are_missed() -> None:
    with pytest.raises(ProtocolError, match=r"messages.en.toml: calendar: is missing"):
        texts_of(None, a_carrying_protocol())
    with pytest.raises(ProtocolError, match=r"messages.en.toml: calendar.visit: is missing"):
        texts_of({"procedure": ENTRY}, a_carrying_protocol("visit"))


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ({"title": ""}, "calendar.procedure.title: must not be empty"),
        ({"titel": TITLE}, "calendar.procedure.titel: unknown key; did you mean 'title'?"),
        ({"title": "Your vertebroplasty"}, "calendar.procedure.title: stands in a calendar that others see"),
        ({"note": "Your spine visit"}, "calendar.procedure.note: stands in a calendar that others see"),
        ({"title": "{first_name}, your visit"}, "calendar.procedure.title: unknown placeholder {first_name}"),
        ({"title": "Your visit on {procedure_date}"}, "calendar.procedure.title: unknown placeholder {procedure_date}"),
        ({"note": "See you tomorrow."}, "calendar.procedure.note: must not say 'tomorrow'"),
        ({"note": "One line\nand another"}, "calendar.procedure.note: holds a control or invisible character"),
    ],
)
def test_an_entry_that_tells_too_much_or_cannot_be_written_is_refused(entry: dict[str, Any], problem: str) -> None:
    assert refusal(entry).startswith(f"messages.en.toml: {problem}")


def test_an_entry_is_discreet_in_every_language() -> None:
    assert "calendar.procedure.title: stands in a calendar" in refusal({"title": "Su vertebroplastia"}, "es")


def test_an_unknown_kind_of_entry_is_refused() -> None:
    with pytest.raises(ProtocolError, match=r"calendar.holiday: unknown key"):
        texts_of({"procedure": ENTRY, "holiday": ENTRY}, a_carrying_protocol())
