"""Which tasks a plan or a delivery opens: what a machine must not decide, with a reason and a due time (pure).

One cause opens one task: the cause is made of the enrollment and what happened, and is unique in the store.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time, timedelta

from reminders.records import Enrollment, Reminder, Task
from schedules.corrections import Correction
from schedules.localtime import to_instant
from schedules.procedure import Hold, Place
from schedules.protocol import Channel, Protocol, Shift, Step
from schedules.timeline import PlannedReminder, Status, staff_task_due
from schedules.workdays import ONE_DAY

URGENT_ROOM = timedelta(hours=1)
NORMAL_DUE = time(12, 0)  # site time, the next working day
ASK_COMPLETION = timedelta(hours=2)
PRESS_COMPLETION = timedelta(hours=4)
OVER_LIMIT = "over-limit"
UNKNOWN = "unknown"
CALL = "call-instead"  # how the causes of calls begin that a plan asks for in place of messages


def due_at(urgent: bool, now: datetime, place: Place) -> datetime:
    """Urgent tasks are due within the hour, others at noon of the site's next working day (UTC)."""
    if urgent:
        return now + URGENT_ROOM
    following = now.astimezone(place.site_zone).date() + ONE_DAY
    day = place.workdays.nearest(following, Shift.LATER) or following
    return to_instant(day, NORMAL_DUE, place.site_zone, Shift.LATER)


def make_task(
    enrollment: Enrollment, place: Place, now: datetime, *, kind: str, cause: str, reason: str, urgent: bool
) -> Task:
    return Task(
        kind=kind,
        cause=f"{enrollment.id}:{cause}",
        reason=reason,
        due_at=due_at(urgent, now, place),
        urgent=urgent,
        enrollment=enrollment.id,
        site=enrollment.site,
    )


def planning_tasks(
    enrollment: Enrollment,
    planned: Iterable[PlannedReminder],
    place: Place,
    now: datetime,
    rounds: Mapping[str, int] | None = None,
) -> list[Task]:
    """What one planning leaves to people: one task for all it missed, and the tasks of steps that ended with it.

    `rounds`: how often a reminder has been planned, where that is more than once.
    """
    planned = [reminder for reminder in planned if reminder.copy_of is None]
    missed = [r for r in planned if r.status is Status.MISSED and r.gave_way_at is None]
    ended = [reminder for reminder in planned if reminder.status is not Status.PLANNED]
    named = {r.key: f"{r.key}:{(rounds or {}).get(r.key, 1)}" for r in ended}
    opening = [reminder for reminder in ended if reminder.step.opens_task is not None]
    tasks = [step_task(enrollment, r.step, named[r.key], place, r.gave_way_at or now) for r in opening]
    tasks += over_limit_tasks(enrollment, planned)
    if missed:
        tasks.insert(0, _missed_task(enrollment, missed, place, now))
    return tasks


def over_limit_tasks(enrollment: Enrollment, planned: Iterable[PlannedReminder]) -> list[Task]:
    """A call in place of each message its number had no room for, due when that would have left."""
    return [
        Task(
            kind=OVER_LIMIT,
            cause=f"{enrollment.id}:{CALL}:{reminder.key}:{reminder.gave_way_at.isoformat()}",
            reason=f"{reminder.key}: {reminder.why[-1]}.",
            due_at=reminder.gave_way_at,
            urgent=reminder.step.missed_urgent,
            enrollment=enrollment.id,
            site=enrollment.site,
        )
        for reminder in planned
        if reminder.gave_way_at is not None
    ]


def _missed_task(enrollment: Enrollment, missed: Sequence[PlannedReminder], place: Place, now: datetime) -> Task:
    keys = ", ".join(reminder.key for reminder in missed)
    drugs = list(dict.fromkeys(reminder.drug for reminder in missed if reminder.drug is not None))
    advice = _ask_first(drugs) if drugs else "Call the patient and say it in person."
    return make_task(
        enrollment,
        place,
        now,
        kind="missed",
        cause=f"missed:{enrollment.revision}",
        reason=f"Too late to send: {keys}. {advice}",
        urgent=any(reminder.step.missed_urgent for reminder in missed),
    )


def _ask_first(drugs: Sequence[str]) -> str:
    """An order whose time has passed is the prescriber's to change, not ours to pass on late."""
    return f"Ask the prescriber about {', '.join(drugs)} before you call: the ordered days can no longer be kept."


def step_task(enrollment: Enrollment, step: Step, named: str, place: Place, now: datetime) -> Task:
    """The task a step opens for staff, whatever becomes of its text."""
    opens = step.opens_task
    if opens is None:
        raise ValueError(f"step {step.key} opens no task")
    return Task(
        kind=opens.kind,
        cause=f"{enrollment.id}:step:{named}",
        reason=opens.reason,
        due_at=staff_task_due(opens, now, enrollment.start_at, place),
        urgent=opens.urgent,
        enrollment=enrollment.id,
        site=enrollment.site,
    )


