"""What each answer of a provider means for the delivery and for the reminder."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from reminders.lifecycle import DeliveryState, State, WrongMove
from reminders.outcomes import Answer, Intent, Outcome, SentBack, outcome_of, receipt_due
from reminders.records import Contact
from reminders.transports.base import Accepted, NotSent, OutboundMessage, Refused, Scope, TransportFailure
from schedules.protocol import Channel
from tests.builders import local
from tests.reminders.builders import (
    a_reminder,
    an_enrollment,
    consents,
    misconfigured,
    not_sent,
    opted_out,
    refused,
    unknown,
)

NOW = local("2026-12-05 12:00")
BOTH = {"contact": Contact(name="Pat Example", phone="+12125550123", email="pat@example.org")}


def an_intent(enrollment: dict[str, Any] | None = None, **reminder: Any) -> Intent:
    claimed = a_reminder(**reminder)
    assert claimed.channel is not None
    message = OutboundMessage(
        delivery_id="d" * 32,
        enrollment=claimed.enrollment,
        key=claimed.key,
        channel=claimed.channel,
        to="+12125550123",
        text="Example Radiology: please find a driver.",
    )
    whom = an_enrollment(**enrollment or {})
    return Intent(reminder=claimed, enrollment=whom, message=message, fence=3, written_at=0.0)


def outcome(
    answer: Answer, *, now: datetime = NOW, enrollment: dict[str, Any] | None = None, **reminder: Any
) -> Outcome:
    return outcome_of(an_intent(enrollment, **reminder), answer, now)


def ends(found: Outcome) -> tuple[str, str]:
    """The states of the delivery and of the reminder."""
    return found.delivery.value, found.state.value


# Accepted


def test_what_was_taken_is_sent_with_the_providers_name_for_it() -> None:
    found = outcome(Accepted(provider_id="SM1", segments=2))

    assert ends(found) == ("accepted", "sent")
    assert (found.provider_id, found.segments, found.due_at, found.task) == ("SM1", 2, None, None)


def test_silence_means_something_only_where_a_receipt_was_promised() -> None:
    assert outcome(Accepted(provider_id="SM1")).receipt_due_at is None
    promised = outcome(Accepted(provider_id="SM1", receipt_expected=True))
    assert promised.receipt_due_at == NOW + timedelta(hours=4)
    assert promised.row(NOW)["delivery_receipt_due_at"] == promised.receipt_due_at


@pytest.mark.parametrize(
    ("bound", "expected"),
    [(None, 240), (600, 240), (270, 240), (269, 239), (60, 30), (45, 15), (20, 15), (-5, 15)],
    ids=["no bound", "far", "just far enough", "near", "nearer", "shortest", "no room left", "over"],
)
def test_a_receipt_is_waited_for_so_that_another_channel_has_time_before_the_bound(
    bound: int | None, expected: int
) -> None:
    not_after = None if bound is None else NOW + timedelta(minutes=bound)

    reminder = a_reminder(not_after=not_after)
    assert receipt_due(NOW, timedelta(hours=4), reminder) == NOW + timedelta(minutes=expected)


def test_a_response_has_no_other_channel_and_waits_for_its_receipt_as_long_as_any() -> None:
    """It is worth sending for minutes; a receipt that takes longer is no reason to call."""
    response = a_reminder("response", step="response-noted", not_after=NOW + timedelta(minutes=15))
    assert receipt_due(NOW, timedelta(hours=4), response) == NOW + timedelta(hours=4)


# Surely not sent


def test_what_was_surely_not_taken_is_planned_again() -> None:
    found = outcome(not_sent()())

    assert ends(found) == ("not_sent", "planned")
    assert found.due_at == NOW + timedelta(seconds=15)
    assert (found.reason, found.code) == ("The provider is busy.", "busy")
    assert found.task is None


def test_the_attempt_that_has_just_failed_counts_for_the_wait() -> None:
    assert outcome(not_sent()(), attempts=3).due_at == NOW + timedelta(minutes=2)


def test_the_providers_wish_is_kept() -> None:
    assert outcome(not_sent(retry_after=600)()).due_at == NOW + timedelta(minutes=10)


def test_the_next_look_never_lies_beyond_the_bound() -> None:
    bound = NOW + timedelta(seconds=5)

    assert outcome(not_sent()(), not_after=bound).due_at == bound


@pytest.mark.parametrize("answer", [not_sent()(), misconfigured(), SentBack()])
def test_an_answer_that_comes_after_the_bound_is_looked_at_at_once(answer: Answer) -> None:
    assert outcome(answer, not_after=NOW - timedelta(minutes=1)).due_at == NOW


def test_a_reminder_without_a_bound_is_tried_for_as_long_as_it_takes() -> None:
    assert outcome(not_sent(retry_after=7200)(), not_after=None).due_at == NOW + timedelta(hours=2)


def test_a_call_that_was_never_made_is_looked_at_at_once() -> None:
    found = outcome(SentBack())

    assert ends(found) == ("not_sent", "planned")
    assert (found.due_at, found.code) == (NOW, "sent-back")


def test_the_next_try_goes_by_the_same_channel() -> None:
    found = outcome(not_sent()(), channels=("sms", "email"))

    assert found.row(NOW)["reminder_channel"] == "sms"


# Misconfigured


def test_a_fault_of_our_own_set_up_loses_nothing_and_pauses_the_transport() -> None:
    found = outcome(misconfigured())

    assert ends(found) == ("not_sent", "planned")
    assert found.pauses
    assert found.due_at == NOW + timedelta(minutes=1)


@pytest.mark.parametrize("answer", [Accepted(provider_id=None), not_sent()(), refused(), unknown(), SentBack()])
def test_nothing_else_pauses_a_transport(answer: Answer) -> None:
    assert not outcome(answer).pauses


# Refused


def test_a_refusal_goes_on_by_the_next_consented_channel_and_a_person_is_told() -> None:
    found = outcome(
        refused(), enrollment=BOTH | {"consents": consents("sms", "email")}, channels=("sms", "voice", "email")
    )

    assert ends(found) == ("refused", "planned")
    assert (found.channel, found.due_at) == (Channel.EMAIL, NOW)
    assert (found.task, found.reason, found.code) == ("refused", "Nobody can be reached there.", "21211")


def test_a_refusal_without_another_channel_is_the_end() -> None:
    found = outcome(refused())

    assert ends(found) == ("refused", "failed")
    assert (found.channel, found.due_at, found.task) == (None, None, "refused")


def test_a_channel_with_consent_but_no_address_is_no_other_channel() -> None:
    found = outcome(refused(), enrollment={"consents": consents("sms", "email")}, channels=("sms", "email"))

    assert found.state is State.FAILED


def test_a_refusal_closes_no_consent() -> None:
    assert not outcome(refused()).closes_consent


def test_an_opt_out_closes_consent_and_is_otherwise_a_refusal() -> None:
    found = outcome(opted_out())

    assert ends(found) == ("refused", "failed")
    assert (found.closes_consent, found.task) == (True, "refused")


def a_bad_number() -> Refused:
    return Refused("bad-address", "The number is a landline.", provider_code="21635", scope=Scope.ADDRESS)


def test_a_number_that_is_no_good_closes_its_consent_and_is_asked_about_once_for_all_its_messages() -> None:
    whom = BOTH | {"consents": consents("sms", "email")}
    found = outcome(a_bad_number(), enrollment=whom, channels=("sms", "email"))

    assert ends(found) == ("refused", "planned")
    assert (found.closes_consent, found.task, found.channel) == (True, None, Channel.EMAIL)


def test_a_number_that_is_no_good_leaves_a_reminder_without_another_way_to_a_person() -> None:
    found = outcome(a_bad_number())

    assert ends(found) == ("refused", "failed")
    assert (found.closes_consent, found.task) == (True, "refused")


def test_a_mail_relay_that_refuses_an_address_closes_nothing() -> None:
    whom = BOTH | {"consents": consents("email")}
    found = outcome(a_bad_number(), enrollment=whom, channels=("email",), channel="email")

    assert (found.closes_consent, found.task) == (False, "refused")


# Unknown


@pytest.mark.parametrize(
    ("answer", "code"), [(unknown(), "no-answer"), (TransportFailure("odd", "Something odd happened."), "error")]
)
def test_whatever_is_no_clear_answer_is_unknown_and_a_person_is_told(answer: TransportFailure, code: str) -> None:
    found = outcome(answer)

    assert ends(found) == ("unknown", "unknown")
    assert (found.task, found.code, found.due_at) == ("unknown", code, None)


# The row


@pytest.mark.parametrize(
    ("answer", "counted"),
    [
        (Accepted(provider_id="1"), "sent"),
        (not_sent()(), "not_sent"),
        (SentBack(), "not_sent"),
        (misconfigured(), "not_sent"),
        (refused(), "refused"),
        (opted_out(), "refused"),
        (unknown(), "unknown"),
    ],
)
def test_every_answer_has_its_word_in_the_report(answer: Answer, counted: str) -> None:
    assert outcome(answer).counted == counted


def test_a_row_is_written_for_the_claim_that_owns_it() -> None:
    row = outcome(Accepted(provider_id="SM1")).row(NOW)

    assert (row["delivery_id"], row["reminder"], row["fence"]) == ("d" * 32, 1, 3)
    assert (row["delivery_state"], row["reminder_state"]) == ("accepted", "sent")
    assert row["delivery_settled_at"] == row["reminder_changed_at"] == NOW


def test_an_outcome_no_life_knows_is_never_written() -> None:
    wrong = Outcome(intent=an_intent(), counted="sent", delivery=DeliveryState.ACCEPTED, state=State.WITHDRAWN)

    with pytest.raises(WrongMove):
        wrong.row(NOW)


def test_no_repr_of_an_intent_shows_the_patient_or_the_text() -> None:
    shown = repr(an_intent()) + repr(outcome(NotSent("busy", "Come back later.")))

    assert "+1212" not in shown
    assert "driver" not in shown
