"""Approval binds a name to exact content, and releases what waited for that content and nothing else."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from reminders.approving import approve_medication, approve_protocol
from reminders.clock import ManualClock
from reminders.database.vault import Vault
from reminders.errors import InputError
from reminders.service import Service
from reminders.transports.memory import MemoryTransport
from schedules.protocol import Channel
from tests.builders import local
from tests.reminders.builders import (
    a_service,
    enrolled_id,
    protocol_files,
    row_counts,
    send_due,
    the_reminder,
    write_protocol,
)
from tests.reminders.recorded import WARFARIN


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return write_protocol(tmp_path / "protocols")


@pytest.fixture
def service(engine: Engine, vault: Vault, clock: ManualClock, own: Path) -> Service:
    return a_service(engine, vault, clock, own=own)


@pytest.fixture
def live(clock: ManualClock) -> dict[Channel, MemoryTransport]:
    return {Channel.SMS: MemoryTransport(Channel.SMS, clock, live=True)}


def test_an_approval_releases_what_was_held_for_it(
    service: Service, live: dict[Channel, MemoryTransport], clock: ManualClock
) -> None:
    id_ = enrolled_id(service, protocol="example")
    assert send_due(service, live).held == 1
    approved = approve_protocol(service, "example", by="Dr. Example")
    assert (approved.is_new, approved.released) == (True, 1)
    hello = the_reminder(service, id_, "hello")
    assert (hello.state, hello.due_at, hello.waits_for) == ("planned", clock.now(), ())
    assert send_due(service, live).sent == 1


def test_another_protocols_reminders_stay_held(service: Service, live: dict[Channel, MemoryTransport]) -> None:
    id_ = enrolled_id(service, protocol="example")
    send_due(service, live)
    assert approve_protocol(service, "vertebroplasty", by="Dr. Example").released == 0
    assert the_reminder(service, id_, "hello").state == "held"


def test_a_plan_of_older_content_stays_held(service: Service, own: Path, live: dict[Channel, MemoryTransport]) -> None:
    id_ = enrolled_id(service, protocol="example")
    send_due(service, live)
    write_protocol(own, protocol_files(version=2))
    assert approve_protocol(service, "example", by="Dr. Example").released == 0
    assert the_reminder(service, id_, "hello").state == "held"


def test_a_second_approval_writes_nothing(service: Service) -> None:
    approve_protocol(service, "example", by="Dr. Example")
    before = row_counts(service.engine)
    again = approve_protocol(service, "example", by="Dr. Other")
    assert (again.is_new, row_counts(service.engine)) == (False, before)


def test_whoever_approved_first_answers_for_it(service: Service, clock: ManualClock) -> None:
    first = clock.now()
    approve_protocol(service, "example", by="Dr. Example")
    approve_medication(service, "aspirin", by="Dr. Example")
    clock.move_to(local("2026-11-21 12:00"))
    for again in (
        approve_protocol(service, "example", by="Dr. Other"),
        approve_medication(service, "aspirin", by="Dr. Other"),
    ):
        assert (again.by, again.at, again.is_new) == ("Dr. Example", first, False)


def test_nothing_that_cannot_be_read_is_approved(service: Service, own: Path) -> None:
    write_protocol(own, protocol_files(version=0))
    with pytest.raises(InputError, match="version"):
        approve_protocol(service, "example", by="Dr. Example")
    assert row_counts(service.engine)["approvals"] == 0


def test_a_drugs_messages_wait_until_its_row_is_approved_too(
    service: Service, live: dict[Channel, MemoryTransport], clock: ManualClock
) -> None:
    approve_protocol(service, "vertebroplasty", by="Dr. Example")
    id_ = enrolled_id(service, **WARFARIN)
    send_due(service, live)
    clock.move_to(local("2026-12-02 10:00"))
    send_due(service, live)
    held = the_reminder(service, id_, "stop:warfarin")
    assert (held.state, held.waits_for) == ("held", ("approval",))

    assert approve_medication(service, "aspirin", by="Dr. Example").released == 0
    assert approve_medication(service, "warfarin", by="Dr. Example").released == 1
    send_due(service, live)
    assert the_reminder(service, id_, "stop:warfarin").state == "sent"