def order_tasks(
    enrollment: Enrollment, blood_thinners: Sequence[str], without_order: Sequence[str], place: Place, now: datetime
) -> list[Task]:
    """Blood thinners without an order, and two at once: a prescriber decides, never this program."""
    tasks = []
    if without_order:
        reason = f"No order recorded for {', '.join(without_order)}. Ask the prescriber, then call the patient."
        tasks.append(_order_task(enrollment, place, now, "order-missing", reason))
    if len(blood_thinners) > 1:
        reason = f"Two blood thinners at once: {', '.join(blood_thinners)}. Have the prescriber confirm the plan."
        tasks.append(_order_task(enrollment, place, now, "two-blood-thinners", reason))
    return tasks


def _order_task(enrollment: Enrollment, place: Place, now: datetime, kind: str, reason: str) -> Task:
    return make_task(enrollment, place, now, kind=kind, cause=kind, reason=reason, urgent=False)


def restart_tasks(enrollment: Enrollment, holds: Iterable[Hold], place: Place, now: datetime) -> list[Task]:
    """A drug held without a resume order: somebody must decide when it starts again."""
    return [
        make_task(
            enrollment,
            place,
            now,
            kind="restart",
            cause=f"restart:{hold.drug}",
            reason=f"{hold.drug} was held and has no resume order. Ask {hold.ordered_by}, then call the patient.",
            urgent=True,
        )
        for hold in holds
        if hold.days >= 1 and hold.resume_days is None
    ]


HAPPENED = {  # what the caller says first, so that the patient knows what the call is about
    Correction.CANCELLED: "Your visit will not take place.",
    Correction.MOVED: "Your date has changed.",
}


REST_TOO = " The end of the rest has changed too: say until when."


def announced_task(
    enrollment: Enrollment,
    drugs: Sequence[str],
    place: Place,
    now: datetime,
    kind: Correction | None = None,
    *,
    rest: bool = False,
) -> Task:
    """A change after the patient was told about a medicine plan: nobody but a person may now say what holds.

    `rest`: the end of the rest was told too and has changed; the one correction speaks of the medicines alone.
    """
    named, happened = ", ".join(drugs), (HAPPENED.get(kind) if kind else None) or "Your plan has changed."
    then = (
        " Record the answer with `reminders order`: its messages wait for it." if enrollment.status == "active" else ""
    )
    return make_task(
        enrollment,
        place,
        now,
        kind="announced-hold",
        cause=f"announced:{enrollment.revision}",
        reason=f"The plan changed after the patient was told about {named}. Ask the prescriber, then call now. Say: "
        f'"{happened} This is what your doctor wants you to do with {named}."{then}' + (REST_TOO if rest else ""),
        urgent=True,
    )


def short_notice_task(enrollment: Enrollment, place: Place, now: datetime) -> Task:
    """A move or cancellation so near that a text may be read too late."""
    return make_task(
        enrollment,
        place,
        now,
        kind="short-notice",
        cause=f"short-notice:{enrollment.revision}",
        reason='Changed within 24 hours of the start. Call now. Say: "Your visit has changed. Did you hear from us?"',
        urgent=True,
    )


def visit_told_task(enrollment: Enrollment, place: Place, now: datetime) -> Task:
    """Cancelled, and the patient was told of a visit that lies ahead."""
    soon = enrollment.visit_at is not None and enrollment.visit_at - now <= timedelta(hours=24)
    reason = "Cancelled, and the patient was told when to come for the visit. Call, and say whether it takes place."
    cause = f"short-notice:{enrollment.revision}:visit"
    return make_task(enrollment, place, now, kind="short-notice", cause=cause, reason=reason, urgent=soon)


def untold_task(enrollment: Enrollment, reason: str, drugs: Sequence[str], place: Place, now: datetime) -> Task:
    """Cancelled for a reason that no text and no call to the patient should answer; `drugs` were held for it."""
    held = f" {', '.join(drugs)} was held for the procedure." if drugs and reason == "admitted" else ""
    words = {
        "deceased": "The patient has died. No message goes out. Decide who speaks with the family.",
        "admitted": "The patient was admitted. No message goes out. Tell the ward what was said to the patient.",
    }
    cause = f"untold:{enrollment.revision}"
    words_said = words[reason] + held
    return make_task(enrollment, place, now, kind=reason, cause=cause, reason=words_said, urgent=bool(held))


def undone_restart_task(enrollment: Enrollment, drugs: Sequence[str], place: Place, now: datetime) -> Task:
    """Cancelled after the procedure, before the patient was told to take a drug again: nothing will tell them now."""
    why = f"Cancelled while {', '.join(drugs)} was stopped and not yet taken again."
    return _restart_task(enrollment, place, now, "undone-restart", why)


def not_done_task(enrollment: Enrollment, drugs: Sequence[str], place: Place, now: datetime) -> Task:
    """The procedure did not take place, and the patient goes without a drug for it."""
    why = f"The procedure did not take place and {', '.join(drugs)} was held for it."
    return _restart_task(enrollment, place, now, "not-done", why)


