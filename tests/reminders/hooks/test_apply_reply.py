"""A text handed over by the webhook is taken in, and what the webhook answers with comes back."""

from reminders.approving import approve_protocol
from reminders.hooks.apply import apply_reply
from reminders.service import Service
from tests.reminders.builders import enrolled_id, give_up, stored
from tests.reminders.hearing import a_text, phone_of, response_kinds, rows


def test_a_patients_text_is_answered_by_a_message_of_its_own(service: Service) -> None:
    id_ = enrolled_id(service)
    assert apply_reply(service, a_text("HELP", phone_of(service, id_))) is None
    assert response_kinds(service, id_) == ["help"]


def test_a_strangers_text_is_answered_by_the_webhook(service: Service) -> None:
    assert apply_reply(service, a_text("HELP")) is None  # nothing unapproved reaches anybody
    approve_protocol(service, "vertebroplasty", by="Dr. Example")
    words = apply_reply(service, a_text("HELP"))
    assert words is not None
    assert words.startswith("Example Radiology:")


def test_a_text_that_comes_twice_is_taken_once(service: Service) -> None:
    text = a_text("Where do I park?")
    for _ in range(2):
        apply_reply(service, text)
    assert len(rows(service, "replies")) == 1


def test_a_text_whose_transaction_was_given_up_to_end_a_deadlock_is_taken_all_the_same(service: Service) -> None:
    id_ = enrolled_id(service)
    give_up(service.engine, "UPDATE consents")
    apply_reply(service, a_text("STOP", phone_of(service, id_)))
    assert stored(service, id_).consents == {}
    assert [row["meaning"] for row in rows(service, "replies")] == ["opt-out"]


def test_no_repr_shows_what_was_written_or_by_whom() -> None:
    shown = repr(a_text("my secret", "+12125550123"))
    assert "secret" not in shown
    assert "0123" not in shown
