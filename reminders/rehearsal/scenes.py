"""The stories of the demo: who is booked, when the clock stops, and what the coordinator does then.

All people and places are invented. What is said and when is decided by the program, not here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from reminders.booking import BookingRequest
from reminders.changes.changing import Changed
from reminders.changes.ordering import order
from reminders.changes.recording import complete
from reminders.changes.rescheduling import cancel, reschedule
from reminders.enrollment import Enrolled, EnrollRequest, enroll
from reminders.rehearsal.calling import MACHINE, PERSON
from reminders.rehearsal.showing import Showing
from reminders.rehearsal.stage import Stage

OPENS = datetime.fromisoformat("2026-11-20T12:00:00-05:00")
COORDINATOR = "demo"
SITE: Mapping[str, Any] = {
    "name": "Example Radiology",
    "phone": "+12125550100",
    "phone_after_hours": "+12125550199",
    "address": "1 Example Street",
    "time_zone": "America/New_York",
    "holidays": "US-NY",
    "texts": {
        "en": {"fasting": "No food for 6 hours before you come. You may drink water until 2 hours before"},
        "es": {"fasting": "No coma nada en las 6 horas antes de venir. Puede beber agua hasta 2 horas antes"},
    },
}


_PATS_BOOKING = BookingRequest(
    procedure="2026-12-08 09:00",
    visit="2027-01-08 10:30",
    holds=("warfarin=5",),
    resumes=("warfarin=1",),
    ordered_by="Dr. Example",
    consent="sms,email",
)
_SAMS_BOOKING = BookingRequest(procedure="2027-01-15 09:00", holds=("warfarin=5",), ordered_by="Dr. Example")
_KIMS_BOOKING = BookingRequest(procedure="2027-02-02 09:00", holds=("clopidogrel=5",), ordered_by="Dr. Example")
_LEES_BOOKING = BookingRequest(
    procedure="2027-02-23 14:00",
    visit="2027-03-24 10:30",
    holds=("aspirin=5",),
    resumes=("aspirin=5",),
    ordered_by="Dr. Example",
    sedation="none",
)
_JOS_BOOKING = BookingRequest(procedure="2027-04-08 09:00", consent="sms,voice")
_LEE_WRITES = {  # of a fever, and to get no more texts
    "en": ("I have a fever of 101 and chills", "please stop texting me"),
    "es": ("Tengo fiebre de 101 y escalofríos", "por favor no me manden más mensajes"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """One story; `play` is given the stage, the showing and the patients' language."""

    title: str
    sentence: str
    play: Callable[[Stage, Showing, str], None]


def _from_booking_to_visit(stage: Stage, showing: Showing, language: str) -> None:
    pat = EnrollRequest(
        booking=replace(_PATS_BOOKING, language=language),
        name="Pat Example",
        phone="+12125550123",
        email="pat@example.org",
        detailed=True,
    )
    enrolled = _enroll(stage, showing, pat)
    showing.news(stage.advance_to(stage.instant("2026-12-08 10:15")))
    changed = complete(stage.service, enrolled.enrollment, ended_at="2026-12-08 10:10", by=COORDINATOR)
    showing.note(stage.now(), "Coordinator", "Records that the procedure ended at 10:10 AM.", *_moves(changed, showing))
    showing.news(stage.advance_to(stage.instant("2027-01-08 10:30")))
    showing.picture(stage.picture(enrolled.enrollment))
    left = stage.left_to_send(enrolled.enrollment)
    showing.note(stage.now(), "Coordinator", f"{pat.name} is here for the visit. Reminders left to send: {left}.")


def _too_late_for_its_hold(stage: Stage, showing: Showing, language: str) -> None:
    showing.news(stage.advance_to(stage.instant("2027-01-11 10:00")))
    sam = EnrollRequest(booking=replace(_SAMS_BOOKING, language=language), name="Sam Example", phone="+12125550124")
    enrolled = _enroll(stage, showing, sam)
    showing.news(stage.advance_to(stage.instant("2027-01-11 11:00")))
    changed = cancel(stage.service, enrolled.enrollment, reason="hospital", note=None, by=COORDINATOR)
    said = "Calls Sam, then the doctor, who puts the procedure off. Cancels it."
    showing.note(stage.now(), "Coordinator", said, *_gone(changed))
    showing.news(stage.advance_to(stage.instant("2027-01-11 11:05")))


def _moved_after_a_hold_was_told(stage: Stage, showing: Showing, language: str) -> None:
    showing.news(stage.advance_to(stage.instant("2027-01-19 10:00")))
    kim = EnrollRequest(booking=replace(_KIMS_BOOKING, language=language), name="Kim Example", phone="+12125550126")
    enrolled = enroll(stage.service, kim, by=COORDINATOR)
    showing.note(stage.now(), "Coordinator", f"Books {kim.name} for Tue Feb 2.", _order(kim))
    showing.news(stage.advance_to(stage.instant("2027-01-28 11:00")))
    changed = reschedule(stage.service, enrolled.enrollment, to="2027-02-09 09:00", by=COORDINATOR)
    said = "Moves the procedure by a week. The medicine steps wait for the prescriber."
    showing.note(stage.now(), "Coordinator", said, *_moves(changed, showing))
    showing.news(stage.advance_to(stage.instant("2027-01-28 15:00")))
    order(stage.service, enrolled.enrollment, holds=("clopidogrel=5",), ordered_by="Dr. Example", by=COORDINATOR)
    showing.note(stage.now(), "Coordinator", "Dr. Example confirms the order for the new date; Kim was called.")
    showing.news(stage.advance_to(stage.instant("2027-02-03 12:00")))
    changed = cancel(stage.service, enrolled.enrollment, reason="patient", note=None, by=COORDINATOR)
    showing.note(stage.now(), "Coordinator", "Kim no longer wants it. Cancels the procedure.", *_gone(changed))
    showing.news(stage.advance_to(stage.instant("2027-02-03 12:05")))


