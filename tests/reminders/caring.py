"""A patient whose daughter gets copies, for the tests of caregivers."""

from collections.abc import Mapping
from typing import Any

from reminders.changes.caregivers import NewCaregiver, add_caregiver, remove_caregiver
from reminders.changes.changing import Changed
from reminders.consent import address_lookup
from reminders.database.caregivers import close_caregiver
from reminders.records import OPTED_OUT
from reminders.service import Service
from reminders.transports.base import OutboundMessage
from reminders.transports.memory import MemoryTransport
from schedules.protocol import Channel
from tests.reminders.builders import enrolled_id

PATIENT, SAM, LEE = "+12125550110", "+12125550111", "+12125550112"
STEPS = "welcome,stop,ride,arrival-call,after-care,resume"


def cared_for(service: Service, *, patient: Mapping[str, Any] | None = None, **caregiver: Any) -> str:
    """A patient and one caregiver, Sam, by text in English."""
    id_ = enrolled_id(service, **{"phone": PATIENT} | dict(patient or {}))
    add(service, id_, **caregiver)
    return id_


def add(service: Service, id_: str, **changes: Any) -> Changed:
    how = {name: changes.pop(name) for name in ("by", "dry_run") if name in changes}
    values: dict[str, Any] = {"name": "Sam Example", "channel": "sms", "phone": SAM, "steps": STEPS} | changes
    return add_caregiver(service, id_, NewCaregiver(**values), **{"by": "coordinator"} | how)[0]


def remove(service: Service, id_: str, label: str = "care1", **changes: Any) -> Changed:
    return remove_caregiver(service, id_, label, **{"by": "coordinator"} | changes)


def opt_out(service: Service, address: str = SAM, channel: Channel = Channel.SMS) -> list[str]:
    """As the part that reads replies does it."""
    lookup = address_lookup(service.vault, channel, address)
    now = service.clock.now()
    with service.engine.begin() as connection:
        return close_caregiver(connection, lookup, by="reply", reason=OPTED_OUT, now=now, channel=channel)


def to_whom(transports: Mapping[Channel, MemoryTransport], address: str) -> list[OutboundMessage]:
    """What providers were asked to send to one address, channel by channel."""
    return [message for transport in transports.values() for message in transport.calls if message.to == address]


def keys_to(transports: Mapping[Channel, MemoryTransport], address: str) -> list[str]:
    return [message.key for message in to_whom(transports, address)]
