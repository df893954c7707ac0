"""Recording what happened or was arranged: the end, that it did not take place, the arrival time, the visit."""

import re
from dataclasses import replace
from datetime import datetime, timedelta

from reminders import worklist
from reminders.booking import calendar_warning, check_end, check_lead
from reminders.changes.changing import Changed, Revision, Work, change, revise, stopped_drugs
from reminders.changes.hearing import heard_of
from reminders.database import queries, revisions, worklog
from reminders.errors import InputError
from reminders.inputs import read_instant
from reminders.lifecycle import UNSENT, State, check_move
from reminders.service import Service
from schedules.corrections import Correction

EARLIEST_ARRIVAL = timedelta(hours=12)


def complete(
    service: Service, typed_id: str, *, ended_at: str, correct: bool = False, by: str, dry_run: bool = False
) -> Changed:
    """Record when the procedure ended (site time); what was counted from its end is planned anew and released."""
    return change(service, typed_id, lambda work: _complete(work, ended_at, correct), by=by, dry_run=dry_run)


def _complete(work: Work, ended_text: str, correct: bool) -> Changed:
    before = work.before
    ended = _read_end(ended_text, work)
    if before.ended_at == ended:
        return Changed(enrollment=before.id, note="that end is already recorded; nothing was changed")
    if before.ended_at is not None and not correct:
        recorded = before.ended_at.astimezone(work.place.site_zone)
        raise InputError(
            f"--ended-at: already recorded as {recorded:%Y-%m-%d %H:%M} (site time); add --correct to mend it"
        )
    after = work.write(status="completed", ended_at=ended)
    old = {"status": before.status, "ended_at": before.ended_at.isoformat() if before.ended_at else None}
    work.log("complete", old, {"status": "completed", "ended_at": ended.isoformat()})
    for kind in ("completion", "short-notice"):  # they mean nothing any more
        revisions.finish_by_kind(work.connection, before.id, kind, by=work.by, now=work.now)
    past = _withdraw_past(work)
    tasks = worklist.restart_tasks(after, after.holds, work.place, work.now)
    changed = revise(work, after, Revision(kind=Correction.REST, tasks=tasks))
    return replace(changed, withdrawn=(*past, *changed.withdrawn))


def _withdraw_past(work: Work) -> tuple[tuple[str, str], ...]:
    """What had to be said before the start is wrong once the procedure has taken place, however early it did."""
    reason, start = "the procedure has taken place", work.before.start_at
    unsent = [r for r in queries.reminders_of(work.connection, work.before.id) if r.state in UNSENT]
    past = [reminder for reminder in unsent if reminder.not_after is not None and reminder.not_after <= start]
    for reminder in past:
        check_move(reminder.state, State.WITHDRAWN)
    ids, revision = [reminder.id for reminder in past], work.before.revision
    queries.withdraw(work.connection, ids, revision=revision, reason=reason, now=work.now)
    return tuple((reminder.key, reason) for reminder in past)


def _read_end(text: str, work: Work) -> datetime:
    ended = read_instant("--ended-at", text, work.place.site_zone)
    if ended > work.now:
        raise InputError("--ended-at: lies in the future; record the end once it has happened")
    check_end("--ended-at", ended, work.before.start_at)
    return ended


def record_not_done(service: Service, typed_id: str, *, by: str, dry_run: bool = False) -> Changed:
    """The procedure did not take place: nothing that counts from it is sent, and a held drug is a person's matter."""
    return change(service, typed_id, _not_done, by=by, dry_run=dry_run)


def _not_done(work: Work) -> Changed:
    before, now = work.before, work.now
    if before.ended_at is not None:
        raise InputError("--not-done: its end is already recorded; nothing was changed")
    if before.start_at > now:
        raise InputError("--not-done: its start lies ahead; use `reminders cancel` or `reminders reschedule`")
    reminders = queries.reminders_of(work.connection, before.id)
    drugs = stopped_drugs(work, reminders, heard_of(work.connection, before.id, reminders))
    reason = "the procedure did not take place"
    unsent = queries.withdraw_unsent(work.connection, before.id, reason=reason, now=now)
    after = work.write(status="ended", cancel_reason="not done")
    work.log("not-done", {"status": before.status}, {"status": "ended"})
    revisions.finish_by_kind(work.connection, before.id, None, by=work.by, now=now)
    tasks = [worklist.not_done_task(after, drugs, work.place, now)] if drugs else []
    return Changed(
        enrollment=before.id,
        withdrawn=tuple((key, reason) for key in unsent),
        tasks=tuple(worklog.open_tasks(work.connection, tasks, now)),
    )


def record_arrival(service: Service, typed_id: str, *, at: str, by: str, dry_run: bool = False) -> Changed:
    """Record when the patient is to arrive (a clock time at the site, on the day of the procedure)."""
    return change(service, typed_id, lambda work: _arrival(work, at), by=by, dry_run=dry_run)


def _arrival(work: Work, at: str) -> Changed:
    before = work.before
    if before.status == "completed":
        raise InputError(f"enrollment {before.id} is completed: nobody needs to arrive any more")
    if not re.fullmatch(r"\d{2}:\d{2}", at.strip()):
        raise InputError(f"--at: {at!r} is not a clock time; write it like 07:30")
    day = before.start_at.astimezone(work.place.site_zone).date()
    arrival = read_instant("--at", f"{day} {at.strip()}", work.place.site_zone)
    if before.hour_known and not timedelta(0) <= before.start_at - arrival <= EARLIEST_ARRIVAL:
        start = before.start_at.astimezone(work.place.site_zone)
        raise InputError(f"--at: must lie within 12 hours before the start ({start:%H:%M} site time)")
    if arrival <= work.now:
        raise InputError("--at: lies in the past")
    revisions.finish_by_kind(work.connection, before.id, "call", by=work.by, now=work.now)
    if before.arrival_at == arrival:
        return Changed(enrollment=before.id, note="that arrival time is already recorded; nothing was changed")
    after = work.write(arrival_at=arrival)
    old = before.arrival_at.isoformat() if before.arrival_at else None
    work.log("arrival", {"arrival": old}, {"arrival": arrival.isoformat()})
    return revise(work, after, Revision(kind=Correction.ARRIVAL))


def record_visit(service: Service, typed_id: str, *, at: str, by: str, dry_run: bool = False) -> Changed:
    """Record the booked follow-up visit (site time)."""
    return change(service, typed_id, lambda work: _visit(work, at), by=by, dry_run=dry_run)


def _visit(work: Work, at: str) -> Changed:
    before = work.before
    visit = read_instant("--at", at, work.place.site_zone)
    if visit <= max(before.ended_at or before.start_at, work.now):
        raise InputError("--at: must lie after the procedure, and ahead")
    check_lead("--at", visit, work.now, work.place.site_zone)
    if before.visit_at == visit:
        return Changed(enrollment=before.id, note="that visit is already recorded; nothing was changed")
    after = work.write(visit_at=visit)
    old = before.visit_at.isoformat() if before.visit_at else None
    work.log("visit", {"visit": old}, {"visit": visit.isoformat()})
    revisions.finish_by_kind(work.connection, before.id, "book-visit", by=work.by, now=work.now)
    warning = calendar_warning("visit", visit, work.place)
    return revise(work, after, Revision(kind=Correction.VISIT, warnings=(warning,) if warning else ()))
