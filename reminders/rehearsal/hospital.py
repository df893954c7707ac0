"""The hospital and its patients in a rehearsal: they book, move, cancel, correct, answer and fall silent.

The rule: a fact is written down only when the program has taken it; what it refuses has not happened.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from reminders.booking import BookingRequest
from reminders.changes.caregivers import NewCaregiver, add_caregiver
from reminders.changes.changing import Changed
from reminders.changes.ordering import NewContact, change_contact, order
from reminders.changes.recording import complete, record_arrival, record_not_done, record_visit
from reminders.changes.rescheduling import cancel, reschedule
from reminders.enrollment import EnrollRequest, enroll
from reminders.errors import InputError
from reminders.hooks.apply import apply_reply
from reminders.hooks.base import InboundText
from reminders.rehearsal.ledger import Fact, Wrote
from reminders.rehearsal.naive import Plan
from reminders.rehearsal.world import World

DATE_ONLY = time(7)  # a booking without an hour is planned from then
TRY_AGAIN_MINUTES = 10
Holds = Mapping[str, tuple[int, int | None]]


@dataclass(kw_only=True)
class Patient:
    """One enrollment as the hospital knows it."""

    name: str = field(repr=False)
    mrn: str | None
    site: str
    enrollment: str
    plan: Plan
    earlier: list[datetime] = field(default_factory=list)  # starts before it was moved

    @property
    def running(self) -> bool:
        return self.plan.status in ("active", "completed")


class Hospital:
    """Does what is asked of it by the program's own use cases, and keeps what was taken."""

    def __init__(self, world: World, zone: ZoneInfo) -> None:
        self._world, self._zone = world, zone
        self.patients: list[Patient] = []
        self._texts = 0

    # Booking

    def enroll(self, request: EnrollRequest, plan: Plan, site: str) -> Patient | None:
        """Book a patient; `plan` is what holds if the program takes it."""
        began, now = self._world.seq(), self._world.now
        try:
            enrolled = enroll(self._world.service, request, by="coordinator")
        except InputError:
            return None
        patient = Patient(name=request.name, mrn=request.mrn, site=site, enrollment=enrolled.enrollment, plan=plan)
        self.patients.append(patient)
        self._write_down(patient, "enroll", began, now)
        return patient

    def request(self, *, name: str, mrn: str | None, site: str, plan: Plan) -> EnrollRequest:
        """What a coordinator types for a plan."""
        days, resumes = typed(plan.holds)
        booking = BookingRequest(
            procedure=self.typed(plan.start, hour=plan.hour_known),
            site=site,
            zone=plan.zone.key,
            holds=days,
            resumes=resumes,
            ordered_by="Dr. Example" if days else None,
            language=plan.language,
            consent=",".join(plan.channels),
            sedation=plan.sedation,
        )
        return EnrollRequest(
            booking=booking, name=name, phone=plan.phone, email=plan.email, mrn=mrn, detailed=plan.detailed
        )

    # Changes

    def move(self, patient: Patient, to: datetime, *, hour_known: bool = True) -> bool:
        plan, start = patient.plan, self.booked(to, hour_known)
        same_day = self._day(start) == self._day(plan.start)
        arrival = plan.arrival if same_day and not plan.hour_known else None
        new = replace(plan, start=start, hour_known=hour_known, arrival=arrival)
        typed_ = self.typed(start, hour=hour_known)
        return self._change(patient, "reschedule", new, lambda **how: reschedule(to=typed_, **how))

    def cancel(self, patient: Patient, reason: str) -> bool:
        new = replace(patient.plan, status="cancelled", reason=reason)
        return self._change(patient, "cancel", new, lambda **how: cancel(reason=reason, note=None, **how))

    def complete(self, patient: Patient, ended: datetime, *, correct: bool = False) -> bool:
        ended = minute(ended)
        new, typed_ = replace(patient.plan, status="completed", ended=ended), self.typed(ended)
        return self._change(patient, "complete", new, lambda **how: complete(ended_at=typed_, correct=correct, **how))

    def not_done(self, patient: Patient) -> bool:
        new = replace(patient.plan, status="ended")
        return self._change(patient, "not-done", new, lambda **how: record_not_done(**how))

    def order(self, patient: Patient, holds: Holds) -> bool:
        new = replace(patient.plan, holds={**patient.plan.holds, **holds})
        days, resumes = typed(holds)

        def act(**how: Any) -> Changed:
            return order(holds=days, resumes=resumes, ordered_by="Dr. Example", **how)

        return self._change(patient, "order", new, act, ordered=tuple(holds))

    def arrival(self, patient: Patient, at: datetime) -> bool:
        clock = minute(at).astimezone(self._zone).time()
        instant = datetime.combine(self._day(patient.plan.start), clock, self._zone).astimezone(UTC)
        new = replace(patient.plan, arrival=instant)
        return self._change(patient, "arrival", new, lambda **how: record_arrival(at=f"{clock:%H:%M}", **how))

    def visit(self, patient: Patient, at: datetime) -> bool:
        new, typed_ = replace(patient.plan, visit=minute(at)), self.typed(at)
        return self._change(patient, "visit", new, lambda **how: record_visit(at=typed_, **how))

    def contact(self, patient: Patient, *, phone: str | None = None, zone: str | None = None) -> bool:
        plan = patient.plan
        new = replace(plan, phone=phone or plan.phone, zone=ZoneInfo(zone) if zone else plan.zone)
        asked = NewContact(phone=phone, zone=zone)
        return self._change(patient, "contact", new, lambda **how: change_contact(new=asked, **how))

    def caregiver(self, patient: Patient, phone: str, steps: str) -> bool:
        """A daughter gets copies by text."""
        label = f"care{len(patient.plan.caregivers) + 1}"
        new = replace(patient.plan, caregivers={**patient.plan.caregivers, label: ("sms", phone)})
        asked = NewCaregiver(name="Kim Example", channel="sms", phone=phone, steps=steps)
        return self._change(patient, "caregiver-added", new, lambda **how: add_caregiver(new=asked, **how)[0])

    def _change(
        self,
        patient: Patient,
        action: str,
        new: Plan,
        act: Callable[..., Changed],
        ordered: tuple[str, ...] = (),
    ) -> bool:
        """Ask the program for a change; what it takes is a fact from then on."""
        began, now = self._world.seq(), self._world.now
        try:
            changed = act(service=self._world.service, typed_id=patient.enrollment, by="coordinator")
        except InputError:
            return False
        if changed.note is not None:
            return False
        patient.plan = new
        self._write_down(patient, action, began, now, ordered)
        return True

    def _write_down(
        self, patient: Patient, action: str, began: int, at: datetime, ordered: tuple[str, ...] = ()
    ) -> None:
        fact = Fact(
            began=began,
            seq=self._world.seq(),
            at=at,
            enrollment=patient.enrollment,
            action=action,
            plan=patient.plan,
            ordered=ordered,
        )
        self._world.facts.append(fact)

    # Patients

    def write(self, patient: Patient, text: str) -> None:
        """The patient sends a text."""
        phone = patient.plan.phone
        if phone is None:
            return
        self._texts += 1
        inbound = InboundText(
            provider_id=f"text-{self._texts}", sender=phone, to="+12125550100", text=text, media=0, opt_out_type=None
        )
        apply_reply(self._world.service, inbound)
        self._world.wrote.append(Wrote(seq=self._world.seq(), at=self._world.now, phone=phone))

    def stop_texts(self, patient: Patient) -> None:
        refused = self._world.refusals.done
        self.write(patient, "STOP")
        understood = self._world.refusals.done == refused  # else it was kept for people to read
        if patient.plan.phone is not None and understood:
            self._world.silence(patient.plan.phone, "sms")

    def start_texts(self, patient: Patient) -> None:
        self.write(patient, "START")
        if patient.plan.phone is not None:
            self._world.unsilence(patient.plan.phone, "sms")

    # How staff write things

    def booked(self, start: datetime, hour_known: bool) -> datetime:
        local = minute(start).astimezone(self._zone)
        if hour_known:
            return local.astimezone(UTC)
        return datetime.combine(local.date(), DATE_ONLY, self._zone).astimezone(UTC)

    def typed(self, instant: datetime, *, hour: bool = True) -> str:
        return f"{minute(instant).astimezone(self._zone):{'%Y-%m-%d %H:%M %z' if hour else '%Y-%m-%d'}}"

    def _day(self, instant: datetime) -> Any:
        return instant.astimezone(self._zone).date()


def typed(holds: Holds) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Orders as they are given on the command line."""
    days = tuple(f"{drug}={number}" for drug, (number, _) in holds.items())
    return days, tuple(f"{drug}={resumes}" for drug, (_, resumes) in holds.items() if resumes)


def minute(instant: datetime) -> datetime:
    return instant.replace(second=0, microsecond=0)
