"""`preview`: the documented example to the second, and what each option changes about it."""

import re
from typing import Any

import pytest

from tests.reminders.cli.running import WARFARIN, Cli, Document, Installation, assert_is_timeline, words_of

EXAMPLE = {"procedure": "2026-12-08 09:00", "now": "2026-11-20 12:00"} | WARFARIN

NEW_YORK = {
    # key: (send_at, local, status, waits_for)
    "welcome": ("2026-11-20T17:00:00Z", "2026-11-20T12:00:00-05:00", "planned", []),
    "prepare-plan": ("2026-11-24T15:00:00Z", "2026-11-24T10:00:00-05:00", "planned", []),
    "stop:warfarin": ("2026-12-02T15:00:00Z", "2026-12-02T10:00:00-05:00", "planned", []),
    "ride": ("2026-12-05T17:00:00Z", "2026-12-05T12:00:00-05:00", "planned", []),
    "arrival-call": ("2026-12-07T15:00:00Z", "2026-12-07T10:00:00-05:00", "planned", []),
    "fasting": ("2026-12-07T22:00:00Z", "2026-12-07T17:00:00-05:00", "planned", []),
    "day-of": (None, None, "skipped", []),
    "after-care": ("2026-12-08T18:00:00Z", "2026-12-08T13:00:00-05:00", "planned", ["completed"]),
    "resume-aspirin": ("2026-12-09T15:00:00Z", "2026-12-09T10:00:00-05:00", "planned", ["completed"]),
    "resume:warfarin": ("2026-12-09T15:00:00Z", "2026-12-09T10:00:00-05:00", "planned", ["completed"]),
    "recovery-check": ("2026-12-11T15:00:00Z", "2026-12-11T10:00:00-05:00", "planned", ["completed"]),
    "visit-book": ("2026-12-31T15:00:00Z", "2026-12-31T10:00:00-05:00", "planned", ["completed"]),
}
BOUNDS = {
    # key: (not_before, not_after)
    "welcome": (None, "2026-12-08T14:00:00Z"),
    "prepare-plan": (None, "2026-12-07T01:00:00Z"),
    "stop:warfarin": (None, "2026-12-03T01:00:00Z"),
    "ride": (None, "2026-12-08T02:00:00Z"),
    "arrival-call": (None, "2026-12-07T20:00:00Z"),
    "fasting": (None, "2026-12-08T06:00:00Z"),
    "day-of": ("2026-12-08T11:00:00Z", "2026-12-08T12:00:00Z"),
    "after-care": ("2026-12-08T16:00:00Z", "2026-12-09T15:00:00Z"),
    "resume-aspirin": ("2026-12-09T15:00:00Z", "2026-12-11T15:00:00Z"),
    "resume:warfarin": ("2026-12-09T15:00:00Z", "2026-12-10T01:00:00Z"),
    "recovery-check": (None, "2026-12-16T01:00:00Z"),
    "visit-book": (None, "2027-01-08T01:00:00Z"),
}


@pytest.fixture
def preview(cli: Cli, installation: Installation) -> Any:
    """The example's plan, with other options where given."""

    def run(**options: Any) -> Document:
        return cli.read("preview", *words_of(EXAMPLE | options))

    return run


def times(document: Document) -> dict[str, Any]:
    return {
        reminder["key"]: (reminder["send_at"], reminder["local"], reminder["status"], reminder["waits_for"])
        for reminder in document["reminders"]
    }


def planned_at(document: Document) -> dict[str, str]:
    """When each reminder leaves, on the clock it is read on."""
    return {reminder["key"]: reminder["local"] for reminder in document["reminders"]}


# The documented example


def test_the_example_has_the_shape_of_the_contract(preview: Any) -> None:
    assert_is_timeline(preview())


def test_the_example_is_planned_to_the_second(preview: Any) -> None:
    assert times(preview()) == NEW_YORK


def test_the_reminders_of_the_example_stand_in_table_order(preview: Any) -> None:
    assert list(times(preview())) == list(NEW_YORK)


def test_the_bounds_of_the_example_are_told_in_utc(preview: Any) -> None:
    reminders = preview()["reminders"]
    assert {r["key"]: (r["not_before"], r["not_after"]) for r in reminders} == BOUNDS


def test_the_example_is_counted_from_these_anchors(preview: Any) -> None:
    assert preview()["anchors"] == {
        "enrolled": "2026-11-20T17:00:00Z",
        "start": "2026-12-08T14:00:00Z",
        "end": "2026-12-08T15:00:00Z",
        "visit": "2027-01-08T14:00:00Z",
    }


def test_the_protocol_and_its_version_are_named(preview: Any) -> None:
    document = preview()
    assert (document["protocol"], document["version"]) == ("vertebroplasty", 1)


