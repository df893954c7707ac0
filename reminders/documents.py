"""The JSON documents of the command line and the pages: stable names, UTC instants as 2026-12-02T15:00:00Z."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from reminders.approving import Approved, ApprovedDrug
from reminders.changes.changing import Changed
from reminders.corresponding import Correspondence, Message
from reminders.enrollment import Enrolled
from reminders.health.reconciling import Reconciled
from reminders.looking import Listed, Shown
from reminders.pausing import Paused
from reminders.protocols import ProtocolVersion
from reminders.records import Caregiver, Reminder
from reminders.reporting import SiteDay
from reminders.settling.unsettled import Settled, Unknown
from reminders.staff_texts import Written
from schedules.changes import Change
from schedules.medications import Medication
from schedules.timeline import PlannedReminder, Timeline

Document = dict[str, Any]


def utc(instant: datetime | None) -> str | None:
    """An instant in UTC, to the second."""
    return None if instant is None else instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def local(instant: datetime | None, zone: ZoneInfo) -> str | None:
    """An instant on a zone's clock, with its offset."""
    return None if instant is None else instant.astimezone(zone).isoformat(timespec="seconds")


def _anchors(anchors: Mapping[str, datetime]) -> Document:
    return {name: utc(instant) for name, instant in anchors.items()}


def timeline(planned: Timeline) -> Document:
    """A computed timeline."""
    return {
        "protocol": planned.protocol,
        "version": planned.version,
        "anchors": _anchors(planned.anchors),
        "reminders": [_planned(reminder) for reminder in planned.reminders],
    }


def _planned(reminder: PlannedReminder) -> Document:
    return {
        "key": reminder.key,
        "step": reminder.step.key,
        "send_at": utc(reminder.send_at),
        "local": local(reminder.send_at, reminder.zone),
        "not_before": utc(reminder.not_before),
        "not_after": utc(reminder.not_after),
        "status": str(reminder.status),
        "waits_for": [str(fact) for fact in reminder.waits_for],
        "channels": [str(channel) for channel in reminder.channels],
        "why": list(reminder.why),
    }


def enrolled(done: Enrolled) -> Document:
    return {
        "enrollment": done.enrollment,
        "timeline": timeline(done.timeline),
        "warnings": list(done.warnings),
        "tasks": [task(row) for row in done.tasks],
    }


def task(row: Mapping[str, Any]) -> Document:
    """A line of the worklist; with what a person wrote, where whoever asks has opened it."""
    written = {key: row[key] for key in ("text", "from") if key in row}
    return {
        "task": row["id"],
        "kind": row["kind"],
        "reason": row["reason"],
        "due": utc(row["due_at"]),
        "urgent": row["urgent"],
        "enrollment": row["enrollment"],
        "state": row["state"],
    } | written


def tasks(rows: Iterable[Mapping[str, Any]]) -> Document:
    return {"tasks": [task(row) for row in rows]}


def enrollments(rows: Iterable[Mapping[str, Any]]) -> Document:
    return {
        "enrollments": [
            {
                "enrollment": row["id"],
                "name": row["name"],
                "procedure": utc(row["start_at"]),
                "hour_known": row["hour_known"],
                "site": row["site"],
                "status": row["status"],
                "next": utc(row["next"]),
            }
            for row in rows
        ]
    }


