"""One procedure as a coordinator types it: checked against the sites, the protocol and the list of drugs."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from reminders.booking import NO_HOLD, Booking, read_booking
from reminders.errors import InputError
from reminders.protocols import Library
from schedules.medications import shipped_medications
from schedules.procedure import Hold
from schedules.protocol import Channel
from tests.builders import local
from tests.reminders.builders import ENROLLED, a_booking, a_site, some_settings

NORTH = {"main": a_site(), "north": a_site(name="Example North", time_zone="America/Chicago")}
NO_MAIN = {"east": a_site(name="Example East"), "north": NORTH["north"]}


def booked(*, now: datetime = ENROLLED, settings: dict[str, Any] | None = None, **typed: Any) -> Booking:
    return read_booking(a_booking(**typed), some_settings(**settings or {}), Library(), shipped_medications(), now)


def refusal(**typed: Any) -> str:
    with pytest.raises(InputError) as caught:
        booked(**typed)
    return str(caught.value)


def warnings(**typed: Any) -> list[str]:
    return list(booked(**typed).warnings)


# Where


def test_the_only_site_need_not_be_named() -> None:
    assert booked().site_id == "main"


def test_among_several_sites_main_is_meant() -> None:
    assert booked(settings={"sites": NORTH}).site_id == "main"


def test_a_site_is_taken_by_its_name_and_its_clock_is_used() -> None:
    booking = booked(settings={"sites": NORTH}, site="north")

    assert booking.procedure.start == datetime(2026, 12, 8, 15, tzinfo=UTC)
    assert booking.place.patient_zone.key == "America/Chicago"


def test_an_unknown_site_is_refused_with_the_nearest() -> None:
    assert "did you mean north?" in refusal(settings={"sites": NORTH}, site="nroth")


def test_without_a_main_site_somebody_must_say_which() -> None:
    assert refusal(settings={"sites": NO_MAIN}) == "--site: which one? east, north"


def test_a_patient_may_live_by_another_clock() -> None:
    booking = booked(zone="America/Los_Angeles")

    assert booking.place.patient_zone.key == "America/Los_Angeles"
    assert booking.place.site_zone.key == "America/New_York"


def test_an_unknown_zone_is_refused_with_the_nearest() -> None:
    assert "did you mean America/Chicago?" in refusal(zone="America/Chicgo")


# When


def test_a_booking_with_its_hour_starts_then() -> None:
    procedure = booked().procedure

    assert (procedure.start, procedure.hour_known) == (local("2026-12-08 09:00"), True)


def test_a_booking_with_a_date_alone_says_so() -> None:
    procedure = booked(procedure="2026-12-08").procedure

    assert (procedure.start, procedure.hour_known) == (local("2026-12-08 07:00"), False)


@pytest.mark.parametrize("start", ["2026-11-20 12:00", "2026-11-20 11:59", "2025-12-08 09:00"])
def test_a_procedure_that_is_not_ahead_is_refused(start: str) -> None:
    line = refusal(procedure=start)

    assert line == f"--procedure: {start} lies in the past"


def test_a_day_that_has_begun_is_refused_without_an_hour_that_nobody_typed() -> None:
    line = refusal(procedure="2026-11-20")

    assert line == '--procedure: 2026-11-20 has begun at the site; give the hour too, written like "2026-12-08 09:00"'


def test_a_procedure_a_minute_ahead_is_taken() -> None:
    assert booked(procedure="2026-11-20 12:01").procedure.start == ENROLLED + timedelta(minutes=1)


def test_a_procedure_two_years_ahead_is_taken_and_a_day_more_is_not() -> None:
    assert booked(procedure="2028-11-20 09:00").procedure.start == local("2028-11-20 09:00")
    assert "more than two years ahead; is the year right?" in refusal(procedure="2028-11-21 13:00")


@pytest.mark.parametrize("start", ["12/08/2026 09:00", "2026-02-30 09:00", "9999-12-08 09:00", "2027-03-14 02:30"])
def test_a_start_that_is_no_instant_is_refused(start: str) -> None:
    assert refusal(procedure=start).startswith("--procedure: ")


def test_the_end_may_be_given_to_see_what_follows_from_it() -> None:
    assert booked(ended="2026-12-08 10:10").procedure.ended == local("2026-12-08 10:10")


@pytest.mark.parametrize("ended", ["2026-12-08 03:00", "2026-12-09 09:00"])
def test_an_end_at_the_edge_of_belief_is_taken(ended: str) -> None:
    assert booked(ended=ended).procedure.ended == local(ended)


@pytest.mark.parametrize("ended", ["2026-12-08 02:59", "2026-12-09 09:01"])
def test_an_end_that_cannot_belong_to_the_start_is_refused(ended: str) -> None:
    assert refusal(ended=ended) == "--ended: must lie from 6 hours before to 24 hours after the planned start"


def test_a_visit_is_taken_on_the_sites_clock() -> None:
    assert booked(visit="2027-01-08 10:30").procedure.visit == local("2027-01-08 10:30")


@pytest.mark.parametrize("visit", ["2026-12-08 09:00", "2026-12-01 09:00"])
def test_a_visit_that_is_not_after_the_procedure_is_refused(visit: str) -> None:
    assert refusal(visit=visit) == "--visit: must lie after the procedure"


def test_a_visit_years_after_the_procedure_is_refused() -> None:
    assert "is the year right?" in refusal(visit="2029-01-08 10:30")


# What


@pytest.mark.parametrize("sedation", ["none", "moderate", "general"])
def test_a_sedation_is_one_of_three_words(sedation: str) -> None:
    assert booked(sedation=sedation).procedure.sedation == sedation


def test_an_unknown_sedation_is_refused() -> None:
    assert "did you mean moderate?" in refusal(sedation="modrate")


def test_an_unknown_protocol_is_refused_with_the_nearest() -> None:
    assert refusal(protocol="vertebroplastie") == (
        "protocol 'vertebroplastie' is not known; did you mean 'vertebroplasty'?"
    )


def test_texts_are_in_english_unless_another_language_is_asked_for() -> None:
    assert booked().language == "en"
    assert booked(language="es").language == "es"


def test_a_language_without_texts_is_refused_with_those_that_have_them() -> None:
    assert refusal(language="fr") == "--language: 'fr' is not known; it can be en, es"


def test_channels_keep_the_order_in_which_consent_was_given() -> None:
    assert booked(consent="email,sms").procedure.consented == (Channel.EMAIL, Channel.SMS)


@pytest.mark.parametrize("consent", ["", "fax", "sms,sms"])
def test_a_consent_that_names_no_channel_is_refused(consent: str) -> None:
    assert refusal(consent=consent).startswith("--consent: ")


# Orders


def test_an_order_is_relayed_with_its_prescriber() -> None:
    assert booked(holds=("warfarin=5",), resumes=("warfarin=1",)).procedure.holds == (
        Hold(drug="warfarin", days=5, ordered_by="Dr. Example", resume_days=1),
    )


def test_a_brand_is_recorded_under_the_drugs_own_name() -> None:
    assert booked(holds=("Coumadin=5",)).procedure.holds[0].drug == "warfarin"


def test_orders_keep_the_order_in_which_they_were_given() -> None:
    holds = booked(holds=("warfarin=5", "aspirin=7")).procedure.holds

    assert [hold.drug for hold in holds] == ["warfarin", "aspirin"]


def test_a_hold_of_no_days_is_an_order_too() -> None:
    assert booked(holds=("aspirin=0",)).procedure.holds[0].days == 0


@pytest.mark.parametrize("hold", ["warfarin=-1", "warfarin=31"])
def test_a_hold_outside_0_to_30_days_is_refused(hold: str) -> None:
    assert "is outside 0 to 30" in refusal(holds=(hold,))


@pytest.mark.parametrize("resume", ["warfarin=0", "warfarin=-1", "warfarin=31"])
def test_a_resume_outside_1_to_30_days_is_refused(resume: str) -> None:
    assert "is outside 1 to 30" in refusal(holds=("warfarin=5",), resumes=(resume,))


@pytest.mark.parametrize("holds", [(), ("warfarin=0",), ("aspirin=7",)])
def test_a_resume_of_a_drug_that_is_not_held_is_refused(holds: tuple[str, ...]) -> None:
    assert refusal(holds=holds, resumes=("warfarin=1",)) == (
        "--resume: warfarin is not held for a day or more; give --hold warfarin=DAYS too"
    )


@pytest.mark.parametrize("ordered_by", [None, ""])
def test_an_order_without_a_prescriber_is_refused(ordered_by: str | None) -> None:
    assert refusal(holds=("warfarin=5",), ordered_by=ordered_by).startswith("--ordered-by: a hold needs the name")


@pytest.mark.parametrize("ordered_by", ["  ", "Dr.\nExample", "x" * 61])
def test_a_prescriber_is_one_plain_line(ordered_by: str) -> None:
    assert refusal(holds=("warfarin=5",), ordered_by=ordered_by).startswith("--ordered-by: ")


@pytest.mark.parametrize("takes", [(), ("warfarin",)])
def test_a_prescriber_without_an_order_is_warned_of(takes: tuple[str, ...]) -> None:
    assert NO_HOLD in booked(ordered_by="Dr. Example", takes=takes).warnings
    assert NO_HOLD not in booked(takes=takes).warnings


@pytest.mark.parametrize("option", ["holds", "resumes"])
def test_one_drug_has_one_order(option: str) -> None:
    orders: dict[str, tuple[str, ...]] = {"holds": ("warfarin=5",), "resumes": ("warfarin=1",)}
    orders[option] = (*orders[option], "coumadin=4")

    assert refusal(**orders) == f"--{option[:-1]}: warfarin is given twice"


@pytest.mark.parametrize(
    ("typed", "option"),
    [({"holds": ("warfarn=5",)}, "--hold"), ({"takes": ("warfarn",)}, "--takes")],
)
def test_an_unknown_drug_is_refused_with_the_nearest(typed: dict[str, Any], option: str) -> None:
    assert refusal(**typed) == f"{option}: drug 'warfarn' is not in the list; did you mean warfarin?"


def test_a_drug_with_marks_in_its_name_is_refused_as_no_plain_line() -> None:
    assert "control characters" in refusal(takes=("war\nfrin",))


def test_an_order_outside_the_published_range_is_taken_with_a_warning_that_names_its_sources() -> None:
    (warning,) = warnings(holds=("warfarin=9",))

    assert "warfarin: 9 days ordered, outside the published 5" in warning
    assert "SIR 2019" in warning


def test_an_order_inside_the_published_range_has_no_warning() -> None:
    assert warnings(holds=("warfarin=5",)) == []


# Blood thinners


def test_a_blood_thinner_without_an_order_is_told_apart() -> None:
    booking = booked(takes=("Eliquis", "warfarin"), holds=("warfarin=5",))

    assert booking.blood_thinners == ("apixaban", "warfarin")
    assert booking.without_order == ("apixaban",)


def test_a_drug_that_thins_no_blood_needs_no_order() -> None:
    booking = booked(takes=("ibuprofen", "aspirin"))

    assert (booking.takes, booking.blood_thinners) == (("ibuprofen", "aspirin"), ())


def test_a_drug_taken_and_held_counts_once() -> None:
    booking = booked(takes=("warfarin", "Coumadin"), holds=("warfarin=5",))

    assert booking.takes == ("warfarin",)
    assert booking.blood_thinners == ("warfarin",)


def test_an_order_of_no_days_is_an_order_for_a_blood_thinner() -> None:
    assert booked(holds=("warfarin=0",)).without_order == ()


# What staff should be told


def test_a_procedure_on_a_holiday_is_taken_with_a_warning() -> None:
    settings = {"sites": {"main": a_site(holidays="US-NY")}}

    assert warnings(settings=settings, procedure="2026-12-25 09:00") == [
        "the procedure is on Fri 2026-12-25, which is not a working day at the site"
    ]


def test_a_procedure_and_a_visit_on_a_weekend_are_two_warnings() -> None:
    found = warnings(procedure="2026-12-06 09:00", visit="2027-01-09 10:00")

    assert [line.split(",")[0] for line in found] == [
        "the procedure is on Sun 2026-12-06",
        "the visit is on Sat 2027-01-09",
    ]


def test_a_weekend_the_site_works_is_no_warning() -> None:
    settings = {"sites": {"main": a_site(open=[date(2026, 12, 6)])}}

    assert warnings(settings=settings, procedure="2026-12-06 09:00") == []


def test_a_channel_without_a_transport_is_a_warning() -> None:
    settings = {"transports": {"sms": {"kind": "memory"}}}

    assert warnings(settings=settings, consent="sms,voice") == [
        "no transport is configured for voice: nothing can leave by it"
    ]


# The plan


def test_a_booking_plans_its_own_timeline() -> None:
    timeline = booked(holds=("warfarin=5",)).plan(ENROLLED)

    planned = {reminder.key: reminder.send_at for reminder in timeline.reminders}
    assert planned["welcome"] == ENROLLED
    assert planned["stop:warfarin"] == local("2026-12-02 10:00")
