"""A message file is refused, with the path to the bad key, wherever it could not be sent as it stands."""

from typing import Any

import pytest

from schedules.corrections import Correction
from schedules.errors import ProtocolError
from schedules.texts import TEXT_KEYS, Phrase, load_messages, placeholders, table_of
from tests.builders import a_condition, a_protocol, a_staff_task, a_step
from tests.texts import CORRECTED, SMS, load, messages_data

EMAIL = {"subject": "{site}: your ride", "subject_detailed": "{site}: your ride", "email": "Hello.\n\nCall {phone}."}
ARRIVAL = {"needs": ["arrival_time"], "text": "Come at {arrival_time}.", "otherwise": ""}


def refusal(data: dict[str, Any], **step: Any) -> str:
    with pytest.raises(ProtocolError) as caught:
        load(data, a_step(**step))
    return str(caught.value)


def test_the_texts_of_a_step_are_found_by_its_key() -> None:
    messages = load(messages_data({"sms_detailed": SMS + " Thank you."}))
    assert messages.language == "en"
    assert messages.steps["ride"].written() == {"sms": SMS, "sms_detailed": SMS + " Thank you."}


def test_a_phrase_keeps_what_it_needs_and_what_to_write_otherwise() -> None:
    messages = load(messages_data({"sms": SMS + " {arrival}"}, phrases={"arrival": ARRIVAL}))
    assert messages.phrases["arrival"] == Phrase(needs=("arrival_time",), text="Come at {arrival_time}.", otherwise="")


def test_placeholders_are_named_in_order() -> None:
    assert placeholders("{site}: call {phone} or {site}") == ("site", "phone", "site")


def test_an_email_may_have_line_breaks() -> None:
    messages = load(messages_data(EMAIL), a_step(channels=("sms", "email")))
    assert messages.steps["ride"].email == "Hello.\n\nCall {phone}."


def test_a_text_for_a_channel_the_step_does_not_use_is_read_and_checked_too() -> None:
    assert load(messages_data(EMAIL)).steps["ride"].subject == "{site}: your ride"
    assert "steps.ride.voice" in refusal(messages_data({"voice": "See you tomorrow."}))


@pytest.mark.parametrize(
    ("data", "where", "problem"),
    [
        (messages_data() | {"langauge": "en"}, "messages.en.toml: langauge", "unknown key; did you mean 'language'?"),
        (messages_data({"smss": SMS}), "messages.en.toml: steps.ride.smss", "unknown key; did you mean 'sms'?"),
        (
            messages_data(phrases={"arrival": ARRIVAL | {"need": []}}),
            "messages.en.toml: phrases.arrival.need",
            "unknown key; did you mean 'needs'?",
        ),
        (messages_data({}, key="ridee"), "messages.en.toml: steps.ridee", "no such step; did you mean 'ride'?"),
        (messages_data(language="fr"), "messages.en.toml: language", "'fr' has no list of forbidden words yet"),
    ],
)
def test_an_unknown_word_is_refused_with_the_nearest_right_one(data: dict[str, Any], where: str, problem: str) -> None:
    said = refusal(data)
    assert said.startswith(f"{where}: ")
    assert problem in said


def test_a_step_without_texts_is_refused() -> None:
    two_steps = a_protocol(a_step("ride"), a_step("fasting"))
    with pytest.raises(ProtocolError, match=r"messages.en.toml: steps.fasting: is missing"):
        load_messages("messages.en.toml", messages_data(), two_steps)


def test_a_text_that_a_channel_of_the_step_needs_is_missed() -> None:
    data = messages_data()
    assert refusal(data, channels=("sms", "voice")).startswith("messages.en.toml: steps.ride.voice: is missing")
    assert refusal(data, channels=("sms", "email")).startswith("messages.en.toml: steps.ride.subject: is missing")


@pytest.mark.parametrize("text", ["", "  ", 7])
def test_a_text_is_text(text: object) -> None:
    assert "messages.en.toml: steps.ride.sms: must" in refusal(messages_data({"sms": text}))


def test_an_unknown_placeholder_is_refused_with_the_nearest_fact_or_phrase() -> None:
    said = refusal(messages_data({"sms": SMS + " {procedure_dat}"}))
    assert (
        said == "messages.en.toml: steps.ride.sms: unknown placeholder {procedure_dat}; did you mean 'procedure_date'?"
    )
    said = refusal(messages_data({"sms": SMS + " {arival}"}, phrases={"arrival": ARRIVAL}))
    assert said.endswith("did you mean 'arrival'?")


