"""The last check before a message leaves: everything that must still be true, in one pure function.

The answer is data: send it, look again later, hold it for people, or end it with a reason.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from reminders.lifecycle import GONE, State
from reminders.records import Enrollment, Reminder
from schedules.corrections import is_correction
from schedules.frequency import NUMBER_CHANNELS
from schedules.placing import Limits, at_sending, make_limits
from schedules.procedure import Place
from schedules.protocol import Channel, Each, IfLate, Protocol, Step
from schedules.timeline import GAP, outstanding
from schedules.unplanned import Response, find_step, is_response

KEEP_BACK = (State.PLANNED, State.HELD, State.SENDING)  # what must leave first keeps the others back in one of these
LOOK_AGAIN = timedelta(seconds=60)
FIRST_LOOK = timedelta(seconds=5)  # how soon to look again while the message that must leave first is on its way
ROOM_SOON = timedelta(hours=1)
CLAIM_ROOM = timedelta(minutes=1)  # how late a claim may come after an outage, when everything is due
UNTOLD: Mapping[State | None, str] = {
    State.UNKNOWN: "may have been sent, its outcome is not known",
    State.FAILED: "did not arrive, as far as anybody knows",
}
OVER_LIMIT = "its number has got as many messages as the site allows; call the patient instead"
TOO_LONG = "its words are more than its site's texts may have; call the patient instead"
APPROVAL = "approval"
STAFF = "staff"
NO_CHANNEL = "no-channel"
CAREGIVER_SILENT = "the caregiver's consent is closed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Way:
    """One transport as the decision sees it."""

    live: bool
    open: bool  # not paused, and nothing is missing
    closed_by: str | None = None  # why it is not open: who paused it and why, or what is not set up
    look_again: timedelta = LOOK_AGAIN  # how soon, where it is not open


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """One due reminder with what must be known about it (instants UTC)."""

    reminder: Reminder
    enrollment: Enrollment
    protocol: Protocol
    place: Place
    needed: State | None  # what became of the step that this one needs, for the same drug
    approved: bool
    first_until: datetime | None = None  # the protocol's first step has not left: when to look again
    correction_until: datetime | None = None  # a correction for the same reader has not
    last_left: datetime | None = None  # when the last other message left for this enrollment
    held_elsewhere: str | None = None  # another procedure of this patient for which the drug is held, or soon is
    held_already: str | None = None  # another one for which the patient is without it now
    pause: str | None = None  # who paused everything, or this site, and why
    room_at: datetime | None = None  # from when its number may get one more message; None: no limit concerns it
    too_long: bool = False  # its words are more than its site's texts may have
    step: Step = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "step", find_step(self.protocol, self.reminder.step))


@dataclass(frozen=True, kw_only=True, slots=True)
class Send:
    channel: Channel
    address: str = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Wait:
    until: datetime
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Hold:
    waits_for: tuple[str, ...]
    reason: str
    task: str | None = None  # the kind of task it opens


@dataclass(frozen=True, kw_only=True, slots=True)
class End:
    state: State
    reason: str
    task: str | None = None


Decision = Send | Wait | Hold | End


def decide(candidate: Candidate, ways: Mapping[Channel, Way], now: datetime) -> Decision:
    """What becomes of a due reminder at `now`."""
    if (over := _superseded(candidate)) is not None:
        return over
    reminder, enrollment = candidate.reminder, candidate.enrollment
    silenced = reminder.recipient is not None and enrollment.caregiver(reminder.recipient) is None
    if silenced and not candidate.step.unconsented:
        return End(state=State.WITHDRAWN, reason=CAREGIVER_SILENT)
    leave = at_sending(limits_of(candidate), candidate.step.if_late, now)
    if leave.at is None:
        return _too_late(candidate)
    decision = (
        _waiting(candidate, now)
        or _timing(leave.at, now)
        or _no_burst(candidate, now)
        or _by_channel(candidate, ways, now)
    )
    return (_behind_correction(candidate) or decision) if isinstance(decision, Send) else decision


def _superseded(candidate: Candidate) -> End | None:
    """What a change of the enrollment has overtaken. Staff's own words are no part of the plan: only an end does."""
    reminder, enrollment = candidate.reminder, candidate.enrollment
    if is_response(reminder.step):  # a person has just written, whatever becomes of the plan
        return None
    over, changed = enrollment.status in ("cancelled", "ended"), reminder.revision != enrollment.revision
    if candidate.step.own_words:
        reason = f"written before the procedure was {enrollment.status}"
        return End(state=State.WITHDRAWN, reason=reason, task="stale") if over and changed else None
    if over and not is_correction(reminder.step):
        return End(state=State.WITHDRAWN, reason=f"procedure {enrollment.status}: {enrollment.cancel_reason}")
    if changed:
        return End(state=State.WITHDRAWN, reason="planned before the last change of the enrollment", task="stale")
    return None


