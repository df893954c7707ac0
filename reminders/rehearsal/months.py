"""How a rehearsed month is told: figures, faults, what a sender's rate means for it, and the load as a picture.

The rule: what must never have happened comes last and is told one by one, with the command that plays it again.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.progress import Progress as Bar
from rich.table import Table

from reminders.errors import InputError
from reminders.forecasting import Forecast, forecast
from reminders.picture.files import write_drawing
from reminders.picture.load import draw_load
from reminders.rehearsal.checking import INVARIANTS
from reminders.rehearsal.counting import Report, report_of
from reminders.rehearsal.faults import MIXES
from reminders.rehearsal.lives import MOST_PATIENTS
from reminders.rehearsal.simulating import Asked, Progress, simulate
from reminders.settings import Settings
from reminders.texts.segments import segments
from schedules.protocol import Channel

MOST_DAYS = 1000
SLOWEST = 1.0  # segments a second: a long code in the United States
MOST_TOLD = 20


def read_asked(patients: int, days: int, seed: int, faults: str) -> Asked:
    """What was typed, checked; InputError says what would be right."""
    if not 1 <= patients <= MOST_PATIENTS:
        raise InputError(f"--patients: {patients} is outside 1 to {MOST_PATIENTS}")
    if not 1 <= days <= MOST_DAYS:
        raise InputError(f"--days: {days} is outside 1 to {MOST_DAYS}")
    if faults not in MIXES:
        raise InputError(f"--faults: {faults!r} is not one of {', '.join(MIXES)}")
    return Asked(patients=patients, days=days, seed=seed, faults=faults)


def rehearse(asked: Asked, console: Console, *, settings: Settings | None = None) -> Report:
    """Play it; a bar on `console` shows how far it is, where somebody watches."""
    with _progress(console, asked) as progress:
        return report_of(simulate(asked, settings=settings, progress=progress))


@contextmanager
def _progress(console: Console, asked: Asked) -> Iterator[Progress]:
    if not console.is_terminal:
        yield lambda part: None
        return
    with Bar(console=console, transient=True) as bar:
        task = bar.add_task(f"{asked.days} days", total=1.0)
        yield lambda part: bar.update(task, completed=part)


def forecast_of(report: Report, per_second: float | None, zone: ZoneInfo) -> Forecast:
    """The texts of the month, as they were planned, against what the sender takes in a second."""
    ledger = report.month.ledger
    planned = {row["id"]: row["send_at"] for row in ledger.rows["reminders"]}
    due = {row["id"]: planned[row["reminder"]] for row in ledger.rows["deliveries"]}
    texts = [line for line in ledger.lines if line.channel == Channel.SMS]
    loads: list[tuple[datetime, int]] = [(due.get(line.delivery) or line.at, segments(line.text)) for line in texts]
    return forecast(loads, per_second or SLOWEST, zone)


def write_load(file: Path, found: Forecast, report: Report) -> None:
    """The load per hour beside the sender's budget, as SVG; InputError where the file cannot be written."""
    asked = report.month.asked
    write_drawing(file, draw_load(found, title=f"{asked.patients} patients, {asked.days} days, rehearsed"))


def show(console: Console, report: Report, found: Forecast) -> None:
    """Everything in words."""
    console.print(_figures(report))
    for name, counts in (("What the program met", report.month.faults), ("What left", _channels(report))):
        if counts:
            console.print(f"{name}: {_listed(counts)}.", highlight=False)
    for sentence in found.sentences():
        console.print(f"{sentence[0].upper()}{sentence[1:]}.", highlight=False)
    _tell_violations(console, report)


def _figures(report: Report) -> Table:
    table = Table(box=None, show_header=False)
    for name, value in report.as_json().items():
        table.add_row(name.replace("_s", " (s)").replace("_", " "), f"{value:,}")
    return table


def _channels(report: Report) -> Mapping[str, int]:
    return Counter(line.channel for line in report.month.ledger.lines)


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {number}" for name, number in sorted(counts.items()))


def _tell_violations(console: Console, report: Report) -> None:
    if not report.found:
        console.print("Nothing went twice, nothing was lost, and nothing wrong was said.", style="green")
        return
    for each in report.found[:MOST_TOLD]:
        console.print(f"{each.invariant} {each.enrollment or ''}: {each.story}", style="red", highlight=False)
    for name in sorted({each.invariant for each in report.found}):
        console.print(f"{name} is: {INVARIANTS[name]}.", highlight=False)
    console.print(f"Play it again: {replay_of(report.month.asked)}", highlight=False)


def replay_of(asked: Asked) -> str:
    """The command that plays the very same again."""
    return (
        f"reminders simulate --patients {asked.patients} --days {asked.days} --seed {asked.seed}"
        f" --faults {asked.faults}"
    )
