"""Unknown outcomes as people see them: which there are, and what a person found out about one.

The rule: a person's word settles only what is still unknown, and allows a second attempt only once the call is over.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection

from reminders.database import presence, unknowns, worklog
from reminders.database import receipts as store
from reminders.database.engine import reading
from reminders.errors import InputError
from reminders.inputs import read_line
from reminders.lifecycle import DeliveryState
from reminders.service import Service
from reminders.settling.asking import Gone, Transports, asked_of, is_call_over, lock_cases, next_look
from reminders.settling.proven import give_up, never_left
from reminders.settling.receipts import Case, prove


class Finding(StrEnum):
    """What a person found out about a message, or decided."""

    ARRIVED = "arrived"
    ABSENT = "absent"
    ABANDON = "abandon"


@dataclass(frozen=True, kw_only=True, slots=True)
class Unknown:
    """One delivery of which nobody knows what it came to; `next_look` is None where the provider cannot be asked."""

    delivery: str
    enrollment: str
    key: str
    channel: str
    transport: str
    since: datetime
    looks: int
    next_look: datetime | None
    task: int | None  # the open one

    @property
    def can_look_up(self) -> bool:
        return self.next_look is not None


@dataclass(frozen=True, kw_only=True, slots=True)
class Settled:
    """What a person's word came to, for each reminder that the message spoke for."""

    delivery: str
    enrollment: str
    state: DeliveryState
    reminders: tuple[tuple[str, str, str | None], ...]  # key, state, reason


def list_unknown(service: Service, transports: Transports) -> list[Unknown]:
    """Every unknown delivery, the oldest first."""
    with reading(service.engine) as connection:
        return [_shown(row, transports) for row in unknowns.listed(connection)]


def _shown(row: Mapping[str, Any], transports: Transports) -> Unknown:
    return Unknown(
        delivery=row["id"],
        enrollment=row["enrollment"],
        key=row["key"],
        channel=row["channel"],
        transport=row["transport"],
        since=row["settled_at"],
        looks=row["looks"],
        next_look=next_look(row) if asked_of(transports, row) else None,
        task=row["task"],
    )


def settle(
    service: Service, delivery: str, finding: str, *, note: str | None, by: str, gone: Gone = presence.gone
) -> Settled:
    """Settle one by a person's word, and all that traveled in its message; InputError where it is not unknown."""
    words = read_line("--note", note, longest=1000) if note is not None else None
    with service.engine.begin() as connection:
        row = _found(connection, delivery)
        cases = lock_cases(service, connection, row, by=by)
        if not cases:
            now = _found(connection, delivery)["state"]
            raise InputError(f"DELIVERY: its outcome is {now}, and not unknown: nothing was changed")
        if finding == Finding.ABSENT and not is_call_over(connection, row, gone):
            raise InputError("--absent: the worker that made the call still runs and may yet send it; stop it first")
        for case in cases:
            _settle(case, Finding(finding))
        _log(cases[0], Finding(finding), words)
        return _settled(connection, row, cases)


def _found(connection: Connection, delivery: str) -> dict[str, Any]:
    row = unknowns.find(connection, delivery)
    if row is None:
        raise InputError("DELIVERY: no delivery has this id; `reminders unknown` lists those of unknown outcome")
    return row


def _settle(case: Case, finding: Finding) -> None:
    if finding is Finding.ARRIVED:
        prove(case, None, receipt_expected=False)
    elif finding is Finding.ABSENT:
        never_left(case, f"{case.by} found that it never left", permitted=True)
    else:
        give_up(case, f"{case.by} gave it up: nobody knows whether it arrived")


def _log(case: Case, finding: Finding, note: str | None) -> None:
    """Who said what, and why; the note sealed."""
    vault, enrollment = case.service.vault, case.enrollment.id
    worklog.add_event(
        case.connection,
        enrollment=enrollment,
        at=case.now,
        by=case.by,
        action="unknown-settled",
        after={"delivery": case.delivery["id"], "found": str(finding)},
        note=vault.seal("events", enrollment, "note", note) if note else None,
    )


def _settled(connection: Connection, row: Mapping[str, Any], cases: Sequence[Case]) -> Settled:
    reminders = [store.lock_reminder(connection, case.delivery["reminder"]) for case in cases]
    return Settled(
        delivery=row["id"],
        enrollment=row["enrollment"],
        state=DeliveryState(_found(connection, row["id"])["state"]),
        reminders=tuple((each.key, str(each.state), each.reason) for each in reminders),
    )
