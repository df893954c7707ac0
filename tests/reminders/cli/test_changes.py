"""`cancel` and `complete`: what they answer, what they refuse, and what stays as it was."""

from typing import Any

import pytest
from freezegun.api import FrozenDateTimeFactory

from tests.reminders.cli.running import (
    UTC,
    WARFARIN,
    Cli,
    Document,
    Installation,
    assert_is_task,
    move_to,
    reads,
    words_of,
)

ENDED = ("--ended-at", "2026-12-08 10:10")


def assert_is_change(document: Document, enrollment: str) -> None:
    """The answer to a change of plan exactly as the contract has it."""
    keys = {
        "moved": ["key", "from", "to"],
        "withdrawn": ["key", "reason"],
        "already_sent": ["key", "sent_at", "state"],
        "corrections": ["key", "send_at"],
    }
    assert list(document) == ["enrollment", *keys, "tasks"]
    assert document["enrollment"] == enrollment
    for name, wanted in keys.items():
        assert all(list(row) == wanted for row in document[name])
    instants = [instant for row in document["moved"] for instant in (row["from"], row["to"]) if instant]
    assert all(UTC.fullmatch(instant) for instant in (*instants, *(row["sent_at"] for row in document["already_sent"])))
    for task in document["tasks"]:
        assert_is_task(task)


def states(cli: Cli, enrollment: str) -> dict[str, str]:
    return {r["key"]: r["state"] for r in cli.read("show", enrollment)["timeline"]["reminders"]}


@pytest.fixture
def treated(cli: Cli, installation: Installation, at_noon: FrozenDateTimeFactory) -> str:
    """A patient with an order, told everything up to the procedure; it is Tuesday 2026-12-08, noon."""
    enrolled = cli.enrolled_id(**WARFARIN)
    for day in ("2026-11-20 12:00", "2026-12-02 10:00", "2026-12-07 10:00", "2026-12-07 17:00", "2026-12-08 12:00"):
        move_to(at_noon, day)
        cli.run_once()
    return enrolled


# cancel


def test_a_cancellation_has_the_shape_of_the_contract(cli: Cli, either_installation: Installation) -> None:
    enrolled = cli.enrolled_id()
    cli.run_once()
    document = cli.read("cancel", enrolled, "--reason", "hospital")
    assert_is_change(document, enrolled)
    assert document["already_sent"] == [{"key": "welcome", "sent_at": "2026-11-20T17:00:00Z", "state": "sent"}]
    assert document["corrections"] == [{"key": "correction", "send_at": "2026-11-20T17:00:00Z"}]
    assert (document["moved"], document["tasks"]) == ([], [])


def test_who_was_told_nothing_needs_no_correction(cli: Cli, either_installation: Installation) -> None:
    document = cli.read("cancel", cli.enrolled_id(), "--reason", "hospital")
    assert (document["already_sent"], document["corrections"]) == ([], [])


def test_a_cancellation_withdraws_everything_unsent_with_its_reason(
    cli: Cli, either_installation: Installation
) -> None:
    enrolled = cli.enrolled_id()
    withdrawn = cli.read("cancel", enrolled, "--reason", "hospital")["withdrawn"]
    assert {row["reason"] for row in withdrawn} == {"procedure cancelled: hospital"}
    assert set(states(cli, enrolled).values()) == {"withdrawn", "skipped"}
    assert {row["key"] for row in withdrawn} == {k for k, state in states(cli, enrolled).items() if state != "skipped"}


def test_after_a_cancellation_nothing_leaves_any_more(
    cli: Cli, either_installation: Installation, at_noon: FrozenDateTimeFactory
) -> None:
    cli.read("cancel", cli.enrolled_id(), "--reason", "patient")
    for instant in ("2026-11-24 10:00", "2026-12-05 12:00", "2026-12-08 16:00"):
        move_to(at_noon, instant)
        assert set(cli.run_once().values()) == {0}
    assert either_installation.sent == []


def test_who_was_told_to_stop_a_drug_is_called_at_once_after_a_cancellation(
    cli: Cli, installation: Installation, at_noon: FrozenDateTimeFactory
) -> None:
    enrolled = cli.enrolled_id(**WARFARIN)
    cli.run_once()
    move_to(at_noon, "2026-12-02 10:00")
    cli.run_once()
    (task,) = cli.read("cancel", enrolled, "--reason", "hospital")["tasks"]
    assert (task["kind"], task["urgent"], task["due"]) == ("announced-hold", True, "2026-12-02T16:00:00Z")
    assert "warfarin" in task["reason"]


