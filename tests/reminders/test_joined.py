"""Several reminders, one message: one call, one delivery each, and one outcome for all of them."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from reminders.clock import ManualClock
from reminders.database import tables
from reminders.database.engine import reading
from reminders.database.vault import Vault
from reminders.dispatch import Report
from reminders.housekeeping import settle_expired
from reminders.outcomes import Intent
from reminders.sending.claiming import Claimer
from reminders.service import Service
from reminders.transports.base import Accepted, OutboundMessage
from reminders.transports.memory import ACCEPT, MemoryTransport, fails, taken_but
from schedules.protocol import Channel
from tests.builders import local
from tests.reminders.builders import (
    Transports,
    a_service,
    a_site,
    enrolled_id,
    events,
    in_memory,
    misconfigured,
    not_sent,
    opted_out,
    protocol_files,
    refused,
    send_due,
    set_reminder,
    states,
    task_kinds,
    texts_only,
    the_reminder,
    unknown,
    write_protocol,
)

JOINED = ("pack", "drive")
DUE = "2026-12-05 12:00"
TEXT = "Example Radiology: please read this. Questions: (212) 555-0100"
WHOLE = f"{TEXT} please read this. Questions: (212) 555-0100"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A protocol with two steps that fall due together, the first of which stays right an hour longer."""
    files = protocol_files(others=JOINED)
    first, _, second = files["protocol.toml"].partition("hours = -12")
    files["protocol.toml"] = f"{first}hours = -11{second}"
    return write_protocol(tmp_path / "own", files)


@pytest.fixture
def house(engine: Engine, vault: Vault, clock: ManualClock, own: Path) -> Service:
    return a_service(engine, vault, clock, own=own)


def due(service: Service, clock: ManualClock, transports: Transports, **changes: Any) -> str:
    """A patient whose two steps are due now; the first message has left."""
    id_ = enrolled_id(service, protocol="example", **changes)
    send_due(service, transports)
    clock.advance(local(DUE) - clock.now())
    return id_


def calls(transports: Transports, channel: Channel = Channel.SMS) -> list[OutboundMessage]:
    """What was sent but for the first message."""
    return [message for message in transports[channel].calls if message.key != "hello"]


def rows(service: Service, id_: str) -> dict[str, Any]:
    """The latest delivery of each joined reminder, by its key."""
    r, d = tables.reminders.c, tables.deliveries.c
    query = select(r.key, tables.deliveries).join_from(tables.reminders, tables.deliveries, r.id == d.reminder)
    with reading(service.engine) as connection:
        found = connection.execute(query.where(d.enrollment == id_, r.key != "hello").order_by(d.fence)).mappings()
        return {row["key"]: row for row in found}


def of(service: Service, id_: str, name: str) -> list[Any]:
    return [rows(service, id_)[key][name] for key in JOINED]


def now(service: Service, id_: str) -> list[str]:
    return [states(service, id_)[key] for key in JOINED]


# Sent


def test_two_reminders_leave_as_one_message_and_count_as_two(
    house: Service, transports: Transports, clock: ManualClock
) -> None:
    id_ = due(house, clock, transports)

    assert send_due(house, transports) == Report(sent=2)
    assert send_due(house, transports) == Report()
    (message,) = calls(transports)
    assert (message.key, message.text) == ("pack", WHOLE)
    assert now(house, id_) == ["sent", "sent"]


def test_each_has_a_delivery_and_the_others_name_the_one_they_travel_in(
    house: Service, transports: Transports, clock: ManualClock
) -> None:
    id_ = due(house, clock, transports)
    send_due(house, transports)
    (message,) = calls(transports)

    first, other = rows(house, id_)["pack"], rows(house, id_)["drive"]
    assert (first["id"], first["leader"], other["leader"]) == (message.delivery_id, None, message.delivery_id)
    assert of(house, id_, "state") == ["accepted", "accepted"]
    assert first["provider_id"] == other["provider_id"] is not None
    assert (first["segments"], other["segments"]) == (1, None)
    assert house.vault.open("deliveries", first["id"], "content", first["content"]) == WHOLE
    assert house.vault.open("deliveries", other["id"], "content", other["content"]) == TEXT


