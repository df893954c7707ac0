"""One stored reminder and its enrollment become the words that leave, in the version the enrollment is bound to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from reminders.protocols import ProtocolVersion
from reminders.records import Enrollment, Reminder
from reminders.rendering import Rendered, RenderingError, render, render_entry
from reminders.settings import SiteSettings
from reminders.telling import HELD_DRUGS, values_of
from reminders.texts.calendar_entry import CalendarEntry
from reminders.texts.facts import Known, SiteFacts, facts_for
from reminders.texts.ondemand import OnDemand
from reminders.texts.printing import national_phone
from reminders.texts.segments import fold_gsm7, is_gsm7
from reminders.texts.staffing import phone_at
from schedules.corrections import is_correction
from schedules.medications import Medications
from schedules.procedure import Place, Procedure
from schedules.protocol import Anchor, Calendar, Channel, Protocol, Step
from schedules.texts import Messages
from schedules.timeline import find_anchors, staff_task_due
from schedules.unplanned import find_step

SHOWN: Mapping[Calendar, frozenset[str]] = {  # the facts an entry states; the hour is absent where none is booked
    Calendar.PROCEDURE: frozenset({"procedure_date", "start_time"}),
    Calendar.VISIT: frozenset({"visit_time"}),
}


_Planned = tuple[Protocol, Procedure, Place]


def _maker(anchor: Anchor) -> Callable[[_Planned], datetime | None]:
    return lambda planned: find_anchors(*planned)[anchor]


ANCHORS = {str(anchor): _maker(anchor) for anchor in Anchor}  # few texts ask for one


OWN_WORDS = {"en": "{site}: {words} Call {phone}.", "es": "{site}: {words} Llame al {phone}."}
ENDS = (".", "!", "?", "\N{HORIZONTAL ELLIPSIS}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Composed:
    """The words of one message, and the values they state; `discreet` is what a call may leave on a machine."""

    rendered: Rendered
    stated: Mapping[str, str]
    discreet: str | None = field(default=None, repr=False)


def compose(
    enrollment: Enrollment,
    reminder: Reminder,
    channel: Channel,
    *,
    version: ProtocolVersion,
    site: SiteSettings,
    place: Place,
    medications: Medications,
    now: datetime | None = None,
    words: str | None = None,
) -> Composed:
    """The message of one reminder by one channel; raises RenderingError where a fact or text is missing.

    `now` decides which phone is answered; without it the text names the site's own. `words` are what staff wrote,
    for the steps whose text they write each time.
    """
    step = find_step(version.protocol, reminder.step)
    if step.own_words:
        phone = phone_at(site, place, now) if now else site.phone
        return Composed(rendered=Rendered(text=text_around(words, site.name, phone, enrollment.language)), stated={})
    enrollment = enrollment.as_read_by(reminder.recipient)
    known = known_of(
        enrollment,
        step,
        reminder.drug,
        reminder.send_at,
        version=version,
        site=site,
        place=place,
        medications=medications,
        doubted_drugs=reminder.doubted_drugs,
        now=now,
    )
    facts, messages = facts_for(known, channel), version.messages[enrollment.language]
    copies = messages.copies if reminder.recipient is not None and reminder.copy_of is not None else None
    rendered = render(messages, step.key, channel, detailed=enrollment.detailed, facts=facts, copies=copies)
    values = values_of(known)
    said = set(rendered.names)
    if is_correction(reminder.step):
        said.add(HELD_DRUGS)  # it takes a drug plan back, whether or not its words name the drugs
    if channel is Channel.EMAIL and step.calendar is not None and enrollment.status != "cancelled":
        said |= SHOWN[step.calendar]  # a calendar shows them, whatever the words say
    return Composed(
        rendered=rendered,
        stated={name: values[name] for name in said if name in values},
        discreet=_discreet(messages, step.key, known) if channel is Channel.VOICE else None,
    )


def _discreet(messages: Messages, step_key: str, known: Known) -> str:
    """The same call as it is said to a patient who has not agreed to details: no name, no procedure, no drug."""
    facts = facts_for(replace(known, first_name=None), Channel.VOICE)
    return render(messages, step_key, Channel.VOICE, detailed=False, facts=facts).text


def text_around(words: str | None, site: str, phone: str, language: str) -> str:
    """Staff's own words as a text that says who writes and whom to call; in GSM-7 where that can carry them."""
    if not words:
        raise RenderingError("a text of staff's own has no words")
    sentence = words if words.endswith(ENDS) else f"{words}."
    text = OWN_WORDS[language].format(site=site, words=sentence, phone=national_phone(phone))
    folded = fold_gsm7(text)
    return folded if is_gsm7(folded) else text


def known_of(
    enrollment: Enrollment,
    step: Step | None,
    drug: str | None,
    planned: datetime | None,
    *,
    version: ProtocolVersion,
    site: SiteSettings,
    place: Place,
    medications: Medications,
    doubted_drugs: tuple[str, ...] = (),
    now: datetime | None = None,
) -> Known:
    """Everything a text of this enrollment may draw on; `planned` is when its reminder is to leave (UTC).

    `doubted_drugs`: drugs whose announced plan the text says to wait with, though there may be a new order by now.
    """
    opens, procedure = step.opens_task if step is not None else None, enrollment.procedure
    unconfirmed = (hold.drug for hold in enrollment.holds if not hold.confirmed)
    doubted = tuple(dict.fromkeys((*doubted_drugs, *unconfirmed)))
    return Known(
        language=enrollment.language,
        site=_site_facts(site, enrollment.language, phone_at(site, place, now) if now else None),
        procedure=procedure,
        place=place,
        anchors=OnDemand(ANCHORS, (version.protocol, procedure, place)),
        held_drugs=doubted,
        held_drug_names=tuple(_drug_name(one, enrollment.language, medications) or one for one in doubted),
        first_name=enrollment.contact.first_name if enrollment.detailed else None,
        send_at=planned,
        arrival=enrollment.arrival_at,
        call_by=staff_task_due(opens, planned, enrollment.start_at, place) if opens and planned else None,
        drug=drug,
        drug_name=_drug_name(drug, enrollment.language, medications),
    )


def _drug_name(drug: str | None, language: str, medications: Medications) -> str | None:
    row = medications.find(drug) if drug else None
    return row.name_in(language) if row else None


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


def _site_facts(site: SiteSettings, language: str, call_phone: str | None) -> SiteFacts:
    texts = site.texts.get(language)
    return SiteFacts(
        name=site.name,
        phone=site.phone,
        address=site.address,
        phone_after_hours=site.phone_after_hours,
        fasting_rule=texts.fasting if texts else None,
        call_phone=call_phone,
    )
