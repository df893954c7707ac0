"""Words that no text may say, in every language: days counted from the sending, literal dates, opt-out traps."""

import pytest

from schedules.wording import LANGUAGES, forbidden, indiscreet

EN_LATE = [
    "See you tomorrow.",
    "Today is your visit.",
    "TONIGHT, eat nothing.",
    "Yesterday we called.",
    "Come this afternoon.",
    "Your visit is in 3 days.",
    "It is in two weeks.",
    "Come back in a month.",
    "In about 14 days you come back.",
    "Your visit is 3 days from now.",
    "Five days to go.",
    "2 days ago you came.",
    "We call you next week.",
    "Come next Monday.",
    "Last night you slept here.",
    "We see you on Tuesday.",
    "Come on December 8.",
    "Come on 8 Dec.",
    "Come on the 8th of December.",
    "Come on 12/08/2026.",
    "Come on 2026-12-08.",
]
ES_LATE = [
    "Nos vemos mañana.",
    "Hoy es su cita.",
    "No coma nada por la mañana.",
    "Nos vemos man\u0303ana.",
    "Ayer le llamamos.",
    "Esta noche no coma nada.",
    "Su cita es en 3 días.",
    "Su cita es dentro de dos semanas.",
    "Vuelva dentro de un mes.",
    "Faltan 2 días.",
    "Le llamamos la próxima semana.",
    "Le llamamos la semana que viene.",
    "Nos vemos el martes.",
    "Venga el 8 de diciembre.",
    "Venga el 08/12.",
]
EN_HOURS = [
    "Come at 9:00.",
    "Come at 9 AM.",
    "Come at 9 a.m.",
    "Nothing after midnight.",
    "Come at noon.",
    "9 o'clock.",
]
ES_HOURS = ["Venga a las 9.", "Venga a la una.", "Venga 9:00.", "Nada desde la medianoche.", "Venga al mediodía."]
EN_TRAPS = [
    "Reply CANCEL to cancel your visit.",
    "Reply STOP to cancel your visit.",
    "Reply stop if you feel sick.",
    "Text us END when you are done.",
    "Reply YES to confirm.",
    "Reply with 'no' if you cannot come.",
    "Reply OK now.",
    "Press QUIT.",
    "Have you stopped your aspirin?",
    "Did you stop or go on?",
    "Do you want to cancel?",
]
ES_TRAPS = [
    "Responda CANCELAR para cambiar su cita.",
    "Responda con baja.",
    "Responda STOP si se siente mal.",
    "Responda SÍ.",
    "Responda OK ya.",
    "¿Ya dejó la aspirina?",
    "¿Quiere cancelar su cita?",
    "Escriba FIN.",
]


@pytest.mark.parametrize("text", EN_LATE)
def test_an_english_text_names_no_day_but_by_a_placeholder(text: str) -> None:
    assert "write the date as a placeholder" in (forbidden("en", text) or "")


@pytest.mark.parametrize("text", ES_LATE)
def test_a_spanish_text_names_no_day_but_by_a_placeholder(text: str) -> None:
    assert "write the date as a placeholder" in (forbidden("es", text) or "")


@pytest.mark.parametrize(("language", "texts"), [("en", EN_HOURS), ("es", ES_HOURS)])
def test_a_text_names_no_hour_but_by_a_placeholder(language: str, texts: list[str]) -> None:
    for text in texts:
        assert "hours stand only in placeholders" in (forbidden(language, text) or ""), text


@pytest.mark.parametrize(("language", "texts"), [("en", EN_TRAPS), ("es", ES_TRAPS)])
def test_no_text_asks_for_a_word_that_ends_the_messages(language: str, texts: list[str]) -> None:
    for text in texts:
        assert "opt-out" in (forbidden(language, text) or ""), text


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Do not drive for 24 hours. You may be sore for 2 or 3 days."),
        ("en", "Relief can take up to 72 hours."),
        ("en", "Your last day with {drug} is {last_day}."),
        ("en", "You may call us. We are here 24/7."),
        ("en", "Do not stop any medicine on your own. Not sure? Call {phone}."),
        ("en", "Reply HELP for help, STOP to end texts."),
        ("en", "Reply with a number from 0 to 10."),
        ("en", "The night before your visit, rest in the afternoon."),
        ("es", "No maneje por 24 horas. Puede doler por 2 o 3 días."),
        ("es", "Responda HELP para ayuda o STOP para no recibir más."),
        ("es", "Su último día con {drug} es el {last_day}."),
        ("es", "No deje de tomar nada. ¿Tiene dudas? Llame al {phone}."),
        ("es", "Responda con un número de 0 a 10."),
    ],
)
def test_durations_placeholders_and_the_known_keywords_may_stand(language: str, text: str) -> None:
    assert forbidden(language, text) is None


def test_a_line_break_hides_nothing() -> None:
    assert forbidden("en", "Your visit is in\n3 days.") is not None


def test_the_refusal_quotes_what_was_found() -> None:
    assert (forbidden("en", "See you tomorrow.") or "").startswith("must not say 'tomorrow': ")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("word", ["vertebroplast", "osteoporo"])
def test_a_procedure_and_a_diagnosis_give_a_text_away_in_every_language(language: str, word: str) -> None:
    assert indiscreet(language, f"Your {word}y.") == f"{word}y"


@pytest.mark.parametrize(
    ("language", "text"), [("en", "New back pain or numb legs."), ("es", "Dolor nuevo de espalda, piernas dormidas.")]
)
def test_a_warning_sign_is_discreet(language: str, text: str) -> None:
    assert indiscreet(language, text) is None