def _restart_task(enrollment: Enrollment, place: Place, now: datetime, cause: str, why: str) -> Task:
    return make_task(
        enrollment,
        place,
        now,
        kind="restart",
        cause=f"{cause}:{enrollment.revision}",
        reason=f"{why} Ask the prescriber, then call now.",
        urgent=True,
    )


def reminder_task(
    enrollment: Enrollment, reminder: Reminder, place: Place, now: datetime, *, kind: str, reason: str, urgent: bool
) -> Task:
    """A task about one reminder: missed at sending, refused, not delivered, without consent, or of unknown outcome."""
    cause = f"{kind}:{reminder.key}:{reminder.round}"
    if kind == UNKNOWN:
        cause += f":{reminder.fence}"  # a second attempt may be lost like the first, and is a matter of its own
    if kind == "held":
        cause += f":{enrollment.revision}"  # held anew after a change, it is a person's matter anew
    reason = f"{reminder.key}: {reason}"
    return make_task(enrollment, place, now, kind=kind, cause=cause, reason=reason, urgent=urgent)


def unknown_cause(reminder: Reminder, fence: int) -> str:
    """The cause of the task about one call, made under `fence`, of which nobody knows what it came to."""
    return f"{reminder.enrollment}:{UNKNOWN}:{reminder.key}:{reminder.round}:{fence}"


def unknown_advice(delivery: str) -> str:
    """What a person does about a call whose outcome nobody knows."""
    return f"Ask the provider or call. Then say what you found: `reminders unknown settle {delivery}`."


def unreachable_task(enrollment: Enrollment, channel: Channel, reason: str, place: Place, now: datetime) -> Task:
    """A number that is no good on a channel; the consent that is left decides what staff must ask for."""
    left = [other for other in enrollment.consents if enrollment.contact.address(other)]
    if Channel.VOICE in left and channel is Channel.SMS:
        advice = "Voice is used from now on."
    else:
        wanted = "another number or for consent to calls" if channel is Channel.SMS else "another number"
        advice = f"Ask the patient for {wanted}."
    return make_task(
        enrollment,
        place,
        now,
        kind="unreachable",
        cause=f"unreachable:{channel}:{enrollment.revision}",  # another number is another matter
        reason=f"The number {reason}. {advice}",
        urgent=not left,
    )


def shut_task(enrollment: Enrollment, channel: Channel, place: Place, now: datetime) -> Task:
    """Consent was recorded for an address that has opted out before: a person asks what the patient wants."""
    back = " A text of START from that phone brings them back." if channel is Channel.SMS else ""
    reason = f"This address had opted out of {channel} before. Each step opens a task when it is due.{back}"
    cause = f"opt-out:{channel}:{enrollment.revision}"
    return make_task(enrollment, place, now, kind="opt-out", cause=cause, reason=reason, urgent=False)


def approval_task(enrollment: Enrollment, protocol: Protocol, drug: str | None, place: Place, now: datetime) -> Task:
    """One task for all the reminders that wait until a clinician has approved their protocol or their drug's row."""
    drugs = f" and `reminders medications approve {drug}`" if drug else ""
    return Task(
        kind="approval",
        cause=f"approval:{enrollment.protocol_hash}:{drug or ''}",
        reason=f"{protocol.name} version {protocol.version} is not approved: its live messages are held. "
        f"A clinician approves it with `reminders protocol approve {protocol.name}`{drugs}.",
        due_at=due_at(True, now, place),
        urgent=True,
        enrollment=None,
        site=enrollment.site,
    )


def transport_task(
    enrollment: Enrollment, channel: str, reason: str, place: Place, now: datetime, *, by_hand: bool = False
) -> Task:
    """A transport that our own set-up stopped: no message goes by it until an operator acts, `by_hand` or in effect."""
    then = f" Then `reminders resume --transport {channel}`." if by_hand else ""
    return Task(
        kind="transport",
        cause=f"transport:{channel}:{now:%Y-%m-%dT%H}",
        reason=f"The {channel} transport is paused: {reason} `reminders doctor` says what to mend.{then}",
        due_at=due_at(True, now, place),
        urgent=True,
        enrollment=None,
        site=enrollment.site,
    )


def completion_task(enrollment: Enrollment, planned_end: datetime, place: Place, now: datetime) -> Task | None:
    """Nobody recorded how the procedure went: asked two hours after its planned end, urgent at four."""
    if now < planned_end + ASK_COMPLETION:
        return None
    return make_task(
        enrollment,
        place,
        now,
        kind="completion",
        cause=f"completion:{enrollment.start_at:%Y-%m-%dT%H:%M}",  # a procedure that is moved is asked about anew
        reason="Record when the procedure ended, or that it did not take place; messages wait for it.",
        urgent=now >= planned_end + PRESS_COMPLETION,
    )
