"""What becomes of a due reminder in the real store: sent, kept for later, held for people, or ended with a reason."""

import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, delete, update

from reminders.approving import approve_protocol
from reminders.clock import ManualClock
from reminders.database import approvals, queries, tables
from reminders.database.vault import Vault
from reminders.dispatch import Report
from reminders.lifecycle import State
from reminders.service import Service
from reminders.transports.base import OutboundMessage
from reminders.transports.memory import ACCEPT, MemoryTransport, Outcome, fails, taken_but
from schedules.protocol import Channel
from schedules.timeline import GAP
from tests.builders import local
from tests.reminders.builders import (
    ENROLLED,
    Transports,
    a_dispatcher,
    a_service,
    a_site,
    another,
    enrolled_id,
    in_memory,
    not_sent,
    protocol_files,
    repeat,
    send_due,
    sent_keys,
    set_reminder,
    states,
    task_kinds,
    tasks,
    texts_only,
    the_reminder,
    unknown,
    write_protocol,
)

NIGHT, MORNING = local("2026-11-25 03:00"), local("2026-11-25 09:00")


# When


def test_a_reminder_waits_for_its_time(service: Service, transports: Transports, clock: ManualClock) -> None:
    enrolled_id(service)
    for text in ("2026-11-20 12:00", "2026-11-24 09:59", "2026-11-24 10:00"):
        clock.move_to(local(text))
        send_due(service, transports)
        if text.endswith("09:59"):
            assert sent_keys(transports) == ["welcome"]

    assert sent_keys(transports) == ["welcome", "prepare"]


def test_nothing_leaves_at_night_after_an_outage(service: Service, transports: Transports, clock: ManualClock) -> None:
    id_ = enrolled_id(service)
    clock.move_to(NIGHT)

    assert send_due(service, transports) == Report()
    assert {key: the_reminder(service, id_, key).due_at for key in ("welcome", "prepare")} == {
        "welcome": MORNING,
        "prepare": NIGHT + timedelta(seconds=5),
    }
    clock.move_to(MORNING)
    assert send_due(service, transports) == Report(sent=1)
    assert the_reminder(service, id_, "prepare").reason == "late messages leave ten minutes apart"
    clock.advance(GAP)
    assert send_due(service, transports) == Report(sent=1)
    assert sent_keys(transports) == ["welcome", "prepare"]