def _a_patient_who_answers(stage: Stage, showing: Showing, language: str) -> None:
    of_a_fever, to_end_texts = _LEE_WRITES[language]
    showing.news(stage.advance_to(stage.instant("2027-02-10 10:00")))
    lee = EnrollRequest(booking=replace(_LEES_BOOKING, language=language), name="Lee Example", phone="+12125550127")
    enrolled = enroll(stage.service, lee, by=COORDINATOR)
    id_ = enrolled.enrollment
    showing.note(stage.now(), "Coordinator", f"Books {lee.name} for Tue Feb 23.", _order(lee))
    showing.news(stage.advance_to(stage.instant("2027-02-22 10:05")))
    showing.news(stage.writes(id_, "1"))
    showing.note(stage.now(), "Program", f"Withdrawn, for it asks the same again: {', '.join(stage.confirmed(id_))}.")
    showing.news(stage.advance_to(stage.instant("2027-02-23 15:15")))
    complete(stage.service, id_, ended_at="2027-02-23 15:10", by=COORDINATOR)
    showing.note(stage.now(), "Coordinator", "Records that the procedure ended at 3:10 PM.")
    showing.news(stage.advance_to(stage.instant("2027-02-25 20:30")))
    showing.news(stage.writes(id_, of_a_fever))
    showing.news(stage.advance_to(stage.instant("2027-02-26 10:20")))
    showing.news(stage.writes(id_, "8"))
    showing.news(stage.advance_to(stage.instant("2027-02-26 10:25")))
    showing.news(stage.writes(id_, to_end_texts))
    showing.news(stage.advance_to(stage.instant("2027-03-24 10:30")))


def _a_landline_gets_a_call(stage: Stage, showing: Showing, language: str) -> None:
    jo = EnrollRequest(
        booking=replace(_JOS_BOOKING, language=language), name="Jo Example", phone="+12125550128", detailed=True
    )
    stage.landlines.add("+12125550128")
    showing.news(stage.advance_to(stage.instant("2027-03-24 14:00")))
    enrolled = enroll(stage.service, jo, by=COORDINATOR)
    showing.note(stage.now(), "Coordinator", f"Books {jo.name} for Thu Apr 8. Texts and calls, detailed, with consent.")
    stage.picks_up = PERSON
    showing.news(stage.advance_to(stage.instant("2027-03-24 15:00")))
    stage.picks_up = MACHINE
    showing.news(stage.advance_to(stage.instant("2027-03-25 10:00")))
    left = stage.left_to_send(enrolled.enrollment)
    showing.note(stage.now(), "Program", f"Reminders left to send: {left}. Each goes as a call.")


def _enroll(stage: Stage, showing: Showing, request: EnrollRequest) -> Enrolled:
    """Enroll and show the whole plan."""
    enrolled = enroll(stage.service, request, by=COORDINATOR)
    when = showing.when(stage.instant(request.booking.procedure))
    showing.plan(f"{request.name}, {when}", _order(request), enrolled.timeline)
    return enrolled


def _order(request: EnrollRequest) -> str:
    """What the prescriber ordered, in days, and how openly the texts may speak."""
    booking = request.booking
    resumes = f", resume {', '.join(booking.resumes)}" if booking.resumes else ""
    texts = "Detailed texts, with consent" if request.detailed else "Discreet texts"
    return f"Ordered by {booking.ordered_by}, in days: hold {', '.join(booking.holds)}{resumes}. {texts}."


def _moves(changed: Changed, showing: Showing) -> list[str]:
    """Each reminder whose time follows the recorded end."""
    return [
        f"{change.key}: now {showing.when(change.planned.send_at)}"
        for change in changed.moved
        if change.planned and change.planned.send_at
    ]


def _gone(changed: Changed) -> tuple[str, str]:
    """What will never leave, and what had left."""
    withdrawn = ", ".join(key for key, _ in changed.withdrawn)
    sent = ", ".join(reminder.key for reminder in changed.already_sent)
    return f"Withdrawn: {withdrawn}.", f"Already sent: {sent}."


SCENES = (
    Scene(
        title="From the booking to the one-month visit",
        sentence="Pat takes warfarin; Dr. Example has ordered when to hold it. Each thing is said when it is due.",
        play=_from_booking_to_visit,
    ),
    Scene(
        title="A booking that comes too late",
        sentence="Sam is booked for Friday: the day to stop warfarin has passed, so a person must call.",
        play=_too_late_for_its_hold,
    ),
    Scene(
        title="A procedure that moves, and is cancelled",
        sentence="Kim has already been told to hold a medicine: one correction goes out each time, and a person calls.",
        play=_moved_after_a_hold_was_told,
    ),
    Scene(
        title="A patient who answers",
        sentence="Lee writes back: a yes, a fever, a number, and an end to texts. A person hears of what matters.",
        play=_a_patient_who_answers,
    ),
    Scene(
        title="A landline gets a call",
        sentence="Jo's phone takes no texts, so the same is said in a call. A machine hears the discreet words alone.",
        play=_a_landline_gets_a_call,
    ),
)
