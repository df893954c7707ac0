"""Enrolling: everything about one patient in one commit, or nothing at all."""

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, select

from reminders.clock import ManualClock
from reminders.consent import WORDING_VERSION
from reminders.database import queries, tables
from reminders.database.engine import reading
from reminders.database.vault import Vault
from reminders.enrollment import anchors_of, enroll, find_enrollment, recorded_version
from reminders.errors import InputError
from reminders.identifiers import parse_enrollment_id
from reminders.service import Service
from schedules.protocol import Channel
from tests.builders import local
from tests.reminders.builders import (
    ENROLLED,
    START,
    a_request,
    a_service,
    a_site,
    deliveries,
    enrolled,
    enrolled_id,
    events,
    everything,
    row_counts,
    states,
    stored,
    tasks,
    the_reminder,
    together,
)

CANARY = {
    "name": "Quillon Zyxwort",
    "phone": "+12125550177",
    "email": "quillon.zyxwort@example.org",
    "mrn": "MRN-70077",
}


def refusal(service: Service, **typed: Any) -> str:
    """The line a wrong request gets, which must leave every table as it was."""
    before = row_counts(service.engine)
    with pytest.raises(InputError) as caught:
        enrolled(service, **typed)
    assert row_counts(service.engine) == before
    return str(caught.value)


# What is stored


def test_an_enrollment_is_stored_with_all_that_was_typed(service: Service) -> None:
    id_ = enrolled_id(
        service,
        phone="(212) 555-0123",
        email="Pat@Example.ORG",
        mrn="77",
        consent="sms,email",
        detailed=True,
        zone="America/Chicago",
        language="es",
        sedation="general",
        holds=("warfarin=5", "aspirin=7"),
        resumes=("warfarin=1",),
        takes=("apixaban",),
        visit="2027-01-08 10:30",
    )
    found = stored(service, id_)

    assert (found.contact.name, found.contact.phone) == ("Pat Example", "+12125550123")
    assert (found.contact.email, found.contact.mrn) == ("Pat@example.org", "77")
    assert (found.site, found.zone, found.language, found.detailed) == ("main", "America/Chicago", "es", True)
    assert (found.status, found.revision, found.sedation) == ("active", 1, "general")
    assert (found.enrolled_at, found.start_at, found.hour_known) == (ENROLLED, START, True)
    assert (found.visit_at, found.ended_at, found.arrival_at) == (local("2027-01-08 10:30"), None, None)
    assert [(hold.drug, hold.days, hold.resume_days, hold.ordered_by) for hold in found.holds] == [
        ("warfarin", 5, 1, "Dr. Example"),
        ("aspirin", 7, None, "Dr. Example"),
    ]
    assert found.takes == ("apixaban",)


def test_the_id_is_one_that_can_be_read_aloud(service: Service) -> None:
    id_ = enrolled_id(service)

    assert parse_enrollment_id(id_.lower().replace("-", " ")) == id_


def test_every_consent_is_stored_with_who_when_and_which_wording(service: Service) -> None:
    found = stored(service, enrolled_id(service, consent="email,sms", email="pat@example.org", detailed=True))

    assert list(found.consents) == [Channel.EMAIL, Channel.SMS]
    for consent in found.consents.values():
        assert (consent.granted_by, consent.granted_at) == ("coordinator", ENROLLED)
        assert (consent.wording, consent.detailed) == (WORDING_VERSION, True)


def test_no_column_of_any_table_holds_a_personal_field_in_plain_text(service: Service) -> None:
    enrolled(service, **CANARY, consent="sms,email")

    with reading(service.engine) as connection:
        rows = [row for table in tables.metadata.tables.values() for row in connection.execute(select(table)).all()]
    cells = [
        bytes(cell) if isinstance(cell, bytes | memoryview) else str(cell).encode() for row in rows for cell in row
    ]
    words = [b"quillon", b"zyxwort", b"5550177", b"mrn-70077"]
    assert len(cells) > 100
    assert not [cell for cell in cells for word in words if word in cell.lower()]


