"""What the placeholders stand for: known facts printed, unknown ones absent."""

from typing import Any

import pytest

from reminders.texts.facts import facts_for
from schedules.protocol import Channel
from tests.builders import a_hold, local
from tests.texts import a_site, what_is_known


def facts(channel: Channel = Channel.SMS, **known: Any) -> dict[str, str]:
    return facts_for(what_is_known(**known), channel)


def test_a_bare_booking_knows_the_department_the_person_and_the_dates() -> None:
    assert facts() == {
        "first_name": "Ana",
        "site": "Example Clinic",
        "phone": "(212) 555-0123",
        "call_phone": "(212) 555-0123",
        "address": "1 Example St",
        "procedure_date": "Tue Dec 8",
        "start_time": "9:00 AM",
        "end_date": "Tue Dec 8",
        "visit_date": "Fri Jan 8",
    }


def test_a_booking_without_an_hour_names_none() -> None:
    assert "start_time" not in facts(hour_known=False)


def test_the_end_of_the_rest_is_named_once_the_end_is_recorded() -> None:
    assert "rest_until" not in facts()
    assert facts(ended="2026-12-08 10:10")["rest_until"] == "10:10 AM Wed Dec 9"


def test_the_rest_lasts_24_hours_also_when_the_clocks_change() -> None:
    known = facts(start="2026-10-31 09:00", ended="2026-10-31 10:10")
    assert known["rest_until"] == "9:10 AM Sun Nov 1"


def test_a_booked_visit_has_a_time_and_an_assumed_one_only_a_date() -> None:
    assert "visit_time" not in facts()
    booked = facts(visit="2027-01-11 10:30")
    assert (booked["visit_date"], booked["visit_time"]) == ("Mon Jan 11", "10:30 AM")


def test_what_staff_recorded_is_printed_in_the_sites_time() -> None:
    recorded = {"arrival": local("2026-12-08 07:30"), "call_by": local("2026-12-07 16:00")}
    known = facts(patient_zone="America/Chicago", reminder=recorded)
    assert known["arrival_time"] == "7:30 AM Eastern"
    assert known["call_by"] == "Mon Dec 7, 4:00 PM Eastern"


def test_the_step_date_is_the_reminders_own_at_the_site() -> None:
    assert facts(reminder={"send_at": local("2026-12-02 10:00")})["step_date"] == "Wed Dec 2"


def test_an_order_of_five_days_leaves_five_full_days_without_the_drug() -> None:
    known = facts(holds=(a_hold("warfarin", days=5),), reminder={"drug": "warfarin"})
    assert (known["last_day"], known["first_day"]) == ("Wed Dec 2", "Thu Dec 3")
    assert (known["drug"], known["prescriber"]) == ("warfarin", "Dr. Example")
    assert "resume_day" not in known


def test_the_days_of_an_order_are_counted_on_the_sites_calendar() -> None:
    known = facts(
        start="2026-12-08 22:30", patient_zone="Europe/London", holds=(a_hold(days=1),), reminder={"drug": "warfarin"}
    )
    assert known["first_day"] == "Mon Dec 7"


def test_a_resume_order_is_counted_from_the_recorded_end() -> None:
    known = facts(
        holds=(a_hold(resume_days=2),), ended="2026-12-09 00:10", reminder={"drug": "warfarin", "drug_name": "Warfarin"}
    )
    assert known["resume_day"] == "Fri Dec 11"
    assert known["drug"] == "Warfarin"


def test_a_drug_without_an_order_has_no_facts() -> None:
    assert "drug" not in facts(reminder={"drug": "apixaban"})


def test_a_patient_who_did_not_agree_to_be_named_is_not() -> None:
    assert "first_name" not in facts(reminder={"first_name": None})


@pytest.mark.parametrize(("language", "joined"), [("en", "warfarin and aspirin"), ("es", "warfarina y aspirina")])
def test_the_drugs_of_a_plan_in_doubt_are_named_in_the_patients_language(language: str, joined: str) -> None:
    names = {"en": ("warfarin", "aspirin"), "es": ("warfarina", "aspirina")}[language]
    doubted = {"held_drugs": ("warfarin", "aspirin"), "held_drug_names": names}
    assert facts(language=language, reminder=doubted)["held_drugs"] == joined


def test_a_drug_in_doubt_without_another_name_is_called_by_its_own() -> None:
    assert facts(reminder={"held_drugs": ("examplin",)})["held_drugs"] == "examplin"


def test_without_a_plan_in_doubt_no_drugs_are_held() -> None:
    assert "held_drugs" not in facts()


def test_the_sites_own_rule_and_second_number_are_known_where_it_has_them() -> None:
    site = a_site(fasting_rule="No food after six", phone_after_hours="+12125550199")
    known = facts(site=site)
    assert known["fasting_rule"] == "No food after six"
    assert known["phone_after_hours"] == "(212) 555-0199"


def test_a_voice_hears_full_words_and_single_digits() -> None:
    known = facts(Channel.VOICE, language="es", patient_zone="America/Chicago")
    assert known["procedure_date"] == "martes 8 de diciembre"
    assert known["phone"] == "2 1 2, 5 5 5, 0 1 2 3"
    assert known["start_time"] == "9:00 a. m., hora del este"


@pytest.mark.parametrize("channel", [Channel.SMS, Channel.EMAIL])
def test_sms_and_email_read_alike(channel: Channel) -> None:
    assert facts(channel) == facts()


def test_what_is_known_shows_no_name_when_it_is_printed() -> None:
    assert "Ana" not in repr(what_is_known())
