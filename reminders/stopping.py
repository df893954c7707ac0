"""What a provider's answer stops beyond its one message: a channel at an address, or a whole transport.

The rule: the same answer stops the same, whether it comes at the call or with a later receipt; people are told once.
"""

from datetime import datetime

from sqlalchemy import Connection

from reminders import worklist
from reminders.database import caregivers, operating, queries, worklog
from reminders.enrollment import load_readable, place_for
from reminders.logs import get_logger
from reminders.opting_out import opt_out
from reminders.pausing import transport_scope
from reminders.records import RUNNING, Enrollment
from reminders.service import Service
from reminders.transports.base import Misconfigured, OptedOut, Refused, Scope, TransportFailure
from schedules.protocol import Channel

PROVIDER = "provider"
UNREACHABLE = {Channel.SMS: "cannot receive texts", Channel.VOICE: "cannot receive calls"}
"""How the reason of a consent begins that was closed because the number is no good; words of ours never reopen it."""

log = get_logger(__name__)


def is_opt_out(failure: TransportFailure) -> bool:
    return isinstance(failure, OptedOut)


def is_unreachable(failure: TransportFailure, channel: Channel) -> bool:
    """Whether a number is no good on a channel for any message. A mail relay's word is not taken for a mailbox's."""
    refused = isinstance(failure, Refused) and failure.scope is Scope.ADDRESS
    return refused and not is_opt_out(failure) and channel in UNREACHABLE


def closes_channel(failure: TransportFailure | None, channel: Channel) -> bool:
    """Whether what failed closes consent, so that every enrollment at the address must be locked beforehand."""
    return failure is not None and (is_opt_out(failure) or is_unreachable(failure, channel))


def stop(
    service: Service,
    connection: Connection,
    enrollment: Enrollment,
    failure: TransportFailure,
    *,
    channel: Channel,
    address: str,
    now: datetime,
    by_receipt: bool = False,
) -> None:
    """Draw the consequences of a failure; the enrollments at `address` (its keyed hash) are locked already.

    `by_receipt`: the call itself went well, so that no check of the account can tell when it is mended: a person must.
    """
    if is_opt_out(failure):
        opt_out(service, connection, address, by=PROVIDER, now=now, channel=channel)
    elif is_unreachable(failure, channel):
        _close_unreachable(service, connection, channel, address, failure, now)
    elif isinstance(failure, Misconfigured):
        _pause(service, connection, enrollment, channel, failure, now, by=PROVIDER if by_receipt else operating.SYSTEM)


def _close_unreachable(
    service: Service, connection: Connection, channel: Channel, address: str, failure: TransportFailure, now: datetime
) -> None:
    """A landline, or a number that is no number: nothing goes there by this channel, and staff hear of it once."""
    reason = f"{UNREACHABLE[channel]} ({failure.provider_code or failure.code})"
    closed = queries.close_consent(connection, address, channel, by=PROVIDER, reason=reason, now=now)
    for id_ in closed:
        after = {"channel": str(channel), "consent": "closed", "reason": reason}
        worklog.add_event(connection, enrollment=id_, at=now, by=PROVIDER, action="unreachable", after=after)
    caregivers.close_caregiver(connection, address, by=PROVIDER, reason=reason, now=now, channel=channel)
    readable, _ = load_readable(service, connection, sorted(closed), lambda each: place_for(service, each, now))
    tasks = [
        worklist.unreachable_task(each, channel, reason, place_for(service, each, now), now)
        for each in readable.values()
        if each.status in RUNNING
    ]
    worklog.open_tasks(connection, tasks, now)


def _pause(
    service: Service,
    connection: Connection,
    enrollment: Enrollment,
    channel: Channel,
    failure: TransportFailure,
    now: datetime,
    *,
    by: str,
) -> None:
    """Nothing goes by a transport whose set-up is at fault until it is mended; an operator is told once."""
    if operating.pause(connection, transport_scope(channel), reason=failure.text, by=by, now=now):
        log.error("transport_paused", channel=str(channel), code=failure.provider_code or failure.code)
        place = place_for(service, enrollment, now)
        by_hand = by != operating.SYSTEM
        task = worklist.transport_task(enrollment, str(channel), failure.text, place, now, by_hand=by_hand)
        worklog.open_tasks(connection, [task], now)
