"""What a preview's picture says; how it is drawn is tested elsewhere."""

from pathlib import Path
from typing import Any

from reminders.booking import read_booking
from reminders.picture import Entry, Look, Picture
from reminders.picture.previewed import picture_of_preview
from reminders.protocols import Library
from schedules.medications import shipped_medications
from tests.builders import local
from tests.reminders.builders import a_booking, some_settings, write_protocol

NOON = "2026-11-20 12:00"


def a_preview(*, now: str = NOON, own: Path | None = None, **changes: Any) -> Picture:
    """The picture of the default booking, as if enrolled at noon."""
    medications, enrolled = shipped_medications(), local(now)
    booking = read_booking(a_booking(**changes), some_settings(), Library(own), medications, enrolled)
    return picture_of_preview(booking, booking.plan(enrolled), medications)


def entry(picture: Picture, key: str) -> Entry:
    (found,) = [each for each in picture.entries if each.key == key]
    return found


def test_a_reminder_has_its_day_its_time_its_way_and_its_first_words() -> None:
    ride = entry(a_preview(), "ride")
    assert (str(ride.day), ride.clock, ride.by, ride.look) == ("2026-12-05", "12:00 PM", "text", Look.PLANNED)
    assert ride.words.startswith("Please find a driver for Tue Dec 8.")


def test_no_message_begins_with_the_sites_name() -> None:
    assert not [each.key for each in a_preview(consent="sms,email").entries if each.words.startswith("Example")]


def test_a_copy_by_email_is_told_by_its_subject() -> None:
    copy = entry(a_preview(consent="sms,email"), "arrival-call@email")
    assert (copy.by, copy.words) == ("e-mail", "a nurse will call you by Mon Dec 7, 4:00 PM")


def test_a_call_is_told_by_what_will_be_heard() -> None:
    welcome = entry(a_preview(consent="voice"), "welcome")
    assert (welcome.by, welcome.words[:34]) == ("call", "Hello. This is Example Radiology. ")


def test_messages_are_in_the_patients_language_and_all_else_in_english() -> None:
    picture = a_preview(language="es")
    assert picture.language == "es"
    assert entry(picture, "ride").words.startswith("Busque quién le lleve a casa")
    assert "messages in Spanish, discreet" in picture.head[0]


def test_the_discreet_wording_is_shown() -> None:
    assert not [each.key for each in a_preview(holds=("warfarin=5",)).entries if "warfarin" in each.words]


def test_what_waits_names_its_fact_and_is_told_from_what_is_planned() -> None:
    after = entry(a_preview(), "after-care")
    assert (after.look, after.waits_for) == (Look.WAITING, "end time")


def test_nothing_waits_for_an_end_that_is_recorded() -> None:
    picture = a_preview(ended="2026-12-08 10:10")
    assert entry(picture, "after-care").look is Look.PLANNED
    assert picture.procedure.detail == "ended 10:10 AM (recorded)"


def test_an_end_on_the_next_day_names_its_day() -> None:
    picture = a_preview(procedure="2026-12-08 23:00", ended="2026-12-09 00:10")
    assert picture.procedure.detail == "ended Wed Dec 9, 2026, 12:10 AM (recorded)"


def test_what_is_skipped_has_no_day_no_words_and_a_reason() -> None:
    skipped = entry(a_preview(), "day-of")
    assert (skipped.look, skipped.day, skipped.clock, skipped.words) == (Look.SKIPPED, None, "", "")
    assert skipped.reason.startswith("nothing fits from Tue 2026-12-08 06:00")


def test_what_is_missed_has_a_reason() -> None:
    missed = entry(a_preview(now="2026-12-07 16:00"), "arrival-call")
    assert (missed.look, missed.day) == (Look.MISSED, None)
    assert missed.reason


def test_two_clocks_are_named_with_each_time() -> None:
    picture = a_preview(zone="America/Chicago", sedation="moderate")
    assert entry(picture, "ride").clock == "12:00 PM Central"
    assert entry(picture, "fasting").clock == "5:00 PM Eastern"
    assert picture.procedure.clock == "9:00 AM Eastern"
    assert "Site: America/New_York. Patient: America/Chicago." in picture.foot[-1]


def test_one_clock_is_named_once() -> None:
    assert a_preview().foot[-1] == "All times: America/New_York."


def test_a_booking_without_its_hour_says_so_and_what_the_plan_assumes() -> None:
    picture = a_preview(procedure="2026-12-08")
    assert (picture.procedure.clock, picture.procedure.detail) == ("hour not booked", "planned as if at 7:00 AM")
    assert picture.title == "Preview: Vertebroplasty, Tue Dec 8, 2026"


def test_a_visit_is_firm_only_once_it_is_booked() -> None:
    booked, assumed = a_preview(visit="2027-01-08 10:30").visit, a_preview().visit
    assert booked is not None
    assert assumed is not None
    assert (booked.clock, booked.detail, booked.firm) == ("10:30 AM", "booked", True)
    assert (assumed.clock, assumed.detail, assumed.firm) == ("NOT BOOKED", "about this day", False)


def test_an_order_is_told_with_its_days_since_a_reminders_own_day_is_another() -> None:
    picture = a_preview(holds=("warfarin=5",), resumes=("warfarin=1",))
    assert (
        picture.head[1] == "Order for warfarin (Dr. Example): last day Wed Dec 2, none from Thu Dec 3, again Wed Dec 9."
    )


def test_an_order_without_a_restart_says_so() -> None:
    assert a_preview(holds=("warfarin=5",)).head[1].endswith("none from Thu Dec 3; no order yet to start again.")


def test_an_order_of_no_days_stops_nothing() -> None:
    assert a_preview(holds=("aspirin=0",)).head[1] == "Order for aspirin (Dr. Example): nothing to stop."


def test_a_blood_thinner_without_an_order_is_named() -> None:
    picture = a_preview(takes=("clopidogrel", "ibuprofen"))
    assert picture.head[1:] == ("NO ORDER recorded for clopidogrel: nothing is to be stopped.",)


def test_a_reminder_without_consent_to_any_way_says_so(tmp_path: Path) -> None:
    own = write_protocol(tmp_path)
    entries = a_preview(own=own, protocol="example", consent="email").entries
    assert {(each.look, each.by, each.reason) for each in entries} == {
        (Look.MISSED, "no way", "no consent for any of its channels (sms)")
    }