@pytest.mark.parametrize(
    "broken", ["{Site}", "{site.name}", "{ site }", "{site", "site}", "{}", "{0}", "{site!r}", "{{site}}"]
)
def test_a_brace_that_is_no_placeholder_is_refused(broken: str) -> None:
    assert "is no placeholder" in refusal(messages_data({"sms": f"{SMS} {broken}"}))


@pytest.mark.parametrize("name", ["site", "phone"])
def test_every_sms_names_the_department_and_its_number(name: str) -> None:
    without = SMS.replace(f"{{{name}}}", "us")
    assert f"{{{name}}} is missing" in refusal(messages_data({"sms": without}))
    assert "steps.ride.sms_detailed" in refusal(messages_data({"sms_detailed": without}))


@pytest.mark.parametrize(
    ("fact", "step"),
    [
        ("drug", {"for_each": "holds"}),
        ("prescriber", {"for_each": "resumes"}),
        ("resume_day", {"for_each": "resumes"}),
        ("call_by", {"opens_task": a_staff_task()}),
        ("visit_time", {"when": a_condition(visit_booked=True)}),
    ],
)
def test_a_fact_stands_alone_only_where_it_is_always_known(fact: str, step: dict[str, Any]) -> None:
    data = messages_data({"sms_detailed": f"{SMS} {{{fact}}}"})
    assert load(data, a_step(**step)).steps["ride"].sms_detailed == f"{SMS} {{{fact}}}"
    assert refusal(data).startswith("messages.en.toml: steps.ride.sms_detailed: {" + fact + "} is not always known")


@pytest.mark.parametrize(
    "fact",
    ["first_name", "start_time", "arrival_time", "rest_until", "fasting_rule", "phone_after_hours", "held_drugs"],
)
def test_a_fact_that_may_be_missing_stands_only_in_a_phrase(fact: str) -> None:
    assert "is not always known at this step; put it in a phrase" in refusal(
        messages_data({"sms": SMS + f"{{{fact}}}"})
    )
    phrase = {"needs": [fact], "text": f"It is {{{fact}}}.", "otherwise": ""}
    assert "more" in load(messages_data({"sms_detailed": SMS + " {more}"}, phrases={"more": phrase})).phrases


def test_a_phrase_must_need_every_fact_that_may_be_missing() -> None:
    text = {"sms": SMS + " {arrival}"}
    wrong_text = ARRIVAL | {"text": "Come at {arrival_time}, not at {start_time}."}
    assert "{start_time} is not always known" in refusal(messages_data(text, phrases={"arrival": wrong_text}))
    wrong_otherwise = ARRIVAL | {"otherwise": "Come before {start_time}."}
    assert "{start_time} is not always known" in refusal(messages_data(text, phrases={"arrival": wrong_otherwise}))


@pytest.mark.parametrize(
    ("name", "changes", "problem"),
    [
        ("Arrival", {}, "phrases.Arrival: a phrase is named in small letters"),
        ("site", {}, "phrases.site: is the name of a fact"),
        ("arrival", {"needs": []}, "phrases.arrival.needs: must list the facts"),
        ("arrival", {"needs": "arrival_time"}, "phrases.arrival.needs: must list the facts"),
        (
            "arrival",
            {"needs": ["arrival"]},
            "phrases.arrival.needs: 'arrival' is no fact; did you mean 'arrival_time'?",
        ),
        ("arrival", {"text": ""}, "phrases.arrival.text: must not be empty"),
        ("arrival", {"text": "At {arival_time}"}, "phrases.arrival.text: unknown placeholder {arival_time}"),
        ("arrival", {"otherwise": "Come tomorrow."}, "phrases.arrival.otherwise: must not say 'tomorrow'"),
    ],
)
def test_a_phrase_that_cannot_be_right_is_refused(name: str, changes: dict[str, Any], problem: str) -> None:
    assert problem in refusal(messages_data(phrases={name: ARRIVAL | changes}))


def test_a_phrase_must_say_what_to_write_otherwise() -> None:
    without = {key: value for key, value in ARRIVAL.items() if key != "otherwise"}
    assert "phrases.arrival.otherwise: is missing" in refusal(messages_data(phrases={"arrival": without}))
    without = {key: value for key, value in ARRIVAL.items() if key != "needs"}
    assert "phrases.arrival.needs: must list the facts" in refusal(messages_data(phrases={"arrival": without}))


