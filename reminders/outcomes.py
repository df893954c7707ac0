"""What a call to a provider means for its delivery and its reminder: data for one record, decided purely."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from reminders.deciding import channels_left
from reminders.lifecycle import DeliveryState, State, check_delivery_move, check_move
from reminders.records import Enrollment, Reminder
from reminders.retry import next_try
from reminders.stopping import closes_channel, is_unreachable
from reminders.transports.base import (
    Accepted,
    FailureCode,
    Misconfigured,
    NotSent,
    OutboundMessage,
    OutcomeUnknown,
    Refused,
    TransportFailure,
)
from schedules.protocol import RECEIPT_WITHIN, SHORTEST_RECEIPT, Channel
from schedules.unplanned import is_response

SILENT = frozenset({FailureCode.NO_ANSWER, FailureCode.LINE_LOST, FailureCode.PROVIDER_ERROR})
PAUSED_LOOK = timedelta(seconds=60)
ROOM_FOR_ANOTHER = timedelta(minutes=30)  # what a receipt's limit leaves for another channel before the bound


@dataclass(frozen=True, kw_only=True, slots=True)
class Slot:
    """From when to when a call may be made, on the worker's stopwatch (seconds)."""

    begins: float
    ends: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Intent:
    """A call that is written down and may now be made; `written_at` is the worker's stopwatch (seconds)."""

    reminder: Reminder
    enrollment: Enrollment
    message: OutboundMessage = field(repr=False)
    fence: int
    written_at: float
    lease_ends: float = math.inf  # by the same stopwatch; after that the call is others' to judge
    stated: Mapping[str, str] = field(default_factory=dict)  # the values the message states
    receipt_within: timedelta = RECEIPT_WITHIN  # without a receipt for so long it counts as not delivered
    slot: Slot | None = None  # when its sender takes it; None: at once
    followers: tuple["Intent", ...] = ()  # reminders whose words travel in this message; no call is made for them

    def written(self, at: float, lease_ends: float) -> "Intent":
        """The same call, committed when the worker's stopwatch stood at `at` (seconds)."""
        followers = tuple(each.written(at, lease_ends) for each in self.followers)
        return replace(self, written_at=at, lease_ends=lease_ends, followers=followers)


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
    receipt_due_at: datetime | None = None
    failure: TransportFailure | None = None  # what may stop more than this message
    tried: bool = True  # whether the provider was called at all

    @property
    def closes_consent(self) -> bool:
        """Whether nothing more goes to this address by this channel, for nobody's enrollment."""
        return closes_channel(self.failure, self.intent.message.channel)

    @property
    def pauses(self) -> bool:
        return isinstance(self.failure, Misconfigured)

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
            "delivery_receipt_due_at": self.receipt_due_at,
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
            receipt_due_at=receipt_due(now, intent.receipt_within, intent.reminder)
            if answer.receipt_expected
            else None,
        )
    if isinstance(answer, SentBack):
        back = _again(intent, now, "waited too long for a sender; the call was not made", now, tried=False)
        return replace(back, due_at=min(now, intent.reminder.due_at or now))  # it keeps its place among what waits
    if isinstance(answer, NotSent):
        tried = intent.reminder.attempts + 1
        return _again(intent, next_try(tried, answer.retry_after, now, intent.reminder.not_after), answer, now)
    if isinstance(answer, Misconfigured):
        return _again(intent, now + PAUSED_LOOK, answer, now)
    if isinstance(answer, Refused):
        return _refused(intent, answer, now)
    return _unknown(intent, answer)


def receipt_due(taken: datetime, within: timedelta, reminder: Reminder) -> datetime:
    """When silence about a message taken at an instant counts as not delivered: in time for another channel.

    A response has none, and is worth sending for minutes only: its receipt has the time of any other.
    """
    not_after = reminder.not_after
    if not_after is None or is_response(reminder.step):
        return taken + within
    return max(min(taken + within, not_after - ROOM_FOR_ANOTHER), taken + SHORTEST_RECEIPT)


def _again(
    intent: Intent,
    at: datetime,
    why: TransportFailure | str,
    now: datetime,
    *,
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
        failure=why if isinstance(why, TransportFailure) else None,
        tried=tried,
    )


def _refused(intent: Intent, answer: Refused, now: datetime) -> Outcome:
    """A person's matter; the next channel with consent is tried meanwhile.

    A number that is no good brings a task of its own, once for all its messages.
    """
    left = channels_behind(intent.reminder, intent.enrollment)
    elsewhere = left and is_unreachable(answer, intent.message.channel)
    return Outcome(
        intent=intent,
        counted="refused",
        delivery=DeliveryState.REFUSED,
        state=State.PLANNED if left else State.FAILED,
        due_at=now if left else None,
        channel=left[0] if left else None,
        reason=answer.text,
        code=answer.provider_code or answer.code,
        task=None if elsewhere else "refused",
        failure=answer,
    )


def channels_behind(reminder: Reminder, enrollment: Enrollment) -> list[Channel]:
    """The channels behind the current one by which whoever it is for can be reached, and agreed to be."""
    behind = channels_left(reminder, after_current=True)
    return [channel for channel in behind if enrollment.address(channel, reminder.recipient)]


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


def is_unreached(answer: object) -> bool:
    """Whether no connection was ever made: it says something of the provider, and nothing of the message."""
    return isinstance(answer, NotSent) and answer.code == FailureCode.UNREACHABLE


def is_silent(answer: object) -> bool:
    """Whether the provider itself seems to be away: it cannot be reached, or says nothing that can be understood."""
    return is_unreached(answer) or (isinstance(answer, OutcomeUnknown) and answer.code in SILENT)
