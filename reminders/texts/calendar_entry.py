"""What is booked, as a file for the patient's own calendar (RFC 5545): told, never asked about.

The rule: nothing in it tells who the patient is or what is done, for calendars are shared and shown on locked
screens; the same booking keeps its uid, and a later plan has a higher revision.

METHOD is PUBLISH, not REQUEST. A request shows "Accept" and "Decline" (Outlook, Gmail, Apple): a patient who
declines believes the procedure called off, and the reply goes to a mailbox nobody reads. It also has to name the
patient as ATTENDEE. A published entry is added by one tap and answered by nobody. Its price: a later one replaces
it only when the patient opens that one too, so the message's words must carry every change by themselves. For the
same reason there is no ORGANIZER (RFC 5546 wants one, RFC 5545 only where a group is scheduled): some programs
write to it each time an entry is added.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from reminders.texts.calendar_zone import zone_component

if TYPE_CHECKING:
    from icalendar import Alarm, Event

NAME = "calendar.ics"
PRODUCT = "-//procedure reminders//calendar entry//EN"
ONE_DAY = timedelta(days=1)
MORNING_BEFORE = timedelta(hours=-15)  # 09:00 the day before; a day before an all-day entry is midnight


@dataclass(frozen=True, kw_only=True, slots=True)
class CalendarEntry:
    """What a calendar shows; `starts` and `ends` are aware, `zone` is the site's, whose clock they are written on.

    `ends` None: how long it takes is not known. `all_day`: the date is booked and no hour, so none is shown.
    """

    uid: str
    revision: int
    title: str
    note: str
    location: str
    contact: str
    starts: datetime
    ends: datetime | None
    zone: ZoneInfo
    all_day: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class CalendarFile:
    """A finished file; its media type names the method and the character set, as RFC 6047 asks."""

    name: str
    media_type: str
    content: bytes = field(repr=False)


def publish(entry: CalendarEntry, now: datetime) -> CalendarFile:
    """The entry as it stands in the plan at `now` (aware), with an alarm the day before."""
    event = _event(entry, now, "CONFIRMED")
    event.add_component(_alarm(entry))
    return _file(entry, event, "PUBLISH")


def cancel(entry: CalendarEntry, now: datetime) -> CalendarFile:
    """Takes the entry of the same uid away; `entry.revision` must be higher than when it was published."""
    return _file(entry, _event(entry, now, "CANCELLED"), "CANCEL")


def _event(entry: CalendarEntry, now: datetime, status: str) -> "Event":
    from icalendar import Event  # a sixth of a second, and most commands write no file

    event = Event()
    found = {
        "uid": entry.uid,
        "dtstamp": now.astimezone(UTC).replace(microsecond=0),
        "sequence": entry.revision,
        **_times(entry),
        "summary": entry.title,
        "description": entry.note,
        "location": entry.location,
        "contact": entry.contact,
        "status": status,
        "class": "PRIVATE",  # who shares the calendar sees that the time is taken, and no more
    }
    for name, value in found.items():
        event.add(name, value)
    return event


def _times(entry: CalendarEntry) -> Mapping[str, date]:
    """Local times at the site; a program in another zone shows them on its own clock."""
    starts = entry.starts.astimezone(entry.zone)
    if entry.all_day:
        return {"dtstart": starts.date(), "dtend": starts.date() + ONE_DAY}
    if entry.ends is None:
        return {"dtstart": starts}
    return {"dtstart": starts, "dtend": entry.ends.astimezone(entry.zone)}


def _alarm(entry: CalendarEntry) -> "Alarm":
    from icalendar import Alarm

    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", entry.title)
    alarm.add("trigger", MORNING_BEFORE if entry.all_day else -ONE_DAY)
    return alarm


def _file(entry: CalendarEntry, event: "Event", method: str) -> CalendarFile:
    from icalendar import Calendar

    calendar = Calendar()
    for name, value in {"version": "2.0", "prodid": PRODUCT, "calscale": "GREGORIAN", "method": method}.items():
        calendar.add(name, value)
    if not entry.all_day and entry.zone.key != "UTC":
        calendar.add_component(zone_component(entry.zone, entry.starts.astimezone(entry.zone).year))
    calendar.add_component(event)
    media_type = f"text/calendar; method={method}; charset=utf-8"
    return CalendarFile(name=NAME, media_type=media_type, content=calendar.to_ical())
