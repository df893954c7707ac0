"""One shell for one story: what is exported, entered or left behind stays, as at a reader's own terminal."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from tests.docs.markdown import ROOT

END = "-- end of this command --"
COLUMNS = 100  # how wide the reader's terminal is

COMMAND = """\
#!/bin/sh
exec {python} -m tests.docs.command "$@"
"""
# Runs a command that does not end by itself until a word appears in what it prints, and tells it to stop.
UNTIL = """\
exec 3< <({command} 2>&1 & echo "$!"; wait "$!")
read -r pid <&3
while read -r line <&3; do echo "$line"; case "$line" in *{word}*) kill -TERM "$pid";; esac; done
"""


class Shell:
    """Made by `open_shell`."""

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        self._bash = subprocess.Popen(
            ["bash", "--norc", "--noprofile", "-s"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=environ,
            text=True,
        )

    def run(self, command: str, *, now: datetime | None = None, until: str | None = None) -> tuple[str, int]:
        """What a command prints on both its outputs, and its exit code.

        `now`: the time at which `reminders` starts, else the real one. `until`: stop it once this word appears.
        """
        typed = command if until is None else UNTIL.format(command=command, word=until)
        clock = f"export STORY_TIME={now.isoformat()}" if now else "unset STORY_TIME"
        lines = [*self._printed(f"{clock}\n{{ {typed}\n}} </dev/null\nprintf '\\n%s %d\\n' '{END}' \"$?\"\n")]
        return "\n".join(lines[:-1]).rstrip("\n"), int(lines[-1].rpartition(" ")[2])

    def close(self) -> None:
        self._bash.communicate()

    def _printed(self, script: str) -> Iterator[str]:
        """Everything up to and with the line that marks the end."""
        assert self._bash.stdin is not None
        assert self._bash.stdout is not None
        self._bash.stdin.write(script)
        self._bash.stdin.flush()
        for line in self._bash.stdout:
            yield line.rstrip("\n")
            if line.startswith(END):
                return
        raise AssertionError("the shell ended in the middle of a command")


@contextmanager
def open_shell(folder: Path, more: Mapping[str, str]) -> Iterator[Shell]:
    """A shell in a folder, with `reminders` on its path and nothing of this process's own environment but that path.

    The packages come from the checkout, whether they are installed or not; `more` may put others beside them.
    """
    tools = folder.parent / f"{folder.name}-tools"
    tools.mkdir()
    command = tools / "reminders"
    command.write_text(COMMAND.format(python=sys.executable))
    command.chmod(0o755)
    plain = {"HOME": str(folder), "COLUMNS": str(COLUMNS), "LANG": "C.UTF-8", "TERM": "dumb", "USER": "reader"}
    path = os.pathsep.join([str(tools), str(Path(sys.executable).parent), os.environ["PATH"]])
    packages = os.pathsep.join(filter(None, [str(ROOT), more.get("PYTHONPATH")]))
    shell = Shell(folder, plain | dict(more) | {"PATH": path, "PYTHONPATH": packages})
    try:
        yield shell
    finally:
        shell.close()