def test_the_whole_timeline_is_stored(service: Service) -> None:
    found = enrolled(service, holds=("warfarin=5",))

    planned = [(r.key, r.status.value, r.send_at, r.not_before, r.not_after, r.why) for r in found.timeline.reminders]
    kept = [
        (r.key, r.state.value, r.send_at, r.not_before, r.not_after, r.why)
        for r in everything(service, found.enrollment)
    ]
    assert kept == planned


def test_a_planned_reminder_is_due_at_its_time_by_its_first_channel(service: Service) -> None:
    id_ = enrolled_id(service, consent="email,sms", email="pat@example.org")
    ride = the_reminder(service, id_, "ride")

    assert ride.due_at == ride.send_at == local("2026-12-05 12:00")
    assert (ride.channels, ride.channel) == ((Channel.SMS, Channel.EMAIL), Channel.SMS)
    assert (ride.round, ride.revision, ride.attempts, ride.fence) == (1, 1, 0, 0)


def test_a_reminder_that_ended_at_planning_says_why_and_is_never_due(service: Service) -> None:
    skipped = the_reminder(service, enrolled_id(service), "day-of")

    assert (skipped.state, skipped.due_at, skipped.send_at) == ("skipped", None, None)
    assert skipped.reason is not None
    assert "nothing fits" in skipped.reason


def test_a_copy_knows_its_original(service: Service) -> None:
    id_ = enrolled_id(service, consent="sms,email", email="pat@example.org")
    copy = the_reminder(service, id_, "prepare@email")

    assert (copy.copy_of, copy.channels) == ("prepare", (Channel.EMAIL,))


def test_the_log_says_who_enrolled_whom_and_holds_nothing_personal(service: Service) -> None:
    id_ = enrolled_id(service, **CANARY, consent="sms,email", holds=("warfarin=5",), resumes=("warfarin=1",))
    (line,) = events(service, id_)

    assert (line["action"], line["by"], line["at"]) == ("enroll", "coordinator", ENROLLED)
    assert line["after"]["holds"] == {"warfarin": [5, 1, "Dr. Example"]}
    assert line["after"]["channels"] == ["sms", "email"]
    assert "quillon" not in str(line).lower()


def test_an_enrollment_is_bound_to_the_exact_content_of_its_protocol(service: Service) -> None:
    id_ = enrolled_id(service)

    with reading(service.engine) as connection:
        version = recorded_version(service, connection, stored(service, id_))
    assert version == service.library.load("vertebroplasty")


def test_a_protocol_is_recorded_once_for_all_its_patients(service: Service) -> None:
    enrolled(service)
    enrolled(service)

    assert row_counts(service.engine)["protocols"] == 1


def test_the_clocks_microseconds_do_not_get_into_the_plan(engine: Engine, vault: Vault) -> None:
    service = a_service(engine, vault, ManualClock(ENROLLED.replace(microsecond=999_999)))

    assert the_reminder(service, enrolled_id(service), "welcome").send_at == ENROLLED


def test_nothing_is_sent_by_enrolling(service: Service) -> None:
    assert deliveries(service, enrolled_id(service)) == []


def test_what_follows_from_the_anchors_can_be_asked_later(service: Service) -> None:
    id_ = enrolled_id(service)

    with reading(service.engine) as connection:
        anchors = anchors_of(service, connection, stored(service, id_))
    assert (anchors["enrolled"], anchors["start"], anchors["end"]) == (ENROLLED, START, local("2026-12-08 10:00"))


# Tasks


def test_an_ordinary_enrollment_leaves_nobody_anything_to_do(service: Service) -> None:
    assert enrolled(service).tasks == ()
    assert tasks(service) == []


def test_what_comes_too_late_is_one_task(service: Service, clock: ManualClock) -> None:
    clock.move_to(local("2026-12-08 06:30"))
    found = enrolled(service, sedation="none")

    assert [task["kind"] for task in found.tasks] == ["missed", "call"]
    assert "ride" in found.tasks[0]["reason"]
    assert not found.tasks[0]["urgent"]


