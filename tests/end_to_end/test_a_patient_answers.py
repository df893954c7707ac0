"""A patient confirms, reports pain, raises an alarm, wants no more texts, or cannot get any: against `reminders serve`.

The provider's callbacks come in at the public address with true signatures; everything is read by commands.
"""

from collections.abc import Iterator

import pytest
import requests

from tests.end_to_end.conversing import INBOUND_URL, REST, Clinic, Patient, serving
from tests.end_to_end.running import FROM_NUMBER, House, wait_until
from tests.servers.twilio import TwilioMessage, TwilioServer
from tests.servers.twilio_callbacks import Heard, reply_form, signed

pytestmark = pytest.mark.slow

PHONE = "(212) 555-0100"
ALARM = "my chest hurts and I cant breathe"
ENOUGH = "please stop texting me"


@pytest.fixture
def clinic(house: House, twilio: TwilioServer) -> Iterator[Clinic]:
    with serving(house, twilio) as clinic:
        yield clinic


@pytest.fixture
def patient(clinic: Clinic) -> Patient:
    """Enrolled and welcomed."""
    patient = clinic.enroll()
    patient.is_welcomed()
    return patient


# Receipts and answers


def test_receipts_bring_a_text_to_delivered_in_whatever_order_they_come(clinic: Clinic) -> None:
    patient = clinic.enroll()
    welcome = patient.is_welcomed()
    patient.reports(welcome, "sent")
    assert patient.states("hello") == ["sent"]
    patient.reports(welcome, "delivered")
    (delivery,) = patient.comes_to("hello", "delivered")["deliveries"]
    assert (delivery["state"], delivery["provider_id"]) == ("delivered", welcome.sid)

    question = patient.is_asked("arrival")
    patient.reports(question, "delivered", "sent", "delivered", "queued")
    assert patient.states("hello", "arrival") == ["delivered", "delivered"]


def test_a_yes_is_noted_and_ends_what_would_ask_again_but_no_step_of_safety(patient: Patient) -> None:
    patient.is_asked("arrival")
    patient.writes("1")
    assert "We have noted your answer" in patient.gets("the response").body

    assert patient.states(*REST) == ["planned", "planned", "planned", "withdrawn"]
    assert patient.reminders()["arrival-again"]["reason"] == "confirmed by the patient"
    assert patient.clinic.tasks() == []
    assert patient.is_asked("stop:warfarin")  # and it leaves


def test_strong_pain_becomes_a_task_and_the_strongest_an_urgent_one_with_the_words_to_call(patient: Patient) -> None:
    patient.is_asked("check")
    patient.writes("8")
    assert "We have noted your answer" in patient.gets("the response").body
    (task,) = patient.tasks("pain")
    assert (task["urgent"], task["text"]) == (False, "8")

    patient.writes("9")
    assert f"Please call us now at {PHONE}" in patient.gets("the response").body
    assert [(task["urgent"], task["text"]) for task in patient.tasks("pain")] == [(True, "9"), (False, "8")]


def test_a_red_flag_is_told_to_call_911_and_stands_first_on_the_worklist(patient: Patient) -> None:
    patient.writes(ALARM)
    assert "Call 911 now" in patient.gets("the response").body
    (task,) = patient.clinic.tasks()
    assert (task["kind"], task["urgent"], task["text"]) == ("red-flag", True, ALARM)


def test_help_is_answered_with_who_we_are_and_which_phone(patient: Patient) -> None:
    patient.writes("HELP")
    answer = patient.gets("the response").body
    assert answer.startswith("Example Radiology: ")
    assert PHONE in answer
    assert patient.clinic.tasks() == []


# An end to texts


def wants_no_more(patient: Patient) -> None:
    patient.writes(ENOUGH)
    assert "You will get no more texts from us" in patient.gets("the confirmation").body
    assert patient.shown()["consent"] == []


def test_after_an_opt_out_every_step_that_is_left_becomes_a_call_and_no_text_leaves(patient: Patient) -> None:
    patient.is_asked("arrival")
    wants_no_more(patient)
    (told,) = patient.tasks("opt-out")
    left = ("check", *REST)
    assert [key for key in left if key not in told["reason"]] == []

    patient.clinic.house.bring_due(patient.id, *left)
    wait_until(lambda: patient.states(*left) == ["missed"] * 5, "every step comes to its end")
    (nurse,) = patient.tasks("call")
    assert nurse["reason"] == "Nurse's call: arrival-call."
    calls = {task["reason"].partition(": ")[0]: task for task in patient.tasks("no-channel")}
    assert sorted(calls) == sorted({*left} - {"arrival-call"})
    assert calls["stop:warfarin"]["urgent"]
    assert "call the patient" in calls["stop:warfarin"]["reason"]

    patient.writes(ENOUGH)  # once more: it is confirmed already
    assert [each["step"] for each in patient.responses()] == ["response-stopped"]
    assert patient.gets_nothing_more()


def test_start_brings_the_texts_back(patient: Patient) -> None:
    wants_no_more(patient)
    patient.writes("START")
    assert "You will get our texts again" in patient.gets("the response").body
    assert (patient.shown()["consent"], patient.tasks("opt-out")) == (["sms"], [])
    for key in ("check", "stop:warfarin", "ride"):
        patient.is_asked(key)


