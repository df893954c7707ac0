"""Enrolling a patient: one request checked, planned and stored in one commit."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from reminders import identifiers, worklist
from reminders.booking import Booking, BookingRequest, read_booking
from reminders.consent import WORDING_VERSION, require_address, shut_opted_out, shut_warnings
from reminders.database import approvals, queries, revisions, worklog
from reminders.database.engine import Proof, in_one_commit
from reminders.database.vault import Vault
from reminders.errors import InputError, ReminderError
from reminders.inputs import read_channels, read_email, read_line, read_phone, region_of
from reminders.key_fit import require_key
from reminders.logs import get_logger
from reminders.protocols import ProtocolVersion
from reminders.records import FIRST, IN_TURN, Consent, Contact, Enrollment
from reminders.service import Service
from reminders.sites import find_site, place_of
from schedules.errors import ScheduleError
from schedules.procedure import Place
from schedules.timeline import PlannedReminder, Status, Timeline, find_anchors

log = get_logger(__name__)

# What makes one enrollment unreadable: a sealed value that was changed, a site taken out of the settings, a protocol
# this version of the program no longer understands.
UNREADABLE = (ReminderError, ScheduleError)


@dataclass(frozen=True, kw_only=True, slots=True)
class EnrollRequest:
    """Everything a coordinator typed to enroll one patient."""

    booking: BookingRequest
    name: str = field(repr=False)
    phone: str | None = field(default=None, repr=False)
    email: str | None = field(default=None, repr=False)
    mrn: str | None = field(default=None, repr=False)
    detailed: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Enrolled:
    """What enrolling did."""

    enrollment: str
    timeline: Timeline
    warnings: tuple[str, ...]
    tasks: tuple[Mapping[str, Any], ...]


class DryRun(Exception):
    """Carries the answer out of a transaction that must not commit."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer


# Enroll


def enroll(service: Service, request: EnrollRequest, *, by: str, dry_run: bool = False) -> Enrolled:
    """Check, plan and store one enrollment in one commit; InputError where the request cannot be right.

    ConfigurationError where the key file is not the one that the store was sealed with.
    """
    now = service.clock.now().replace(microsecond=0)
    booking = read_booking(request.booking, service.settings, service.library, service.medications, now)
    enrollment = _new_enrollment(request, booking, by, now)
    timeline = booking.plan(now, detailed=request.detailed)

    def act(connection: Connection) -> Enrolled:
        enrolled = _store(service, connection, enrollment, booking, timeline, by)
        if dry_run:
            raise DryRun(enrolled)
        return enrolled

    proof = Proof(
        name=enrollment.id,
        found=lambda connection: queries.revision_of(connection, enrollment.id) is not None,
        look=f"reminders show {enrollment.id}",
    )
    try:
        return in_one_commit(service.engine, act, sleep=service.clock.sleep, proof=proof)
    except DryRun as dry:
        return dry.answer  # type: ignore[no-any-return]


def _new_enrollment(request: EnrollRequest, booking: Booking, by: str, now: datetime) -> Enrollment:
    contact = _read_contact(request, region_of(booking.site.phone))
    channels = read_channels("--consent", request.booking.consent)
    for channel in channels:
        require_address(channel, contact)
    procedure = booking.procedure
    return Enrollment(
        id=identifiers.enrollment_id(),
        site=booking.site_id,
        protocol_hash=booking.version.content_hash,
        language=booking.language,
        zone=booking.place.patient_zone.key,
        detailed=request.detailed,
        status="active",
        revision=1,
        start_at=procedure.start,
        hour_known=procedure.hour_known,
        enrolled_at=now,
        sedation=procedure.sedation,
        contact=contact,
        visit_at=procedure.visit,
        holds=procedure.holds,
        takes=booking.takes,
        consents={
            channel: Consent(
                channel=channel, granted_at=now, granted_by=by, wording=WORDING_VERSION, detailed=request.detailed
            )
            for channel in channels
        },
    )


def _read_contact(request: EnrollRequest, region: str) -> Contact:
    return Contact(
        name=read_line("--name", request.name),
        phone=read_phone("--phone", request.phone, region) if request.phone else None,
        email=read_email("--email", request.email) if request.email else None,
        mrn=read_line("--mrn", request.mrn, longest=40) if request.mrn else None,
    )


