"""The demo: some patients' weeks in some seconds, by the real planner, store, dispatcher and housekeeping."""

from pathlib import Path

from rich.console import Console

from reminders.clock import Clock, SystemClock
from reminders.inputs import read_choice
from reminders.picture.files import check_writable
from reminders.protocols import Library
from reminders.rehearsal.pacing import Pacer
from reminders.rehearsal.scenes import OPENS, SCENES, SITE
from reminders.rehearsal.showing import Showing
from reminders.rehearsal.stage import open_stage

PROTOCOL = "vertebroplasty"
OPENING = (
    "The clock is simulated and every person is invented. The plan, the texts, the store and the worker are the real "
    "ones. Nothing leaves this machine."
)


def run_demo(
    console: Console, *, language: str, speed: float, clock: Clock | None = None, picture_file: Path | None = None
) -> None:
    """Play every scene; pauses are divided by `speed`, and there are none where nobody watches.

    The first patient's timeline is saved as a picture in `picture_file`. `clock` is the real one, by which the
    telling is paced. Raises InputError for a language the shipped texts do not have, for a speed below 0, and
    for a file that cannot be written, before anything is printed.
    """
    language = read_choice("--lang", language, Library().load(PROTOCOL).languages)
    pacer = Pacer(clock or SystemClock(), speed if console.file.isatty() else 0)
    if picture_file is not None:
        check_writable(picture_file)
    with open_stage(OPENS, SITE) as stage:
        showing = Showing(console, pacer, stage.zone, picture_file)
        showing.opening(OPENING)
        for number, scene in enumerate(SCENES, start=1):
            showing.scene(number, scene.title, scene.sentence)
            scene.play(stage, showing, language)
        showing.tally(stage.tally(), pacer.elapsed())
