from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rich.console import Console

from reminders.clock import ManualClock
from reminders.errors import OperationError
from reminders.rehearsal.calling import MACHINE, PERSON, Heard, Pickup
from reminders.rehearsal.news import News, Opened, Sent, Tally, Wrote
from reminders.rehearsal.pacing import Pacer
from reminders.rehearsal.showing import CHANNELS, FACTS, LOOKS, Showing, why
from reminders.transports.base import Channel, OutboundMessage
from schedules.procedure import Procedure
from schedules.protocol import Fact
from schedules.timeline import build_timeline
from tests.builders import (
    NEW_YORK,
    a_hold,
    a_place,
    a_procedure,
    a_step,
    an_offset,
    local,
    plan,
    planned,
    the_shipped_protocol,
)

Shown = Callable[[], str]
CLOCK = ManualClock(datetime(2026, 11, 20, tzinfo=UTC))


@pytest.fixture
def showing(console: Console) -> Showing:
    return Showing(console, Pacer(CLOCK, 0), NEW_YORK)


def a_message(text: str = "Please call us.", **changes: object) -> News:
    values = {"channel": Channel.SMS, "subject": None, "key": "ride", "at": "2026-12-05 12:00"} | changes
    at = local(str(values.pop("at")))
    message = OutboundMessage(delivery_id="1", enrollment="E", to="+12125550123", text=text, **values)  # type: ignore[arg-type]
    return News(messages=(Sent(patient="Pat Example", at=at, message=message),), tasks=())


def a_call(pickup: Pickup, *said: str, reason: str | None = None) -> News:
    (sent,) = a_message("Whatever was written.", channel=Channel.VOICE).messages
    heard = Heard(pickup=pickup, words=said, state="delivered", reason=reason)
    return News(messages=(replace(sent, heard=heard),), tasks=())


def a_reply(text: str) -> News:
    wrote = Wrote(patient="Pat Example", at=local("2026-12-05 12:05"), text=text)
    return News(messages=(), tasks=(), replies=(wrote,))


def a_task(urgent: bool, text: str | None = None) -> News:
    at = local("2026-12-05 12:00")
    due_at, reason = at + timedelta(hours=1), "Call the patient."
    opened = Opened(patient="Pat Example", at=at, due_at=due_at, reason=reason, urgent=urgent, text=text)
    return News(messages=(), tasks=(opened,))


def shipped_plan(procedure: Procedure, showing: Showing) -> None:
    timeline = build_timeline(the_shipped_protocol(), procedure, a_place(), now=procedure.enrolled)
    showing.plan("Pat Example", "Ordered.", timeline)


def lines_of(shown: Shown, word: str) -> list[str]:
    return [line for line in shown().splitlines() if word in line]


# --- why, in one line -------------------------------------------------------------------------


def test_a_reminder_that_nothing_moved_is_explained_by_its_offset() -> None:
    step = a_step(offset=an_offset("12:00", days=-3))

    assert why(planned(step)) == "start, minus 3 days, at 12:00"


def test_a_reminder_that_waits_is_explained_by_its_offset_too() -> None:
    step = a_step(offset=an_offset(hours=3), anchor="end", waits_for=("completed",))

    assert why(planned(step)) == "end, plus 3 hours"


def test_a_reminder_that_had_to_move_is_explained_by_the_last_rule() -> None:
    step = a_step(offset=an_offset("06:00", days=-3), shift="later")

    assert "2026-12-05 09:00" in why(planned(step))


def test_a_skipped_reminder_says_that_it_was_too_late() -> None:
    step = a_step(offset=an_offset("12:00", days=-20), if_late="skip")

    assert why(planned(step)) == "its time has passed: skipped"


# --- the plan ---------------------------------------------------------------------------------


def test_the_plan_stands_in_the_order_of_time(showing: Showing, shown: Shown) -> None:
    late, early = a_step("late"), a_step("early", offset=an_offset("12:00", days=-5))

    showing.plan("Pat Example", "Ordered.", plan(late, early))

    assert shown().index("early") < shown().index("late")


def test_a_copy_stands_in_the_row_of_what_it_copies(showing: Showing, shown: Shown) -> None:
    shipped_plan(a_procedure(consented=("sms", "email")), showing)

    assert len(lines_of(shown, "prepare")) == 1
    assert "text+e-mail" in lines_of(shown, "prepare")[0]


def test_what_has_no_time_comes_last_and_says_what_became_of_it(showing: Showing, shown: Shown) -> None:
    shipped_plan(a_procedure(start="2026-11-24 09:00", holds=(a_hold(),)), showing)

    (missed,) = lines_of(shown, "stop:warfarin")
    (visit,) = lines_of(shown, "visit-book")
    assert missed.split()[0] == "missed"
    assert shown().index(visit) < shown().index(missed)


def test_what_waits_for_a_fact_is_marked_and_explained_once(showing: Showing, shown: Shown) -> None:
    shipped_plan(a_procedure(), showing)

    assert "Tue Dec 8, 1:00 PM*" in lines_of(shown, "after-care")[0]
    assert len(lines_of(shown, "until staff record")) == 1


def test_a_plan_that_waits_for_nothing_explains_nothing(showing: Showing, shown: Shown) -> None:
    showing.plan("Pat Example", "Ordered.", plan(a_step()))

    assert "*" not in shown()


def test_every_fact_and_channel_has_its_words() -> None:
    assert set(FACTS) == set(Fact)
    assert set(CHANNELS) == set(LOOKS) == set(Channel)


# --- messages and tasks -----------------------------------------------------------------------


