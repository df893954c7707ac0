"""Message files with safe defaults: a test names only the text it is about."""

import tomllib
from functools import cache
from typing import Any

from reminders.texts.facts import Known, SiteFacts
from schedules.corrections import Correction
from schedules.protocol import Protocol, Step
from schedules.texts import Messages, Phrase, StepTexts, load_messages
from schedules.timeline import find_anchors
from schedules.unplanned import Response
from tests.builders import LIBRARY, a_place, a_procedure, a_protocol, a_step, the_shipped_protocol

SMS = "{site}: Please find a driver. Call {phone}."
CORRECTED = {
    "sms": SMS,
    "sms_detailed": SMS,
    "subject": "{site}",
    "subject_detailed": "{site}",
    "email": "Call {phone}.",
    "voice": "Call {phone}.",
    "voice_detailed": "Call {phone}.",
}
RESPONSE = {"sms": SMS}
LANGUAGES = ("en", "es")


@cache
def the_shipped_messages(language: str) -> Messages:
    path = LIBRARY / "vertebroplasty" / f"messages.{language}.toml"
    return load_messages(path.name, tomllib.loads(path.read_text("utf-8")), the_shipped_protocol())


def messages_data(
    texts: dict[str, Any] | None = None,
    *,
    key: str = "ride",
    phrases: dict[str, Any] | None = None,
    language: str = "en",
    corrections: dict[str, dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """A parsed message file for one step whose texts, but for those named, are in order."""
    good = {"sms": SMS, "sms_detailed": SMS}
    data: dict[str, Any] = {"language": language, "steps": {key: good | (texts or {})}}
    data["corrections"] = {str(kind): CORRECTED for kind in Correction} | (corrections or {})
    data["responses"] = {str(kind): RESPONSE for kind in Response}
    return data if phrases is None else data | {"phrases": phrases}


def load(data: dict[str, Any], step: Step | None = None) -> Messages:
    return load_messages("messages.en.toml", data, a_protocol(step or a_step()))


def a_message(language: str = "en", phrases: dict[str, Phrase] | None = None, **texts: str) -> Messages:
    """The texts of a step `ride`, as they stand: not checked as a file would be."""
    return Messages(language=language, phrases=phrases or {}, steps={"ride": StepTexts(**texts)})


def a_site(**changes: Any) -> SiteFacts:
    return SiteFacts(**{"name": "Example Clinic", "phone": "+12125550123", "address": "1 Example St"} | changes)


def what_is_known(
    *,
    language: str = "en",
    patient_zone: str | None = None,
    site_zone: str = "America/New_York",
    site: SiteFacts | None = None,
    protocol: Protocol | None = None,
    reminder: dict[str, Any] | None = None,
    **procedure: Any,
) -> Known:
    """Ana, whose procedure is on Tuesday 2026-12-08 at nine; `reminder` holds what one reminder adds."""
    booked, place = a_procedure(**procedure), a_place(site_zone, patient_zone)
    return Known(
        language=language,
        site=site or a_site(),
        procedure=booked,
        place=place,
        anchors=find_anchors(protocol or a_protocol(), booked, place),
        **({"first_name": "Ana"} | (reminder or {})),
    )
