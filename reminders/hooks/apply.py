"""What follows from a callback that is in order: the ledger first, so that a repeat changes nothing."""

from collections.abc import Sequence

from reminders.database import hook_queries
from reminders.hooks.base import InboundText, StatusEvent
from reminders.service import Service


def apply_status(service: Service, event: StatusEvent) -> None:
    """Write a receipt down."""
    apply_statuses(service, [event])


def apply_statuses(service: Service, events: Sequence[StatusEvent]) -> None:
    """The same for several, in one commit: all of them, or none."""
    with service.engine.begin() as connection:
        for event in events:
            hook_queries.record_event(
                connection,
                provider=event.provider,
                provider_id=event.provider_id,
                status=event.status,
                delivery=event.delivery,
                code=event.code,
                now=service.clock.now(),
            )


def apply_reply(service: Service, text: InboundText) -> str | None:
    """Write down that a text came; what it says is for people."""
    with service.engine.begin() as connection:
        hook_queries.record_event(
            connection,
            provider="twilio",
            provider_id=text.provider_id,
            status="received",
            delivery=None,
            now=service.clock.now(),
        )
    return None
