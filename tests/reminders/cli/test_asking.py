"""At a terminal a required option that was left out is asked for; the answer alone goes to standard output."""

import json
import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from reminders.clock import SystemClock
from tests.reminders.cli.running import Installation, assert_is_timeline

ROOT = Path(__file__).parents[3]
PATIENCE = 60.0  # seconds
CTRL_C, CTRL_D = KEYS = ("\x03", "\x04")


class Terminal:
    """A command at a terminal of its own: questions and answers there, standard output apart."""

    def __init__(self, process: subprocess.Popen[str], keyboard: int) -> None:
        self.process = process
        self.said = ""
        self._keyboard = keyboard

    def wait_for(self, words: str, *, pressing: str | None = None) -> None:
        """Read what the command says until it has said this, from where it was last read.

        `pressing`: a key that is pressed again each second: between its question and its reading a command misses it.
        """
        deadline = time.monotonic() + PATIENCE
        while words not in self.said:
            left = deadline - time.monotonic()
            assert left > 0, f"{words!r} was never asked; it said {self.said!r}"
            ready, _, _ = select.select([self._keyboard], [], [], min(left, 1.0) if pressing else left)
            if ready:
                self.said += os.read(self._keyboard, 4096).decode()
            elif pressing:
                os.write(self._keyboard, pressing.encode())
        self.said = self.said.partition(words)[2]

    def answer(self, question: str, words: str) -> None:
        self.wait_for(question)
        os.write(self._keyboard, words.encode() if words in KEYS else f"{words}\n".encode())

    def end(self) -> tuple[int, str]:
        out, _ = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, out


@contextmanager
def at_a_terminal(folder: Path, *words: str) -> Iterator[Terminal]:
    keyboard, screen = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "reminders", *words],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]},
        stdin=screen,
        stderr=screen,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=_take_the_terminal,
    )
    os.close(screen)
    try:
        yield Terminal(process, keyboard)
    finally:
        process.kill()
        process.wait()
        os.close(keyboard)


def _take_the_terminal() -> None:
    """Make the terminal the one whose Ctrl-C reaches the command, also where the tests run in the background."""
    import fcntl
    import signal
    import termios

    signal.signal(signal.SIGINT, signal.SIG_DFL)
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def in_a_month() -> str:
    return f"{SystemClock().now() + timedelta(days=30):%Y-%m-%d} 09:00"


def test_enroll_asks_for_what_it_needs_in_the_order_of_a_form(installation: Installation) -> None:
    with at_a_terminal(installation.folder, "enroll", "--json") as terminal:
        terminal.answer("Patient's name:", "")
        terminal.answer("Patient's name:", "Pat Example")
        terminal.answer("Phone (+12125550123):", "+12125550123")
        terminal.answer("Channels agreed to (sms,email,voice):", "sms")
        terminal.answer("Planned start (2026-12-08 09:00):", in_a_month())
        code, out = terminal.end()
    assert code == 0
    assert_is_timeline(json.loads(out)["timeline"])
    assert installation.rows()["enrollments"] == 1


QUESTIONS: list[tuple[Sequence[str], str, str]] = [
    (("preview",), "Planned start (2026-12-08 09:00):", "12/08/2026"),
    (("protocol", "approve", "vertebroplasty"), "Who approves it:", "C" * 61),
    (("tasks", "done", "7"), "What was done:", "called"),
    (("cancel", "2222-22222"), "Reason (patient, hospital, admitted, deceased, error, other):", "patient"),
    (("reschedule", "2222-22222"), "New start (2026-12-15 09:00):", "2026-12-15 09:00"),
    (("order", "2222-22222", "--ordered-by", "Dr. Example"), "Order, drug and days (warfarin=5):", "warfarin=5"),
    (("complete", "2222-22222"), "When it ended (2026-12-08 10:10):", "2026-12-08 10:10"),
]


@pytest.mark.parametrize(("words", "question", "answer"), QUESTIONS, ids=lambda value: str(value))
def test_every_command_asks_for_what_it_cannot_do_without(
    words: Sequence[str], question: str, answer: str, installation: Installation
) -> None:
    with at_a_terminal(installation.folder, *words) as terminal:
        terminal.answer(question, answer)
        terminal.wait_for("reminders: ")  # each answer is one that is refused
        assert terminal.end() == (2, "")


@pytest.mark.parametrize("key", [CTRL_C, CTRL_D], ids=["Ctrl-C", "Ctrl-D"])
def test_to_leave_at_a_question_ends_the_command_and_changes_nothing(key: str, installation: Installation) -> None:
    before = installation.rows()
    with at_a_terminal(installation.folder, "enroll") as terminal:
        terminal.answer("Patient's name:", key)
        terminal.wait_for("reminders: stopped", pressing=key)
        assert terminal.end() == (1, "")
    assert installation.rows() == before


def test_with_its_questions_out_of_sight_a_command_asks_nothing(installation: Installation) -> None:
    command = [sys.executable, "-m", "reminders", "enroll"]
    keyboard, screen = pty.openpty()
    ended = subprocess.run(
        command,
        cwd=installation.folder,
        env={"PYTHONPATH": str(ROOT)},
        stdin=screen,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    os.close(keyboard)
    os.close(screen)
    assert (ended.returncode, ended.stdout, ended.stderr) == (2, "", "reminders: --name: is required\n")


def test_without_a_standard_input_a_command_asks_nothing(installation: Installation) -> None:
    command = f'"{sys.executable}" -m reminders enroll <&-'
    ended = subprocess.run(
        ["sh", "-c", command],
        cwd=installation.folder,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (2, "", "reminders: --name: is required\n")
