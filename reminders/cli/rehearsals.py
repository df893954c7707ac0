"""Rehearsals on a simulated clock: nothing leaves this machine."""

from typing import Annotated

import typer


def demo(
    speed: Annotated[float, typer.Option("--speed", min=0, help="How fast to tell it; 0 means without pauses.")] = 1.0,
    lang: Annotated[str, typer.Option("--lang", help="Language of the messages: en or es.")] = "en",
) -> None:
    """One patient's six weeks in some seconds, on screen."""
    from rich.console import Console

    from reminders.inputs import read_choice
    from reminders.rehearsal.demo import run_demo

    run_demo(Console(), language=read_choice("--lang", lang, ("en", "es")), speed=speed)