def test_it_is_urgent_where_a_step_says_so(service: Service, clock: ManualClock) -> None:
    clock.move_to(local("2026-12-05 12:00"))
    found = enrolled(service, holds=("warfarin=5",))

    assert [(task["kind"], task["urgent"]) for task in found.tasks] == [("missed", True)]
    assert "stop:warfarin" in found.tasks[0]["reason"]


def test_a_blood_thinner_without_an_order_is_a_task_and_no_stop_is_planned(service: Service) -> None:
    found = enrolled(service, takes=("warfarin",))

    assert [task["kind"] for task in found.tasks] == ["order-missing"]
    assert not [key for key in states(service, found.enrollment) if key.startswith("stop")]


def test_two_blood_thinners_at_once_are_a_task(service: Service) -> None:
    found = enrolled(service, takes=("warfarin",), holds=("warfarin=5", "clopidogrel=5"))

    assert [task["kind"] for task in found.tasks] == ["two-blood-thinners"]


def test_tasks_are_stored_with_the_enrollment_and_its_site(service: Service) -> None:
    id_ = enrolled_id(service, takes=("warfarin",))
    (task,) = tasks(service)

    assert (task["enrollment"], task["site"], task["state"]) == (id_, "main", "open")


# Warnings


def test_a_shared_phone_is_a_warning_and_no_refusal(service: Service) -> None:
    enrolled(service, phone="+12125550123")
    found = enrolled(service, phone="+12125550123", name="Sam Example")

    assert found.warnings == ("1 other enrollment(s) use this phone: messages of several patients go to it",)


def test_a_phone_of_a_cancelled_enrollment_is_free(service: Service) -> None:
    id_ = enrolled_id(service, phone="+12125550123")
    cancel(service, id_)

    assert enrolled(service, phone="+12125550123", name="Sam Example").warnings == ()


def test_a_procedure_on_a_holiday_is_a_warning(engine: Engine, vault: Vault, clock: ManualClock) -> None:
    service = a_service(engine, vault, clock, sites={"main": a_site(holidays="US-NY")})
    found = enrolled(service, procedure="2026-12-25 09:00")

    assert found.warnings == ("the procedure is on Fri 2026-12-25, which is not a working day at the site",)


def test_an_order_outside_the_published_range_is_a_warning_and_is_kept(service: Service) -> None:
    found = enrolled(service, holds=("warfarin=9",))

    assert "outside the published" in found.warnings[0]
    assert stored(service, found.enrollment).holds[0].days == 9


def test_a_patient_reached_by_mail_alone_shares_no_phone(service: Service) -> None:
    enrolled(service, phone=None, email="pat@example.org", consent="email")
    found = enrolled(service, phone=None, email="sam@example.org", consent="email", name="Sam Example")

    assert found.warnings == ()


# The same patient twice


def cancel(service: Service, id_: str) -> None:
    with service.engine.begin() as connection:
        queries.change_enrollment(connection, id_, status="cancelled")


SAME = "this patient is already enrolled for that day at main as "


def test_the_same_record_number_on_the_same_day_is_refused(service: Service) -> None:
    id_ = enrolled_id(service, mrn="77", phone="+12125550101")

    assert refusal(service, mrn="77", phone="+12125550102", name="Patricia Example") == SAME + id_


def test_the_same_name_and_phone_on_the_same_day_are_refused(service: Service) -> None:
    id_ = enrolled_id(service, phone="+12125550101")

    assert refusal(service, phone="(212) 555-0101", name="pat EXAMPLE", procedure="2026-12-08 15:00") == SAME + id_


def test_the_same_name_and_address_are_refused_where_there_is_no_phone(service: Service) -> None:
    mail = {"phone": None, "email": "pat@example.org", "consent": "email"}
    id_ = enrolled_id(service, **mail)

    assert refusal(service, **mail) == SAME + id_


