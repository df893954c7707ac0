"""When a provider counts as out of reach, who asks meanwhile, and what an answer changes."""

from datetime import datetime, timedelta

import pytest

from reminders.clock import ManualClock
from reminders.sending.circuit import FAILURES, FIRST_PAUSE, LONGEST_PAUSE, NEWS_SECONDS, Circuit
from reminders.sending.claiming import unreached
from reminders.service import Service
from reminders.transports.base import FailureCode, NotSent, OutcomeUnknown
from reminders.transports.memory import fails
from schedules.protocol import Channel
from tests.reminders.builders import Transports, a_dispatcher, enrolled_id, texts_only, the_reminder


@pytest.fixture
def circuit(clock: ManualClock) -> Circuit:
    return Circuit(clock)


def broken(circuit: Circuit) -> Circuit:
    for _ in range(FAILURES):
        assert circuit.lets_through()
        circuit.not_reached()
    return circuit


def test_one_lost_connection_says_nothing_about_the_next(circuit: Circuit) -> None:
    for _ in range(FAILURES - 1):
        assert not circuit.not_reached()
    assert circuit.lets_through()
    assert circuit.until is None


def test_an_answer_in_between_begins_the_count_anew(circuit: Circuit) -> None:
    for _ in range(3 * FAILURES):
        circuit.not_reached()
        circuit.reached()
    assert circuit.until is None


def test_after_some_in_a_row_nothing_is_let_through_for_a_while(circuit: Circuit, clock: ManualClock) -> None:
    broken(circuit)
    assert circuit.until == clock.now() + FIRST_PAUSE
    assert not circuit.lets_through()
    assert not circuit.asks


def test_then_one_call_asks_for_all(circuit: Circuit, clock: ManualClock) -> None:
    broken(circuit)
    clock.advance(FIRST_PAUSE)
    assert circuit.asks
    assert [circuit.lets_through() for _ in range(3)] == [True, False, False]


def test_the_pauses_double_up_to_a_minute(circuit: Circuit, clock: ManualClock) -> None:
    broken(circuit)
    pauses = []
    for _ in range(4):
        assert circuit.until is not None
        pauses.append(circuit.until - clock.now())
        clock.move_to(circuit.until)
        assert circuit.lets_through()
        assert not circuit.not_reached()  # it is no news
    assert pauses == [FIRST_PAUSE, 2 * FIRST_PAUSE, LONGEST_PAUSE, LONGEST_PAUSE]


def test_an_answer_lets_everything_through_and_is_news(circuit: Circuit, clock: ManualClock) -> None:
    broken(circuit)
    clock.advance(FIRST_PAUSE)
    assert circuit.lets_through()
    assert circuit.reached()
    assert not circuit.reached()
    assert [circuit.lets_through() for _ in range(3)] == [True, True, True]


def test_the_first_answer_of_a_workers_life_is_news_too(circuit: Circuit) -> None:
    assert circuit.reached()  # what another one had put aside may wait for it


def test_that_calls_get_through_is_news_again_after_a_minute(circuit: Circuit, clock: ManualClock) -> None:
    assert circuit.reached()
    clock.advance(timedelta(seconds=NEWS_SECONDS - 1))
    assert not circuit.reached()
    clock.advance(timedelta(seconds=1))
    assert circuit.reached()


def test_while_one_call_asks_all_others_wait_for_its_answer(circuit: Circuit, clock: ManualClock) -> None:
    away = [broken(circuit).is_away]
    clock.advance(FIRST_PAUSE)
    away += [circuit.is_away, not circuit.lets_through(), circuit.is_away, circuit.asks]
    circuit.reached()
    assert [*away, circuit.is_away] == [True, False, False, True, False, False]


class SetBack(ManualClock):
    by = timedelta(0)

    def now(self) -> datetime:
        return super().now() - self.by


