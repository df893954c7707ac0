"""The one way a plan changes: in one commit the old plan is superseded, and what was told is put right.

After that commit no intent of the old plan is written. What had already gone is corrected once, named in the
answer, and where it concerns medicines put in front of a person.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import chain, repeat
from typing import Any

from sqlalchemy import Connection

from reminders import capping, identifiers, worklist
from reminders.changes.amending import WITHDRAWN, amend
from reminders.changes.hearing import TOLD, Contradicted, Heard, announced_drugs, contradictions, heard_of
from reminders.changes.standing import about, standing_of
from reminders.composing import known_of
from reminders.correcting import Planned, plan_correction
from reminders.database import queries, revisions, worklog
from reminders.database.engine import reading
from reminders.enrollment import DryRun, find_enrollment, place_for, recorded_version
from reminders.errors import InputError
from reminders.joining import Wording, plan
from reminders.lifecycle import GONE, UNSENT, State
from reminders.protocols import ProtocolVersion
from reminders.records import Enrollment, Reminder, Task
from reminders.rendering import states
from reminders.saving import save
from reminders.service import Service
from reminders.sites import find_site
from reminders.telling import (
    ARRIVAL_TIME,
    BEFORE_THE_END,
    CALL_BY,
    KINDS,
    Told,
    Truth,
    Wrong,
    believed_starts,
    values_of,
)
from schedules.changes import Change, Kind, compare
from schedules.corrections import Correction, is_correction
from schedules.procedure import Place
from schedules.timeline import PlannedReminder, Status, Timeline
from schedules.unplanned import is_planned

PAUSES = (0.1, 0.2, 0.4, 1.0)  # seconds between looks at calls in flight
LONGEST_CALL_SECONDS = 15.0  # how long a change waits to learn what calls in flight came to
SHORT_NOTICE = timedelta(hours=24)


@dataclass(frozen=True, kw_only=True, slots=True)
class Changed:
    """What a change of plan did, and what had already gone."""

    enrollment: str
    moved: tuple[Change, ...] = ()
    withdrawn: tuple[tuple[str, str], ...] = ()
    already_sent: tuple[Reminder, ...] = ()
    corrections: tuple[tuple[str, datetime | None], ...] = ()
    tasks: tuple[Mapping[str, Any], ...] = ()
    warnings: tuple[str, ...] = ()
    note: str | None = None
    correction_round: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Work:
    """One change under way: the locked enrollment as it was, and what it is planned with."""

    service: Service
    connection: Connection
    before: Enrollment
    version: ProtocolVersion
    place: Place
    now: datetime
    by: str

    def log(self, action: str, before: Mapping[str, Any], after: Mapping[str, Any], note: str | None = None) -> None:
        sealed = self.service.vault.seal("events", self.before.id, "note", note) if note else None
        worklog.add_event(
            self.connection,
            enrollment=self.before.id,
            at=self.now,
            by=self.by,
            action=action,
            before=before,
            after=after,
            note=sealed,
        )

    def write(self, **values: Any) -> Enrollment:
        """Store new values of the enrollment's own row, and answer it as it is then: its revision rises."""
        queries.change_enrollment(self.connection, self.before.id, **values)
        plain = {name: value for name, value in values.items() if name in Enrollment.__slots__}
        return replace(self.before, revision=self.before.revision + 1, **plain)

    def reload(self) -> Enrollment:
        """The enrollment as this change has written it."""
        return find_enrollment(self.service, self.connection, self.before.id)


@dataclass(frozen=True, kw_only=True, slots=True)
class Revision:
    """What a change asks for beyond the new plan itself.

    `kind`: what its correction is about, if one is due. `silent`: no text goes to the patient.
    `again`: what was refused is tried again, for the contact is a new one.
    """

    kind: Correction | None = None
    silent: bool = False
    uncalled: bool = False  # nor does anybody call the patient
    again: bool = False
    tasks: Sequence[Task] = ()
    warnings: tuple[str, ...] = field(default=())


