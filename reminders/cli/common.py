"""What every command shares: the global options, asking for what was left out, printing one document or text."""

import json
import os
import pwd
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar
from zoneinfo import ZoneInfo

import typer

from reminders.errors import ConfigurationError, InputError

if TYPE_CHECKING:
    from reminders.cli.clocks import Clocks
    from reminders.service import Service

T = TypeVar("T")

By = Annotated[str | None, typer.Option("--by", help="Who does this (default: the operating-system user).")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would happen; change nothing.")]
EnrollmentId = Annotated[str, typer.Argument(metavar="ENROLLMENT", help="The enrollment's id.", show_default=False)]


@dataclass(frozen=True, kw_only=True, slots=True)
class Globals:
    """The options that stand before or after any command."""

    config: Path | None
    as_json: bool


def open_service(context: typer.Context) -> "Service":
    """The service of the settings in force; its connections are closed when the command ends."""
    from reminders.bootstrap import open_service as opened

    options: Globals = context.obj
    service = opened(options.config)
    context.call_on_close(service.engine.dispose)
    return service


def open_lasting_service(context: typer.Context) -> "Service":
    """`open_service` for a process that goes on by itself: not with another key than the store's, nor without a plan.

    It would read no patient, or plan nothing, and nobody would be looking.
    """
    from reminders.key_fit import check_key
    from reminders.sites import calendar_problems

    service = open_service(context)
    for problem in calendar_problems(service.settings, service.clock.now().year):
        raise ConfigurationError(problem)
    check_key(service)
    return service


def site_zone(service: "Service", site: str | None = None) -> ZoneInfo:
    """The clock to print on: the site's, or the one all sites share, else UTC."""
    sites = service.settings.sites
    zones = (
        {sites[site].time_zone} if site is not None and site in sites else {each.time_zone for each in sites.values()}
    )
    return ZoneInfo(zones.pop() if len(zones) == 1 else "UTC")


def clocks_of(service: "Service", site: str, patient: str | None = None) -> "Clocks":
    """The clocks of one line among those of several sites: its own site's, named where the sites' differ."""
    from reminders.cli.clocks import Clocks

    own, zones = site_zone(service, site), {each.time_zone for each in service.settings.sites.values()}
    return Clocks(site=own, patient=ZoneInfo(patient) if patient else own, named=len(zones) > 1)


def site_time(service: "Service", text: str) -> str:
    """ "Fri 2026-11-20 12:00 EST", from an instant in UTC, for what belongs to no one site."""
    from reminders.cli.clocks import Clocks

    zone = site_zone(service)
    return Clocks(site=zone, patient=zone, named=True).at(text)


def wants_json(context: typer.Context) -> bool:
    options: Globals = context.obj
    return options.as_json


def print_json(document: Mapping[str, Any]) -> None:
    """One document on standard output, and nothing else."""
    print(json.dumps(document, ensure_ascii=False, indent=2))


def say(line: str) -> None:
    """A remark beside the answer: standard error, so that scripts read the answer alone."""
    print(line, file=sys.stderr)


def say_if_dry(dry_run: bool) -> None:
    """The remark that what is answered was only tried, for every command and with --json, too."""
    if dry_run:
        say("dry run: nothing was changed")


def user_name(given: str | None) -> str:
    """Who acts: as said, else the operating-system user."""
    from reminders.inputs import read_line

    if given is not None:
        return read_line("--by", given, longest=60)
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid {os.getuid()}"


def required(option: str, value: T | None, question: str) -> T | str:
    """A required option: asked for at a terminal, refused in a script."""
    if value is not None:
        return value
    if sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty():  # None: closed by whoever started us
        return _ask(question)
    raise InputError(f"{option}: is required")


def _ask(question: str) -> str:
    """What a person answers, asked until there is something; nothing of it goes to standard output."""
    while True:
        print(f"{question}: ", end="", file=sys.stderr, flush=True)
        line = sys.stdin.readline()
        if not line:  # the end of input, Ctrl-D
            raise EOFError
        if answer := line.strip():
            return answer