def test_two_workers_do_not_let_two_late_messages_leave_at_once(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    id_ = enrolled_id(service)
    set_reminder(service, id_, "welcome", state="sent")
    clock.move_to(local("2026-11-25 12:00"))
    since = clock.now() - timedelta(hours=1)
    set_reminder(service, id_, "prepare", send_at=since, due_at=since)
    set_reminder(service, id_, "ride", send_at=since, due_at=clock.now() + timedelta(minutes=1))

    def send_the_other() -> None:
        set_reminder(service, id_, "ride", due_at=clock.now())
        send_due(service, transports)

    other = another(service.engine, "INSERT INTO deliveries", send_the_other)
    send_due(service, transports)
    other.join()

    assert sent_keys(transports) == ["prepare"]
    assert the_reminder(service, id_, "ride").reason == "late messages leave ten minutes apart"


def test_a_window_that_opens_later_in_the_patients_zone_is_waited_for(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    id_ = enrolled_id(service, zone="America/Los_Angeles")
    set_reminder(service, id_, "welcome", state="sent")
    clock.move_to(local("2026-12-07 11:00"))
    set_reminder(service, id_, "arrival-call", due_at=clock.now(), not_after=local("2026-12-07 18:00"))
    send_due(service, transports)

    waiting = the_reminder(service, id_, "arrival-call")
    assert waiting.due_at == local("2026-12-07 12:00")
    assert waiting.reason == "waits for the window"


def test_a_reminder_that_became_wrong_during_an_outage_is_missed_with_a_task(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    id_ = enrolled_id(service, holds=("warfarin=5",))
    set_reminder(service, id_, "welcome", state="sent")
    clock.move_to(local("2026-12-03 10:00"))

    assert send_due(service, transports) == Report(sent=1, missed=1)
    assert sent_keys(transports) == ["prepare-plan"]
    assert (states(service, id_)["stop:warfarin"], the_reminder(service, id_, "stop:warfarin").due_at) == (
        "missed",
        None,
    )
    (task,) = tasks(service)
    assert (task["kind"], task["urgent"]) == ("missed", True)
    assert task["reason"].startswith("stop:warfarin: ")


def test_a_missed_copy_opens_no_task_of_its_own(service: Service, clock: ManualClock) -> None:
    id_ = enrolled_id(service, consent="sms,email", email="pat@example.org")
    for key in ("prepare", "prepare@email"):
        set_reminder(service, id_, key, not_after=local("2026-11-24 10:30"))
    clock.move_to(local("2026-11-24 11:00"))
    report = send_due(service, in_memory(clock))

    assert report == Report(sent=1, missed=2)
    assert len(tasks(service)) == 1


# The first message


def test_after_an_outage_the_first_message_leaves_first_and_the_late_one_ten_minutes_later(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    enrolled_id(service)
    clock.move_to(local("2026-12-05 12:00"))

    assert send_due(service, transports) == Report(sent=2)
    assert sent_keys(transports) == ["welcome", "ride"]
    clock.advance(GAP - timedelta(seconds=1))
    assert send_due(service, transports) == Report()
    clock.advance(timedelta(seconds=1))
    assert send_due(service, transports) == Report(sent=1)
    assert sent_keys(transports) == ["welcome", "ride", "prepare"]


def test_while_the_first_message_does_not_get_through_nothing_else_leaves(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    transports[Channel.SMS].script(fails(not_sent()), fails(not_sent()))
    id_ = enrolled_id(service)
    clock.move_to(local("2026-12-05 12:00"))
    for _ in range(3):
        send_due(service, transports)
        clock.advance(timedelta(seconds=5))

    assert sent_keys(transports) == ["welcome"]
    assert the_reminder(service, id_, "ride").reason == "waits for the first message of the plan"
    for _ in range(2):
        clock.advance(timedelta(seconds=30))
        send_due(service, transports)
    clock.advance(timedelta(seconds=5))
    send_due(service, transports)
    assert sent_keys(transports) == ["welcome"] * 3 + ["ride"]


def test_a_first_message_in_the_middle_of_its_call_keeps_the_others_back(service: Service, clock: ManualClock) -> None:
    """A second worker looks while the first one's call is under way."""
    other = texts_only(clock)

    def meanwhile(message: OutboundMessage) -> Outcome:
        looking = threading.Thread(target=lambda: send_due(service, other), daemon=True)
        looking.start()
        looking.join(timeout=60)
        return ACCEPT

    id_ = enrolled_id(service)
    set_reminder(service, id_, "prepare", due_at=ENROLLED, send_at=ENROLLED)
    set_reminder(service, id_, "welcome", due_at=ENROLLED - timedelta(minutes=1))
    repeat(service, id_, "welcome", 50)  # so that the first worker's claim of fifty holds nothing else
    send_due(service, texts_only(clock, decide=once(meanwhile)))

    assert sent_keys(other) == []


def once(act: Any) -> Any:
    """Do it at the first call and accept the others."""
    acts = iter([act])
    return lambda message: next(acts, lambda message: ACCEPT)(message)


def test_a_first_message_of_unknown_outcome_does_not_keep_the_others_back(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    transports[Channel.SMS].script(taken_but(unknown))
    enrolled_id(service)
    send_due(service, transports)
    clock.move_to(local("2026-11-24 10:00"))

    assert send_due(service, transports) == Report(sent=1)


def test_one_patients_first_message_does_not_wait_for_anothers(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    ready, waiting = enrolled_id(service), enrolled_id(service)
    set_reminder(service, ready, "welcome", state="sent")
    set_reminder(service, waiting, "welcome", due_at=local("2026-11-24 11:00"))
    clock.move_to(local("2026-11-24 10:00"))
    send_due(service, transports)

    assert [message.enrollment for message in transports[Channel.SMS].calls] == [ready]


def test_each_version_of_a_protocol_has_its_own_first_message(
    engine: Engine, vault: Vault, clock: ManualClock, tmp_path: Path
) -> None:
    """What is the first step of one version may be an ordinary step of another in the same claim."""
    own = tmp_path / "own"
    service = a_service(engine, vault, clock, own=write_protocol(own, protocol_files(first="hello", others=("pack",))))
    one = enrolled_id(service, protocol="example")
    write_protocol(own, protocol_files(first="greeting", others=("hello", "pack"), version=2))
    two = enrolled_id(service, protocol="example")
    set_reminder(service, one, "hello", state="sent")
    set_reminder(service, two, "greeting", state="sent")
    clock.move_to(local("2026-12-05 12:00"))
    transports = texts_only(clock)
    set_reminder(service, two, "hello", due_at=local("2026-12-05 13:00"))

    assert send_due(service, transports) == Report(sent=2)
    assert [(m.enrollment, m.key) for m in transports[Channel.SMS].calls] == [(one, "pack"), (two, "pack")]


@pytest.mark.parametrize("late", ["one", "two"])
def test_each_version_of_a_protocol_waits_for_its_own_first_message(
    engine: Engine, vault: Vault, clock: ManualClock, tmp_path: Path, late: str
) -> None:
    own = tmp_path / "own"
    service = a_service(engine, vault, clock, own=write_protocol(own, protocol_files(first="hello")))
    ids = {"one": enrolled_id(service, protocol="example")}
    write_protocol(own, protocol_files(first="greeting", version=2))
    ids["two"] = enrolled_id(service, protocol="example")
    firsts = {"one": "hello", "two": "greeting"}
    for name, id_ in ids.items():
        values = {"due_at": local("2026-12-05 13:00")} if name == late else {"state": "sent"}
        set_reminder(service, id_, firsts[name], **values)
    clock.move_to(local("2026-12-05 12:00"))
    transports = texts_only(clock)
    send_due(service, transports)

    assert [m.enrollment for m in transports[Channel.SMS].calls] == [id_ for name, id_ in ids.items() if name != late]


# Waiting for people


def test_what_waits_for_the_recorded_end_is_held_at_its_time(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    id_ = enrolled_id(service)
    set_reminder(service, id_, "welcome", state="sent")
    clock.move_to(local("2026-12-08 13:00"))
    report = send_due(service, transports)

    held = the_reminder(service, id_, "after-care")
    assert report.held == 1
    assert (held.state, held.waits_for) == ("held", ("completed",))
    assert held.reason == "waits until recorded: completed"


def complete(service: Service, id_: str, ended: str) -> None:
    """Record the end without planning anew: what is due is looked at as it stands."""
    with service.engine.begin() as connection:
        queries.change_enrollment(connection, id_, status="completed", ended_at=local(ended))
        connection.execute(update(tables.reminders).values(revision=2))


def test_a_resume_whose_stop_was_never_sent_is_held_and_opens_an_urgent_task(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    id_ = enrolled_id(service, holds=("warfarin=5",), resumes=("warfarin=1",))
    set_reminder(service, id_, "welcome", state="sent")
    set_reminder(service, id_, "stop:warfarin", state="missed")
    complete(service, id_, "2026-12-08 10:00")
    clock.move_to(local("2026-12-09 10:00"))
    set_reminder(service, id_, "resume:warfarin", due_at=clock.now())
    send_due(service, transports)

    assert the_reminder(service, id_, "resume:warfarin").waits_for == ("staff",)
    assert [(t["kind"], t["urgent"]) for t in tasks(service) if t["reason"].startswith("resume")] == [("held", True)]


@pytest.mark.parametrize("state", ["sent", "delivered"])
def test_a_resume_whose_stop_was_sent_leaves(
    service: Service, transports: Transports, clock: ManualClock, state: str
) -> None:
    id_ = enrolled_id(service, holds=("warfarin=5",), resumes=("warfarin=1",))
    for key in states(service, id_):
        set_reminder(service, id_, key, state=state if key == "stop:warfarin" else "sent")
    set_reminder(service, id_, "resume:warfarin", state="planned")
    complete(service, id_, "2026-12-08 10:00")
    clock.move_to(local("2026-12-09 10:00"))
    set_reminder(service, id_, "resume:warfarin", due_at=clock.now())

    assert send_due(service, transports) == Report(sent=1)


def test_another_patients_stop_does_not_count(service: Service, transports: Transports, clock: ManualClock) -> None:
    orders = {"holds": ("warfarin=5",), "resumes": ("warfarin=1",)}
    id_, other = enrolled_id(service, **orders), enrolled_id(service, **orders)
    for whose in (id_, other):
        for key in states(service, whose):
            set_reminder(service, whose, key, state="sent")
    set_reminder(service, id_, "stop:warfarin", state="failed")
    for whose in (id_, other):
        complete(service, whose, "2026-12-08 10:00")
    clock.move_to(local("2026-12-09 10:00"))
    for whose in (id_, other):
        set_reminder(service, whose, "resume:warfarin", state="planned", due_at=clock.now(), revision=2)
    with service.engine.begin() as connection:
        connection.execute(update(tables.enrollments).values(revision=2))

    assert send_due(service, transports) == Report(sent=1, held=1)
    assert the_reminder(service, id_, "resume:warfarin").state == "held"


def test_a_drug_that_the_patients_next_procedure_needs_held_is_not_resumed(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    orders = {"holds": ("warfarin=5",), "resumes": ("warfarin=1",), "mrn": "77"}
    id_ = enrolled_id(service, **orders)
    other = enrolled_id(service, procedure="2026-12-15 09:00", **orders)
    for key in states(service, id_):
        set_reminder(service, id_, key, state="sent")
    set_reminder(service, id_, "resume:warfarin", state="planned")
    with service.engine.begin() as connection:
        queries.change_enrollment(connection, id_, status="completed", ended_at=local("2026-12-08 10:00"))
    clock.move_to(local("2026-12-09 10:00"))
    set_reminder(service, id_, "resume:warfarin", due_at=clock.now(), revision=2)
    send_due(service, transports)

    held = the_reminder(service, id_, "resume:warfarin")
    assert (held.state, held.waits_for) == ("held", ("staff",))
    assert held.reason == f"warfarin is held for {other}; staff must decide when to resume"


# Tasks of steps


def test_the_task_of_a_step_opens_when_its_time_comes(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    id_ = enrolled_id(service)
    set_reminder(service, id_, "welcome", state="sent")
    clock.move_to(local("2026-12-07 10:00"))
    send_due(service, transports)

    (task,) = [task for task in tasks(service) if task["kind"] == "call"]
    assert task["due_at"] == local("2026-12-07 16:00")
    assert sent_keys(transports)[-1] == "arrival-call"


def test_the_task_of_a_step_opens_once_however_often_its_text_is_tried(service: Service, clock: ManualClock) -> None:
    transports = texts_only(clock, decide=lambda message: fails(not_sent()))
    id_ = enrolled_id(service)
    set_reminder(service, id_, "welcome", state="sent")
    clock.move_to(local("2026-12-07 10:00"))
    for _ in range(3):
        send_due(service, transports)
        clock.advance(timedelta(minutes=1))

    assert task_kinds(service).count("call") == 1


def test_the_task_of_a_step_opens_though_its_text_is_missed(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    id_ = enrolled_id(service)
    for key in states(service, id_):
        set_reminder(service, id_, key, state="sent")
    set_reminder(service, id_, "arrival-call", state="planned")
    clock.move_to(local("2026-12-07 15:00"))
    send_due(service, transports)

    assert task_kinds(service) == ["call", "missed"]


def test_the_task_of_a_step_does_not_open_while_the_step_waits_for_a_fact(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    id_ = enrolled_id(service)
    for key in states(service, id_):
        set_reminder(service, id_, key, state="sent")
    set_reminder(service, id_, "visit-book", state="planned")
    clock.move_to(local("2027-01-04 10:00"))

    assert send_due(service, transports) == Report(held=1)
    assert tasks(service) == []


# Cancelled, and planned before a change


def test_what_was_planned_before_a_change_is_not_sent_and_a_person_is_told(
    service: Service, transports: Transports
) -> None:
    id_ = enrolled_id(service)
    with service.engine.begin() as connection:
        queries.change_enrollment(connection, id_, detailed=True)

    assert send_due(service, transports) == Report()
    assert transports[Channel.SMS].calls == ()
    assert states(service, id_)["welcome"] == "withdrawn"
    assert task_kinds(service) == ["stale"]


def test_a_change_in_the_middle_of_a_call_keeps_its_reminder_from_being_tried_again(
    service: Service, clock: ManualClock
) -> None:
    def change(message: OutboundMessage) -> Outcome:
        with service.engine.begin() as connection:
            queries.change_enrollment(connection, message.enrollment, detailed=True)
        return fails(not_sent())

    transports = texts_only(clock, decide=change)
    id_ = enrolled_id(service)
    send_due(service, transports)
    clock.advance(timedelta(seconds=15))
    send_due(service, transports)

    assert len(transports[Channel.SMS].calls) == 1
    assert states(service, id_)["welcome"] == "withdrawn"
    assert task_kinds(service) == ["stale"]


# Consent


def close_consent(service: Service, phone: str) -> None:
    address = service.vault.lookup("phone", phone)
    with service.engine.begin() as connection:
        queries.close_consent(connection, address, "sms", by="coordinator", reason="asked to", now=ENROLLED)


def test_consent_is_read_when_a_message_leaves_and_not_when_it_was_planned(
    service: Service, transports: Transports
) -> None:
    id_ = enrolled_id(service, phone="+12125550123")
    close_consent(service, "+12125550123")

    assert send_due(service, transports) == Report(missed=1)
    assert transports[Channel.SMS].calls == ()
    assert states(service, id_)["welcome"] == "missed"
    assert task_kinds(service) == ["no-channel"]


def test_a_closed_consent_leaves_the_next_channel(service: Service, clock: ManualClock) -> None:
    transports = in_memory(clock)
    enrolled_id(service, phone="+12125550123", consent="sms,email", email="pat@example.org")
    close_consent(service, "+12125550123")

    assert send_due(service, transports) == Report(sent=1)
    assert len(transports[Channel.EMAIL].calls) == 1


def test_the_address_is_read_when_a_message_leaves(service: Service, transports: Transports) -> None:
    id_ = enrolled_id(service, phone="+12125550123")
    moved = service.vault.seal("enrollments", id_, "phone", "+12125550199")
    with service.engine.begin() as connection:
        connection.execute(update(tables.enrollments).values(phone=moved))
    send_due(service, transports)

    assert [message.to for message in transports[Channel.SMS].calls] == ["+12125550199"]


# Approval


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return write_protocol(tmp_path / "own")


@pytest.fixture
def department(engine: Engine, vault: Vault, clock: ManualClock, own: Path) -> Service:
    """A service with a protocol of its own that nobody has approved yet."""
    return a_service(engine, vault, clock, own=own)


def test_an_unapproved_protocol_is_held_before_a_live_transport_with_one_task_for_all(
    department: Service, clock: ManualClock
) -> None:
    live = texts_only(clock, live=True)
    ids = [enrolled_id(department, protocol="example") for _ in range(2)]

    assert send_due(department, live) == Report(held=2)
    assert live[Channel.SMS].calls == ()
    assert [the_reminder(department, id_, "hello").waits_for for id_ in ids] == [("approval",), ("approval",)]
    assert task_kinds(department) == ["approval"]


def test_an_approval_lets_go_what_was_held_for_it(department: Service, clock: ManualClock) -> None:
    live = texts_only(clock, live=True)
    enrolled_id(department, protocol="example")
    send_due(department, live)

    assert approve_protocol(department, "example", by="Dr. Example").released == 1
    assert send_due(department, live) == Report(sent=1)


def test_a_changed_file_is_unapproved_again_for_those_enrolled_with_it(
    department: Service, clock: ManualClock, own: Path
) -> None:
    live = texts_only(clock, live=True)
    approve_protocol(department, "example", by="Dr. Example")
    before = enrolled_id(department, protocol="example")
    files = protocol_files()
    changed = files["messages.en.toml"].replace("please read this", "please read that", 1)
    write_protocol(own, files | {"messages.en.toml": changed})
    after = enrolled_id(department, protocol="example")

    assert send_due(department, live) == Report(sent=1, held=1)
    assert (states(department, before)["hello"], states(department, after)["hello"]) == ("sent", "held")


def test_an_approval_of_another_content_lets_nothing_go(department: Service, clock: ManualClock, own: Path) -> None:
    enrolled_id(department, protocol="example")
    send_due(department, texts_only(clock, live=True))
    write_protocol(own, protocol_files(version=2))

    assert approve_protocol(department, "example", by="Dr. Example").released == 0


def test_a_drug_needs_its_own_approval_before_a_live_transport(service: Service, clock: ManualClock) -> None:
    live = texts_only(clock, live=True)
    approve_protocol(service, "vertebroplasty", by="Dr. Example")
    id_ = enrolled_id(service, holds=("warfarin=5",))
    for key in states(service, id_):
        set_reminder(service, id_, key, state="planned" if key == "stop:warfarin" else "sent")
    clock.move_to(local("2026-12-02 10:00"))

    assert send_due(service, live) == Report(held=1)
    assert "`reminders medications approve warfarin`" in tasks(service)[0]["reason"]
    row = service.medications.row("warfarin")
    with service.engine.begin() as connection:
        approvals.approve(
            connection, kind="medication", name="warfarin", hash_=row.content_hash, by="Dr. Example", now=ENROLLED
        )
        assert queries.release_waiting(connection, "approval", now=clock.now(), drug="warfarin") == 1
    assert send_due(service, live) == Report(sent=1)


def test_an_enrollment_is_read_with_the_texts_it_was_bound_to(
    department: Service, clock: ManualClock, own: Path
) -> None:
    enrolled_id(department, protocol="example")
    files = protocol_files()
    write_protocol(own, {name: text.replace("please read this", "changed words") for name, text in files.items()})
    transports = texts_only(clock)
    send_due(department, transports)

    assert "please read this" in transports[Channel.SMS].calls[0].text


# One that cannot be made or read must not hold up the others


def test_a_text_that_cannot_be_made_is_missed_with_a_task_and_the_others_leave(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    id_, other = enrolled_id(service, holds=("warfarin=5",)), enrolled_id(service, holds=("warfarin=5",))
    for whose in (id_, other):
        for key in states(service, whose):
            set_reminder(service, whose, key, state="planned" if key == "stop:warfarin" else "sent")
    with service.engine.begin() as connection:  # its drug's order is gone, so its words are not known
        connection.execute(delete(tables.holds).where(tables.holds.c.enrollment == id_))
    clock.move_to(local("2026-12-02 10:00"))

    assert send_due(service, transports) == Report(sent=1, missed=1)
    assert states(service, id_)["stop:warfarin"] == "missed"
    assert [message.enrollment for message in transports[Channel.SMS].calls] == [other]
    assert [(task["kind"], task["enrollment"]) for task in tasks(service)] == [("text", id_)]


def test_an_enrollment_whose_sealed_name_was_damaged_does_not_hold_up_the_others(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    broken, whole = enrolled_id(service), enrolled_id(service)
    e = tables.enrollments
    with service.engine.begin() as connection:
        sealed = connection.execute(e.select().where(e.c.id == broken)).one().name
        connection.execute(update(e).where(e.c.id == broken).values(name=b"x" + sealed[1:]))

    assert send_due(service, transports) == Report(sent=1)
    assert [message.enrollment for message in transports[Channel.SMS].calls] == [whole]
    kept = the_reminder(service, broken, "welcome")
    assert (kept.state, kept.due_at) == ("planned", ENROLLED + timedelta(minutes=1))
    with service.engine.begin() as connection:
        connection.execute(update(e).where(e.c.id == broken).values(name=sealed))
    clock.advance(timedelta(minutes=1))
    assert send_due(service, transports) == Report(sent=1)


def test_a_site_taken_out_of_the_settings_does_not_hold_up_the_others(
    engine: Engine, vault: Vault, clock: ManualClock
) -> None:
    sites = {"main": a_site(), "north": a_site(name="Example North")}
    before = a_service(engine, vault, clock, sites=sites)
    gone, left = enrolled_id(before, site="north"), enrolled_id(before, site="main")
    after, transports = a_service(engine, vault, clock), texts_only(clock)

    assert send_due(after, transports) == Report(sent=1)
    assert [message.enrollment for message in transports[Channel.SMS].calls] == [left]
    assert the_reminder(after, gone, "welcome").reason == "its enrollment could not be read; the log says why"


def test_a_single_enrollment_that_cannot_be_read_ends_the_round_and_not_the_worker(
    engine: Engine, vault: Vault, clock: ManualClock
) -> None:
    before = a_service(engine, vault, clock, sites={"main": a_site(), "north": a_site(name="Example North")})
    enrolled_id(before, site="north")

    assert send_due(a_service(engine, vault, clock), texts_only(clock)) == Report()


# By which way


def test_a_channel_without_a_transport_keeps_its_reminders(service: Service, clock: ManualClock) -> None:
    id_ = enrolled_id(service, consent="voice")

    assert send_due(service, texts_only(clock)) == Report()
    assert the_reminder(service, id_, "welcome").reason == "the voice transport is not configured"
    clock.advance(timedelta(minutes=1))
    assert send_due(service, in_memory(clock)) == Report(sent=1)


def test_every_channel_of_one_claim_goes_its_own_way(service: Service, clock: ManualClock) -> None:
    transports = in_memory(clock)
    for consent in ("sms", "email", "voice"):
        enrolled_id(service, consent=consent, email="pat@example.org")

    assert send_due(service, transports) == Report(sent=3)
    assert [len(transport.calls) for transport in transports.values()] == [1, 1, 1]


def test_a_letter_about_the_day_carries_the_booking_for_the_patients_calendar(
    service: Service, clock: ManualClock
) -> None:
    transports = in_memory(clock)
    enrolled_id(service, consent="email", email="pat@example.org")
    send_due(service, transports)
    clock.move_to(local("2026-11-24 10:00"))
    send_due(service, transports)

    assert [bool(message.attachments) for message in transports[Channel.EMAIL].calls] == [False, True]


# Texts that nobody could stop


@pytest.mark.parametrize(
    ("web", "sent"),
    [({}, 0), ({"accept_no_replies": True}, 1), ({"public_url": "https://reminders.example.org"}, 1)],
)
def test_a_live_text_leaves_only_where_an_opt_out_would_be_heard_or_that_is_known(
    engine: Engine, vault: Vault, clock: ManualClock, web: dict[str, object], sent: int
) -> None:
    service = a_service(engine, vault, clock, web=web)
    approve_protocol(service, "vertebroplasty", by="Dr. Example")
    id_ = enrolled_id(service)

    assert send_due(service, texts_only(clock, live=True)) == Report(sent=sent)
    waiting = the_reminder(service, id_, "welcome")
    assert (waiting.state, waiting.reason) == (
        (State.SENT, None)
        if sent
        else (State.PLANNED, "nobody could opt out of texts: set web.public_url, or web.accept_no_replies")
    )


def test_that_texts_wait_for_it_is_logged_once_for_a_dispatcher(
    engine: Engine, vault: Vault, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    service = a_service(engine, vault, clock, web={})
    enrolled_id(service)
    with a_dispatcher(service, texts_only(clock, live=True)) as dispatcher:
        for _ in range(3):
            dispatcher.run_due()
            clock.advance(timedelta(minutes=2))
    assert [record.getMessage() for record in caplog.records].count("nothing_leaves") == 1


def test_without_replies_live_emails_and_texts_to_nobody_leave(
    engine: Engine, vault: Vault, clock: ManualClock
) -> None:
    service = a_service(engine, vault, clock, web={})
    approve_protocol(service, "vertebroplasty", by="Dr. Example")
    id_ = enrolled_id(service, email="pat@example.org", consent="email")
    set_reminder(service, id_, "welcome", channels=["email"], channel="email")
    enrolled_id(service)

    email = {Channel.EMAIL: MemoryTransport(Channel.EMAIL, clock, live=True)}
    assert send_due(service, texts_only(clock) | email) == Report(sent=2)
