"""So many messages and no more: by plan, at a change, and once more at the last check."""

import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from reminders.booking import read_booking
from reminders.clock import ManualClock
from reminders.database import claims
from reminders.database.engine import reading
from reminders.database.vault import Vault
from reminders.dispatch import Report
from reminders.documents import timeline as document
from reminders.service import Service
from reminders.worklist import OVER_LIMIT
from schedules.protocol import Channel
from schedules.timeline import PlannedReminder
from tests.builders import local
from tests.reminders.builders import (
    ENROLLED,
    a_booking,
    a_service,
    a_site,
    enrolled,
    enrolled_id,
    everything,
    in_memory,
    protocol_files,
    send_due,
    sent_keys,
    set_reminder,
    states,
    task_kinds,
    tasks,
    texts_only,
    the_reminder,
    together,
    write_protocol,
)
from tests.reminders.recorded import moved

THREE_DAYS = ("pack", "drive", "eat")  # the steps of the small protocol that fall due together
DUE = local("2026-12-05 12:00")
LONG = "please read this" + " and this" * 14  # one message of its own, and too long for two of them


def limited(**frequency: Any) -> dict[str, Any]:
    return {"sites": {"main": a_site(frequency=frequency)}}


def files(*others: str, ranks: Mapping[str, int] | None = None, by: str = '["sms"]') -> dict[str, str]:
    """Steps that fall due together, each with its own message; `ranks` are their priorities."""
    found = protocol_files(others=others or THREE_DAYS)
    text = found["protocol.toml"].replace('channels = ["sms"]', f"channels = {by}")
    for key, rank in (ranks or {}).items():
        text = text.replace(f'key = "{key}"\n', f'key = "{key}"\npriority = {rank}\n')
    words = found["messages.en.toml"].replace("please read this", LONG)
    if "email" in by:
        letter = 'subject = "{site}"\nsubject_detailed = "{site}"\nemail = "Please read this. {phone}"\n'
        words = re.sub(r"(\[steps\.\w+\]\n)", lambda found: found[1] + letter, words)
    return found | {"protocol.toml": text, "messages.en.toml": words}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "own"


@pytest.fixture
def make(engine: Engine, vault: Vault, clock: ManualClock, root: Path) -> Any:
    """A service whose site has limits, with a protocol of these files."""

    def made(written: dict[str, str] | None = None, **frequency: Any) -> Service:
        own = write_protocol(root, written or files())
        return a_service(engine, vault, clock, own=own, **limited(**frequency))

    return made


def shown(service: Service, **options: Any) -> dict[str, PlannedReminder]:
    """What a preview of the small protocol says."""
    request = a_booking(protocol="example", **options)
    booking = read_booking(request, service.settings, service.library, service.medications, ENROLLED)
    return {each.key: each for each in booking.plan(ENROLLED).reminders}


def due(service: Service, clock: ManualClock, transports: Any, **options: Any) -> str:
    id_ = enrolled_id(service, protocol="example", **options)
    send_due(service, transports)
    clock.move_to(DUE)
    return id_


def unlimited(service: Service) -> Service:
    """The same house as before its site set a limit."""
    return Service(
        settings=service.settings.model_copy(update={"sites": a_service_without_limits(service)}),
        engine=service.engine,
        vault=service.vault,
        clock=service.clock,
        library=service.library,
        medications=service.medications,
    )


def a_service_without_limits(service: Service) -> Any:
    free = type(service.settings).model_validate({"sites": {"main": a_site()}})
    return free.sites


# The plan


def test_a_preview_shows_beforehand_what_gives_way_and_why(make: Any) -> None:
    found = shown(make(per_day=2))

    assert [found[key].status for key in THREE_DAYS] == ["planned", "planned", "missed"]
    assert found["eat"].why[-1] == (
        "over the site's limit of 2 messages in 24 hours; call the patient at Sat 2026-12-05 12:00"
    )


def test_the_document_of_a_preview_has_no_instant_for_it(make: Any) -> None:
    service = make(per_week=1)
    booking = read_booking(
        a_booking(protocol="example"), service.settings, service.library, service.medications, ENROLLED
    )
    (last,) = [each for each in document(booking.plan(ENROLLED))["reminders"] if each["key"] == "eat"]

    assert (last["send_at"], last["status"]) == (None, "missed")
    assert last["why"][-1].startswith("over the site's limit of 1 message in 7 days")


def test_the_protocol_ranks_what_gives_way_first(make: Any) -> None:
    found = shown(make(files(ranks={"pack": 9, "eat": 1}), per_day=1))

    assert [found[key].status for key in THREE_DAYS] == ["missed", "missed", "planned"]