def test_a_text_is_shown_with_local_time_channel_patient_and_key(showing: Showing, shown: Shown) -> None:
    showing.news([a_message()])

    assert "Sat Dec 5, 12:00 PM · text to Pat Example" in shown()
    assert "Please call us." in shown()
    assert lines_of(shown, "╰")[0].endswith(" ride ─╯")


def test_a_text_is_shown_as_it_stands(showing: Showing, shown: Shown) -> None:
    showing.news([a_message("Keep [bold]this[/bold] :smile: as it is.")])

    assert "Keep [bold]this[/bold] :smile: as it is." in shown()


def test_a_long_email_is_cut_and_the_rest_counted(showing: Showing, shown: Shown) -> None:
    body = "\n".join(f"Line {number}." for number in range(1, 11))

    showing.news([a_message(body, channel=Channel.EMAIL, subject="Getting ready")])

    assert "e-mail to Pat Example" in shown()
    assert "Getting ready" in shown()
    assert "Line 3." in shown()
    assert "Line 4." not in shown()
    assert "(7 more lines)" in shown()


def test_a_short_email_is_shown_whole(showing: Showing, shown: Shown) -> None:
    showing.news([a_message("One.\nTwo.\nThree.", channel=Channel.EMAIL, subject="Short")])

    assert "Three." in shown()
    assert "more lines" not in shown()


@pytest.mark.parametrize(("urgent", "word"), [(True, "URGENT TASK"), (False, "Task")])
def test_a_task_says_what_for_whom_and_until_when(showing: Showing, shown: Shown, urgent: bool, word: str) -> None:
    showing.news([a_task(urgent)])

    assert f"Sat Dec 5, 12:00 PM · {word} · Pat Example" in shown()
    assert "Call the patient." in shown()
    assert "Due Sat Dec 5, 1:00 PM." in shown()


def test_a_task_about_a_text_quotes_it_as_the_worklist_does(showing: Showing, shown: Shown) -> None:
    showing.news([a_task(False, "Can I drive?")])

    assert 'wrote: "Can I drive?"' in shown()


def test_a_patients_text_says_whose_it_is_and_has_a_frame_of_its_own(showing: Showing, shown: Shown) -> None:
    showing.news([a_reply("Can I [bold]drive[/bold]?")])

    assert lines_of(shown, "╔")[0].startswith("╔═ Sat Dec 5, 12:05 PM · text from Pat Example ═")
    assert lines_of(shown, "║")[0].startswith("║ Can I [bold]drive[/bold]? ")


def test_a_patients_text_stands_before_what_it_brought_about(showing: Showing, shown: Shown) -> None:
    showing.news([replace(a_message(), replies=a_reply("Can I drive?").replies)])

    assert shown().index("Can I drive?") < shown().index("Please call us.")


def test_a_call_shows_each_sentence_that_was_heard_once_and_who_answered(showing: Showing, shown: Shown) -> None:
    showing.news([a_call(PERSON, "Please call us.", "Please call us.", "Press 1.")])

    assert "call to Pat Example" in shown()
    assert len(lines_of(shown, "Please call us.")) == len(lines_of(shown, "Press 1.")) == 1
    assert "(delivered: answered by a person, who pressed 1)" in shown()
    assert "Whatever was written." not in shown()


def test_a_call_that_a_machine_took_says_so_in_the_receipts_words(showing: Showing, shown: Shown) -> None:
    showing.news([a_call(MACHINE, "Please call us.", reason="left on a machine")])

    assert "(delivered: left on a machine)" in shown()


def test_days_that_passed_between_two_messages_are_said(showing: Showing, shown: Shown) -> None:
    days = ("2026-12-05 12:00", "2026-12-05 19:00", "2026-12-06 12:00", "2026-12-09 12:00")

    showing.news([a_message(at=at) for at in days])

    assert [line.strip() for line in lines_of(shown, "later")] == [
        "· · · 1 day later · · ·",
        "· · · 3 days later · · ·",
    ]


def test_a_new_scene_counts_its_days_anew(showing: Showing, shown: Shown) -> None:
    showing.news([a_message(at="2026-12-05 12:00")])
    showing.scene(2, "Another", "It begins.")
    showing.news([a_message(at="2026-12-09 12:00")])

    assert "later" not in shown()


# --- the whole --------------------------------------------------------------------------------


def test_the_last_lines_count_everything(showing: Showing, shown: Shown) -> None:
    showing.tally(Tally(messages=19, calls=2, replies=4, tasks=3, twice=1, passed=timedelta(days=72, hours=21)), 4.26)

    assert shown().splitlines()[-2:] == [
        "19 messages sent (2 calls), 4 replies read, 3 tasks opened, 1 sent twice.",
        "72 simulated days in 4.3 real seconds.",
    ]


@pytest.mark.parametrize("width", [40, 80, 120, 300])
def test_no_line_is_longer_than_the_terminal_or_a_readable_line(width: int, console: Console, shown: Shown) -> None:
    console.width = width
    showing = Showing(console, Pacer(CLOCK, 0), NEW_YORK)

    showing.scene(1, "A scene", "A sentence that is long enough to be broken on any terminal of a usual width. " * 2)
    shipped_plan(a_procedure(holds=(a_hold(resume_days=1),)), showing)
    showing.news([a_message("word " * 60), a_task(urgent=True), a_reply("word " * 60)])

    assert max(len(line) for line in shown().splitlines()) == min(width, 100)


def test_a_picture_that_can_no_longer_be_saved_ends_the_telling_as_a_failure(console: Console, tmp_path: Path) -> None:
    showing = Showing(console, Pacer(CLOCK, 0), NEW_YORK, tmp_path / "gone" / "a.svg")

    with pytest.raises(OperationError, match="cannot be written"):
        showing.picture("<svg/>")