def shown(found: Shown) -> Document:
    enrollment, protocol = found.enrollment, found.version.protocol
    deliveries: dict[int, list[Document]] = {}
    for row in found.deliveries:
        deliveries.setdefault(row["reminder"], []).append(_delivery(row))
    stored = [_stored(reminder, deliveries.get(reminder.id, [])) for reminder in found.reminders]
    return {
        "enrollment": enrollment.id,
        "name": enrollment.contact.name,
        "procedure": utc(enrollment.start_at),
        "hour_known": enrollment.hour_known,
        "arrival": utc(enrollment.arrival_at),
        "visit": utc(enrollment.visit_at),
        "site": enrollment.site,
        "zone": enrollment.zone,
        "language": enrollment.language,
        "status": enrollment.status,
        "sedation": enrollment.sedation,
        "detailed": enrollment.detailed,
        "consent": [str(channel) for channel in enrollment.consents],
        "holds": [
            {"drug": h.drug, "days": h.days, "resume_days": h.resume_days, "ordered_by": h.ordered_by}
            for h in enrollment.holds
        ],
        "takes": list(enrollment.takes),
        "caregivers": [caregiver(each) for each in enrollment.caregivers],
        "timeline": {
            "protocol": protocol.name,
            "version": protocol.version,
            "anchors": _anchors(found.anchors),
            "reminders": stored,
        },
        "tasks": [task(row) for row in found.tasks],
    }


def caregiver(one: Caregiver) -> Document:
    """A second contact, without an address."""
    return {
        "caregiver": one.label,
        "name": one.name,
        "channel": str(one.channel),
        "language": one.language,
        "steps": list(one.steps),
        "open": one.open,
    }


def _stored(reminder: Reminder, deliveries: list[Document]) -> Document:
    ended_unsent = str(reminder.state) in ("missed", "skipped")
    return {
        "key": reminder.key,
        "step": reminder.step,
        "send_at": None if ended_unsent else utc(reminder.send_at),
        "local": None if ended_unsent else local(reminder.send_at, ZoneInfo(reminder.zone)),
        "not_before": utc(reminder.not_before),
        "not_after": utc(reminder.not_after),
        "status": str(reminder.state) if ended_unsent else "planned",
        "waits_for": list(reminder.waits_for),
        "channels": [str(channel) for channel in reminder.channels],
        "why": list(reminder.why),
        "state": str(reminder.state),
        "reason": reminder.reason,
        "round": reminder.round,
        "deliveries": deliveries,
    }


def _delivery(row: Mapping[str, Any]) -> Document:
    return {
        "delivery": row["id"],
        "channel": row["channel"],
        "transport": row["transport"],
        "state": row["state"],
        "intended_at": utc(row["intended_at"]),
        "settled_at": utc(row["settled_at"]),
        "provider_id": row["provider_id"],
        "code": row["code"],
        "reason": row["reason"],
        "segments": row["segments"],
    }


def history(found: Shown) -> Document:
    return {
        "enrollment": found.enrollment.id,
        "events": [
            {
                "at": utc(event["at"]),
                "by": event["by"],
                "action": event["action"],
                "from": event["before"],
                "to": event["after"],
                "note": event["note"],
            }
            for event in found.events
        ],
        "deliveries": [_delivery(row) | {"key": _key_of(found, row)} for row in found.deliveries],
    }


def _key_of(found: Shown, delivery: Mapping[str, Any]) -> str | None:
    return next((reminder.key for reminder in found.reminders if reminder.id == delivery["reminder"]), None)


def changed(done: Changed) -> Document:
    return {
        "enrollment": done.enrollment,
        "moved": [_moved(change) for change in done.moved],
        "withdrawn": [{"key": key, "reason": reason} for key, reason in done.withdrawn],
        "already_sent": [
            {"key": reminder.key, "sent_at": utc(reminder.changed_at), "state": str(reminder.state)}
            for reminder in done.already_sent
        ],
        "corrections": [{"key": key, "send_at": utc(send_at)} for key, send_at in done.corrections],
        "tasks": [task(row) for row in done.tasks],
    }


def _moved(change: Change) -> Document:
    moved_to = change.planned.send_at if change.planned else None
    return {"key": change.key, "from": utc(change.old_send_at), "to": utc(moved_to)}


def protocol_summary(version: ProtocolVersion) -> Document:
    protocol = version.protocol
    return {
        "protocol": protocol.name,
        "version": protocol.version,
        "title": protocol.title,
        "languages": list(version.languages),
        "steps": [step.key for step in protocol.steps],
        "content": version.content_hash,
    }


def protocols(listed: Iterable[Listed]) -> Document:
    return {"protocols": [_listed(item) for item in listed]}