def test_a_record_number_given_later_does_not_hide_the_same_patient(service: Service) -> None:
    id_ = enrolled_id(service, phone="+12125550101")

    assert refusal(service, phone="+12125550101", mrn="77") == SAME + id_


def test_two_record_numbers_are_two_patients_though_name_and_phone_agree(service: Service) -> None:
    enrolled(service, mrn="77", phone="+12125550101")

    assert enrolled(service, mrn="78", phone="+12125550101").warnings  # they share a phone


@pytest.mark.parametrize(
    "other",
    [
        {"procedure": "2026-12-09 09:00"},
        {"name": "Sam Example"},
        {"phone": "+12125550102"},
        {"site": "north"},
    ],
    ids=["another day", "another name", "another phone", "another site"],
)
def test_a_patient_is_the_same_only_where_all_agrees(
    engine: Engine, vault: Vault, clock: ManualClock, other: dict[str, Any]
) -> None:
    service = a_service(engine, vault, clock, sites={"main": a_site(), "north": a_site(name="Example North")})
    enrolled(service, phone="+12125550101", site="main")

    enrolled(service, **{"phone": "+12125550101", "site": "main"} | other)
    assert row_counts(engine)["enrollments"] == 2


def test_the_day_is_the_sites(engine: Engine, vault: Vault, clock: ManualClock) -> None:
    service = a_service(engine, vault, clock)
    id_ = enrolled_id(service, phone="+12125550101", procedure="2026-12-08 20:00")  # already the 9th in UTC

    assert refusal(service, phone="+12125550101", procedure="2026-12-08 09:00") == SAME + id_


def test_a_cancelled_patient_may_be_booked_again(service: Service) -> None:
    cancel(service, enrolled_id(service, mrn="77", phone="+12125550101"))

    enrolled(service, mrn="77", phone="+12125550101")
    assert row_counts(service.engine)["enrollments"] == 2


