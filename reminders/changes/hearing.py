"""Who has been told what: the patient, and each caregiver for themselves.

What a caregiver has heard the patient has not: it ends no message to the patient. Where a medicine is concerned it
counts for caution all the same, for whoever was told of a plan may have acted on it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from reminders.database import revisions
from reminders.lifecycle import GONE, DeliveryState, State
from reminders.protocols import ProtocolVersion
from reminders.records import Reminder
from reminders.telling import TAKES_BACK, Told, Truth, Wrong, contradicted
from schedules.corrections import correction_kind, is_correction
from schedules.protocol import Each

TOLD = GONE | {State.SENDING, State.UNKNOWN}


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """Every message somebody has or may have, in the order of sending, by whose it is: None is the patient."""

    by_recipient: Mapping[str | None, list[Told]]

    @property
    def everything(self) -> list[Told]:
        return [message for messages in self.by_recipient.values() for message in messages]

    def by(self, recipient: str | None) -> list[Told]:
        return self.by_recipient.get(recipient, [])


@dataclass(frozen=True, kw_only=True, slots=True)
class Contradicted:
    """What a change makes wrong, by who was told it."""

    by_recipient: Mapping[str | None, Wrong] = field(default_factory=dict)

    def by(self, recipient: str | None) -> Wrong:
        return self.by_recipient.get(recipient, Wrong())

    @property
    def drugs(self) -> tuple[str, ...]:
        """The drugs whose plan was announced to anybody and holds no more: the orders in doubt."""
        return tuple(dict.fromkeys(drug for wrong in self.by_recipient.values() for drug in wrong.drugs))


def heard_of(connection: Connection, enrollment: str, reminders: Iterable[Reminder]) -> Heard:
    """What everybody has heard of an enrollment whose `reminders` these are."""
    by_id = {reminder.id: reminder for reminder in reminders}
    found: dict[str | None, list[Told]] = {None: []}
    rows = revisions.told(connection, enrollment)
    for row in sorted(rows, key=lambda row: _turn(row, by_id[row["reminder"]])):
        reminder = by_id[row["reminder"]]
        found.setdefault(reminder.recipient, []).append(_as_told(reminder, row))
    return Heard(by_recipient=found)


def _turn(row: Mapping[str, Any], reminder: Reminder) -> tuple[int, datetime, bool]:
    """Of one instant a correction comes first: it leaves before what the new plan tells."""
    return row["revision"], row["intended_at"], not is_correction(reminder.step)


def _as_told(reminder: Reminder, row: Mapping[str, Any]) -> Told:
    kind = correction_kind(reminder.step)
    takes_back = TAKES_BACK.get(kind, frozenset()) if kind else frozenset()
    sure = row["state"] != DeliveryState.ABANDONED
    return Told(id=reminder.id, drug=reminder.drug, stated=row["stated"], takes_back=takes_back, sure=sure)


def contradictions(heard: Heard, truth: Truth, *, past: frozenset[str] = frozenset()) -> Contradicted:
    """Hold what each was told against what is true now, but for facts that are `past`: no correction mends them."""
    found = {recipient: contradicted(told, truth) for recipient, told in heard.by_recipient.items()}
    ahead = {recipient: replace(wrong, facts=wrong.facts - past) for recipient, wrong in found.items()}
    return Contradicted(by_recipient=ahead)


def announced_drugs(version: ProtocolVersion, reminders: Iterable[Reminder], heard: Heard) -> list[str]:
    """The drugs whose hold the patient or a caregiver has been told about, or may have been."""
    holding = {step.key for step in version.protocol.steps if step.for_each is Each.HOLDS}
    told = {message.id for message in heard.everything}
    announced = (r for r in reminders if r.step in holding and (r.state in TOLD or r.id in told))
    return list(dict.fromkeys(reminder.drug for reminder in announced if reminder.drug))