def test_a_key_names_the_drug_and_the_step_does_not(preview: Any) -> None:
    steps = {reminder["key"]: reminder["step"] for reminder in preview()["reminders"]}
    assert (steps["stop:warfarin"], steps["resume:warfarin"], steps["ride"]) == ("stop", "resume", "ride")


def test_a_time_explains_itself_with_the_order_it_relays(preview: Any) -> None:
    why = {reminder["key"]: reminder["why"] for reminder in preview()["reminders"]}
    assert why["stop:warfarin"] == [
        "start is Tue 2026-12-08 09:00 (America/New_York)",
        "minus 5 days of warfarin hold ordered by Dr. Example, minus 1 day, at 10:00: Wed 2026-12-02 10:00",
    ]
    assert "Fri 2027-01-01 is not a working day at the site: earlier to Thu 2026-12-31 10:00" in why["visit-book"]


def test_without_another_word_texts_are_planned(preview: Any) -> None:
    assert {tuple(reminder["channels"]) for reminder in preview()["reminders"]} == {("sms",)}


# What the options change


def test_a_patient_in_chicago_is_reminded_by_her_own_clock_but_around_the_procedure_by_the_sites(preview: Any) -> None:
    plan = times(preview(zone="America/Chicago"))
    assert {key: (found[0], found[1]) for key, found in plan.items()} == {
        "welcome": ("2026-11-20T17:00:00Z", "2026-11-20T11:00:00-06:00"),
        "prepare-plan": ("2026-11-24T16:00:00Z", "2026-11-24T10:00:00-06:00"),
        "stop:warfarin": ("2026-12-02T16:00:00Z", "2026-12-02T10:00:00-06:00"),
        "ride": ("2026-12-05T18:00:00Z", "2026-12-05T12:00:00-06:00"),
        "arrival-call": ("2026-12-07T16:00:00Z", "2026-12-07T10:00:00-06:00"),
        "fasting": ("2026-12-07T22:00:00Z", "2026-12-07T17:00:00-05:00"),
        "day-of": (None, None),
        "after-care": ("2026-12-08T18:00:00Z", "2026-12-08T13:00:00-05:00"),
        "resume-aspirin": ("2026-12-09T15:00:00Z", "2026-12-09T09:00:00-06:00"),
        "resume:warfarin": ("2026-12-09T15:00:00Z", "2026-12-09T09:00:00-06:00"),
        "recovery-check": ("2026-12-11T16:00:00Z", "2026-12-11T10:00:00-06:00"),
        "visit-book": ("2026-12-31T16:00:00Z", "2026-12-31T10:00:00-06:00"),
    }


def test_a_booked_visit_is_reminded_the_day_before_instead_of_booked(preview: Any) -> None:
    document = preview(visit="2027-01-08 10:30")
    plan = times(document)
    assert document["anchors"]["visit"] == "2027-01-08T15:30:00Z"
    assert "visit-book" not in plan
    assert plan["visit-reminder"] == ("2027-01-07T17:00:00Z", "2027-01-07T12:00:00-05:00", "planned", ["completed"])


def test_a_recorded_end_moves_what_is_counted_from_it_and_nothing_waits_for_it_any_more(preview: Any) -> None:
    document = preview(ended="2026-12-08 10:10")
    plan = times(document)
    assert document["anchors"]["end"] == "2026-12-08T15:10:00Z"
    after = ("after-care", "resume-aspirin", "resume:warfarin", "recovery-check", "visit-book")
    assert {key: plan[key] for key in after} == {
        "after-care": ("2026-12-08T18:10:00Z", "2026-12-08T13:10:00-05:00", "planned", []),
        "resume-aspirin": ("2026-12-09T15:10:00Z", "2026-12-09T10:10:00-05:00", "planned", []),
        "resume:warfarin": ("2026-12-09T15:10:00Z", "2026-12-09T10:10:00-05:00", "planned", []),
        "recovery-check": ("2026-12-11T15:00:00Z", "2026-12-11T10:00:00-05:00", "planned", []),
        "visit-book": ("2026-12-31T15:00:00Z", "2026-12-31T10:00:00-05:00", "planned", []),
    }


def test_a_recorded_end_leaves_everything_before_it_alone(preview: Any) -> None:
    before = list(NEW_YORK)[:7]
    plan = times(preview(ended="2026-12-08 10:10"))
    assert {key: plan[key] for key in before} == {key: NEW_YORK[key] for key in before}


def test_the_language_of_the_texts_changes_no_time(preview: Any) -> None:
    assert times(preview(language="es")) == NEW_YORK


def test_without_sedation_nobody_is_told_to_fast(preview: Any) -> None:
    assert times(preview(sedation="none")) == {key: at for key, at in NEW_YORK.items() if key != "fasting"}


def test_with_general_anesthesia_the_patient_is_told_to_fast(preview: Any) -> None:
    assert times(preview(sedation="general")) == NEW_YORK


