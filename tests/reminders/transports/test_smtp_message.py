"""The e-mail itself: what a reader sees, and what nobody can smuggle in."""

import email as email_library
from dataclasses import replace
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reminders.clock import ManualClock
from reminders.transports.base import Attachment, Channel, OutboundMessage, Refused, Scope
from reminders.transports.smtp_message import compose, is_plain_address

HEADERS = {
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "Content-Type",
    "Content-Transfer-Encoding",
    "MIME-Version",
}
ENTRY = Attachment(
    name="calendar.ics",
    media_type="text/calendar; method=PUBLISH; charset=utf-8",
    content="BEGIN:VCALENDAR\r\nSUMMARY:Su visita en Clínica Ejemplo\r\nEND:VCALENDAR\r\n".encode(),
)
SENDER = Address("Example Radiology", addr_spec="reminders@example.org")


def read(content: bytes) -> EmailMessage:
    mail = email_library.message_from_bytes(content, policy=default)
    assert isinstance(mail, EmailMessage)
    return mail


def test_the_headers_say_who_when_and_that_no_person_wrote_it(email: OutboundMessage, clock: ManualClock) -> None:
    mail = read(compose(email, SENDER, clock.now()).as_bytes())

    assert dict(mail.items()) == {
        "From": "Example Radiology <reminders@example.org>",
        "To": "pat.example@example.org",
        "Subject": "From Example Radiology",
        "Date": "Wed, 02 Dec 2026 15:00:00 +0000",
        "Message-ID": "<0123456789abcdef0123456789abcdef@example.org>",
        "Auto-Submitted": "auto-generated",
        "Content-Type": 'text/plain; charset="utf-8"',
        "Content-Transfer-Encoding": "quoted-printable",
        "MIME-Version": "1.0",
    }


def test_every_try_of_a_delivery_has_one_message_id(email: OutboundMessage, clock: ManualClock) -> None:
    tries = [compose(email, SENDER, clock.now())["Message-ID"] for _ in range(2)]

    assert tries[0] == tries[1]


def test_plain_text_arrives_as_it_was_written(email: OutboundMessage, clock: ManualClock) -> None:
    text = "Traiga a un conductor: mañana no.\n\n.una línea\n" + "largo " * 300
    mail = read(compose(replace(email, text=text), SENDER, clock.now()).as_bytes())

    assert mail.get_content().splitlines() == text.splitlines()


def test_html_stands_beside_the_plain_text(email: OutboundMessage, clock: ManualClock) -> None:
    mail = read(compose(replace(email, html="<p>Please arrange a driver.</p>"), SENDER, clock.now()).as_bytes())

    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    html = mail.get_body(("html",))
    assert html is not None
    assert "<p>Please arrange a driver.</p>" in html.get_content()


def test_a_file_stands_beside_what_is_read(email: OutboundMessage, clock: ManualClock) -> None:
    with_both = replace(email, html="<p>Please arrange a driver.</p>", attachments=(ENTRY,))
    mail = read(compose(with_both, SENDER, clock.now()).as_bytes())

    assert [part.get_content_type() for part in mail.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/calendar",
    ]
    body = mail.get_body()
    assert body is not None
    assert "<p>Please arrange a driver.</p>" in body.get_content()


def test_a_file_keeps_its_name_its_type_and_every_byte(email: OutboundMessage, clock: ManualClock) -> None:
    mail = read(compose(replace(email, attachments=(ENTRY,)), SENDER, clock.now()).as_bytes())

    [part] = mail.iter_attachments()
    assert isinstance(part, EmailMessage)
    assert (part.get_filename(), part.get_content_disposition()) == ("calendar.ics", "attachment")
    assert dict(part["Content-Type"].params) == {"method": "PUBLISH", "charset": "utf-8"}
    assert part.get_payload(decode=True) == ENTRY.content


def test_an_email_without_files_is_no_mixture(email: OutboundMessage, clock: ManualClock) -> None:
    assert read(compose(email, SENDER, clock.now()).as_bytes()).get_content_type() == "text/plain"