# What is not the provider's


def refused(twilio: TwilioServer, url: str, form: dict[str, str], headers: dict[str, str]) -> bool:
    return requests.post(twilio.reach(url), data=form, headers=headers, timeout=60).status_code == 403


def receipt(message: TwilioMessage, status: str) -> dict[str, str]:
    form = reply_form(message.sid, FROM_NUMBER, message.to, "")
    return {name: text for name, text in form.items() if name not in ("Body", "SmsStatus")} | {"MessageStatus": status}


def test_a_forged_callback_is_refused_and_changes_nothing(patient: Patient, twilio: TwilioServer) -> None:
    welcome, question = patient.texts[0], patient.is_asked("arrival")
    url, other = (message.form["StatusCallback"] for message in (welcome, question))
    failed, stop = receipt(welcome, "failed"), reply_form("SM" + "f" * 32, patient.phone, FROM_NUMBER, "STOP")
    misdirected = url.partition("delivery=")[0] + "delivery=" + other.partition("delivery=")[2]
    before = patient.shown(), patient.clinic.tasks()
    assert misdirected not in (url, other)

    assert refused(twilio, url, failed, signed(url, failed, "another token"))
    assert refused(twilio, url, failed, {})
    assert refused(twilio, url, failed, signed(url, receipt(welcome, "sent")))  # altered on the way
    assert refused(twilio, misdirected, failed, signed(misdirected, failed))
    assert refused(twilio, INBOUND_URL, stop, signed(INBOUND_URL, stop, "another token"))
    assert (patient.shown(), patient.clinic.tasks()) == before
    assert patient.gets_nothing_more()

    patient.reports(welcome, "delivered")  # the very same address, truly signed
    assert (patient.shown(), patient.clinic.tasks()) != before


# A phone that takes no texts


def picks_up(patient: Patient, answered_by: str, digits: str = "") -> Heard:
    """The next call is answered."""
    calls = len([call for call in patient.calls if call.status == "completed"])
    wait_until(lambda: len(patient.calls) > calls, "the phone rings")
    heard = patient.clinic.twilio.answer_call(patient.calls[-1].sid, answered_by, digits)
    assert heard.receipt is not None
    assert heard.receipt.status == 204
    return heard


def test_a_landline_gets_a_call_instead_and_staff_hear_of_it(clinic: Clinic) -> None:
    patient = clinic.enroll("--detailed", consent="sms,voice")
    welcome = patient.is_welcomed()
    patient.reports(welcome, "sent")
    patient.reports(welcome, "undelivered", code=30006)

    heard = picks_up(patient, "human", digits="1")
    message = "This is Example Radiology. About hello before your vertebroplasty."
    assert [said.startswith(message) for said in heard.said[:3]] == [True, True, False]
    assert heard.said[-1] == "Thank you. Goodbye."
    by_text, by_call = patient.comes_to("hello", "delivered")["deliveries"]
    assert [by_text[word] for word in ("channel", "state", "code")] == ["sms", "undelivered", "30006"]
    assert [by_call[word] for word in ("channel", "state")] == ["voice", "delivered"]

    (task,) = patient.tasks("unreachable")
    assert task["reason"] == "The number cannot receive texts (30006). Voice is used from now on."
    assert patient.shown()["consent"] == ["voice"]


def test_a_machine_that_answers_hears_the_discreet_words_alone(clinic: Clinic) -> None:
    patient = clinic.enroll("--detailed", consent="sms,voice")
    patient.reports(patient.is_welcomed(), "undelivered", code=30006)
    picks_up(patient, "human", digits="1")

    clinic.house.let_calls_be_past()  # or the next would wait for ten minutes
    clinic.house.bring_due(patient.id, "stop:warfarin")
    heard = picks_up(patient, "machine_end_beep", digits="1")
    assert len(set(heard.said)) == 1
    assert len(heard.said) == 2
    assert heard.said[0].startswith("This is Example Radiology. Please call ")
    (call,) = patient.comes_to("stop:warfarin", "delivered")["deliveries"]
    assert call["reason"] == "left on an answering machine (discreet words)"
    assert len(patient.texts) == 1  # what could not arrive is not tried again


# The whole of it


def test_two_patients_are_told_apart_and_serve_ends_without_having_named_them(clinic: Clinic) -> None:
    patients = [clinic.enroll() for _ in range(2)]
    for patient in patients:
        patient.is_welcomed()
        patient.is_asked("check")
    confirming, leaving = patients
    leaving.writes(ENOUGH)
    leaving.gets("the confirmation")
    confirming.writes("8")
    confirming.gets("the response")
    assert [patient.shown()["consent"] for patient in patients] == [["sms"], []]
    assert [len(patient.tasks("pain")) for patient in patients] == [1, 0]
    clinic.house.bring_due(leaving.id, "ride")
    confirming.is_asked("ride")
    leaving.comes_to("ride", "missed")
    assert leaving.gets_nothing_more()
