"""The hot path: what is due is claimed once, and an outcome is written only by the claim that owns it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, select, update

from reminders.database import claims, queries, tables
from reminders.database.engine import open_engine
from reminders.lifecycle import State
from reminders.records import Reminder
from tests.reminders.database.rows import ENROLLMENT, NOON, add_delivery, add_enrollment, add_reminder

LATER = NOON + timedelta(minutes=1)
LEASE = NOON + timedelta(seconds=60)


@pytest.fixture(autouse=True)
def an_enrollment(request: pytest.FixtureRequest) -> None:
    """Where a test has a transaction, a patient is in it."""
    if "connection" in request.fixturenames:
        add_enrollment(request.getfixturevalue("connection"))


def keys(reminders: list[Reminder]) -> list[str]:
    return [reminder.key for reminder in reminders]


def row(connection: Connection, key: str = "ride") -> Any:
    return connection.execute(select(tables.reminders).where(tables.reminders.c.key == key)).one()


def call(connection: Connection, id_: str = "1") -> Any:
    return connection.execute(select(tables.deliveries).where(tables.deliveries.c.id == id_)).one()


# What is due


def test_without_anything_planned_nothing_is_due(connection: Connection) -> None:
    add_reminder(connection, state="sent")

    assert claims.next_due(connection) is None
    assert claims.due(connection, LATER, 10) == []


def test_the_next_instant_is_that_of_the_first_planned_reminder(connection: Connection) -> None:
    add_reminder(connection, "ride", due_at=LATER)
    add_reminder(connection, "fasting", due_at=NOON)
    add_reminder(connection, "welcome", due_at=NOON - timedelta(days=1), state="held")

    assert claims.next_due(connection) == NOON


def test_what_is_due_now_is_taken_and_what_is_due_later_is_not(connection: Connection) -> None:
    add_reminder(connection, "ride", due_at=NOON)
    add_reminder(connection, "fasting", due_at=NOON + timedelta(microseconds=1))

    assert keys(claims.due(connection, NOON, 10)) == ["ride"]


@pytest.mark.parametrize(
    "state", ["held", "sending", "sent", "unknown", "delivered", "failed", "missed", "skipped", "withdrawn"]
)
def test_only_what_is_planned_is_ever_due(connection: Connection, state: str) -> None:
    add_reminder(connection, state=state)

    assert claims.due(connection, LATER, 10) == []


def test_what_has_been_due_longest_comes_first_and_no_more_than_asked_for(connection: Connection) -> None:
    for number, key in enumerate(("c", "a", "b")):
        add_reminder(connection, key, due_at=NOON - timedelta(minutes=number))

    assert keys(claims.due(connection, NOON, 2)) == ["b", "a"]


# What must have gone before


@pytest.mark.parametrize(("state", "waits"), [("planned", True), ("held", True), ("sending", True), ("sent", False)])
def test_a_first_message_keeps_the_others_back_in_some_states(connection: Connection, state: str, waits: bool) -> None:
    add_reminder(connection, "welcome", state=state)

    found = claims.waiting(connection, [ENROLLMENT], ["welcome"], ["planned", "held", "sending"])
    assert [(row["enrollment"], row["key"], row["state"]) for row in found] == (
        [(ENROLLMENT, "welcome", state)] if waits else []
    )


def test_only_the_first_messages_of_the_named_enrollments_count(connection: Connection) -> None:
    add_enrollment(connection, "other")
    add_reminder(connection, "welcome", enrollment="other")
    add_reminder(connection, "ride")

    assert claims.waiting(connection, [ENROLLMENT], ["welcome"], ["planned"]) == []


def test_what_became_of_a_reminder_is_told_by_its_latest_round(connection: Connection) -> None:
    add_reminder(connection, "stop:warfarin", state="sent", round=2)
    add_reminder(connection, "stop:warfarin", state="withdrawn", round=1)
    add_reminder(connection, "ride", state="missed")

    found = claims.latest_states(connection, [ENROLLMENT], ["stop:warfarin"])
    assert found == {(ENROLLMENT, "stop:warfarin"): State.SENT}


def test_what_became_of_another_patients_reminder_does_not_count(connection: Connection) -> None:
    add_enrollment(connection, "other")
    add_reminder(connection, "stop:warfarin", state="sent", enrollment="other")

    assert claims.latest_states(connection, [ENROLLMENT], ["stop:warfarin"]) == {}


# Sending


def start(connection: Connection, reminders: list[Reminder]) -> None:
    claims.start_sending(connection, reminders, "email", worker="one", lease_until=LEASE, now=LATER)


def test_a_claim_moves_a_reminder_to_sending_under_a_new_fence_and_a_lease(connection: Connection) -> None:
    add_reminder(connection, fence=3, attempts=2, reason="busy", channel="sms")
    start(connection, claims.due(connection, NOON, 10))

    found = row(connection)
    assert (found.state, found.channel, found.fence, found.attempts) == ("sending", "email", 4, 3)
    assert (found.worker, found.lease_until, found.reason, found.changed_at) == ("one", LEASE, None, LATER)


def test_a_reminder_that_was_changed_under_a_claim_stops_it(connection: Connection) -> None:
    add_reminder(connection)
    claimed = claims.due(connection, NOON, 10)
    queries.withdraw_unsent(connection, ENROLLMENT, reason="cancelled", now=NOON)

    with pytest.raises(RuntimeError, match="changed under its lock"):
        start(connection, claimed)


def test_no_intent_is_no_statement(connection: Connection) -> None:
    claims.write_intents(connection, [])
    claims.put_aside(connection, [])


def aside(reminder: int, **changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {"state": "held", "reason": "waits", "due_at": LATER, "waits_for": ["completed"]}
    values |= {"changed_at": LATER} | changes
    return {"reminder": reminder} | {f"new_{name}": value for name, value in values.items()}


def test_what_does_not_leave_now_is_put_aside_each_in_its_own_way(connection: Connection) -> None:
    ride, fasting = add_reminder(connection, "ride"), add_reminder(connection, "fasting")
    ended: dict[str, Any] = {"state": "missed", "reason": "late", "due_at": None, "waits_for": []}
    claims.put_aside(connection, [aside(ride), aside(fasting, **ended)])

    first, second = row(connection, "ride"), row(connection, "fasting")
    assert (first.state, first.reason, first.due_at, first.waits_for) == ("held", "waits", LATER, ["completed"])
    assert (second.state, second.reason, second.due_at, second.waits_for) == ("missed", "late", None, [])


def test_only_what_is_still_planned_is_put_aside(connection: Connection) -> None:
    claims.put_aside(connection, [aside(add_reminder(connection, state="withdrawn"))])

    assert row(connection).state == "withdrawn"


# Outcomes


def outcome(reminder: int, delivery: str = "1", fence: int = 1, **changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "delivery_state": "accepted",
        "delivery_settled_at": LATER,
        "delivery_provider_id": "SM1",
        "delivery_code": None,
        "delivery_reason": None,
        "delivery_segments": 2,
        "delivery_receipt_due_at": None,
        "reminder_state": "sent",
        "reminder_due_at": None,
        "reminder_reason": None,
        "reminder_channel": "sms",
        "reminder_attempts": 1,
        "reminder_changed_at": LATER,
    }
    return {"delivery_id": delivery, "reminder": reminder, "fence": fence} | values | changes


def add_call(connection: Connection, key: str = "ride", id_: str = "1", **other: Any) -> int:
    """A reminder that is being sent, with its intent."""
    values = {"state": "sending", "fence": 1, "worker": "one", "lease_until": LEASE} | other
    reminder = add_reminder(connection, key, **values)
    add_delivery(connection, id_, reminder, fence=1)
    return reminder


def test_an_outcome_is_written_to_the_delivery_and_to_the_reminder_and_ends_the_lease(
    connection: Connection,
) -> None:
    assert claims.record_outcomes(connection, [outcome(add_call(connection))]) == 1
    reminder, delivery = row(connection), call(connection)
    assert (reminder.state, reminder.due_at, reminder.worker, reminder.lease_until) == ("sent", None, None, None)
    assert (delivery.state, delivery.settled_at, delivery.provider_id, delivery.segments) == (
        "accepted",
        LATER,
        "SM1",
        2,
    )


def test_a_group_of_outcomes_is_counted_one_by_one(connection: Connection) -> None:
    rows = [outcome(add_call(connection, str(n), str(n)), str(n)) for n in range(5)]

    assert claims.record_outcomes(connection, rows) == 5


def test_each_call_of_a_group_waits_for_its_receipt_until_its_own_instant(connection: Connection) -> None:
    due = [LATER + timedelta(hours=4), None, LATER + timedelta(minutes=15, microseconds=1)]
    ids = [add_call(connection, str(n), str(n)) for n in range(3)]
    rows = [outcome(ids[n], str(n), delivery_receipt_due_at=due[n]) for n in range(3)]

    assert claims.record_outcomes(connection, rows) == 3
    query = select(tables.deliveries.c.receipt_due_at).order_by(tables.deliveries.c.id)
    assert list(connection.execute(query).scalars()) == due


@pytest.mark.parametrize("changes", [{"fence": 2}, {"state": "unknown"}, {"state": "sent"}])
def test_an_outcome_whose_claim_lost_the_reminder_is_not_counted(
    connection: Connection, changes: dict[str, Any]
) -> None:
    lost = add_call(connection, "lost", "1", **changes)
    ours = add_call(connection, "ours", "2")

    assert claims.record_outcomes(connection, [outcome(lost, "1"), outcome(ours, "2")]) == 1


def test_an_outcome_whose_delivery_was_settled_by_somebody_else_is_not_counted(connection: Connection) -> None:
    reminder = add_call(connection)
    connection.execute(update(tables.deliveries).values(state="unknown"))

    assert claims.record_outcomes(connection, [outcome(reminder)]) == 0


def test_an_outcome_settles_no_delivery_of_another_claim(connection: Connection) -> None:
    reminder = add_call(connection, fence=2)  # the delivery is of the first claim, the reminder is in the second

    assert claims.record_outcomes(connection, [outcome(reminder, fence=2)]) == 0
    assert call(connection).state == "intended"


def test_a_late_writer_changes_no_row(connection: Connection) -> None:
    reminder = add_call(connection, fence=2)
    claims.record_outcomes(connection, [outcome(reminder)])

    assert (row(connection).state, row(connection).worker) == ("sending", "one")


# Leases that ran out


@pytest.mark.parametrize(("seconds", "found"), [(-1, 1), (0, 0), (1, 0)])
def test_a_lease_has_run_out_once_its_instant_has_passed(connection: Connection, seconds: int, found: int) -> None:
    add_call(connection, lease_until=NOON + timedelta(seconds=seconds))

    assert len(claims.expired_leases(connection, NOON)) == found


def test_only_what_is_being_sent_has_a_lease(connection: Connection) -> None:
    add_reminder(connection, state="unknown", lease_until=NOON - timedelta(days=1))

    assert claims.expired_leases(connection, NOON) == []


def test_a_lease_that_ran_out_leaves_reminder_and_call_unknown(connection: Connection) -> None:
    add_call(connection, lease_until=NOON)
    (expired,) = claims.expired_leases(connection, LATER)

    assert claims.mark_unknown(connection, expired, reason="the worker stopped", now=LATER)
    reminder, delivery = row(connection), call(connection)
    assert (reminder.state, reminder.reason, reminder.due_at) == ("unknown", "the worker stopped", None)
    assert (reminder.worker, reminder.lease_until, reminder.changed_at) == (None, None, LATER)
    assert (delivery.state, delivery.reason, delivery.settled_at) == ("unknown", "the worker stopped", LATER)


def test_calls_that_were_settled_before_stay_as_they_are(connection: Connection) -> None:
    reminder = add_call(connection, lease_until=NOON)
    add_delivery(connection, "0", reminder, state="not_sent", fence=0)
    (expired,) = claims.expired_leases(connection, LATER)
    claims.mark_unknown(connection, expired, reason="the worker stopped", now=LATER)

    assert call(connection, "0").state == "not_sent"


@pytest.mark.parametrize("changes", [{"state": "sent"}, {"fence": 2}])
def test_a_worker_that_was_quicker_keeps_its_outcome(connection: Connection, changes: dict[str, Any]) -> None:
    add_call(connection, lease_until=NOON)
    (expired,) = claims.expired_leases(connection, LATER)
    connection.execute(update(tables.reminders).values(changes))

    assert not claims.mark_unknown(connection, expired, reason="the worker stopped", now=LATER)
    assert call(connection).state == "intended"


# Held too long, and ends nobody recorded


@pytest.mark.parametrize(("seconds", "found"), [(-1, 1), (0, 1), (1, 0)])
def test_a_held_reminder_is_too_old_from_its_bound_on(connection: Connection, seconds: int, found: int) -> None:
    add_reminder(connection, state="held", not_after=NOON + timedelta(seconds=seconds))

    assert len(claims.held_too_long(connection, NOON)) == found


@pytest.mark.parametrize("changes", [{"state": "planned", "not_after": NOON}, {"state": "held", "not_after": None}])
def test_what_is_not_held_or_has_no_bound_is_never_too_old(connection: Connection, changes: dict[str, Any]) -> None:
    add_reminder(connection, **changes)

    assert claims.held_too_long(connection, LATER) == []


def test_an_end_is_missing_where_the_start_has_passed_and_nothing_was_recorded(connection: Connection) -> None:
    add_enrollment(connection, "later", start_at=LATER)
    add_enrollment(connection, "first", start_at=NOON - timedelta(days=1))
    for status in ("completed", "cancelled", "ended"):
        add_enrollment(connection, status, start_at=NOON, status=status)

    assert claims.uncompleted(connection, NOON) == ["first", ENROLLMENT]


# Two at once, on PostgreSQL


@pytest.fixture
def server(postgres_url: str) -> Iterator[Engine]:
    """PostgreSQL alone: SQLite lets only one transaction write at all."""
    engine = open_engine(postgres_url)
    with engine.begin() as connection:
        add_enrollment(connection)
    yield engine
    engine.dispose()


@pytest.mark.postgres
def test_two_claims_never_take_the_same_reminder_and_none_waits(server: Engine) -> None:
    with server.begin() as connection:
        for number in range(4):
            add_reminder(connection, str(number))
    with server.begin() as one, server.begin() as two:
        first, second = claims.due(one, NOON, 2), claims.due(two, NOON, 10)

    assert (len(first), len(second)) == (2, 2)
    assert not set(keys(first)) & set(keys(second))
