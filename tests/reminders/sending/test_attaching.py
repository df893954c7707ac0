"""The files that travel with a patient's e-mail, from the plan to a real mail server."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from icalendar import Calendar as CalendarFile
from sqlalchemy import select

from reminders.approving import approve_protocol
from reminders.changes.recording import complete
from reminders.changes.rescheduling import cancel, reschedule
from reminders.clock import ManualClock
from reminders.composing import compose
from reminders.database.engine import open_engine, reading
from reminders.database.tables import deliveries
from reminders.database.vault import Vault
from reminders.protocols import Library
from reminders.records import Contact
from reminders.sending.attaching import attachments_for, entry_uid
from reminders.service import Service
from reminders.settings import SiteSettings, TransportSettings
from reminders.transports.registry import make_transport
from schedules.medications import shipped_medications
from schedules.protocol import Calendar, Channel
from tests.builders import a_place, a_step, local
from tests.reminders.builders import (
    Transports,
    a_reminder,
    a_service,
    a_site,
    an_enrollment,
    enrolled_id,
    in_memory,
    send_due,
    the_reminder,
)
from tests.servers import mail
from tests.servers.certificates import Certificate
from tests.servers.fixtures import certificate, relay
from tests.servers.mail import MailServer

__all__ = ["certificate", "relay"]

BOTH = {"consent": "sms,email", "email": "pat.example@example.org"}
PREPARE = local("2026-11-24 10:00")  # two weeks before the default start


@pytest.fixture
def quick_service(sqlite_url: str, vault: Vault, clock: ManualClock) -> Iterator[Service]:
    """For what the kind of database cannot change."""
    engine = open_engine(sqlite_url)
    yield a_service(engine, vault, clock)
    engine.dispose()


def attached(
    service: Service, *, calendar: str | None = "procedure", channel: str = "email", **changes: Any
) -> list[Any]:
    """What a message of a step carries for the default patient, as the calendar library reads it."""
    enrollment = an_enrollment(**changes)
    files = attachments_for(
        service,
        enrollment,
        a_step(channels=("sms", "email"), calendar=None if calendar is None else Calendar(calendar)),
        Channel(channel),
        version=service.library.load("vertebroplasty"),
        place=a_place(),
        now=service.clock.now(),
    )
    return [event_in(file.content) for file in files]


def event_in(content: Any) -> Any:
    calendar: Any = CalendarFile.from_ical(content)
    [event] = calendar.events
    return event


# What it tells


def test_the_entry_is_the_procedure_from_its_start_for_the_protocols_duration(quick_service: Service) -> None:
    [event] = attached(quick_service)

    assert (event.start, event.end) == (local("2026-12-08 09:00"), local("2026-12-08 10:00"))


def test_the_entry_is_the_visit_where_the_step_says_so(quick_service: Service) -> None:
    [event] = attached(quick_service, calendar="visit", visit_at=local("2027-01-11 10:30"))

    assert event.start == local("2027-01-11 10:30")
    assert "DTEND" not in event


def test_a_visit_that_is_not_booked_has_no_entry(quick_service: Service) -> None:
    assert attached(quick_service, calendar="visit") == []


def test_a_booking_without_an_hour_is_a_whole_day(quick_service: Service) -> None:
    [event] = attached(quick_service, hour_known=False, start_at=local("2026-12-08 07:00"))

    assert event.start == date(2026, 12, 8)


def test_it_names_the_site_its_address_and_its_phone(quick_service: Service) -> None:
    [event] = attached(quick_service)

    assert event["SUMMARY"] == "Your visit at Example Radiology"
    assert event["LOCATION"] == "1 Example Street"
    assert event["CONTACT"] == "Example Radiology, (212) 555-0100"
    assert "(212) 555-0100" in event["DESCRIPTION"]


def test_it_speaks_the_patients_language(quick_service: Service) -> None:
    [procedure] = attached(quick_service, language="es")
    [visit] = attached(quick_service, language="es", calendar="visit", visit_at=local("2027-01-11 10:30"))

    assert procedure["SUMMARY"] == "Su visita en Example Radiology"
    assert visit["SUMMARY"] == "Su visita de control en Example Radiology"


def test_it_stays_discreet_for_a_patient_who_agreed_to_details(quick_service: Service) -> None:
    told = attached(quick_service, detailed=True)[0].to_ical().decode().lower()

    assert "vertebro" not in told


def test_nothing_in_it_tells_who_the_patient_is(quick_service: Service) -> None:
    contact = Contact(name="Pat Example", phone="+12125550123", email="pat.example@example.org", mrn="MRN-7")
    told = attached(quick_service, contact=contact)[0].to_ical().decode()

    assert not [word for word in ("Pat", "0123", "pat.example", "MRN-7", "ABCD", "EFGHJ") if word in told]


def test_a_changed_plan_has_the_same_uid_and_a_higher_sequence(quick_service: Service) -> None:
    [before] = attached(quick_service)
    [after] = attached(quick_service, revision=2, start_at=local("2026-12-15 09:00"))

    assert after["UID"] == before["UID"]
    assert after["SEQUENCE"] > before["SEQUENCE"]


# Whose it is


def test_procedure_and_visit_are_two_entries(quick_service: Service) -> None:
    uids = {entry_uid(quick_service, "ABCD-EFGHJ", kind) for kind in Calendar}

    assert len(uids) == len(Calendar)


def test_no_two_enrollments_share_an_entry(quick_service: Service) -> None:
    assert attached(quick_service)[0]["UID"] != attached(quick_service, id="2345-6789A")[0]["UID"]


def test_the_uid_rests_on_the_key_file_so_that_nobody_else_can_work_it_out(
    quick_service: Service, tmp_path_factory: pytest.TempPathFactory, clock: ManualClock
) -> None:
    other = a_service(quick_service.engine, Vault.create(tmp_path_factory.mktemp("other") / "key"), clock)

    assert attached(quick_service)[0]["UID"] != attached(other)[0]["UID"]


# Which messages carry it


def test_a_step_that_does_not_ask_for_one_carries_none(quick_service: Service) -> None:
    assert attached(quick_service, calendar=None) == []


@pytest.mark.parametrize("channel", ["sms", "voice"])
def test_only_an_email_carries_one(quick_service: Service, channel: str) -> None:
    assert attached(quick_service, channel=channel) == []


def test_over_a_patients_weeks_the_copies_the_protocol_names_carry_one(service: Service, clock: ManualClock) -> None:
    transports = in_memory(clock)
    enrollment = enrolled_id(service, **BOTH, visit="2027-01-11 10:30")
    for now in ("2026-11-20 12:00", "2026-11-24 10:00", "2026-12-05 12:00", "2026-12-07 10:00"):
        clock.move_to(local(now))
        send_due(service, transports)

    carried = {message.key: message.attachments for one in transports.values() for message in one.calls}
    assert {key for key, files in carried.items() if files} == {"prepare@email", "arrival-call@email"}
    assert {"welcome", "prepare", "ride", "arrival-call"} <= carried.keys()
    assert len({event_in(carried[key][0].content)["UID"] for key in ("prepare@email", "arrival-call@email")}) == 1
    assert the_reminder(service, enrollment, "visit-reminder@email").state.value == "planned"


def test_the_visits_reminder_carries_the_visit(service: Service, clock: ManualClock) -> None:
    transports = in_memory(clock)
    enrollment = enrolled_id(service, **BOTH, visit="2027-01-11 10:30")
    send_due(service, transports)
    clock.move_to(local("2026-12-08 11:00"))
    complete(service, enrollment, ended_at="2026-12-08 10:10", by="coordinator")
    clock.move_to(local("2027-01-10 12:00"))
    send_due(service, transports)

    [message] = [message for message in transports[Channel.EMAIL].calls if message.key == "visit-reminder@email"]
    assert event_in(message.attachments[0].content).start == local("2027-01-11 10:30")


def test_where_email_is_the_only_channel_the_message_itself_carries_it(service: Service, clock: ManualClock) -> None:
    transports = in_memory(clock)
    enrolled_id(service, consent="email", email="pat.example@example.org")
    for now in (clock.now(), PREPARE):
        clock.move_to(now)
        send_due(service, transports)

    assert [(call.key, len(call.attachments)) for call in transports[Channel.EMAIL].calls] == [
        ("welcome", 0),
        ("prepare", 1),
    ]


def test_a_stored_delivery_is_its_words_alone(service: Service, clock: ManualClock) -> None:
    transports = in_memory(clock)
    enrolled_id(service, consent="email", email="pat.example@example.org")
    send_due(service, transports)
    clock.move_to(PREPARE)
    send_due(service, transports)

    [message] = [call for call in transports[Channel.EMAIL].calls if call.attachments]
    with reading(service.engine) as connection:
        query = select(deliveries.c.content).where(deliveries.c.id == message.delivery_id)
        sealed = connection.execute(query).scalar_one()
    content = service.vault.open("deliveries", message.delivery_id, "content", sealed)
    assert content == f"{message.subject}\n\n{message.text}"


def test_a_real_mail_server_receives_the_entry(
    service: Service, clock: ManualClock, relay: MailServer, certificate: Certificate
) -> None:
    settings = TransportSettings.model_validate(
        {
            "kind": "smtp",
            "host": "localhost",
            "port": relay.port,
            "username": mail.USERNAME,
            "password": mail.PASSWORD,
            "sender": "reminders@example.org",
            "ca_file": certificate.file,
        }
    )
    approve_protocol(service, "vertebroplasty", by="Dr. Example")
    transports = in_memory(clock) | {Channel.EMAIL: make_transport(Channel.EMAIL, settings, clock)}
    enrolled_id(service, **BOTH)
    send_due(service, transports)
    clock.move_to(PREPARE)
    send_due(service, transports)

    [taken] = relay.taken
    [part] = taken.mail.iter_attachments()
    assert (part.get_content_type(), part.get_param("method")) == ("text/calendar", "PUBLISH")
    event = event_in(part.get_payload(decode=True))
    assert event.start == local("2026-12-08 09:00")
    assert event["DTSTAMP"].dt == clock.now()


# What becomes of it when the plan changes


def told(service: Service, clock: ManualClock) -> tuple[str, Transports]:
    """A patient who has her entry from the mail two weeks before."""
    transports = in_memory(clock)
    enrollment = enrolled_id(service, consent="email", email="pat.example@example.org")
    for now in (clock.now(), PREPARE):
        clock.move_to(now)
        send_due(service, transports)
    return enrollment, transports


def last_entry(transports: Transports) -> Any:
    """The file of the last e-mail, as (method, event)."""
    [file] = transports[Channel.EMAIL].calls[-1].attachments
    calendar: Any = CalendarFile.from_ical(file.content)
    return calendar["METHOD"], calendar.events[0]


def test_a_moved_procedure_moves_the_entry_it_gave(service: Service, clock: ManualClock) -> None:
    enrollment, transports = told(service, clock)
    _, before = last_entry(transports)
    reschedule(service, enrollment, to="2026-12-15 09:00", by="coordinator")
    clock.advance(timedelta(minutes=30))
    send_due(service, transports)

    method, after = last_entry(transports)
    assert (method, after.start) == ("PUBLISH", local("2026-12-15 09:00"))
    assert after["UID"] == before["UID"]
    assert after["SEQUENCE"] > before["SEQUENCE"]


def test_a_cancelled_procedure_takes_its_entry_away(service: Service, clock: ManualClock) -> None:
    enrollment, transports = told(service, clock)
    _, before = last_entry(transports)
    cancel(service, enrollment, reason="hospital", note=None, by="coordinator")
    clock.advance(timedelta(minutes=30))
    send_due(service, transports)

    method, after = last_entry(transports)
    assert (method, after["STATUS"], after["UID"]) == ("CANCEL", "CANCELLED", before["UID"])
    assert after["SEQUENCE"] > before["SEQUENCE"]


@pytest.mark.parametrize("key", ["prepare", "arrival-call"])
def test_an_email_states_the_hour_its_entry_shows_whatever_its_words_say(key: str) -> None:
    by_email, by_text = (
        compose(
            an_enrollment(),
            a_reminder(key),
            channel,
            version=Library().load("vertebroplasty"),
            site=SiteSettings.model_validate(a_site()),
            place=a_place(),
            medications=shipped_medications(),
        ).stated
        for channel in (Channel.EMAIL, Channel.SMS)
    )

    assert by_email["start_time"] == "2026-12-08T14:00+00:00"
    assert by_email["procedure_date"] == "2026-12-08"
    assert "start_time" not in by_text