def limits_of(candidate: Candidate) -> Limits:
    """The step's window and bounds as they were planned."""
    reminder = candidate.reminder
    # No change of plan brings staff's own words up to date: they wait for the window where the patient is now.
    zone = ZoneInfo(candidate.enrollment.zone if candidate.step.own_words else reminder.zone)
    bounds = (reminder.not_before, reminder.not_after)
    return make_limits(candidate.protocol, candidate.step, zone, candidate.place, *bounds)


def _too_late(candidate: Candidate) -> End:
    last = candidate.reminder.reason
    reason = "no permitted time was left before it became wrong" + (f"; last: {last}" if last else "")
    if candidate.step.if_late is IfLate.SKIP:
        unheard = (
            candidate.reminder.step == Response.HELP.step_key
        )  # the others' replies have opened a task, or need none
        return End(state=State.SKIPPED, reason=reason, task="missed" if unheard else None)
    return End(state=State.MISSED, reason=reason, task="missed")


def _waiting(candidate: Candidate, now: datetime) -> Decision | None:
    procedure, drug = candidate.enrollment.procedure, candidate.reminder.drug
    missing = tuple(str(fact) for fact in outstanding(candidate.step, procedure, drug))
    if missing:
        return Hold(waits_for=missing, reason=f"waits until recorded: {', '.join(missing)}")
    if candidate.first_until is not None and not (candidate.step.first or is_response(candidate.reminder.step)):
        return Wait(until=_before_the_end(candidate, now), reason="waits for the first message of the plan")
    if candidate.held_elsewhere is not None and candidate.step.for_each is Each.RESUMES:
        reason = f"{candidate.reminder.drug} is held for {candidate.held_elsewhere}; staff must decide when to resume"
        return Hold(waits_for=(STAFF,), reason=reason, task="held")
    if candidate.held_already is not None and candidate.step.for_each is Each.HOLDS:
        drug, other = candidate.reminder.drug, candidate.held_already
        reason = f"{drug} is stopped already for {other}; staff must say what holds for this procedure"
        return Hold(waits_for=(STAFF,), reason=reason, task="held")
    if candidate.step.needs_sent is not None and candidate.needed not in GONE:
        needed = f"{candidate.step.needs_sent}:{candidate.reminder.drug}"
        if candidate.needed is State.SENDING:
            return Wait(until=now + FIRST_LOOK, reason=f"{needed} is on its way")
        told = UNTOLD.get(candidate.needed, "was never sent")
        return Hold(waits_for=(STAFF,), reason=f"{needed} {told}; staff must decide", task="held")
    return None


def _before_the_end(candidate: Candidate, now: datetime) -> datetime:
    """When to look whether the first message has left: often, once that would else be too late."""
    until, ends = candidate.first_until or now, candidate.reminder.not_after
    return until if ends is None or until < ends else min(until, now + FIRST_LOOK)


def _behind_correction(candidate: Candidate) -> Wait | None:
    """What the new plan tells leaves after the correction of the old one, if there is time for that.

    To be told in the wrong order is better than not at all.
    """
    until, step = candidate.correction_until, candidate.step
    if until is None or step.first or step.own_words or is_correction(step.key) or is_response(step.key):
        return None
    latest = until + GAP  # what the wait has made late keeps its distance from the correction
    if limits_of(candidate).first_from(latest) != latest:
        return None
    return Wait(until=until, reason="waits for the correction of what was told before")


