"""Receipts and our own record out of step: those that came before it are applied, and those that never come counted.

The rule: an event is kept until the outcome of its call is written; silence counts only where a receipt was promised.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from reminders.database import receipts as store
from reminders.database.engine import reading
from reminders.enrollment import load_whole
from reminders.hooks.base import StatusEvent
from reminders.logs import get_logger
from reminders.service import Service
from reminders.settling.receipts import Case, apply, end_undelivered, record_outcome
from reminders.transports.base import FailureCode, OutcomeUnknown

log = get_logger(__name__)


def end_silent(service: Service) -> int:
    """Messages whose receipt should have come by now count as not delivered; how many there were."""
    now, ended = service.clock.now(), 0
    with service.engine.begin() as connection:
        found = store.silent(connection, now)
        enrollments = load_whole(service, connection, [row["enrollment"] for row in found], lock="share")[0]
        for row in found:
            if row["enrollment"] in enrollments:  # one that a change holds is left for the next round
                enrollment = enrollments[row["enrollment"]]
                case = Case(service=service, connection=connection, enrollment=enrollment, delivery=row, now=now)
                failure = OutcomeUnknown(FailureCode.NO_RECEIPT, f"No receipt within {_waited(row)}.")
                ended += end_undelivered(case, failure, failure.text)
    if ended:
        log.warning("no_receipt", deliveries=ended)
    return ended


def _waited(row: Mapping[str, Any]) -> str:
    minutes = round((row["receipt_due_at"] - row["intended_at"]).total_seconds() / 60)
    return f"{minutes // 60} hours" if minutes >= 120 and minutes % 60 == 0 else f"{minutes} minutes"


def apply_kept(service: Service, deliveries: Sequence[str]) -> int:
    """Apply the events kept for deliveries whose call has just been recorded; for how many there were any."""
    with reading(service.engine) as connection:
        waiting = store.kept_among(connection, deliveries)
    for id_ in waiting:
        _apply_kept(service, id_)
    return len(waiting)


def settle_kept(service: Service) -> int:
    """The same for whatever was left behind: a worker died, or the leases of calls ran out."""
    with reading(service.engine) as connection:
        waiting = store.kept_and_recorded(connection)
    return sum(_is_applied(service, id_) for id_ in waiting)


def _is_applied(service: Service, delivery: str) -> bool:
    """One that fails does not keep the others from being applied."""
    try:
        return _apply_kept(service, delivery)
    except Exception as error:
        log.error("receipt_not_applied", error, delivery=delivery)
        return False


def _apply_kept(service: Service, delivery: str) -> bool:
    applied = False
    with service.engine.begin() as connection:
        now = service.clock.now()
        for row in store.kept_events(connection, delivery):
            outcome = apply(service, connection, StatusEvent(**row), now)
            applied = record_outcome(connection, StatusEvent(**row), outcome, now) or applied
    return applied
