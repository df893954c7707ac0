"""The far end of a call: somebody or something picks up, and the provider asks the program what to say.

The rule: every word that is heard is the program's own answer; only who picks up, and which key is pressed, is made up.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree

from reminders.database import queries
from reminders.database.engine import reading
from reminders.hooks.apply import apply_status
from reminders.hooks.base import CallEvent, StatusEvent
from reminders.hooks.calls import call_script
from reminders.service import Service
from reminders.transports.memory import Taken
from reminders.transports.twilio_call_states import call_status
from reminders.transports.twiml import CONFIRM

COURSE = ("initiated", "ringing", "in-progress", "completed")  # a provider's words about a call that is answered


@dataclass(frozen=True, kw_only=True, slots=True)
class Pickup:
    """Who answers, in Twilio's word, and the key that is then pressed."""

    by: str
    key: str | None = None


PERSON, MACHINE = Pickup(by="human", key=CONFIRM), Pickup(by="machine_end_beep")


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """A call as it went: who answered, each sentence said, and what the delivery came to (`reason` is for staff)."""

    pickup: Pickup
    words: tuple[str, ...] = field(repr=False)
    state: str
    reason: str | None


def play_call(service: Service, taken: Taken, pickup: Pickup) -> Heard:
    """Let a call that the provider took be answered, and its receipts come in."""
    words = list(_said(_turn(service, taken, pickup, None), until_key=pickup.key is not None))
    if pickup.key is not None:
        words += _said(_turn(service, taken, pickup, pickup.key), until_key=False)
    for status in COURSE:
        report_call(service, taken, status, answered_by=pickup.by if status == COURSE[-1] else None)
    delivery = _delivery(service, taken)
    return Heard(pickup=pickup, words=tuple(words), state=delivery["state"], reason=delivery["reason"])


def _turn(service: Service, taken: Taken, pickup: Pickup, digits: str | None) -> str:
    event = CallEvent(
        provider_id=taken.provider_id,
        delivery=taken.message.delivery_id,
        answered_by=pickup.by,
        digits=digits,
        again=0,
    )
    return call_script(service, event)


def _said(script: str, *, until_key: bool) -> Iterator[str]:
    """What is spoken: with `until_key` only what is said while a key is awaited, for then one is pressed."""
    for part in ElementTree.fromstring(script):  # noqa: S314 - the program's own answer, parsed a line after it was made
        yield from (said.text or "" for said in part.iter("Say"))
        if until_key and part.tag == "Gather":
            return


def report_call(service: Service, taken: Taken, status: str, *, answered_by: str | None = None) -> None:
    """Let the provider say how a call stands, in Twilio's words. ValueError for a word that is none of them."""
    meaning = call_status(status, answered_by)
    if meaning is None:
        raise ValueError(f"{status} is no word about a call")
    event = StatusEvent(
        provider="memory",
        provider_id=taken.provider_id,
        status=meaning.word,
        delivery=taken.message.delivery_id,
        code=None,
        reason=meaning.reason,
    )
    apply_status(service, event)


def _delivery(service: Service, taken: Taken) -> dict[str, Any]:
    with reading(service.engine) as connection:
        found = queries.deliveries_of(connection, taken.message.enrollment)
    return next(delivery for delivery in found if delivery["id"] == taken.message.delivery_id)
