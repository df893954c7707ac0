"""A task is done once, by a named person, with a note that is written down sealed."""

import pytest

from reminders import tasking
from reminders.clock import ManualClock
from reminders.database import worklog
from reminders.database.engine import reading
from reminders.errors import InputError
from reminders.service import Service
from tests.reminders.builders import enrolled_id, events, row_counts, tasks, together


@pytest.fixture
def number(service: Service) -> int:
    enrolled_id(service, takes=("warfarin",))
    found: int = tasks(service)[0]["id"]
    return found


def test_a_finished_task_keeps_who_did_it_when_and_what_was_done(
    service: Service, number: int, clock: ManualClock
) -> None:
    answered = tasking.finish(service, number, note="called back", by="Sam Nurse")
    with reading(service.engine) as connection:
        stored = worklog.task(connection, number)
    assert stored is not None
    assert answered["state"] == stored["state"] == "done"
    assert (stored["done_by"], stored["done_at"]) == ("Sam Nurse", clock.now())
    assert service.vault.open("tasks", number, "note", stored["note"]) == "called back"


def test_the_history_says_that_it_was_done_but_not_what_was_said(service: Service, number: int) -> None:
    id_ = tasks(service)[0]["enrollment"]
    tasking.finish(service, number, note="called back", by="Sam Nurse")
    event = events(service, id_)[-1]
    assert (event["action"], event["by"], event["after"]) == (
        "task-done",
        "Sam Nurse",
        {"task": number, "kind": "order-missing"},
    )


@pytest.mark.parametrize("wrong", [0, -1, 999, 2**63 - 1, 2**63, -(2**70)])
def test_a_number_no_task_has_is_refused_whatever_its_size(service: Service, number: int, wrong: int) -> None:
    before = row_counts(service.engine)
    with pytest.raises(InputError, match=f"task {wrong} is not known"):
        tasking.finish(service, wrong, note="called", by="Sam Nurse")
    assert row_counts(service.engine) == before


def test_of_two_people_at_once_one_does_it_and_the_other_is_told_by_whom(service: Service, number: int) -> None:
    def finish(by: str) -> object:
        return tasking.finish(service, number, note="called", by=by)

    answers = together(lambda: finish("Sam Nurse"), lambda: finish("Kim Nurse"))
    refused = [answer for answer in answers if isinstance(answer, InputError)]
    done = [answer for answer in answers if isinstance(answer, dict)]
    assert (len(done), len(refused)) == (1, 1)
    assert "nothing was changed" in str(refused[0])
