"""Moving and cancelling a procedure."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from reminders import worklist
from reminders.booking import calendar_warning, check_start
from reminders.changes.changing import Changed, Revision, Work, change, revise, stopped_drugs, withdraw_all
from reminders.changes.hearing import Heard, heard_of
from reminders.database import queries, revisions
from reminders.enrollment import lookups_of
from reminders.errors import InputError
from reminders.inputs import read_booking_time, read_choice, read_line
from reminders.lifecycle import GONE
from reminders.records import Enrollment, Reminder, Task
from reminders.service import Service
from reminders.telling import KINDS, believed, believed_starts
from schedules.corrections import Correction
from schedules.protocol import Each
from schedules.unplanned import find_step, has_step

CANCEL_REASONS = ("patient", "hospital", "admitted", "deceased", "error", "other")
MEDICINE_TASKS = (
    "restart",
    "announced-hold",
    "held",
)  # a drug was stopped: that stands, whatever becomes of the booking
UNTOLD = ("deceased", "admitted")  # the patient gets no message then; a person decides what to say, and to whom


def reschedule(service: Service, typed_id: str, *, to: str, by: str, dry_run: bool = False) -> Changed:
    """Move a procedure to another start (site time, or a date alone until its hour is known)."""
    return change(service, typed_id, lambda work: _reschedule(work, to), by=by, dry_run=dry_run)


def _reschedule(work: Work, to: str) -> Changed:
    before, now = work.before, work.now
    if before.status == "completed":
        raise InputError(f"enrollment {before.id} is completed: a procedure that took place cannot be moved")
    start, hour_known = read_booking_time("--to", to, work.place.site_zone)
    if (start, hour_known) == (before.start_at, before.hour_known):
        return Changed(enrollment=before.id, note="that is when it is planned already; nothing was changed")
    check_start("--to", start, now, work.place.site_zone, hour_known=hour_known)
    if before.visit_at is not None and before.visit_at <= start:
        raise InputError("--to: the booked visit would lie before the procedure; move it first with `reminders visit`")
    after = _write_start(work, start, hour_known)
    revisions.finish_by_kind(work.connection, before.id, "completion", by=work.by, now=now)
    warning = calendar_warning("procedure", start, work.place)
    warnings = (warning,) if warning else ()
    return revise(work, after, Revision(kind=Correction.MOVED, warnings=warnings))


def _write_start(work: Work, start: datetime, hour_known: bool) -> Enrollment:
    """The new start; an arrival time belonged to the old one, unless only the hour became known."""
    before, zone = work.before, work.place.site_zone
    same_day = start.astimezone(zone).date() == before.start_at.astimezone(zone).date()
    values: dict[str, Any] = {"start_at": start, "hour_known": hour_known}
    if not (same_day and not before.hour_known):
        values["arrival_at"] = None
    lookups = lookups_of(work.service.vault, replace(before, start_at=start), work.place)
    values |= {name: lookups[name] for name in ("same_record", "same_contact")}
    same = queries.same_enrollment(
        work.connection, same_record=lookups["same_record"], same_contact=lookups["same_contact"] or ""
    )
    if same not in (None, before.id):
        raise InputError(f"--to: this patient is already enrolled for that day as {same}")
    old = {"procedure": before.start_at.isoformat(), "hour_known": before.hour_known}
    work.log("reschedule", old, {"procedure": start.isoformat(), "hour_known": hour_known})
    return work.write(**values)


def cancel(
    service: Service, typed_id: str, *, reason: str, note: str | None, by: str, dry_run: bool = False
) -> Changed:
    """Withdraw everything unsent; tell the patient once, unless the reason says that a person must."""
    reason = read_choice("--reason", reason, CANCEL_REASONS)
    words = read_line("--note", note, longest=500) if note else None
    return change(service, typed_id, lambda work: _cancel(work, reason, words), by=by, dry_run=dry_run)


def _medicine_tasks(
    work: Work, after: Enrollment, reason: str, reminders: Sequence[Reminder], heard: Heard
) -> list[Task]:
    """What a cancellation leaves to people besides the call to a patient who was told something."""
    if reason in UNTOLD:
        return [worklist.untold_task(after, reason, stopped_drugs(work, reminders, heard), work.place, work.now)]
    if work.before.status != "completed":
        return []
    own = [reminder for reminder in reminders if reminder.recipient is None]
    resumed = {r.drug for r in own if r.drug and r.state in GONE and _resumes(work, r)}
    stopped = [hold.drug for hold in work.before.holds if hold.days >= 1 and hold.drug not in resumed]
    ordered = [hold.drug for hold in work.before.holds if hold.drug in stopped and hold.resume_days is not None]
    return [worklist.undone_restart_task(after, ordered, work.place, work.now)] if ordered else []


def _resumes(work: Work, reminder: Reminder) -> bool:
    return has_step(work.version.protocol, reminder.step) and (
        find_step(work.version.protocol, reminder.step).for_each is Each.RESUMES
    )


def _visit_tasks(work: Work, after: Enrollment, heard: Heard) -> list[Task]:
    """Nothing takes the visit after the procedure back by text: whoever was told of one to come is called."""
    told = {fact for _, fact in believed(heard.by(None))} & KINDS[Correction.VISIT]
    ahead = after.visit_at is not None and after.visit_at > work.now
    return [worklist.visit_told_task(after, work.place, work.now)] if told and ahead else []


def _is_awaited(work: Work, heard: Heard) -> bool:
    """Whether the procedure lies ahead, or the patient may still believe that it does."""
    believed_ahead = any(start > work.now for start in believed_starts(heard.by(None), work.place.site_zone))
    return work.before.status != "completed" and (work.before.start_at > work.now or believed_ahead)


def _cancel(work: Work, reason: str, note: str | None) -> Changed:
    before, now = work.before, work.now
    unsent = queries.withdraw_unsent(work.connection, before.id, reason=f"procedure cancelled: {reason}", now=now)
    after = work.write(status="cancelled", cancelled_at=now, cancel_reason=reason)
    work.log("cancel", {"status": before.status}, {"status": "cancelled", "reason": reason}, note)
    keep = MEDICINE_TASKS if before.status == "completed" else ()
    revisions.finish_by_kind(work.connection, before.id, None, by=work.by, now=now, keep=keep)
    reminders = queries.reminders_of(work.connection, before.id)
    heard = heard_of(work.connection, before.id, reminders)
    untold, awaited = reason in UNTOLD, _is_awaited(work, heard)
    tasks = _medicine_tasks(work, after, reason, reminders, heard)
    tasks += [] if untold or awaited else _visit_tasks(work, after, heard)
    asked = Revision(kind=Correction.CANCELLED, silent=untold or not awaited, uncalled=untold, tasks=tasks)
    withdrawn = tuple((key, f"procedure cancelled: {reason}") for key in unsent)
    return replace(withdraw_all(work, after, asked, reminders, heard), withdrawn=withdrawn)
