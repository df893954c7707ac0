from collections.abc import Callable

import pytest

from reminders.enrollment import Enrolled
from reminders.looking import Shown, one_enrollment
from reminders.rehearsal.calling import MACHINE, PERSON, Heard, Pickup
from reminders.rehearsal.stage import Stage

Call = Callable[[Pickup], Heard]


@pytest.fixture
def enrolled(book: Callable[..., Enrolled]) -> Enrolled:
    return book(consent="voice")


@pytest.fixture
def call(stage: Stage, enrolled: Enrolled) -> Call:
    """The welcome as a call, answered by somebody."""

    def answered(pickup: Pickup) -> Heard:
        stage.picks_up = pickup
        (news,) = stage.advance_to(stage.now())
        (sent,) = news.messages
        assert sent.heard is not None
        return sent.heard

    return answered


def welcome(stage: Stage, enrolled: Enrolled) -> tuple[str, str | None]:
    """State of the reminder, and what its delivery says for staff."""
    shown: Shown = one_enrollment(stage.service, enrolled.enrollment)
    reminder = next(each for each in shown.reminders if each.key == "welcome")
    (delivery,) = shown.deliveries
    return str(reminder.state), delivery["reason"]


def test_a_person_hears_the_message_twice_then_the_choices_then_thanks(call: Call) -> None:
    message, again, choices, thanks = call(PERSON).words

    assert message == again
    assert message.startswith("Hello. This is Example Radiology.")
    assert choices == "To confirm that you heard this message, press 1. To hear it again, press 2."
    assert thanks == "Thank you. Goodbye."


def test_a_person_who_presses_no_key_hears_the_goodbye(call: Call) -> None:
    assert call(Pickup(by="human")).words[-1].endswith("0 1 0 0. Goodbye.")


def test_a_machine_hears_the_message_and_no_choices(call: Call) -> None:
    message, again = call(MACHINE).words

    assert message == again


def test_a_call_that_a_person_took_is_delivered(stage: Stage, enrolled: Enrolled, call: Call) -> None:
    heard = call(PERSON)

    assert (heard.state, heard.reason) == ("delivered", None)
    assert welcome(stage, enrolled) == ("delivered", None)


def test_a_call_that_a_machine_took_is_delivered_and_staff_can_see_it(
    stage: Stage, enrolled: Enrolled, call: Call
) -> None:
    call(MACHINE)

    assert welcome(stage, enrolled) == ("delivered", "left on an answering machine (discreet words)")


def test_a_call_that_a_fax_took_is_not_delivered(call: Call) -> None:
    heard = call(Pickup(by="fax"))

    assert (heard.state, heard.reason) == ("undelivered", "a fax machine answered the call")