def test_what_gives_way_goes_by_email_where_the_patient_agreed_to_it(make: Any) -> None:
    found = shown(make(files(by='["sms", "email"]'), per_day=2), consent="sms,email")

    assert found["eat"].channels == (Channel.EMAIL,)
    assert (found["eat"].status, found["eat"].send_at) == ("planned", DUE)
    assert found["eat"].why[-1] == "over the site's limit of 2 messages in 24 hours: goes by e-mail"


def test_its_copy_by_email_is_then_none(make: Any) -> None:
    written = files(by='["sms", "email"]\ncopy = ["email"]')
    found = shown(make(written, per_day=2), consent="sms,email")

    assert "pack@email" in found
    assert "eat@email" not in found


def test_what_goes_as_one_message_counts_once_and_gives_way_together(make: Any) -> None:
    short = protocol_files(others=("pack", "drive"))

    assert {key: each.joins for key, each in shown(make(short, per_day=1)).items() if each.joins} == {
        "pack": "pack+drive",
        "drive": "pack+drive",
    }


def test_a_group_over_the_limit_is_no_group_any_more(make: Any) -> None:
    """Four days hold the first message too, which comes before the others in the table."""
    service = make(protocol_files(others=("pack", "drive")), per_week=1)
    found = shown(service, procedure="2026-11-27 09:00")

    assert [(found[key].status, found[key].joins) for key in ("hello", "pack", "drive")] == [
        ("planned", None),
        ("missed", None),
        ("missed", None),
    ]


def test_a_call_stands_on_the_worklist_for_the_time_the_message_would_have_left(make: Any) -> None:
    service = make(per_day=1)
    done = enrolled(service, protocol="example")

    assert [(task["kind"], task["due_at"]) for task in tasks(service)] == [(OVER_LIMIT, DUE)] * 2
    assert tasks(service)[0]["reason"].startswith("drive: over the site's limit of 1 message in 24 hours")
    assert states(service, done.enrollment)["drive"] == "missed"


def test_what_is_too_long_for_a_site_without_consent_gives_way_too(make: Any) -> None:
    long, short = shown(make(mode="exempt")), shown(make(protocol_files(others=("pack",)), mode="exempt"))

    assert long["pack"].why[-1].startswith("longer than the 160 characters of the site's texts; call the patient")
    assert short["pack"].status == "planned"


def test_what_a_preview_shows_is_what_enrolling_stores(make: Any) -> None:
    service = make(files("pack", "drive", "eat", ranks={"pack": 7}), per_day=2)
    before = shown(service)
    stored = everything(service, enrolled(service, protocol="example").enrollment)

    assert {each.key: (each.state.value, each.send_at, each.why) for each in stored} == {
        key: (each.status.value, each.send_at, each.why) for key, each in before.items()
    }
    assert [each.key for each in stored if each.state == "missed"] == ["pack"]


# A change


def test_a_change_counts_what_the_number_got_before(make: Any, clock: ManualClock, root: Path) -> None:
    service = make(files("pack"), per_week=1)
    id_ = enrolled_id(service, protocol="example", procedure="2026-12-15 09:00")
    assert states(service, id_) == {"hello": "planned", "pack": "planned"}
    send_due(service, texts_only(clock))
    clock.advance(timedelta(hours=1))
    moved(service, id_, "2026-11-27 09:00")

    assert (the_reminder(service, id_, "pack").state, task_kinds(service)) == ("missed", [OVER_LIMIT])


def test_a_change_takes_back_the_calls_of_the_plan_before_and_asks_for_its_own(make: Any) -> None:
    service = make(files("pack", "drive"), per_day=1)
    id_ = enrolled_id(service, protocol="example")
    moved(service, id_)
    assert [task["due_at"] for task in tasks(service)] == [local("2026-12-12 12:00")]
    moved(service, id_, "2026-12-08 09:00")

    assert [(task["kind"], task["due_at"]) for task in tasks(service)] == [(OVER_LIMIT, DUE)]


def test_a_change_leaves_a_call_that_is_still_right(make: Any) -> None:
    service = make(files("pack", "drive"), per_day=1)
    id_ = enrolled_id(service, protocol="example")
    before = tasks(service)
    moved(service, id_, "2026-12-08 10:00")

    assert tasks(service) == before


# The last check


def test_at_the_last_check_a_full_number_gets_no_more(make: Any, clock: ManualClock) -> None:
    """The limit was set after the plan was made."""
    service, transports = make(per_day=2), texts_only(clock)
    id_ = due(unlimited(service), clock, transports)

    assert send_due(service, transports) == Report(sent=2, missed=1)
    assert sent_keys(transports) == ["hello", "pack", "drive"]
    assert the_reminder(service, id_, "eat").reason == (
        "its number has got as many messages as the site allows; call the patient instead"
    )
    assert task_kinds(service) == [OVER_LIMIT]


