"""Answers that are lost on the way, by a server that speaks Twilio's API and by very many calls: nothing goes twice."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

import pytest
from sqlalchemy import Engine, select

from reminders.approving import approve_protocol
from reminders.clock import ManualClock
from reminders.database import queries, tables
from reminders.database.engine import reading
from reminders.database.vault import Vault
from reminders.dispatch import Report
from reminders.housekeeping import keep_house
from reminders.service import Service
from reminders.settings import TransportSettings
from reminders.settling.asking import settle_unknown, tell_people
from reminders.transports.base import Accepted, Channel, OutboundMessage, Transport
from reminders.transports.memory import ACCEPT, MemoryTransport, Outcome, fails, taken_but
from reminders.transports.registry import make_transport
from tests.reminders.builders import a_service, enrolled_id, send_due, states, tasks, unknown
from tests.reminders.receiving import calls, the_call
from tests.servers.twilio import ACCOUNT_SID, AUTH_TOKEN, TwilioServer, drop, twilio_server

FIRST = "welcome"
MINUTE = timedelta(minutes=1)


# By Twilio


@pytest.fixture
def twilio(clock: ManualClock) -> Iterator[TwilioServer]:
    with twilio_server(clock.now) as server:
        yield server


@pytest.fixture
def by_twilio(service: Service, twilio: TwilioServer, clock: ManualClock) -> Iterator[dict[Channel, Transport]]:
    approve_protocol(service, "vertebroplasty", by="Dr. Example")
    values = {
        "kind": "twilio",
        "account_sid": ACCOUNT_SID,
        "auth_token": AUTH_TOKEN,
        "from_number": "+12125550100",
        "base_url": twilio.url,
    }
    transport = make_transport(Channel.SMS, TransportSettings.model_validate(values), clock)
    yield {Channel.SMS: transport}
    transport.close()


def lost(service: Service, twilio: TwilioServer, by_twilio: dict[Channel, Transport], *, taken: bool) -> str:
    twilio.script(drop(taken=taken))
    id_ = enrolled_id(service)
    assert send_due(service, by_twilio) == Report(unknown=1)
    return id_


def work(service: Service, transports: dict[Channel, Transport], clock: ManualClock, minutes: int) -> None:
    for _ in range(minutes):
        keep_house(service, transports)
        send_due(service, transports)
        clock.advance(MINUTE)


def test_a_text_whose_answer_was_lost_is_found_at_twilio_and_no_person_hears_of_it(
    service: Service, twilio: TwilioServer, by_twilio: dict[Channel, Transport], clock: ManualClock
) -> None:
    twilio.list_lag = timedelta(minutes=4)
    id_ = lost(service, twilio, by_twilio, taken=True)
    work(service, by_twilio, clock, 6)

    assert (states(service, id_)[FIRST], the_call(service, id_)["provider_id"]) == ("sent", twilio.messages[0].sid)
    assert the_call(service, id_)["segments"] == 1
    assert len(twilio.posts) == 1
    assert tasks(service) == []


def test_a_text_that_twilio_never_took_goes_once_more_after_three_looks(
    service: Service, twilio: TwilioServer, by_twilio: dict[Channel, Transport], clock: ManualClock
) -> None:
    twilio.list_lag = timedelta(minutes=4)
    id_ = lost(service, twilio, by_twilio, taken=False)
    work(service, by_twilio, clock, 13)

    before, after = calls(service, id_)
    assert (before["state"], before["looks"], after["state"]) == ("absent", 3, "accepted")
    assert after["again_of"] == before["id"]
    assert (len(twilio.posts), len(twilio.messages)) == (2, 1)
    assert states(service, id_)[FIRST] == "sent"
    assert tasks(service) == []


# By very many calls


class Lossy(MemoryTransport):
    """Loses one answer in twenty, with the message or without it, and lists what it took only after a while."""

    def __init__(self, clock: ManualClock, seed: int) -> None:
        super().__init__(Channel.SMS, clock, decide=self._lose)
        self._time, self._random = clock, Random(seed)  # noqa: S311  # replayed by its seed
        self._listed_from: dict[str, datetime] = {}
        self.lost = Counter[str]()

    def _lose(self, message: OutboundMessage) -> Outcome:
        self._listed_from[message.delivery_id] = self._time.now() + MINUTE * self._random.uniform(0, 9)
        drawn = self._random.random()
        if drawn >= 0.05:
            return ACCEPT
        self.lost["taken" if drawn < 0.04 else "not taken"] += 1
        return taken_but(unknown) if drawn < 0.04 else fails(unknown)

    def look_up(self, message: OutboundMessage, since: datetime) -> tuple[Accepted, ...]:
        shown = self._time.now() >= self._listed_from[message.delivery_id]
        return super().look_up(message, since) if shown else ()


def multiply(service: Service, enrollment: str, times: int) -> None:
    """Many to send without many patients: the first reminder again and again, each under a key of its own."""
    r = tables.reminders
    with service.engine.begin() as connection:
        one = select(r).where(r.c.enrollment == enrollment, r.c.key == FIRST)
        row = dict(connection.execute(one).mappings().one())
        del row["id"]
        queries.insert_reminders(connection, [row | {"key": f"{FIRST}:{number}"} for number in range(1, times)])


def losing(service: Service, clock: ManualClock, patients: int, messages: int) -> Lossy:
    """So many messages to each of so many patients, at a loss of one in twenty, and an hour after it."""
    provider = Lossy(clock, seed=20261120)
    ids = [enrolled_id(service, consent="sms") for _ in range(patients)]
    for id_ in ids:
        multiply(service, id_, messages)
    send_due(service, {Channel.SMS: provider})
    for _ in range(60):
        tell_people(service, {Channel.SMS: provider})
        settle_unknown(service, {Channel.SMS: provider}, lambda _, workers: set(workers))
        send_due(service, {Channel.SMS: provider})
        clock.advance(MINUTE)
    return provider


def assert_nothing_twice_and_nothing_lost(service: Service, provider: Lossy, sends: int) -> None:
    d, r, k = tables.deliveries.c, tables.reminders.c, tables.tasks.c
    with reading(service.engine) as connection:
        reminder_of = {row.id: row.reminder for row in connection.execute(select(d.id, d.reminder))}
        ended = {row.id: row.state for row in connection.execute(select(r.id, r.state).where(r.step == FIRST))}
        told = [(row.opened_at, row.kind) for row in connection.execute(select(k.opened_at, k.kind))]
    arrived = Counter(reminder_of[taken.message.delivery_id] for taken in provider.ledger)
    unsettled = sum(provider.lost.values())
    assert unsettled >= sends / 40
    assert min(provider.lost.values()) > 0
    assert max(arrived.values()) == 1, "something went twice"
    assert {id_ for id_, state in ended.items() if state == "sent"} == set(arrived)
    assert Counter(ended.values()) == Counter(sent=sends - len(told), failed=len(told))
    assert len(told) <= unsettled / 100, "more than one in a hundred was left to a person"


def test_of_some_hundred_calls_at_a_loss_of_one_in_twenty_nothing_goes_twice(
    engine: Engine, vault: Vault, clock: ManualClock
) -> None:
    service = a_service(engine, vault, clock)
    provider = losing(service, clock, patients=8, messages=50)

    assert_nothing_twice_and_nothing_lost(service, provider, 400)


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_of_ten_thousand_calls_at_a_loss_of_one_in_twenty_nothing_goes_twice(
    engine: Engine, vault: Vault, clock: ManualClock
) -> None:
    service = a_service(engine, vault, clock)
    provider = losing(service, clock, patients=100, messages=100)

    assert_nothing_twice_and_nothing_lost(service, provider, 10_000)
