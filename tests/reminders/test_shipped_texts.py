"""The shipped vertebroplasty texts, in every language: short, plain, discreet, and saying what the plan promises."""

import re
import tomllib
from itertools import product
from typing import Any

import pytest

from reminders.readability import WORD
from reminders.rendering import RenderingError, render
from reminders.text_checks import finished_texts, longest_facts, longest_sms, reading_of, text_problems
from reminders.texts.facts import facts_for
from schedules.corrections import Correction
from schedules.protocol import Channel
from schedules.texts import SMS_KEYS, Messages, placeholders
from tests.builders import LIBRARY, a_hold, local, the_shipped_protocol
from tests.texts import LANGUAGES, a_site, the_shipped_messages, what_is_known

CORRECTIONS = tuple(kind.step_key for kind in Correction)
KEYS = (*(step.key for step in the_shipped_protocol().steps), *CORRECTIONS)
EVERYWHERE = pytest.mark.parametrize(("language", "key"), list(product(LANGUAGES, KEYS)))
IN_EACH_LANGUAGE = pytest.mark.parametrize("language", LANGUAGES)
EVERY_CORRECTION = pytest.mark.parametrize(("language", "key"), list(product(LANGUAGES, CORRECTIONS)))

RECORDED: dict[str, Any] = {
    "ended": "2026-12-08 10:10",
    "visit": "2027-01-11 10:30",
    "holds": (a_hold(days=5, resume_days=1),),
    "reminder": {
        "drug": "warfarin",
        "send_at": local("2026-12-02 10:00"),
        "arrival": local("2026-12-08 07:30"),
        "call_by": local("2026-12-07 16:00"),
        "held_drugs": ("warfarin",),
    },
    "site": a_site(fasting_rule="Example rule", phone_after_hours="+12125550199"),
}
BARE: dict[str, Any] = {
    "hour_known": False,
    "visit": "2027-01-11 10:30",
    "holds": (a_hold(days=5, resume_days=1),),
    "reminder": {"drug": "warfarin", "call_by": local("2026-12-07 16:00"), "first_name": None},
}
CORRECTED: dict[str, Any] = {  # what is known as soon as a correction is about it
    "correction-rest": {"ended": "2026-12-08 10:10"},
    "correction-arrival": {"reminder": BARE["reminder"] | {"arrival": local("2026-12-08 07:30")}},
}


def text(language: str, key: str, channel: Channel = Channel.SMS, *, detailed: bool = False, bare: bool = False) -> str:
    recorded = BARE | CORRECTED.get(key, {}) if bare else RECORDED
    known = what_is_known(language=language, protocol=the_shipped_protocol(), **recorded)
    facts = facts_for(known, channel)
    return render(the_shipped_messages(language), key, channel, detailed=detailed, facts=facts).text


def written(messages: Messages, key: str) -> dict[str, str]:
    return messages.steps[key].written()


@IN_EACH_LANGUAGE
def test_the_shipped_texts_have_no_problem(language: str) -> None:
    assert text_problems(the_shipped_messages(language)) == []


@EVERYWHERE
def test_every_step_has_every_text(language: str, key: str) -> None:
    assert len(written(the_shipped_messages(language), key)) == 7


@EVERYWHERE
def test_every_text_can_be_rendered_with_all_that_can_be_recorded(language: str, key: str) -> None:
    for channel, detailed in product(Channel, (False, True)):
        assert "{" not in text(language, key, channel, detailed=detailed)


@EVERYWHERE
def test_every_text_can_be_rendered_with_nothing_recorded_that_may_be_missing(language: str, key: str) -> None:
    for channel, detailed in product(Channel, (False, True)):
        assert "{" not in text(language, key, channel, detailed=detailed, bare=True)


TIMED = {"arrival-call", "visit-reminder", "correction-rest", "correction-visit", "correction-arrival"}


@pytest.mark.parametrize("key", [key for key in KEYS if key not in TIMED])
@IN_EACH_LANGUAGE
def test_no_text_that_is_not_about_a_time_names_an_hour_for_a_booking_without_one(language: str, key: str) -> None:
    for channel in Channel:
        assert not re.search(r"\d:\d\d", text(language, key, channel, bare=True))


def test_reading_is_far_from_its_limit_so_that_another_counter_of_syllables_agrees() -> None:
    assert reading_of(the_shipped_messages("en")).value <= 4.0
    assert reading_of(the_shipped_messages("es")).value >= 80.0


