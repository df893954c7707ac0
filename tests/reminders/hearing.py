"""Texts that come in, as the webhook hands them over, and what became of them: for tests of what is made of replies."""

from itertools import count
from typing import Any

from sqlalchemy import select

from reminders.clock import ManualClock
from reminders.consent import address_lookup
from reminders.database import tables
from reminders.database.engine import reading
from reminders.database.rows import as_dicts
from reminders.hooks.base import InboundText
from reminders.lifecycle import State
from reminders.records import Reminder
from reminders.replies.replying import take_reply
from reminders.service import Service
from schedules.protocol import Channel
from schedules.unplanned import is_response
from tests.builders import local
from tests.reminders.builders import (
    Transports,
    enrolled_id,
    everything,
    in_memory,
    send_due,
    stored,
    tasks,
    the_reminder,
)

STRANGER = "+12125550199"
_texts = count(1)


def a_text(text: str, sender: str = STRANGER, **changes: Any) -> InboundText:
    """One text, with an id no other has."""
    values = {"provider_id": f"SM{next(_texts):032}", "to": "+12125550100", "media": 0, "opt_out_type": None}
    return InboundText(text=text, sender=sender, **values | changes)


def phone_of(service: Service, enrollment: str) -> str:
    phone = stored(service, enrollment).contact.phone
    assert phone is not None
    return phone


def hears(service: Service, enrollment: str, text: str, **changes: Any) -> str | None:
    """The enrollment's patient writes; what the webhook answers with."""
    return take_reply(service, a_text(text, phone_of(service, enrollment), **changes))


def responses(service: Service, enrollment: str) -> list[Reminder]:
    """What the program has planned to say by itself, in order."""
    found = [one for one in everything(service, enrollment) if is_response(one.step)]
    return sorted(found, key=lambda one: one.round)


def response_kinds(service: Service, enrollment: str) -> list[str]:
    return [one.step.removeprefix("response-") for one in responses(service, enrollment)]


def rows(service: Service, name: str) -> list[dict[str, Any]]:
    """All of a table, in the order of its key: a database that is asked for none may give any."""
    table = tables.metadata.tables[name]
    with reading(service.engine) as connection:
        return as_dicts(connection.execute(select(table).order_by(*table.primary_key)))


def the_tasks(service: Service, kind: str) -> list[dict[str, Any]]:
    return [task for task in tasks(service) if task["kind"] == kind]


def lookup(service: Service, phone: str) -> str:
    return address_lookup(service.vault, Channel.SMS, phone)


def asked(service: Service, clock: ManualClock, key: str = "arrival-call", **changes: Any) -> tuple[str, Transports]:
    """A patient of an afternoon who has just been asked the question of a step."""
    transports, id_ = in_memory(clock), enrolled_id(service, **{"procedure": "2026-12-08 13:00"} | changes)
    send_due(service, transports)
    ask(service, clock, transports, id_, key)
    return id_, transports


def ask(service: Service, clock: ManualClock, transports: Transports, id_: str, key: str) -> None:
    """Bring one step to its time, and send it."""
    step = the_reminder(service, id_, key)
    if step.send_at is not None and step.send_at > clock.now():
        clock.move_to(step.send_at)
    send_due(service, transports)
    assert the_reminder(service, id_, key).state is State.SENT


def at(clock: ManualClock, text: str) -> None:
    clock.move_to(local(text))
