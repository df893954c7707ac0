"""What the database keeps, as frozen values; personal fields stay out of `repr`."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from reminders.lifecycle import State
from schedules.procedure import CopyTo, Hold, Procedure
from schedules.protocol import Channel

FIRST, IN_TURN = 0, 1
"""How urgent a reminder is: what leaves first leaves before whatever else is due."""
RUNNING = ("active", "completed")
"""The states of an enrollment whose plan still goes on."""
OPTED_OUT = "opted out"
"""Why an opt-out closes a consent; START reopens what was closed for this."""
CONFIRMED = "confirmed by the patient"
"""Why what would ask the same again is withdrawn."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Consent:
    """What a patient agreed to for one channel."""

    channel: Channel
    granted_at: datetime
    granted_by: str
    wording: str
    detailed: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Contact:
    """How a patient is reached; None where no address was given."""

    name: str = field(repr=False)
    phone: str | None = field(default=None, repr=False)
    email: str | None = field(default=None, repr=False)
    mrn: str | None = field(default=None, repr=False)

    def address(self, channel: Channel) -> str | None:
        return self.email if channel is Channel.EMAIL else self.phone

    @property
    def first_name(self) -> str:
        return self.name.split()[0]


@dataclass(frozen=True, kw_only=True, slots=True)
class Caregiver:
    """A second contact, who gets copies of the steps the patient agreed to share; the consent is their own."""

    label: str
    channel: Channel
    language: str
    steps: tuple[str, ...]
    name: str = field(repr=False)
    phone: str | None = field(default=None, repr=False)
    email: str | None = field(default=None, repr=False)
    granted_at: datetime
    granted_by: str
    wording: str
    closed_at: datetime | None = None

    @property
    def open(self) -> bool:
        return self.closed_at is None

    @property
    def address(self) -> str:
        return (self.email if self.channel is Channel.EMAIL else self.phone) or ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Enrollment:
    """One patient, one procedure, one protocol version; every instant is aware UTC.

    A channel the patient has `opted_out` of stays in the plan: each step comes to its time, and then goes by another
    channel or becomes a call; START brings it back.
    """

    id: str
    site: str
    protocol_hash: str
    language: str
    zone: str
    detailed: bool
    status: str
    revision: int
    start_at: datetime
    hour_known: bool
    enrolled_at: datetime
    sedation: str
    contact: Contact
    ended_at: datetime | None = None
    visit_at: datetime | None = None
    arrival_at: datetime | None = None
    cancelled_at: datetime | None = None
    cancel_reason: str | None = None
    holds: tuple[Hold, ...] = ()
    takes: tuple[str, ...] = ()
    consents: Mapping[Channel, Consent] = field(default_factory=dict)
    opted_out: tuple[Channel, ...] = ()
    caregivers: tuple[Caregiver, ...] = ()

    @property
    def open_caregivers(self) -> tuple[Caregiver, ...]:
        return tuple(caregiver for caregiver in self.caregivers if caregiver.open)

    def caregiver(self, label: str) -> Caregiver | None:
        """The caregiver of a label, while their consent is open."""
        return next((caregiver for caregiver in self.open_caregivers if caregiver.label == label), None)

    def as_read_by(self, recipient: str | None) -> "Enrollment":
        """The enrollment as a message speaks of it: to a caregiver in their language, and always discreetly."""
        if recipient is None:
            return self
        language = next((each.language for each in self.caregivers if each.label == recipient), self.language)
        return replace(self, language=language, detailed=False)

    def channels_of(self, recipient: str | None) -> tuple[Channel, ...]:
        """The channels open to the patient (None) or to a caregiver, in the order of consent."""
        if recipient is None:
            return tuple(self.consents)
        caregiver = self.caregiver(recipient)
        return () if caregiver is None else (caregiver.channel,)

    def address(self, channel: Channel, recipient: str | None, *, unconsented: bool = False) -> str | None:
        """Where a message to the patient (None) or to a caregiver may go by a channel; None without open consent.

        `unconsented`: what may leave without it goes to whatever address there is.
        """
        if recipient is None:
            return self.contact.address(channel) if unconsented or channel in self.consents else None
        if unconsented:
            known = (each for each in self.caregivers if each.label == recipient)
            return next((each.email if channel is Channel.EMAIL else each.phone for each in known), None)
        caregiver = self.caregiver(recipient)
        return caregiver.address if caregiver is not None and caregiver.channel is channel else None

    @property
    def procedure(self) -> Procedure:
        return Procedure(
            enrolled=self.enrolled_at,
            start=self.start_at,
            hour_known=self.hour_known,
            ended=self.ended_at,
            visit=self.visit_at,
            sedation=self.sedation,
            holds=self.holds,
            consented=(*self.consents, *self.opted_out),
            copies=tuple(CopyTo(label=c.label, channel=c.channel, steps=c.steps) for c in self.open_caregivers),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Reminder:
    """One planned message as stored; `send_at` is its plan, `due_at` the next instant to look at it (UTC)."""

    id: int
    enrollment: str
    key: str
    step: str
    position: int
    round: int
    revision: int
    state: State
    reason: str | None
    send_at: datetime | None
    due_at: datetime | None
    not_before: datetime | None
    not_after: datetime | None
    zone: str
    channels: tuple[Channel, ...]
    channel: Channel | None
    waits_for: tuple[str, ...]
    why: tuple[str, ...]
    drug: str | None
    copy_of: str | None
    doubted_drugs: tuple[str, ...]  # of a correction: the drugs whose announced plan it says to wait with
    late: bool
    attempts: int
    fence: int
    changed_at: datetime
    recipient: str | None = None  # a caregiver's label; None is the patient
    joins: str | None = None  # reminders of the enrollment with the same word here leave as one message
    about: str | None = None  # the reply that a response or a staff text answers
    content: bytes | None = field(default=None, repr=False)  # staff's own words, sealed

    @classmethod
    def from_row(cls, row: Mapping[Any, Any]) -> "Reminder":
        values = {name: row[name] for name in cls.__slots__}
        values["state"] = State(row["state"])
        values["channel"] = Channel(row["channel"]) if row["channel"] else None
        values["channels"] = tuple(Channel(word) for word in row["channels"])
        return cls(**values | {name: tuple(row[name] or ()) for name in ("waits_for", "why", "doubted_drugs")})


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """A line of the worklist; `cause` makes sure that one cause opens one task."""

    kind: str
    cause: str
    reason: str
    due_at: datetime
    urgent: bool
    enrollment: str | None
    site: str
    about: str | None = None  # the reply it is about
