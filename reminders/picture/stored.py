"""The picture of an enrollment as it stands at one moment: what left, what is planned, and what went another way."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from reminders.composing import compose
from reminders.deciding import APPROVAL, STAFF
from reminders.lifecycle import GONE, UNSENT, State
from reminders.picture.model import NOT_GOING, Entry, Look, Picture
from reminders.picture.parts import (
    NAMELESS,
    Plan,
    facts_named,
    first_words,
    foot,
    head,
    look_of,
    procedure_mark,
    title,
    visit_mark,
    way,
)
from reminders.protocols import ProtocolVersion
from reminders.records import Enrollment, Reminder
from reminders.rendering import RenderingError
from reminders.settings import SiteSettings
from schedules.medications import Medications
from schedules.procedure import Anchors, Place
from schedules.protocol import Fact

UNMADE = "(its text could not be made)"  # as when the order it was for is gone
EXPLAINED = NOT_GOING | {Look.FAILED, Look.UNKNOWN}
TRIED = GONE | {State.SENDING, State.UNKNOWN, State.FAILED}


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """Everything one picture of an enrollment needs; `called` is when a provider was last asked, by reminder (UTC)."""

    enrollment: Enrollment
    reminders: tuple[Reminder, ...]
    called: Mapping[int, datetime]
    anchors: Anchors
    version: ProtocolVersion
    site: SiteSettings
    place: Place
    medications: Medications


def last_calls(deliveries: Iterable[Mapping[str, object]]) -> dict[int, datetime]:
    """When each reminder was last handed to a provider, out of its deliveries, oldest first."""
    return {row["reminder"]: row["intended_at"] for row in deliveries}  # type: ignore[misc]


def picture_of_enrollment(standing: Standing, now: datetime) -> Picture:
    """The enrollment's reminders as of `now` (aware UTC), without name, phone or address."""
    enrollment, plan = standing.enrollment, _plan(standing)
    as_of = f"As of {plan.stamp(now)}; status {enrollment.status}. Print anew after a change."
    return Picture(
        title=title(plan, enrollment.id),
        head=tuple(head(plan, as_of)),
        entries=tuple(_entry(reminder, standing, plan) for reminder in standing.reminders),
        procedure=procedure_mark(plan),
        visit=visit_mark(plan),
        foot=(*foot(plan), *_about_the_gone(standing)),
        language=enrollment.language,
    )


def _plan(standing: Standing) -> Plan:
    enrollment = standing.enrollment
    cancelled = enrollment.status == "cancelled"
    return Plan(
        title=standing.version.protocol.title,
        site=standing.site,
        place=standing.place,
        procedure=enrollment.procedure,
        anchors=standing.anchors,
        language=enrollment.language,
        medications=standing.medications,
        takes=enrollment.takes,
        detailed=enrollment.detailed,
        cancelled=enrollment.cancel_reason or "no reason given" if cancelled else None,
        unconfirmed=frozenset(r.drug for r in standing.reminders if r.drug and r.state in UNSENT and _wants_order(r)),
    )


def _wants_order(reminder: Reminder) -> bool:
    return Fact.ORDER in reminder.waits_for


def _about_the_gone(standing: Standing) -> tuple[str, ...]:
    """The words are made from today's facts; what a patient was told may have been something else."""
    if any(reminder.state in TRIED for reminder in standing.reminders):
        return ("Messages that already left are worded as they would be now.",)
    return ()


def _entry(reminder: Reminder, standing: Standing, plan: Plan) -> Entry:
    look = look_of(reminder.state, reminder.waits_for)
    zone = ZoneInfo(reminder.zone)
    at = standing.called.get(reminder.id, reminder.send_at) if reminder.state in TRIED else reminder.send_at
    goes = at is not None and look not in NOT_GOING
    return Entry(
        key=reminder.key,
        look=look,
        by=way(reminder.channel or next(iter(reminder.channels), None)),
        at=None if at is None else at.astimezone(zone),
        clock=plan.clock(at, zone) if at is not None and goes else "",
        words=_words(reminder, standing, plan) if goes else "",
        waits_for=facts_named(reminder.waits_for) if look in (Look.WAITING, Look.HELD) else "",
        reason=_reason(reminder, look, plan),
    )


def _reason(reminder: Reminder, look: Look, plan: Plan) -> str:
    by_people = look is Look.HELD and {STAFF, APPROVAL} & set(reminder.waits_for)
    told = (reminder.reason or "") if look in EXPLAINED or by_people else ""
    if look in NOT_GOING and reminder.send_at is not None:
        was = f"Was for {plan.stamp(reminder.send_at, ZoneInfo(reminder.zone), year=False)}"
        return f"{was}; {told}" if told else was
    return told


def _words(reminder: Reminder, standing: Standing, plan: Plan) -> str:
    """The message by the channel it goes or went by; the name is taken out before it is made."""
    channel = reminder.channel or next(iter(reminder.channels), None)
    enrollment = standing.enrollment
    if channel is None:
        return ""
    try:
        rendered = compose(
            replace(enrollment, contact=replace(enrollment.contact, name=NAMELESS)),
            reminder,
            channel,
            version=standing.version,
            site=standing.site,
            place=standing.place,
            medications=standing.medications,
        ).rendered
    except RenderingError:
        return UNMADE
    return first_words(rendered.subject or rendered.text, plan)
