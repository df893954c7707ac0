"""Rehearsals on a simulated clock: nothing leaves this machine."""

from pathlib import Path
from typing import Annotated

import typer


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
