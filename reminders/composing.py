"""One stored reminder and its enrollment become the words that leave, in the version the enrollment is bound to."""

from datetime import timedelta

from reminders.calendar_entry import CalendarEntry
from reminders.facts import Known, SiteFacts, facts_for
from reminders.printing import national_phone
from reminders.protocols import ProtocolVersion
from reminders.records import Enrollment, Reminder
from reminders.rendering import Rendered, render, render_entry
from reminders.settings import SiteSettings
from schedules.medications import Medications
from schedules.procedure import Place
from schedules.protocol import Calendar, Channel
from schedules.timeline import find_anchors, staff_task_due


def compose(
    enrollment: Enrollment,
    reminder: Reminder,
    channel: Channel,
    *,
    version: ProtocolVersion,
    site: SiteSettings,
    place: Place,
    medications: Medications,
) -> Rendered:
    """The message of one reminder by one channel; raises RenderingError where a fact or text is missing."""
    step = version.protocol.step(reminder.step)
    planned = reminder.send_at
    opens = step.opens_task
    row = medications.find(reminder.drug) if reminder.drug else None
    known = Known(
        language=enrollment.language,
        site=_site_facts(site, enrollment.language),
        procedure=enrollment.procedure,
        place=place,
        anchors=find_anchors(version.protocol, enrollment.procedure, place),
        first_name=enrollment.contact.first_name,
        send_at=planned,
        arrival=enrollment.arrival_at,
        call_by=staff_task_due(opens, planned, enrollment.start_at, place) if opens and planned else None,
        drug=reminder.drug,
        drug_name=row.name_in(enrollment.language) if row else None,
    )
    facts = facts_for(known, channel)
    messages = version.messages[enrollment.language]
    return render(messages, reminder.step, channel, detailed=enrollment.detailed, facts=facts)


def compose_entry(
    enrollment: Enrollment, kind: Calendar, *, version: ProtocolVersion, site: SiteSettings, place: Place, uid: str
) -> CalendarEntry | None:
    """What the patient's calendar is to show of the procedure or of the visit; None for a visit not booked.

    How long a visit takes nobody has said, so its entry has no end. Raises RenderingError where its words are missing.
    """
    phone = national_phone(site.phone)
    is_procedure = kind is Calendar.PROCEDURE
    starts = enrollment.start_at if is_procedure else enrollment.visit_at
    if starts is None:
        return None
    texts = render_entry(version.messages[enrollment.language], kind, {"site": site.name, "phone": phone})
    return CalendarEntry(
        uid=uid,
        revision=enrollment.revision,
        title=texts.title,
        note=texts.note,
        location=site.address,
        contact=f"{site.name}, {phone}",
        starts=starts,
        ends=starts + timedelta(minutes=version.protocol.duration_minutes) if is_procedure else None,
        zone=place.site_zone,
        all_day=is_procedure and not enrollment.hour_known,
    )


def _site_facts(site: SiteSettings, language: str) -> SiteFacts:
    texts = site.texts.get(language)
    return SiteFacts(
        name=site.name,
        phone=site.phone,
        address=site.address,
        phone_after_hours=site.phone_after_hours,
        fasting_rule=texts.fasting if texts else None,
    )
