"""E-mail through a real mail server, encrypted and logged in."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from reminders.clock import ManualClock
from reminders.errors import ConfigurationError
from reminders.settings import TransportSettings
from reminders.texts.calendar_entry import CalendarEntry, publish
from reminders.transports.base import (
    Attachment,
    Channel,
    Misconfigured,
    NotSent,
    OutboundMessage,
    OutcomeUnknown,
    Refused,
)
from reminders.transports.registry import make_transport
from reminders.transports.smtp import SmtpTransport
from tests.servers import mail
from tests.servers.certificates import Certificate
from tests.servers.mail import MailServer, mail_server


def made(clock: ManualClock, **options: Any) -> SmtpTransport:
    given = {"kind": "smtp", "host": "localhost", "sender": "Example Radiology <reminders@example.org>", **options}
    transport = make_transport(Channel.EMAIL, TransportSettings.model_validate(given), clock)
    assert isinstance(transport, SmtpTransport)
    return transport


@pytest.fixture
def transport(relay: MailServer, certificate: Certificate, clock: ManualClock) -> SmtpTransport:
    return made(clock, port=relay.port, username=mail.USERNAME, password=mail.PASSWORD, ca_file=certificate.file)


def test_a_message_arrives_encrypted_and_logged_in(
    transport: SmtpTransport, relay: MailServer, email: OutboundMessage
) -> None:
    accepted = transport.send(email)

    [taken] = relay.taken
    assert (taken.sender, taken.recipients) == ("reminders@example.org", ("pat.example@example.org",))
    assert accepted.provider_id == taken.mail["Message-ID"] == f"<{email.delivery_id}@example.org>"
    assert relay.logins == 1


def test_the_body_arrives_as_it_was_written(
    transport: SmtpTransport, relay: MailServer, email: OutboundMessage
) -> None:
    transport.send(replace(email, text="Mañana:\n.\n..\nno coma."))

    assert relay.taken[0].mail.get_content().splitlines() == ["Mañana:", ".", "..", "no coma."]


def test_a_calendar_entry_arrives_byte_by_byte(
    transport: SmtpTransport, relay: MailServer, email: OutboundMessage
) -> None:
    starts = datetime(2026, 12, 8, 14, tzinfo=UTC)
    entry = CalendarEntry(
        uid="0123456789abcdef",
        revision=1,
        title="Su visita en Clínica; Ejemplo, Ñuñoa",
        note="¿Preguntas? " * 20,
        location="1 Example Street, New York",
        contact="(212) 555-0100",
        starts=starts,
        ends=starts + timedelta(hours=1),
        zone=ZoneInfo("America/New_York"),
    )
    file = publish(entry, starts)
    transport.send(
        replace(email, attachments=(Attachment(name=file.name, media_type=file.media_type, content=file.content),))
    )

    [part] = relay.taken[0].mail.iter_attachments()
    received = part.get_payload(decode=True)
    assert received == file.content
    event: Any = Calendar.from_ical(received).events[0]
    assert (event["SUMMARY"], event.start) == ("Su visita en Clínica; Ejemplo, Ñuñoa", starts)


def test_a_message_arrives_over_a_line_encrypted_from_the_start(
    certificate: Certificate, clock: ManualClock, email: OutboundMessage
) -> None:
    with mail_server(tls=certificate.server_context(), log_in=False) as server:
        made(clock, port=server.port, security="tls", ca_file=certificate.file).send(email)

        assert len(server.taken) == 1


def test_a_relay_on_this_machine_may_be_spoken_to_in_clear_text(clock: ManualClock, email: OutboundMessage) -> None:
    with mail_server(log_in=False) as server:
        made(clock, host="127.0.0.1", port=server.port, security="none").send(email)

        assert len(server.taken) == 1


def test_a_greylisted_message_is_not_sent(transport: SmtpTransport, relay: MailServer, email: OutboundMessage) -> None:
    relay.script(mail.GREYLISTED)
    with pytest.raises(NotSent):
        transport.send(email)

    assert relay.taken == ()


def test_an_address_nobody_has_is_refused(transport: SmtpTransport, relay: MailServer, email: OutboundMessage) -> None:
    relay.script(mail.NO_SUCH_USER)
    with pytest.raises(Refused):
        transport.send(email)


def test_a_line_dropped_after_the_dot_is_an_unknown_outcome(
    transport: SmtpTransport, relay: MailServer, email: OutboundMessage
) -> None:
    relay.script(mail.DROPPED_AFTER_DOT)
    with pytest.raises(OutcomeUnknown):
        transport.send(email)

    assert len(relay.taken) == 1


def test_bad_credentials_stop_the_transport(
    relay: MailServer, certificate: Certificate, clock: ManualClock, email: OutboundMessage
) -> None:
    transport = made(clock, port=relay.port, username=mail.USERNAME, password="another", ca_file=certificate.file)
    with pytest.raises(Misconfigured) as caught:
        transport.send(email)

    assert caught.value.code == "credentials"
    assert "another" not in str(caught.value)


def test_a_relay_that_demands_a_log_in_stops_a_transport_without_one(
    relay: MailServer, certificate: Certificate, clock: ManualClock, email: OutboundMessage
) -> None:
    with pytest.raises(Misconfigured):
        made(clock, port=relay.port, ca_file=certificate.file).send(email)


def test_a_certificate_nobody_trusts_stops_the_transport(
    relay: MailServer, clock: ManualClock, email: OutboundMessage
) -> None:
    with pytest.raises(Misconfigured) as caught:
        made(clock, port=relay.port).send(email)

    assert caught.value.code == "certificate"
    assert relay.taken == ()


@pytest.mark.parametrize("change", [{"to": "pat@example.org\r\nRCPT TO:<other@example.org>"}, {"subject": "a\nb"}])
def test_what_could_forge_a_header_never_reaches_the_relay(
    transport: SmtpTransport, relay: MailServer, email: OutboundMessage, change: dict[str, str]
) -> None:
    with pytest.raises(Refused):
        transport.send(replace(email, **change))  # type: ignore[arg-type]

    assert relay.logins == 0


def test_checking_logs_in_and_sends_nothing(transport: SmtpTransport, relay: MailServer) -> None:
    assert transport.check() == ()
    assert (relay.logins, relay.taken) == (1, ())


def test_checking_says_what_to_mend(relay: MailServer, clock: ManualClock) -> None:
    [problem] = made(clock, port=relay.port).check()

    assert problem == (
        f"Mail relay localhost, port {relay.port}: The mail relay's certificate is not one we trust; is ca_file right?"
    )


def test_checking_names_the_relays_answer(relay: MailServer, certificate: Certificate, clock: ManualClock) -> None:
    transport = made(clock, port=relay.port, username="x", password="y", ca_file=certificate.file)

    [problem] = transport.check()
    assert problem.endswith("The mail relay does not accept our user name and password. (535 5.7.8)")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"host": None}, "needs a host"),
        ({"sender": None}, "sender"),
        ({"sender": "not an address"}, "sender"),
        ({"sender": ".reminders@example.org"}, "sender"),
        ({"sender": "reminders@example.org\nBcc: other@example.org"}, "sender"),
        ({"host": "relay.example.org", "security": "none"}, "in clear text"),
        ({"host": "192.0.2.1", "security": "none"}, "in clear text"),
        ({"ca_file": Path("/no/such/file")}, "holds no certificates"),
        ({"username": "reminders", "password": "pässword"}, "ASCII"),
    ],
)
def test_settings_it_cannot_work_with_are_refused(clock: ManualClock, options: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        made(clock, **options)


def test_a_refused_password_is_not_repeated(clock: ManualClock) -> None:
    with pytest.raises(ConfigurationError) as caught:
        made(clock, username="reminders", password="pässword")

    assert "ssword" not in str(caught.value).replace("password", "")


@pytest.mark.parametrize(("security", "port"), [("starttls", 587), ("tls", 465), ("none", 25)])
def test_each_security_has_its_usual_port(clock: ManualClock, security: str, port: int) -> None:
    assert made(clock, security=security)._relay.port == port


def test_a_name_before_the_senders_address_is_shown(
    transport: SmtpTransport, relay: MailServer, email: OutboundMessage
) -> None:
    transport.send(email)

    assert relay.taken[0].mail["From"] == "Example Radiology <reminders@example.org>"
