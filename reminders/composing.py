"""One stored reminder and its enrollment become the words that leave, in the version the enrollment is bound to."""

from reminders.facts import Known, SiteFacts, facts_for
from reminders.protocols import ProtocolVersion
from reminders.records import Enrollment, Reminder
from reminders.rendering import Rendered, render
from reminders.settings import SiteSettings
from schedules.medications import Medications
from schedules.procedure import Place
from schedules.protocol import Channel
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


def _site_facts(site: SiteSettings, language: str) -> SiteFacts:
    texts = site.texts.get(language)
    return SiteFacts(
        name=site.name,
        phone=site.phone,
        address=site.address,
        phone_after_hours=site.phone_after_hours,
        fasting_rule=texts.fasting if texts else None,
    )