def test_the_message_becomes_wrong_when_the_first_of_its_members_does(
    house: Service, transports: Transports, clock: ManualClock
) -> None:
    due(house, clock, transports)
    send_due(house, transports)
    (message,) = calls(transports)

    assert message.expires_at == local("2026-12-07 21:00")


def test_what_the_claims_limit_cuts_off_is_taken_along(
    house: Service, transports: Transports, clock: ManualClock
) -> None:
    due(house, clock, transports)
    intents, looked_at = Claimer(house, transports, worker="one").claim(1, Counter())

    assert ([[each.reminder.key for each in one.followers] for one in intents], looked_at) == ([["drive"]], 2)


def test_two_patients_are_never_joined(house: Service, transports: Transports, clock: ManualClock) -> None:
    for _ in range(2):
        enrolled_id(house, protocol="example", phone="+12125550123", mrn=f"MRN-{_}")
    send_due(house, transports)
    clock.advance(local(DUE) - clock.now())

    assert send_due(house, transports) == Report(sent=4)
    assert [message.text for message in calls(transports)] == [WHOLE, WHOLE]


def test_after_an_outage_they_still_go_as_one(house: Service, transports: Transports, clock: ManualClock) -> None:
    due(house, clock, transports)
    clock.advance(local("2026-12-05 13:30") - clock.now())

    assert send_due(house, transports) == Report(sent=2)
    assert len(calls(transports)) == 1


def test_words_that_have_grown_beyond_one_message_go_apart(
    engine: Engine, vault: Vault, clock: ManualClock, tmp_path: Path
) -> None:
    files = protocol_files(others=JOINED)
    grown = files["messages.en.toml"].replace("please read this", "please read this" + " and this" * 11)
    own, transports = write_protocol(tmp_path / "own", files | {"messages.en.toml": grown}), texts_only(clock)
    id_ = due(a_service(engine, vault, clock, own=own), clock, transports)
    longer = a_service(engine, vault, clock, own=own, sites={"main": a_site(name="Example Radiology Department X")})

    assert the_reminder(longer, id_, "pack").joins == "pack+drive"
    assert send_due(longer, transports) == Report(sent=2)
    assert len(calls(transports)) == 2
    assert of(longer, id_, "leader") == [None, None]


# Only some of them


def test_a_withdrawn_member_leaves_the_other_to_go_by_itself(
    house: Service, transports: Transports, clock: ManualClock
) -> None:
    id_ = due(house, clock, transports)
    set_reminder(house, id_, "pack", state="withdrawn", due_at=None)

    assert send_due(house, transports) == Report(sent=1)
    assert [(message.key, message.text) for message in calls(transports)] == [("drive", TEXT)]


def test_a_held_member_neither_delays_the_other_nor_is_lost(
    house: Service, transports: Transports, clock: ManualClock
) -> None:
    id_ = due(house, clock, transports)
    set_reminder(house, id_, "pack", state="held", waits_for=["staff"])
    send_due(house, transports)
    clock.advance(timedelta(hours=2))
    set_reminder(house, id_, "pack", state="planned", due_at=clock.now(), waits_for=[])
    send_due(house, transports)

    assert [message.key for message in calls(transports)] == ["drive", "pack"]
    assert now(house, id_) == ["sent", "sent"]


# Outcomes


def test_an_unknown_outcome_is_unknown_for_all_and_nothing_is_sent_again(
    house: Service, transports: Transports, clock: ManualClock
) -> None:
    id_ = due(house, clock, transports)
    transports[Channel.SMS].can_look_up = False
    transports[Channel.SMS].script(taken_but(unknown))

    assert send_due(house, transports) == Report(unknown=2)
    clock.advance(timedelta(hours=3))
    assert send_due(house, transports) == Report()
    assert now(house, id_) == ["unknown", "unknown"]
    assert of(house, id_, "state") == ["unknown", "unknown"]
    assert task_kinds(house) == ["unknown", "unknown"]


def test_a_refusal_is_every_members(house: Service, transports: Transports, clock: ManualClock) -> None:
    id_ = due(house, clock, transports)
    transports[Channel.SMS].script(fails(refused))

    assert send_due(house, transports) == Report(refused=2)
    assert now(house, id_) == ["failed", "failed"]
    assert of(house, id_, "code") == ["21211", "21211"]


