"""What the picture of a stored enrollment says, and whom it never names."""

from typing import Any

import pytest

from reminders.picture import Entry, Look, Picture, draw
from reminders.picture.stored import Standing, last_calls, picture_of_enrollment
from reminders.protocols import Library, read_files
from reminders.records import Caregiver, Contact, Enrollment, Reminder
from schedules.medications import shipped_medications
from schedules.protocol import Channel
from schedules.timeline import find_anchors
from tests.builders import a_hold, a_place, local
from tests.reminders.builders import ENROLLED, a_reminder, an_enrollment, some_settings

VERSION = Library(None).load("vertebroplasty")
NOW = local("2026-12-07 14:15")
UNNAMED = Contact(name="Zenobia Quillfeather", phone="+12125550177", email="zenobia@example.org", mrn="MRN-4711")


def standing(*reminders: Reminder, enrollment: Enrollment | None = None, **changes: Any) -> Standing:
    enrollment = enrollment or an_enrollment()
    place = a_place(patient=enrollment.zone)
    values: dict[str, Any] = {
        "enrollment": enrollment,
        "reminders": reminders,
        "called": {},
        "anchors": find_anchors(VERSION.protocol, enrollment.procedure, place),
        "version": VERSION,
        "site": some_settings().sites["main"],
        "place": place,
        "medications": shipped_medications(),
    }
    return Standing(**values | changes)


def picture(*reminders: Reminder, **changes: Any) -> Picture:
    return picture_of_enrollment(standing(*reminders, **changes), NOW)


def only(*reminders: Reminder, **changes: Any) -> Entry:
    (found,) = picture(*reminders, **changes).entries
    return found


def test_the_enrollment_is_named_by_its_id_and_the_sheet_by_its_moment() -> None:
    sheet = picture(a_reminder())
    assert sheet.title == "ABCD-EFGHJ: Vertebroplasty, Tue Dec 8, 2026, 9:00 AM"
    assert sheet.head[0].startswith("As of Mon Dec 7, 2026, 2:15 PM; status active. Print anew after a change.")


@pytest.mark.parametrize(
    ("state", "waits_for", "look"),
    [
        ("planned", (), Look.PLANNED),
        ("planned", ("completed",), Look.WAITING),
        ("held", ("completed",), Look.HELD),
        ("sending", (), Look.SENDING),
        ("sent", (), Look.SENT),
        ("delivered", (), Look.DELIVERED),
        ("unknown", (), Look.UNKNOWN),
        ("failed", (), Look.FAILED),
        ("missed", (), Look.MISSED),
        ("skipped", (), Look.SKIPPED),
        ("withdrawn", (), Look.WITHDRAWN),
    ],
)
def test_every_state_has_its_look(state: str, waits_for: tuple[str, ...], look: Look) -> None:
    assert only(a_reminder(state=state, waits_for=waits_for)).look is look


def test_the_words_are_those_that_would_leave() -> None:
    assert only(a_reminder()).words.startswith("Please find a driver for Tue Dec 8.")


def test_the_detailed_wording_stands_only_where_the_patient_agreed() -> None:
    stop, hold = a_reminder("stop:warfarin"), a_hold()
    discreet = only(stop, enrollment=an_enrollment(holds=(hold,)))
    detailed = picture(stop, enrollment=an_enrollment(holds=(hold,), detailed=True))
    assert "warfarin" not in discreet.words
    assert "warfarin" in detailed.entries[0].words
    assert "naming the procedure and drugs" in detailed.head[0]


def test_what_was_sent_stands_where_it_was_sent() -> None:
    late = local("2026-12-05 14:40")
    entry = only(a_reminder(state="sent"), called={1: late})
    assert (entry.at, entry.clock) == (late, "2:40 PM")


def test_what_is_planned_stands_at_its_plan_even_if_it_was_tried() -> None:
    assert only(a_reminder(), called={1: local("2026-12-05 14:40")}).clock == "12:00 PM"


def test_the_last_call_counts() -> None:
    rows = [{"reminder": 1, "intended_at": ENROLLED}, {"reminder": 1, "intended_at": NOW}]
    assert last_calls(rows) == {1: NOW}


def test_the_words_of_what_left_are_said_to_be_todays() -> None:
    assert picture(a_reminder(state="sent")).foot[-1] == "Messages that already left are worded as they would be now."
    assert "already left" not in "".join(picture(a_reminder()).foot)


@pytest.mark.parametrize("state", ["unknown", "failed"])
def test_what_went_wrong_has_its_reason_its_time_and_its_words(state: str) -> None:
    entry = only(a_reminder(state=state, reason="no answer came"))
    assert (entry.reason, entry.clock, entry.words[:13]) == ("no answer came", "12:00 PM", "Please find a")


def test_what_is_planned_gives_no_passing_reason() -> None:
    assert only(a_reminder(reason="waits for the window")).reason == ""


