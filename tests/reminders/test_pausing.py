"""Pausing everything, a site or a transport: what it keeps back, for how long, and who may end it."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from reminders.clock import ManualClock
from reminders.database import operating, tables
from reminders.database.engine import reading
from reminders.database.vault import Vault
from reminders.dispatch import Report
from reminders.errors import InputError
from reminders.housekeeping import reopen_transports
from reminders.pausing import Paused, in_words, pause, pause_of, resume
from reminders.service import Service
from reminders.staff_texts import write
from tests.builders import local
from tests.reminders.builders import (
    ENROLLED,
    Transports,
    a_service,
    a_site,
    enrolled_id,
    in_memory,
    row_counts,
    send_due,
    sent_keys,
    set_reminder,
    task_kinds,
    tasks,
    the_reminder,
)
from tests.reminders.hearing import hears, responses

FIRST = "welcome"
SCOPES: list[dict[str, str]] = [{}, {"site": "main"}, {"transport": "sms"}]


@pytest.fixture
def two_sites(engine: Engine, vault: Vault, clock: ManualClock) -> Service:
    return a_service(engine, vault, clock, sites={"main": a_site(), "north": a_site(phone="+12125550101")})


def paused(service: Service, **options: Any) -> Paused:
    return pause(service, **{"by": "Alex", "reason": "a wrong text"} | options)


def pauses(service: Service) -> dict[str, str]:
    with reading(service.engine) as connection:
        return {scope: row["paused_by"] for scope, row in operating.pauses(connection).items()}


def logged(service: Service) -> list[tuple[Any, ...]]:
    e = tables.events.c
    query = select(e.enrollment, e.by, e.action, e.before, e.after).where(e.enrollment.is_(None)).order_by(e.id)
    with reading(service.engine) as connection:
        return [tuple(row) for row in connection.execute(query)]


# What a pause keeps back


@pytest.mark.parametrize("scope", SCOPES, ids=str)
def test_nothing_leaves_while_it_is_paused_and_all_of_it_once_it_is_resumed(
    scope: dict[str, str], service: Service, transports: Transports, clock: ManualClock
) -> None:
    id_ = enrolled_id(service)
    paused(service, **scope)
    assert send_due(service, transports) == Report()
    waiting = the_reminder(service, id_, FIRST)
    assert (waiting.state, waiting.due_at) == ("planned", ENROLLED + timedelta(seconds=60))
    resume(service, by="Alex", **scope)
    clock.advance(timedelta(seconds=60))
    assert send_due(service, transports) == Report(sent=1)


def test_a_plea_for_help_that_a_pause_left_unanswered_is_a_persons(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    """What else is written has opened its task; nobody looks at HELP, for the program always answers it."""
    id_ = enrolled_id(service)
    send_due(service, transports)
    paused(service)
    for text in ("HELP", "START"):
        hears(service, id_, text)
    send_due(service, transports)
    clock.advance(timedelta(minutes=15))
    send_due(service, transports)

    assert [one.state for one in responses(service, id_)] == ["skipped", "skipped"]
    (task,) = tasks(service)
    assert (task["kind"], task["reason"].partition(":")[0]) == ("missed", "response")


@pytest.mark.parametrize(
    ("scope", "what"),
    list(zip(SCOPES, ["everything", "site main", "the sms transport"], strict=True)),
    ids=str,
)
def test_what_waits_says_who_paused_it_and_why(
    scope: dict[str, str], what: str, service: Service, transports: Transports
) -> None:
    id_ = enrolled_id(service)
    paused(service, **scope)
    send_due(service, transports)
    assert the_reminder(service, id_, FIRST).reason == f"{what} is paused by Alex: a wrong text"


def test_a_paused_site_leaves_the_others_alone(two_sites: Service, transports: Transports) -> None:
    enrolled_id(two_sites, site="main", name="Pat Example")
    elsewhere = enrolled_id(two_sites, site="north", name="Sam Example")
    paused(two_sites, site="main")
    assert send_due(two_sites, transports) == Report(sent=1)
    assert [message.enrollment for each in transports.values() for message in each.calls] == [elsewhere]


def test_a_paused_transport_leaves_the_others_alone(service: Service, clock: ManualClock) -> None:
    transports = in_memory(clock)
    enrolled_id(service, consent="sms")
    elsewhere = enrolled_id(service, consent="email", email="sam@example.org", name="Sam Example")
    paused(service, transport="sms")
    assert send_due(service, transports) == Report(sent=1)
    assert [message.enrollment for each in transports.values() for message in each.calls] == [elsewhere]


def test_what_becomes_wrong_during_a_pause_is_missed_and_a_person_is_told(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    id_ = enrolled_id(service)
    set_reminder(service, id_, FIRST, not_after=ENROLLED + timedelta(seconds=90))
    paused(service)
    send_due(service, transports)
    for _ in range(2):
        clock.advance(timedelta(seconds=60))
        send_due(service, transports)
    missed = the_reminder(service, id_, FIRST)
    assert (missed.state, sent_keys(transports)) == ("missed", [])
    assert missed.reason is not None
    assert missed.reason.endswith("everything is paused by Alex: a wrong text")
    assert task_kinds(service) == ["missed"]


def test_an_urgent_text_is_not_excepted_from_a_pause(service: Service, transports: Transports) -> None:
    id_ = enrolled_id(service)
    send_due(service, transports)
    paused(service, site="main")
    write(service, id_, "Please call us", urgent=True, by="Alex")
    assert send_due(service, transports) == Report()
    assert sent_keys(transports) == [FIRST]


# Pausing and resuming


@pytest.mark.parametrize(
    ("scope", "name"), list(zip(SCOPES, ["all", "site:main", "transport:sms"], strict=True)), ids=str
)
def test_a_pause_says_what_it_covers_by_whom_since_when_and_why(
    scope: dict[str, str], name: str, service: Service
) -> None:
    assert paused(service, **scope) == Paused(
        scope=name, paused=True, changed=True, by="Alex", at=ENROLLED, reason="a wrong text"
    )
    assert pauses(service) == {name: "Alex"}


def test_who_paused_and_who_resumed_is_in_the_event_log(service: Service) -> None:
    paused(service, site="main")
    resume(service, by="Sam", site="main")
    assert logged(service) == [
        (None, "Alex", "paused", None, {"scope": "site:main", "reason": "a wrong text"}),
        (None, "Sam", "resumed", {"paused_by": "Alex", "reason": "a wrong text"}, {"scope": "site:main"}),
    ]


def test_a_second_pause_changes_nothing_and_names_the_first(service: Service, clock: ManualClock) -> None:
    first = paused(service)
    clock.advance(timedelta(minutes=5))
    before = row_counts(service.engine)
    second = paused(service, by="Sam", reason="another one")
    assert (second.changed, second.by, second.at, second.reason) == (False, "Alex", first.at, "a wrong text")
    assert row_counts(service.engine) == before


def test_what_is_not_paused_can_be_resumed_and_nothing_changes(service: Service) -> None:
    before = row_counts(service.engine)
    assert resume(service, by="Sam") == Paused(scope="all", paused=False, changed=False)
    assert row_counts(service.engine) == before


def test_to_resume_everything_ends_no_pause_of_a_site_and_names_it(service: Service) -> None:
    paused(service)
    paused(service, site="main")
    assert resume(service, by="Sam").others == ("site main is paused by Alex: a wrong text",)
    assert pauses(service) == {"site:main": "Alex"}


def test_a_pause_needs_no_reason(service: Service) -> None:
    assert paused(service, reason=None).reason is None
    with reading(service.engine) as connection:
        assert pause_of(operating.pauses(connection), "all") == "everything is paused by Alex"


@pytest.mark.parametrize("act", [pause, resume])
@pytest.mark.parametrize(
    ("scope", "line"),
    [
        ({"site": "mian"}, "--site: 'mian' is not known; did you mean main?; it can be main"),
        ({"transport": "smss"}, "--transport: 'smss' is not known; did you mean sms?; it can be email, sms, voice"),
        ({"site": "main", "transport": "sms"}, "--site: goes without --transport"),
    ],
    ids=str,
)
def test_what_cannot_be_meant_is_refused_and_nothing_changes(
    act: Any, scope: dict[str, str], line: str, service: Service
) -> None:
    before = row_counts(service.engine)
    with pytest.raises(InputError) as caught:
        act(service, by="Alex", **scope)
    assert str(caught.value).startswith(line)
    assert row_counts(service.engine) == before


@pytest.mark.parametrize(
    ("reason", "said"), [("", "must not be empty"), ("a\nb", "holds control"), ("x" * 201, "is longer")]
)
def test_a_reason_is_one_line(reason: str, said: str, service: Service) -> None:
    with pytest.raises(InputError, match=f"--reason: {said}"):
        paused(service, reason=reason)
    assert pauses(service) == {}


def test_a_site_that_left_the_settings_can_still_be_resumed(two_sites: Service, service: Service) -> None:
    paused(two_sites, site="north")
    assert resume(service, by="Sam", site="north").changed
    assert pauses(service) == {}


# The program's own pauses


def paused_by_the_program(service: Service) -> None:
    with service.engine.begin() as connection:
        operating.pause(connection, "transport:sms", reason="The account was refused.", by="system", now=ENROLLED)


def test_a_person_takes_over_a_pause_of_the_programs_own_which_it_then_leaves_alone(
    service: Service, clock: ManualClock
) -> None:
    paused_by_the_program(service)
    taken = paused(service, transport="sms")
    assert (taken.changed, taken.by, taken.reason) == (True, "Alex", "a wrong text")
    assert reopen_transports(service, in_memory(clock)) == []
    assert pauses(service) == {"transport:sms": "Alex"}


def test_a_pause_that_is_taken_over_while_the_transport_is_asked_stays(service: Service, clock: ManualClock) -> None:
    transports = in_memory(clock)
    sms = next(each for channel, each in transports.items() if channel == "sms")

    class Asked(type(sms)):  # type: ignore[misc]
        def check(self) -> tuple[str, ...]:
            paused(service, transport="sms")
            return ()

    paused_by_the_program(service)
    asked: Any = {"sms": Asked(sms.channel, clock)}
    assert reopen_transports(service, asked) == []
    assert pauses(service) == {"transport:sms": "Alex"}


def test_a_person_may_resume_what_the_program_paused(service: Service) -> None:
    paused_by_the_program(service)
    assert resume(service, by="Sam", transport="sms").changed
    assert pauses(service) == {}


def test_nobody_pauses_under_the_programs_name(service: Service) -> None:
    with pytest.raises(InputError, match="--by: 'system' is what the program calls itself"):
        paused(service, by="system")
    assert pauses(service) == {}


def test_a_pause_in_words_names_no_reason_where_there_is_none() -> None:
    row = {"paused_by": "Alex", "reason": ""}
    assert in_words("transport:voice", row) == "the voice transport is paused by Alex"


def test_at_night_a_paused_reminder_waits_for_the_window_rather_than_for_the_pause(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    id_ = enrolled_id(service)
    clock.move_to(local("2026-11-20 21:00"))
    paused(service)
    send_due(service, transports)
    waiting = the_reminder(service, id_, FIRST)
    assert (waiting.due_at, waiting.reason) == (local("2026-11-21 09:00"), "waits for the window")