def test_a_phrase_does_not_hold_another() -> None:
    nested = ARRIVAL | {"text": "{arrival_time} {other}"}
    assert "unknown placeholder {other}" in refusal(messages_data(phrases={"arrival": nested, "other": ARRIVAL}))


@pytest.mark.parametrize("key", ["sms", "subject", "voice"])
def test_a_discreet_text_names_neither_procedure_nor_diagnosis_nor_drug(key: str) -> None:
    assert f"steps.ride.{key}: is discreet and must not say 'fracture'" in refusal(
        messages_data({key: SMS + " Your fracture."})
    )
    assert f"steps.ride.{key}: is discreet and must not name {{drug}}; {key}_detailed may" in refusal(
        messages_data({key: SMS + " {drug}"}), for_each="holds"
    )


def test_a_discreet_text_does_not_give_itself_away_through_a_phrase() -> None:
    text = {"sms": SMS + " {arrival}"}
    loud = ARRIVAL | {"otherwise": "It is about your spine."}
    assert "must not say 'spine'" in refusal(messages_data(text, phrases={"arrival": loud}))
    naming = ARRIVAL | {"text": "{drug} {arrival_time}"}
    assert "must not name {drug}" in refusal(messages_data(text, phrases={"arrival": naming}), for_each="holds")


def test_a_detailed_text_and_an_email_may_name_the_procedure() -> None:
    detailed = EMAIL | {"sms_detailed": SMS + " Your vertebroplasty.", "email": "Your vertebroplasty. Call {phone}."}
    assert "vertebroplasty" in (load(messages_data(detailed)).steps["ride"].sms_detailed or "")


@pytest.mark.parametrize("char", ["\x00", "\x07", "\r", "\n", "\t", "\u200b", "\u202e", "\u2028"])
def test_a_control_or_invisible_character_is_refused(char: str) -> None:
    said = refusal(messages_data({"sms": SMS + char + "now"}))
    assert f"steps.ride.sms: holds a control or invisible character, U+{ord(char):04X}" in said


def test_an_email_holds_no_control_character_but_the_line_break() -> None:
    assert "U+000D" in refusal(messages_data(EMAIL | {"email": "Hello.\r\nCall {phone}."}))


def test_a_file_in_which_the_steps_are_no_table_is_refused() -> None:
    assert "messages.en.toml: steps: must be a table" in refusal({"language": "en", "steps": "none"})


# The corrections


def corrected(kind: str, **texts: Any) -> dict[str, Any]:
    """A file in order but for some texts of one correction."""
    phrases = texts.pop("phrases", None)
    return messages_data(corrections={kind: CORRECTED | texts}, phrases=phrases)


@pytest.mark.parametrize("kind", list(Correction))
def test_the_texts_of_a_correction_are_found_by_its_step_key(kind: Correction) -> None:
    messages = load(corrected(kind, sms=SMS + " It has changed."))
    assert messages.steps[f"correction-{kind}"].sms == SMS + " It has changed."
    assert messages.steps["ride"].sms == SMS


@pytest.mark.parametrize("kind", list(Correction))
def test_every_kind_of_correction_is_needed(kind: Correction) -> None:
    data = messages_data()
    without = {other: texts for other, texts in data["corrections"].items() if other != kind}
    assert (
        refusal(data | {"corrections": without})
        == f"messages.en.toml: corrections.{kind}: is missing; a table is needed"
    )


def test_a_file_without_corrections_is_refused() -> None:
    data = {key: value for key, value in messages_data().items() if key != "corrections"}
    assert refusal(data) == "messages.en.toml: corrections: is missing; a table is needed"


def test_an_unknown_correction_is_refused_with_the_nearest_right_one() -> None:
    assert refusal(corrected("movd")) == (
        "messages.en.toml: corrections.movd: there is no such correction; did you mean 'moved'?"
    )


def test_an_unknown_response_is_refused_with_the_nearest_right_one() -> None:
    data = messages_data()
    data["responses"] |= {"halp": {"sms": "{site}: call {phone}."}}
    assert refusal(data) == "messages.en.toml: responses.halp: there is no such response; did you mean 'help'?"


@pytest.mark.parametrize("key", TEXT_KEYS)
def test_a_correction_needs_a_text_for_every_channel(key: str) -> None:
    texts = {other: text for other, text in CORRECTED.items() if other != key}
    data = messages_data(corrections={"moved": texts})
    assert refusal(data) == f"messages.en.toml: corrections.moved.{key}: is missing; text in quotes is needed"