def test_a_clock_that_is_set_back_keeps_nobody_from_asking(clock: ManualClock) -> None:
    set_back = SetBack(clock.now())
    circuit = broken(Circuit(set_back))
    set_back.by = timedelta(days=1)
    assert circuit.asks
    assert circuit.lets_through()


def unreachable() -> NotSent:
    return NotSent(FailureCode.UNREACHABLE, "No connection could be made.")


def test_what_waits_for_a_provider_out_of_reach_leaves_as_soon_as_one_message_gets_through(
    service: Service, clock: ManualClock, transports: Transports
) -> None:
    ids = [enrolled_id(service) for _ in range(FAILURES + 3)]
    sms = transports[Channel.SMS]
    sms.script(*[fails(unreachable)] * FAILURES)
    with a_dispatcher(service, transports) as dispatcher:
        dispatcher.run_due()
        assert len(sms.calls) == FAILURES
        waiting = [the_reminder(service, id_, "welcome").reason for id_ in ids]
        assert waiting.count(unreached(Channel.SMS)) == 3
        clock.advance(FIRST_PAUSE)
        assert dispatcher.run_due().sent == len(ids)
    assert len(sms.ledger) == len(ids)


def silence() -> OutcomeUnknown:
    return OutcomeUnknown(FailureCode.NO_ANSWER, "The provider did not answer in time.")


def test_of_a_provider_that_takes_calls_and_says_nothing_one_message_at_a_time_becomes_unknown(
    service: Service, clock: ManualClock, transports: Transports
) -> None:
    ids = [enrolled_id(service) for _ in range(FAILURES + 3)]
    sms = transports[Channel.SMS]
    sms.script(*[fails(silence)] * (FAILURES + 1))
    with a_dispatcher(service, transports) as dispatcher:
        assert dispatcher.run_due().unknown == FAILURES
        assert not dispatcher.owes
        clock.advance(FIRST_PAUSE)
        assert dispatcher.owes  # nothing is due, yet somebody has to ask
        assert dispatcher.run_due().unknown == 1
        clock.advance(2 * FIRST_PAUSE)
        assert dispatcher.run_due().sent == 2
    assert len(sms.calls) == len(ids)


def test_another_worker_brings_forward_what_one_that_died_had_put_aside(
    service: Service, clock: ManualClock, transports: Transports
) -> None:
    for _ in range(FAILURES + 3):
        enrolled_id(service)
    sms = transports[Channel.SMS]
    sms.script(*[fails(unreachable)] * FAILURES)
    with a_dispatcher(service, transports) as dispatcher:
        dispatcher.run_due()
    clock.advance(FIRST_PAUSE)
    with a_dispatcher(service, transports) as other:
        assert other.run_due().sent == FAILURES + 3


def test_what_one_worker_could_not_send_leaves_as_soon_as_another_gets_a_message_through(
    service: Service, clock: ManualClock
) -> None:
    cut_off, well = texts_only(clock), texts_only(clock)
    cut_off[Channel.SMS].script(*[fails(unreachable)] * FAILURES)
    with a_dispatcher(service, cut_off) as one, a_dispatcher(service, well) as other:
        enrolled_id(service)
        other.run_due()
        ids = [enrolled_id(service) for _ in range(FAILURES + 3)]
        one.run_due()
        clock.advance(timedelta(minutes=1))
        other.run_due()
    assert {the_reminder(service, id_, "welcome").state.value for id_ in ids} == {"sent"}


def test_a_bound_is_kept_to_though_the_provider_is_out_of_reach(
    service: Service, clock: ManualClock, transports: Transports
) -> None:
    ids = [enrolled_id(service, procedure="2026-11-20 12:20") for _ in range(FAILURES + 1)]
    sms = transports[Channel.SMS]
    sms.script(*[fails(unreachable)] * FAILURES)
    with a_dispatcher(service, transports) as dispatcher:
        dispatcher.run_due()
        clock.advance(timedelta(minutes=20))
        dispatcher.run_due()
    assert {the_reminder(service, id_, "welcome").state.value for id_ in ids} == {"missed"}
