"""The provider of texts cannot be reached for four hours while thousands are due: no storm, no night, nobody lost."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from bench.seeding import fill
from bench.stage import NOON, StillClock
from reminders.clock import ManualClock
from reminders.database import tables
from reminders.database.engine import open_engine, reading
from reminders.database.vault import Vault
from reminders.sending.circuit import FAILURES, LONGEST_PAUSE
from reminders.service import Service
from reminders.transports.base import FailureCode, NotSent, OutboundMessage
from reminders.transports.memory import ACCEPT, Outcome, fails
from schedules.protocol import Channel
from schedules.timeline import GAP
from tests.builders import local
from tests.faults.accounts import duplicates, lost, sent_already, told_nobody, wrong
from tests.faults.walking import hasty, walk
from tests.reminders.builders import Transports, a_service, texts_only

pytestmark = pytest.mark.slow

HOURS = timedelta(hours=4)
MANY, FEW = 5000, 90


def unreachable() -> NotSent:
    return NotSent(FailureCode.UNREACHABLE, "No connection could be made.")


def away(clock: ManualClock, begin: datetime, end: datetime) -> Callable[[OutboundMessage], Outcome]:
    """A provider that refuses every connection from one instant to another."""
    return lambda _: fails(unreachable) if begin <= clock.now() < end else ACCEPT


def seeded(url: str, vault: Vault, due: int, now: datetime) -> tuple[Service, ManualClock]:
    """So many patients, each with one message due at noon of Wednesday 2026-12-09, in all stages of the plan."""
    engine = hasty(open_engine(url))
    still = StillClock(NOON)
    fill(a_service(engine, vault, still), still, pending=due, due=due)
    clock = ManualClock(now)
    return a_service(engine, vault, clock), clock


def missed(service: Service) -> Counter[str]:
    """How many reminders of each step were missed."""
    r = tables.reminders.c
    with reading(service.engine) as connection:
        return Counter(connection.execute(select(r.step).where(r.state == "missed")).scalars())


@pytest.mark.timeout(300)
def test_four_hours_without_the_provider_cost_a_call_a_minute_and_no_patient_anything(
    sqlite_url: str, vault: Vault
) -> None:
    service, clock = seeded(sqlite_url, vault, MANY, NOON)
    back, before = NOON + HOURS, sent_already(service)
    transports = texts_only(clock, decide=away(clock, NOON, back))
    sms = transports[Channel.SMS]

    walk(service, clock, transports, back)
    assert sms.ledger == ()
    assert len(sms.calls) <= FAILURES + HOURS / LONGEST_PAUSE + 5

    walk(service, clock, transports, back + timedelta(hours=2))
    assert set(missed(service)) == {"arrival-call"}  # its bound passed at three; a person calls
    assert len(sms.ledger) + missed(service).total() == MANY
    assert (
        max(one.at for one in sms.ledger) <= back + LONGEST_PAUSE + GAP
    )  # of late ones each patient gets one at a time
    assert_right(service, transports, before)
    service.engine.dispose()


def test_an_outage_into_the_evening_wakes_nobody_and_what_cannot_wait_becomes_a_call(
    database_url: str, vault: Vault
) -> None:
    begin = local("2026-12-09 17:30")
    service, clock = seeded(database_url, vault, FEW, begin)
    before = sent_already(service)
    transports = texts_only(clock, decide=away(clock, begin, begin + HOURS))

    walk(service, clock, transports, begin + timedelta(hours=18))
    left = [one.at for one in transports[Channel.SMS].ledger]
    assert min(left) == local("2026-12-10 09:00")
    # Wrong after that evening, or by the next morning: a person calls.
    assert set(missed(service)) == {"arrival-call", "stop", "resume", "after-care"}
    assert len(left) + missed(service).total() == FEW
    assert_right(service, transports, before)
    service.engine.dispose()


def assert_right(service: Service, transports: Transports, before: set[int]) -> None:
    ledger = transports[Channel.SMS].ledger
    taken = [one.message.delivery_id for one in ledger]
    assert (duplicates(service, taken), lost(service, taken, before)) == ([], [])
    assert (wrong(service, ledger), told_nobody(service)) == ([], [])
