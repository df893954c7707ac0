"""`enroll`: what it answers, what it writes down, and what it asks a person for."""

import os
import pwd
import re
from typing import Any

import pytest

from reminders.identifiers import parse_enrollment_id
from tests.reminders.cli.running import (
    PATIENT,
    WARFARIN,
    Cli,
    Installation,
    assert_is_task,
    assert_is_timeline,
    words_of,
)


def test_the_answer_has_the_shape_of_the_contract(cli: Cli, either_installation: Installation) -> None:
    document = cli.enroll(**WARFARIN)
    assert list(document) == ["enrollment", "timeline", "warnings", "tasks"]
    assert_is_timeline(document["timeline"])
    assert (document["warnings"], document["tasks"]) == ([], [])


def test_the_id_is_safe_to_read_aloud(cli: Cli, installation: Installation) -> None:
    found = cli.enrolled_id()
    assert re.fullmatch(r"[2-9A-HJ-NP-TV-Z]{4}-[2-9A-HJ-NP-TV-Z]{5}", found)
    assert parse_enrollment_id(found) == found


def test_what_preview_shows_is_what_enroll_plans(cli: Cli, either_installation: Installation) -> None:
    options = {"procedure": "2026-12-08 09:00", "zone": "America/Chicago", "visit": "2027-01-08 10:30"} | WARFARIN
    shown = cli.read("preview", *words_of(options | {"consent": "sms,email"}))
    planned = cli.enroll(**options, consent="sms,email", email="pat@example.org")["timeline"]
    assert planned == shown


def test_one_commit_holds_the_patient_and_the_whole_plan(cli: Cli, either_installation: Installation) -> None:
    document = cli.enroll(**WARFARIN, takes="clopidogrel")
    rows = either_installation.rows()
    assert {name: rows[name] for name in ("enrollments", "consents", "holds", "takes", "events", "deliveries")} == {
        "enrollments": 1,
        "consents": 1,
        "holds": 1,
        "takes": 1,
        "events": 1,
        "deliveries": 0,
    }
    assert rows["reminders"] == len(document["timeline"]["reminders"])
    assert rows["tasks"] == len(document["tasks"]) == 2


def test_nothing_of_the_patient_stands_readable_in_the_database(cli: Cli, installation: Installation) -> None:
    cli.enroll(name="Zephyrine Example", email="zephyrine@example.org", mrn="MRN-4711", consent="sms,email")
    stored = b"".join(file.read_bytes() for file in installation.folder.glob("reminders.db*"))
    assert not [word for word in (b"ephyrine", b"2125550123", b"4711") if word in stored]


def test_a_tasks_line_has_the_shape_of_the_contract(cli: Cli, either_installation: Installation) -> None:
    (task,) = cli.enroll(takes="warfarin")["tasks"]
    assert_is_task(task)
    assert (task["kind"], task["urgent"], task["state"]) == ("order-missing", False, "open")
    assert task["due"] == "2026-11-23T17:00:00Z"


def test_what_is_too_late_to_be_said_is_missed_with_one_urgent_task(cli: Cli, installation: Installation) -> None:
    document = cli.enroll(procedure="2026-11-23 09:00", hold="warfarin=5", ordered_by="Dr. Example")
    missed = {r["key"]: r["send_at"] for r in document["timeline"]["reminders"] if r["status"] == "missed"}
    assert missed == {"stop:warfarin": None}
    (task,) = document["tasks"]
    assert (task["kind"], task["urgent"], task["due"]) == ("missed", True, "2026-11-20T18:00:00Z")
    assert "stop:warfarin" in task["reason"]


def test_an_order_outside_the_published_range_is_taken_with_a_warning_that_names_its_source(
    cli: Cli, installation: Installation
) -> None:
    (warning,) = cli.enroll(hold="warfarin=12", ordered_by="Dr. Example")["warnings"]
    assert warning.startswith("warfarin")
    assert "12" in warning


def test_a_second_patient_on_one_phone_is_a_warning(cli: Cli, installation: Installation) -> None:
    cli.enroll()
    warnings = cli.enroll(name="Sam Example")["warnings"]
    assert warnings == ["1 other enrollment(s) use this phone: messages of several patients go to it"]


def test_a_phone_without_its_country_is_read_as_one_of_the_sites(cli: Cli, installation: Installation) -> None:
    cli.enroll(phone="(212) 555-0123")
    cli.run_once()
    assert [message["to"] for message in installation.sent] == ["+12125550123"]


def test_a_patient_without_a_phone_is_reached_by_email(cli: Cli, installation: Installation) -> None:
    document = cli.enroll(phone=None, email="pat@example.org", consent="email")
    assert {tuple(reminder["channels"]) for reminder in document["timeline"]["reminders"]} == {("email",)}