@IN_EACH_LANGUAGE
def test_few_sentences_are_long(language: str) -> None:
    texts = list(finished_texts(the_shipped_messages(language)))
    sentences = [WORD.findall(part) for whole in texts for part in re.split(r"[.!?]\s|\n", whole)]
    filled = [len(words) for words in sentences if words]
    assert max(filled) <= 26
    assert sum(length > 15 for length in filled) / len(filled) < 0.05


@EVERYWHERE
def test_every_sms_fits_its_segments_with_the_longest_values(language: str, key: str) -> None:
    room = {"en": 306, "es": 459}[language]
    for sms in SMS_KEYS:
        assert len(longest_sms(the_shipped_messages(language), key, sms)) <= room


@EVERYWHERE
def test_only_a_letter_greets_the_person(language: str, key: str) -> None:
    for name, template in written(the_shipped_messages(language), key).items():
        assert "first_name" not in placeholders(template)
        assert ("greeting" in placeholders(template)) == (name == "email")


@pytest.mark.parametrize(
    ("language", "named", "unnamed"), [("en", "Hello Ana,", "Hello,"), ("es", "Hola, Ana:", "Hola:")]
)
def test_a_letter_greets_by_name_where_the_name_is_known(language: str, named: str, unnamed: str) -> None:
    for key in KEYS:
        assert text(language, key, Channel.EMAIL).startswith(named + "\n")
        assert text(language, key, Channel.EMAIL, bare=True).startswith(unnamed + "\n")


@EVERYWHERE
def test_a_call_names_the_department_first_and_says_its_number_twice_at_the_end(language: str, key: str) -> None:
    for name in ("voice", "voice_detailed"):
        script = written(the_shipped_messages(language), key)[name]
        assert placeholders(script)[0] == "site"
        assert placeholders(script)[-2:] == ("phone", "phone")
        assert script.endswith("{phone}.")


@EVERYWHERE
def test_a_call_can_be_read_aloud_in_about_a_minute(language: str, key: str) -> None:
    script = written(the_shipped_messages(language), key)["voice_detailed"]
    assert set(re.sub(r"\{[a-z_]+\}", "", script)) <= set(" .,:?¿'-") | {char for char in script if char.isalnum()}
    assert len(WORD.findall(script)) <= 140


@EVERYWHERE
def test_a_discreet_and_a_detailed_text_state_the_same_dates(language: str, key: str) -> None:
    texts = written(the_shipped_messages(language), key)
    if key == "stop":  # only the detailed one says from when none is taken
        assert set(placeholders(texts["sms_detailed"])) - set(placeholders(texts["sms"])) == {"drug", "first_day"}
    else:
        assert set(placeholders(texts["sms_detailed"])) - {"drug"} == set(placeholders(texts["sms"]))


@EVERYWHERE
def test_both_languages_state_the_same_facts(language: str, key: str) -> None:
    english, other = (written(the_shipped_messages(code), key) for code in ("en", language))
    for name in english:
        assert set(placeholders(english[name])) == set(placeholders(other[name])), name


@IN_EACH_LANGUAGE
def test_the_welcome_says_who_we_are_how_to_get_help_and_how_to_end_it(language: str) -> None:
    sms = text(language, "welcome")
    for word in ("Example Clinic", "HELP", "STOP", "12", "911", "(212) 555-0123"):
        assert word in sms
    assert {"en": "Replies are not watched all day", "es": "No vemos las respuestas todo el dia"}[language] in sms
    assert {"en": "data rates may apply", "es": "tarifas de mensajes y datos"}[language] in sms


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Do not stop any medicine on your own", "If you take a blood thinner, we will call you")),
        ("es", ("No deje de tomar ninguna medicina por su cuenta", "Si toma un anticoagulante, le llamaremos")),
    ],
)
def test_without_an_order_nothing_is_stopped(language: str, words: tuple[str, str]) -> None:
    for channel in Channel:
        for word in words:
            assert word in text(language, "prepare", channel)


@pytest.mark.parametrize("key", ["stop", "resume"])
@IN_EACH_LANGUAGE
def test_a_discreet_step_of_the_medicine_plan_gives_no_instruction(language: str, key: str) -> None:
    for channel in (Channel.SMS, Channel.VOICE):
        said = text(language, key, channel)
        assert "Dr. Example" in said
        assert not re.search(r"\b(stop|start|take|none|tome|tomar|deje)\b", said, re.IGNORECASE)