@pytest.mark.parametrize("reason", ["patient", "hospital", "admitted", "deceased", "error", "other"])
def test_a_cancellation_knows_these_reasons(reason: str, cli: Cli, installation: Installation) -> None:
    assert cli("cancel", cli.enrolled_id(), "--reason", reason, "--json").code == 0


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"reason": "patent"}, "--reason: 'patent' is not known; did you mean patient?; it can be …"),
        (
            {"reason": "died"},
            "--reason: 'died' is not known; it can be admitted, deceased, error, hospital, other, patient",
        ),
        ({"reason": None}, "--reason: is required"),
        ({"note": "first\nsecond"}, "--note: holds control characters or line breaks; write one plain line"),
        ({"note": "n" * 501}, "--note: is longer than 500 characters"),
        ({"by": " "}, "--by: must not be empty"),
    ],
    ids=str,
)
def test_a_cancellation_that_cannot_be_right_changes_nothing(
    options: dict[str, Any], line: str, cli: Cli, installation: Installation
) -> None:
    enrolled = cli.enrolled_id()
    before = (installation.rows(), cli.read("show", enrolled))
    refusal = cli("cancel", enrolled, *words_of({"reason": "patient"} | options)).refusal
    assert reads(refusal, line), refusal
    assert (installation.rows(), cli.read("show", enrolled)) == before


def test_a_second_cancellation_is_refused(cli: Cli, installation: Installation) -> None:
    enrolled = cli.enrolled_id()
    cli.read("cancel", enrolled, "--reason", "patient")
    before = installation.rows()
    line = f"enrollment {enrolled} is cancelled: nothing was changed"
    assert cli("cancel", enrolled, "--reason", "hospital").refusal == line
    assert installation.rows() == before


def test_on_trial_a_cancellation_says_what_it_would_do_and_does_nothing(
    cli: Cli, either_installation: Installation
) -> None:
    enrolled = cli.enrolled_id()
    before = (either_installation.rows(), states(cli, enrolled))
    answer = cli("cancel", enrolled, "--reason", "patient", "--dry-run", "--json")
    assert_is_change(answer.document, enrolled)
    assert len(answer.document["withdrawn"]) == 9
    assert answer.err == "dry run: nothing was changed\n"
    assert (either_installation.rows(), states(cli, enrolled)) == before


def test_for_people_a_cancellation_is_counted_and_listed(
    cli: Cli, installation: Installation, at_noon: FrozenDateTimeFactory
) -> None:
    enrolled = cli.enrolled_id(**WARFARIN)
    cli.run_once()
    move_to(at_noon, "2026-12-02 10:00")
    cli.run_once()
    lines = cli("cancel", enrolled, "--reason", "patient").out.splitlines()
    assert lines[0] == f"{enrolled}  0 moved, 8 withdrawn, 3 had gone, 1 task(s)"
    assert "withdrawn  ride: procedure cancelled: patient" in lines
    assert "had gone   welcome: sent Fri 2026-11-20 12:00" in lines
    assert "corrects   what was told, by one message: Wed 2026-12-02 10:00" in lines
    assert any("URGENT announced-hold" in line for line in lines)


# complete


def test_a_completion_has_the_shape_of_the_contract(cli: Cli, treated: str) -> None:
    document = cli.read("complete", treated, *ENDED)
    assert_is_change(document, treated)
    assert (document["withdrawn"], document["corrections"], document["tasks"]) == ([], [], [])
    gone = [row["key"] for row in document["already_sent"]]
    assert gone == ["welcome", "prepare-plan", "stop:warfarin", "ride", "arrival-call", "fasting"]


def test_a_completion_moves_what_is_counted_from_the_end(cli: Cli, treated: str) -> None:
    moved = {row["key"]: (row["from"], row["to"]) for row in cli.read("complete", treated, *ENDED)["moved"]}
    assert moved["after-care"] == ("2026-12-08T18:00:00Z", "2026-12-08T18:10:00Z")
    assert moved["resume-aspirin"] == ("2026-12-09T15:00:00Z", "2026-12-09T15:10:00Z")


def test_a_completion_ends_the_waiting(cli: Cli, treated: str) -> None:
    cli.read("complete", treated, *ENDED)
    timeline = cli.read("show", treated)["timeline"]
    assert timeline["anchors"]["end"] == "2026-12-08T15:10:00Z"
    assert {tuple(reminder["waits_for"]) for reminder in timeline["reminders"]} == {()}
    assert cli.read("list")["enrollments"][0]["status"] == "completed"


