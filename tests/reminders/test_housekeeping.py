"""What must happen though nobody sends: lost leases, held reminders grown wrong, ends nobody recorded, pauses."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, update

from reminders.changes.recording import complete
from reminders.clock import ManualClock
from reminders.database import operating, queries, tables, worklog
from reminders.database.engine import open_engine, reading
from reminders.database.vault import Vault
from reminders.dispatch import Report
from reminders.housekeeping import (
    ask_completion,
    beat,
    end_held,
    keep_house,
    reopen_transports,
    settle_expired,
)
from reminders.service import Service
from schedules.protocol import Channel
from tests.builders import local
from tests.reminders.builders import (
    ENROLLED,
    Transports,
    a_service,
    a_site,
    deliveries,
    enrolled_id,
    in_memory,
    meanwhile,
    send_due,
    sent_keys,
    set_reminder,
    states,
    tasks,
    the_reminder,
)

LEASE = ENROLLED + timedelta(seconds=60)
FOUND = {"unknown": 1, "kept": 0, "undelivered": 0, "missed": 1, "asked": 1, "told": 0, "settled": 0}


def frozen(service: Service, transports: Transports, id_: str, key: str = "welcome") -> None:
    """As if a worker had died in the middle of its call: the intent is written, the outcome is not."""
    send_due(service, transports)
    set_reminder(service, id_, key, state="sending", worker="one", lease_until=LEASE)
    with service.engine.begin() as connection:
        row = update(tables.deliveries).where(tables.deliveries.c.enrollment == id_)
        connection.execute(row.values(state="intended", settled_at=None, provider_id=None))


# Leases


def test_a_lease_that_ran_out_is_an_unknown_outcome_with_an_urgent_task(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    id_ = enrolled_id(service)
    frozen(service, transports, id_)
    clock.advance(timedelta(seconds=61))

    assert settle_expired(service, {}) == 1
    reminder = the_reminder(service, id_, "welcome")
    assert (reminder.state, reminder.due_at) == ("unknown", None)
    assert reminder.reason is not None
    assert reminder.reason.startswith("the worker stopped in the middle of the call")
    assert [row["state"] for row in deliveries(service, id_)] == ["unknown"]
    (task,) = tasks(service)
    assert (task["kind"], task["urgent"]) == ("unknown", True)
    assert "Ask the provider or call." in task["reason"]


def test_what_a_lost_lease_left_unknown_is_never_sent_again(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    id_ = enrolled_id(service)
    frozen(service, transports, id_)
    for _ in range(10):
        clock.advance(timedelta(hours=20))
        keep_house(service, {})
        send_due(service, transports)

    assert sent_keys(transports).count("welcome") == 1
    assert states(service, id_)["welcome"] == "unknown"


@pytest.mark.parametrize("seconds", [0, 59, 60])
def test_a_lease_that_has_not_run_out_is_left_alone(
    service: Service, transports: Transports, clock: ManualClock, seconds: int
) -> None:
    id_ = enrolled_id(service)
    frozen(service, transports, id_)
    clock.advance(timedelta(seconds=seconds))

    assert settle_expired(service, {}) == 0
    assert states(service, id_)["welcome"] == "sending"


def test_a_lost_lease_is_settled_once(service: Service, transports: Transports, clock: ManualClock) -> None:
    id_ = enrolled_id(service)
    frozen(service, transports, id_)
    clock.advance(timedelta(minutes=2))
    settle_expired(service, {})

    assert settle_expired(service, {}) == 0
    assert len(tasks(service)) == 1


def test_a_worker_that_comes_back_while_its_lease_is_settled_keeps_its_outcome(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    id_ = enrolled_id(service)
    frozen(service, transports, id_)
    clock.advance(timedelta(minutes=2))

    back = update(tables.reminders).where(tables.reminders.c.key == "welcome").values(state="sent")
    meanwhile(service.engine, "UPDATE reminders", lambda connection: connection.execute(back))

    assert settle_expired(service, {}) == 0
    assert states(service, id_)["welcome"] == "sent"
    assert tasks(service) == []


# Held too long


@pytest.fixture
def held(service: Service, transports: Transports, clock: ManualClock) -> str:
    """A patient whose `after-care` waits for the recorded end; everything before has left."""
    id_ = enrolled_id(service)
    for key in states(service, id_):
        set_reminder(service, id_, key, state="planned" if key == "after-care" else "sent")
    clock.move_to(local("2026-12-08 13:00"))
    assert send_due(service, transports) == Report(held=1)
    return id_


def test_a_held_reminder_is_missed_at_its_bound_with_a_task(service: Service, held: str, clock: ManualClock) -> None:
    clock.move_to(local("2026-12-09 09:59"))
    assert end_held(service) == 0
    clock.move_to(local("2026-12-09 10:00"))

    assert end_held(service) == 1
    missed = the_reminder(service, held, "after-care")
    assert (missed.state, missed.due_at) == ("missed", None)
    assert missed.reason == "what it waited for was not recorded in time (completed)"
    (task,) = tasks(service)
    assert (task["kind"], task["urgent"], task["enrollment"]) == ("missed", False, held)


def test_it_is_missed_once(service: Service, held: str, clock: ManualClock) -> None:
    clock.move_to(local("2026-12-09 10:00"))
    end_held(service)

    assert end_held(service) == 0
    assert len(tasks(service)) == 1


def test_the_task_is_urgent_where_the_step_says_so(service: Service, clock: ManualClock) -> None:
    id_ = enrolled_id(service, holds=("warfarin=5",), resumes=("warfarin=1",))
    set_reminder(service, id_, "resume:warfarin", state="held", waits_for=["completed"])
    clock.move_to(local("2026-12-09 20:00"))
    end_held(service)

    assert [(task["kind"], task["urgent"]) for task in tasks(service)] == [("missed", True)]


def test_what_staff_were_asked_about_at_once_is_not_asked_again(
    service: Service, held: str, clock: ManualClock
) -> None:
    set_reminder(service, held, "after-care", waits_for=["staff"])
    clock.move_to(local("2026-12-09 10:00"))

    assert end_held(service) == 1
    assert tasks(service) == []


def test_a_held_copy_ends_without_a_task_of_its_own(service: Service, held: str, clock: ManualClock) -> None:
    set_reminder(service, held, "after-care", copy_of="something")
    clock.move_to(local("2026-12-09 10:00"))

    assert end_held(service) == 1
    assert tasks(service) == []


@pytest.fixture
def server(postgres_url: str, vault: Vault, clock: ManualClock) -> Iterator[Service]:
    """A service on PostgreSQL alone: SQLite lets only one transaction write at all."""
    engine = open_engine(postgres_url)
    yield a_service(engine, vault, clock)
    engine.dispose()


@pytest.mark.postgres
def test_a_held_reminder_that_is_released_meanwhile_is_not_reported_as_missed(
    server: Service, clock: ManualClock
) -> None:
    id_ = enrolled_id(server)
    set_reminder(server, id_, "after-care", state="held", waits_for=["completed"])
    clock.move_to(local("2026-12-09 10:00"))

    # It has been found held, and its enrollment is about to be locked.
    meanwhile(server.engine, "FOR SHARE", lambda _: set_reminder(server, id_, "after-care", state="planned"))

    assert end_held(server) == 0
    assert states(server, id_)["after-care"] == "planned"
    assert tasks(server) == []


@pytest.mark.postgres
def test_what_a_change_holds_is_left_for_the_next_round(server: Service, clock: ManualClock) -> None:
    id_ = enrolled_id(server)
    set_reminder(server, id_, "after-care", state="held", waits_for=["completed"])
    clock.move_to(local("2026-12-09 10:00"))
    with server.engine.begin() as change:
        queries.load_enrollment(change, server.vault, id_, lock=True)

        assert end_held(server) == 0
    assert end_held(server) == 1


# Ends nobody recorded


def test_the_end_is_asked_for_two_hours_after_the_planned_one(service: Service, clock: ManualClock) -> None:
    id_ = enrolled_id(service)
    clock.move_to(local("2026-12-08 11:59"))
    assert ask_completion(service) == 0
    clock.move_to(local("2026-12-08 12:00"))

    assert ask_completion(service) == 1
    (task,) = tasks(service)
    assert (task["kind"], task["urgent"], task["enrollment"]) == ("completion", False, id_)


def test_it_becomes_urgent_after_four_hours_and_stays_one_task(service: Service, clock: ManualClock) -> None:
    enrolled_id(service)
    for text in ("2026-12-08 12:00", "2026-12-08 13:59", "2026-12-08 14:00", "2026-12-08 18:00"):
        clock.move_to(local(text))
        ask_completion(service)

    (task,) = tasks(service)
    assert task["urgent"]
    assert task["due_at"] == local("2026-12-08 15:00")


def test_after_a_long_outage_it_is_asked_for_urgently_at_once(service: Service, clock: ManualClock) -> None:
    enrolled_id(service)
    clock.move_to(local("2026-12-09 09:00"))

    assert ask_completion(service) == 1
    assert [task["urgent"] for task in tasks(service)] == [True]


def test_who_has_said_that_it_is_done_is_not_asked_again(service: Service, clock: ManualClock) -> None:
    enrolled_id(service)
    clock.move_to(local("2026-12-08 12:00"))
    ask_completion(service)
    with service.engine.begin() as connection:
        (task,) = worklog.list_tasks(connection)
        worklog.finish_task(connection, task["id"], by="nurse", note=None, now=clock.now())
    clock.move_to(local("2026-12-08 15:00"))

    assert ask_completion(service) == 0
    assert tasks(service) == []


def test_a_recorded_end_is_not_asked_for(service: Service, clock: ManualClock) -> None:
    id_ = enrolled_id(service)
    clock.move_to(local("2026-12-08 11:00"))
    complete(service, id_, ended_at="2026-12-08 10:10", by="nurse")
    clock.move_to(local("2026-12-08 12:30"))

    assert ask_completion(service) == 0


# One that cannot be read must not stop the house


def test_one_enrollment_that_cannot_be_read_does_not_keep_the_others_from_being_asked_about(
    engine: Engine, vault: Vault, clock: ManualClock
) -> None:
    before = a_service(engine, vault, clock, sites={"main": a_site(), "north": a_site(name="Example North")})
    for site in ("north", "main"):
        id_ = enrolled_id(before, site=site)
        set_reminder(before, id_, "after-care", state="held", waits_for=["completed"])
        set_reminder(before, id_, "welcome", state="sending", lease_until=LEASE)
    after = a_service(engine, vault, clock)
    clock.move_to(local("2026-12-09 10:00"))

    assert keep_house(after, {}) == FOUND
    assert {task["enrollment"] for task in tasks(after)} == {id_}
    assert keep_house(before, {}) == FOUND


def test_keeping_house_says_how_much_each_part_found(service: Service, clock: ManualClock) -> None:
    id_ = enrolled_id(service)
    set_reminder(service, id_, "welcome", state="sending", lease_until=LEASE)
    set_reminder(service, id_, "after-care", state="held", waits_for=["completed"])
    clock.move_to(local("2026-12-09 10:00"))

    assert keep_house(service, {}) == FOUND
    assert keep_house(service, {}) == dict.fromkeys(FOUND, 0)


# Paused transports


def pause(service: Service, scope: str, by: str) -> None:
    with service.engine.begin() as connection:
        operating.pause(connection, scope, reason="The account was refused.", by=by, now=ENROLLED)


def paused(service: Service) -> list[str]:
    with reading(service.engine) as connection:
        return sorted(operating.pauses(connection))


def test_a_transport_that_was_mended_is_opened_again(service: Service, clock: ManualClock) -> None:
    pause(service, "transport:sms", "system")

    assert reopen_transports(service, in_memory(clock)) == ["sms"]
    assert paused(service) == []


def test_a_transport_that_still_has_a_problem_stays_paused(service: Service, clock: ManualClock) -> None:
    transports = in_memory(clock)
    transports[Channel.SMS].problems = ("The account was refused.",)
    pause(service, "transport:sms", "system")

    assert reopen_transports(service, transports) == []
    assert paused(service) == ["transport:sms"]


def test_what_a_person_paused_only_a_person_opens(service: Service, clock: ManualClock) -> None:
    pause(service, "transport:sms", "operator")

    assert reopen_transports(service, in_memory(clock)) == []
    assert paused(service) == ["transport:sms"]


def test_a_transport_that_was_never_paused_is_not_even_asked(service: Service) -> None:
    class Unasked:
        def check(self) -> tuple[str, ...]:
            raise AssertionError("it was asked")

    transports: Any = {Channel.SMS: Unasked()}

    assert reopen_transports(service, transports) == []


def test_each_paused_transport_is_opened_by_itself(service: Service, clock: ManualClock) -> None:
    transports = in_memory(clock)
    transports[Channel.EMAIL].problems = ("The relay does not answer.",)
    for channel in ("sms", "email"):
        pause(service, f"transport:{channel}", "system")

    assert reopen_transports(service, transports) == ["sms"]
    assert paused(service) == ["transport:email"]


# Heartbeat


def test_a_worker_says_that_it_is_alive(service: Service, clock: ManualClock) -> None:
    for _ in range(2):
        clock.advance(timedelta(seconds=15))
        beat(service, "one", ENROLLED)

    with reading(service.engine) as connection:
        assert operating.last_beat(connection) == ENROLLED + timedelta(seconds=30)
