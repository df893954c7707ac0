"""`tasks`: the worklist in the contract's shape, and working it."""

import pytest
from freezegun.api import FrozenDateTimeFactory

from tests.reminders.cli.running import Cli, Installation, assert_is_task, move_to, reads

URGENT = {"name": "Sam Example", "procedure": "2026-11-23 09:00", "hold": "warfarin=5", "ordered_by": "Dr. Example"}


def test_without_tasks_the_worklist_is_empty(cli: Cli, either_installation: Installation) -> None:
    assert cli.read("tasks") == {"tasks": []}
    assert cli("tasks").out == "no open tasks\n"


@pytest.mark.parametrize("words", [("tasks",), ("tasks", "list")], ids=" ".join)
def test_the_worklist_has_the_shape_of_the_contract(
    words: tuple[str, ...], cli: Cli, either_installation: Installation
) -> None:
    enrolled = cli.enrolled_id(takes="warfarin")
    document = cli.read(*words)
    assert list(document) == ["tasks"]
    (task,) = document["tasks"]
    assert_is_task(task)
    assert (task["enrollment"], task["kind"]) == (enrolled, "order-missing")


def test_urgent_tasks_come_first(cli: Cli, either_installation: Installation) -> None:
    cli.enroll(takes="warfarin")
    cli.enroll(**URGENT)
    assert [(task["kind"], task["urgent"]) for task in cli.read("tasks")["tasks"]] == [
        ("missed", True),
        ("order-missing", False),
    ]


@pytest.mark.parametrize("words", [("tasks",), ("tasks", "list")], ids=" ".join)
def test_overdue_tasks_are_those_whose_due_time_has_passed(
    words: tuple[str, ...], cli: Cli, either_installation: Installation, at_noon: FrozenDateTimeFactory
) -> None:
    cli.enroll(takes="warfarin")
    move_to(at_noon, "2026-11-23 12:00")
    assert cli.read(*words, "--overdue") == {"tasks": []}
    move_to(at_noon, "2026-11-23 12:01")
    assert [task["kind"] for task in cli.read(*words, "--overdue")["tasks"]] == ["order-missing"]


def test_for_people_the_worklist_says_what_to_do_and_by_when(cli: Cli, installation: Installation) -> None:
    enrolled = cli.enrolled_id(**URGENT)
    heading, line = cli("tasks").out.splitlines()[:2]
    assert heading.split("  ")[0] == "task"
    assert line.startswith(f"1     Fri 2026-11-20 13:00  {enrolled}  URGENT missed  Too late to send: stop:warfarin.")


def test_a_task_done_leaves_the_worklist_and_stays_with_the_enrollment(
    cli: Cli, either_installation: Installation
) -> None:
    enrolled = cli.enrolled_id(takes="warfarin")
    (task,) = cli.read("tasks")["tasks"]
    done = cli.read("tasks", "done", str(task["task"]), "--note", "Dr. Example called back", "--by", "Sam Nurse")
    assert done == task | {"state": "done"}
    assert cli.read("tasks") == {"tasks": []}
    assert cli.read("show", enrolled)["tasks"] == [done]


def test_who_did_a_task_is_in_the_history(cli: Cli, installation: Installation) -> None:
    enrolled = cli.enrolled_id(takes="warfarin")
    cli.read("tasks", "done", "1", "--note", "called", "--by", "Sam Nurse")
    event = cli.read("history", enrolled)["events"][-1]
    assert (event["by"], event["action"], event["to"]) == (
        "Sam Nurse",
        "task-done",
        {"task": 1, "kind": "order-missing"},
    )


def test_what_was_done_is_written_down_sealed(cli: Cli, installation: Installation) -> None:
    cli.enroll(takes="warfarin")
    cli.read("tasks", "done", "1", "--note", "Zephyrine called back")
    stored = b"".join(file.read_bytes() for file in installation.folder.glob("reminders.db*"))
    assert b"Zephyrine" not in stored


def test_for_people_a_done_task_says_so(cli: Cli, installation: Installation) -> None:
    enrolled = cli.enrolled_id(takes="warfarin")
    answer = cli("tasks", "done", "1", "--note", "called")
    assert (answer.code, answer.out, answer.err) == (0, "task 1 is done\n", "")
    assert "order-missing (done)" in cli("show", enrolled).out


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("2", "--note", "called"), "task 2 is not known; `reminders tasks` shows the open ones"),
        (("0", "--note", "called"), "task 0 is not known; …"),
        ((str(10**20), "--note", "called"), "task 100000000000000000000 is not known; …"),
        (("--note", "called", "--", "-1"), "task -1 is not known; …"),
        (("1",), "--note: is required"),
        (("1", "--note", ""), "--note: must not be empty"),
        (("1", "--note", "first\nsecond"), "--note: holds control characters or line breaks; write one plain line"),
        (("1", "--note", "called", "--by", ""), "--by: must not be empty"),
    ],
    ids=str,
)
def test_a_task_that_cannot_be_done_so_stays_as_it_is(
    words: tuple[str, ...], line: str, cli: Cli, either_installation: Installation
) -> None:
    cli.enroll(takes="warfarin")
    before = (either_installation.rows(), cli.read("tasks"))
    refusal = cli("tasks", "done", *words).refusal
    assert reads(refusal, line), refusal
    assert (either_installation.rows(), cli.read("tasks")) == before


def test_a_task_is_done_once(cli: Cli, either_installation: Installation) -> None:
    cli.enroll(takes="warfarin")
    cli.read("tasks", "done", "1", "--note", "called", "--by", "Sam Nurse")
    before = either_installation.rows()
    refusal = cli("tasks", "done", "1", "--note", "called again").refusal
    assert refusal == "task 1 is already done, by Sam Nurse: nothing was changed"
    assert either_installation.rows() == before
