"""Overdue urgent tasks: one step of the site's list at a time, never the same one twice, and no patient named."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from reminders.clock import ManualClock
from reminders.database import worklog
from reminders.database.vault import Vault
from reminders.escalating import escalate
from reminders.records import Task
from reminders.service import Service
from reminders.transports.memory import fails
from schedules.protocol import Channel
from tests.builders import local
from tests.reminders.builders import Transports, a_service, a_site, in_memory, misconfigured, tasks, together

DUE = local("2026-11-20 12:00")
NURSE, HEAD = "+12125550181", "+12125550182"
STEPS = [
    {"channel": "sms", "to": NURSE, "after_minutes": 15},
    {"channel": "sms", "to": HEAD, "after_minutes": 30},
]


def opened(service: Service, **changes: Any) -> None:
    values: dict[str, Any] = {
        "kind": "call", "cause": "one", "reason": "Call.", "due_at": DUE, "urgent": True, "enrollment": None,
        "site": "main",
    }  # fmt: skip
    with service.engine.begin() as connection:
        worklog.open_tasks(connection, [Task(**values | changes)], DUE)


@pytest.fixture
def service(engine: Engine, vault: Vault, clock: ManualClock) -> Service:
    return a_service(engine, vault, clock, sites={"main": a_site(escalation=STEPS)})


def heard(transports: Transports) -> list[str]:
    return [call.to for call in transports[Channel.SMS].calls]


def test_each_step_is_told_once_at_its_time(service: Service, transports: Transports, clock: ManualClock) -> None:
    opened(service)
    told = {}
    for minutes in (0, 14, 15, 16, 44, 45, 46, 600):
        clock.move_to(DUE + timedelta(minutes=minutes))
        escalate(service, transports)
        told[minutes] = heard(transports)

    assert told[14] == []
    assert told[15] == told[44] == [NURSE]
    assert told[45] == told[600] == [NURSE, HEAD]


def test_after_a_long_silence_one_step_is_taken_at_a_time(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    opened(service)
    clock.move_to(DUE + timedelta(hours=5))

    assert (escalate(service, transports), heard(transports)) == (1, [NURSE])
    assert (escalate(service, transports), heard(transports)) == (1, [NURSE, HEAD])
    assert escalate(service, transports) == 0


def test_two_workers_tell_a_step_once(service: Service, transports: Transports, clock: ManualClock) -> None:
    opened(service)
    clock.move_to(DUE + timedelta(minutes=15))
    answers = together(lambda: escalate(service, transports), lambda: escalate(service, transports))

    assert sorted(answers) == [0, 1]
    assert heard(transports) == [NURSE]


def test_a_step_that_fails_is_followed_by_the_next_and_not_repeated(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    transports[Channel.SMS].script(fails(misconfigured))
    opened(service)
    clock.move_to(DUE + timedelta(minutes=15))
    assert (escalate(service, transports), escalate(service, transports)) == (0, 0)
    clock.move_to(DUE + timedelta(minutes=45))

    assert escalate(service, transports) == 1
    assert heard(transports)[-1] == HEAD


@pytest.mark.parametrize("changes", [{"urgent": False}, {"due_at": DUE + timedelta(days=1)}])
def test_what_is_not_urgent_or_not_yet_due_is_told_to_nobody(
    service: Service, transports: Transports, clock: ManualClock, changes: dict[str, Any]
) -> None:
    opened(service, **changes)
    clock.move_to(DUE + timedelta(hours=5))

    assert (escalate(service, transports), heard(transports)) == (0, [])


def test_a_task_that_is_done_is_told_to_nobody(service: Service, transports: Transports, clock: ManualClock) -> None:
    opened(service)
    (task,) = tasks(service)
    with service.engine.begin() as connection:
        assert worklog.finish_task(connection, task["id"], by="nurse", note=b"", now=DUE)
    clock.move_to(DUE + timedelta(hours=5))

    assert escalate(service, transports) == 0


def test_a_site_without_a_list_tells_nobody(
    engine: Engine, vault: Vault, transports: Transports, clock: ManualClock
) -> None:
    service = a_service(engine, vault, clock)
    opened(service)
    clock.move_to(DUE + timedelta(hours=5))

    assert escalate(service, transports) == 0


def test_the_text_names_the_task_and_its_kind(service: Service, transports: Transports, clock: ManualClock) -> None:
    opened(service)
    clock.move_to(DUE + timedelta(minutes=15))
    escalate(service, transports)
    (task,), (call,) = tasks(service), transports[Channel.SMS].calls

    assert call.text == (f"Example Radiology: urgent task {task['id']} (call) is overdue. Please see the worklist.")


def test_a_call_about_a_task_may_be_left_on_a_machine(engine: Engine, vault: Vault, clock: ManualClock) -> None:
    by_phone = [{"channel": "voice", "to": NURSE, "after_minutes": 15}]
    service = a_service(engine, vault, clock, sites={"main": a_site(escalation=by_phone)})
    providers = in_memory(clock)
    opened(service)
    clock.move_to(DUE + timedelta(minutes=15))
    escalate(service, providers)

    (call,) = providers[Channel.VOICE].calls
    assert call.discreet == call.text
