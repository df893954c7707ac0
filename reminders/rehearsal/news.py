"""What comes about on a stage at one instant, as values: messages, replies, tasks, and all of it counted."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from reminders.rehearsal.calling import Heard
from reminders.transports.base import OutboundMessage


@dataclass(frozen=True, kw_only=True, slots=True)
class Sent:
    """One message a provider took at an instant (UTC), and whom it was for; of a call, what was heard."""

    patient: str = field(repr=False)
    at: datetime
    message: OutboundMessage
    heard: Heard | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Wrote:
    """One text of a patient, taken in at an instant (UTC)."""

    patient: str = field(repr=False)
    at: datetime
    text: str = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Opened:
    """One task a person must now do (instants UTC), whom it is about, and what they wrote, if it is about that."""

    patient: str = field(repr=False)
    at: datetime
    due_at: datetime
    reason: str
    urgent: bool
    text: str | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class News:
    """What came about at one instant: what patients wrote, and what the program did of it or by itself."""

    messages: tuple[Sent, ...]
    tasks: tuple[Opened, ...]
    replies: tuple[Wrote, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Tally:
    """What the providers took and the store keeps, counted; `twice` is how many reminders were taken again.

    `calls` are among the `messages`.
    """

    messages: int
    calls: int
    replies: int
    tasks: int
    twice: int
    passed: timedelta
