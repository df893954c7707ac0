"""Overdue urgent tasks are told to the site's people, one step of its list at a time; no patient is named.

A step is taken in the store before its message is sent: two workers never tell it twice, and a message that
fails is followed by the next step.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from reminders import identifiers
from reminders.database import revisions
from reminders.logs import get_logger
from reminders.service import Service
from reminders.settings import EscalationStep
from reminders.transports.base import OutboundMessage, Transport, TransportFailure
from schedules.protocol import Channel

log = get_logger(__name__)


def escalate(service: Service, transports: Mapping[Channel, Transport]) -> int:
    """Tell the next person about each urgent task that has waited too long; how many were told."""
    now = service.clock.now()
    with service.engine.begin() as connection:
        steps = [
            (task, step) for task in revisions.overdue_urgent(connection, now) if (step := _due(service, task, now))
        ]
        taken = [
            (task, step) for task, step in steps if revisions.count_notice(connection, task["id"], task["notified"])
        ]
    return sum(_tell(service, transports, task, step) for task, step in taken)


def _due(service: Service, task: Mapping[str, Any], now: datetime) -> EscalationStep | None:
    """The step that is due for a task; None when none is, or the list is at its end."""
    site = service.settings.sites.get(task["site"])
    steps = site.escalation if site else ()
    if task["notified"] >= len(steps):
        return None
    waited = sum(step.after_minutes for step in steps[: task["notified"] + 1])
    return steps[task["notified"]] if now >= task["due_at"] + timedelta(minutes=waited) else None


def _tell(
    service: Service, transports: Mapping[Channel, Transport], task: Mapping[str, Any], step: EscalationStep
) -> bool:
    site, transport = service.settings.sites[task["site"]], transports.get(step.channel)
    about = f", enrollment {task['enrollment']}" if task["enrollment"] else ""
    text = f"{site.name}: urgent task {task['id']} ({task['kind']}{about}) is overdue. Please see the worklist."
    message = OutboundMessage(
        delivery_id=identifiers.delivery_id(),
        enrollment=task["enrollment"] or "-",
        key="escalation",
        channel=step.channel,
        to=step.to,
        subject=text if step.channel is Channel.EMAIL else None,
        text=text,
        html=None,
        expires_at=None,
        callback_url=None,
        discreet=text,  # it names no patient
    )
    try:
        if transport is None:
            raise LookupError(step.channel)
        transport.send(message)
    except (TransportFailure, LookupError) as error:
        log.error("escalation_failed", error, task=task["id"], channel=str(step.channel))
        return False
    log.warning("escalated", task=task["id"], channel=str(step.channel))
    return True