def test_a_booking_without_an_hour_is_planned_from_seven_in_the_morning(preview: Any) -> None:
    document = preview(procedure="2026-12-08")
    assert document["anchors"]["start"] == "2026-12-08T12:00:00Z"
    assert planned_at(document) == planned_at(preview()) | {
        "after-care": "2026-12-08T11:00:00-05:00",
        "resume-aspirin": "2026-12-09T09:00:00-05:00",
        "resume:warfarin": "2026-12-09T09:00:00-05:00",
    }


def test_a_procedure_at_noon_is_reminded_of_on_the_day_itself(preview: Any) -> None:
    assert planned_at(preview(procedure="2026-12-08 12:00"))["day-of"] == "2026-12-08T09:00:00-05:00"


def test_without_any_order_the_patient_is_told_to_stop_nothing(preview: Any) -> None:
    plan = times(preview(hold=None, resume=None, ordered_by=None))
    assert "prepare" in plan
    assert not [key for key in plan if key.startswith(("stop", "resume:", "prepare-plan"))]


def test_two_orders_are_two_reminders(preview: Any) -> None:
    plan = planned_at(preview(hold=["warfarin=5", "clopidogrel=7"]))
    assert plan["stop:warfarin"] == "2026-12-02T10:00:00-05:00"
    assert plan["stop:clopidogrel"] == "2026-11-30T10:00:00-05:00"


def test_who_agreed_to_email_too_gets_copies_of_what_is_worth_keeping(preview: Any) -> None:
    channels = {r["key"]: r["channels"] for r in preview(consent="sms,email")["reminders"]}
    assert channels["ride"] == ["sms", "email"]
    assert {key: found for key, found in channels.items() if "@" in key} == {
        "prepare-plan@email": ["email"],
        "arrival-call@email": ["email"],
    }


def test_an_explicit_offset_is_taken_at_its_word(preview: Any) -> None:
    assert preview(procedure="2026-12-08 09:00-06:00")["anchors"]["start"] == "2026-12-08T15:00:00Z"


def test_without_now_the_patient_is_enrolled_at_this_moment(preview: Any) -> None:
    assert preview(now=None)["anchors"]["enrolled"] == "2026-11-20T17:00:00Z"


def test_who_is_enrolled_late_gets_what_is_late_ten_minutes_apart(preview: Any) -> None:
    plan = times(preview(now="2026-12-06 12:00"))
    assert plan["welcome"][1] == "2026-12-06T12:00:00-05:00"
    assert plan["prepare-plan"][1] == "2026-12-06T12:10:00-05:00"
    assert plan["stop:warfarin"] == (None, None, "missed", [])
    assert plan["ride"][1] == "2026-12-06T12:20:00-05:00"


# What it needs, and what it leaves behind


def test_nothing_is_saved(preview: Any, installation: Installation) -> None:
    before = installation.rows()
    preview()
    assert installation.rows() == before


def test_a_settings_file_is_enough(cli: Cli, installation: Installation) -> None:
    for name in ("reminders.key", "reminders.db"):
        (installation.folder / name).unlink()
    assert times(cli.read("preview", *words_of(EXAMPLE))) == NEW_YORK
    assert [file.name for file in installation.folder.iterdir()] == ["reminders.toml"]


def test_staff_are_warned_beside_the_answer(cli: Cli, installation: Installation) -> None:
    answer = cli("preview", *words_of(EXAMPLE | {"procedure": "2026-12-25 09:00"}), "--json")
    warned = "warning: the procedure is on Fri 2026-12-25, which is not a working day at the site\n"
    assert answer.err == warned
    assert_is_timeline(answer.document)


def test_for_people_a_patient_in_another_zone_has_the_zone_beside_every_time(
    cli: Cli, installation: Installation
) -> None:
    words = words_of({"procedure": "2026-12-08 09:00", "zone": "America/Chicago"})
    said = cli("preview", *words).out.partition("\nwhy\n")[0].splitlines()
    assert "  start     Tue 2026-12-08 09:00 EST" in said
    assert any(line.startswith("Sat 2026-12-05 12:00 CST  ride ") for line in said)
    assert any(line.startswith("Tue 2026-12-08 13:00 EST  after-care ") for line in said)
    assert all(re.search(r"\d\d:\d\d [CE]ST", line) for line in said if " 2026-" in line)


def test_for_people_the_plan_is_a_table_and_its_reasons(cli: Cli, installation: Installation) -> None:
    answer = cli("preview", *words_of(EXAMPLE))
    lines = [line.rstrip() for line in answer.out.splitlines()]
    assert lines[0] == "vertebroplasty version 1, counted from (site time)"
    assert "  start     Tue 2026-12-08 09:00" in lines
    assert "Wed 2026-12-02 10:00  stop:warfarin    planned  sms" in lines
    assert "-                     day-of           skipped  sms" in lines
    assert "Tue 2026-12-08 13:00  after-care       planned  sms  completed" in lines
    assert "why" in lines
    assert (answer.code, answer.err) == (0, "")