def test_a_booking_without_an_hour_is_shown_as_such(cli: Cli, installation: Installation) -> None:
    found = cli.read("show", cli.enrolled_id(procedure="2026-12-08"))
    assert (found["procedure"], found["hour_known"]) == ("2026-12-08T12:00:00Z", False)


# The same procedure twice


@pytest.mark.parametrize("by", ["name and phone", "record number"])
def test_the_same_patient_on_the_same_day_is_refused_and_nothing_is_written(
    by: str, cli: Cli, either_installation: Installation
) -> None:
    first, again = {
        "name and phone": ({}, {"procedure": "2026-12-08 14:00", "name": "PAT example"}),
        "record number": ({"mrn": "4711"}, {"mrn": "4711", "name": "P. Example", "phone": "+12125550124"}),
    }[by]
    enrolled, before = cli.enrolled_id(**first), either_installation.rows()
    refusal = cli("enroll", *words_of(PATIENT | again), "--json").refusal
    assert refusal == f"this patient is already enrolled for that day at main as {enrolled}"
    assert either_installation.rows() == before


def test_two_patients_of_one_name_on_one_phone_are_told_apart_by_their_record_numbers(
    cli: Cli, installation: Installation
) -> None:
    assert cli.enrolled_id(mrn="4711") != cli.enrolled_id(mrn="4712")


def test_another_day_is_another_procedure(cli: Cli, installation: Installation) -> None:
    assert cli.enrolled_id() != cli.enrolled_id(procedure="2026-12-15 09:00")


def test_after_a_cancellation_the_patient_can_be_enrolled_anew(cli: Cli, either_installation: Installation) -> None:
    first = cli.enrolled_id(mrn="4711")
    cli.read("cancel", first, "--reason", "error")
    assert cli.enrolled_id(mrn="4711") != first


# Who, and on trial


def history_of(cli: Cli, enrollment: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = cli.read("history", enrollment)["events"]
    return found


def test_without_another_name_the_operating_systems_user_did_it(cli: Cli, installation: Installation) -> None:
    (event,) = history_of(cli, cli.enrolled_id())
    assert event["by"] == pwd.getpwuid(os.getuid()).pw_name


def test_who_does_it_may_say_so(cli: Cli, installation: Installation) -> None:
    (event,) = history_of(cli, cli.enrolled_id(by="Chris Coordinator"))
    assert event["by"] == "Chris Coordinator"


def test_an_account_without_a_name_is_told_by_its_number(
    cli: Cli, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody = 4_000_000_000
    monkeypatch.setattr(os, "getuid", lambda: nobody)
    (event,) = history_of(cli, cli.enrolled_id())
    assert event["by"] == f"uid {nobody}"


def test_on_trial_the_answer_is_the_same_and_nothing_is_written(cli: Cli, either_installation: Installation) -> None:
    before = either_installation.rows()
    answer = cli("enroll", *words_of(PATIENT | {"takes": "warfarin"}), "--dry-run", "--json")
    assert either_installation.rows() == before
    assert_is_timeline(answer.document["timeline"])
    assert [task["kind"] for task in answer.document["tasks"]] == ["order-missing"]


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_on_trial_whoever_asked_is_told_so(form: tuple[str, ...], cli: Cli, installation: Installation) -> None:
    answer = cli("enroll", *words_of(PATIENT), "--dry-run", *form)
    assert answer.code == 0
    assert answer.err == "dry run: nothing was changed\n"
    assert "enrolled as" not in answer.out


# For people


def test_for_people_the_id_comes_first_then_the_plan_then_what_is_to_do(cli: Cli, installation: Installation) -> None:
    answer = cli("enroll", *words_of(PATIENT | {"takes": "warfarin"}))
    lines = answer.out.splitlines()
    (row,) = cli.read("list")["enrollments"]
    assert lines[0] == f"enrolled as {row['enrollment']}"
    assert lines[1] == "vertebroplasty version 1, counted from (site time)"
    assert "order-missing" in lines[-1]
    assert "Mon 2026-11-23 12:00" in lines[-1]


def test_for_people_a_patient_in_another_zone_has_the_zone_beside_every_time(
    cli: Cli, installation: Installation
) -> None:
    lines = cli("enroll", *words_of(PATIENT), "--zone", "America/Chicago").out.splitlines()
    assert "  start     Tue 2026-12-08 09:00 EST" in lines
    assert any(line.startswith("Sat 2026-12-05 12:00 CST  ride ") for line in lines)


def test_for_people_warnings_stand_beside_the_answer(cli: Cli, installation: Installation) -> None:
    answer = cli("enroll", *words_of(PATIENT | {"procedure": "2026-12-25 09:00"}))
    assert answer.err == "warning: the procedure is on Fri 2026-12-25, which is not a working day at the site\n"
    assert answer.code == 0
