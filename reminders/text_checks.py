"""What a language's texts cost and how hard they read: told before a clinician approves, not at send time.

Lengths are counted with the longest values that settings and enrollment accept.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo

from reminders.readability import Reading, reading
from reminders.rendering import render
from reminders.texts.facts import Facts
from reminders.texts.printing import STYLES, Printer
from reminders.texts.segments import fold_gsm7, is_gsm7, segments
from schedules.medications import Medications, shipped_medications
from schedules.protocol import Channel
from schedules.texts import DISCREET_KEYS, FACTS, SMS_KEYS, CopyTexts, Messages, Phrase, placeholders, table_of
from schedules.unplanned import RESPONSES, is_planned

MOST_SEGMENTS = {"en": 2, "es": 3}
LONGEST_SITE, LONGEST_FIRST_NAME, LONGEST_PRESCRIBER = 30, 20, 30
LONGEST_FASTING_RULE, LONGEST_ADDRESS = 80, 80
LONGEST_PHONE = "(212) 555-0123"
MOST_HELD_DRUGS = 2

# Every month with every weekday, on days of two digits; and the zones of North America, seen from elsewhere.
DATES = tuple(datetime(2026, month, day, 18, 30, tzinfo=UTC) for month in range(1, 13) for day in range(22, 29))
ZONES = ("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles", "America/Anchorage")
ISLANDS = ("America/Puerto_Rico", "Pacific/Honolulu")
ELSEWHERE = ZoneInfo("Europe/London")


def text_problems(messages: Messages) -> list[str]:
    """Everything that keeps these texts from a clinician's approval; empty when there is nothing."""
    drugs = shipped_medications()
    return [
        *check_segments(messages),
        *check_drug_names(messages, drugs),
        *check_reading(messages),
    ]


def check_segments(messages: Messages) -> list[str]:
    """SMS texts that leave GSM-7 or take more segments than their language may."""
    most = MOST_SEGMENTS[messages.language]
    found = []
    for step, texts in messages.steps.items():
        for key, template in texts.written().items():
            if key not in SMS_KEYS:
                continue
            where = f"{table_of(step)}.{key}"
            if strange := _outside_gsm7(messages, template):
                found.append(f"{where}: {', '.join(strange)} cannot be written in GSM-7")
            elif (count := segments(longest_sms(messages, step, key))) > most:
                found.append(f"{where}: takes {count} SMS segments with the longest values; at most {most}")
            elif key in DISCREET_KEYS and step not in RESPONSES and (count := _segments_of_copy(messages, step)) > most:
                found.append(f"{where}: takes {count} SMS segments as a caregiver's copy; at most {most}")
    return found


def _segments_of_copy(messages: Messages, step: str) -> int:
    """What a copy takes with the longest values; none where the language has no words for copies."""
    return segments(longest_sms(messages, step, "sms", copies=messages.copies)) if messages.copies else 0


def longer_than(messages: Messages, most: int) -> list[str]:
    """The planned steps whose discreet SMS may take more characters than this."""
    keys = [key for key, texts in messages.steps.items() if is_planned(key) and texts.sms is not None]
    return [key for key in keys if len(longest_sms(messages, key, "sms")) > most]


def check_drug_names(messages: Messages, drugs: Medications) -> list[str]:
    """Discreet texts that name a prescription drug."""
    return [
        f"{where}: is discreet and must not name {name!r}"
        for where, template in _discreet_texts(messages)
        if (name := drugs.prescription_in(" ".join(_wordings(messages, template))))
    ]


def _discreet_texts(messages: Messages) -> Iterator[tuple[str, str]]:
    """Each with the key it stands under."""
    for step, texts in messages.steps.items():
        yield from ((f"{table_of(step)}.{key}", text) for key, text in texts.written().items() if key in DISCREET_KEYS)
    for kind, entry in messages.entries.items():
        yield from ((f"calendar.{kind}.title", entry.title), (f"calendar.{kind}.note", entry.note))


def check_reading(messages: Messages) -> list[str]:
    """The reading grade, where it misses its limit."""
    found = reading_of(messages)
    if found.passes:
        return []
    return [f"reads too hard: {found.measure} {found.value:.1f}, the limit is {found.limit:.1f}"]


def reading_of(messages: Messages) -> Reading:
    """The reading measure over every text of the language, with everyday values for the placeholders."""
    return reading(messages.language, finished_texts(messages))


