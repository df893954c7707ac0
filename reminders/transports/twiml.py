"""What a call says, in the markup Twilio reads (TwiML): pure, every word escaped, the message always twice.

Only a person hears more than the discreet words: a machine plays what it was told to anybody in the house.
The turns of a call are counted in the address each key press is posted to, which the provider signs.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit
from xml.etree import ElementTree

from reminders.texts.printing import national_phone, spoken_digits
from reminders.transports.twilio_call_states import FAX_MACHINE, MACHINES, PERSON

# The counters in the address at which a call goes on: repeated messages, repeated choices.
AGAIN_PARAMETER, ASKED_PARAMETER = "again", "asked"
MOST_REPEATS = 2  # after the first time: three times in all
MOST_ASKED = 2
KEY_SECONDS = "6"  # older fingers on a keypad
PAUSE_SECONDS = "1"
CONFIRM, REPEAT = "1", "2"

UNSPEAKABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # what XML cannot hold


@dataclass(frozen=True, kw_only=True, slots=True)
class Voice:
    """Who speaks one language, and the fixed phrases around every message."""

    language: str
    name: str
    confirm: str
    repeat: str
    thanks: str
    goodbye: str
    goodbye_call: str  # where the phone to call is known


VOICES: Mapping[str, Voice] = {
    "en": Voice(
        language="en-US",
        name="Polly.Joanna",
        confirm="To confirm that you heard this message, press 1.",
        repeat="To hear it again, press 2.",
        thanks="Thank you. Goodbye.",
        goodbye="If you have questions, please call us. Goodbye.",
        goodbye_call="If you have questions, please call us. Our phone number is {phone}. Goodbye.",
    ),
    "es": Voice(
        language="es-US",
        name="Polly.Lupe",
        confirm="Para confirmar que oyó este mensaje, oprima 1.",
        repeat="Para oírlo otra vez, oprima 2.",
        thanks="Gracias. Adiós.",
        goodbye="Si tiene preguntas, llámenos. Adiós.",
        goodbye_call="Si tiene preguntas, llámenos. Nuestro teléfono es {phone}. Adiós.",
    ),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Spoken:
    """What one call has to say; `phone` (E.164) is the one to call back."""

    text: str = field(repr=False)
    discreet: str = field(repr=False)
    language: str
    phone: str | None = None


def answer(spoken: Spoken, answered_by: str | None, action_url: str) -> str:
    """The first words, by what Twilio says has answered.

    In doubt the words are discreet, and a person who listens may still press a key.
    """
    machine = answered_by is not None and (answered_by.startswith(MACHINES) or answered_by == FAX_MACHINE)
    text = spoken.text if answered_by == PERSON else spoken.discreet
    return say_twice(text, spoken.language, action_url, machine=machine, phone=spoken.phone)


def say_twice(text: str, language: str, action_url: str, *, machine: bool, phone: str | None = None) -> str:
    """The message twice; a person is then asked for a key, which Twilio posts to `action_url`.

    For a machine give the discreet text: nobody is asked for anything.
    """
    if machine:
        return left_on_a_machine(text, language)
    return _message_and_choices(text, language, action_url, phone)


def left_on_a_machine(text: str, language: str) -> str:
    """The message twice, and nothing else; also for a call of which nobody can say who answers it."""
    response = ElementTree.Element("Response")
    _twice(response, text, VOICES[language])
    return _document(response)


def after_digit(digit: str, text: str, language: str, url: str, *, phone: str | None = None) -> str:
    """What follows a key; `url` is the address the key was posted to, with its counters.

    1 ends the call. 2 says the message again, three times in all; any other key repeats the choices, twice. After
    that the call ends with the phone to call.
    """
    voice, again, asked = VOICES[language], _count(url, AGAIN_PARAMETER), _count(url, ASKED_PARAMETER)
    if digit == CONFIRM:
        return _ending(voice.thanks, voice)
    if digit == REPEAT and again < MOST_REPEATS:
        return _message_and_choices(text, language, _counted(url, AGAIN_PARAMETER, again + 1), phone)
    if digit != REPEAT and asked < MOST_ASKED:
        return _choices_alone(voice, _counted(url, ASKED_PARAMETER, asked + 1), phone)
    return _ending(_goodbye(voice, phone), voice)


def _message_and_choices(text: str, language: str, url: str, phone: str | None) -> str:
    voice = VOICES[language]
    response = ElementTree.Element("Response")
    gather = _gather(response, url)
    _twice(gather, text, voice)
    _pause(gather)
    _say(gather, _choices(voice, url), voice)
    _say(response, _goodbye(voice, phone), voice)  # reached where no key is pressed
    return _document(response)


def _choices_alone(voice: Voice, url: str, phone: str | None) -> str:
    response = ElementTree.Element("Response")
    _say(_gather(response, url), _choices(voice, url), voice)
    _say(response, _goodbye(voice, phone), voice)
    return _document(response)


def _ending(words: str, voice: Voice) -> str:
    response = ElementTree.Element("Response")
    _say(response, words, voice)
    return _document(response)


def _choices(voice: Voice, url: str) -> str:
    """Nobody is offered what would not be done."""
    return f"{voice.confirm} {voice.repeat}" if _count(url, AGAIN_PARAMETER) < MOST_REPEATS else voice.confirm


def _goodbye(voice: Voice, phone: str | None) -> str:
    return voice.goodbye_call.format(phone=spoken_digits(national_phone(phone))) if phone else voice.goodbye


def _gather(parent: ElementTree.Element, url: str) -> ElementTree.Element:
    keys = {"input": "dtmf", "numDigits": "1", "timeout": KEY_SECONDS, "action": url, "method": "POST"}
    return ElementTree.SubElement(parent, "Gather", keys)


def _twice(parent: ElementTree.Element, text: str, voice: Voice) -> None:
    _say(parent, text, voice)
    _pause(parent)
    _say(parent, text, voice)


def _say(parent: ElementTree.Element, text: str, voice: Voice) -> None:
    said = ElementTree.SubElement(parent, "Say", {"voice": voice.name, "language": voice.language})
    said.text = speakable(text)


def _pause(parent: ElementTree.Element) -> None:
    ElementTree.SubElement(parent, "Pause", {"length": PAUSE_SECONDS})


def speakable(text: str) -> str:
    """One line, without the characters XML cannot hold."""
    return " ".join(UNSPEAKABLE.sub(" ", text).split())


def _document(response: ElementTree.Element) -> str:
    body = ElementTree.tostring(response, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>{body}'


def _count(url: str, name: str) -> int:
    """A counter of the address; a value that is none of ours counts as used up."""
    value = dict(parse_qsl(urlsplit(url).query, keep_blank_values=True)).get(name, "0")
    return int(value) if value in {"0", "1", "2"} else max(MOST_REPEATS, MOST_ASKED)


def _counted(url: str, name: str, count: int) -> str:
    parts = urlsplit(url)
    kept = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != name]
    return urlunsplit(parts._replace(query=urlencode([*kept, (name, str(count))])))
