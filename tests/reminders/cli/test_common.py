"""What every command shares: whether it may ask, and who acts."""

import io
import sys
from collections.abc import Callable

import pytest

from reminders.cli.common import required
from reminders.errors import InputError


class Screen(io.StringIO):
    """A stream that says it is a terminal, or not."""

    def __init__(self, text: str = "", *, terminal: bool = True) -> None:
        super().__init__(text)
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


Streams = Callable[..., Screen]


@pytest.fixture
def streams(monkeypatch: pytest.MonkeyPatch) -> Streams:
    """Give the command a keyboard with these keys and a screen; returns the screen."""

    def give(keys: str, *, keyboard: bool = True, screen: bool = True) -> Screen:
        shown = Screen(terminal=screen)
        monkeypatch.setattr(sys, "stdin", Screen(keys, terminal=keyboard))
        monkeypatch.setattr(sys, "stderr", shown)
        return shown

    return give


def test_what_was_given_is_not_asked_for(streams: Streams) -> None:
    shown = streams("another")
    assert required("--name", "Pat Example", "Patient's name") == "Pat Example"
    assert shown.getvalue() == ""


def test_at_a_terminal_what_was_left_out_is_asked_for_on_the_screen_alone(
    streams: Streams, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = streams("  Pat Example \n")
    assert required("--name", None, "Patient's name") == "Pat Example"
    assert shown.getvalue() == "Patient's name: "
    assert capsys.readouterr().out == ""


def test_an_empty_answer_is_asked_again(streams: Streams) -> None:
    shown = streams("\n  \nPat Example\n")
    assert required("--name", None, "Patient's name") == "Pat Example"
    assert shown.getvalue() == "Patient's name: " * 3


def test_the_end_of_all_answers_ends_the_asking(streams: Streams) -> None:
    streams("\n")
    with pytest.raises(EOFError):
        required("--name", None, "Patient's name")


@pytest.mark.parametrize(("keyboard", "screen"), [(False, True), (True, False), (False, False)])
def test_without_a_keyboard_and_a_screen_nothing_is_asked(streams: Streams, keyboard: bool, screen: bool) -> None:
    shown = streams("Pat Example\n", keyboard=keyboard, screen=screen)
    with pytest.raises(InputError, match="--name: is required"):
        required("--name", None, "Patient's name")
    assert shown.getvalue() == ""


def test_without_any_standard_input_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(InputError, match="--name: is required"):
        required("--name", None, "Patient's name")