def _listed(item: Listed) -> Document:
    unread: Document = {
        "protocol": item.name,
        "version": None,
        "title": None,
        "languages": [],
        "steps": [],
        "content": None,
    }
    return {
        **(protocol_summary(item.version) if item.version else unread),
        "approved_by": item.approved_by,
        "approved_at": utc(item.approved_at),
        "error": item.error,
    }


def protocol(version: ProtocolVersion) -> Document:
    """A protocol as its clinicians wrote it, step by step."""
    from schedules.reading import parse_toml

    data = parse_toml("protocol.toml", version.files["protocol.toml"]).data
    return protocol_summary(version) | {"window": data["window"], "steps": data["step"]}


def approved(done: Approved) -> Document:
    answered = {"approved_by": done.by, "approved_at": utc(done.at)}
    return protocol_summary(done.version) | answered | {"is_new": done.is_new, "released": done.released}


def approved_drug(done: ApprovedDrug) -> Document:
    answered = {"by": done.by, "approved_at": utc(done.at)}
    return {"drug": done.drug} | answered | {"is_new": done.is_new, "released": done.released}


def day_report(reports: Iterable[SiteDay]) -> Document:
    return {
        "sites": [
            {
                "site": report.site,
                "day": report.day.isoformat(),
                "due": report.due,
                **report.counts,
                "differences": list(report.differences),
            }
            for report in reports
        ]
    }


def medications(listed: Iterable[tuple[Medication, str | None]]) -> Document:
    return {
        "medications": [
            {
                "drug": row.name,
                "brands": list(row.brands),
                "hold_days": list(row.hold_days) if row.hold_days else None,
                "sources": row.sources,
                "approved_by": approved_by,
            }
            for row, approved_by in listed
        ]
    }


def messages(found: Correspondence) -> Document:
    """What went out and came in; `to` is whom a message went to or, of a reply, whom it came from."""
    return {"enrollment": found.enrollment, "messages": [_message(one, found.shows_text) for one in found.messages]}


def _message(one: Message, shows_text: bool) -> Document:
    return {
        "at": utc(one.at),
        "direction": one.direction,
        "channel": one.channel,
        "key": one.key,
        "to": one.party,
        "state": one.state,
        "receipt": one.receipt,
        "code": one.code,
        "delivery": one.delivery,
        "with": one.leader,
        "media": one.media,
    } | ({"text": one.text} if shows_text else {})


def written(done: Written) -> Document:
    return {
        "enrollment": done.enrollment,
        "reminder": done.reminder,
        "round": done.round,
        "send_at": utc(done.send_at),
        "segments": done.segments,
        "urgent": done.urgent,
    }


def paused(done: Paused) -> Document:
    return {"scope": done.scope, "paused": done.paused, "by": done.by, "at": utc(done.at), "reason": done.reason}


def reconciled(done: Reconciled) -> Document:
    """What a reconciliation after a restored backup came to."""
    return {
        "since": utc(done.behind.since),
        "until": utc(done.behind.until),
        "missed": done.missed,
        "unconfirmed": done.unconfirmed,
        "tasks": done.tasks,
    }


def unknown(found: Iterable[Unknown]) -> Document:
    """Deliveries of unknown outcome: identifiers alone, no address and no text."""
    return {"unknown": [_unknown(one) for one in found]}


def _unknown(one: Unknown) -> Document:
    return {
        "delivery": one.delivery,
        "enrollment": one.enrollment,
        "key": one.key,
        "channel": one.channel,
        "transport": one.transport,
        "since": utc(one.since),
        "looks": one.looks,
        "next_look": utc(one.next_look),
        "can_look_up": one.can_look_up,
        "task": one.task,
    }


def settled(done: Settled) -> Document:
    """What a person's word made of an unknown delivery."""
    reminders = [{"key": key, "state": state, "reason": reason} for key, state, reason in done.reminders]
    return {"delivery": done.delivery, "enrollment": done.enrollment, "state": str(done.state), "reminders": reminders}
