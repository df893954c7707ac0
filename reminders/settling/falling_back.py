"""What becomes of a reminder whose message was taken and did not arrive: data, decided purely.

The rule: on to the next channel the patient agreed to; where none is left, or nobody can be sure that it still
holds, it has failed and a person is told. By one channel nobody is told twice unless the first surely did not arrive.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from reminders.lifecycle import State
from reminders.outcomes import PAUSED_LOOK, channels_behind
from reminders.records import Enrollment, Reminder
from reminders.retry import next_try
from reminders.transports.base import Misconfigured, NotSent, TransportFailure
from schedules.protocol import Channel
from schedules.unplanned import Response, is_planned, is_response

A_WHILE = timedelta(minutes=15)  # a phone that was off is not on again within seconds
MOST_CALLS = 3  # by one channel, while our own set-up is at fault


@dataclass(frozen=True, kw_only=True, slots=True)
class Fallback:
    """Where the reminder goes; `advice` is what the task of a failed one asks for, None where nobody need be told."""

    state: State
    channel: Channel | None = None
    due_at: datetime | None = None
    advice: str | None = None


def fall_back(
    reminder: Reminder,
    enrollment: Enrollment,
    failure: TransportFailure,
    *,
    undelivered: int,
    planned_again: bool,
    now: datetime,
) -> Fallback:
    """`undelivered`: how many calls by the current channel did not arrive, with this one.

    `planned_again`: a later round says the same, by the plan as it is now.
    """
    if (over := _over(reminder, enrollment, planned_again=planned_again, now=now)) is not None:
        return over
    if left := channels_behind(reminder, enrollment):
        return Fallback(state=State.PLANNED, channel=left[0], due_at=now)
    at = _again_at(reminder, enrollment, failure, undelivered, now)
    if at is None:
        return Fallback(state=State.FAILED, advice="No other way is left; call the patient or mend the contact.")
    return Fallback(state=State.PLANNED, channel=reminder.channel, due_at=at)


def once_more(
    reminder: Reminder, enrollment: Enrollment, *, permitted: bool, planned_again: bool, now: datetime
) -> Fallback:
    """Where a reminder goes whose message surely never left. `permitted`: whether it may be tried another time."""
    if (over := _over(reminder, enrollment, planned_again=planned_again, now=now)) is not None:
        return over
    if not permitted:
        return Fallback(state=State.FAILED, advice="It was lost twice; call the patient.")
    return Fallback(state=State.PLANNED, channel=reminder.channel, due_at=now)


def _over(reminder: Reminder, enrollment: Enrollment, *, planned_again: bool, now: datetime) -> Fallback | None:
    """Why no other message may say the same, if so."""
    over = enrollment.status in ("cancelled", "ended") and is_planned(reminder.step)
    if over or planned_again or reminder.step == Response.STOPPED.step_key:  # who wants no texts need not be called
        return Fallback(state=State.FAILED)
    if reminder.revision != enrollment.revision and not is_response(reminder.step):
        return Fallback(state=State.FAILED, advice="The plan has changed since; look what the patient needs to know.")
    if reminder.not_after is not None and now >= reminder.not_after:
        return Fallback(state=State.FAILED, advice="It is too late for another message; call the patient.")
    return None


def _again_at(
    reminder: Reminder, enrollment: Enrollment, failure: TransportFailure, undelivered: int, now: datetime
) -> datetime | None:
    """When the same channel may be tried again, if at all."""
    agreed = reminder.recipient is not None or reminder.channel in enrollment.consents
    if isinstance(failure, Misconfigured) and agreed and undelivered < MOST_CALLS:
        return now + PAUSED_LOOK  # at its bound it ends as missed, with a task, if nobody has mended it by then
    if isinstance(failure, NotSent) and agreed and undelivered < 2:
        at = next_try(reminder.attempts, A_WHILE.total_seconds(), now, reminder.not_after)
        return at if reminder.not_after is None or at < reminder.not_after else None
    return None
