"""The wire to PostgreSQL breaks in the middle of a COMMIT, after each byte of it and of its answer."""

from collections.abc import Callable
from contextlib import suppress

import pytest
from sqlalchemy.exc import OperationalError

from reminders.changes.rescheduling import reschedule
from reminders.clock import ManualClock
from reminders.enrollment import enroll
from reminders.errors import InputError, OperationError
from reminders.looking import all_enrollments
from reminders.replies.replying import take_reply
from reminders.staff_texts import write
from schedules.protocol import Channel
from tests.faults.accounts import Line, duplicates, lost
from tests.reminders.builders import (
    Transports,
    a_dispatcher,
    a_request,
    deliveries,
    enrolled_id,
    events,
    everything,
    stored,
    tasks,
    texts_only,
    the_reminder,
)
from tests.reminders.hearing import a_text, rows
from tests.servers.wire import ANSWER, COMMIT, CUTS, FROM_SERVER, TO_SERVER, Cut

pytestmark = [pytest.mark.postgres, pytest.mark.slow]
CLAIM, OUTCOME = 0, 1  # which COMMIT of a round it is
LATE = Cut(direction=FROM_SERVER, after=0)


def test_every_byte_of_a_commit_and_of_its_answer_is_a_place_to_cut() -> None:
    assert len(CUTS) == len(COMMIT) + len(ANSWER) == 30


@pytest.mark.parametrize("which", [CLAIM, OUTCOME], ids=["the claim's", "the outcome's"])
def test_a_worker_whose_commit_was_cut_sends_each_message_once_and_knows_it(
    line: Line, clock: ManualClock, which: int
) -> None:
    transports = texts_only(clock)
    with a_dispatcher(line.relayed, transports) as dispatcher:
        for number, cut in enumerate(CUTS, start=1):
            id_ = enrolled_id(line.direct, name=f"Pat Example{number}")
            line.wire.cut_next(cut, passing=which)
            send(dispatcher.run_due, line, id_)
            assert line.wire.cuts == number
    taken = [one.message.delivery_id for one in transports[Channel.SMS].ledger]
    assert len(taken) == len(CUTS)
    assert (duplicates(line.direct, taken), lost(line.direct, taken)) == ([], [])
    assert tasks(line.direct) == []
    assert "late-outcome" not in [row["action"] for row in rows(line.direct, "events")]


def send(run_due: Callable[[], object], line: Line, id_: str) -> None:
    """Rounds of one worker until the first message has left; a round may fail, and the server may be at it yet."""
    for _ in range(1000):
        with suppress(OperationalError):  # what a worker would log, to go on with its next round
            run_due()
        if the_reminder(line.direct, id_, "welcome").state.value == "sent":
            return
    raise AssertionError("it never left")


def test_an_enrollment_whose_commit_was_cut_is_there_once_and_is_named(line: Line) -> None:
    for number, cut in enumerate(CUTS, start=1):
        request = a_request(name=f"Pat Example{number}", phone="+12125550123")
        line.wire.cut_next(cut)
        id_ = enroll(line.relayed, request, by="coordinator").enrollment
        assert line.wire.cuts == number
        assert len(all_enrollments(line.direct)) == number
        assert [event["action"] for event in events(line.direct, id_)] == ["enroll"]
    with pytest.raises(InputError, match=f"already enrolled for that day at main as {id_}"):
        enroll(line.relayed, request, by="coordinator")


def test_a_change_whose_commit_was_cut_is_made_once_and_answered(line: Line) -> None:
    id_ = enrolled_id(line.direct)
    for number, cut in enumerate(CUTS, start=1):
        line.wire.cut_next(cut)
        changed = reschedule(line.relayed, id_, to=f"2026-12-{15 + number % 2} 09:00", by="coordinator")
        assert line.wire.cuts == number
        assert changed.moved
        assert stored(line.direct, id_).revision == 1 + number
    assert [event["action"] for event in events(line.direct, id_)].count("reschedule") == len(CUTS)


def test_a_text_of_staff_whose_commit_was_cut_is_planned_once(line: Line) -> None:
    id_ = enrolled_id(line.direct)
    for number, cut in enumerate(CUTS, start=1):
        line.wire.cut_next(cut)
        write(line.relayed, id_, "Please bring your glasses.", urgent=False, by="coordinator")
        assert line.wire.cuts == number
    written = [reminder.round for reminder in everything(line.direct, id_) if reminder.key == "staff-text"]
    assert sorted(written) == list(range(1, len(CUTS) + 1))


def test_a_reply_whose_commit_was_cut_is_taken_once_and_answered(line: Line) -> None:
    for number, cut in enumerate(CUTS, start=1):
        line.wire.cut_next(cut)
        words = take_reply(line.relayed, a_text("I have chest pain", provider_id=f"SM{number}"))
        assert line.wire.cuts == number
        assert "911" in (words or "")  # a stranger's: nobody else answers
    assert [row["meaning"] for row in rows(line.direct, "replies")] == ["emergency"] * len(CUTS)
    assert [task["kind"] for task in tasks(line.direct)] == ["red-flag"] * len(CUTS)


@pytest.mark.parametrize("cut", [LATE, Cut(direction=TO_SERVER, after=3)], ids=["saved", "not saved"])
def test_where_nobody_can_be_asked_any_more_it_is_said_that_nobody_knows(line: Line, cut: Cut) -> None:
    line.wire.cut_next(cut)
    line.wire.close_after_cut()
    with pytest.raises(OperationError, match=r"NOT known .* `reminders show [^`]+` before you repeat it"):
        enroll(line.relayed, a_request(), by="coordinator")


def test_a_claim_that_was_saved_and_not_answered_goes_back_with_no_call_and_no_task(
    line: Line, clock: ManualClock, transports: Transports
) -> None:
    id_ = enrolled_id(line.direct)
    with a_dispatcher(line.relayed, transports) as dispatcher:
        line.wire.cut_next(Cut(direction=FROM_SERVER, after=len(ANSWER) - 1))
        with pytest.raises(OperationalError):
            dispatcher.run_due()
        assert transports[Channel.SMS].calls == ()
        assert dispatcher.run_due().sent == 1
    assert [(row["state"], row["code"]) for row in deliveries(line.direct, id_)] == [
        ("not_sent", "sent-back"),
        ("accepted", None),
    ]
