"""Caregivers: a second contact is added or removed, and the plan follows in the same commit.

A caregiver's consent is their own, for one number or mailbox. The patient's is touched by nothing here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from reminders.booking import channel_warnings
from reminders.changes.changing import Changed, Revision, Work, change, revise
from reminders.consent import CAREGIVER_WORDING_VERSION, address_lookup
from reminders.database import caregivers as store
from reminders.database import inbound, queries
from reminders.errors import InputError
from reminders.inputs import read_choice, read_email, read_line, read_phone, region_of
from reminders.records import Caregiver, Contact, Enrollment
from reminders.service import Service
from reminders.sites import find_site
from schedules.protocol import Channel

MOST = 2  # with open consent at a time
LABEL = "care"
BODY_NAMES = "the body of an e-mail names the procedure and the medicines: the patient must have agreed to that"


@dataclass(frozen=True, kw_only=True, slots=True)
class NewCaregiver:
    """What a coordinator typed about a second contact; `steps` are keys joined by commas."""

    name: str = field(repr=False)
    channel: str
    steps: str
    phone: str | None = field(default=None, repr=False)
    email: str | None = field(default=None, repr=False)
    language: str | None = None  # None: the patient's


def add_caregiver(
    service: Service, typed_id: str, new: NewCaregiver, *, by: str, dry_run: bool = False
) -> tuple[Changed, Caregiver]:
    """Copies of some steps go to a second contact from now on; what is still worth saying of them is said soon."""
    added: list[Caregiver] = []

    def act(work: Work) -> Changed:
        added.append(_read(work, new))
        return _add(work, added[0])

    return change(service, typed_id, act, by=by, dry_run=dry_run), added[0]


def remove_caregiver(service: Service, typed_id: str, label: str, *, by: str, dry_run: bool = False) -> Changed:
    """No more copies for one of the caregivers; what they were told stays in the history."""
    return change(service, typed_id, lambda work: _remove(work, label), by=by, dry_run=dry_run)


def _add(work: Work, caregiver: Caregiver) -> Changed:
    before, vault = work.before, work.service.vault
    lookup = address_lookup(vault, caregiver.channel, caregiver.address)
    inbound.one_at_a_time(work.connection, lookup)  # an opt-out at this moment is seen here, or closes what is stored
    if inbound.is_opted_out(work.connection, lookup, caregiver.channel):
        raise InputError(f"{_option(caregiver.channel)}: {_OPTED_OUT[caregiver.channel]}")
    store.insert_caregiver(work.connection, vault, before.id, caregiver, address_lookup=lookup)
    work.log("caregiver-added", {}, {"caregiver": caregiver.label, **_told_of(caregiver)})
    queries.change_enrollment(work.connection, before.id)
    warnings = channel_warnings((caregiver.channel,), work.service.settings)
    if caregiver.channel is Channel.EMAIL:
        warnings = (*warnings, BODY_NAMES)
    return revise(work, work.reload(), Revision(warnings=warnings))


def _told_of(caregiver: Caregiver) -> Mapping[str, Any]:
    """What the history may say of a caregiver."""
    return {"channel": str(caregiver.channel), "language": caregiver.language, "steps": list(caregiver.steps)}


def _remove(work: Work, label: str) -> Changed:
    before = work.before
    caregiver = before.caregiver(label)
    if caregiver is None:
        known = ", ".join(each.label for each in before.open_caregivers) or "it has none"
        raise InputError(f"LABEL: {label!r} is no caregiver of {before.id} with open consent ({known})")
    store.close_one(work.connection, before.id, label, by=work.by, reason="removed", now=work.now)
    work.log("caregiver-removed", {"caregiver": label, **_told_of(caregiver)}, {})
    queries.change_enrollment(work.connection, before.id)
    return revise(work, work.reload(), Revision())


# What was typed


def _read(work: Work, new: NewCaregiver) -> Caregiver:
    before, region = work.before, region_of(find_site(work.service.settings, work.before.site).phone)
    if len(before.open_caregivers) >= MOST:
        raise InputError(f"enrollment {before.id} has {MOST} caregivers, and no more can be added; remove one first")
    channel = Channel(read_choice("--channel", new.channel, list(Channel)))
    caregiver = Caregiver(
        label=f"{LABEL}{len(before.caregivers) + 1}",  # never one used before: its messages stand in the history
        channel=channel,
        language=_language(work, new.language),
        steps=_steps(work, new.steps, channel),
        name=read_line("--name", new.name),
        phone=read_phone("--phone", new.phone, region) if new.phone else None,
        email=read_email("--email", new.email) if new.email else None,
        granted_at=work.now,
        granted_by=work.by,
        wording=CAREGIVER_WORDING_VERSION,
    )
    _check_address(work, caregiver)
    return caregiver


def _option(channel: Channel) -> str:
    return "--email" if channel is Channel.EMAIL else "--phone"


_OPTED_OUT = {
    Channel.SMS: "this number has opted out of texts; they come again once START is texted from it",
    Channel.VOICE: "this number has asked for no more calls",
    Channel.EMAIL: "this mailbox has asked for no more e-mails",
}


def _check_address(work: Work, caregiver: Caregiver) -> None:
    """A channel needs an address that is nobody else's of this enrollment: an opt-out is the number's."""
    if not caregiver.address:
        raise InputError(f"--channel: {caregiver.channel} needs {_option(caregiver.channel)}")
    patient = work.before.contact
    if option := _shared(caregiver, patient):
        raise InputError(f"{option}: this is the patient's own; a caregiver is reached elsewhere")
    for other in work.before.open_caregivers:
        if option := _shared(caregiver, other):
            raise InputError(f"{option}: this is caregiver {other.label}'s already")


def _shared(one: Caregiver | Contact, other: Caregiver | Contact) -> str | None:
    """The option under which two have the same address."""
    if one.phone is not None and one.phone == other.phone:
        return "--phone"
    same_mailbox = one.email is not None and other.email is not None and one.email.lower() == other.email.lower()
    return "--email" if same_mailbox else None


def check_patients_address(enrollment: Enrollment, contact: Contact) -> None:
    """Refuse an address of the patient's that is a caregiver's: an opt-out there would silence both."""
    for caregiver in enrollment.open_caregivers:
        if option := _shared(caregiver, contact):
            raise InputError(f"{option}: this is caregiver {caregiver.label}'s; remove that one first")


def _language(work: Work, typed: str | None) -> str:
    languages = [code for code in work.version.languages if work.version.messages[code].copies is not None]
    if not languages:
        raise InputError(
            f"protocol {work.version.protocol.name} has no [copies] texts: it sends no copies to caregivers"
        )
    if typed is None and work.before.language in languages:
        return work.before.language
    return read_choice("--language", typed or work.before.language, languages)


def _steps(work: Work, typed: str, channel: Channel) -> tuple[str, ...]:
    """The steps to share, in table order; by phone always the first one, which says who we are and how to stop."""
    protocol = work.version.protocol
    named = [word.strip() for word in typed.split(",") if word.strip()]
    if not named:
        raise InputError(f"--steps: name at least one of {', '.join(step.key for step in protocol.steps)}")
    wanted = {read_choice("--steps", word, [step.key for step in protocol.steps]) for word in named}
    for step in protocol.steps:
        if step.key in wanted and channel not in step.channels:
            raise InputError(f"--steps: {step.key} does not go by {channel}; it goes by {', '.join(step.channels)}")
    if channel is not Channel.EMAIL:
        wanted |= {step.key for step in protocol.steps if step.first and channel in step.channels}
    return tuple(step.key for step in protocol.steps if step.key in wanted)
