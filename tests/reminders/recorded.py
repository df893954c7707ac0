"""What coordinators record in these tests, and that a refusal leaves everything as it was."""

from typing import Any

import pytest

from reminders.changes.changing import Changed
from reminders.changes.recording import complete
from reminders.changes.rescheduling import cancel, reschedule
from reminders.errors import InputError
from reminders.service import Service
from tests.reminders.builders import START, everything, row_counts, set_reminder

WARFARIN = {"holds": ("warfarin=5",), "resumes": ("warfarin=1",)}


def moved(service: Service, id_: str, to: str = "2026-12-15 09:00", **changes: Any) -> Changed:
    return reschedule(service, id_, to=to, **{"by": "coordinator"} | changes)


def cancelled(service: Service, id_: str, **changes: Any) -> Changed:
    values: dict[str, Any] = {"reason": "patient", "note": None, "by": "coordinator"}
    return cancel(service, id_, **values | changes)


def completed(service: Service, id_: str, ended_at: str = "2026-12-08 10:10", **changes: Any) -> Changed:
    return complete(service, id_, ended_at=ended_at, **{"by": "coordinator"} | changes)


def everything_sent(service: Service, id_: str) -> None:
    """As if every message up to the procedure had left."""
    for reminder in everything(service, id_):
        if reminder.send_at is not None and reminder.send_at < START:
            set_reminder(service, id_, reminder.key, state="sent", due_at=None)


def refused_unchanged(service: Service, act: Any, *arguments: Any, **changes: Any) -> str:
    before, reminders = row_counts(service.engine), everything(service, arguments[0])
    with pytest.raises(InputError) as caught:
        act(service, *arguments, **changes)
    assert row_counts(service.engine) == before
    assert everything(service, arguments[0]) == reminders
    return str(caught.value)