def test_an_opt_out_closes_the_consent_once(house: Service, transports: Transports, clock: ManualClock) -> None:
    id_ = due(house, clock, transports)
    transports[Channel.SMS].script(fails(opted_out))

    assert send_due(house, transports) == Report(refused=2)
    assert [event["action"] for event in events(house, id_)] == ["enroll", "opt-out"]


@pytest.mark.parametrize("fault", [not_sent(), misconfigured])
def test_what_was_surely_not_taken_is_tried_again_as_one(
    house: Service, transports: Transports, clock: ManualClock, fault: Callable[[], Exception]
) -> None:
    id_ = due(house, clock, transports)
    transports[Channel.SMS].script(fails(fault), ACCEPT)

    assert send_due(house, transports) == Report(not_sent=2)
    assert of(house, id_, "state") == ["not_sent", "not_sent"]
    assert len({the_reminder(house, id_, key).due_at for key in JOINED}) == 1
    with house.engine.begin() as connection:
        connection.execute(tables.pauses.delete())
    clock.advance(timedelta(minutes=2))
    assert send_due(house, transports) == Report(sent=2)
    assert [message.text for message in calls(transports)] == [WHOLE, WHOLE]


def test_what_was_refused_goes_on_by_each_ones_next_channel(service: Service, clock: ManualClock) -> None:
    transports = in_memory(clock)
    options = {"holds": ("warfarin=5", "aspirin=5"), "language": "es", "consent": "sms,email"}
    id_ = enrolled_id(service, email="pat@example.org", **options)
    keys = ["stop:warfarin", "stop:aspirin"]
    send_due(service, transports)
    clock.advance(local("2026-12-02 10:00") - clock.now())
    for key in states(service, id_):
        if key not in keys:
            set_reminder(service, id_, key, state="sent", due_at=None)
    transports[Channel.SMS].script(fails(refused))

    assert send_due(service, transports) == Report(refused=2, sent=2)
    assert [message.key for message in transports[Channel.SMS].calls[1:]] == keys[:1]
    assert [message.key for message in transports[Channel.EMAIL].calls if message.key in keys] == keys


# Accidents


def claimed(house: Service, transports: Transports) -> Intent:
    """The one call a worker has written down and not made."""
    (intent,), _ = Claimer(house, transports, worker="one").claim(50, Counter())
    return intent


def test_a_crash_between_intent_and_outcome_leaves_every_member_unknown(
    house: Service, transports: Transports, clock: ManualClock
) -> None:
    id_ = due(house, clock, transports)
    claimed(house, transports)
    clock.advance(timedelta(seconds=61))

    assert settle_expired(house, {}) == 2
    assert send_due(house, transports) == Report()
    assert now(house, id_) == ["unknown", "unknown"]
    assert of(house, id_, "state") == ["unknown", "unknown"]
    assert calls(transports) == []


def test_a_second_worker_takes_no_member_of_what_is_on_its_way(
    house: Service, transports: Transports, clock: ManualClock
) -> None:
    due(house, clock, transports)
    claimed(house, transports)

    assert Claimer(house, transports, worker="two").claim(50, Counter()) == ([], 0)


def test_an_outcome_that_comes_too_late_for_one_member_is_kept_for_the_others(
    house: Service, transports: Transports, clock: ManualClock
) -> None:
    id_ = due(house, clock, transports)

    class Slow(MemoryTransport):
        def send(self, message: OutboundMessage) -> Accepted:
            set_reminder(house, id_, "drive", state="unknown", lease_until=None, due_at=None)
            return super().send(message)

    transports[Channel.SMS] = Slow(Channel.SMS, clock)

    assert send_due(house, transports) == Report(sent=1)
    assert now(house, id_) == ["sent", "unknown"]
    assert "late-outcome" in [event["action"] for event in events(house, id_)]


def test_every_member_is_under_a_fence_of_its_own_and_under_one_stopwatch(
    house: Service, transports: Transports, clock: ManualClock
) -> None:
    id_ = due(house, clock, transports)
    set_reminder(house, id_, "drive", fence=4)
    intent = claimed(house, transports)

    assert [each.fence for each in (intent, *intent.followers)] == [1, 5]
    assert of(house, id_, "fence") == [1, 5]
    assert [each.written_at for each in intent.followers] == [intent.written_at]
