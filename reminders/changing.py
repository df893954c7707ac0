"""Changes to an enrollment: each is one commit, supersedes what had not left, and says truthfully what had."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from reminders import worklist
from reminders.booking import check_end
from reminders.database import queries
from reminders.database.engine import reading
from reminders.enrollment import DryRun, find_enrollment, place_for, recorded_version, reminder_row
from reminders.errors import InputError
from reminders.inputs import read_choice, read_instant, read_line
from reminders.lifecycle import GONE, UNSENT, State, check_move
from reminders.protocols import ProtocolVersion
from reminders.records import Enrollment, Reminder, Task
from reminders.service import Service
from schedules.changes import Change, Kind, Standing, compare
from schedules.procedure import Place
from schedules.protocol import Each
from schedules.timeline import build_timeline

CANCEL_REASONS = ("patient", "hospital", "admitted", "deceased", "error", "other")
LONGEST_CALL_SECONDS = 15.0  # how long a change waits to learn what calls in flight came to


@dataclass(frozen=True, kw_only=True, slots=True)
class Changed:
    """What a change of plan did, and what had already gone."""

    enrollment: str
    moved: tuple[Change, ...] = ()
    withdrawn: tuple[tuple[str, str], ...] = ()
    already_sent: tuple[Reminder, ...] = ()
    tasks: tuple[Mapping[str, Any], ...] = ()
    note: str | None = None


# Cancel


def cancel(
    service: Service, typed_id: str, *, reason: str, note: str | None, by: str, dry_run: bool = False
) -> Changed:
    """Withdraw everything unsent in one commit; a drug plan the patient was told becomes an urgent task."""
    reason = read_choice("--reason", reason, CANCEL_REASONS)
    words = read_line("--note", note, longest=500) if note else None
    try:
        with service.engine.begin() as connection:
            changed = _cancel(service, connection, typed_id, reason, words, by)
            if dry_run:
                raise DryRun(changed)
    except DryRun as dry:
        return dry.answer  # type: ignore[no-any-return]
    return _with_what_went(service, changed)


def _cancel(service: Service, connection: Connection, typed_id: str, reason: str, note: str | None, by: str) -> Changed:
    now = service.clock.now()
    enrollment = find_enrollment(service, connection, typed_id, lock=True)
    _require_open(enrollment, "cancelled")
    reminders, place = queries.reminders_of(connection, enrollment.id), place_for(service, enrollment, now)
    drugs = announced_drugs(recorded_version(connection, enrollment), reminders)
    words = f"procedure cancelled: {reason}"
    queries.withdraw_unsent(connection, enrollment.id, reason=words, now=now)
    queries.change_enrollment(connection, enrollment.id, status="cancelled", cancelled_at=now, cancel_reason=reason)
    sealed = service.vault.seal("events", enrollment.id, "note", note) if note else None
    queries.add_event(
        connection,
        enrollment=enrollment.id,
        at=now,
        by=by,
        action="cancel",
        before={"status": enrollment.status},
        after={"status": "cancelled", "reason": reason},
        note=sealed,
    )
    tasks = [worklist.announced_task(enrollment, drugs, place, now)] if drugs else []
    return Changed(
        enrollment=enrollment.id,
        withdrawn=tuple((reminder.key, words) for reminder in reminders if reminder.state in UNSENT),
        tasks=tuple(queries.open_tasks(connection, tasks, now)),
    )


def announced_drugs(version: ProtocolVersion, reminders: Iterable[Reminder]) -> list[str]:
    """The drugs whose hold the patient has been told about, or may have been."""
    holding = {step.key for step in version.protocol.steps if step.for_each is Each.HOLDS}
    told = GONE | {State.SENDING, State.UNKNOWN}
    return list(dict.fromkeys(r.drug for r in reminders if r.drug and r.step in holding and r.state in told))


def _require_open(enrollment: Enrollment, wanted: str) -> None:
    if enrollment.status in ("cancelled", "ended"):
        already = "already " if enrollment.status == wanted else ""
        raise InputError(f"enrollment {enrollment.id} is {already}{enrollment.status}: nothing was changed")


def _with_what_went(service: Service, changed: Changed) -> Changed:
    """Wait for calls in flight, at most as long as one may take, then name what had gone or is unknown."""
    deadline = service.clock.monotonic() + LONGEST_CALL_SECONDS
    while True:
        with reading(service.engine) as connection:
            reminders = queries.reminders_of(connection, changed.enrollment)
        if not any(r.state is State.SENDING for r in reminders) or service.clock.monotonic() >= deadline:
            break
        service.clock.sleep(0.2)
    gone = GONE | {State.SENDING, State.UNKNOWN}
    return replace(changed, already_sent=tuple(reminder for reminder in reminders if reminder.state in gone))


# Complete


def complete(service: Service, typed_id: str, *, ended_at: str, by: str, dry_run: bool = False) -> Changed:
    """Record when the procedure ended; everything counted from the end is planned anew and released."""
    try:
        with service.engine.begin() as connection:
            changed = _complete(service, connection, typed_id, ended_at, by)
            if dry_run:
                raise DryRun(changed)
    except DryRun as dry:
        return dry.answer  # type: ignore[no-any-return]
    return _with_what_went(service, changed)


def _complete(service: Service, connection: Connection, typed_id: str, ended_text: str, by: str) -> Changed:
    now = service.clock.now().replace(microsecond=0)
    enrollment = find_enrollment(service, connection, typed_id, lock=True)
    _require_open(enrollment, "completed")
    place = place_for(service, enrollment, now)
    ended = _read_end(ended_text, enrollment, place, now)
    if enrollment.ended_at == ended:
        return Changed(enrollment=enrollment.id, note="that end is already recorded; nothing was changed")
    if enrollment.ended_at is not None:
        recorded = enrollment.ended_at.astimezone(place.site_zone)
        raise InputError(f"--ended-at: the end is already recorded as {recorded:%Y-%m-%d %H:%M} (site time)")
    queries.change_enrollment(connection, enrollment.id, status="completed", ended_at=ended)
    queries.add_event(
        connection,
        enrollment=enrollment.id,
        at=now,
        by=by,
        action="complete",
        before={"status": enrollment.status},
        after={"status": "completed", "ended_at": ended.isoformat()},
    )
    queries.finish_by_cause(connection, f"{enrollment.id}:completion", by=by, now=now)
    completed = find_enrollment(service, connection, enrollment.id)
    past = _withdraw_past(connection, completed, now)
    changed = _replan(connection, completed, place, now, worklist.restart_tasks(completed, completed.holds, place, now))
    return replace(changed, withdrawn=(*past, *changed.withdrawn))


def _withdraw_past(connection: Connection, enrollment: Enrollment, now: datetime) -> tuple[tuple[str, str], ...]:
    """What had to be said before the start is wrong once the procedure has taken place, however early it did."""
    reason, start = "the procedure has taken place", enrollment.start_at
    unsent = [r for r in queries.reminders_of(connection, enrollment.id) if r.state in UNSENT]
    past = [reminder for reminder in unsent if reminder.not_after is not None and reminder.not_after <= start]
    values = {"state": "withdrawn", "reason": reason, "due_at": None, "changed_at": now}
    for reminder in past:
        check_move(reminder.state, State.WITHDRAWN)
        queries.change_reminder(connection, reminder.id, UNSENT, **values)
    return tuple((reminder.key, reason) for reminder in past)


def _read_end(text: str, enrollment: Enrollment, place: Place, now: datetime) -> datetime:
    ended = read_instant("--ended-at", text, place.site_zone)
    if ended > now:
        raise InputError("--ended-at: lies in the future; record the end once it has happened")
    check_end("--ended-at", ended, enrollment.start_at)
    return ended


# Plan anew


def _replan(
    connection: Connection, enrollment: Enrollment, place: Place, now: datetime, more_tasks: Sequence[Task]
) -> Changed:
    """Compute the timeline for what is known now and bring what has not left in line with it."""
    version = recorded_version(connection, enrollment)
    latest = {reminder.key: reminder for reminder in queries.reminders_of(connection, enrollment.id)}
    settled = {
        key: reminder.changed_at if reminder.state in GONE else None
        for key, reminder in latest.items()
        if reminder.state not in UNSENT
    }
    timeline = build_timeline(version.protocol, enrollment.procedure, place, now=now, settled=settled)
    standing = {
        key: Standing(send_at=reminder.send_at, unsent=reminder.state in UNSENT) for key, reminder in latest.items()
    }
    changes = compare(standing, timeline)
    for change in changes:
        _apply(connection, enrollment, change, latest, now)
    fresh = [c.planned for c in changes if c.planned is not None and c.kind in (Kind.ADD, Kind.END)]
    tasks = [*more_tasks, *worklist.planning_tasks(enrollment, fresh, place, now)]
    return Changed(
        enrollment=enrollment.id,
        moved=tuple(change for change in changes if change.kind in (Kind.MOVE, Kind.ADD) and change.planned),
        withdrawn=tuple((c.key, "no longer in the plan") for c in changes if c.kind is Kind.WITHDRAW),
        tasks=tuple(queries.open_tasks(connection, tasks, now)),
    )


def _apply(
    connection: Connection, enrollment: Enrollment, change: Change, latest: Mapping[str, Reminder], now: datetime
) -> None:
    if change.kind is Kind.ADD and change.planned is not None:
        queries.insert_reminders(connection, [reminder_row(enrollment, change.planned, now)])
        return
    old = latest[change.key]
    if change.kind is Kind.WITHDRAW:
        values: dict[str, Any] = {"state": "withdrawn", "reason": "no longer in the plan", "due_at": None}
    elif change.planned is None or old.state not in UNSENT:
        return
    else:
        values = reminder_row(enrollment, change.planned, now, old.round)
    values |= {"revision": enrollment.revision, "changed_at": now}
    _check_moves(old.state, State(values["state"]))
    queries.change_reminder(connection, old.id, UNSENT, **values)


def _check_moves(old: State, new: State) -> None:
    """What was held goes through its plan again; a plan that stays is no move."""
    if old is State.HELD:
        check_move(old, State.PLANNED)
        old = State.PLANNED
    if new is not old:
        check_move(old, new)