def change(
    service: Service, typed_id: str, act: Callable[[Work], Changed], *, by: str, dry_run: bool = False
) -> Changed:
    """Run one change under the enrollment's lock; InputError names the state that forbids it.

    A change that another one overtook is refused and told what happened.
    """
    id_ = identifiers.parse_enrollment_id(typed_id)
    with reading(service.engine) as connection:
        seen = queries.revision_of(connection, id_)

    def done(connection: Connection) -> Changed:
        changed = act(begin_change(service, connection, id_, by=by, seen=seen))
        if dry_run:
            raise DryRun(replace(changed, already_sent=_gone(connection, changed)))
        return changed

    try:
        changed = save(service, id_, done)
    except DryRun as dry:
        return dry.answer  # type: ignore[no-any-return]
    return _with_what_went(service, changed)


def begin_change(service: Service, connection: Connection, id_: str, *, by: str, seen: int | None = None) -> Work:
    """Lock an enrollment that can still change; InputError where it cannot, or has left the revision `seen`."""
    now = service.clock.now().replace(microsecond=0)
    before = find_enrollment(service, connection, id_, lock=True)
    if seen is not None and before.revision != seen:
        last = worklog.events_of(connection, id_)[-1]
        raise InputError(
            f"enrollment {id_} was changed meanwhile ({last['action']} by {last['by']}): look again, then repeat"
        )
    if before.status in ("cancelled", "ended"):
        raise InputError(f"enrollment {before.id} is {before.status}: nothing was changed")
    version = recorded_version(service, connection, before)
    place = place_for(service, before, now)
    return Work(service=service, connection=connection, before=before, version=version, place=place, now=now, by=by)


def _with_what_went(service: Service, changed: Changed) -> Changed:
    """Wait for calls in flight, at most as long as one may take, then name what had gone or is unknown."""
    deadline, pauses = service.clock.monotonic() + LONGEST_CALL_SECONDS, chain(PAUSES, repeat(PAUSES[-1]))
    while True:
        with reading(service.engine) as connection:
            gone = _gone(connection, changed)
        if not any(r.state is State.SENDING for r in gone) or service.clock.monotonic() >= deadline:
            return replace(changed, already_sent=gone)
        service.clock.sleep(next(pauses))


def _gone(connection: Connection, changed: Changed) -> tuple[Reminder, ...]:
    """What has left or may have, but for this very change's correction: a worker may have taken that by now."""
    found = queries.reminders_in(connection, changed.enrollment, TOLD)
    gone = (reminder for reminder in found if is_planned(reminder.step) or is_correction(reminder.step))
    return tuple(r for r in gone if not (is_correction(r.step) and r.round == changed.correction_round))


def revise(work: Work, after: Enrollment, asked: Revision) -> Changed:
    """Bring the reminders in line with `after`, which is stored already; correct what was told and is wrong."""
    place = place_for(work.service, after, work.now)
    reminders = queries.reminders_of(work.connection, after.id)
    in_rounds = sorted(reminders, key=lambda reminder: reminder.round)  # an order may have changed positions since
    latest = {reminder.key: reminder for reminder in in_rounds if is_planned(reminder.step)}
    heard = heard_of(work.connection, after.id, reminders)
    timeline = _plan(work, after, place, latest, asked)
    truth = _truth(work, after, place, heard.everything, timeline)
    wrong = contradictions(heard, truth, past=BEFORE_THE_END if after.ended_at is not None else frozenset())
    sure, after = after, _doubt(work, after, wrong.drugs, asked)
    corrections = _corrections(work, after, place, heard, wrong, asked)
    own = next((one for one in corrections if one.recipient is None), None)
    if own is not None or after is not sure:
        timeline = _plan(work, after, place, latest, asked, own.send_at if own else None)
    if own is None and asked.kind is Correction.ARRIVAL and not _will_say(work, after, latest, timeline):
        planned = plan_correction(Correction.ARRIVAL, work.before, after, work.version.protocol, place, work.now)
        corrections.insert(0, planned)
    mine = {key: about(work.version, reminder, reminders, heard.everything) for key, reminder in latest.items()}
    standing = {key: standing_of(reminder, mine[key], truth) for key, reminder in latest.items()}
    changes = _still_to_say(after, compare(standing, timeline, work.now, new_contact=asked.again))
    amend(work.connection, after, changes, latest, by=work.by, now=work.now, reached_anew=asked.again)
    round_ = _replace_corrections(work, after, reminders, corrections)
    fresh = [c.planned for c in changes if c.planned is not None and c.kind in (Kind.ADD, Kind.END, Kind.AGAIN)]
    again = {one.key for one in changes if one.kind is Kind.AGAIN}
    rounds = {key: reminder.round + (key in again) for key, reminder in latest.items()}
    tasks = [*asked.tasks, *worklist.planning_tasks(after, fresh, place, work.now, rounds)]
    tasks += capping.renewed_tasks(work.connection, after, timeline.reminders, by=work.by, now=work.now)
    rest = bool(KINDS[Correction.REST] & wrong.by(None).facts)
    tasks += _call_tasks(work, after, place, heard, asked, wrong.drugs, rest=rest)
    return Changed(
        enrollment=after.id,
        moved=tuple(c for c in changes if c.kind in (Kind.MOVE, Kind.ADD, Kind.AGAIN)),
        withdrawn=tuple((c.key, WITHDRAWN) for c in changes if c.kind is Kind.WITHDRAW),
        corrections=tuple((one.key, one.send_at) for one in corrections),
        correction_round=round_,
        tasks=tuple(worklog.open_tasks(work.connection, tasks, work.now)),
        warnings=asked.warnings,
    )