def test_one_patient_enrolled_by_two_people_at_once_is_enrolled_once(service: Service) -> None:
    """A double click: without a lock each of the two would find that nobody is enrolled yet."""
    both = threading.Barrier(2)

    def pause(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("INSERT INTO enrollments"):
            with suppress(threading.BrokenBarrierError):
                both.wait(timeout=0.5)  # passed at once where both get here, which is what must not be

    event.listen(service.engine, "before_cursor_execute", pause)
    request = a_request(phone="+12125550101")
    answers = together(*[lambda: enroll(service, request, by="coordinator")] * 2)

    assert row_counts(service.engine)["enrollments"] == 1
    assert [type(answer) for answer in answers].count(InputError) == 1


# What is refused leaves nothing behind


@pytest.mark.parametrize(
    ("typed", "option"),
    [
        ({"phone": "hello"}, "--phone"),
        ({"phone": "020 7946 0958"}, "--phone"),
        ({"phone": "+12125550123 ext 4"}, "--phone"),
        ({"email": "pat@example"}, "--email"),
        ({"name": ""}, "--name"),
        ({"name": "Pat\nExample"}, "--name"),
        ({"name": "Pat\u202eelpmaxE"}, "--name"),
        ({"name": "Pat\x07Example"}, "--name"),
        ({"email": "pat\u2066@example.org"}, "--email"),
        ({"mrn": "7\r\n7"}, "--mrn"),
        ({"mrn": "7" * 41}, "--mrn"),
        ({"procedure": "2026-11-20 11:00"}, "--procedure"),
        ({"procedure": "2027-03-14 02:30"}, "--procedure"),
        ({"procedure": "2027-11-07 01:30"}, "--procedure"),
        ({"procedure": "12/08/2026"}, "--procedure"),
        ({"procedure": "2026-02-30"}, "--procedure"),
        ({"procedure": "9999-12-08"}, "--procedure"),
        ({"zone": "America/New_Yrok"}, "--zone"),
        ({"site": "south"}, "--site"),
        ({"language": "fr"}, "--language"),
        ({"takes": ("warfarn",)}, "--takes"),
        ({"holds": ("warfarin=-1",)}, "--hold"),
        ({"holds": ("warfarin=31",)}, "--hold"),
        ({"holds": ("warfarin=5",), "resumes": ("warfarin=0",)}, "--resume"),
        ({"resumes": ("warfarin=1",)}, "--resume"),
        ({"holds": ("warfarin=5",), "ordered_by": None}, "--ordered-by"),
        ({"consent": "email"}, "--consent"),
        ({"consent": "sms", "phone": None}, "--consent"),
        ({"consent": "voice", "phone": None, "email": "pat@example.org"}, "--consent"),
        ({"visit": "2026-12-01 09:00"}, "--visit"),
    ],
)
def test_a_wrong_request_is_answered_by_its_option_and_leaves_nothing(
    service: Service, typed: dict[str, Any], option: str
) -> None:
    assert refusal(service, **typed).startswith(f"{option}: ")


@pytest.mark.parametrize("field", ["name", "phone", "email", "mrn"])
def test_no_refusal_repeats_a_personal_field(service: Service, field: str) -> None:
    line = refusal(service, **CANARY | {field: CANARY[field] + "\n!"}, consent="sms,email")

    assert "quillon" not in line.lower()
    assert "70077" not in line
    assert "0177" not in line


def test_a_request_shows_nothing_personal_in_its_repr() -> None:
    assert "quillon" not in repr(a_request(**CANARY)).lower()


def test_a_failure_half_way_leaves_nothing(service: Service) -> None:
    before = row_counts(service.engine)

    def fail(_connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("INSERT INTO events"):
            raise RuntimeError("the power went")

    event.listen(service.engine, "before_cursor_execute", fail)
    with pytest.raises(RuntimeError):
        enrolled(service)

    assert row_counts(service.engine) == before


def test_a_dry_run_answers_as_the_real_one_and_leaves_nothing(service: Service) -> None:
    request, before = a_request(takes=("warfarin",), holds=("aspirin=9",)), row_counts(service.engine)
    tried = enroll(service, request, by="coordinator", dry_run=True)

    assert row_counts(service.engine) == before
    done = enroll(service, request, by="coordinator")
    assert (tried.timeline, tried.warnings) == (done.timeline, done.warnings)
    assert [task["kind"] for task in tried.tasks] == [task["kind"] for task in done.tasks] == ["order-missing"]


def test_a_dry_run_finds_the_same_patient_too(service: Service) -> None:
    request = a_request()
    enroll(service, request, by="coordinator")

    with pytest.raises(InputError, match=SAME):
        enroll(service, request, by="coordinator", dry_run=True)


# Finding one again


@pytest.fixture
def found_by(service: Service) -> Callable[[str], str]:
    def find(text: str) -> str:
        with reading(service.engine) as connection:
            return find_enrollment(service, connection, text).id

    return find


def test_an_enrollment_is_found_however_its_id_is_typed(service: Service, found_by: Callable[[str], str]) -> None:
    id_ = enrolled_id(service)

    assert found_by(f" {id_.lower().replace('-', '')} ") == id_


def test_an_id_with_a_slip_is_refused_before_anything_is_looked_up(found_by: Callable[[str], str]) -> None:
    with pytest.raises(InputError, match="a character is mistyped"):
        found_by("ABCD-EFGHK")


def test_an_id_nobody_has_is_said_to_be_unknown(found_by: Callable[[str], str]) -> None:
    with pytest.raises(InputError, match=r"enrollment 2222-22222 is not known; `reminders list` shows all"):
        found_by("2222-22222")


def test_a_second_procedure_of_one_patient_is_named_and_is_no_other_patient(service: Service) -> None:
    first = enrolled_id(service, mrn="4711", phone="+12125550142")
    again = enrolled(service, mrn="4711", phone="+12125550142", procedure="2026-12-22 09:00")

    said = f"this patient is enrolled as {first} too: see that the medicine plans agree"
    assert [line for line in again.warnings if "enrolled" in line or "phone" in line] == [said]
