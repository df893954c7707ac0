"""A verified callback takes effect: one transaction writes it into the ledger and does what follows from it.

The rule: what is in the ledger already changes nothing, so that a provider may say everything twice.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from reminders.database import receipts as ledger
from reminders.database.engine import in_one_commit
from reminders.hooks.base import InboundText, StatusEvent
from reminders.replies.replying import take_reply
from reminders.service import Service
from reminders.settling import receipts

REPEATED = "repeated"


def apply_status(service: Service, event: StatusEvent) -> str:
    """Take in how far a message has come; what it came to, in the ledger's word, or REPEATED."""
    return apply_statuses(service, [event])[0]


def apply_statuses(service: Service, events: Sequence[StatusEvent]) -> list[str]:
    """The same for several, in one commit: all of them, or none."""

    def act(connection: Connection) -> list[str]:
        now = service.clock.now()
        return [_apply(service, connection, event, now) for event in events]

    return in_one_commit(service.engine, act, sleep=service.clock.sleep)


def _apply(service: Service, connection: Connection, event: StatusEvent, now: datetime) -> str:
    row = {
        "provider": event.provider,
        "provider_id": event.provider_id,
        "status": event.status,
        "delivery": event.delivery,
        "code": event.code,
        "received_at": now,
        "applied_at": now,  # as nearly every one is; said anew below where it is not
        "outcome": receipts.APPLIED,
    }
    if not ledger.record_event(connection, row):
        return REPEATED
    outcome = receipts.apply(service, connection, event, now)
    if outcome != receipts.APPLIED:
        receipts.record_outcome(connection, event, outcome, now)
    return outcome


def apply_reply(service: Service, text: InboundText) -> str | None:
    """Take a text in; what the webhook is to answer at once, for numbers that nobody is enrolled with."""
    return take_reply(service, text)
