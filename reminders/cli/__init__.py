"""The command line: `reminders COMMAND`. Exit 0 done, 2 the input is wrong (nothing changed), 1 it failed.

Heavy imports stand inside the command that needs them, so that `--help` answers at once.
"""

import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from reminders.errors import InputError, ReminderError

GLOBAL_VALUES = ("--config",)
GLOBAL_FLAGS = ("--json",)
INTERRUPTED = 130  # what Typer makes of Ctrl-C


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; every error is one line on standard error."""
    try:
        code = _run(_globals_first(list(sys.argv[1:] if arguments is None else arguments)))
        sys.stdout.flush()
        return code
    except InputError as error:
        return _say(str(error), 2)
    except ReminderError as error:
        return _say(str(error), 1)
    except KeyboardInterrupt:
        return _say("stopped", 1)
    except BrokenPipeError:  # whoever read along has left; without this Python complains of it when it ends
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:  # our mistake; its text may quote a patient, so only its kind and place are told
        return _say(_unexpected(error), 1)


def _run(words: list[str]) -> int:
    from typer.exceptions import Abort, TyperException

    from reminders.cli.app import app

    try:
        code: int = app(words, prog_name="reminders", standalone_mode=False) or 0
        return _say("stopped", 1) if code == INTERRUPTED else code
    except TyperException as error:
        context = getattr(error, "ctx", None)
        command = context.command_path if context is not None else "reminders"
        return _say(f"{error.format_message()} (see `{command} --help`)", error.exit_code)
    except Abort:
        return _say("stopped", 1)


def _unexpected(error: Exception) -> str:
    database = sys.modules.get("sqlalchemy.exc")
    if database is not None and isinstance(error, database.DBAPIError):
        if error.connection_invalidated:
            return "the database was lost: it is NOT known whether this was saved; look before you repeat it"
        return f"the database did not do it: {str(error.orig).partition(chr(10))[0]}"
    return f"unexpected {type(error).__name__} at {_place(error)}; nothing more was done"


def _place(error: BaseException) -> str:
    """The innermost line of ours that an error came through, as file:line."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_ours(Path(frame.filename))]
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "an unknown place"


def _is_ours(file: Path) -> bool:
    package = Path(__file__).parents[1]
    return file.is_relative_to(package) or file.is_relative_to(package.with_name("schedules"))


def _globals_first(words: list[str]) -> list[str]:
    """Let --config and --json stand before or after the command."""
    front: list[str] = []
    rest: list[str] = []
    while words:
        word = words.pop(0)
        if word == "--":
            rest += [word, *words]
            break
        if word in GLOBAL_FLAGS or word.startswith(tuple(f"{name}=" for name in GLOBAL_VALUES)):
            front.append(word)
        elif word in GLOBAL_VALUES:
            if not words:
                raise InputError(f"{word}: needs a value")
            front += [word, words.pop(0)]
        else:
            rest.append(word)
    return front + rest


def _say(line: str, code: int) -> int:
    print("reminders:", " ".join(line.split()), file=sys.stderr)
    return code
