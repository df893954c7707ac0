"""The scripted provider of rehearsals and tests."""

import pytest

from reminders.clock import ManualClock
from reminders.transports.base import (
    Channel,
    FailureCode,
    NotSent,
    OutboundMessage,
    OutcomeUnknown,
    TransportFailure,
)
from reminders.transports.memory import ACCEPT, MemoryTransport, Outcome, fails, taken_but


def busy() -> TransportFailure:
    return NotSent(FailureCode.BUSY, "Come back later.")


def lost() -> TransportFailure:
    return OutcomeUnknown(FailureCode.NO_ANSWER, "No answer came.")


@pytest.fixture
def transport(clock: ManualClock) -> MemoryTransport:
    return MemoryTransport(Channel.SMS, clock)


def test_without_a_script_every_message_is_taken(
    transport: MemoryTransport, text_message: OutboundMessage, clock: ManualClock
) -> None:
    accepted = transport.send(text_message)

    [line] = transport.ledger
    assert (line.message, line.provider_id, line.at) == (text_message, accepted.provider_id, clock.now())


def test_a_script_is_used_up_call_by_call(transport: MemoryTransport, text_message: OutboundMessage) -> None:
    transport.script(fails(busy), ACCEPT, fails(busy))
    with pytest.raises(NotSent):
        transport.send(text_message)
    transport.send(text_message)
    with pytest.raises(NotSent):
        transport.send(text_message)
    transport.send(text_message)

    assert (len(transport.calls), len(transport.ledger)) == (4, 2)


def test_a_lost_answer_leaves_the_message_in_the_ledger(
    transport: MemoryTransport, text_message: OutboundMessage
) -> None:
    transport.script(taken_but(lost))
    with pytest.raises(OutcomeUnknown):
        transport.send(text_message)

    assert [line.message for line in transport.ledger] == [text_message]


def test_a_lost_request_leaves_the_ledger_empty(transport: MemoryTransport, text_message: OutboundMessage) -> None:
    transport.script(fails(lost))
    with pytest.raises(OutcomeUnknown):
        transport.send(text_message)

    assert transport.ledger == ()


def test_every_call_gets_an_exception_of_its_own(transport: MemoryTransport, text_message: OutboundMessage) -> None:
    transport.script(fails(busy), fails(busy))
    with pytest.raises(NotSent) as first:
        transport.send(text_message)
    with pytest.raises(NotSent) as second:
        transport.send(text_message)

    assert first.value is not second.value


def test_a_provider_may_decide_by_the_message(clock: ManualClock, text_message: OutboundMessage) -> None:
    def decide(message: OutboundMessage) -> Outcome:
        return fails(busy) if message.key == "ride" else ACCEPT

    with pytest.raises(NotSent):
        MemoryTransport(Channel.SMS, clock, decide=decide).send(text_message)


def test_even_a_bug_can_be_scripted(transport: MemoryTransport, text_message: OutboundMessage) -> None:
    transport.script(taken_but(lambda: ZeroDivisionError("a bug")))
    with pytest.raises(ZeroDivisionError):
        transport.send(text_message)


def test_it_reports_the_problems_it_was_given(transport: MemoryTransport) -> None:
    transport.problems = ("The provider is on holiday.",)

    assert transport.check() == ("The provider is on holiday.",)
