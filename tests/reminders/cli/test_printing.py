"""Documents as people read them: whole words where they must not break, and nothing taken for markup."""

import io
from zoneinfo import ZoneInfo

import pytest
from rich.console import Console

from reminders.cli.printing import PAPER_WIDTH, Paper, plain_console

NEW_YORK = ZoneInfo("America/New_York")


def reminder(key: str, **changes: object) -> dict[str, object]:
    found = {
        "key": key,
        "local": "2026-12-02T10:00:00-05:00",
        "status": "planned",
        "channels": ["sms"],
        "waits_for": [],
        "why": ["start is Tue 2026-12-08 09:00 (America/New_York)"],
    }
    return found | changes


def timeline(*reminders: dict[str, object]) -> dict[str, object]:
    anchors = {"start": "2026-12-08T14:00:00Z"}
    return {"protocol": "example", "version": 3, "anchors": anchors, "reminders": list(reminders)}


def printed(document: dict[str, object], *, width: int = PAPER_WIDTH, why: bool = False) -> list[str]:
    file = io.StringIO()
    paper = Paper(NEW_YORK, Console(file=file, width=width, highlight=False, markup=False, emoji=False))
    paper.print_plan(document, why=why)
    return [line.rstrip() for line in file.getvalue().splitlines()]


def test_a_state_goes_before_what_planning_made_of_it() -> None:
    lines = printed(timeline(reminder("ride", state="held"), reminder("fasting")))
    assert lines[-2:] == [
        "Wed 2026-12-02 10:00  ride      HELD     sms",
        "Wed 2026-12-02 10:00  fasting   planned  sms",
    ]


def test_what_has_no_time_and_no_channel_is_a_dash() -> None:
    line = printed(timeline(reminder("stop:warfarin", local=None, status="missed", channels=[])))[-1]
    assert line.split() == ["-", "stop:warfarin", "MISSED", "-"]


def test_a_key_is_never_broken_in_two() -> None:
    lines = printed(timeline(reminder("resume:dabigatran-etexilate")), width=50)
    assert any("resume:dabigatran-etexilate" in line for line in lines)


def test_reasons_stand_below_each_in_one_line_of_its_own() -> None:
    lines = printed(timeline(reminder("ride", why=["one", "two " * 60])), why=True, width=40)
    assert lines[-1] == f"ride: one; {'two ' * 60}".rstrip()


@pytest.mark.parametrize("words", ["[bold]", "[/bold]", ":smile:", "[link=x]", "\\["])
def test_nothing_is_taken_for_markup(words: str) -> None:
    assert printed(timeline(reminder("ride", why=[words])), why=True)[-1] == f"ride: {words}"


def test_where_no_terminal_says_how_wide_it_is_a_line_is_long(capsys: pytest.CaptureFixture[str]) -> None:
    plain_console().print("word " * 31)
    assert capsys.readouterr().out.count("\n") == 1
    assert plain_console().width == PAPER_WIDTH


def test_a_terminal_keeps_its_width(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")  # rich takes this for a terminal
    monkeypatch.setenv("COLUMNS", "77")
    assert plain_console().width == 77


def test_a_task_shows_what_a_person_wrote_as_they_wrote_it() -> None:
    task = {
        "task": 7,
        "due": "2026-12-02T15:00:00Z",
        "urgent": False,
        "enrollment": None,
        "kind": "reply",
        "state": "open",
        "reason": "Unread reply.",
        "text": "[bold]Where\nis it?[/]\u202e",
        "from": "+12125550199",
    }
    file = io.StringIO()
    paper = Paper(NEW_YORK, Console(file=file, width=120, highlight=False, markup=False, emoji=False))
    paper.print_tasks([task])
    assert 'wrote (+12125550199): "[bold]Where is it?[/]"' in file.getvalue()