def test_at_the_last_check_it_goes_by_email_where_that_is_agreed_to(make: Any, clock: ManualClock) -> None:
    service, transports = make(files(by='["sms", "email"]'), per_day=2), in_memory(clock)
    due(unlimited(service), clock, transports, consent="sms,email", email="pat@example.org")

    assert send_due(service, transports) == Report(sent=3)
    assert [message.key for message in transports[Channel.EMAIL].calls] == ["eat"]


def test_two_patients_on_one_phone_count_together(make: Any, clock: ManualClock) -> None:
    service, transports = make(files("pack"), per_day=1), texts_only(clock)
    ids = [enrolled_id(service, protocol="example", phone="+12125550123", mrn=f"MRN-{number}") for number in range(2)]

    assert send_due(service, transports) == Report(sent=1, missed=1)
    assert sorted(states(service, id_)["hello"] for id_ in ids) == ["missed", "sent"]


def test_another_number_has_room_of_its_own(make: Any, clock: ManualClock) -> None:
    service, transports = make(files("pack"), per_day=1), texts_only(clock)
    for _ in range(2):
        enrolled_id(service, protocol="example")

    assert send_due(service, transports) == Report(sent=2)


def test_a_message_that_left_some_seconds_late_does_not_cost_the_next_one(make: Any, clock: ManualClock) -> None:
    service, transports = make(files("pack"), per_day=1), texts_only(clock)
    clock.move_to(local("2026-12-04 12:00"))
    id_ = enrolled_id(service, protocol="example")
    clock.advance(timedelta(seconds=30))
    send_due(service, transports)
    clock.move_to(DUE)

    assert send_due(service, transports) == Report()
    assert the_reminder(service, id_, "pack").reason == "waits until its number may get a message again"
    clock.advance(timedelta(seconds=30))
    assert send_due(service, transports) == Report(sent=1)


def test_what_goes_as_one_message_needs_one_place(make: Any, clock: ManualClock) -> None:
    service, transports = make(protocol_files(others=("pack", "drive")), per_day=1), texts_only(clock)
    due(service, clock, transports)

    assert send_due(service, transports) == Report(sent=2)
    assert len(transports[Channel.SMS].calls) == 2
    with reading(service.engine) as connection:
        numbers = {service.vault.lookup("phone", message.to) for message in transports[Channel.SMS].calls}
        (times,) = claims.sent_to(connection, numbers, ENROLLED - timedelta(days=1)).values()
    assert sorted(times) == [ENROLLED, DUE]


def test_a_correction_never_gives_way_and_counts(make: Any, clock: ManualClock) -> None:
    """The first of two takes the last place, the second leaves though there is none; the step between them cannot."""
    service, transports = make(per_day=1), texts_only(clock)
    id_ = due(unlimited(service), clock, transports)
    for position, key in enumerate(THREE_DAYS):
        set_reminder(service, id_, key, position=position)
    for key in ("pack", "eat"):
        set_reminder(service, id_, key, step="correction-moved")

    assert send_due(service, transports) == Report(sent=2, missed=1)
    assert states(service, id_) == {"hello": "sent", "pack": "sent", "drive": "missed", "eat": "sent"}


def test_a_text_that_has_become_too_long_for_its_site_becomes_a_call(make: Any, clock: ManualClock) -> None:
    service, transports = make(files("pack"), mode="exempt"), texts_only(clock)
    id_ = due(unlimited(service), clock, transports)

    assert send_due(service, transports) == Report(missed=1)
    assert the_reminder(service, id_, "pack").reason == (
        "its words are more than its site's texts may have; call the patient instead"
    )


def test_two_workers_do_not_both_take_the_last_place(make: Any, clock: ManualClock) -> None:
    service = make(files("pack"), per_day=1)
    for number in range(2):
        enrolled_id(service, protocol="example", phone="+12125550123", mrn=f"MRN-{number}")
    transports = texts_only(clock)
    together(*[lambda: send_due(service, transports)] * 2)

    assert len(transports[Channel.SMS].calls) == 1


def test_a_site_without_a_limit_asks_nothing(make: Any, clock: ManualClock) -> None:
    service, transports = unlimited(make()), texts_only(clock)
    asked: list[str] = []
    event.listen(service.engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    due(service, clock, transports)
    send_due(service, transports)

    assert [statement for statement in asked if "recipient_lookup" in statement and "SELECT" in statement[:6]] == []


def test_everything_that_gave_way_is_explained(make: Any) -> None:
    service = make(per_day=1)
    done = enrolled(service, protocol="example")
    gone = [each for each in everything(service, done.enrollment) if each.state == "missed"]

    assert [each.reason for each in gone] == [each.why[-1] for each in gone]
