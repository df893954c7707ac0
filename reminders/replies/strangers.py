"""A text from a number that nobody is enrolled with, or whose enrollment cannot be opened.

The rule: the law's words hold for everybody, a red flag is answered and urgent whoever wrote it, and anything else is
one task a day for each number.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from reminders import worklist
from reminders.database import inbound, operating, worklog
from reminders.opting_out import PATIENT, opt_in, opt_out
from reminders.pausing import EVERYTHING, pause_of, site_scope, transport_scope
from reminders.records import Task
from reminders.replies.incoming import Incoming
from reminders.replies.responding import words_for_strangers
from reminders.service import Service
from reminders.settings import Settings
from reminders.sites import place_of
from schedules.protocol import Channel
from schedules.unplanned import Response

MAIN = "main"
ALARMS = {
    "emergency": ("red-flag", "May be an emergency (the 911 list).", Response.EMERGENCY),
    "warning": ("red-flag", "A warning sign (the list to call us for).", Response.WARNING),
    "medicine": ("medicine", "Writes about a medicine.", None),
}
WHOSE = "Nobody is enrolled with this number: find out whose it is and call back."
CLOSED = "The number's enrollment cannot be read, the log says why: call back."


def take_from_stranger(incoming: Incoming) -> str | None:
    """Act on a stranger's text; the words for the webhook's own answer, where it gets any."""
    site, unreadable = _where(incoming)
    meaning, kind, task = _act(incoming)
    if task is not None:
        told = _task(incoming, site, unreadable, *task)
        worklog.open_tasks(incoming.connection, [told], incoming.now)
    words = _words(incoming, kind)
    response = str(kind) if words is not None else None
    values = {"meaning": meaning, "response": response, "enrollment": unreadable, "site": site}
    inbound.settle_reply(incoming.connection, incoming.id, **values)
    return words


def _words(incoming: Incoming, kind: Response | None) -> str | None:
    settings = incoming.service.settings
    if kind is None or not _may_answer(incoming):
        return None
    return words_for_strangers(incoming.service, incoming.connection, kind, main_site(settings), incoming.now)


def _may_answer(incoming: Incoming) -> bool:
    """The webhook's own answer passes no last check, so what would stop a message is asked here: a pilot, a pause."""
    settings, sender = incoming.service.settings, incoming.text.sender
    if settings.worker.only_recipients and sender not in settings.worker.only_recipients:
        return False
    stops = (EVERYTHING, site_scope(main_site(settings)), transport_scope(Channel.SMS))
    return pause_of(operating.pauses(incoming.connection), *stops) is None


def main_site(settings: Settings) -> str:
    """Which site speaks to strangers: the one called main, or the first."""
    return MAIN if MAIN in settings.sites else next(iter(settings.sites))


def _where(incoming: Incoming) -> tuple[str, str | None]:
    """The site a stranger's text belongs to, and the enrollment that could not be opened."""
    for id_, site in incoming.sender.unreadable.items():
        return site, id_
    return main_site(incoming.service.settings), None


_Left = tuple[str, str, bool]  # a task's kind, its reason, and whether it is urgent


def _act(incoming: Incoming) -> tuple[str, Response | None, _Left | None]:
    """A word for the record, the response, and what is left to people."""
    where = (incoming.service, incoming.connection, incoming.sender.address)
    silence = incoming.wants_silence
    if silence:
        opt_out(*where, by=PATIENT, now=incoming.now, about=incoming.id, unsure=incoming.reading.unsure)
    for name, (kind, reason, response) in ALARMS.items():
        if getattr(incoming.reading, name):
            return (f"{name}, opt-out" if silence else name), response, (kind, reason, True)
    if silence:
        return "opt-out", None, None
    if incoming.wants_texts:
        opt_in(*where, now=incoming.now)
        return "start", None, None
    if incoming.reading.help or incoming.provider == "HELP":
        return "help", None if incoming.provider else Response.HELP, None
    return "other", None, ("reply", "Unread reply.", bool(incoming.sender.unreadable))


def _task(incoming: Incoming, site: str, enrollment: str | None, kind: str, reason: str, urgent: bool) -> Task:
    """One for each number and day, unless it is urgent: then one for each text."""
    named = incoming.id if urgent else f"{incoming.sender.address}:{incoming.now:%Y-%m-%d}"
    settings = incoming.service.settings
    place = place_of(settings.sites.get(site, settings.sites[main_site(settings)]), None, incoming.now.year)
    return Task(
        kind=kind,
        cause=f"stranger:{named}:{kind}",
        reason=f"{reason} {CLOSED if enrollment else WHOSE}",
        due_at=worklist.due_at(urgent, incoming.now, place),
        urgent=urgent,
        enrollment=enrollment,
        site=site,
        about=incoming.id,
    )


def keep_for_people(service: Service, connection: Connection, row: Mapping[str, Any], now: datetime) -> None:
    """Keep a reply that the program could not handle, and put it before a person at once."""
    found = inbound.on_number(connection, row["address"])
    enrollment = found[0]["id"] if found else None
    site = found[0]["site"] if found else main_site(service.settings)
    if not inbound.insert_reply(connection, {**row, "enrollment": enrollment, "site": site}):
        return
    task = Task(
        kind="reply",
        cause=f"reply:{row['id']}:unhandled",
        reason="The program could not handle this reply. Read it now: it may be urgent, or ask for an end to texts.",
        due_at=now + worklist.URGENT_ROOM,
        urgent=True,
        enrollment=enrollment,
        site=site,
        about=row["id"],
    )
    worklog.open_tasks(connection, [task], now)