def _store(
    service: Service,
    connection: Connection,
    enrollment: Enrollment,
    booking: Booking,
    timeline: Timeline,
    by: str,
) -> Enrolled:
    require_key(service, connection)
    now, lookups = enrollment.enrolled_at, lookups_of(service.vault, enrollment, booking.place)
    same = queries.same_enrollment(
        connection, same_record=lookups["same_record"], same_contact=lookups["same_contact"] or ""
    )
    if same is not None:
        raise InputError(f"this patient is already enrolled for that day at {enrollment.site} as {same}")
    warnings = [*booking.warnings, *_other_warnings(connection, lookups["phone_lookup"], lookups["mrn_lookup"])]
    if enrollment.holds and (
        doubts := revisions.open_doubts(connection, lookups["phone_lookup"], lookups["mrn_lookup"])
    ):
        enrollment = replace(enrollment, holds=tuple(replace(hold, confirmed=False) for hold in enrollment.holds))
        doubted = replace(booking, procedure=enrollment.procedure)
        timeline = doubted.plan(enrollment.enrolled_at, detailed=enrollment.detailed)
        warnings.append(f"medicine steps are held until the call about the cancelled {', '.join(doubts)} was made")
    version = booking.version
    approvals.record_protocol(
        connection,
        hash_=version.content_hash,
        name=version.protocol.name,
        version=version.protocol.version,
        files=version.files,
        now=now,
    )
    queries.insert_enrollment(connection, service.vault, enrollment, lookups)
    queries.insert_reminders(connection, [reminder_row(enrollment, planned, now) for planned in timeline.reminders])
    shut = shut_opted_out(connection, service.vault, enrollment, enrollment.consents, by=by, now=now)
    warnings += shut_warnings(shut)
    tasks = worklist.planning_tasks(enrollment, timeline.reminders, booking.place, now)
    tasks += [worklist.shut_task(enrollment, channel, booking.place, now) for channel in shut]
    tasks += worklist.order_tasks(enrollment, booking.blood_thinners, booking.without_order, booking.place, now)
    worklog.add_event(connection, enrollment=enrollment.id, at=now, by=by, action="enroll", after=_facts(enrollment))
    opened = worklog.open_tasks(connection, tasks, now)
    return Enrolled(enrollment=enrollment.id, timeline=timeline, warnings=tuple(warnings), tasks=tuple(opened))


def _other_warnings(connection: Connection, phone: str | None, mrn: str | None) -> list[str]:
    """Other procedures of this patient, and other patients on this phone (by their keyed hashes)."""
    found, mine = [], queries.running_of_record(connection, mrn) if mrn else []
    if mine:
        found.append(f"this patient is enrolled as {', '.join(mine)} too: see that the medicine plans agree")
    if phone and (others := queries.others_on_phone(connection, phone, mrn)):
        found.append(f"{others} other enrollment(s) use this phone: messages of several patients go to it")
    return found


def lookups_of(vault: Vault, enrollment: Enrollment, place: Place) -> dict[str, str | None]:
    """Keyed hashes: to find a phone or record number, and to tell that two enrollments are the same."""
    contact, lookup = enrollment.contact, vault.lookup
    day = f"{enrollment.site}|{enrollment.start_at.astimezone(place.site_zone):%Y-%m-%d}"
    reached = contact.phone or contact.email or ""
    return {
        "phone_lookup": lookup("phone", contact.phone) if contact.phone else None,
        "email_lookup": lookup("email", contact.email.lower()) if contact.email else None,
        "mrn_lookup": lookup("mrn", contact.mrn) if contact.mrn else None,
        "same_record": lookup("same", f"{day}|{contact.mrn}") if contact.mrn else None,
        "same_contact": lookup("same", f"{day}|{contact.name.casefold()}|{reached}"),
    }


def _facts(enrollment: Enrollment) -> dict[str, Any]:
    """What the event log says of a new enrollment: nothing that identifies the patient."""
    return {
        "procedure": enrollment.start_at.isoformat(),
        "protocol": enrollment.protocol_hash[:12],
        "channels": [str(channel) for channel in enrollment.consents],
        "detailed": enrollment.detailed,
        "holds": {hold.drug: [hold.days, hold.resume_days, hold.ordered_by] for hold in enrollment.holds},
    }


