"""Rehearsals on a simulated clock: nothing leaves this machine."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from reminders.settings import Settings


def demo(
    speed: Annotated[float, typer.Option("--speed", min=0, help="How fast to tell it; 0 means without pauses.")] = 1.0,
    lang: Annotated[str, typer.Option("--lang", help="Language of the messages: en or es.")] = "en",
    svg: Annotated[
        Path, typer.Option("--svg", help="Where the first patient's timeline is saved as a picture.")
    ] = Path("demo-timeline.svg"),
) -> None:
    """One patient's six weeks, a late booking, a moved procedure, replies and calls in some seconds, on screen."""
    from rich.console import Console

    from reminders.inputs import read_choice
    from reminders.rehearsal.demo import run_demo

    run_demo(Console(), language=read_choice("--lang", lang, ("en", "es")), speed=speed, picture_file=svg)


def simulate(
    context: typer.Context,
    patients: Annotated[int, typer.Option("--patients", help="How many patients are booked.")] = 100,
    days: Annotated[int, typer.Option("--days", help="How many days are rehearsed.")] = 30,
    seed: Annotated[int, typer.Option("--seed", help="Equal seeds, equal months.")] = 1,
    faults: Annotated[
        str, typer.Option("--faults", help="What goes wrong: none, some (an ordinary month), or all (every fault).")
    ] = "some",
    svg: Annotated[
        Path | None, typer.Option("--svg", help="Also draw the load of each hour beside what the sender takes.")
    ] = None,
) -> None:
    """A whole month in seconds, with faults, checked: sites, protocols and rate are those of --config, if given."""
    from rich.console import Console

    from reminders.cli.common import print_json, wants_json
    from reminders.picture.files import check_writable
    from reminders.rehearsal.months import forecast_of, read_asked, rehearse, show, write_load

    asked = read_asked(patients, days, seed, faults)
    settings = _department(context)
    if svg is not None:
        check_writable(svg)
    report = rehearse(asked, Console(stderr=True), settings=settings)
    found = forecast_of(report, _rate(settings), report.month.ledger.rules.site_zone)
    if svg is not None:
        write_load(svg, found, report)
    if wants_json(context):
        print_json(report.as_json())
    else:
        show(Console(), report, found)
    if report.found:
        raise typer.Exit(1)


def _department(context: typer.Context) -> "Settings | None":
    """The settings somebody named with --config; none are looked for."""
    from reminders.cli.common import Globals
    from reminders.settings import load_settings

    options: Globals = context.obj
    return None if options.config is None else load_settings(options.config)


def _rate(settings: "Settings | None") -> float | None:
    """How many segments a second the department's sender takes, where that is set."""
    if settings is None:
        return None
    from schedules.protocol import Channel

    transport = settings.transports.get(Channel.SMS)
    return None if transport is None else transport.rate
