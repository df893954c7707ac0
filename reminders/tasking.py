"""Working the worklist: a task about a reminder is opened; any is marked done by a named person, with a note."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from reminders import worklist
from reminders.changes.changing import Revision, begin_change, revise
from reminders.database import revisions, worklog
from reminders.enrollment import place_for, recorded_version
from reminders.errors import InputError
from reminders.inputs import read_line
from reminders.key_fit import require_key
from reminders.records import Enrollment, Reminder
from reminders.service import Service
from schedules.unplanned import find_step, has_step

LARGEST_NUMBER = 2**63 - 1  # the largest the databases can be asked for


def open_about(
    service: Service,
    connection: Connection,
    enrollment: Enrollment,
    reminder: Reminder,
    *,
    kind: str,
    reason: str,
    urgent: bool = False,
) -> None:
    """Open the task of what became of a reminder; it is urgent, too, where its step says so."""
    protocol, now = recorded_version(service, connection, enrollment).protocol, service.clock.now()
    dropped = not has_step(protocol, reminder.step)  # by a newer version, while its message was on the way
    urgent = urgent or dropped or find_step(protocol, reminder.step).missed_urgent
    place = place_for(service, enrollment, now)
    task = worklist.reminder_task(enrollment, reminder, place, now, kind=kind, reason=reason, urgent=urgent)
    worklog.open_tasks(connection, [task], now)


def finish(service: Service, number: int, *, note: str, by: str) -> dict[str, Any]:
    """Mark an open task done; InputError where it is not known or not open. Returns the task."""
    words, now = read_line("--note", note, longest=1000), service.clock.now()
    sealed = service.vault.seal("tasks", number, "note", words)
    with service.engine.begin() as connection:
        require_key(service, connection)
        task = worklog.task(connection, number) if 0 < number <= LARGEST_NUMBER else None
        if task is None:
            raise InputError(f"task {number} is not known; `reminders tasks` shows the open ones")
        # Enrollments before their tasks, as every change locks them.
        later = revisions.running_of_patient(connection, task["enrollment"]) if _puts_right(task) else []
        works = [begin_change(service, connection, id_, by=by) for id_ in later]
        if not worklog.finish_task(connection, number, by=by, note=sealed, now=now):
            raise InputError(f"task {number} is already done, by {task['done_by']}: nothing was changed")
        after = {"task": number, "kind": task["kind"]}
        worklog.add_event(connection, enrollment=task["enrollment"], at=now, by=by, action="task-done", after=after)
        confirmed = revisions.confirm_for_patient(connection, task["enrollment"]) if works else []
        for work in works:
            if work.before.id in confirmed:
                work.write()
                work.log("order", {"orders": "in doubt"}, {"orders": "confirmed", "task": number})
                revise(work, work.reload(), Revision())
    return task | {"state": "done"}


def _puts_right(task: Mapping[str, Any]) -> bool:
    """The call about an announced medicine plan was made: a later booking's orders need not wait any more."""
    return task["kind"] == "announced-hold" and task["enrollment"] is not None
