"""A text that asks for an answer says how to give it, that nobody watches for it, and which phone is answered."""

from typing import Any

import pytest

from schedules.errors import ProtocolError
from schedules.protocol import Question
from tests.builders import a_step
from tests.texts import load, messages_data

QUESTIONS = {"not_watched": "Replies are not watched all day.", "ask_visit": "Reply 1 if you will come, 2 if not."}
ASKING = "{site}: See you. {ask_visit} {not_watched} Call {call_phone}."
TEXTS = {"sms": ASKING, "sms_detailed": ASKING}


def refusal(texts: dict[str, str], questions: dict[str, Any] | None = QUESTIONS, **step: Any) -> str:
    data = messages_data(TEXTS | texts)
    with pytest.raises(ProtocolError) as caught:
        load(data if questions is None else data | {"questions": questions}, a_step(**{"asks": Question.VISIT} | step))
    return str(caught.value)


def test_an_asking_text_is_its_own_words_and_those_of_the_question() -> None:
    messages = load(messages_data(TEXTS) | {"questions": QUESTIONS}, a_step(asks=Question.VISIT))
    assert messages.phrases["ask_visit"].text == "Reply 1 if you will come, 2 if not."
    assert messages.phrases["not_watched"].needs == ()


@pytest.mark.parametrize("key", ["sms", "sms_detailed"])
@pytest.mark.parametrize("name", ["{ask_visit}", "{not_watched}", "{call_phone}"])
def test_each_part_of_it_is_missed(key: str, name: str) -> None:
    said = refusal({key: ASKING.replace(name, "{phone}")})
    assert said == f"messages.en.toml: steps.ride.{key}: the step asks for an answer, so its text needs {name}"


def test_an_answer_that_nobody_asks_for_is_not_invited() -> None:
    assert "the step asks nothing in protocol.toml" in refusal({}, asks=None)
    both = QUESTIONS | {"ask_pain": "Reply with your pain, 0 to 10."}
    assert "the step asks something else" in refusal({"sms": ASKING + " {ask_pain}"}, both)


@pytest.mark.parametrize("key", ["voice", "email", "subject"])
def test_only_a_text_message_invites_an_answer(key: str) -> None:
    assert "only a text message is answered" in refusal({key: "{site}: {ask_visit} Call {phone}."})


@pytest.mark.parametrize("name", ["not_watched", "ask_visit"])
def test_the_words_of_a_question_are_needed_where_a_step_asks(name: str) -> None:
    left = {key: text for key, text in QUESTIONS.items() if key != name}
    assert f"messages.en.toml: questions.{name}: is missing" in refusal({}, left)
    assert "messages.en.toml: questions: is missing" in refusal({}, None)


def test_a_protocol_that_asks_nothing_needs_no_words_for_it() -> None:
    assert load(messages_data()).phrases == {}


@pytest.mark.parametrize(
    ("text", "problem"),
    [("Reply yes or no.", "opt-out"), ("Reply 1 to {site}.", "unknown placeholder"), ("Come tomorrow.", "tomorrow")],
)
def test_the_words_of_a_question_keep_the_rules_of_every_text(text: str, problem: str) -> None:
    said = refusal({}, QUESTIONS | {"ask_visit": text})
    assert said.startswith("messages.en.toml: questions.ask_visit: ")
    assert problem in said


@pytest.mark.parametrize("name", ["not_watched", "ask_pain"])
def test_no_phrase_takes_their_names(name: str) -> None:
    phrase = {"needs": ["arrival_time"], "text": "x", "otherwise": ""}
    with pytest.raises(ProtocolError, match=rf"phrases.{name}: stands in \[questions\]"):
        load(messages_data(phrases={name: phrase}))


def test_an_unknown_question_is_refused() -> None:
    assert "questions.ask_mood" in refusal({}, QUESTIONS | {"ask_mood": "Reply 1."})
