"""An opt-out is the number's: one commit ends its messages for every enrollment on it, and START brings them back.

After that commit no intent is written that goes there: the revisions have risen and the consents are closed. The plan
itself stays. Each step still comes to its time, and then goes by another channel or becomes a call.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from reminders import worklist
from reminders.changes.changing import Revision, begin_change, revise
from reminders.consent import CAREGIVER_WORDING_VERSION, WORDING_VERSION
from reminders.database import caregivers, inbound, queries, revisions, worklog
from reminders.enrollment import load_readable, load_whole, place_for
from reminders.lifecycle import UNSENT
from reminders.records import OPTED_OUT, RUNNING, Consent, Enrollment, Reminder, Task
from reminders.service import Service
from schedules.procedure import Place
from schedules.protocol import Channel
from schedules.unplanned import is_planned

TASK = "opt-out"
PATIENT, STARTED = "patient", "patient (START)"
CAREGIVER, CAREGIVER_STARTED = "caregiver", "caregiver (START)"
OFF = {Channel.SMS: "Texts are", Channel.EMAIL: "E-mail is", Channel.VOICE: "Automatic calls are"}
GUESSED = "The patient may have meant something else: ask."


@dataclass(frozen=True, kw_only=True, slots=True)
class OptedOut:
    """What an opt-out did: whether it was news, and whose consents it closed."""

    fresh: bool
    enrollments: tuple[str, ...]


def opt_out(
    service: Service,
    connection: Connection,
    address: str,
    *,
    by: str,
    now: datetime,
    channel: Channel = Channel.SMS,
    about: str | None = None,
    unsure: bool = False,
) -> OptedOut:
    """End one channel at an address (its keyed hash); whoever calls holds the locks of its enrollments.

    `about` is the reply that said so; `unsure` where it may have meant something else.
    """
    inbound.one_at_a_time(connection, address)
    fresh = inbound.add_opt_out(connection, address, channel, by=by, now=now)
    closed = sorted(queries.close_consent(connection, address, channel, by=by, reason=OPTED_OUT, now=now))
    cared_for = caregivers.close_caregiver(connection, address, by=by, reason=OPTED_OUT, now=now, channel=channel)
    inbound.supersede(connection, sorted({*closed, *cared_for}))
    for id_ in closed:
        _log(connection, id_, "opt-out", {"channel": str(channel), "consent": "closed"}, by, now)
    tasks = _tasks(service, connection, closed, channel, now, unsure=unsure)
    worklog.open_tasks(connection, [replace(task, about=about) for task in tasks], now)
    return OptedOut(fresh=fresh, enrollments=tuple(closed))


def opt_in(service: Service, connection: Connection, address: str, *, now: datetime) -> bool:
    """START: a new consent to texts for whatever an opt-out had closed; False where it had closed nothing."""
    inbound.one_at_a_time(connection, address)
    inbound.remove_opt_out(connection, address, Channel.SMS)
    ids = inbound.reopenable(connection, address, Channel.SMS)
    opened, _ = load_readable(service, connection, ids, lambda each: place_for(service, each, now)) if ids else ({}, ())
    for enrollment in opened.values():
        queries.insert_consents(connection, enrollment.id, [_granted(enrollment, now)])
        texts = f"{enrollment.id}:{TASK}:{Channel.SMS}:"
        revisions.finish_by_kind(connection, enrollment.id, TASK, by=STARTED, now=now, cause=texts)
        _log(connection, enrollment.id, "opt-in", {"channel": "sms", "consent": "open"}, PATIENT, now)
    inbound.supersede(connection, sorted(opened))
    wanting = inbound.reopen_caregivers(
        connection, address, Channel.SMS, by=CAREGIVER_STARTED, wording=CAREGIVER_WORDING_VERSION, now=now
    )
    for id_, label in wanting:
        _plan_copies(service, connection, id_, label)
    return bool(opened or wanting)


def _plan_copies(service: Service, connection: Connection, id_: str, label: str) -> None:
    """What was withdrawn when a caregiver opted out is planned anew, where it is still to come."""
    work = begin_change(service, connection, id_, by=CAREGIVER_STARTED)
    work.log("opt-in", {}, {"channel": "sms", "consent": "open", "caregiver": label})
    queries.change_enrollment(connection, id_)
    revise(work, work.reload(), Revision())


def _granted(enrollment: Enrollment, now: datetime) -> Consent:
    return Consent(
        channel=Channel.SMS,
        granted_at=now,
        granted_by=STARTED,
        wording=WORDING_VERSION,
        detailed=enrollment.detailed,
    )


def _log(connection: Connection, id_: str, action: str, after: dict[str, str], by: str, now: datetime) -> None:
    worklog.add_event(connection, enrollment=id_, at=now, by=by, action=action, after=after)


# What is left to people


def _tasks(
    service: Service, connection: Connection, ids: Sequence[str], channel: Channel, now: datetime, *, unsure: bool
) -> list[Task]:
    """One task per enrollment with steps still to come, or with a doubt whether the opt-out was meant."""
    if not ids:
        return []
    found, _ = load_whole(service, connection, ids)
    tasks = []
    for enrollment in found.values():
        left = _still_to_come(queries.reminders_in(connection, enrollment.id, UNSENT), channel)
        if (left and enrollment.status in RUNNING) or unsure:
            place = place_for(service, enrollment, now)
            tasks.append(opt_out_task(enrollment, left, channel, place, now, unsure=unsure))
    return tasks


def _still_to_come(reminders: Iterable[Reminder], channel: Channel) -> list[Reminder]:
    """The patient's own steps that counted on the channel; copies go along with theirs."""
    return [
        one
        for one in reminders
        if is_planned(one.step) and one.copy_of is None and one.recipient is None and channel in one.channels
    ]


def opt_out_task(
    enrollment: Enrollment,
    left: Sequence[Reminder],
    channel: Channel,
    place: Place,
    now: datetime,
    *,
    unsure: bool = False,
) -> Task:
    """What staff must know: which steps become calls, and which go another way."""
    parts = [f"{OFF[channel]} off: the patient opted out."]
    calls, by = list[str](), dict[Channel, list[str]]()
    for one in left:
        other = next((c for c in one.channels if c in enrollment.consents and enrollment.contact.address(c)), None)
        (calls if other is None else by.setdefault(other, [])).append(one.key)
    if calls:
        parts.append(f"Call the patient instead about: {', '.join(calls)}. Each opens a task when it is due.")
    parts += [f"By {other}: {', '.join(keys)}." for other, keys in by.items()]
    if unsure:
        parts.append(GUESSED)
    reason, cause = " ".join(parts), f"{TASK}:{channel}:{enrollment.revision}"
    return worklist.make_task(enrollment, place, now, kind=TASK, cause=cause, reason=reason, urgent=unsure)
