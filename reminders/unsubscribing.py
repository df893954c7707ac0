"""Somebody wants no more e-mails: consent at that address ends at once, and people are told what it leaves unsaid.

The rule: it counts for the address, whatever the enrollment; asked twice, it is done once. A caregiver who asks ends
the caregiver's copies alone, also where a household has one mailbox.
"""

from reminders.database import caregivers, exchanges, queries
from reminders.logs import get_logger
from reminders.opting_out import opt_out
from reminders.records import OPTED_OUT
from reminders.service import Service
from schedules.protocol import Channel

BY = "recipient"

log = get_logger(__name__)


def unsubscribe(service: Service, delivery: str) -> bool:
    """End the e-mails to where this delivery went; False where no such e-mail was written down."""
    with service.engine.begin() as connection:
        now = service.clock.now()
        mailbox = exchanges.mailbox_of(connection, delivery)
        if mailbox is None:
            log.warning("unsubscribe_unknown", delivery=delivery)
            return False
        # No claim that has read the consent writes its intent any more.
        queries.lock_addresses(connection, [mailbox.address])
        if mailbox.caregiver:
            caregivers.close_caregiver(
                connection, mailbox.address, by=BY, reason=OPTED_OUT, now=now, channel=Channel.EMAIL
            )
        else:
            opt_out(service, connection, mailbox.address, by=BY, now=now, channel=Channel.EMAIL)
    return True
