"""The day's reconciliation: what fell due against what became of it."""

from datetime import date, timedelta

import pytest

from reminders.clock import ManualClock
from reminders.errors import InputError
from reminders.reporting import reconcile, report_day
from reminders.service import Service
from tests.builders import local
from tests.reminders.builders import Transports, enrolled_id, send_due, set_reminder, tasks, the_reminder

FRIDAY = date(2026, 11, 20)


@pytest.fixture
def next_morning(service: Service, transports: Transports, clock: ManualClock) -> str:
    """A patient enrolled on Friday noon whose welcome left; it is Saturday morning."""
    id_ = enrolled_id(service)
    send_due(service, transports)
    clock.move_to(local("2026-11-21 09:00"))
    return id_


def test_what_fell_due_is_counted_by_what_became_of_it(service: Service, next_morning: str) -> None:
    (report,) = report_day(service)

    assert (report.day, report.due, report.counts["sent"], report.differences) == (FRIDAY, 1, 1, ())


def test_the_counts_add_up_to_what_was_due(service: Service, next_morning: str) -> None:
    (report,) = report_day(service, FRIDAY)

    assert sum(report.counts.values()) == report.due


def test_a_reminder_nobody_looked_at_is_a_difference(service: Service, clock: ManualClock) -> None:
    enrolled_id(service)
    clock.move_to(local("2026-11-21 09:00"))

    (report,) = report_day(service)

    assert len(report.differences) == 1
    assert "no worker has looked at it" in report.differences[0]


def test_a_sent_reminder_no_provider_took_is_a_difference(service: Service, clock: ManualClock) -> None:
    id_ = enrolled_id(service)
    set_reminder(service, id_, "welcome", state="sent", due_at=None)
    clock.move_to(local("2026-11-21 09:00"))

    (report,) = report_day(service)

    assert "no provider took it" in report.differences[0]


def test_a_call_that_was_never_settled_is_a_difference(service: Service, clock: ManualClock) -> None:
    id_ = enrolled_id(service)
    lease = the_reminder(service, id_, "welcome").send_at
    set_reminder(service, id_, "welcome", state="sending", lease_until=lease)
    clock.move_to(local("2026-11-21 09:00"))

    (report,) = report_day(service)

    assert "never settled" in report.differences[0]


def test_a_day_ahead_is_refused(service: Service) -> None:
    with pytest.raises(InputError, match="lies ahead"):
        report_day(service, FRIDAY + timedelta(days=2))


def test_a_difference_opens_one_urgent_task_however_often_it_is_found(service: Service, clock: ManualClock) -> None:
    enrolled_id(service)
    clock.move_to(local("2026-11-21 09:00"))

    assert [reconcile(service), reconcile(service)] == [1, 1]
    assert [(task["kind"], task["urgent"]) for task in tasks(service)] == [("reconciliation", True)]


def test_a_day_without_a_difference_opens_no_task(service: Service, next_morning: str) -> None:
    assert reconcile(service) == 0
    assert tasks(service) == []