def test_the_discreet_stop_text_names_the_date_of_the_step() -> None:
    assert text("en", "stop") == (
        "Example Clinic: Your medicine plan from Dr. Example has a step on Wed Dec 2. Please follow your written plan"
        " or call (212) 555-0123. If you are not sure, call before you change anything."
    )


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("last day with warfarin is Wed Dec 2", "none from Thu Dec 3 until we tell you")),
        ("es", ("ultimo dia con warfarin es el mié 2 dic", "desde el jue 3 dic hasta que le avisemos")),
    ],
)
def test_the_detailed_stop_text_relays_the_order(language: str, words: tuple[str, str]) -> None:
    for word in words:
        assert word in text(language, "stop", detailed=True)


def test_the_detailed_resume_text_relays_the_order() -> None:
    said = text("en", "resume", detailed=True)
    assert "You may take warfarin again from Wed Dec 9" in said
    assert "Plan from Dr. Example" in said
    assert "Wait if you are bleeding or a doctor told you to wait" in said


@pytest.mark.parametrize(
    ("language", "key", "words"),
    [
        ("en", "ride", ("driver", "24 hours", "most of the day")),
        ("es", "ride", ("llevarle a casa", "24 horas", "todo el dia")),
        ("en", "arrival-call", ("A nurse will call you by Mon Dec 7, 4:00 PM",)),
        ("es", "arrival-call", ("enfermera le llamara a mas tardar el lun 7 dic, 4:00 p. m.",)),
        ("en", "fasting", ("Example rule.", "Please arrive at 7:30 AM.", "After hours, call (212) 555-0199.")),
        ("es", "fasting", ("Example rule.", "Hora de llegada: 7:30 a. m.", "llame al (212) 555-0199.")),
        ("en", "day-of", ("Please arrive at 7:30 AM.",)),
        ("en", "after-care", ("Rest until 10:10 AM Wed Dec 9: no driving, no aspirin.",)),
        ("es", "after-care", ("Hasta el mié 9 dic, 10:10 a. m.: descanse, no maneje y no tome aspirina.",)),
        ("en", "resume-aspirin", ("aspirin only if it was yours before and no doctor told you to wait", "slowly")),
        ("es", "resume-aspirin", ("aspirina solo si ya la tomaba y ningun médico le dijo que espere", "poco a poco")),
        ("en", "recovery-check", ("72 hours", "0 to 10", "Replies are not watched all day")),
        ("en", "visit-book", ("around Mon Jan 11",)),
        ("en", "visit-reminder", ("Mon Jan 11 at 10:30 AM",)),
        ("es", "visit-reminder", ("lun 11 ene. Hora: 10:30 a. m.",)),
    ],
)
def test_an_sms_says_what_its_step_is_for(language: str, key: str, words: tuple[str, ...]) -> None:
    for word in words:
        assert word in text(language, key)


@pytest.mark.parametrize(
    ("language", "key", "words"),
    [
        ("en", "fasting", "Ask the nurse what you may eat and drink."),
        ("es", "fasting", "Pregunte a la enfermera"),
        ("en", "day-of", "Please arrive when the nurse told you to."),
        ("en", "after-care", "Rest for 24 hours: no driving, no aspirin."),
        ("es", "after-care", "Por 24 horas: descanse, no maneje y no tome aspirina."),
    ],
)
def test_an_sms_gets_by_without_what_is_not_recorded(language: str, key: str, words: str) -> None:
    assert words in text(language, key, bare=True)


SIGNS: dict[str, tuple[str, ...]] = {
    "en": (
        *("911", "chest pain", "trouble breathing", "weak or numb legs", "loss of bladder or bowel control"),
        *("100.4", "bleeding", "redness"),
    ),
    "es": (
        *("911", "dolor de pecho", "dificultad para respirar", "nueva debilidad o adormecimiento de las piernas"),
        *("control de la orina o las heces", "100.4", "sangrado", "piel roja"),
    ),
}
MORE_SIGNS: dict[str, tuple[str, ...]] = {
    "en": ("drainage", "new rib or back pain", "shooting pain"),
    "es": ("pus o l", "dolor nuevo de costilla o espalda", "dolor punzante"),
}


