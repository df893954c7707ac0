"""What staff learn after enrollment: a prescriber's order, a new phone, another time zone."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from reminders import worklist
from reminders.booking import channel_warnings, read_orders
from reminders.changes.caregivers import check_patients_address
from reminders.changes.changing import Changed, Revision, Work, change, revise
from reminders.consent import WORDING_VERSION, require_address, shut_opted_out, shut_warnings
from reminders.database import queries, revisions, worklog
from reminders.enrollment import lookups_of
from reminders.errors import InputError
from reminders.inputs import read_channels, read_choice, read_email, read_line, read_phone, read_zone, region_of
from reminders.lifecycle import State
from reminders.records import Consent, Contact, Enrollment
from reminders.service import Service
from reminders.sites import find_site
from schedules.corrections import Correction
from schedules.protocol import Channel


def order(
    service: Service,
    typed_id: str,
    *,
    holds: tuple[str, ...],
    resumes: tuple[str, ...] = (),
    ordered_by: str | None,
    by: str,
    dry_run: bool = False,
) -> Changed:
    """Record a prescriber's order: new, changed, or confirmed after a change had put it in doubt."""

    def act(work: Work) -> Changed:
        return _order(work, holds, resumes, ordered_by)

    return change(service, typed_id, act, by=by, dry_run=dry_run)


def _order(work: Work, holds: tuple[str, ...], resumes: tuple[str, ...], ordered_by: str | None) -> Changed:
    before, medications = work.before, work.service.medications
    if not holds:
        raise InputError("--hold: is required, as in --hold warfarin=5")
    orders, warnings = read_orders(holds, resumes, ordered_by, medications)
    old = {hold.drug: asdict(hold) for hold in before.holds}
    queries.change_enrollment(work.connection, before.id)
    revisions.record_orders(work.connection, before.id, orders, by=work.by, now=work.now)
    work.log("order", {"holds": old}, {"holds": {one.drug: asdict(one) for one in orders}})
    after = work.reload()
    named = {hold.drug for hold in after.holds}
    if not any(drug not in named and medications.row(drug).blood_thinner for drug in after.takes):
        revisions.finish_by_kind(work.connection, before.id, "order-missing", by=work.by, now=work.now)
    resumed = [one for one in orders if one.resume_days is not None]
    for one in resumed:
        worklog.finish_by_cause(work.connection, f"{before.id}:restart:{one.drug}", by=work.by, now=work.now)
    thinners = [drug for drug in dict.fromkeys((*after.takes, *named)) if medications.row(drug).blood_thinner]
    tasks = worklist.order_tasks(after, thinners, (), work.place, work.now)
    warnings = (*warnings, *_never_told(work, [one.drug for one in resumed]))
    return revise(work, after, Revision(kind=Correction.PLAN, tasks=tasks, warnings=warnings))


def _never_told(work: Work, resumed: list[str]) -> list[str]:
    """A resume whose stop did not surely leave is never sent by itself, whatever is ordered now: say so."""
    latest = {reminder.key: reminder for reminder in queries.reminders_of(work.connection, work.before.id)}
    over = {State.MISSED, State.FAILED, State.UNKNOWN}
    found = []
    for step in work.version.protocol.steps:
        for drug in resumed:
            told = latest.get(f"{step.needs_sent}:{drug}") if step.needs_sent else None
            if told is not None and told.state in over:
                why = "was not sent" if told.state is State.MISSED else "may not have arrived"
                found.append(f"{step.key}:{drug} stays with staff: {told.key} {why}; tell the patient in person")
    return found


@dataclass(frozen=True, kw_only=True, slots=True)
class NewContact:
    """What changed about reaching the patient; None is "as before"."""

    name: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)
    email: str | None = field(default=None, repr=False)
    zone: str | None = None
    language: str | None = None
    consent: str | None = None
    detailed: bool | None = None


def change_contact(service: Service, typed_id: str, new: NewContact, *, by: str, dry_run: bool = False) -> Changed:
    """Reach the patient another way; what was refused by the old contact is tried again."""
    return change(service, typed_id, lambda work: _contact(work, new), by=by, dry_run=dry_run)