@pytest.mark.parametrize(
    "change", [{"name": "a.ics\r\nBcc: other@example.org"}, {"media_type": "text/calendar;\nX: y"}]
)
def test_a_file_whose_name_or_type_breaks_a_line_is_refused(
    email: OutboundMessage, clock: ManualClock, change: dict[str, str]
) -> None:
    forged = replace(ENTRY, **change)  # type: ignore[arg-type]

    with pytest.raises(Refused) as caught:
        compose(replace(email, attachments=(forged,)), SENDER, clock.now())
    assert caught.value.scope is Scope.MESSAGE


def test_what_travels_is_seven_bits_in_short_lines(email: OutboundMessage, clock: ManualClock) -> None:
    page = "<p>" + "ñ" * 2000 + "</p>"
    loud = replace(email, text="ñ" * 2000, html=page, subject="ñ" * 100, attachments=(ENTRY,))
    lines = compose(loud, SENDER, clock.now()).as_bytes().split(b"\r\n")

    assert all(line.isascii() and len(line) <= 78 for line in lines)


@pytest.mark.parametrize("break_", ["\n", "\r", "\r\n", "\x00", "\x0b", "\x0c", "\x85", "\u2028"])
def test_a_subject_with_a_line_break_is_refused(email: OutboundMessage, clock: ManualClock, break_: str) -> None:
    forged = replace(email, subject=f"Hello{break_}Bcc: other@example.org")

    with pytest.raises(Refused) as caught:
        compose(forged, SENDER, clock.now())
    assert caught.value.scope is Scope.MESSAGE


@pytest.mark.parametrize(
    "address",
    [
        "",
        "pat",
        "@example.org",
        "pat@",
        "pat@example.org\nBcc: other@example.org",
        "pat@example.org\r\nDATA",
        "pat@example.org\n",
        "pat@example.org, other@example.org",
        "pat@example.org> SIZE=1",
        "Pat <pat@example.org>",
        '"pat other"@example.org',
        "pat @example.org",
        "pät@example.org",
        "pat@exämple.org",
        "pat@[127.0.0.1]",
        "pat@example..org",
        f"{'p' * 65}@example.org",
        f"pat@{'e' * 250}.org",
    ],
)
def test_anything_but_one_plain_address_is_refused(email: OutboundMessage, clock: ManualClock, address: str) -> None:
    with pytest.raises(Refused) as caught:
        compose(replace(email, to=address), SENDER, clock.now())

    assert caught.value.scope is Scope.ADDRESS


@pytest.mark.parametrize("address", ["pat@example.org", "p.a-t+reminders@sub.example.org", "o'pat@localhost"])
def test_peoples_addresses_are_accepted(address: str) -> None:
    assert is_plain_address(address)


@given(subject=st.text(max_size=200), text=st.text(max_size=200))
def test_whatever_the_subject_and_the_text_no_header_is_added(subject: str, text: str) -> None:
    message = OutboundMessage(
        delivery_id="d1",
        enrollment="ABCD-EFGHJ",
        key="ride",
        channel=Channel.EMAIL,
        to="pat@example.org",
        subject=subject,
        text=text,
    )
    try:
        content = compose(message, SENDER, datetime(2026, 12, 2, 15, tzinfo=UTC)).as_bytes()
    except Refused:
        return

    assert set(read(content).keys()) == HEADERS


def test_an_email_says_where_one_post_ends_them(email: OutboundMessage, clock: ManualClock) -> None:
    url = "https://reminders.a-hospital-with-a-long-name.example.org/department/email/unsubscribe?mac=" + "0" * 32
    content = compose(replace(email, unsubscribe_url=url), SENDER, clock.now()).as_bytes()

    # In one line, and not as an encoded word: a mail reader follows what stands there.
    assert f"List-Unsubscribe: <{url}&delivery={email.delivery_id}>\r\n".encode() in content
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in content


def test_without_an_address_of_ours_an_email_promises_nothing(email: OutboundMessage, clock: ManualClock) -> None:
    assert b"Unsubscribe" not in compose(email, SENDER, clock.now()).as_bytes()
