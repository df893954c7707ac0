from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from reminders.clock import SystemClock
from reminders.database import operating
from reminders.enrollment import Enrolled
from reminders.rehearsal.calling import MACHINE
from reminders.rehearsal.stage import Stage, open_stage
from reminders.service import Service
from reminders.transports.base import Channel
from tests.reminders.rehearsal.conftest import NOON, SITE

Book = Callable[..., Enrolled]


def keys(stage: Stage, until: str) -> list[tuple[str, str]]:
    """What left until a moment of the site's clock, as (local time, key)."""
    news = stage.advance_to(stage.instant(until))
    messages = [sent for found in news for sent in found.messages]
    return [(f"{sent.at.astimezone(stage.zone):%m-%d %H:%M}", sent.message.key) for sent in messages]


def folder_of(stage: Stage) -> Path:
    return stage.service.settings.key_file.parent


# --- the clock --------------------------------------------------------------------------------


def test_each_reminder_leaves_at_its_own_instant_on_the_way(stage: Stage, book: Book) -> None:
    book()

    assert keys(stage, "2026-12-05 12:00") == [
        ("11-20 12:00", "welcome"),
        ("11-24 10:00", "prepare"),
        ("12-05 12:00", "ride"),
    ]


def test_the_clock_stops_where_it_was_asked_to(stage: Stage, book: Book) -> None:
    book()

    assert keys(stage, "2026-11-24 09:59") == [("11-20 12:00", "welcome")]
    assert stage.now() == stage.instant("2026-11-24 09:59")


def test_the_news_is_told_once(stage: Stage, book: Book) -> None:
    book()

    assert keys(stage, "2026-11-21 12:00") == [("11-20 12:00", "welcome")]
    assert keys(stage, "2026-11-22 12:00") == []


def test_nothing_to_do_is_no_news(stage: Stage) -> None:
    assert list(stage.advance_to(stage.instant("2026-12-24 12:00"))) == []


def test_a_reminder_that_cannot_leave_does_not_stop_the_clock(stage: Stage, book: Book) -> None:
    book()
    with stage.service.engine.begin() as connection:
        operating.pause(connection, "transport:sms", reason="drill", by="test", now=stage.now())

    assert keys(stage, "2026-11-20 12:10") == []
    assert stage.now() == stage.instant("2026-11-20 12:10")


def test_a_clock_that_cannot_be_moved_is_refused(stage: Stage) -> None:
    real = Service(
        settings=stage.service.settings,
        engine=stage.service.engine,
        vault=stage.service.vault,
        clock=SystemClock(),
        library=stage.service.library,
        medications=stage.service.medications,
    )

    with pytest.raises(TypeError):
        Stage(real)


# --- what is told -----------------------------------------------------------------------------


def test_a_message_names_its_patient_and_holds_the_whole_text(stage: Stage, book: Book) -> None:
    book()

    (news,) = stage.advance_to(stage.now())
    (sent,) = news.messages

    assert sent.patient == "Pat Example"
    assert sent.at == NOON
    assert sent.message.text.startswith("Example Radiology: Welcome.")


def test_a_task_that_enrolling_opens_is_news(stage: Stage, book: Book) -> None:
    book(takes=("warfarin",))

    (news,) = stage.advance_to(stage.now())
    (task,) = news.tasks

    assert (task.patient, task.at, task.urgent) == ("Pat Example", NOON, False)
    assert task.reason.startswith("No order recorded for warfarin.")
    assert task.due_at == stage.instant("2026-11-23 12:00")


def test_housekeeping_runs_where_the_clock_stops(stage: Stage, book: Book) -> None:
    book()
    list(stage.advance_to(stage.instant("2026-12-08 11:59")))

    asked = [task.reason for news in stage.advance_to(stage.instant("2026-12-08 12:00")) for task in news.tasks]

    assert len(asked) == 1
    assert asked[0].startswith("Record when the procedure ended")


def test_what_may_still_leave_is_counted(stage: Stage, book: Book) -> None:
    enrolled = book(sedation="none")
    planned = sum(reminder.send_at is not None for reminder in enrolled.timeline.reminders)

    keys(stage, "2026-11-24 10:00")

    assert stage.left_to_send(enrolled.enrollment) == planned - 2


