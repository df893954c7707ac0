"""What the database keeps, as values: personal fields stay out of every repr."""

import pytest

from reminders.lifecycle import State
from reminders.records import Contact
from schedules.procedure import Hold
from schedules.protocol import Channel
from tests.builders import local
from tests.reminders.builders import a_reminder, an_enrollment, consents

PAT = Contact(name="Pat Quill Example", phone="+12125550123", email="pat@example.org", mrn="MRN-77")


@pytest.mark.parametrize("value", [PAT, an_enrollment(contact=PAT)])
def test_no_repr_shows_who_the_patient_is(value: object) -> None:
    shown = repr(value)

    assert not [secret for secret in ("Pat", "Quill", "+1212", "pat@", "MRN-77") if secret in shown]


@pytest.mark.parametrize(
    ("channel", "address"),
    [(Channel.SMS, "+12125550123"), (Channel.VOICE, "+12125550123"), (Channel.EMAIL, "pat@example.org")],
)
def test_texts_and_calls_go_to_the_phone_and_letters_to_the_address(channel: Channel, address: str) -> None:
    assert PAT.address(channel) == address


def test_the_first_name_is_the_first_word() -> None:
    assert PAT.first_name == "Pat"


def test_an_enrollment_tells_the_plan_what_is_known_of_the_procedure() -> None:
    hold = Hold(drug="warfarin", days=5, ordered_by="Dr. Example")
    ended, visit = local("2026-12-08 10:10"), local("2027-01-08 10:30")
    enrollment = an_enrollment(holds=(hold,), ended_at=ended, visit_at=visit, consents=consents("email", "sms"))
    procedure = enrollment.procedure

    assert (procedure.enrolled, procedure.start) == (enrollment.enrolled_at, enrollment.start_at)
    assert (procedure.ended, procedure.visit, procedure.holds) == (ended, visit, (hold,))
    assert procedure.consented == (Channel.EMAIL, Channel.SMS)


def test_a_reminder_read_from_a_row_has_words_and_not_strings() -> None:
    reminder = a_reminder(state="held", channels=["email", "sms"], channel="email", waits_for=["completed"])

    assert reminder.state is State.HELD
    assert reminder.channels == (Channel.EMAIL, Channel.SMS)
    assert reminder.channel is Channel.EMAIL
    assert reminder.waits_for == ("completed",)


def test_a_reminder_without_any_consented_channel_has_no_current_one() -> None:
    assert a_reminder(channels=(), channel=None).channel is None