def reminder_row(enrollment: Enrollment, planned: PlannedReminder, now: datetime, round_: int = 1) -> dict[str, Any]:
    """A planned reminder as the store keeps it."""
    ended = planned.status is not Status.PLANNED
    return {
        "enrollment": enrollment.id,
        "key": planned.key,
        "step": planned.step.key,
        "position": planned.position,
        "round": round_,
        "revision": enrollment.revision,
        "state": planned.status.value,
        "reason": planned.why[-1] if ended else None,
        "send_at": planned.send_at,
        "due_at": planned.send_at,
        "not_before": planned.not_before,
        "not_after": planned.not_after,
        "zone": planned.zone.key,
        "channels": [str(channel) for channel in planned.channels],
        "channel": str(planned.channels[0]) if planned.channels else None,
        "waits_for": [str(fact) for fact in planned.waits_for],
        "why": list(planned.why),
        "drug": planned.drug,
        "copy_of": planned.copy_of,
        "recipient": planned.recipient,
        "late": planned.late,
        "joins": planned.joins,
        # What is late already and whose missing is urgent has no time to wait behind a batch.
        "urgency": FIRST if planned.late and planned.step.missed_urgent else IN_TURN,
        "changed_at": now,
    }


# Find


def find_enrollment(service: Service, connection: Connection, typed_id: str, *, lock: bool = False) -> Enrollment:
    """The enrollment somebody named; InputError for a slip in the id or an unknown one."""
    id_ = identifiers.parse_enrollment_id(typed_id)
    enrollment = queries.load_enrollment(connection, service.vault, id_, lock=lock)
    if enrollment is None:
        raise InputError(f"enrollment {id_} is not known; `reminders list` shows all")
    return enrollment


def load_readable(
    service: Service,
    connection: Connection,
    ids: Sequence[str],
    check: Callable[[Enrollment], object],
    *,
    lock: str | None = None,
) -> tuple[dict[str, Enrollment], set[str]]:
    """The enrollments that can be read, and the ids of those that cannot: one must not hold up the others.

    `check` reads what else belongs to an enrollment. `lock` as in `queries.load_enrollments`.
    """
    try:
        found = queries.load_enrollments(connection, service.vault, ids, lock=lock)
        for enrollment in found.values():
            check(enrollment)
        return found, set()
    except UNREADABLE as error:
        if len(ids) == 1:
            log.error("enrollment_unreadable", error, enrollment=ids[0])
            return {}, set(ids)
    each = [load_readable(service, connection, [id_], check, lock=lock) for id_ in ids]
    return {id_: e for found, _ in each for id_, e in found.items()}, {id_ for _, ids in each for id_ in ids}


def load_whole(
    service: Service, connection: Connection, ids: Iterable[str], *, lock: str | None = None
) -> tuple[dict[str, Enrollment], set[str]]:
    """`load_readable` of enrollments whose protocol and site must be readable, too."""
    now = service.clock.now()

    def check(each: Enrollment) -> object:
        return recorded_version(service, connection, each), place_for(service, each, now)

    return load_readable(service, connection, sorted(set(ids)), check, lock=lock)


def place_for(service: Service, enrollment: Enrollment, now: datetime) -> Place:
    return place_of(find_site(service.settings, enrollment.site), enrollment.zone, now.year)


def recorded_version(service: Service, connection: Connection, enrollment: Enrollment) -> ProtocolVersion:
    """The protocol as it was when the enrollment was bound to it."""
    hash_ = enrollment.protocol_hash
    return service.library.recorded(hash_, lambda: approvals.protocol_files(connection, hash_))


def anchors_of(service: Service, connection: Connection, enrollment: Enrollment) -> dict[str, datetime]:
    """The instants an enrollment's reminders are counted from (UTC)."""
    version = recorded_version(service, connection, enrollment)
    place = place_for(service, enrollment, service.clock.now())
    return find_anchors(version.protocol, enrollment.procedure, place)
