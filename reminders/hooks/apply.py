"""A verified callback takes effect: one transaction writes it into the ledger and does what follows from it.

The rule: what is in the ledger already changes nothing, so that a provider may say everything twice.
"""

from reminders import receipts
from reminders.database import receipts as ledger
from reminders.hooks.base import StatusEvent
from reminders.service import Service

REPEATED = "repeated"


def apply_status(service: Service, event: StatusEvent) -> str:
    """Take in how far a message has come; what it came to, in the ledger's word, or REPEATED."""
    with service.engine.begin() as connection:
        now = service.clock.now()
        row = {
            "provider": event.provider,
            "provider_id": event.provider_id,
            "status": event.status,
            "delivery": event.delivery,
            "code": event.code,
            "received_at": now,
        }
        if not ledger.record_event(connection, row):
            return REPEATED
        outcome = receipts.apply(service, connection, event, now)
        receipts.record_outcome(connection, event, outcome, now)
        return outcome
