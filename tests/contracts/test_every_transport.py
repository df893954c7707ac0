"""The port's contract, kept by every transport: ours, the fakes, and the example of somebody else's."""

import logging
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from reminders.settings import WorkerSettings
from reminders.transports.base import Accepted, CanLookUp, OutboundMessage, OutcomeUnknown, TransportFailure
from tests.contracts.rigs import CLOCK, ENTRY, RIGS, Rig


@pytest.fixture(params=RIGS)
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    with RIGS[request.param](tmp_path) as ready:
        yield ready
        ready.transport.close()


@pytest.fixture(params=["memory", "outbox", "twilio"])
def asked_rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    """A transport whose provider can be asked what it took."""
    with RIGS[request.param](tmp_path) as ready:
        yield ready
        ready.transport.close()


def look_up(rig: Rig, message: OutboundMessage) -> tuple[Accepted, ...]:
    assert isinstance(rig.transport, CanLookUp)
    return rig.transport.look_up(message, CLOCK.now())


def failures(rig: Rig) -> Iterator[TransportFailure]:
    """Every way this transport's provider can fail, one after the other."""
    for break_it in (*rig.silent_faults.values(), *rig.faults.values()):
        break_it()
        with pytest.raises(TransportFailure) as caught:
            rig.transport.send(rig.message())
        yield caught.value


def test_an_accepted_message_was_taken_by_the_provider(rig: Rig) -> None:
    accepted = rig.transport.send(rig.message())

    assert rig.taken() == {accepted.provider_id: rig.message().delivery_id}


def test_a_file_arrives_with_an_email_and_keeps_no_other_message_back(rig: Rig) -> None:
    with_file, without = rig.message("a" * 32), replace(rig.message("b" * 32), attachments=())
    accepted = [rig.transport.send(message).provider_id for message in (with_file, without)]

    if rig.transport.name != "console":  # gives no ids
        assert list(rig.taken()) == accepted
    if rig.files is not None:
        assert rig.files() == [[ENTRY.content], []]


def test_sending_calls_the_provider_once(rig: Rig) -> None:
    rig.transport.send(rig.message())

    assert rig.calls() == 1


def test_a_failed_sending_calls_the_provider_at_most_once(rig: Rig) -> None:
    before = rig.calls()
    for _ in failures(rig):
        assert rig.calls() <= before + 1
        before = rig.calls()


def test_every_failure_is_one_the_port_knows(rig: Rig) -> None:
    assert all(type(failure).__module__ == "reminders.transports.base" for failure in failures(rig))


def test_a_message_that_was_taken_without_an_answer_is_an_unknown_outcome(rig: Rig) -> None:
    for break_it in rig.silent_faults.values():
        break_it()
        with pytest.raises(OutcomeUnknown):
            rig.transport.send(rig.message())

    assert bool(rig.taken()) == bool(rig.silent_faults)


def test_a_failure_tells_nothing_about_the_patient(rig: Rig) -> None:
    message = rig.message()
    for failure in failures(rig):
        told = "".join([str(failure), repr(failure), *traceback.format_exception(failure)])

        assert message.to not in told
        assert "driver" not in told
        assert "private" not in told
        assert "Pat" not in told.replace("Path", "")


def test_a_failure_has_a_code_and_words_for_staff(rig: Rig) -> None:
    for failure in failures(rig):
        assert failure.code
        assert str(failure).endswith((".", "?"))


def test_nothing_about_the_patient_is_logged(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    message = rig.message()
    rig.transport.send(message)
    if isinstance(rig.transport, CanLookUp):
        rig.transport.look_up(message, CLOCK.now())
    for _ in failures(rig):
        pass

    assert message.to.removeprefix("+") not in caplog.text
    assert "driver" not in caplog.text
    assert "private" not in caplog.text


def test_a_message_does_not_show_the_patient_in_its_repr(rig: Rig) -> None:
    message = rig.message()

    assert message.to not in repr(message)
    assert message.text not in repr(message)
    assert "private" not in repr(message) + repr(message.attachments)


def test_several_threads_may_send_at_once_and_each_gets_its_own_answer(rig: Rig) -> None:
    messages = [rig.message(f"{number:032x}") for number in range(40)]
    with ThreadPoolExecutor(max_workers=8) as threads:
        answers = list(threads.map(rig.transport.send, messages))

    if rig.transport.name == "console":  # gives no ids: there is nothing to mix up
        assert rig.calls() == len(messages)
        return
    taken = rig.taken()
    assert [taken[answer.provider_id] for answer in answers] == [message.delivery_id for message in messages]


def test_closing_twice_is_fine(rig: Rig) -> None:
    rig.transport.close()
    rig.transport.close()


def test_only_what_reaches_people_calls_itself_live(rig: Rig) -> None:
    assert rig.transport.live is rig.live


def test_a_call_ends_well_before_a_worker_loses_its_lease(rig: Rig) -> None:
    assert 0 < rig.transport.longest_send_seconds < WorkerSettings().lease_seconds


def test_a_good_set_up_has_no_problems_and_checking_sends_nothing(rig: Rig) -> None:
    assert rig.transport.check() == ()
    assert not rig.taken()


def test_only_a_transport_that_says_so_can_look_up(rig: Rig) -> None:
    assert isinstance(rig.transport, CanLookUp) is rig.transport.can_look_up


def test_a_look_up_finds_what_was_taken(asked_rig: Rig) -> None:
    accepted = asked_rig.transport.send(asked_rig.message())

    found = look_up(asked_rig, asked_rig.message())

    assert [one.provider_id for one in found] == [accepted.provider_id]


def test_a_look_up_finds_what_was_taken_although_the_answer_was_lost(asked_rig: Rig) -> None:
    for number, break_it in enumerate(asked_rig.silent_faults.values()):
        message = asked_rig.message(f"{number:032x}", text=f"Text number {number}")
        break_it()
        with pytest.raises(OutcomeUnknown):
            asked_rig.transport.send(message)

        assert [found.provider_id for found in look_up(asked_rig, message)] == [list(asked_rig.taken())[-1]]


def test_a_look_up_finds_nothing_of_a_message_that_was_not_taken(asked_rig: Rig) -> None:
    asked_rig.transport.send(asked_rig.message())

    assert look_up(asked_rig, asked_rig.message("f" * 32, text="Never sent")) == ()
