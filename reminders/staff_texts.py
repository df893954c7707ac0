"""A text in staff's own words to one patient, stored as a reminder: it leaves by the rules of every other message.

It is no part of the plan: changes of plan leave it as it is, but for a cancellation, which withdraws it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from reminders import identifiers
from reminders.booking import channel_warnings
from reminders.composing import text_around
from reminders.consent import address_lookup
from reminders.correcting import LAST_POSITION
from reminders.database import exchanges, inbound, operating, queries, worklog
from reminders.database.vault import Vault
from reminders.deciding import KEEP_BACK
from reminders.enrollment import DryRun, find_enrollment, place_for, recorded_version
from reminders.errors import InputError
from reminders.inputs import read_line
from reminders.pausing import EVERYTHING, pause_of, site_scope, transport_scope
from reminders.protocols import ProtocolVersion
from reminders.records import FIRST, IN_TURN, Enrollment, Reminder
from reminders.saving import save
from reminders.service import Service
from reminders.settings import SiteSettings
from reminders.sites import find_site
from reminders.text_checks import MOST_SEGMENTS
from reminders.texts.segments import segments
from schedules.corrections import AT_ONCE
from schedules.medications import Medications
from schedules.procedure import Place
from schedules.protocol import Channel
from schedules.unplanned import STAFF_TEXT, find_step, has_step
from schedules.windows import ALWAYS, Permitted
from schedules.wording import LANGUAGES, indiscreet

CHANNEL = Channel.SMS
LONGEST_WORDS = 1000  # characters; what really limits a text are its segments
WORTH = timedelta(hours=24)  # from when it may leave on; a person looks at it then


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """A text that waits to be sent: its number among the enrollment's, when it may leave (UTC), and what it costs."""

    enrollment: str
    reminder: str
    round: int
    send_at: datetime
    segments: int
    urgent: bool
    notes: tuple[str, ...] = ()  # what may keep it back


@dataclass(frozen=True, kw_only=True, slots=True)
class _Draft:
    """What a text to one enrollment is judged by."""

    enrollment: Enrollment
    version: ProtocolVersion
    site: SiteSettings
    place: Place
    words: str
    urgent: bool
    now: datetime


def write(service: Service, typed_id: str, words: str, *, urgent: bool, by: str, dry_run: bool = False) -> Written:
    """Store a text to be sent when the window allows, or at once where it is urgent.

    InputError, and nothing changed, where the patient cannot or must not be texted, or the words do not fit.
    """
    words = read_line("words", words, longest=LONGEST_WORDS)

    def act(connection: Connection) -> Written:
        written = _write(service, connection, typed_id, words, urgent, by)
        if dry_run:
            raise DryRun(written)
        return written

    try:
        return save(service, identifiers.parse_enrollment_id(typed_id), act)
    except DryRun as dry:
        return dry.answer  # type: ignore[no-any-return]


def words_of(vault: Vault, reminder: Reminder) -> str | None:
    """What staff wrote in a reminder; None in one that is of the plan."""
    if reminder.content is None:
        return None
    return vault.open("reminders", _place_of(reminder.enrollment, reminder.round), "content", reminder.content)


def _place_of(enrollment: str, round_: int) -> str:
    """Where the words are sealed to: a row has no number yet when they are."""
    return f"{enrollment}:{STAFF_TEXT}:{round_}"


def _write(service: Service, connection: Connection, typed_id: str, words: str, urgent: bool, by: str) -> Written:
    now = service.clock.now().replace(microsecond=0)
    enrollment = find_enrollment(service, connection, typed_id, lock=True)
    _check_reachable(service, connection, enrollment)
    draft = _Draft(
        enrollment=enrollment,
        version=recorded_version(service, connection, enrollment),
        site=find_site(service.settings, enrollment.site),
        place=place_for(service, enrollment, now),
        words=words,
        urgent=urgent,
        now=now,
    )
    _check_discreet(draft, service.medications)
    cost = _cost(draft)
    reminders = queries.reminders_of(connection, enrollment.id)
    first = _first_waiting(draft.version, reminders)
    send_at = _send_at(draft, first)
    round_ = 1 + max((reminder.round for reminder in reminders if reminder.key == STAFF_TEXT), default=0)
    row = _row(draft, round_, send_at, by)
    row["content"] = service.vault.seal("reminders", _place_of(enrollment.id, round_), "content", words)
    row["about"] = exchanges.last_reply(connection, enrollment.id)
    queries.insert_reminders(connection, [row])
    after = {"reminder": STAFF_TEXT, "round": round_, "send_at": send_at.isoformat(), "urgent": urgent}
    worklog.add_event(connection, enrollment=enrollment.id, at=now, by=by, action="reply", after=after)
    return Written(
        enrollment=enrollment.id,
        reminder=STAFF_TEXT,
        round=round_,
        send_at=send_at,
        segments=cost,
        urgent=urgent,
        notes=_notes(service, connection, enrollment, first),
    )