def finished_texts(messages: Messages) -> Iterator[str]:
    """Every text of the language as a patient with everything recorded would get it."""
    facts = _sample_facts(messages.language)
    for step, texts in messages.steps.items():
        for channel, key in ((Channel.SMS, "sms"), (Channel.EMAIL, "email"), (Channel.VOICE, "voice")):
            if getattr(texts, key) is None:
                continue
            for detailed in (False, True) if key != "email" else (True,):
                yield render(messages, step, channel, detailed=detailed, facts=facts).text


def longest_sms(
    messages: Messages, step: str, key: str, copies: CopyTexts | None = None, known: Facts | None = None
) -> str:
    """A step's SMS with the longest values and, of each phrase, the longer wording; `known` values as they are."""
    facts = {**longest_facts(messages.language), **(known or {})}
    longer = {name: _longer(phrase, facts) for name, phrase in messages.phrases.items()}
    widened = replace(messages, phrases=longer)
    return render(widened, step, Channel.SMS, detailed=key == "sms_detailed", facts=facts, copies=copies).text


def _longer(phrase: Phrase, facts: Facts) -> Phrase:
    wording = max((phrase.text, phrase.otherwise), key=lambda text: len(_filled(text, facts)))
    return Phrase(needs=(), text=wording, otherwise=wording)


def _filled(text: str, facts: Facts) -> str:
    return re.sub(r"\{([a-z_]+)\}", lambda match: facts[match[1]], text)


@cache
def longest_facts(language: str) -> Facts:
    """For every fact a value as long as it can get in this language."""
    style = STYLES[language]
    day = max((_printer(language, ZONES[0]).day_of(date) for date in DATES), key=len)
    clock = max((_printer(language, zone).time(DATES[0]) for zone in ZONES + ISLANDS), key=len)
    names = [row.name_in(language) for row in shipped_medications().rows]
    return {
        **dict.fromkeys(FACTS, day),
        **dict.fromkeys(("start_time", "arrival_time", "visit_time"), clock),
        **dict.fromkeys(("phone", "phone_after_hours", "call_phone"), LONGEST_PHONE),
        "call_by": style.dated_time.format(date=day, time=clock),
        "rest_until": style.until_zoned.format(date=day, time=clock),
        "site": "x" * LONGEST_SITE,
        "first_name": "x" * LONGEST_FIRST_NAME,
        "prescriber": "x" * LONGEST_PRESCRIBER,
        "address": "x" * LONGEST_ADDRESS,
        "fasting_rule": "x" * LONGEST_FASTING_RULE,
        "drug": max(names, key=len),
        "held_drugs": _printer(language, ZONES[0]).names(sorted(names, key=len)[-MOST_HELD_DRUGS:]),
    }


def _sample_facts(language: str) -> Facts:
    printer = Printer(language=language, site_zone=ZoneInfo(ZONES[0]), patient_zone=ZoneInfo(ZONES[0]))
    day, clock = printer.day_of(DATES[0]), printer.time(DATES[0])
    drug = shipped_medications().row("warfarin").name_in(language)
    return {
        **dict.fromkeys(FACTS, day),
        **dict.fromkeys(("start_time", "arrival_time", "visit_time"), clock),
        **dict.fromkeys(("phone", "phone_after_hours", "call_phone"), LONGEST_PHONE),
        **dict.fromkeys(("drug", "held_drugs"), drug),
        "call_by": printer.dated_time(DATES[0]),
        "rest_until": printer.until(DATES[0]),
        "site": "Example Clinic",
        "first_name": "Ana",
        "prescriber": "Dr Example",
        "address": "1 Example St",
        "fasting_rule": {"en": "No food for 6 hours before", "es": "No coma nada 6 horas antes"}[language],
    }


def _printer(language: str, zone: str) -> Printer:
    return Printer(language=language, site_zone=ZoneInfo(zone), patient_zone=ELSEWHERE)


def _wordings(messages: Messages, template: str) -> Iterator[str]:
    """A template and every wording of the phrases it uses."""
    yield template
    for name in placeholders(template):
        if name in messages.phrases:
            yield messages.phrases[name].text
            yield messages.phrases[name].otherwise


def _outside_gsm7(messages: Messages, template: str) -> list[str]:
    written = "".join(_wordings(messages, template))
    return sorted({repr(char) for char in fold_gsm7(written) if not is_gsm7(char)})