def _contact(work: Work, new: NewContact) -> Changed:
    before = work.before
    if new == NewContact():
        raise InputError("contact: say what changed, as in --phone +12125550123")
    contact, values = _read(work, new), _read_values(work, new)
    if _as_before(before, contact, values, new.consent):
        return Changed(enrollment=before.id, note="that is how it is recorded already; nothing was changed")
    check_patients_address(before, contact)
    after = replace(before, contact=contact)
    queries.change_enrollment(work.connection, before.id, **values)
    vault = work.service.vault
    queries.change_contact(work.connection, vault, after, lookups_of(vault, after, work.place))
    changed = [name for name in ("name", "phone", "email", "consent") if getattr(new, name) is not None]
    work.log("contact", {}, {"changed": changed} | values)
    shut = _consents(work, new, contact)
    reached_anew = new.phone is not None or new.email is not None or new.consent is not None
    after = work.reload()
    warnings = channel_warnings(after.consents, work.service.settings) if new.consent is not None else ()
    tasks = [worklist.shut_task(after, channel, work.place, work.now) for channel in shut]
    return revise(work, after, Revision(again=reached_anew, tasks=tasks, warnings=(*warnings, *shut_warnings(shut))))


def _read(work: Work, new: NewContact) -> Contact:
    old = work.before.contact
    region = region_of(find_site(work.service.settings, work.before.site).phone)
    return replace(
        old,
        name=read_line("--name", new.name) if new.name is not None else old.name,
        phone=read_phone("--phone", new.phone, region) if new.phone is not None else old.phone,
        email=read_email("--email", new.email) if new.email is not None else old.email,
    )


def _read_values(work: Work, new: NewContact) -> dict[str, Any]:
    """What was named of the enrollment's own row."""
    values: dict[str, Any] = {}
    if new.zone is not None:
        values["zone"] = read_zone("--zone", new.zone).key
    if new.language is not None:
        values["language"] = read_choice("--language", new.language, work.version.languages)
    if new.detailed is not None:
        values["detailed"] = new.detailed
    return values


def _as_before(before: Enrollment, contact: Contact, values: Mapping[str, Any], consent: str | None) -> bool:
    """Whether everything named is recorded already; a consent, too, in its present wording and by all it names."""
    same = contact == before.contact and all(getattr(before, name) == value for name, value in values.items())
    if consent is None:
        return same
    wanted = read_channels("--consent", consent)
    current = all(each.wording == WORDING_VERSION for each in before.consents.values())
    return same and wanted == tuple(before.consents) and current and not before.opted_out


def _consents(work: Work, new: NewContact, contact: Contact) -> tuple[Channel, ...]:
    """Consent is for an address: a new one is a new consent, by whoever recorded it.

    The channels that stay shut all the same: their address has opted out, and only it can take that back.
    """
    before = work.before
    wanted = read_channels("--consent", new.consent) if new.consent is not None else tuple(before.consents)
    for channel in wanted:
        require_address(channel, contact)
    detailed = before.detailed if new.detailed is None else new.detailed
    moved = {c for c in (*before.consents, *wanted) if contact.address(c) != before.contact.address(c)}
    reopened = new.consent is not None or new.detailed is not None
    stale = [c for c in before.consents if c not in wanted or c in moved or reopened]
    for channel in stale:
        revisions.close_own_consent(work.connection, before.id, channel, by=work.by, now=work.now)
    fresh = [
        Consent(channel=channel, granted_at=work.now, granted_by=work.by, wording=WORDING_VERSION, detailed=detailed)
        for channel in wanted
        if channel in stale or channel not in before.consents
    ]
    queries.insert_consents(work.connection, before.id, fresh)
    after, fresh_channels = replace(before, contact=contact), [consent.channel for consent in fresh]
    return shut_opted_out(work.connection, work.service.vault, after, fresh_channels, by=work.by, now=work.now)
