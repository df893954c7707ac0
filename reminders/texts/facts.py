"""What the placeholders of a text stand for, printed for one patient.

A fact that is not known is absent: an hour before it is booked, the end of the rest before the end is recorded.
Two plans say the same to the patient exactly when the facts their texts state are equal.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from reminders.texts.ondemand import OnDemand
from reminders.texts.printing import Printer
from schedules.procedure import Anchors, Hold, Place, Procedure
from schedules.protocol import Anchor, Channel

REST = timedelta(hours=24)

Facts = Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class SiteFacts:
    """What texts say of a site; phones in E.164, the fasting rule in the patient's language."""

    name: str
    phone: str
    address: str
    phone_after_hours: str | None = None
    fasting_rule: str | None = None
    call_phone: str | None = None  # the one that is answered when the text leaves


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


def facts_for(known: Known, channel: Channel = Channel.SMS) -> Facts:
    """The facts as a channel prints them: short to read, in full words to hear."""
    printer = Printer(
        language=known.language,
        site_zone=known.place.site_zone,
        patient_zone=known.place.patient_zone,
        spoken=channel is Channel.VOICE,
    )
    return OnDemand(PRINTED, _Telling(known, printer))


@dataclass(frozen=True, slots=True)
class _Telling:
    """What is known, and how this channel prints it: one method or line of PRINTED per placeholder."""

    known: Known
    print: Printer

    @property
    def hold(self) -> Hold | None:
        return self.known.procedure.hold_of(self.known.drug) if self.known.drug else None

    def _day(self, anchor: Anchor, days: int = 0) -> str:
        """The site's date of an anchor, so many days later."""
        date = self.known.anchors[anchor].astimezone(self.known.place.site_zone).date()
        return self.print.date(date + timedelta(days=days))

    def day_without(self, last_taken: int) -> str | None:
        """The first day without the held drug, or the last day with it (`last_taken` 1)."""
        return None if self.hold is None else self._day(Anchor.START, -self.hold.days - last_taken)

    def resume_day(self) -> str | None:
        hold = self.hold
        return None if hold is None or hold.resume_days is None else self._day(Anchor.END, hold.resume_days)

    def drug(self) -> str | None:
        return None if self.hold is None else self.known.drug_name or self.hold.drug

    def rest_until(self) -> str | None:
        ended = self.known.procedure.ended
        return self.print.until(ended + REST) if ended else None


PRINTED: Mapping[str, Callable[[_Telling], str | None]] = {
    "first_name": lambda t: t.known.first_name,
    "site": lambda t: t.known.site.name,
    "phone": lambda t: t.print.phone(t.known.site.phone),
    "phone_after_hours": lambda t: t.print.phone(t.known.site.phone_after_hours or ""),
    "call_phone": lambda t: t.print.phone(t.known.site.call_phone or t.known.site.phone),
    "address": lambda t: t.known.site.address,
    "fasting_rule": lambda t: t.known.site.fasting_rule,
    "procedure_date": lambda t: t.print.day_of(t.known.procedure.start),
    "start_time": lambda t: t.print.time(t.known.procedure.start) if t.known.procedure.hour_known else None,
    "arrival_time": lambda t: t.print.time(t.known.arrival) if t.known.arrival else None,
    "call_by": lambda t: t.print.dated_time(t.known.call_by) if t.known.call_by else None,
    "step_date": lambda t: t.print.day_of(t.known.send_at) if t.known.send_at else None,
    "end_date": lambda t: t.print.day_of(t.known.anchors[Anchor.END]),
    "rest_until": _Telling.rest_until,
    "visit_date": lambda t: t.print.day_of(t.known.anchors[Anchor.VISIT]),
    "visit_time": lambda t: t.print.time(t.known.procedure.visit) if t.known.procedure.visit else None,
    "drug": _Telling.drug,
    "prescriber": lambda t: t.hold.ordered_by if t.hold else None,
    "first_day": lambda t: t.day_without(0),
    "last_day": lambda t: t.day_without(1),
    "resume_day": _Telling.resume_day,
    "held_drugs": lambda t: t.print.names(t.known.held_drug_names or t.known.held_drugs),
}
