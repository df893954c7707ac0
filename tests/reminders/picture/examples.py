"""Pictures for tests: three, thirteen and twenty-five reminders, with every look among them, on fixed days."""

from datetime import datetime, timedelta

from reminders.picture import Entry, Landmark, Look, Picture
from reminders.picture.model import NOT_GOING
from tests.builders import NEW_YORK

START = datetime(2026, 12, 8, 9, tzinfo=NEW_YORK)
VISIT = datetime(2027, 1, 8, 10, 30, tzinfo=NEW_YORK)
KEYS = ("welcome", "prepare-plan", "stop:warfarin", "ride", "arrival-call@email", "resume:clopidogrel", "recovery")
WORDS = "Please find a driver for Tue Dec 8. An adult must come in for you and take you home. Do not drive a car."
REASONS = {
    Look.UNKNOWN: "no answer came from the provider",
    Look.FAILED: "nobody can be reached there",
    Look.MISSED: "no permitted time was left before it became wrong",
    Look.SKIPPED: "its time has passed: skipped",
    Look.WITHDRAWN: "Was for Tue Dec 1, 10:00 AM; no longer in the plan",
}
WAITS = {Look.WAITING: "end time", Look.HELD: "order"}


def an_entry(number: int = 0, look: Look = Look.PLANNED, at: datetime | None = None) -> Entry:
    """Reminders some days apart, some on one day; what does not go out has no time."""
    at = at or START + timedelta(days=(number * 5) // 3 - 14, hours=number % 3)
    goes = look not in NOT_GOING
    return Entry(
        key=KEYS[number % len(KEYS)],
        look=look,
        by="text",
        at=at if goes else None,
        clock=f"{at:%I:%M %p}".removeprefix("0") if goes else "",
        words=WORDS if goes else "",
        waits_for=WAITS.get(look, ""),
        reason=REASONS.get(look, ""),
    )


def the_procedure() -> Landmark:
    return Landmark(name="PROCEDURE", at=START, clock="9:00 AM", detail="end time not recorded yet")


def the_visit() -> Landmark:
    return Landmark(name="VISIT", at=VISIT, clock="10:30 AM", detail="booked")


def a_picture(*entries: Entry, **changes: object) -> Picture:
    values: dict[str, object] = {
        "title": "ABCD-EFGHJ: Example, Tue Dec 8, 2026, 9:00 AM",
        "entries": entries,
        "procedure": the_procedure(),
        "visit": the_visit(),
        "head": ("As of Mon Dec 7, 2026, 2:15 PM; status active. Example Radiology; messages in English, discreet.",),
        "foot": ("Each line is one message to the patient, at the time it leaves.", "All times: America/New_York."),
    }
    return Picture(**values | changes)  # type: ignore[arg-type]


def picture_of(number: int) -> Picture:
    """So many reminders, all looks in turn."""
    looks = list(Look)
    return a_picture(*(an_entry(each, looks[each % len(looks)]) for each in range(number)))