# --- what comes back --------------------------------------------------------------------------


def test_a_text_of_a_patient_is_news_with_what_it_brings_about(stage: Stage, book: Book) -> None:
    enrolled = book()
    keys(stage, "2026-11-20 12:05")

    (news,) = stage.writes(enrolled.enrollment, "Can I drive to the visit?")

    assert [(wrote.patient, wrote.text) for wrote in news.replies] == [("Pat Example", "Can I drive to the visit?")]
    assert [sent.message.key for sent in news.messages] == ["response"]
    assert [task.text for task in news.tasks] == ["Can I drive to the visit?"]


def test_the_same_words_twice_are_two_texts(stage: Stage, book: Book) -> None:
    enrolled = book()
    keys(stage, "2026-11-20 12:05")

    for _ in range(2):
        list(stage.writes(enrolled.enrollment, "Can I drive to the visit?"))

    assert (stage.tally().replies, stage.tally().tasks) == (2, 2)


def test_what_a_yes_made_needless_is_known(stage: Stage, book: Book) -> None:
    enrolled = book(procedure="2026-12-08 14:00")
    keys(stage, "2026-12-07 10:00")

    assert stage.confirmed(enrolled.enrollment) == []
    list(stage.writes(enrolled.enrollment, "1"))
    assert stage.confirmed(enrolled.enrollment) == ["day-of"]


def test_a_landline_takes_no_text_and_gets_a_call(stage: Stage, book: Book) -> None:
    stage.landlines.add("+12125550123")
    book(consent="sms,voice")

    (news,) = stage.advance_to(stage.now())

    assert [sent.message.channel for sent in news.messages] == [Channel.VOICE]
    assert not stage.transports[Channel.SMS].ledger
    assert news.tasks[0].reason.startswith("The number cannot receive texts (21614).")


def test_a_call_is_answered_by_whom_the_stage_says(stage: Stage, book: Book) -> None:
    stage.picks_up = MACHINE
    book(consent="voice")

    (news,) = stage.advance_to(stage.now())

    assert [sent.heard.pickup for sent in news.messages if sent.heard] == [MACHINE]


def test_a_text_has_nobody_who_picks_it_up(stage: Stage, book: Book) -> None:
    book()

    (news,) = stage.advance_to(stage.now())

    assert [sent.heard for sent in news.messages] == [None]


# --- the tally --------------------------------------------------------------------------------


def test_the_tally_counts_messages_tasks_and_days(stage: Stage, book: Book) -> None:
    book(takes=("warfarin",))
    keys(stage, "2026-11-24 12:00")

    tally = stage.tally()

    assert (tally.messages, tally.tasks, tally.twice) == (2, 1, 0)
    assert tally.passed == timedelta(days=4)


def test_the_tally_counts_calls_among_the_messages(stage: Stage, book: Book) -> None:
    book(consent="voice")
    keys(stage, "2026-11-20 12:00")

    assert (stage.tally().messages, stage.tally().calls) == (1, 1)


def test_a_reminder_that_a_provider_took_twice_is_found_in_the_ledger(stage: Stage, book: Book) -> None:
    book()
    keys(stage, "2026-11-20 12:00")
    sms = stage.transports[Channel.SMS]

    sms.send(sms.ledger[0].message)

    assert stage.tally().twice == 1


# --- the stage and its surroundings -----------------------------------------------------------


def test_the_folder_is_gone_when_the_stage_closes() -> None:
    with open_stage(NOON, SITE) as stage:
        folder = folder_of(stage)
        assert (folder / "reminders.db").exists()

    assert not folder.exists()


def test_the_folder_is_gone_after_a_failure_too() -> None:
    folders: list[Path] = []

    def interrupted() -> None:
        with open_stage(NOON, SITE) as stage:
            folders.append(folder_of(stage))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()

    assert not folders[0].exists()


def test_a_live_transport_in_the_environment_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REMINDERS_TRANSPORTS__SMS__KIND", "twilio")

    with open_stage(NOON, SITE) as stage:
        assert not any(transport.live for transport in stage.transports.values())
        assert {settings.kind for settings in stage.service.settings.transports.values()} == {"memory"}
