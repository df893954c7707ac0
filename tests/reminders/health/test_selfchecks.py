"""The service looks itself over: each thing that must not be is planted, found, and stops what leaves."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, delete, event, insert, select, text, update

from reminders import pausing
from reminders.changes.recording import complete, record_visit
from reminders.changes.rescheduling import cancel, reschedule
from reminders.clock import ManualClock
from reminders.database import measures, operating, tables
from reminders.database.engine import reading
from reminders.database.invariants import Wrong
from reminders.dispatch import Report
from reminders.health.selfchecks import Check, act_on, look_over
from reminders.health.watching import Watchman
from reminders.service import Service
from reminders.tasking import finish
from reminders.transports.memory import fails
from reminders.worker import run_once
from schedules.protocol import Channel
from tests.builders import local
from tests.reminders.builders import (
    Transports,
    enrolled_id,
    send_due,
    set_reminder,
    states,
    tasks,
    texts_only,
    the_reminder,
    unknown,
)
from tests.reminders.web.calling import all_rows

D = tables.deliveries
MINUTE = timedelta(minutes=1)
ENDED = "2026-12-08 10:10"


@pytest.fixture
def patient(service: Service, transports: Transports) -> str:
    """A patient who has got the first message."""
    id_ = enrolled_id(service)
    send_due(service, transports)
    return id_


def found(service: Service) -> list[str]:
    looked = look_over(service)
    assert looked.broken == ()
    return [finding.check for finding in looked.findings]


def change_delivery(service: Service, id_: str, **values: Any) -> None:
    with service.engine.begin() as connection:
        assert connection.execute(update(D).where(D.c.enrollment == id_).values(values)).rowcount == 1


def plant_delivery(service: Service, id_: str, **values: Any) -> None:
    """One more, like the one that left."""
    with service.engine.begin() as connection:
        row = dict(connection.execute(select(D).where(D.c.enrollment == id_)).mappings().one())
        connection.execute(insert(D), row | {"id": "f" * 32} | values)


def paused_by(service: Service) -> str | None:
    with reading(service.engine) as connection:
        row = operating.pauses(connection).get(pausing.EVERYTHING)
    return row["paused_by"] if row else None


def plant_two_live(service: Service, id_: str) -> None:
    with service.engine.begin() as connection:
        connection.execute(text("DROP INDEX uq_deliveries_live"))
    plant_delivery(service, id_)


# What is found


def test_where_all_is_as_it_must_be_nothing_is_found(service: Service, patient: str, clock: ManualClock) -> None:
    assert found(service) == []
    clock.advance(20 * MINUTE)
    assert found(service) == []


def test_looking_changes_nothing(service: Service, patient: str) -> None:
    plant_two_live(service, patient)
    before = all_rows(service.engine)
    assert look_over(service).findings
    assert all_rows(service.engine) == before


def test_two_messages_for_one_reminder_are_found_for_a_quarter_of_an_hour(
    service: Service, patient: str, clock: ManualClock
) -> None:
    plant_two_live(service, patient)
    assert found(service) == ["two-live"] * 2
    clock.advance(15 * MINUTE)
    assert found(service) == []


@pytest.mark.parametrize("state", ["not_sent", "refused", "absent", "undelivered", "abandoned"])
def test_a_second_call_after_one_that_came_to_nothing_is_none(service: Service, patient: str, state: str) -> None:
    plant_delivery(service, patient, state=state)
    assert found(service) == []


@pytest.mark.parametrize(("minutes", "checks"), [(5, []), (5.1, ["stuck"])])
def test_a_call_that_no_housekeeping_has_settled_is_found(
    service: Service, patient: str, clock: ManualClock, minutes: float, checks: list[str]
) -> None:
    set_reminder(service, patient, "welcome", state="sending", lease_until=clock.now() - minutes * MINUTE)
    assert found(service) == checks


def test_an_unknown_outcome_is_found_where_nobody_was_told(service: Service, clock: ManualClock) -> None:
    transports = texts_only(clock, can_look_up=False)
    enrolled_id(service)
    transports[Channel.SMS].script(fails(unknown))
    send_due(service, transports)
    clock.advance(16 * MINUTE)
    assert found(service) == []
    with service.engine.begin() as connection:
        connection.execute(delete(tables.tasks))
    assert found(service) == ["unlisted"]


def test_a_task_that_was_done_has_told_somebody(service: Service, clock: ManualClock) -> None:
    transports = texts_only(clock, can_look_up=False)
    enrolled_id(service)
    transports[Channel.SMS].script(fails(unknown))
    send_due(service, transports)
    for task in tasks(service):
        finish(service, task["id"], note="called", by="Sam Nurse")
    clock.advance(16 * MINUTE)
    assert found(service) == []


@pytest.mark.parametrize(("seconds", "checks"), [(60, []), (61, ["replaced"])])
@pytest.mark.parametrize("by", ["cancel", "move"])
def test_a_message_of_a_plan_that_was_replaced_before_is_found(
    service: Service, patient: str, clock: ManualClock, by: str, seconds: int, checks: list[str]
) -> None:
    if by == "cancel":
        cancel(service, patient, reason="hospital", note=None, by="coordinator")
    else:
        reschedule(service, patient, to="2026-12-15 09:00", by="coordinator")
    changed_at = clock.now()
    clock.advance(2 * MINUTE)
    change_delivery(service, patient, intended_at=changed_at + timedelta(seconds=seconds))
    assert found(service) == checks


def test_what_had_left_before_the_change_is_no_finding(service: Service, patient: str, clock: ManualClock) -> None:
    clock.advance(MINUTE)
    cancel(service, patient, reason="hospital", note=None, by="coordinator")
    assert found(service) == []


def test_what_left_some_time_after_the_booking_and_before_a_change_is_no_finding(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    id_ = enrolled_id(service)
    clock.advance(2 * MINUTE)
    send_due(service, transports)
    clock.advance(MINUTE)
    record_visit(service, id_, at="2027-01-12 10:30", by="coordinator")
    assert "skipped" in states(service, id_).values()  # explained anew by the change, and not since the booking
    assert found(service) == []


def test_what_tells_of_the_cancellation_is_no_finding(
    service: Service, transports: Transports, patient: str, clock: ManualClock
) -> None:
    cancel(service, patient, reason="hospital", note=None, by="coordinator")
    clock.advance(2 * MINUTE)
    send_due(service, transports)
    assert found(service) == []


@pytest.fixture
def a_day_later(service: Service, transports: Transports, patient: str, clock: ManualClock) -> datetime:
    """The procedure has ended, a day ago; returns when."""
    ended_at = local(ENDED)
    clock.move_to(ended_at)
    complete(service, patient, ended_at=ENDED, by="Sam Nurse")
    clock.move_to(ended_at + timedelta(days=1))
    return ended_at


def plant_sent(service: Service, id_: str, key: str, at: datetime, **values: Any) -> None:
    reminder = the_reminder(service, id_, key)
    set_reminder(service, id_, key, state="sent", due_at=None)
    with service.engine.begin() as connection:
        revision = connection.execute(select(tables.enrollments.c.revision)).scalar_one()
    plant_delivery(service, id_, reminder=reminder.id, intended_at=at, revision=revision, **values)


@pytest.mark.parametrize(
    ("key", "early", "checks"),
    [
        ("resume-aspirin", timedelta(microseconds=1), ["within-a-day"]),
        ("resume-aspirin", timedelta(0), []),
        ("after-care", timedelta(minutes=10), []),  # its own bound lets it leave an hour after the end
    ],
)
def test_a_step_that_must_wait_a_day_and_did_not_is_found_by_its_bound(
    service: Service, patient: str, a_day_later: datetime, key: str, early: timedelta, checks: list[str]
) -> None:
    plant_sent(service, patient, key, a_day_later + timedelta(days=1) - early)
    assert found(service) == checks


def test_an_end_that_was_corrected_since_is_no_finding(
    service: Service, patient: str, a_day_later: datetime, clock: ManualClock
) -> None:
    plant_sent(service, patient, "resume-aspirin", clock.now())
    complete(service, patient, ended_at="2026-12-08 11:30", correct=True, by="Sam Nurse")
    assert "within-a-day" not in found(service)


@pytest.mark.parametrize("state", ["planned", "held"])
@pytest.mark.parametrize(("minutes", "checks"), [(10, []), (10.1, ["past-end"])])
def test_a_reminder_that_nobody_has_ended_is_found(
    service: Service, patient: str, clock: ManualClock, state: str, minutes: float, checks: list[str]
) -> None:
    set_reminder(service, patient, "ride", state=state, not_after=clock.now() - minutes * MINUTE)
    assert found(service) == checks


# What follows


def test_a_finding_stops_everything_with_a_reason_and_an_urgent_task(
    service: Service, transports: Transports, patient: str, caplog: pytest.LogCaptureFixture
) -> None:
    plant_two_live(service, patient)
    waiting = enrolled_id(service)

    assert run_once(service, transports) == Report()
    assert paused_by(service) == operating.SYSTEM
    assert states(service, waiting)["welcome"] == "planned"
    reason = "everything is paused by system: self-check: two messages may have left for one reminder (2)"
    assert the_reminder(service, waiting, "welcome").reason == reason
    assert {(task["kind"], task["urgent"], task["enrollment"]) for task in tasks(service)} == {
        ("self-check", True, patient)
    }
    assert [record.getMessage() for record in caplog.records].count("self_check") == 1


def test_resumed_and_unmended_it_stops_again(service: Service, transports: Transports, patient: str) -> None:
    plant_two_live(service, patient)
    run_once(service, transports)
    pausing.resume(service, by="Sam Operator")
    run_once(service, transports)
    assert paused_by(service) == operating.SYSTEM


def test_what_a_person_has_dealt_with_stops_nothing_any_more(
    service: Service, transports: Transports, patient: str, clock: ManualClock
) -> None:
    plant_two_live(service, patient)
    run_once(service, transports)
    for task in tasks(service):
        finish(service, task["id"], note="both were read to the patient", by="Sam Nurse")
    pausing.resume(service, by="Sam Operator")
    enrolled_id(service)

    assert run_once(service, transports) == Report(sent=1)
    assert paused_by(service) is None


def test_what_a_person_has_paused_stays_that_persons(service: Service, transports: Transports, patient: str) -> None:
    pausing.pause(service, by="Sam Operator")
    plant_two_live(service, patient)
    run_once(service, transports)
    assert paused_by(service) == "Sam Operator"
    assert len(tasks(service)) == 2


def test_what_housekeeping_may_be_about_to_mend_counts_when_it_is_still_there_a_look_later(
    service: Service, patient: str, clock: ManualClock
) -> None:
    set_reminder(service, patient, "welcome", state="sending", lease_until=clock.now() - 6 * MINUTE)
    watchman = Watchman(service)
    watchman.look_over()
    assert paused_by(service) is None
    watchman.look_over()
    assert paused_by(service) == operating.SYSTEM


def test_after_an_outage_one_run_mends_what_it_finds_and_stops_nothing(
    service: Service, transports: Transports, patient: str, clock: ManualClock
) -> None:
    set_reminder(service, patient, "welcome", state="sending", lease_until=clock.now() - 6 * MINUTE)
    set_reminder(service, patient, "ride", due_at=clock.now() - 99 * MINUTE, not_after=clock.now() - 98 * MINUTE)
    assert run_once(service, transports) == Report(missed=1)
    assert paused_by(service) is None
    assert "self-check" not in [task["kind"] for task in tasks(service)]


def test_what_only_makes_messages_late_is_one_task_and_stops_nothing(
    service: Service, transports: Transports, patient: str, clock: ManualClock
) -> None:
    for key in ("ride", "prepare"):
        set_reminder(service, patient, key, not_after=clock.now() - 11 * MINUTE)
    watchman = Watchman(service)
    watchman.look_over()
    watchman.look_over()
    assert paused_by(service) is None
    (task,) = tasks(service)
    assert (task["kind"], task["urgent"], task["enrollment"]) == ("self-check", True, None)
    enrolled_id(service)
    assert send_due(service, transports).sent == 1
    assert watchman.troubles() == ("self-check",)


def test_a_question_that_cannot_be_answered_is_an_alarm_and_keeps_no_other_from_being_asked(
    service: Service, patient: str, caplog: pytest.LogCaptureFixture
) -> None:
    def fails_(*_: object) -> list[Wrong]:
        raise LookupError("no")

    def finds(*_: object) -> list[Wrong]:
        return [Wrong(about="1", enrollment=patient, site="main", key="ride", step="ride", protocol_hash="x")]

    broken = Check(name="broken", means="no matter", ask=fails_)
    looked = look_over(service, [broken, Check(name="two-live", means="it is so", ask=finds)])
    assert (looked.broken, [finding.reason for finding in looked.findings]) == (("broken",), ["ride: it is so"])
    assert not looked.clean
    assert "self_check_broken" in caplog.text
    assert act_on(service, looked.findings)


def test_a_database_that_is_away_is_an_alarm(service: Service) -> None:
    with service.engine.begin() as connection:
        connection.execute(text("DROP TABLE deliveries" + (" CASCADE" if connection.dialect.name != "sqlite" else "")))
    watchman = Watchman(service)
    watchman.look_over()
    assert watchman.troubles() == ("self-check",)


# What it costs


@pytest.fixture
def asked(engine: Engine) -> Iterator[list[tuple[str, Any]]]:
    """Every question, with its values."""
    statements: list[tuple[str, Any]] = []

    def keep(_connection: Connection, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith("SELECT"):
            statements.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", keep)
    yield statements
    event.remove(engine, "before_cursor_execute", keep)


LARGE = "reminders|deliveries|enrollments|events|answers|replies|consents"


@pytest.mark.parametrize("database_kind", ["sqlite"])  # its plans depend on the statement alone, the indexes are alike
def test_no_question_reads_a_large_table_from_end_to_end(
    service: Service, patient: str, clock: ManualClock, asked: list[tuple[str, Any]]
) -> None:
    look_over(service)
    with reading(service.engine) as connection:
        measures.measure(connection, clock.now(), 15 * MINUTE, 2 * MINUTE)
    questions = list(asked)
    assert len(questions) > 10
    with service.engine.connect() as connection:
        plans = {
            statement: [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
            for statement, parameters in questions
        }
    whole = re.compile(rf"SCAN ({LARGE})\b|.*ix_deliveries_intended_at \(intended_at<\?\)$")
    scans = [(line, s) for s, plan in plans.items() for line in plan if whole.match(line)]
    partial = re.compile(r"USING (COVERING )?INDEX ix_(reminders_held|reminders_leased|deliveries_unsettled)")
    assert [each for each in scans if not partial.search(each[0])] == []
