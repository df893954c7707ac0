"""The files that travel with a patient's e-mail: so far the calendar entry of what is booked."""

from datetime import datetime

from reminders.composing import compose_entry
from reminders.protocols import ProtocolVersion
from reminders.records import Enrollment
from reminders.service import Service
from reminders.sites import find_site
from reminders.texts.calendar_entry import cancel, publish
from reminders.transports.base import Attachment
from schedules.procedure import Place
from schedules.protocol import Calendar, Channel, Step

UID_DIGITS = 32  # 128 bits of a keyed hash


def attachments_for(
    service: Service,
    enrollment: Enrollment,
    step: Step,
    channel: Channel,
    *,
    version: ProtocolVersion,
    place: Place,
    now: datetime,
) -> tuple[Attachment, ...]:
    """What a message of this step carries by this channel, as the plan stands at `now` (aware UTC)."""
    if channel is not Channel.EMAIL or step.calendar is None:
        return ()
    site, uid = find_site(service.settings, enrollment.site), entry_uid(service, enrollment.id, step.calendar)
    entry = compose_entry(enrollment, step.calendar, version=version, site=site, place=place, uid=uid)
    if entry is None:
        return ()
    withdrawn = enrollment.status == "cancelled"
    file = cancel(entry, now) if withdrawn else publish(entry, now)
    return (Attachment(name=file.name, media_type=file.media_type, content=file.content),)


def entry_uid(service: Service, enrollment: str, kind: Calendar) -> str:
    """The same for every file about one procedure or visit, and to be guessed by nobody who has not seen one.

    Whoever knows it can send a file that takes the entry away, so it is no plain hash of the enrollment.
    """
    return service.vault.lookup("calendar", f"{enrollment}:{kind}")[:UID_DIGITS]
