"""Somebody wants no more e-mails: consent at that address ends at once, and people are told what it leaves unsaid.

The rule: it counts for the address, whatever the enrollment; asked twice, it is done once. A caregiver who asks ends
the caregiver's copies alone.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from reminders import worklist
from reminders.database import inbound, queries, unsubscribe_queries, worklog
from reminders.database.unsubscribe_queries import Mailbox
from reminders.enrollment import place_for, recorded_version
from reminders.logs import get_logger
from reminders.records import Enrollment, Reminder, Task
from reminders.service import Service
from schedules.protocol import Channel
from schedules.unplanned import find_step, has_step

EMAIL, REASON, BY = str(Channel.EMAIL), "unsubscribed", "recipient"
RUNNING = ("active", "completed")

log = get_logger(__name__)


def unsubscribe(service: Service, delivery: str) -> bool:
    """End the e-mails to where this delivery went; False where no such e-mail was written down."""
    with service.engine.begin() as connection:
        now = service.clock.now()
        mailbox = unsubscribe_queries.mailbox_of(connection, service.vault, delivery)
        if mailbox is None:
            log.warning("unsubscribe_unknown", delivery=delivery)
            return False
        if mailbox.caregiver:
            _close_caregiver(connection, mailbox, now)
        else:
            _close_patient(service, connection, mailbox, now)
    return True


def _close_caregiver(connection: Connection, mailbox: Mailbox, now: datetime) -> None:
    closed = unsubscribe_queries.close_caregivers(
        connection, mailbox.address, channel=EMAIL, by=BY, reason=REASON, now=now
    )
    for id_, label in closed:
        after = {"channel": EMAIL, "consent": "closed", "caregiver": label}
        worklog.add_event(connection, enrollment=id_, at=now, by=BY, action="opt-out", after=after)


def _close_patient(service: Service, connection: Connection, mailbox: Mailbox, now: datetime) -> None:
    queries.lock_addresses(connection, [mailbox.address])  # no claim that has read the consent writes its intent now
    inbound.one_at_a_time(connection, mailbox.address)  # nor does whoever stores a consent at this moment miss it
    unsubscribe_queries.opt_out(connection, mailbox.address, channel=EMAIL, by=BY, reason=REASON, now=now)
    closed = queries.close_consent(connection, mailbox.address, EMAIL, by=BY, reason=REASON, now=now)
    for id_ in sorted(closed):
        after = {"channel": EMAIL, "consent": "closed"}
        worklog.add_event(connection, enrollment=id_, at=now, by=BY, action="opt-out", after=after)
    if closed:
        worklog.open_tasks(connection, _tasks(service, connection, closed, now), now)


def _tasks(service: Service, connection: Connection, closed: Sequence[str], now: datetime) -> list[Task]:
    """For every plan that loses something by it."""
    enrollments = queries.load_enrollments(connection, service.vault, closed)
    ahead = unsubscribe_queries.ahead_of(connection, closed)
    running = [each for each in enrollments.values() if each.status in RUNNING]
    found = (_task(service, connection, each, ahead[each.id], now) for each in running)
    return [task for task in found if task is not None]


def _task(
    service: Service, connection: Connection, enrollment: Enrollment, ahead: Sequence[Reminder], now: datetime
) -> Task | None:
    clinical = [reminder.key for reminder in ahead if _is_clinical(service, connection, enrollment, reminder)]
    if not ahead or (enrollment.consents and not clinical):
        return None
    left = " and ".join(str(channel) for channel in enrollment.consents)
    reason = "The patient has ended the e-mails. " + (
        f"What is ahead goes by {left}, where the step allows it. Make sure that it is received"
        if left
        else "No channel is left: ask how the patient wants to hear from us, or call when each step comes due"
    )
    named = f": {', '.join(clinical)}." if clinical else "."
    return worklist.make_task(
        enrollment,
        place_for(service, enrollment, now),
        now,
        kind="opt-out",
        cause=f"opt-out:{EMAIL}:{now:%Y-%m-%dT%H:%M:%S}",  # consent given again and ended again is a matter anew
        reason=reason + named,
        urgent=bool(clinical) and not left,
    )


def _is_clinical(service: Service, connection: Connection, enrollment: Enrollment, reminder: Reminder) -> bool:
    """Whether it would be urgent to miss: a drug to stop or to take again, and whatever the protocol calls so."""
    protocol = recorded_version(service, connection, enrollment).protocol
    if not has_step(protocol, reminder.step):
        return reminder.drug is not None
    return reminder.drug is not None or find_step(protocol, reminder.step).missed_urgent