def withdraw_all(
    work: Work, after: Enrollment, asked: Revision, reminders: Sequence[Reminder], heard: Heard
) -> Changed:
    """No plan is left: what was told is corrected once, and a person speaks where medicines are concerned."""
    drugs = stopped_drugs(work, reminders, heard) if work.before.status == "active" else []
    if drugs:
        revisions.doubt_orders(work.connection, after.id, drugs)
        after = work.reload()
    corrections = _corrections(work, after, work.place, heard, Contradicted(), asked)
    tasks = [*asked.tasks, *_call_tasks(work, after, work.place, heard, asked, drugs)]
    return Changed(
        enrollment=after.id,
        correction_round=_replace_corrections(work, after, reminders, corrections),
        corrections=tuple((one.key, one.send_at) for one in corrections),
        tasks=tuple(worklog.open_tasks(work.connection, tasks, work.now)),
    )


def _plan(
    work: Work,
    after: Enrollment,
    place: Place,
    latest: Mapping[str, Reminder],
    asked: Revision,
    correction_at: datetime | None = None,
) -> Timeline:
    """The new timeline; what was told or refused keeps its place and takes no part in what late steps wait for.

    A refused one that is tried again by a new contact does: its time has come.
    """
    settled = {
        key: reminder.changed_at if reminder.state in GONE else None
        for key, reminder in latest.items()
        if reminder.state in TOLD or (reminder.state is State.FAILED and not asked.again)
    }
    site = find_site(work.service.settings, after.site)
    wording = Wording(version=work.version, site=site, language=after.language, detailed=after.detailed)
    sent = capping.sent_lately(work.service, work.connection, after, work.now)
    return plan(wording, after.procedure, place, now=work.now, settled=settled, after=correction_at, sent=sent)


def _truth(work: Work, after: Enrollment, place: Place, told: Iterable[Told], planned: Timeline) -> Truth:
    """What is true under the new plan, per drug."""
    calls = {message.id for message in told if CALL_BY in message.stated}
    call = next((r for r in planned.reminders if r.step.opens_task and r.send_at and calls), None)
    found: dict[str | None, Mapping[str, str]] = {}

    def truth(drug: str | None) -> Mapping[str, str]:
        if drug not in found:
            known = known_of(
                after,
                call.step if call else None,
                drug,
                call.send_at if call else None,
                version=work.version,
                site=find_site(work.service.settings, after.site),
                place=place,
                medications=work.service.medications,
            )
            found[drug] = values_of(known)
        return found[drug]

    return truth


def _doubt(work: Work, after: Enrollment, drugs: Sequence[str], asked: Revision) -> Enrollment:
    """Orders whose announcement is contradicted wait for the prescriber, unless this change is the new order."""
    if asked.kind is Correction.PLAN or not drugs:
        return after
    revisions.doubt_orders(work.connection, after.id, drugs)
    return work.reload()


def _still_to_say(after: Enrollment, changes: Iterable[Change]) -> tuple[Change, ...]:
    """Once the procedure has taken place, what had to be said before its start is said under no plan."""

    def over(planned: PlannedReminder | None) -> bool:
        limit = planned.not_after if planned else None
        return after.ended_at is not None and limit is not None and limit <= after.start_at

    return tuple(one for one in changes if not over(one.planned))