def _check_reachable(service: Service, connection: Connection, enrollment: Enrollment) -> None:
    """A patient without a phone, without consent, or who has opted out is not texted."""
    phone = enrollment.contact.address(CHANNEL)
    if phone is None:
        raise InputError(f"enrollment {enrollment.id} has no phone; record one with `reminders contact`")
    address = address_lookup(service.vault, CHANNEL, phone)
    consented = CHANNEL in enrollment.consents
    if inbound.is_opted_out(connection, address, CHANNEL) or (
        not consented and exchanges.was_opted_out(connection, enrollment.id, str(CHANNEL))
    ):
        raise InputError(f"enrollment {enrollment.id} has opted out of texts; call instead")
    if not consented:
        raise InputError(f"enrollment {enrollment.id} has not consented to texts; call instead")


def _check_discreet(draft: _Draft, medications: Medications) -> None:
    """Without consent to detailed texts no procedure, diagnosis or prescribed drug is named, by whomever."""
    if draft.enrollment.detailed:
        return
    given_away = (indiscreet(language, draft.words) for language in LANGUAGES)  # staff may write in either
    word = next(filter(None, (medications.prescription_in(draft.words), *given_away)), None)
    if word is not None:
        raise InputError(f"words: this patient agreed to discreet texts, which must not name {word!r}; call instead")


def _cost(draft: _Draft) -> int:
    """The segments it takes whichever phone is answered when it leaves; InputError where it is too long."""
    site, language = draft.site, draft.enrollment.language
    phones = (site.phone, site.phone_after_hours or site.phone)
    texts = [text_around(draft.words, site.name, phone, language) for phone in phones]
    cost, most = max(map(segments, texts)), MOST_SEGMENTS[language]
    if cost > most:
        raise InputError(f"words: with the site's name and phone they take {cost} segments; at most {most}")
    length, longest = max(map(len, texts)), site.frequency.longest_text
    if longest is not None and length > longest:
        raise InputError(f"words: with the site's name and phone they take {length} characters; at most {longest}")
    return cost


def _first_waiting(version: ProtocolVersion, reminders: list[Reminder]) -> Reminder | None:
    """The message that must leave before any other, where it has neither left nor ended."""
    waiting = [r for r in reminders if r.state in KEEP_BACK and has_step(version.protocol, r.step)]
    return next((r for r in waiting if find_step(version.protocol, r.step).first), None)


def _send_at(draft: _Draft, first: Reminder | None) -> datetime:
    """The first instant at which it may leave: in the window, and not before the first message of the plan."""
    earliest = max(draft.now, first.due_at) if first is not None and first.due_at else draft.now
    window = ALWAYS if draft.urgent else draft.version.protocol.window
    send_at = Permitted(window=window, zone=draft.place.patient_zone).at_or_after(earliest)
    if send_at is None:
        raise InputError("words: the protocol's window does not open again soon; call instead")
    return send_at


def _row(draft: _Draft, round_: int, send_at: datetime, by: str) -> dict[str, Any]:
    """The reminder as the store keeps it, without its words."""
    why = f"written by {by}" + ("; urgent, so it does not wait for the window" if draft.urgent else "")
    return {
        "enrollment": draft.enrollment.id,
        "key": STAFF_TEXT,
        "step": STAFF_TEXT + (AT_ONCE if draft.urgent else ""),
        "position": LAST_POSITION + 1,
        "round": round_,
        "revision": draft.enrollment.revision,
        "state": "planned",
        "send_at": send_at,
        "due_at": send_at,
        "not_before": None,
        "not_after": send_at + WORTH,
        "zone": draft.place.patient_zone.key,
        "channels": [str(CHANNEL)],
        "channel": str(CHANNEL),
        "waits_for": [],
        "why": [why],
        "late": False,
        "urgency": FIRST if draft.urgent else IN_TURN,
        "changed_at": draft.now,
    }


def _notes(service: Service, connection: Connection, enrollment: Enrollment, first: Reminder | None) -> tuple[str, ...]:
    waits = f"it waits until {first.key}, the first message of the plan, has left" if first is not None else None
    scopes = (EVERYTHING, site_scope(enrollment.site), transport_scope(CHANNEL))
    paused = pause_of(operating.pauses(connection), *scopes)
    return (*channel_warnings([CHANNEL], service.settings), *(note for note in (waits, paused) if note))
