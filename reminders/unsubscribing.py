"""Somebody wants no more e-mails: consent at that address ends at once, and people are told what it leaves unsaid.

The rule: it counts for the address, whatever the enrollment; asked twice, it is done once. A caregiver who asks ends
the caregiver's copies alone, also where a household has one mailbox.
"""

from sqlalchemy import Connection

from reminders.database import caregivers, exchanges, queries
from reminders.database.engine import in_one_commit
from reminders.logs import get_logger
from reminders.opting_out import opt_out
from reminders.records import OPTED_OUT
from reminders.service import Service
from schedules.protocol import Channel

BY = "recipient"

log = get_logger(__name__)


def unsubscribe(service: Service, delivery: str) -> bool:
    """End the e-mails to where this delivery went; False where no such e-mail was written down."""
    done = in_one_commit(
        service.engine, lambda connection: _end(service, connection, delivery), sleep=service.clock.sleep
    )
    if not done:
        log.warning("unsubscribe_unknown", delivery=delivery)
    return done


def _end(service: Service, connection: Connection, delivery: str) -> bool:
    now, mailbox = service.clock.now(), exchanges.mailbox_of(connection, delivery)
    if mailbox is None:
        return False
    queries.lock_addresses(connection, [mailbox.address])  # no claim that has read the consent writes its intent now
    if mailbox.caregiver:
        theirs = (connection, mailbox.address)
        caregivers.close_caregiver(*theirs, by=BY, reason=OPTED_OUT, now=now, channel=Channel.EMAIL)
    else:
        opt_out(service, connection, mailbox.address, by=BY, now=now, channel=Channel.EMAIL)
    return True
