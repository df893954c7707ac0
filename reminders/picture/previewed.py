"""The picture of a plan that is only previewed: nothing is stored, and nobody has a name yet."""

from datetime import datetime

from reminders.booking import Booking
from reminders.picture.model import Entry, Picture
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
from reminders.rendering import render
from reminders.texts.facts import Known, SiteFacts, facts_for
from schedules.medications import Medications
from schedules.protocol import Channel
from schedules.timeline import PlannedReminder, Status, Timeline, staff_task_due


def picture_of_preview(booking: Booking, timeline: Timeline, medications: Medications) -> Picture:
    """The timeline with the messages as they would leave for this booking, in the discreet wording."""
    plan = Plan(
        title=booking.version.protocol.title,
        site=booking.site,
        place=booking.place,
        procedure=booking.procedure,
        anchors=timeline.anchors,
        language=booking.language,
        medications=medications,
        takes=booking.takes,
    )
    enrolled = plan.stamp(booking.procedure.enrolled)
    return Picture(
        title=title(plan, "Preview"),
        head=tuple(head(plan, f"As if enrolled {enrolled}; nothing is saved or sent.")),
        entries=tuple(_entry(reminder, booking, plan) for reminder in timeline.reminders),
        procedure=procedure_mark(plan),
        visit=visit_mark(plan),
        foot=tuple(foot(plan)),
        language=booking.language,
    )


def _entry(reminder: PlannedReminder, booking: Booking, plan: Plan) -> Entry:
    at, channel = reminder.send_at, next(iter(reminder.channels), None)
    is_planned = reminder.status is Status.PLANNED
    waits_for = tuple(map(str, reminder.waits_for)) if is_planned else ()
    return Entry(
        key=reminder.key,
        look=look_of(reminder.status, waits_for),
        by=way(channel),
        at=None if at is None else at.astimezone(reminder.zone),
        clock="" if at is None else plan.clock(at, reminder.zone),
        words=_words(reminder, channel, at, booking, plan) if at and channel else "",
        waits_for=facts_named(waits_for),
        reason="" if is_planned else reminder.why[-1],
    )


def _words(reminder: PlannedReminder, channel: Channel, at: datetime, booking: Booking, plan: Plan) -> str:
    messages = booking.version.messages[booking.language]
    facts = facts_for(_known(reminder, at, booking, plan), channel)
    rendered = render(messages, reminder.step.key, channel, detailed=False, facts=facts)
    return first_words(rendered.subject or rendered.text, plan)


def _known(reminder: PlannedReminder, at: datetime, booking: Booking, plan: Plan) -> Known:
    opens, row = reminder.step.opens_task, plan.medications.find(reminder.drug) if reminder.drug else None
    return Known(
        language=booking.language,
        site=_site_facts(booking),
        procedure=booking.procedure,
        place=booking.place,
        anchors=plan.anchors,
        first_name=NAMELESS,
        send_at=at,
        call_by=staff_task_due(opens, at, booking.procedure.start, booking.place) if opens else None,
        drug=reminder.drug,
        drug_name=row.name_in(booking.language) if row else None,
    )


def _site_facts(booking: Booking) -> SiteFacts:
    site, texts = booking.site, booking.site.texts.get(booking.language)
    return SiteFacts(
        name=site.name,
        phone=site.phone,
        address=site.address,
        phone_after_hours=site.phone_after_hours,
        fasting_rule=texts.fasting if texts else None,
    )
