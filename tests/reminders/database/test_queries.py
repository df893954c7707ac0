"""The questions and changes of the plan's tables, on both databases."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, insert, select

from reminders.database import approvals, operating, queries, tables, worklog
from reminders.database.engine import open_engine, reading
from reminders.database.vault import Vault
from reminders.errors import OperationError
from reminders.lifecycle import State
from reminders.records import Task
from schedules.protocol import Channel
from tests.reminders.database.rows import ENROLLMENT, NOON, add_delivery, add_enrollment, add_reminder, add_task

LATER = NOON + timedelta(hours=1)


def add_sealed(connection: Connection, vault: Vault, id_: str = ENROLLMENT, **other: Any) -> str:
    """An enrollment whose name opens with this vault."""
    return add_enrollment(connection, id_, name=vault.seal("enrollments", id_, "name", "Pat Example"), **other)


def add_consent(connection: Connection, id_: str = ENROLLMENT, channel: str = "sms", **other: Any) -> None:
    row = {"enrollment": id_, "channel": channel, "granted_at": NOON, "granted_by": "coordinator"}
    connection.execute(insert(tables.consents), row | {"wording": "2026-1", "detailed": False} | other)


def a_task(cause: str = "call:1", **changes: Any) -> Task:
    values: dict[str, Any] = {
        "kind": "call",
        "cause": cause,
        "reason": "Call.",
        "due_at": NOON,
        "urgent": False,
        "enrollment": None,
        "site": "main",
    }
    return Task(**values | changes)


# Protocols and approvals


def test_a_protocols_files_are_kept_as_they_were(connection: Connection) -> None:
    files = {"protocol.toml": 'name = "ñ"\n'}
    approvals.record_protocol(connection, hash_="h", name="example", version=1, files=files, now=NOON)

    assert approvals.protocol_files(connection, "h") == files


def test_the_first_recording_of_a_content_stands(connection: Connection) -> None:
    for version in (1, 2):
        approvals.record_protocol(connection, hash_="h", name="example", version=version, files={}, now=NOON)

    assert connection.execute(select(tables.protocols.c.version)).scalars().all() == [1]


def approve(connection: Connection, hash_: str = "h", by: str = "Dr. Example") -> bool:
    return approvals.approve(connection, kind="protocol", name="example", hash_=hash_, by=by, now=NOON)


def test_an_approval_says_who_and_when(connection: Connection) -> None:
    assert approve(connection)
    assert approvals.approval(connection, "protocol", "example", "h") == ("Dr. Example", NOON)


def test_a_second_approval_of_one_content_changes_nothing(connection: Connection) -> None:
    approve(connection)

    assert not approve(connection, by="Dr. Other")
    assert approvals.approval(connection, "protocol", "example", "h") == ("Dr. Example", NOON)


@pytest.mark.parametrize(
    ("kind", "name", "hash_"),
    [("protocol", "example", "H"), ("protocol", "other", "h"), ("medication", "example", "h")],
)
def test_an_approval_counts_for_exactly_what_was_approved(
    connection: Connection, kind: str, name: str, hash_: str
) -> None:
    approve(connection)

    assert approvals.approval(connection, kind, name, hash_) is None


# Enrollments


def test_an_enrollment_nobody_stored_is_not_found(connection: Connection, vault: Vault) -> None:
    assert queries.load_enrollment(connection, vault, ENROLLMENT) is None


def test_enrollments_are_found_by_their_ids_and_no_others(connection: Connection, vault: Vault) -> None:
    for id_ in ("1", "2", "3"):
        add_sealed(connection, vault, id_)

    assert set(queries.load_enrollments(connection, vault, ["3", "1", "1", "4"])) == {"1", "3"}


def test_a_consent_that_was_closed_is_no_consent(connection: Connection, vault: Vault) -> None:
    add_sealed(connection, vault)
    add_consent(connection, channel="sms", closed_at=LATER)
    add_consent(connection, channel="email")

    found = queries.load_enrollment(connection, vault, ENROLLMENT)
    assert found is not None
    assert list(found.consents) == [Channel.EMAIL]


def test_a_sealed_name_of_another_row_does_not_open(connection: Connection, vault: Vault) -> None:
    add_enrollment(connection, name=vault.seal("enrollments", "other", "name", "Pat Example"))

    with pytest.raises(OperationError, match=f"enrollments.name of {ENROLLMENT} does not open"):
        queries.load_enrollment(connection, vault, ENROLLMENT)


def test_a_change_of_plan_raises_the_revision(connection: Connection, vault: Vault) -> None:
    add_sealed(connection, vault)
    add_sealed(connection, vault, "other")
    queries.change_enrollment(connection, ENROLLMENT, status="cancelled", cancelled_at=LATER, cancel_reason="error")

    found = queries.load_enrollments(connection, vault, [ENROLLMENT, "other"])
    changed = found[ENROLLMENT]
    assert (changed.status, changed.revision, changed.cancelled_at) == ("cancelled", 2, LATER)
    assert (found["other"].status, found["other"].revision) == ("active", 1)


@pytest.mark.parametrize(("status", "found"), [("active", 1), ("completed", 1), ("cancelled", 0), ("ended", 0)])
def test_a_phone_is_shared_with_those_who_may_still_get_messages(
    connection: Connection, status: str, found: int
) -> None:
    add_enrollment(connection, status=status, phone_lookup="keyed")

    assert queries.others_on_phone(connection, "keyed", None) == found
    assert queries.others_on_phone(connection, "another", None) == 0


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"same_record": "r1", "same_contact": "c9"}, "1"),
        ({"same_record": None, "same_contact": "c1"}, "1"),
        ({"same_record": "r9", "same_contact": "c1"}, None),
        ({"same_record": "r9", "same_contact": "c2"}, "2"),
        ({"same_record": None, "same_contact": "c9"}, None),
        ({"same_record": None, "same_contact": "c3"}, None),
    ],
    ids=["record", "contact", "other record", "contact without a record", "nobody", "cancelled"],
)
def test_who_is_the_same_patient(connection: Connection, asked: dict[str, Any], found: str | None) -> None:
    add_enrollment(connection, "1", same_record="r1", same_contact="c1")
    add_enrollment(connection, "2", same_record=None, same_contact="c2")
    add_enrollment(connection, "3", same_record=None, same_contact="c3", status="cancelled")

    assert queries.same_enrollment(connection, **asked) == found


def test_the_list_shows_each_patient_by_name_with_the_next_planned_instant(
    connection: Connection, vault: Vault
) -> None:
    add_sealed(connection, vault, "late", start_at=LATER)
    add_sealed(connection, vault)
    add_reminder(connection, "ride", send_at=LATER)
    add_reminder(connection, "fasting", send_at=NOON, state="held")
    add_reminder(connection, "welcome", send_at=NOON - timedelta(days=1), state="sent")

    first, second = queries.list_enrollments(connection, vault)
    assert (first["id"], first["name"], first["next"]) == (ENROLLMENT, "Pat Example", NOON)
    assert (second["id"], second["next"]) == ("late", None)


# Consent and opting out


def open_consents(connection: Connection) -> list[tuple[str, str]]:
    c = tables.consents.c
    rows = connection.execute(select(c.enrollment, c.channel).where(c.closed_at.is_(None)).order_by(c.id))
    return [(row.enrollment, row.channel) for row in rows]


def close(connection: Connection, address: str, channel: str = "sms") -> list[str]:
    return queries.close_consent(connection, address, channel, by="provider", reason="opted out", now=LATER)


def test_a_consent_is_closed_for_one_channel_and_everybody_at_the_address(connection: Connection) -> None:
    for id_, phone in (("1", "key"), ("2", "key"), ("3", "other")):
        add_enrollment(connection, id_, phone_lookup=phone)
        add_consent(connection, id_)
    add_consent(connection, "1", "email")

    assert sorted(close(connection, "key")) == ["1", "2"]
    assert open_consents(connection) == [("3", "sms"), ("1", "email")]


def test_a_consent_for_letters_is_closed_by_the_address_they_go_to(connection: Connection) -> None:
    add_enrollment(connection, email_lookup="key")
    add_consent(connection, channel="email")

    assert close(connection, "key", "email") == [ENROLLMENT]


def test_a_closed_consent_says_by_whom_when_and_why(connection: Connection) -> None:
    add_enrollment(connection, phone_lookup="key")
    add_consent(connection)
    close(connection, "key")

    c = tables.consents.c
    row = connection.execute(select(c.closed_by, c.closed_reason, c.closed_at)).one()
    assert tuple(row) == ("provider", "opted out", LATER)


def test_a_consent_is_closed_once(connection: Connection) -> None:
    add_enrollment(connection, phone_lookup="key")
    add_consent(connection)
    close(connection, "key")

    assert close(connection, "key") == []


# Reminders


def test_reminders_come_in_table_order_older_rounds_first(connection: Connection) -> None:
    add_enrollment(connection)
    for key, position, round_ in (("ride", 2, 1), ("welcome", 1, 2), ("welcome", 1, 1)):
        add_reminder(connection, key, position=position, round=round_)

    found = [(r.key, r.round) for r in queries.reminders_of(connection, ENROLLMENT)]
    assert found == [("welcome", 1), ("welcome", 2), ("ride", 1)]


def test_a_reminder_is_changed_while_it_is_in_the_state_that_was_seen(connection: Connection) -> None:
    add_enrollment(connection)
    id_ = add_reminder(connection, state="held")

    assert not queries.change_reminder(connection, id_, (State.PLANNED,), state="missed")
    assert queries.change_reminder(connection, id_, (State.PLANNED, State.HELD), state="missed", reason="late")
    (reminder,) = queries.reminders_of(connection, ENROLLMENT)
    assert (reminder.state, reminder.reason) == ("missed", "late")


def test_withdrawing_takes_what_has_not_left_and_only_of_one_enrollment(connection: Connection) -> None:
    add_enrollment(connection)
    add_enrollment(connection, "other")
    for state in State:
        add_reminder(connection, state.value, state=state.value)
    add_reminder(connection, "ride", enrollment="other")
    queries.withdraw_unsent(connection, ENROLLMENT, reason="cancelled", now=LATER)

    found = {reminder.key: reminder for reminder in queries.reminders_of(connection, ENROLLMENT)}
    withdrawn = {key for key, reminder in found.items() if reminder.reason == "cancelled"}
    assert withdrawn == {"planned", "held"}
    assert all((found[key].state, found[key].due_at) == ("withdrawn", None) for key in withdrawn)
    assert queries.reminders_of(connection, "other")[0].state == "planned"


def test_what_waited_for_one_fact_is_planned_again_for_now(connection: Connection) -> None:
    add_enrollment(connection)
    add_reminder(connection, "ride", state="held", waits_for=["approval"], reason="not approved")

    assert queries.release_waiting(connection, "approval", now=LATER, protocol_hash="hash") == 1
    (reminder,) = queries.reminders_of(connection, ENROLLMENT)
    assert (reminder.state, reminder.due_at, reminder.reason, reminder.waits_for) == ("planned", LATER, None, ())


@pytest.mark.parametrize(
    "other",
    [
        {"waits_for": ["completed"]},
        {"waits_for": ["approval-of-staff"]},
        {"state": "missed", "waits_for": ["approval"]},
    ],
    ids=["another fact", "a fact of similar name", "no longer held"],
)
def test_what_waits_for_something_else_keeps_waiting(connection: Connection, other: dict[str, Any]) -> None:
    add_enrollment(connection)
    add_reminder(connection, **{"state": "held"} | other)

    assert queries.release_waiting(connection, "approval", now=LATER, protocol_hash="hash") == 0


def test_what_another_protocol_holds_keeps_waiting(connection: Connection) -> None:
    add_enrollment(connection)
    add_reminder(connection, state="held", waits_for=["approval"])

    assert queries.release_waiting(connection, "approval", now=LATER, protocol_hash="other") == 0


def test_what_waits_for_one_drug_is_let_go_for_that_drug(connection: Connection) -> None:
    add_enrollment(connection)
    for drug in ("warfarin", "aspirin"):
        add_reminder(connection, f"stop:{drug}", drug=drug, state="held", waits_for=["approval"])

    assert queries.release_waiting(connection, "approval", now=LATER, drug="warfarin") == 1
    found = {reminder.key: reminder.state.value for reminder in queries.reminders_of(connection, ENROLLMENT)}
    assert found == {"stop:warfarin": "planned", "stop:aspirin": "held"}


def test_deliveries_are_shown_oldest_first_without_recipient_and_text(connection: Connection) -> None:
    add_enrollment(connection)
    reminder = add_reminder(connection)
    add_delivery(connection, "b", reminder, intended_at=LATER)
    add_delivery(connection, "a", reminder, state="not_sent", settled_at=NOON, code="busy")

    found = queries.deliveries_of(connection, ENROLLMENT)
    assert [row["id"] for row in found] == ["a", "b"]
    assert (found[0]["state"], found[0]["code"]) == ("not_sent", "busy")
    assert not {"recipient", "content", "content_hash"} & set(found[0])


# Tasks


def test_a_new_task_is_opened_and_shown(connection: Connection) -> None:
    add_enrollment(connection)
    (opened,) = worklog.open_tasks(connection, [a_task(enrollment=ENROLLMENT)], LATER)

    assert (opened["state"], opened["opened_at"], opened["reason"]) == ("open", LATER, "Call.")
    assert worklog.task(connection, opened["id"]) == opened


def test_one_cause_opens_one_task_even_after_it_was_done(connection: Connection) -> None:
    (opened,) = worklog.open_tasks(connection, [a_task(), a_task(reason="Call again.")], NOON)
    worklog.finish_task(connection, opened["id"], by="coordinator", note=None, now=NOON)

    assert worklog.open_tasks(connection, [a_task()], LATER) == []


def test_urgent_tasks_come_first_and_then_those_due_first(connection: Connection) -> None:
    add_task(connection, "b", due_at=LATER)
    add_task(connection, "c", due_at=LATER + timedelta(days=1), urgent=True)
    add_task(connection, "a", due_at=NOON)

    assert [task["cause"] for task in worklog.list_tasks(connection)] == ["c", "a", "b"]


def test_the_worklist_shows_what_is_open_and_an_enrollment_all_of_its_own(connection: Connection) -> None:
    add_enrollment(connection)
    add_task(connection, "open")
    add_task(connection, "done", state="done", enrollment=ENROLLMENT)

    assert [task["cause"] for task in worklog.list_tasks(connection)] == ["open"]
    assert [task["cause"] for task in worklog.list_tasks(connection, enrollment=ENROLLMENT)] == ["done"]


def test_a_task_nobody_opened_is_not_found(connection: Connection) -> None:
    assert worklog.task(connection, 7) is None


def test_a_task_is_done_once_by_somebody_with_a_note(connection: Connection) -> None:
    id_ = add_task(connection)

    assert worklog.finish_task(connection, id_, by="coordinator", note=b"sealed", now=LATER)
    assert not worklog.finish_task(connection, id_, by="other", note=None, now=LATER)
    done = worklog.task(connection, id_)
    assert done is not None
    assert (done["state"], done["done_by"], done["done_at"], done["note"]) == ("done", "coordinator", LATER, b"sealed")


def test_a_task_is_done_because_what_it_asked_for_has_happened(connection: Connection) -> None:
    add_task(connection, "asked")
    add_task(connection, "other")
    worklog.finish_by_cause(connection, "asked", by="coordinator", now=LATER)

    assert [task["cause"] for task in worklog.list_tasks(connection)] == ["other"]


def test_a_task_is_pressed_once(connection: Connection) -> None:
    id_ = add_task(connection, "asked")
    for due in (LATER, LATER + timedelta(hours=5)):
        worklog.press_task(connection, "asked", due_at=due)

    pressed = worklog.task(connection, id_)
    assert pressed is not None
    assert (pressed["urgent"], pressed["due_at"]) == (True, LATER)


def test_a_task_that_is_done_is_not_pressed(connection: Connection) -> None:
    id_ = add_task(connection, "asked", state="done")
    worklog.press_task(connection, "asked", due_at=LATER)

    pressed = worklog.task(connection, id_)
    assert pressed is not None
    assert not pressed["urgent"]


# History, pauses, heartbeats


def test_events_come_in_the_order_in_which_they_were_written(connection: Connection) -> None:
    add_enrollment(connection)
    add_enrollment(connection, "other")
    for action, of in (("enroll", ENROLLMENT), ("enroll", "other"), ("cancel", ENROLLMENT), ("approve", None)):
        worklog.add_event(connection, enrollment=of, at=NOON, by="coordinator", action=action, after={"to": [1]})

    found = worklog.events_of(connection, ENROLLMENT)
    assert [event["action"] for event in found] == ["enroll", "cancel"]
    assert (found[0]["before"], found[0]["after"], found[0]["note"]) == (None, {"to": [1]}, None)


def test_a_scope_is_paused_once_and_resumed_once(connection: Connection) -> None:
    def pause(reason: str) -> bool:
        return operating.pause(connection, "transport:sms", reason=reason, by="system", now=NOON)

    assert pause("first")
    assert not pause("second")
    assert operating.pauses(connection)["transport:sms"]["reason"] == "first"
    assert operating.resume(connection, "transport:sms")
    assert not operating.resume(connection, "transport:sms")
    assert operating.pauses(connection) == {}


def test_a_person_takes_over_a_pause_of_the_program_and_of_nobody_else(connection: Connection) -> None:
    def by_hand(by: str) -> bool:
        return operating.pause_by_hand(connection, "transport:sms", reason=f"of {by}", by=by, now=NOON)

    assert operating.pause(connection, "transport:sms", reason="refused", by=operating.SYSTEM, now=NOON)
    assert by_hand("Alex")
    assert not by_hand("Sam")
    assert not operating.resume(connection, "transport:sms", paused_by=operating.SYSTEM)
    row = operating.pauses(connection)["transport:sms"]
    assert (row["paused_by"], row["reason"], row["paused_at"]) == ("Alex", "of Alex", NOON)


def test_before_any_worker_ran_there_is_no_heartbeat(connection: Connection) -> None:
    assert operating.last_beat(connection) is None


def test_a_worker_keeps_its_start_and_the_last_beat_of_all_counts(connection: Connection) -> None:
    operating.beat(connection, "one", started=NOON, now=NOON)
    operating.beat(connection, "one", started=LATER, now=LATER)
    operating.beat(connection, "two", started=NOON, now=NOON)

    h = tables.heartbeats.c
    rows = connection.execute(select(h.worker, h.started_at, h.seen_at).order_by(h.worker)).all()
    assert [tuple(row) for row in rows] == [("one", NOON, LATER), ("two", NOON, NOON)]
    assert operating.last_beat(connection) == LATER


# Locks


@pytest.fixture
def server(postgres_url: str) -> Iterator[Engine]:
    """PostgreSQL alone: SQLite lets only one transaction write at all."""
    engine = open_engine(postgres_url)
    yield engine
    engine.dispose()


@pytest.mark.postgres
@pytest.mark.parametrize(("first", "second", "found"), [("update", "share", 0), ("share", "share", 1)])
def test_a_claim_passes_over_what_a_change_holds_and_two_claims_share(
    server: Engine, vault: Vault, first: str, second: str, found: int
) -> None:
    with server.begin() as connection:
        add_sealed(connection, vault)
    with server.begin() as one, server.begin() as two:
        queries.load_enrollments(one, vault, [ENROLLMENT], lock=first)

        assert len(queries.load_enrollments(two, vault, [ENROLLMENT], lock=second)) == found


@pytest.mark.postgres
def test_a_claim_passes_over_everybody_at_an_address_that_opts_out(server: Engine, vault: Vault) -> None:
    with server.begin() as connection:
        for id_, keys in (("1", {"phone_lookup": "key"}), ("2", {"email_lookup": "key"}), ("3", {})):
            add_sealed(connection, vault, id_, **keys)
    with server.begin() as one, server.begin() as two:
        queries.lock_addresses(one, ["key"])

        assert set(queries.load_enrollments(two, vault, ["1", "2", "3"], lock="share")) == {"3"}


@pytest.mark.postgres
def test_without_an_address_nothing_is_locked(server: Engine, vault: Vault) -> None:
    with server.begin() as connection:
        add_sealed(connection, vault)
    with server.begin() as one, server.begin() as two:
        queries.lock_addresses(one, [])

        assert queries.load_enrollments(two, vault, [ENROLLMENT], lock="share")


@pytest.mark.postgres
def test_a_servers_own_clock_can_be_asked(server: Engine) -> None:
    with reading(server) as connection:
        assert operating.database_time(connection).tzinfo is not None
