"""What stands in the store, gathered for somebody who looks: reads only."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from reminders.database import approvals, inbound, queries, worklog
from reminders.database.engine import reading
from reminders.enrollment import anchors_of, find_enrollment, place_for, recorded_version
from reminders.errors import InputError, OperationError
from reminders.logs import get_logger
from reminders.protocols import ProtocolVersion
from reminders.records import Enrollment, Reminder
from reminders.service import Service
from schedules.medications import Medication
from schedules.procedure import Place

log = get_logger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """One enrollment with everything that belongs to it; `notes` are the events' opened remarks."""

    enrollment: Enrollment
    version: ProtocolVersion
    anchors: Mapping[str, datetime]
    reminders: tuple[Reminder, ...]
    deliveries: tuple[Mapping[str, Any], ...]
    tasks: tuple[Mapping[str, Any], ...]
    events: tuple[Mapping[str, Any], ...]


def one_enrollment(service: Service, typed_id: str) -> Shown:
    """Everything about one enrollment; InputError for an id that is not known."""
    with reading(service.engine) as connection:
        enrollment = find_enrollment(service, connection, typed_id)
        return Shown(
            enrollment=enrollment,
            version=recorded_version(service, connection, enrollment),
            anchors=anchors_of(service, connection, enrollment),
            reminders=tuple(queries.reminders_of(connection, enrollment.id)),
            deliveries=tuple(queries.deliveries_of(connection, enrollment.id)),
            tasks=tuple(worklog.list_tasks(connection, enrollment=enrollment.id)),
            events=tuple(_opened(service, event) for event in worklog.events_of(connection, enrollment.id)),
        )


def place_of_enrollment(service: Service, typed_id: str) -> Place:
    """The site's clock and the patient's, for who prints a plan."""
    with reading(service.engine) as connection:
        return place_for(service, find_enrollment(service, connection, typed_id), service.clock.now())


def _opened(service: Service, event: Mapping[str, Any]) -> dict[str, Any]:
    note = event["note"]
    opened = service.vault.open("events", event["enrollment"], "note", note) if note else None
    return dict(event) | {"note": opened}


def all_enrollments(service: Service) -> list[dict[str, Any]]:
    with reading(service.engine) as connection:
        return queries.list_enrollments(connection, service.vault)


def open_tasks(service: Service, *, overdue: bool = False) -> list[dict[str, Any]]:
    """The worklist; with `overdue` only what should have been done by now. What a task is about is opened with it."""
    now = service.clock.now()
    with reading(service.engine) as connection:
        tasks = [task for task in worklog.list_tasks(connection) if not overdue or task["due_at"] < now]
        replies = {row["id"]: row for row in inbound.contents(connection, {t["about"] for t in tasks if t["about"]})}
    return [task | _written(service, replies.get(task["about"])) for task in tasks]


def _written(service: Service, reply: Mapping[str, Any] | None) -> dict[str, str]:
    """What a person wrote and, where nobody is enrolled with the number, the number to call back."""
    if reply is None:
        return {}
    keys = {"content": "text"} | ({} if reply["enrollment"] else {"sender": "from"})
    return {key: _unsealed(service, reply, column) for column, key in keys.items()}


def _unsealed(service: Service, reply: Mapping[str, Any], column: str) -> str:
    """One that does not open must not hide the others."""
    try:
        return service.vault.open("replies", reply["id"], column, reply[column])
    except OperationError as error:
        log.error("reply_unreadable", error, reply=reply["id"])
        return "(cannot be opened; the log says why)"


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """One protocol and who approved exactly this content, if anybody did; or why its files cannot be used."""

    name: str
    version: ProtocolVersion | None = None
    approved_by: str | None = None
    approved_at: datetime | None = None
    error: str | None = None


def all_protocols(service: Service) -> list[Listed]:
    """Every protocol in reach, also one with a mistake in its files: it must not hide the others."""
    with reading(service.engine) as connection:
        return [_listed(service, connection, name) for name in service.library.names()]


def _listed(service: Service, connection: Connection, name: str) -> Listed:
    try:
        version = service.library.load(name)
    except InputError as error:
        return Listed(name=name, error=str(error))
    by, at = approvals.approval(connection, "protocol", name, version.content_hash) or (None, None)
    return Listed(name=name, version=version, approved_by=by, approved_at=at)


def all_medications(service: Service) -> list[tuple[Medication, str | None]]:
    """The drugs' rows, and who approved each as it stands."""
    rows = service.medications.rows
    with reading(service.engine) as connection:
        found = [approvals.approval(connection, "medication", row.name, row.content_hash) for row in rows]
    return [(row, approval[0] if approval else None) for row, approval in zip(rows, found, strict=True)]
