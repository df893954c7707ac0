"""Where a reminder goes whose message did not arrive: the next channel, the same one later, or a person."""

from datetime import timedelta
from typing import Any

import pytest

from reminders.lifecycle import State
from reminders.records import Contact
from reminders.settling.falling_back import Fallback, fall_back
from reminders.transports.base import NotSent, OutcomeUnknown, Refused, TransportFailure
from schedules.protocol import Channel
from tests.builders import local
from tests.reminders.builders import a_reminder, an_enrollment, consents, misconfigured

NOW = local("2026-12-05 12:00")
PASSING = NotSent("not-delivered", "The phone is switched off.")
BLOCKED = Refused("message-refused", "The message was blocked.")
SILENT = OutcomeUnknown("no-receipt", "No receipt within 4 hours.")


def fallback(
    failure: TransportFailure = PASSING,
    *,
    undelivered: int = 1,
    planned_again: bool = False,
    enrollment: dict[str, Any] | None = None,
    **reminder: Any,
) -> Fallback:
    return fall_back(
        a_reminder(state="sent", attempts=1, **reminder),
        an_enrollment(**enrollment or {}),
        failure,
        undelivered=undelivered,
        planned_again=planned_again,
        now=NOW,
    )


@pytest.mark.parametrize("failure", [PASSING, BLOCKED, SILENT, misconfigured()])
def test_the_next_consented_channel_comes_first_whatever_has_failed(failure: TransportFailure) -> None:
    whom = {"consents": consents("sms", "voice")}
    found = fallback(failure, enrollment=whom, channels=("sms", "email", "voice"))

    assert (found.state, found.channel, found.due_at, found.advice) == ("planned", Channel.VOICE, NOW, None)


def test_a_channel_without_an_address_is_no_channel() -> None:
    whom = {"consents": consents("sms", "email"), "contact": Contact(name="Pat Example", phone="+12125550123")}

    assert fallback(BLOCKED, enrollment=whom, channels=("sms", "email")).state == "failed"


def test_what_may_pass_is_tried_once_more_after_a_while() -> None:
    found = fallback()

    assert (found.state, found.channel, found.due_at) == ("planned", Channel.SMS, NOW + timedelta(minutes=15))
    assert fallback(undelivered=2).state == "failed"


@pytest.mark.parametrize(("minutes", "state"), [(16, "planned"), (15, "failed"), (1, "failed")])
def test_it_is_tried_again_inside_the_bound_alone(minutes: int, state: str) -> None:
    assert fallback(not_after=NOW + timedelta(minutes=minutes)).state == state


@pytest.mark.parametrize("failure", [BLOCKED, SILENT])
def test_nothing_else_is_said_again_by_the_same_channel(failure: TransportFailure) -> None:
    found = fallback(failure)

    assert found.state == "failed"
    assert found.advice is not None


@pytest.mark.parametrize(("undelivered", "state"), [(1, "planned"), (2, "planned"), (3, "failed")])
def test_a_fault_of_ours_is_waited_for_three_times_at_most(undelivered: int, state: str) -> None:
    assert fallback(misconfigured(), undelivered=undelivered).state == state


def test_consent_that_was_closed_meanwhile_ends_it() -> None:
    assert fallback(enrollment={"consents": consents("voice")}).state == "failed"


def test_a_caregivers_consent_is_looked_at_when_the_message_leaves() -> None:
    assert fallback(enrollment={"consents": {}}, recipient="daughter").state == "planned"


@pytest.mark.parametrize("status", ["cancelled", "ended"])
def test_what_the_plan_said_is_nobodys_matter_once_it_is_over(status: str) -> None:
    found = fallback(enrollment={"status": status, "consents": consents("sms", "voice")}, channels=("sms", "voice"))

    assert (found.state, found.advice) == ("failed", None)


@pytest.mark.parametrize("step", ["correction-cancelled", "staff-text", "response-help"])
def test_what_is_no_part_of_the_plan_still_wants_to_arrive(step: str) -> None:
    whom = {"status": "cancelled", "consents": consents("sms")}

    assert fallback(enrollment=whom, step=step).state == "planned"


def test_what_a_later_round_says_again_needs_nobody() -> None:
    found = fallback(planned_again=True)

    assert (found.state, found.advice) == ("failed", None)


def test_what_an_older_plan_said_is_a_persons_matter() -> None:
    found = fallback(enrollment={"revision": 2, "consents": consents("sms", "voice")}, channels=("sms", "voice"))

    assert found.state == "failed"
    assert found.advice == "The plan has changed since; look what the patient needs to know."


def test_after_its_bound_only_a_person_can_say_it() -> None:
    whom = {"consents": consents("sms", "voice")}
    found = fallback(enrollment=whom, channels=("sms", "voice"), not_after=NOW)

    assert found.state == "failed"
    assert found.advice == "It is too late for another message; call the patient."


def test_nobody_is_called_because_the_confirmation_of_an_opt_out_did_not_arrive() -> None:
    assert fallback(key="response", step="response-stopped") == Fallback(state=State.FAILED)


def test_a_response_is_of_no_plan_that_could_have_changed() -> None:
    """It answers what somebody wrote: whatever became of the plan, they may still wait for it."""
    found = fallback(BLOCKED, key="response", step="response-emergency", revision=1, enrollment={"revision": 2})

    assert (found.state, found.advice) == ("failed", "No other way is left; call the patient or mend the contact.")
