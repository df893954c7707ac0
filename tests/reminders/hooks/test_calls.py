"""What a call says to whom, and what a key pressed in it leaves behind."""

from typing import Any
from xml.etree import ElementTree

import pytest
from sqlalchemy import insert, update

from reminders.clock import ManualClock
from reminders.database import tables
from reminders.hooks.base import CallEvent, HookRequest
from reminders.hooks.calls import call_script
from reminders.hooks.twilio import parse_call
from reminders.service import Service
from tests.reminders.builders import deliveries, enrolled_id, in_memory, send_due, set_reminder
from tests.reminders.web.calling import CALL, PUBLIC, all_rows, ledger

UNKNOWN = "d" * 32


@pytest.fixture
def patient(service: Service, clock: ManualClock) -> str:
    """The enrollment of somebody with whom details may be spoken of, and whose first message left as a call."""
    id_ = enrolled_id(service, consent="voice", detailed=True)
    set_reminder(service, id_, "welcome", channels=["voice"], channel="voice")
    send_due(service, in_memory(clock))
    return id_


@pytest.fixture
def delivery(service: Service, patient: str) -> str:
    (called,) = deliveries(service, patient)
    assert called["channel"] == "voice"
    with service.engine.begin() as connection:
        connection.execute(update(tables.deliveries).values(provider_id=CALL))
    return str(called["id"])


def event(delivery: str | None, **changes: Any) -> CallEvent:
    values: dict[str, Any] = {"answered_by": "human", "digits": None, "again": 0}
    return CallEvent(provider_id=CALL, delivery=delivery, **values | changes)


def said(script: str) -> str:
    return " ".join(part.text or "" for part in ElementTree.fromstring(script).iter("Say"))  # noqa: S314 (our own)


def action(script: str) -> str | None:
    gather = ElementTree.fromstring(script).find("Gather")  # noqa: S314 (our own)
    return None if gather is None else gather.get("action")


def test_a_person_hears_the_message_and_is_asked_for_a_key(service: Service, delivery: str) -> None:
    script = call_script(service, event(delivery))
    assert said(script).count("vertebroplasty") >= 2
    assert "press 1" in said(script)
    assert ledger(service.engine) == []


@pytest.mark.parametrize("machine", ["machine_end_beep", "machine_start", "fax"])
def test_a_machine_hears_the_discreet_words_alone(service: Service, delivery: str, machine: str) -> None:
    script = call_script(service, event(delivery, answered_by=machine))
    assert "Example Radiology" in said(script)
    assert "vertebroplasty" not in said(script)
    assert action(script) is None


@pytest.mark.parametrize("unsure", [None, "unknown"])
def test_in_doubt_the_words_are_discreet(service: Service, delivery: str, unsure: str | None) -> None:
    assert "vertebroplasty" not in said(call_script(service, event(delivery, answered_by=unsure)))


def test_the_next_turn_comes_to_an_address_of_ours_with_its_counters(service: Service, delivery: str) -> None:
    address = action(call_script(service, event(delivery, digits="2"))) or ""
    assert address.startswith(f"{PUBLIC}/hooks/twilio/voice?mac=")

    form = [("CallSid", CALL), ("Digits", "2")]
    following = parse_call(HookRequest(url=address, form=form, headers={}))
    assert (following.delivery, following.again, following.asked) == (delivery, 1, 0)


def test_one_confirms_once(service: Service, clock: ManualClock, delivery: str) -> None:
    first = call_script(service, event(delivery, digits="1"))
    before = all_rows(service.engine)

    assert "Thank you" in said(first)
    assert ledger(service.engine) == [(CALL, "confirmed", delivery, "confirmed")]
    assert call_script(service, event(delivery, digits="1")) == first
    assert all_rows(service.engine) == before


def test_two_says_it_again_and_confirms_nothing(service: Service, delivery: str) -> None:
    assert "vertebroplasty" in said(call_script(service, event(delivery, digits="2")))
    assert ledger(service.engine) == []


def test_a_call_about_nothing_we_know_hears_nothing_and_is_written_down(service: Service, patient: str) -> None:
    for unknown in (UNKNOWN, None):
        script = call_script(service, event(unknown))
        assert (said(script), "<Hangup" in script) == ("", True)
    assert ledger(service.engine) == [(CALL, "asked", UNKNOWN, "unknown-delivery")]


def test_another_call_than_the_one_we_made_hears_nothing(service: Service, delivery: str) -> None:
    other = CallEvent(provider_id="CA" + "c" * 32, delivery=delivery, answered_by="human", digits="1", again=0)
    assert said(call_script(service, other)) == ""
    assert [row[1] for row in ledger(service.engine)] == ["asked"]


def test_a_call_that_is_taken_before_its_answer_was_recorded_hears_its_message(service: Service, delivery: str) -> None:
    with service.engine.begin() as connection:
        connection.execute(update(tables.deliveries).values(provider_id=None, state="intended"))
    assert "vertebroplasty" in said(call_script(service, event(delivery)))


def test_a_text_is_not_read_out(service: Service, clock: ManualClock) -> None:
    id_ = enrolled_id(service, consent="sms")
    send_due(service, in_memory(clock))
    (texted,) = deliveries(service, id_)
    assert said(call_script(service, event(str(texted["id"])))) == ""


def test_a_caregiver_is_spoken_to_in_her_own_language(
    service: Service, clock: ManualClock, patient: str, delivery: str
) -> None:
    row = {
        "enrollment": patient,
        "label": "daughter",
        "channel": "voice",
        "language": "es",
        "steps": ["welcome"],
        "name": b"sealed",
        "address_lookup": "keyed",
        "granted_at": clock.now(),
        "granted_by": "coordinator",
        "wording": "2026-1",
    }
    with service.engine.begin() as connection:
        connection.execute(insert(tables.caregivers), row)
    set_reminder(service, patient, "welcome", recipient="daughter")
    assert "oprima 1" in said(call_script(service, event(delivery)))
