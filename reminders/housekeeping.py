"""What must happen though nobody sends: lost leases, receipts that never came, held reminders grown wrong, pauses."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from sqlalchemy import Connection

from reminders import worklist
from reminders.database import claims, operating, presence, queries, unknowns, worklog
from reminders.database.engine import reading
from reminders.deciding import STAFF
from reminders.enrollment import load_whole, place_for, recorded_version
from reminders.health.restoring import is_behind
from reminders.lifecycle import State, check_move
from reminders.logs import get_logger
from reminders.pausing import transport_scope
from reminders.records import Enrollment, Reminder
from reminders.service import Service
from reminders.settling.asking import Gone, Transports, asked_of, settle_unknown, tell_people
from reminders.settling.awaiting import end_silent, settle_kept
from reminders.tasking import open_about
from reminders.transports.base import Transport
from reminders.worklist import unknown_advice
from schedules.protocol import Channel
from schedules.timeline import find_anchors
from schedules.unplanned import is_response

SILENT = frozenset({"undelivered", "missed", "asked"})
"""After a restored backup silence means nothing, for what happened since is lost: these wait for a person."""

log = get_logger(__name__)


def keep_house(service: Service, transports: Transports, gone: Gone = presence.gone) -> dict[str, int]:
    """Run every part once; each is its own commit and safe to run twice. How much each found."""
    with reading(service.engine) as connection:
        behind = is_behind(connection)
    parts: dict[str, Callable[[], int]] = {
        # A lost call is unknown first, so that a receipt which was kept for it can settle it.
        "unknown": lambda: settle_expired(service, transports),
        "kept": lambda: settle_kept(service),
        "undelivered": lambda: end_silent(service),
        "missed": lambda: end_held(service),
        "asked": lambda: ask_completion(service),
        "told": lambda: tell_people(service, transports),
        "settled": lambda: settle_unknown(service, transports, gone),  # last: it waits for providers
    }
    waiting = SILENT if behind else frozenset()
    return {name: 0 if name in waiting else _kept(name, part) for name, part in parts.items()}


def _kept(name: str, part: Callable[[], int]) -> int:
    """One part that fails does not keep the others, nor the sending after them, from being done."""
    try:
        return part()
    except Exception as error:
        log.error("housekeeping_failed", error, part=name)
        return 0


def settle_expired(service: Service, transports: Transports) -> int:
    """A lease that ran out in the middle of a call: the outcome is unknown, and the provider or a person is asked."""
    now, settled = service.clock.now(), 0
    reason = "the worker stopped in the middle of the call: the patient may or may not have the message"
    with service.engine.begin() as connection:
        for reminder, enrollment in _locked(service, connection, claims.expired_leases(connection, now)):
            check_move(reminder.state, State.UNKNOWN)
            if claims.mark_unknown(connection, reminder, reason=reason, now=now):
                settled += 1
                call = unknowns.of_reminder(connection, reminder.id)
                if call is not None and asked_of(transports, call):
                    continue  # a person is told unless that settles it in time
                advice = f"{reason}. {unknown_advice(call['id'] if call else '')}"
                open_about(service, connection, enrollment, reminder, kind="unknown", reason=advice, urgent=True)
    if settled:
        log.error("lease_expired", reminders=settled)
    return settled


def end_held(service: Service) -> int:
    """Held reminders that have become wrong to send end as missed, with a task."""
    now, ended = service.clock.now(), 0
    with service.engine.begin() as connection:
        for reminder, enrollment in _locked(service, connection, claims.held_too_long(connection, now)):
            check_move(reminder.state, State.MISSED)
            reason = f"what it waited for was not recorded in time ({', '.join(reminder.waits_for)})"
            values = {"state": "missed", "reason": reason, "due_at": None, "changed_at": now}
            if not queries.change_reminder(connection, reminder.id, (State.HELD,), **values):
                continue  # it was released before its enrollment could be locked
            ended += 1
            told = STAFF in reminder.waits_for or is_response(reminder.step)  # for those a task was opened at once
            if reminder.copy_of is None and not told:
                open_about(service, connection, enrollment, reminder, kind="missed", reason=reason)
    return ended


def _locked(service: Service, connection: Connection, found: list[Reminder]) -> Iterator[tuple[Reminder, Enrollment]]:
    """The reminders with their enrollments locked as a claim locks them; one a change holds is left for later."""
    enrollments = load_whole(service, connection, {reminder.enrollment for reminder in found}, lock="share")[0]
    return ((reminder, enrollments[reminder.enrollment]) for reminder in found if reminder.enrollment in enrollments)


def ask_completion(service: Service) -> int:
    """A task two hours after a planned end that nobody recorded; it becomes urgent at four."""
    now, opened = service.clock.now(), 0
    with service.engine.begin() as connection:
        waiting = claims.uncompleted(connection, now - worklist.ASK_COMPLETION)
        for enrollment in load_whole(service, connection, waiting)[0].values():
            place = place_for(service, enrollment, now)
            protocol = recorded_version(service, connection, enrollment).protocol
            planned_end = find_anchors(protocol, enrollment.procedure, place)["end"]
            task = worklist.completion_task(enrollment, planned_end, place, now)
            if task is not None:
                opened += len(worklog.open_tasks(connection, [task], now))
                if task.urgent:
                    worklog.press_task(connection, task.cause, due_at=task.due_at)
    return opened


def reopen_transports(service: Service, transports: Mapping[Channel, Transport]) -> list[str]:
    """Ask transports the program itself paused whether what was wrong is mended; the channels reopened."""
    with service.engine.begin() as connection:
        paused = {scope for scope, row in operating.pauses(connection).items() if row["paused_by"] == operating.SYSTEM}
    mended = [str(channel) for channel, transport in transports.items() if _is_mended(channel, transport, paused)]
    with service.engine.begin() as connection:  # a person may have taken the pause over meanwhile: then it stays
        reopened = [
            channel
            for channel in mended
            if operating.resume(connection, transport_scope(channel), paused_by=operating.SYSTEM)
        ]
    for channel in reopened:
        log.info("transport_resumed", channel=channel)
    return reopened


def _is_mended(channel: Channel, transport: Transport, paused: set[str]) -> bool:
    return transport_scope(channel) in paused and not transport.check()


def beat(service: Service, worker: str, started: datetime) -> None:
    """Say that this worker is alive."""
    with service.engine.begin() as connection:
        operating.beat(connection, worker, started=started, now=service.clock.now())