@pytest.mark.parametrize("state", ["missed", "skipped", "withdrawn"])
def test_what_does_not_go_out_has_no_day_and_says_what_it_was_for(state: str) -> None:
    entry = only(a_reminder(state=state, reason="no longer in the plan"))
    assert (entry.day, entry.clock, entry.words) == (None, "", "")
    assert entry.reason == "Was for Sat Dec 5, 12:00 PM; no longer in the plan"


def test_what_never_had_a_time_gives_only_its_reason() -> None:
    assert only(a_reminder(state="skipped", send_at=None, reason="nothing fits")).reason == "nothing fits"


def test_what_was_withdrawn_without_a_reason_says_at_least_its_time() -> None:
    assert only(a_reminder(state="withdrawn")).reason == "Was for Sat Dec 5, 12:00 PM"


def test_what_is_held_names_the_fact_and_what_staff_hold_names_the_reason() -> None:
    by_fact = only(a_reminder(state="held", waits_for=("completed",), reason="waits until recorded: completed"))
    by_staff = only(a_reminder(state="held", waits_for=("staff",), reason="stop:warfarin was never sent"))
    assert (by_fact.waits_for, by_fact.reason) == ("end time", "")
    assert (by_staff.waits_for, by_staff.reason) == ("staff", "stop:warfarin was never sent")


def test_an_order_that_must_be_confirmed_again_gives_no_days() -> None:
    held = a_reminder("stop:warfarin", state="held", waits_for=("order",))
    head = picture(held, enrollment=an_enrollment(holds=(a_hold(),))).head
    assert head[1].startswith("Order for warfarin (Dr. Example): NOT CONFIRMED")
    assert "Dec" not in head[1]


def test_a_cancelled_procedure_says_so_and_gives_no_order_and_no_visit() -> None:
    cancelled = an_enrollment(status="cancelled", cancel_reason="patient", holds=(a_hold(),))
    sheet = picture(a_reminder(state="withdrawn"), enrollment=cancelled)
    assert sheet.title.endswith(", CANCELLED")
    assert (sheet.procedure.name, sheet.procedure.clock) == ("PROCEDURE CANCELLED", "(was 9:00 AM)")
    assert (sheet.procedure.detail, sheet.procedure.firm) == ("reason: patient", False)
    assert (len(sheet.head), sheet.visit) == (1, None)


def test_a_cancelled_procedure_without_a_reason_says_that() -> None:
    cancelled = an_enrollment(status="cancelled")
    assert picture(enrollment=cancelled).procedure.detail == "reason: no reason given"


def test_a_text_that_cannot_be_made_is_said_and_spoils_nothing() -> None:
    assert only(a_reminder("stop:warfarin")).words == "(its text could not be made)"


def test_without_any_channel_there_are_no_words() -> None:
    entry = only(a_reminder(state="failed", channels=(), channel=None))
    assert (entry.by, entry.words) == ("no way", "")


@pytest.mark.parametrize("channel", ["sms", "email", "voice"])
def test_the_picture_never_tells_who_the_patient_is(channel: str) -> None:
    enrollment = an_enrollment(contact=UNNAMED)
    reminders = [a_reminder(step.key, id=n, channels=(channel,), channel=channel) for n, step in _steps()]
    drawn = draw(picture(*reminders, enrollment=enrollment))
    assert "ride" in drawn
    for word in ("Zenobia", "Quillfeather", "0177", "zenobia@", "4711"):
        assert word not in drawn


def _steps() -> list[tuple[int, Any]]:
    return [(n, step) for n, step in enumerate(VERSION.protocol.steps) if step.for_each is None]


def test_a_text_that_greets_by_name_greets_nobody() -> None:
    texts = VERSION.files["messages.en.toml"].replace("{site}: Please find", "{site}: {greeting} find")
    greeting = read_files(dict(VERSION.files) | {"messages.en.toml": texts})
    entry = only(a_reminder(), enrollment=an_enrollment(contact=UNNAMED, detailed=True), version=greeting)
    assert entry.words.startswith("Hello [name], find a driver")


def test_a_caregivers_copy_stands_in_the_picture_in_its_own_words_and_without_their_name() -> None:
    sam = Caregiver(
        label="care1",
        channel=Channel.SMS,
        language="es",
        steps=("ride",),
        name="Samuel Quillfeather",
        phone="+12125550178",
        granted_at=ENROLLED,
        granted_by="coordinator",
        wording="2026-1",
    )
    copy = a_reminder("ride@care1", copy_of="ride", recipient="care1")
    sheet = picture(copy, enrollment=an_enrollment(caregivers=(sam,)))

    (entry,) = sheet.entries
    assert entry.key == "ride@care1"
    assert entry.words.startswith("Copia: Busque")
    drawn = draw(sheet)
    assert "Samuel" not in drawn
    assert "5550178" not in drawn
