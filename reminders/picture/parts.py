"""What a preview and a stored enrollment have in common as pictures: landmarks, orders and the sentences around them.

All words are staff's English; only the messages are in the patient's language.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from reminders.picture.axis import day_label
from reminders.picture.model import Landmark, Look
from reminders.settings import SiteSettings
from reminders.texts.printing import Printer
from schedules.medications import Medications
from schedules.procedure import Anchors, Hold, Place, Procedure
from schedules.protocol import Anchor, Channel

ENGLISH = "en"
NAMELESS = "[name]"  # stands where a message has the patient's first name
WAYS = {Channel.SMS: "text", Channel.EMAIL: "e-mail", Channel.VOICE: "call"}
NO_WAY = "no way"
FACTS = {
    "completed": "end time",
    "order": "order",
    "staff": "staff",
    "approval": "approval",
}
LANGUAGES = {"en": "English", "es": "Spanish"}
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What is known about one patient's plan, whether it is stored or not."""

    title: str
    site: SiteSettings
    place: Place
    procedure: Procedure
    anchors: Anchors
    language: str
    medications: Medications
    takes: tuple[str, ...] = ()
    detailed: bool = False
    cancelled: str | None = None
    unconfirmed: frozenset[str] = frozenset()  # drugs whose steps wait until the prescriber has spoken again

    def clock(self, instant: datetime, zone: ZoneInfo | None = None) -> str:
        """The time on the clock of a zone (the site's), which is named where the patient's and the site's differ."""
        zone = zone or self.place.site_zone
        other = self.place.patient_zone if zone == self.place.site_zone else self.place.site_zone
        return Printer(language=ENGLISH, site_zone=zone, patient_zone=other).time(instant)

    def stamp(self, instant: datetime, zone: ZoneInfo | None = None, *, year: bool = True) -> str:
        """As in "Tue Dec 8, 2026, 9:00 AM"."""
        local = instant.astimezone(zone or self.place.site_zone)
        return f"{day_label(local.date(), year=year)}, {self.clock(instant, zone)}"


def title(plan: Plan, opening: str) -> str:
    """What is done and when, so that it can be read from afar."""
    at, hour = plan.anchors[Anchor.START].astimezone(plan.place.site_zone), plan.procedure.hour_known
    when = plan.stamp(at) if hour else day_label(at.date(), year=True)
    return f"{opening}: {plan.title}, {when}{'' if plan.cancelled is None else ', CANCELLED'}"


def procedure_mark(plan: Plan) -> Landmark:
    """The procedure at its planned start; what is not known about it is said."""
    start = plan.anchors[Anchor.START].astimezone(plan.place.site_zone)
    known, ended = plan.procedure.hour_known, plan.procedure.ended
    hour = plan.clock(start) if known else "hour not booked"
    if plan.cancelled is not None:
        detail = f"reason: {plan.cancelled}"
        return Landmark(name="PROCEDURE CANCELLED", at=start, clock=f"(was {hour})", detail=detail, firm=False)
    detail = "end time not recorded yet" if ended is None else f"ended {_end(plan, ended, start)} (recorded)"
    return Landmark(
        name="PROCEDURE", at=start, clock=hour, detail=detail if known else f"planned as if at {plan.clock(start)}"
    )


def _end(plan: Plan, ended: datetime, start: datetime) -> str:
    same_day = ended.astimezone(plan.place.site_zone).date() == start.date()
    return plan.clock(ended) if same_day else plan.stamp(ended)


def visit_mark(plan: Plan) -> Landmark | None:
    if plan.cancelled is not None:
        return None
    at = plan.anchors[Anchor.VISIT].astimezone(plan.place.site_zone)
    if plan.procedure.visit is None:
        return Landmark(name="VISIT", at=at, clock="NOT BOOKED", detail="about this day", firm=False)
    return Landmark(name="VISIT", at=at, clock=plan.clock(at), detail="booked")


def head(plan: Plan, opening: str) -> Iterator[str]:
    """What it is about, and every order with its days: a reminder's own day is not the day a drug stops."""
    wording = "naming the procedure and drugs" if plan.detailed else "discreet"
    language = LANGUAGES.get(plan.language, plan.language)
    yield f"{opening} {plan.site.name}; messages in {language}, {wording}."
    if plan.cancelled is None:
        yield from (_order(plan, hold) for hold in plan.procedure.holds)
        yield from _without_order(plan)


def _order(plan: Plan, hold: Hold) -> str:
    opening = f"Order for {hold.drug} ({hold.ordered_by}): "
    if hold.drug in plan.unconfirmed:
        return f"{opening}NOT CONFIRMED since the plan changed; nobody follows it until it is."
    if hold.days < 1:
        return f"{opening}nothing to stop."
    first = hold.first_day(plan.anchors[Anchor.START].astimezone(plan.place.site_zone).date())
    return f"{opening}last day {day_label(first - ONE_DAY)}, none from {day_label(first)}{_again(plan, hold)}."


def _again(plan: Plan, hold: Hold) -> str:
    if hold.resume_days is None:
        return "; no order yet to start again"
    end = plan.anchors[Anchor.END].astimezone(plan.place.site_zone).date()
    return f", again {day_label(end + timedelta(days=hold.resume_days))}"


def _without_order(plan: Plan) -> Iterator[str]:
    rows = (plan.medications.find(drug) for drug in plan.takes)
    names = [row.name for row in rows if row and row.blood_thinner and plan.procedure.hold_of(row.name) is None]
    if names:
        yield f"NO ORDER recorded for {', '.join(names)}: nothing is to be stopped."


def foot(plan: Plan) -> Iterator[str]:
    yield (
        "Each line is one message to the patient, at the time it leaves. Below it stand its first words, without the "
        "site's name; … means that it goes on."
    )
    yield _clocks(plan)


def _clocks(plan: Plan) -> str:
    site, patient = plan.place.site_zone.key, plan.place.patient_zone.key
    if site == patient:
        return f"All times: {site}."
    return f"Site: {site}. Patient: {patient}. A time names its zone where the two clocks differ."


def way(channel: Channel | None) -> str:
    return NO_WAY if channel is None else WAYS[channel]


def facts_named(waits_for: tuple[str, ...]) -> str:
    """The facts a reminder waits for, in words."""
    return " and ".join(FACTS.get(fact, fact) for fact in waits_for)


def first_words(text: str, plan: Plan) -> str:
    """A message without the site's name at its head: every text begins with it."""
    return text.removeprefix(f"{plan.site.name}:").strip()


def look_of(state: str, waits_for: tuple[str, ...]) -> Look:
    return Look.WAITING if state == Look.PLANNED and waits_for else Look(state)
