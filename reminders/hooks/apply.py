"""What follows from a callback that is in order: the ledger first, so that a repeat changes nothing."""

from reminders.hooks.base import InboundText
from reminders.replying import take_reply
from reminders.service import Service


def apply_reply(service: Service, text: InboundText) -> str | None:
    """Take a text in; what the webhook is to answer at once, for numbers that nobody is enrolled with."""
    return take_reply(service, text)
