"""What a call to a provider means for its delivery and its reminder: data for one record, decided purely."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from reminders.deciding import channels_left
from reminders.lifecycle import DeliveryState, State, check_delivery_move, check_move
from reminders.records import Enrollment, Reminder
from reminders.retry import next_try
from reminders.transports.base import (
    Accepted,
    Misconfigured,
    NotSent,
    OptedOut,
    OutboundMessage,
    OutcomeUnknown,
    Refused,
    TransportFailure,
)
from schedules.protocol import Channel

PAUSED_LOOK = timedelta(seconds=60)


@dataclass(frozen=True, kw_only=True, slots=True)
class Intent:
    """A call that is written down and may now be made; `written_at` is the worker's stopwatch (seconds)."""

    reminder: Reminder
    enrollment: Enrollment
    message: OutboundMessage = field(repr=False)
    fence: int
    written_at: float
    stated: Mapping[str, str] = field(default_factory=dict)  # the values the message states
    followers: tuple["Intent", ...] = ()  # reminders whose words travel in this message; no call is made for them

    def written(self, at: float) -> "Intent":
        """The same call, committed when the worker's stopwatch stood at `at` (seconds)."""
        if not self.followers:
            return replace(self, written_at=at)
        return replace(self, written_at=at, followers=tuple(each.written(at) for each in self.followers))


class SentBack(Exception):
    """The claim waited too long for a sender: the call was never made."""


Answer = Accepted | TransportFailure | SentBack


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What one call came to and what follows from it."""

    intent: Intent
    counted: str  # the word of the report: sent, not_sent, refused, unknown
    delivery: DeliveryState
    state: State
    due_at: datetime | None = None
    channel: Channel | None = None
    reason: str | None = None
    code: str | None = None
    provider_id: str | None = None
    segments: int | None = None
    task: str | None = None  # the kind of task it opens
    closes_consent: bool = False
    pauses: bool = False
    tried: bool = True  # whether the provider was called at all

    def row(self, now: datetime) -> dict[str, Any]:
        """The values of `claims.record_outcomes`."""
        check_delivery_move(DeliveryState.INTENDED, self.delivery)
        check_move(State.SENDING, self.state)
        return {
            "delivery_id": self.intent.message.delivery_id,
            "reminder": self.intent.reminder.id,
            "fence": self.intent.fence,
            "delivery_state": str(self.delivery),
            "delivery_settled_at": now,
            "delivery_provider_id": self.provider_id,
            "delivery_code": self.code,
            "delivery_reason": self.reason,
            "delivery_segments": self.segments,
            "reminder_state": str(self.state),
            "reminder_due_at": self.due_at,
            "reminder_reason": self.reason,
            "reminder_attempts": self.intent.reminder.attempts + self.tried,
            "reminder_channel": str(self.channel or self.intent.message.channel),
            "reminder_changed_at": now,
        }


def outcomes_of(intent: Intent, answer: Answer, now: datetime) -> list[Outcome]:
    """What one answer comes to at `now` (UTC) for every reminder the message spoke for; its segments count once."""
    followers = [replace(outcome_of(each, answer, now), segments=None) for each in intent.followers]
    return [outcome_of(intent, answer, now), *followers]


def outcome_of(intent: Intent, answer: Answer, now: datetime) -> Outcome:
    """The outcome of one answer at `now` (UTC)."""
    if isinstance(answer, Accepted):
        return Outcome(
            intent=intent,
            counted="sent",
            delivery=DeliveryState.ACCEPTED,
            state=State.SENT,
            provider_id=answer.provider_id,
            segments=answer.segments,
        )
    if isinstance(answer, SentBack):
        return _again(intent, now, "waited too long for a sender; the call was not made", now, tried=False)
    if isinstance(answer, NotSent):
        tried = intent.reminder.attempts + 1
        return _again(intent, next_try(tried, answer.retry_after, now, intent.reminder.not_after), answer, now)
    if isinstance(answer, Misconfigured):
        return _again(intent, now + PAUSED_LOOK, answer, now, pauses=True)
    if isinstance(answer, Refused):
        return _refused(intent, answer, now)
    return _unknown(intent, answer)


def _again(
    intent: Intent,
    at: datetime,
    why: TransportFailure | str,
    now: datetime,
    *,
    pauses: bool = False,
    tried: bool = True,
) -> Outcome:
    """Surely not taken: look again at `at`, by the same channel."""
    not_after = intent.reminder.not_after
    return Outcome(
        intent=intent,
        counted="not_sent",
        delivery=DeliveryState.NOT_SENT,
        state=State.PLANNED,
        due_at=at if not_after is None else max(now, min(at, not_after)),
        reason=str(why),
        code=why.code if isinstance(why, TransportFailure) else "sent-back",
        pauses=pauses,
        tried=tried,
    )


def _refused(intent: Intent, answer: Refused, now: datetime) -> Outcome:
    """A person's matter; the next channel with consent is tried meanwhile."""
    enrollment = intent.enrollment
    tried = intent.reminder
    left = [
        channel
        for channel in channels_left(tried, after_current=True)
        if channel in enrollment.consents and enrollment.contact.address(channel)
    ]
    return Outcome(
        intent=intent,
        counted="refused",
        delivery=DeliveryState.REFUSED,
        state=State.PLANNED if left else State.FAILED,
        due_at=now if left else None,
        channel=left[0] if left else None,
        reason=answer.text,
        code=answer.provider_code or answer.code,
        task="refused",
        closes_consent=isinstance(answer, OptedOut),
    )


def _unknown(intent: Intent, answer: TransportFailure) -> Outcome:
    code = answer.code if isinstance(answer, OutcomeUnknown) else "error"
    return Outcome(
        intent=intent,
        counted="unknown",
        delivery=DeliveryState.UNKNOWN,
        state=State.UNKNOWN,
        reason=str(answer),
        code=answer.provider_code or code,
        task="unknown",
    )
