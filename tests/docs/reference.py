"""The command reference, made of the help that the commands themselves give."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from reminders.cli.app import app
from tests.docs.markdown import ROOT

COMMANDS = ROOT / "docs" / "commands.md"
MARK = "<!-- What follows is made of the commands' own help: python -m tests.docs.refresh -->"

KINDS: dict[object, str] = {str: "TEXT", int: "NUMBER", float: "NUMBER", Path: "PATH", list[str]: "TEXT"}
GLOBALS = "reminders"


def all_commands() -> dict[str, Any]:
    """Every command by the words one types, the program itself first."""
    return dict(_commands(GLOBALS, typer.main.get_command(app)))


def with_reference(document: str) -> str:
    """The document with everything below its mark made anew."""
    return document.partition(MARK)[0] + MARK + "\n" + "".join(_section(*item) for item in all_commands().items())


def parameters(command: Any) -> list[Any]:
    """Arguments and options a reader may give."""
    return [each for each in command.params if not getattr(each, "hidden", False)]


def _commands(words: str, command: Any) -> Iterator[tuple[str, Any]]:
    yield words, command
    for name, below in getattr(command, "commands", {}).items():
        yield from _commands(f"{words} {name}", below)


def _section(words: str, command: Any) -> str:
    if words == GLOBALS:
        title, about = "Before or after any command", "These two may stand anywhere in the line."
    else:
        title, about = f"`{_usage(words, command)}`", command.help
    rows = [_row(each) for each in parameters(command)]
    table = ["| | |", "|---|---|", *rows, ""] if rows else []
    return "\n".join(["", f"## {title}", "", about, *([""] if table else []), *table]).rstrip("\n") + "\n"


def _usage(words: str, command: Any) -> str:
    arguments = [_label(each) for each in parameters(command) if not each.opts[0].startswith("-")]
    below = " COMMAND" if getattr(command, "commands", {}) else ""
    return " ".join([words, *arguments]) + below


def _label(parameter: Any) -> str:
    if not parameter.opts[0].startswith("-"):
        return str(parameter.metavar or parameter.name.upper())
    if parameter.is_flag:
        return "/".join([*parameter.opts[:1], *parameter.secondary_opts[:1]])
    kind = parameter.metavar or KINDS[parameter.type_descriptor.annotation]
    return f"{parameter.opts[0]} {kind}"


def _row(parameter: Any) -> str:
    more = [" May be given several times."] if parameter.multiple else []
    if parameter.default not in (None, False, ()) and "default" not in (parameter.help or ""):
        more.append(f" Default: `{parameter.default}`.")
    return f"| `{_label(parameter)}` | {parameter.help}{''.join(more)} |"