def _no_burst(candidate: Candidate, now: datetime) -> Wait | None:
    """What an outage made late leaves ten minutes after the message before it, like what was late at planning.

    Not where there is no room for it that day, nor for the claim that comes then: to be told soon after another is
    better than hours later, or not at all.
    """
    last, planned = candidate.last_left, candidate.reminder.send_at
    overdue = planned is not None and now - planned >= GAP
    if last is None or not overdue or now - last >= GAP:
        return None
    if is_correction(candidate.reminder.step) or is_response(candidate.reminder.step):
        return None
    if candidate.step.own_words and candidate.step.any_hour:  # a person has said that it cannot wait
        return None
    latest = last + GAP + CLAIM_ROOM
    if limits_of(candidate).first_from(latest) != latest:
        return None
    return Wait(until=last + GAP, reason="late messages leave ten minutes apart")


def _timing(leaves_at: datetime, now: datetime) -> Wait | None:
    return Wait(until=leaves_at, reason="waits for the window") if leaves_at > now else None


def _by_channel(candidate: Candidate, ways: Mapping[Channel, Way], now: datetime) -> Decision:
    usable = [channel for channel in channels_left(candidate.reminder) if _address(candidate, channel)]
    if not usable and is_response(candidate.reminder.step):  # the task that the reply opened is there
        return End(state=State.SKIPPED, reason="its number wants no more texts")
    if (doubled := _doubled_by(candidate)) is not None:
        return End(state=State.WITHDRAWN, reason=f"{candidate.reminder.copy_of} goes by {doubled} itself")
    if not usable:
        reason = "no channel with open consent is left; call the patient instead"
        return End(state=State.MISSED, reason=reason, task=NO_CHANNEL)
    full = candidate.room_at is not None and candidate.room_at > now
    if usable[0] in NUMBER_CHANNELS and (full or candidate.too_long):
        soon = None if candidate.too_long else _soon(candidate, now)
        if soon is not None:
            return Wait(until=soon, reason="waits until its number may get a message again")
        usable = [channel for channel in usable if channel not in NUMBER_CHANNELS]
        if not usable:
            return End(state=State.MISSED, reason=TOO_LONG if candidate.too_long else OVER_LIMIT, task="over-limit")
    channel = usable[0]
    way = ways.get(channel)
    if (closed := _closed(candidate, channel, way)) is not None:
        again = way.look_again if way is not None else LOOK_AGAIN
        return Wait(until=_bounded(now + again, candidate.reminder.not_after), reason=closed)
    if way is not None and way.live and not (candidate.approved or candidate.step.own_words):
        reason = "this version of the protocol is not approved for live messages"
        return Hold(waits_for=(APPROVAL,), reason=reason, task=APPROVAL)
    return Send(channel=channel, address=_address(candidate, channel) or "")


def _closed(candidate: Candidate, channel: Channel, way: Way | None) -> str | None:
    """Why nothing can leave by this channel at the moment; nothing is excepted from a pause."""
    if candidate.pause is not None:
        return candidate.pause
    if way is None:
        return f"the {channel} transport is not configured"
    return None if way.open else way.closed_by or f"the {channel} transport is paused"


def _soon(candidate: Candidate, now: datetime) -> datetime | None:
    """When there is room soon, for a message that left some seconds late may stand in the way of the next by them."""
    found = limits_of(candidate).first_from(candidate.room_at or now)
    return found if found is not None and found - now <= ROOM_SOON else None


def _address(candidate: Candidate, channel: Channel) -> str | None:
    address: str | None = candidate.enrollment.address(
        channel, candidate.reminder.recipient, unconsented=candidate.step.unconsented
    )
    return address


def _doubled_by(candidate: Candidate) -> Channel | None:
    """The channel of a patient's own copy, where the step itself goes by it since another one was closed."""
    reminder = candidate.reminder
    if reminder.copy_of is None or reminder.recipient is not None:
        return None
    first = next((channel for channel in candidate.step.channels if _address(candidate, channel)), None)
    return first if first is reminder.channel else None


def channels_left(reminder: Reminder, *, after_current: bool = False) -> tuple[Channel, ...]:
    """The channels still to be tried: from the current one on, or those behind it."""
    if reminder.channel is None or reminder.channel not in reminder.channels:
        return reminder.channels
    position = reminder.channels.index(reminder.channel) + after_current
    return reminder.channels[position:]


def _bounded(instant: datetime, not_after: datetime | None) -> datetime:
    return instant if not_after is None else min(instant, not_after)