def test_a_completion_answers_the_task_that_asked_for_it(cli: Cli, treated: str) -> None:
    (asked,) = [task for task in cli.read("tasks")["tasks"] if task["kind"] == "completion"]
    assert asked["due"]
    cli.read("complete", treated, *ENDED)
    assert [task["kind"] for task in cli.read("tasks")["tasks"]] == ["call"]


def test_a_hold_without_a_resume_order_opens_an_urgent_restart_task(
    cli: Cli, installation: Installation, at_noon: FrozenDateTimeFactory
) -> None:
    enrolled = cli.enrolled_id(hold="warfarin=5", ordered_by="Dr. Example")
    move_to(at_noon, "2026-12-08 12:00")
    tasks = cli.read("complete", enrolled, *ENDED)["tasks"]
    (task,) = [task for task in tasks if task["kind"] == "restart"]
    assert (task["urgent"], task["due"]) == (True, "2026-12-08T18:00:00Z")
    assert "Dr. Example" in task["reason"]


def test_who_recorded_the_end_is_in_the_history(cli: Cli, treated: str) -> None:
    cli.read("complete", treated, *ENDED, "--by", "Sam Nurse")
    event = cli.read("history", treated)["events"][-1]
    assert (event["by"], event["action"]) == ("Sam Nurse", "complete")
    assert (event["from"], event["to"]["status"]) == ({"status": "active", "ended_at": None}, "completed")


@pytest.mark.parametrize(
    ("ended", "line"),
    [
        (None, "--ended-at: is required"),
        ("2026-12-08 12:01", "--ended-at: lies in the future; record the end once it has happened"),
        ("2026-12-08 02:59", "--ended-at: must lie from 6 hours before to 24 hours after the planned start"),
        ("2026-12-08", "--ended-at: '2026-12-08' has no time of day; write it like …"),
        ("12/08/2026 10:10", "--ended-at: … is ambiguous …"),
        ("10:10", "--ended-at: '10:10' is not a date and time; write it like …"),
    ],
)
def test_an_end_that_cannot_be_right_changes_nothing(
    ended: str | None, line: str, cli: Cli, installation: Installation, treated: str
) -> None:
    before = (installation.rows(), cli.read("show", treated))
    refusal = cli("complete", treated, *words_of({"ended_at": ended})).refusal
    assert reads(refusal, line), refusal
    assert (installation.rows(), cli.read("show", treated)) == before


def test_an_end_more_than_a_day_after_the_start_is_refused(
    cli: Cli, treated: str, at_noon: FrozenDateTimeFactory
) -> None:
    move_to(at_noon, "2026-12-09 12:00")
    refusal = cli("complete", treated, "--ended-at", "2026-12-09 09:01").refusal
    assert refusal == "--ended-at: must lie from 6 hours before to 24 hours after the planned start"


def test_the_same_end_again_is_done_already_and_changes_nothing(
    cli: Cli, installation: Installation, treated: str
) -> None:
    cli.read("complete", treated, *ENDED)
    before = installation.rows()
    answer = cli("complete", treated, *ENDED, "--json")
    assert answer.err == "that end is already recorded; nothing was changed\n"
    assert (answer.document["moved"], installation.rows()) == ([], before)


def test_a_cancelled_procedure_cannot_be_completed(cli: Cli, treated: str) -> None:
    cli.read("cancel", treated, "--reason", "hospital")
    line = f"enrollment {treated} is cancelled: nothing was changed"
    assert cli("complete", treated, *ENDED).refusal == line


def test_on_trial_a_completion_says_what_it_would_move_and_does_nothing(
    cli: Cli, installation: Installation, treated: str
) -> None:
    before = (installation.rows(), cli.read("show", treated))
    answer = cli("complete", treated, *ENDED, "--dry-run", "--json")
    assert "after-care" in [row["key"] for row in answer.document["moved"]]
    assert (installation.rows(), cli.read("show", treated)) == before


def test_for_people_a_completion_says_from_when_to_when(cli: Cli, treated: str) -> None:
    lines = cli("complete", treated, *ENDED).out.splitlines()
    assert lines[0].startswith(f"{treated}  ")
    assert "moved      after-care: Tue 2026-12-08 13:00 to Tue 2026-12-08 13:10" in lines