@pytest.mark.parametrize("key", ["after-care", "recovery-check"])
@pytest.mark.parametrize("channel", list(Channel))
@IN_EACH_LANGUAGE
def test_the_warning_signs_are_told_on_every_channel(language: str, channel: Channel, key: str) -> None:
    said = text(language, key, channel).casefold()
    signs = SIGNS[language]
    if channel is not Channel.SMS or key == "after-care":
        signs += MORE_SIGNS[language]
    assert [sign for sign in signs if sign not in said] == []


@pytest.mark.parametrize(("language", "key"), list(product(LANGUAGES, ("after-care",))))
def test_sore_days_the_usual_reliever_and_the_brace_are_in_email_and_call(language: str, key: str) -> None:
    words = {
        "en": ("sore", "pain reliever", "brace only if we told"),
        "es": ("dolor en la zona", "corsé o faja solo si"),
    }
    for channel in (Channel.EMAIL, Channel.VOICE):
        assert all(word in text(language, key, channel) for word in words[language])


INVITES = re.compile(r"\b(reply|text us|responda|conteste)\b", re.IGNORECASE)
ASKING = {step.key: step.asks for step in the_shipped_protocol().steps if step.asks}
DIGITS = {
    ("en", "pain"): "Reply with your pain, 0 to 10.",
    ("es", "pain"): "Responda con su dolor, de 0 a 10.",
    ("en", "visit"): "Reply 1 if you will come, 2 if you cannot.",
    ("es", "visit"): "Responda 1 si va a venir, 2 si no puede.",
    ("en", "arrival"): "Reply 1 if you will come, 2 if you cannot.",
    ("es", "arrival"): "Responda 1 si va a venir, 2 si no puede.",
}
UNWATCHED = {"en": "Replies are not watched all day.", "es": "No vemos las respuestas todo el dia."}


@EVERYWHERE
def test_only_a_text_of_a_step_that_asks_invites_an_answer(language: str, key: str) -> None:
    for channel, detailed in product(Channel, (False, True)):
        may = key == "welcome" or (key in ASKING and channel is Channel.SMS)  # the welcome names what carriers know
        assert may or not INVITES.search(text(language, key, channel, detailed=detailed))


@pytest.mark.parametrize(("language", "key"), list(product(LANGUAGES, ASKING)))
def test_a_text_that_asks_says_how_to_answer_and_that_nobody_watches_for_it(language: str, key: str) -> None:
    for detailed in (False, True):
        said = text(language, key, detailed=detailed)
        assert DIGITS[language, str(ASKING[key])] in said
        assert UNWATCHED[language] in said
        assert said.index(UNWATCHED[language]) < said.rindex("(212) 555-0123")


@pytest.mark.parametrize(("language", "key"), list(product(LANGUAGES, ASKING)))
def test_a_caregivers_copy_invites_no_answer(language: str, key: str) -> None:
    known = what_is_known(language=language, protocol=the_shipped_protocol(), **RECORDED)
    messages, facts = the_shipped_messages(language), facts_for(known, Channel.SMS)
    assert messages.copies is not None
    copy = render(messages, key, Channel.SMS, detailed=False, facts=facts, copies=messages.copies).text
    assert not INVITES.search(copy)
    assert UNWATCHED[language] in copy


def test_four_steps_ask() -> None:
    asked = {"arrival-call": "arrival", "day-of": "arrival", "recovery-check": "pain", "visit-reminder": "visit"}
    assert asked == ASKING


def test_a_text_of_a_drug_cannot_be_rendered_without_its_order() -> None:
    facts = facts_for(what_is_known(protocol=the_shipped_protocol()))
    with pytest.raises(RenderingError, match="prescriber"):
        render(the_shipped_messages("en"), "stop", Channel.SMS, detailed=False, facts=facts)


def test_every_language_file_names_the_language_of_its_name() -> None:
    files = sorted((LIBRARY / "vertebroplasty").glob("messages.*.toml"))
    named = [tomllib.loads(file.read_text("utf-8"))["language"] for file in files]
    assert [file.name for file in files] == [f"messages.{language}.toml" for language in named]
    assert named == list(LANGUAGES)


