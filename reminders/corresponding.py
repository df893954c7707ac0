"""All that went out to one patient and came back, for staff to read.

Nobody reads a text or a stranger's number here without a line in the event log that says who did.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from reminders.consent import address_lookup
from reminders.database import exchanges, worklog
from reminders.enrollment import find_enrollment
from reminders.records import Enrollment
from reminders.service import Service
from schedules.protocol import Channel

PATIENT = "patient"
SHOWN_DIGITS = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """One message: a call to a provider ("out"), or a reply ("in", whose state is what the program made of it).

    `party` is whom it went to or came from. `leader` is the delivery in whose message this one traveled. `text` is
    None unless texts were asked for, and where the leader has it.
    """

    at: datetime
    direction: str
    channel: str
    party: str
    state: str
    key: str | None = None
    delivery: str | None = None
    leader: str | None = None
    receipt: str | None = None
    code: str | None = None
    media: int = 0
    text: str | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Correspondence:
    """Messages in the order in which they were sent or came; of no enrollment: those from unknown numbers."""

    enrollment: str | None
    site: str | None
    messages: tuple[Message, ...]
    shows_text: bool


def messages_of(service: Service, typed_id: str, *, show_text: bool, by: str) -> Correspondence:
    """The messages of one enrollment, with their texts where asked for; InputError for an id that is not known."""
    with service.engine.begin() as connection:
        enrollment = find_enrollment(service, connection, typed_id)
        if show_text:
            _log(service, connection, enrollment.id, by)
        out = [_sent(service, row, show_text) for row in exchanges.sent(connection, enrollment.id)]
        parties = _parties(service, connection, enrollment)
        came = [
            _came(service, row, parties.get(row["address"], PATIENT), show_text)
            for row in exchanges.replies(connection, enrollment.id)
        ]
    found = sorted([*out, *came], key=lambda message: message.at)
    return Correspondence(enrollment=enrollment.id, site=enrollment.site, messages=tuple(found), shows_text=show_text)


def inbox(service: Service, *, show_text: bool, by: str) -> Correspondence:
    """Replies from numbers that nobody is enrolled with; the number is masked unless texts are asked for."""
    with service.engine.begin() as connection:
        if show_text:
            _log(service, connection, None, by)
        came = [
            _came(service, row, _number(service, row, whole=show_text), show_text)
            for row in exchanges.replies(connection, None)
        ]
    return Correspondence(enrollment=None, site=None, messages=tuple(came), shows_text=show_text)


def _log(service: Service, connection: Connection, enrollment: str | None, by: str) -> None:
    now = service.clock.now()
    worklog.add_event(connection, enrollment=enrollment, at=now, by=by, action="messages-read")


def _parties(service: Service, connection: Connection, enrollment: Enrollment) -> dict[str, str]:
    """Who is reached at which address (its keyed hash); a number that patient and caregiver share is the patient's."""
    phone = enrollment.contact.phone
    mine = {address_lookup(service.vault, Channel.SMS, phone): PATIENT} if phone else {}
    return exchanges.caregivers_at(connection, enrollment.id) | mine


def _sent(service: Service, row: Mapping[str, Any], show_text: bool) -> Message:
    shown = show_text and row["leader"] is None
    return Message(
        at=row["intended_at"],
        direction="out",
        channel=row["channel"],
        party=row["recipient"] or PATIENT,
        state=row["state"],
        key=row["key"],
        delivery=row["id"],
        leader=row["leader"],
        receipt=row["receipt"],
        code=row["code"],
        text=service.vault.open("deliveries", row["id"], "content", row["content"]) if shown else None,
    )


def _came(service: Service, row: Mapping[str, Any], party: str, show_text: bool) -> Message:
    return Message(
        at=row["received_at"],
        direction="in",
        channel=str(Channel.SMS),
        party=party,
        state=row["meaning"],
        media=row["media"],
        text=service.vault.open("replies", row["id"], "content", row["content"]) if show_text else None,
    )


def _number(service: Service, row: Mapping[str, Any], *, whole: bool) -> str:
    number = service.vault.open("replies", row["id"], "sender", row["sender"])
    return number if whole else f"...{number[-SHOWN_DIGITS:]}"
