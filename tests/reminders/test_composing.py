"""One stored reminder becomes the words that leave: the facts of this patient, this site and this plan."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from reminders.composing import Composed, compose
from reminders.protocols import Library
from reminders.records import Contact
from reminders.rendering import Rendered, RenderingError
from reminders.settings import SiteSettings
from schedules.medications import shipped_medications
from schedules.procedure import Hold
from schedules.protocol import Channel
from tests.builders import CHICAGO, NEW_YORK, a_place, local
from tests.reminders.builders import a_reminder, a_site, an_enrollment

WARFARIN = Hold(drug="warfarin", days=5, ordered_by="Dr. Example", resume_days=1)
SHIPPED = Library().load("vertebroplasty")


def composed(key: str, channel: str = "sms", *, site: dict[str, Any] | None = None, **enrollment: Any) -> Rendered:
    return whole(key, channel, site=site, **enrollment).rendered


def whole(key: str, channel: str = "sms", *, site: dict[str, Any] | None = None, **enrollment: Any) -> Composed:
    sent_at: datetime = enrollment.pop("sent_at", local("2026-12-05 12:00"))
    place = a_place(NEW_YORK, enrollment.pop("patient", NEW_YORK))
    return compose(
        an_enrollment(**enrollment),
        a_reminder(key, send_at=sent_at),
        Channel(channel),
        version=SHIPPED,
        site=SiteSettings.model_validate(a_site(**site or {})),
        place=place,
        medications=shipped_medications(),
    )


def test_a_text_names_the_site_its_phone_and_the_day() -> None:
    text = composed("ride").text

    assert text.startswith("Example Radiology: ")
    assert "Tue Dec 8" in text
    assert "(212) 555-0100" in text


PAT = Contact(name="Pat Example", email="pat@example.org")


def test_a_letter_has_a_subject_a_text_and_a_page() -> None:
    letter = composed("prepare", "email", contact=PAT)

    assert "Tue Dec 8" in letter.text
    assert letter.subject is not None
    assert letter.html is not None


def test_a_letter_greets_by_the_first_name_only_a_patient_who_agreed_to_details() -> None:
    assert composed("prepare", "email", contact=PAT, detailed=True).text.startswith("Hello Pat,\n")
    assert composed("prepare", "email", contact=PAT).text.startswith("Hello,\n")


@pytest.mark.parametrize("channel", ["sms", "email", "voice"])
def test_without_detailed_consent_no_message_names_the_person(channel: str) -> None:
    letter = composed("prepare", channel, contact=PAT)

    assert not any("Pat " in (part or "") for part in (letter.subject, letter.text, letter.html))


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_call_has_discreet_words_beside_the_detailed_ones(language: str) -> None:
    call = whole("prepare", "voice", contact=PAT, detailed=True, language=language)

    assert "vertebroplast" in call.rendered.text
    assert call.discreet is not None
    assert "vertebroplast" not in call.discreet


def test_the_discreet_words_of_a_call_are_those_a_patient_without_detailed_consent_hears() -> None:
    detailed, discreet = (whole("ride", "voice", contact=PAT, detailed=agreed) for agreed in (True, False))

    assert detailed.discreet == discreet.rendered.text == discreet.discreet


@pytest.mark.parametrize("channel", ["sms", "email"])
def test_only_a_call_has_discreet_words_of_its_own(channel: str) -> None:
    assert whole("ride", channel, contact=PAT, detailed=True).discreet is None


def test_what_a_machine_may_hear_is_not_shown() -> None:
    call = whole("ride", "voice", contact=PAT)

    assert call.discreet is not None
    assert call.discreet not in repr(call)


def test_a_correction_is_composed_like_a_step() -> None:
    assert "now on Tue Dec 8" in composed("correction-moved").text


def test_a_correction_says_to_wait_for_a_call_where_a_medicine_plan_is_in_doubt() -> None:
    wait = "do not start or stop any medicine"
    doubted = replace(WARFARIN, confirmed=False)

    assert wait in composed("correction-moved", holds=(doubted,)).text
    assert wait not in composed("correction-moved", holds=(WARFARIN,)).text


def test_a_letter_names_the_drugs_of_a_plan_in_doubt_in_the_patients_language() -> None:
    doubted = replace(WARFARIN, confirmed=False)

    assert "warfarina" in composed("correction-plan", "email", holds=(doubted,), language="es").text


def test_a_patient_is_written_to_in_the_language_of_the_enrollment() -> None:
    assert "mar 8 dic" in composed("ride", language="es").text


def test_without_detailed_consent_neither_drug_nor_instruction_is_named() -> None:
    text = composed("stop:warfarin", holds=(WARFARIN,), sent_at=local("2026-12-02 10:00")).text

    assert "warfarin" not in text.lower()
    assert "Dr. Example" in text
    assert "Wed Dec 2" in text


def test_with_detailed_consent_the_drug_and_its_days_are_named() -> None:
    text = composed("stop:warfarin", holds=(WARFARIN,), detailed=True).text

    assert "warfarin" in text.lower()


def test_a_drug_is_called_as_the_patients_language_calls_it() -> None:
    assert "warfarina" in composed("stop:warfarin", holds=(WARFARIN,), detailed=True, language="es").text.lower()


def test_a_drug_that_left_the_list_is_called_by_its_recorded_name() -> None:
    hold = Hold(drug="examplin", days=5, ordered_by="Dr. Example")

    assert "examplin" in composed("stop:examplin", holds=(hold,), detailed=True).text


def test_the_nurses_call_is_announced_by_when_its_task_is_due() -> None:
    assert "Mon Dec 7, 4:00 PM" in composed("arrival-call", sent_at=local("2026-12-07 10:00")).text


def test_the_sites_own_rule_for_food_is_relayed_in_the_patients_language() -> None:
    texts = {"en": {"fasting": "No food after midnight"}}

    assert "No food after midnight." in composed("fasting", site={"texts": texts}).text
    assert "No food" not in composed("fasting", site={"texts": texts}, language="es").text
    assert "Ask the nurse" in composed("fasting").text


def test_the_end_of_the_rest_is_told_only_once_the_end_is_recorded() -> None:
    assert "10:10 AM Wed Dec 9" in composed("after-care", ended_at=local("2026-12-08 10:10")).text
    assert "AM" not in composed("after-care").text


def test_a_recorded_arrival_is_told() -> None:
    assert "7:30 AM" in composed("day-of", arrival_at=local("2026-12-08 07:30")).text


def test_hours_name_the_sites_zone_to_a_patient_elsewhere() -> None:
    text = composed("day-of", arrival_at=local("2026-12-08 07:30"), patient=CHICAGO, zone="America/Chicago").text

    assert "7:30 AM Eastern" in text


def test_a_text_whose_facts_are_not_known_is_an_error_and_never_has_a_hole() -> None:
    unworded = a_reminder("stop:warfarin")

    with pytest.raises(RenderingError):
        compose(
            an_enrollment(),  # no order: the facts of the drug are not known
            unworded,
            Channel.SMS,
            version=SHIPPED,
            site=SiteSettings.model_validate(a_site()),
            place=a_place(),
            medications=shipped_medications(),
        )
