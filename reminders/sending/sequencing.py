"""What must leave before what, to each reader: the first message of a plan, then a correction, then the rest.

A correction says that what was told before no longer counts. What the new plan tells must not come before it, or the
reader would take it for what was taken back.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection

from reminders.database import claims
from reminders.deciding import FIRST_LOOK, KEEP_BACK, LOOK_AGAIN
from reminders.lifecycle import State
from reminders.protocols import ProtocolVersion
from reminders.records import Enrollment, Reminder
from schedules.corrections import PREFIX, is_correction
from schedules.timeline import copy_key

PATIENCE = timedelta(hours=1)
"""So long after its time a correction keeps others back: to be told in the wrong order is better than hours late."""
Reader = tuple[str, str | None]
"""An enrollment, and whose message: a caregiver's label, None for the patient."""


def reader_of(reminder: Reminder) -> Reader:
    """Whom a reminder speaks to."""
    return reminder.enrollment, reminder.recipient


@dataclass(frozen=True, kw_only=True, slots=True)
class Ahead:
    """What is still on its way to each reader and leaves before others; until when (UTC) those wait for it."""

    firsts: dict[Reader, datetime] = field(default_factory=dict)
    corrections: dict[Reader, datetime] = field(default_factory=dict)

    def goes(self, reminder: Reminder, now: datetime, *, first: bool, leaves: bool) -> None:
        """It leaves, or ends, in this very claim: the others can be looked at right after."""
        waiting, reader = self.firsts if first else self.corrections, reader_of(reminder)
        if (first or is_correction(reminder.step)) and (leaves or reader in waiting):
            waiting[reader] = now


def ahead_of(
    connection: Connection,
    enrollments: Iterable[Enrollment],
    versions: Mapping[str, ProtocolVersion],
    now: datetime,
) -> Ahead:
    """Look up what must leave first to the readers of these enrollments (`versions` by enrollment)."""
    found = Ahead()
    places: dict[tuple[str, str], tuple[dict[Reader, datetime], str | None]] = {}
    for enrollment in enrollments:
        steps = [step.key for step in versions[enrollment.id].protocol.steps if step.first]
        for recipient in (None, *(caregiver.label for caregiver in enrollment.caregivers)):
            places |= {(enrollment.id, copy_key(key, recipient)): (found.firsts, recipient) for key in steps}
            places[enrollment.id, copy_key(PREFIX, recipient)] = (found.corrections, recipient)
    enrolled, keys = {id_ for id_, _ in places}, {key for _, key in places}
    for row in claims.waiting(connection, enrolled, keys, map(str, KEEP_BACK)):
        place = row["enrollment"], row["key"]
        if place in places:
            waiting, recipient = places[place]
            reader, look_at = (row["enrollment"], recipient), _look_at(State(row["state"]), row["due_at"], now)
            if waiting is found.corrections and row["state"] != State.SENDING:  # a call in flight ends by itself
                look_at = min(look_at, row["send_at"] + PATIENCE)
            if look_at > now:
                waiting[reader] = min(look_at, waiting.get(reader, look_at))
    return found


def _look_at(state: State, due_at: datetime | None, now: datetime) -> datetime:
    """When to look again: what is put off or held may be brought forward, so once a minute at least."""
    if state is State.HELD:
        return now + LOOK_AGAIN
    return min(max(due_at or now, now + FIRST_LOOK), now + LOOK_AGAIN)
