"""What became of a call, by Twilio's words."""

import pytest

from reminders.transports.twilio_call_states import call_status


@pytest.mark.parametrize(
    ("status", "answered_by", "word"),
    [
        ("queued", None, "queued"),
        ("initiated", None, "sent"),
        ("ringing", None, "sent"),
        ("in-progress", "human", "sent"),
        ("completed", "human", "delivered"),
        ("completed", "machine_end_beep", "delivered"),
        ("completed", "machine_end_silence", "delivered"),
        ("completed", "machine_end_other", "delivered"),
        ("completed", "machine_start", "delivered"),
        ("completed", "unknown", "delivered"),
        ("completed", None, "delivered"),
        ("completed", "fax", "undelivered"),
        ("busy", None, "undelivered"),
        ("no-answer", None, "undelivered"),
        ("failed", None, "undelivered"),
        ("canceled", None, "undelivered"),
    ],
)
def test_a_call_is_told_by_its_status_and_by_who_answered(status: str, answered_by: str | None, word: str) -> None:
    meaning = call_status(status, answered_by)

    assert meaning is not None
    assert meaning.word == word


def test_staff_read_that_the_words_were_left_on_a_machine() -> None:
    meaning = call_status("completed", "machine_end_beep")

    assert meaning is not None
    assert meaning.reason == "left on an answering machine (discreet words)"


def test_a_person_who_answered_needs_no_reason() -> None:
    meaning = call_status("completed", "human")

    assert meaning is not None
    assert meaning.reason is None


def test_every_call_that_was_not_delivered_has_its_own_reason() -> None:
    meanings = [call_status(status, None) for status in ("busy", "no-answer", "failed", "canceled")]

    assert len({meaning.reason for meaning in meanings if meaning and meaning.reason}) == 4


def test_a_word_twilio_does_not_document_means_nothing() -> None:
    assert call_status("daydreaming", "human") is None