@IN_EACH_LANGUAGE
def test_the_longest_values_are_longer_than_everyday_ones(language: str) -> None:
    everyday = facts_for(what_is_known(language=language, protocol=the_shipped_protocol(), **RECORDED))
    assert {name for name, value in everyday.items() if len(value) > len(longest_facts(language)[name])} == set()


# The corrections

WAIT = {
    "en": "We will call you. Until we talk, do not start or stop any medicine because of our messages.",
    "es": "no empiece ni deje de tomar ninguna medicina por lo que digan nuestros mensajes.",
}
HARMLESS = re.compile(
    r"do not start or stop any medicine|no empiece ni deje de tomar ninguna medicina|no tome aspirina"
    r"|planned to start at|not take place|what to take\?|qué puede tomar\?|take you home"
)


@pytest.mark.parametrize(
    ("language", "key", "words"),
    [
        ("en", "cancelled", ("visit on Tue Dec 8 will not take place", "What we told you about it no longer counts")),
        ("es", "cancelled", ("cita del mar 8 dic no se realizara", "Lo que le dijimos sobre ella ya no vale")),
        ("en", "moved", ("now on Tue Dec 8", "9:00 AM", "Earlier dates and times from us no longer", "New messages")),
        ("es", "moved", ("ahora es el mar 8 dic", "9:00 a. m.", "fechas y horas que le dimos antes ya no valen")),
        ("en", "plan", ("Your medicine plan has changed, or we must check it with you", "We will call you")),
        ("es", "plan", ("Su plan de medicinas cambio, o tenemos que revisarlo con usted", "Le llamaremos")),
        ("en", "rest", ("Rest until 10:10 AM Wed Dec 9", "No driving and no aspirin until then")),
        ("es", "rest", ("Hasta el mié 9 dic, 10:10 a. m.: descanse, no maneje y no tome aspirina",)),
        ("en", "visit", ("one-month visit is now on Mon Jan 11 at 10:30 AM",)),
        ("es", "visit", ("visita de un mes ahora es el lun 11 ene. Hora: 10:30 a. m.",)),
        ("en", "arrival", ("Please arrive at 7:30 AM on Tue Dec 8",)),
        ("es", "arrival", ("el mar 8 dic. Hora de llegada: 7:30 a. m.",)),
    ],
)
def test_a_correction_says_what_holds_now(language: str, key: str, words: tuple[str, ...]) -> None:
    for word in words:
        assert word in text(language, f"correction-{key}")


@pytest.mark.parametrize("key", ["moved", "cancelled"])
@pytest.mark.parametrize("channel", list(Channel))
@IN_EACH_LANGUAGE
def test_who_was_told_a_medicine_plan_is_told_to_wait_for_a_call(language: str, channel: Channel, key: str) -> None:
    assert WAIT[language] in text(language, f"correction-{key}", channel)
    assert "medic" not in text(language, f"correction-{key}", channel, bare=True)


@pytest.mark.parametrize("channel", list(Channel))
@pytest.mark.parametrize("bare", [False, True])
def test_the_correction_of_a_medicine_plan_says_always_to_wait_for_a_call(channel: Channel, bare: bool) -> None:
    assert "do not start or stop any medicine" in text("en", "correction-plan", channel, bare=bare)
    assert WAIT["es"] in text("es", "correction-plan", channel, bare=bare)


@EVERY_CORRECTION
def test_no_correction_says_to_start_or_to_stop_a_medicine(language: str, key: str) -> None:
    for channel, detailed in product(Channel, (False, True)):
        said = HARMLESS.sub("", text(language, key, channel, detailed=detailed))
        assert not re.search(r"\b(stop|start|resume|take|empiece|deje|tome|tomar|reanude)\b", said, re.IGNORECASE)


@EVERY_CORRECTION
def test_a_correction_names_a_drug_of_the_plan_in_a_letter_only(language: str, key: str) -> None:
    for channel, detailed in product((Channel.SMS, Channel.VOICE), (False, True)):
        assert "warfarin" not in text(language, key, channel, detailed=detailed)
    assert ("warfarin" in text(language, key, Channel.EMAIL)) == (key == "correction-plan")


@EVERY_CORRECTION
def test_no_correction_says_a_word_that_carriers_read_as_an_opt_out(language: str, key: str) -> None:
    for template in written(the_shipped_messages(language), key).values():
        assert not re.search(r"\b(cancel|quit|unsubscribe|baja)", template, re.IGNORECASE)
        assert "STOP" not in template