def _will_say(work: Work, after: Enrollment, latest: Mapping[str, Reminder], timeline: Timeline) -> bool:
    """Whether a reminder that is still to leave will state the recorded arrival time to the patient."""
    messages = work.version.messages[after.language]
    own = (r for r in timeline.reminders if r.recipient is None)
    to_come = [r for r in own if r.status is Status.PLANNED and r.channels]
    unsent = [r for r in to_come if r.key not in latest or latest[r.key].state in UNSENT]
    return any(states(messages, r.step.key, r.channels[0], ARRIVAL_TIME, detailed=after.detailed) for r in unsent)


def stopped_drugs(work: Work, reminders: Iterable[Reminder], heard: Heard) -> list[str]:
    """The drugs somebody was told to stop, by a text or, where the text came too late, by a person."""
    today = work.now.astimezone(work.place.site_zone).date()
    start = work.before.start_at.astimezone(work.place.site_zone).date()
    begun = [hold.drug for hold in work.before.holds if hold.days >= 1 and hold.first_day(start) <= today]
    return list(dict.fromkeys((*announced_drugs(work.version, reminders, heard), *begun)))


def _corrections(
    work: Work, after: Enrollment, place: Place, heard: Heard, wrong: Contradicted, asked: Revision
) -> list[Planned]:
    """One correction for the whole change to each who needs it, the patient first; none to who has opted out."""
    found: list[Planned] = []
    for recipient in (None, *(caregiver.label for caregiver in after.open_caregivers)):
        planned = _correction(work, after, place, heard.by(recipient), wrong.by(recipient), asked)
        if planned is None:
            continue
        like = next((one for one in found if one.kind is planned.kind), planned)
        found.append(replace(like, recipient=recipient, doubted_drugs=planned.doubted_drugs))
    return found


def _correction(
    work: Work, after: Enrollment, place: Place, told: Sequence[Told], wrong: Wrong, asked: Revision
) -> Planned | None:
    cancelled = asked.kind is Correction.CANCELLED and bool(told)
    if asked.silent or not (wrong.facts or cancelled):
        return None
    kind = asked.kind if asked.kind in (Correction.CANCELLED, Correction.MOVED) else wrong.kind
    if kind is None:
        return None
    protocol, expected = work.version.protocol, believed_starts(told, place.site_zone)
    planned = plan_correction(kind, work.before, after, protocol, place, work.now, expected=expected)
    return replace(planned, doubted_drugs=wrong.drugs)


def _replace_corrections(
    work: Work, after: Enrollment, reminders: Sequence[Reminder], corrections: Sequence[Planned]
) -> int | None:
    """An unsent correction of an earlier change says what no longer holds: the new one speaks for both; its round."""
    old = [reminder for reminder in reminders if is_correction(reminder.step)]
    waiting = [reminder.id for reminder in old if reminder.state in UNSENT]
    reason = "superseded by a later change"
    queries.withdraw(work.connection, waiting, revision=after.revision, reason=reason, now=work.now)
    if not corrections:
        return None
    round_, place = 1 + max((reminder.round for reminder in old), default=0), place_for(work.service, after, work.now)
    queries.insert_reminders(work.connection, [one.row(after, place, round_) for one in corrections])
    return round_


def _call_tasks(
    work: Work,
    after: Enrollment,
    place: Place,
    heard: Heard,
    asked: Revision,
    drugs: Sequence[str],
    *,
    rest: bool = False,
) -> list[Task]:
    """A person calls where an announced drug plan no longer holds, or where little time is left to read a text."""
    if asked.uncalled:
        return []
    if drugs:
        return [worklist.announced_task(after, drugs, place, work.now, asked.kind, rest=rest)]
    starts = (work.before.start_at, after.start_at, *believed_starts(heard.by(None), place.site_zone))
    near = any(abs(start - work.now) <= SHORT_NOTICE for start in starts)
    ahead = work.before.status == "active"  # who has been there needs no word about a visit that has changed
    if near and ahead and asked.kind in (Correction.CANCELLED, Correction.MOVED):
        return [worklist.short_notice_task(after, place, work.now)]
    return []
