"""What the program says by itself to a reply: a reminder that is due at once, or words for a number nobody knows.

The rule: it leaves through the same last check and written intent as every message, or not at all; to one number goes
only so many an hour, but for what the law or a red flag asks for.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection

from reminders.correcting import LAST_POSITION
from reminders.database import approvals, inbound, queries
from reminders.errors import InputError
from reminders.protocols import ProtocolVersion
from reminders.records import FIRST, Enrollment
from reminders.rendering import render
from reminders.service import Service
from reminders.sites import find_site, place_of
from reminders.texts.facts import Known, SiteFacts, facts_for
from reminders.texts.staffing import phone_at
from schedules.errors import ScheduleError
from schedules.procedure import Procedure
from schedules.protocol import Channel
from schedules.unplanned import RESPONSE_PREFIX, Response

MOST_PER_HOUR = 3
DEFAULT = timedelta(minutes=15)
WORTH: Mapping[Response, timedelta] = {  # how long a response is worth sending
    Response.STOPPED: timedelta(minutes=5),  # 47 CFR 64.1200(a)(12): a confirmation within five minutes, or none
    Response.EMERGENCY: timedelta(minutes=60),
    Response.WARNING: timedelta(minutes=60),
}
HARMLESS_KINDS = ("console", "outbox", "memory")  # transports that reach nobody outside the building


def may_respond(
    service: Service,
    connection: Connection,
    kind: Response,
    address: str,
    enrollment: Enrollment,
    label: str | None,
    now: datetime,
) -> bool:
    """Whether this number may get this response now.

    Where a number gets one message a day, a courtesy must not take the place of the next step.
    """
    if not (kind.without_consent or Channel.SMS in enrollment.channels_of(label)):
        return False
    if not kind.guarded:
        return True
    if find_site(service.settings, enrollment.site).frequency.mode == "exempt":
        return False
    return inbound.responses_since(connection, address, now - timedelta(hours=1)) < MOST_PER_HOUR


def plan_response(
    connection: Connection, enrollment: Enrollment, kind: Response, reply: str, now: datetime, *, label: str | None
) -> None:
    """Plan a response to a reply: due at once, at any hour, whatever the plan says."""
    row = {
        "enrollment": enrollment.id,
        "key": RESPONSE_PREFIX,
        "step": kind.step_key,
        "position": LAST_POSITION,
        "round": inbound.next_round(connection, enrollment.id, RESPONSE_PREFIX),
        "revision": enrollment.revision,
        "state": "planned",
        "send_at": now,
        "due_at": now,
        "not_after": now + WORTH.get(kind, DEFAULT),
        "zone": enrollment.zone,
        "channels": [str(Channel.SMS)],
        "channel": str(Channel.SMS),
        "waits_for": [],
        "why": [f"answers a reply ({kind})"],
        "late": False,
        "urgency": FIRST,
        "changed_at": now,
        "recipient": label,
        "about": reply,
    }
    queries.insert_reminders(connection, [row])


def words_for_strangers(
    service: Service, connection: Connection, kind: Response, site_id: str, now: datetime
) -> str | None:
    """A response to a number nobody is enrolled with; None while no clinician has approved its words.

    In English, and what cannot wait in every language there is: nobody has recorded which one is read.
    """
    version = _texts(service, connection)
    if version is None:
        return None
    site = find_site(service.settings, site_id)
    place = place_of(site, None, now.year)
    told = SiteFacts(name=site.name, phone=site.phone, address=site.address, call_phone=phone_at(site, place, now))
    languages = version.languages if kind in (Response.EMERGENCY, Response.WARNING) else ("en",)
    words = []
    for language in languages:
        known = Known(
            language=language, site=told, procedure=Procedure(enrolled=now, start=now), place=place, anchors={}
        )
        facts = facts_for(known)
        words.append(render(version.messages[language], kind.step_key, Channel.SMS, detailed=False, facts=facts).text)
    return " ".join(words)


def _texts(service: Service, connection: Connection) -> ProtocolVersion | None:
    """Texts that may be sent: of a protocol approved as it stands, or of any where nothing leaves the building."""
    sms = service.settings.transports.get(Channel.SMS)
    harmless = sms is None or sms.kind in HARMLESS_KINDS
    for name in service.library.names():
        try:
            version = service.library.load(name)
        except (InputError, ScheduleError):  # one with a mistake in its files must not hide the others
            continue
        approved = approvals.approval(connection, "protocol", name, version.content_hash) is not None
        if "en" in version.messages and (approved or harmless):
            return version
    return None
