"""Working the worklist: a task is marked done by a named person, with a note."""

from typing import Any

from reminders.database import queries
from reminders.errors import InputError
from reminders.inputs import read_line
from reminders.service import Service

LARGEST_NUMBER = 2**63 - 1  # the largest the databases can be asked for


def finish(service: Service, number: int, *, note: str, by: str) -> dict[str, Any]:
    """Mark an open task done; InputError where it is not known or not open. Returns the task."""
    words, now = read_line("--note", note, longest=1000), service.clock.now()
    sealed = service.vault.seal("tasks", number, "note", words)
    with service.engine.begin() as connection:
        task = queries.task(connection, number) if 0 < number <= LARGEST_NUMBER else None
        if task is None:
            raise InputError(f"task {number} is not known; `reminders tasks` shows the open ones")
        if not queries.finish_task(connection, number, by=by, note=sealed, now=now):
            raise InputError(f"task {number} is already done, by {task['done_by']}: nothing was changed")
        after = {"task": number, "kind": task["kind"]}
        queries.add_event(connection, enrollment=task["enrollment"], at=now, by=by, action="task-done", after=after)
        return task | {"state": "done"}
