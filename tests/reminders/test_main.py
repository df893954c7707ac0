import runpy
import subprocess
import sys

import pytest


def test_the_module_is_the_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["reminders", "--help"])

    with pytest.raises(SystemExit) as end:
        runpy.run_module("reminders", run_name="__main__")

    assert not end.value.code
    assert "preview" in capsys.readouterr().out


def test_the_module_ends_with_the_exit_code_of_the_command() -> None:
    command = [sys.executable, "-m", "reminders", "no-such-command"]
    ended = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)

    assert (ended.returncode, ended.stdout) == (2, "")
