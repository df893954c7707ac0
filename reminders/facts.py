"""What the placeholders of a text stand for, printed for one patient.

A fact that is not known is absent: an hour before it is booked, the end of the rest before the end is recorded.
Two plans say the same to the patient exactly when the facts their texts state are equal.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from reminders.printing import Printer
from schedules.procedure import Anchors, Hold, Place, Procedure
from schedules.protocol import Anchor, Channel

REST = timedelta(hours=24)
ONE_DAY = timedelta(days=1)

Facts = Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class SiteFacts:
    """What texts say of a site; phones in E.164, the fasting rule in the patient's language."""

    name: str
    phone: str
    address: str
    phone_after_hours: str | None = None
    fasting_rule: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """Everything one reminder's text may draw on; instants are aware UTC, None is "not known".

    `send_at` is the reminder's planned instant, `drug` the order it repeats for, `drug_name` that drug as the
    patient reads it, `call_by` when the task its step opens is due, `arrival` the recorded time to arrive.
    `first_name` is for patients who agreed to be named. `held_drugs` are the orders a change has put in doubt after
    they were announced, `held_drug_names` the same as the patient reads them.
    """

    language: str
    site: SiteFacts
    procedure: Procedure = field(repr=False)
    place: Place
    anchors: Anchors
    first_name: str | None = field(default=None, repr=False)
    send_at: datetime | None = None
    arrival: datetime | None = None
    call_by: datetime | None = None
    drug: str | None = None
    drug_name: str | None = None
    held_drugs: tuple[str, ...] = ()
    held_drug_names: tuple[str, ...] = ()


def facts_for(known: Known, channel: Channel = Channel.SMS) -> dict[str, str]:
    """The facts as a channel prints them: short to read, in full words to hear."""
    printer = Printer(
        language=known.language,
        site_zone=known.place.site_zone,
        patient_zone=known.place.patient_zone,
        spoken=channel is Channel.VOICE,
    )
    found = {
        "first_name": known.first_name,
        **_site_facts(known.site, printer),
        **_date_facts(known, printer),
        **_order_facts(known, printer),
        "held_drugs": printer.names(known.held_drug_names or known.held_drugs),
    }
    return {name: value for name, value in found.items() if value}


def _site_facts(site: SiteFacts, printer: Printer) -> dict[str, str | None]:
    return {
        "site": site.name,
        "phone": printer.phone(site.phone),
        "phone_after_hours": printer.phone(site.phone_after_hours) if site.phone_after_hours else None,
        "address": site.address,
        "fasting_rule": site.fasting_rule,
    }


def _date_facts(known: Known, printer: Printer) -> dict[str, str | None]:
    procedure, anchors = known.procedure, known.anchors
    return {
        "procedure_date": printer.day_of(anchors[Anchor.START]),
        "start_time": printer.time(anchors[Anchor.START]) if procedure.hour_known else None,
        "arrival_time": printer.time(known.arrival) if known.arrival else None,
        "call_by": printer.dated_time(known.call_by) if known.call_by else None,
        "step_date": printer.day_of(known.send_at) if known.send_at else None,
        "end_date": printer.day_of(anchors[Anchor.END]),
        "rest_until": printer.until(procedure.ended + REST) if procedure.ended else None,
        "visit_date": printer.day_of(anchors[Anchor.VISIT]),
        "visit_time": printer.time(procedure.visit) if procedure.visit else None,
    }


def _order_facts(known: Known, printer: Printer) -> dict[str, str | None]:
    hold = known.procedure.hold_of(known.drug) if known.drug else None
    if hold is None:
        return {}
    first_day = known.anchors[Anchor.START].astimezone(known.place.site_zone).date() - timedelta(days=hold.days)
    return {
        "drug": known.drug_name or hold.drug,
        "prescriber": hold.ordered_by,
        "first_day": printer.date(first_day),
        "last_day": printer.date(first_day - ONE_DAY),
        "resume_day": _resume_day(known, hold, printer),
    }


def _resume_day(known: Known, hold: Hold, printer: Printer) -> str | None:
    if hold.resume_days is None:
        return None
    return printer.date(
        known.anchors[Anchor.END].astimezone(known.place.site_zone).date() + timedelta(days=hold.resume_days)
    )
