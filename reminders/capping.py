"""How many messages a number has got, and whether it may get one more: asked at the last check and at a change of plan.

A number is counted by its keyed hash, whoever it belongs to: two patients on one phone count together. Sites without
a limit cost nothing here.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection

from reminders import worklist
from reminders.consent import address_lookup
from reminders.database import claims, worklog
from reminders.records import Enrollment, Reminder, Task
from reminders.service import Service
from reminders.settings import FrequencySettings
from reminders.sites import find_site
from schedules.frequency import NUMBER_CHANNELS, WEEK, caps_of, room_from
from schedules.protocol import Channel
from schedules.timeline import PlannedReminder
from schedules.unplanned import is_planned


def _limits(service: Service, enrollment: Enrollment) -> FrequencySettings | None:
    limits = find_site(service.settings, enrollment.site).frequency
    return None if limits.day_cap is None and limits.week_cap is None else limits


def _number(service: Service, enrollment: Enrollment) -> str | None:
    phone = enrollment.contact.phone
    return address_lookup(service.vault, Channel.SMS, phone) if phone else None


def sent_lately(service: Service, connection: Connection, enrollment: Enrollment, now: datetime) -> Sequence[datetime]:
    """When the enrollment's number got messages in the last seven days, where its site has a limit (UTC)."""
    number = _number(service, enrollment) if _limits(service, enrollment) else None
    return () if number is None else claims.sent_to(connection, [number], now - WEEK).get(number, ())


class Counter:
    """The messages of the numbers of one claim, those that leave in it included."""

    def __init__(self, service: Service, connection: Connection, enrollments: Iterable[Enrollment], now: datetime):
        self._limits, self._numbers, self._now = {}, {}, now
        for enrollment in enrollments:
            limits = _limits(service, enrollment)
            number = _number(service, enrollment) if limits else None
            if limits is not None and number is not None:
                self._limits[enrollment.id] = caps_of(limits.day_cap, limits.week_cap)
                self._numbers[enrollment.id] = number
        numbers = self._numbers.values()
        self._sent = claims.sent_to(connection, numbers, now - WEEK, alone=True) if numbers else {}
        self._leaving: set[tuple[str, str]] = set()

    def room_at(self, reminder: Reminder) -> datetime | None:
        """From when the reminder's number may get it; None where no limit concerns it.

        What stands in no protocol never gives way; what goes with a message that leaves already needs no room.
        """
        caps = self._limits.get(reminder.enrollment) if self._limits else None
        if caps is None or not is_planned(reminder.step) or reminder.recipient is not None:
            return None
        if reminder.joins is not None and (reminder.enrollment, reminder.joins) in self._leaving:
            return None
        return room_from(self._sent.get(self._numbers[reminder.enrollment], ()), self._now, caps)

    def leaves(self, reminder: Reminder, channel: Channel) -> None:
        """Count a message that leaves now; what goes as one counts once."""
        if not self._numbers:
            return
        number = self._numbers.get(reminder.enrollment)
        group = (reminder.enrollment, reminder.joins or "")
        if number is None or channel not in NUMBER_CHANNELS or reminder.recipient is not None:
            return
        if reminder.joins is None or group not in self._leaving:
            self._sent.setdefault(number, []).append(self._now)
        if reminder.joins is not None:
            self._leaving.add(group)


def renewed_tasks(
    connection: Connection,
    enrollment: Enrollment,
    planned: Iterable[PlannedReminder],
    *,
    by: str,
    now: datetime,
) -> list[Task]:
    """The calls a changed plan asks for in place of messages; those of the plan before that it does not are done."""
    tasks = worklist.over_limit_tasks(enrollment, planned)
    causes = {task.cause for task in tasks}
    for row in worklog.list_tasks(connection, enrollment=enrollment.id):
        of_plan = row["kind"] == worklist.OVER_LIMIT and row["cause"].startswith(f"{enrollment.id}:{worklist.CALL}:")
        if row["state"] == "open" and of_plan and row["cause"] not in causes:
            worklog.supersede_task(connection, row["id"], revision=enrollment.revision, by=by, now=now)
    return tasks