@pytest.mark.parametrize(
    ("texts", "problem"),
    [
        ({"sms": "{site}: It has changed."}, "sms: every SMS names the department and its number; {phone} is missing"),
        ({"voice": "It is tomorrow."}, "voice: must not say 'tomorrow'"),
        ({"subject": "Your fracture"}, "subject: is discreet and must not say 'fracture'"),
        ({"email": "On {procedure_dat}"}, "email: unknown placeholder {procedure_dat}; did you mean 'procedure_date'?"),
        ({"email": "Your {drug}"}, "email: {drug} is not always known at this step"),
        ({"text": SMS}, "text: unknown key"),
    ],
)
def test_a_correction_is_checked_as_a_step_is(texts: dict[str, str], problem: str) -> None:
    assert refusal(corrected("moved", **texts)).startswith(f"messages.en.toml: corrections.moved.{problem}")


KNOWN = {"rest": "rest_until", "visit": "visit_time", "arrival": "arrival_time"}


@pytest.mark.parametrize("kind", list(Correction))
@pytest.mark.parametrize("fact", sorted(KNOWN.values()))
def test_only_what_a_correction_is_about_is_always_known(fact: str, kind: Correction) -> None:
    data = corrected(kind, sms=SMS + f" {{{fact}}}")
    if KNOWN.get(kind) == fact:
        assert load(data).steps[kind.step_key].sms == SMS + f" {{{fact}}}"
    else:
        assert f"corrections.{kind}.sms: {{{fact}}} is not always known" in refusal(data)


def test_the_hour_of_a_moved_procedure_may_be_unknown() -> None:
    assert "{start_time} is not always known" in refusal(corrected("moved", sms=SMS + " {start_time}"))


HOLD = {"needs": ["held_drugs"], "text": "Wait for our call.", "otherwise": ""}


def test_an_announced_medicine_plan_may_change_what_a_discreet_text_says() -> None:
    messages = load(corrected("moved", sms=SMS + " {hold}", phrases={"hold": HOLD}))
    assert messages.phrases["hold"].needs == ("held_drugs",)


@pytest.mark.parametrize("key", ["sms", "subject", "voice"])
def test_a_discreet_text_does_not_name_the_drugs_of_the_plan(key: str) -> None:
    naming = {"hold": HOLD | {"text": "Wait with {held_drugs}."}}
    said = refusal(corrected("moved", **{key: SMS + " {hold}"}, phrases=naming))
    assert said.endswith(f"{key}: is discreet and must not name {{held_drugs}}; {key}_detailed may")
    assert load(corrected("moved", **{f"{key}_detailed": SMS + " {hold}"}, phrases=naming)).phrases


def test_a_finding_names_the_table_that_holds_the_text() -> None:
    assert table_of("ride") == "steps.ride"
    assert table_of("correction-moved") == "corrections.moved"


# Copies


def copies(**changes: str) -> dict[str, Any]:
    texts = {"prefix": "Copy:", "sentence": "This is a copy."} | changes
    return messages_data() | {"copies": texts}


def test_the_words_for_copies_are_kept_on_one_line() -> None:
    found = load(copies(prefix=" Copy: ")).copies
    assert found is not None
    assert (found.prefix, found.sentence) == ("Copy:", "This is a copy.")


def test_a_language_may_have_no_words_for_copies() -> None:
    assert load(messages_data()).copies is None


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"prefix": " "}, "copies.prefix: must not be empty"),
        ({"sentence": "Copy for {site}."}, "copies.sentence: unknown placeholder {site}"),
        ({"sentence": "A copy about the vertebroplasty."}, "copies.sentence: stands in front of every copy"),
        ({"sentence": "A copy you get today."}, "copies.sentence: "),
        ({"prefx": "Copy:"}, "copies.prefx: unknown key"),
    ],
)
def test_words_for_copies_that_cannot_be_right_are_refused(changes: dict[str, str], problem: str) -> None:
    with pytest.raises(ProtocolError) as caught:
        load(copies(**changes))
    assert problem in str(caught.value)


def test_both_words_for_copies_are_needed() -> None:
    with pytest.raises(ProtocolError, match=r"copies\.sentence: is missing"):
        load(messages_data() | {"copies": {"prefix": "Copy:"}})
