"""What a rehearsal looks like on a terminal: the patient's phone on the left, the coordinator's side on the right.

It shows what it is given and draws no conclusion of its own; identifiers stay hidden behind the patient's name.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.box import DOUBLE, HEAVY, ROUNDED, SIMPLE_HEAD, Box
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from reminders.errors import InputError, OperationError
from reminders.picture.files import write_drawing
from reminders.rehearsal.calling import Heard
from reminders.rehearsal.news import News, Opened, Sent, Tally, Wrote
from reminders.rehearsal.pacing import Pacer
from reminders.texts.printing import Printer
from reminders.transports.base import Channel
from schedules.protocol import Fact
from schedules.timeline import PlannedReminder, Status, Timeline

WIDEST = 100  # columns; beyond them a line is hard to read
BUBBLE, NOTE = 60, 58
EMAIL_LINES = 3  # of an e-mail's body; the rest is counted

CHANNELS = {Channel.SMS: "text", Channel.EMAIL: "e-mail", Channel.VOICE: "call"}
LOOKS = {Channel.SMS: "green", Channel.EMAIL: "blue", Channel.VOICE: "magenta"}
FACTS = {
    Fact.COMPLETED: "that the procedure took place, and when it ended",
    Fact.ORDER: "the prescriber's order",
}
STATUS = {Status.PLANNED: "", Status.SKIPPED: "dim", Status.MISSED: "bold red"}

# Seconds a reader gets at normal speed.
FOR_A_SCENE, FOR_A_PLAN, FOR_A_MESSAGE, FOR_A_NOTE = 0.5, 0.8, 0.14, 0.22


class Showing:
    """Prints each thing as it happens, and gives the reader a moment for it."""

    def __init__(self, console: Console, pacer: Pacer, zone: ZoneInfo, picture_file: Path | None = None) -> None:
        self._picture_file = picture_file
        self._console = console
        self._pacer = pacer
        self._width = min(console.width, WIDEST)
        self._printer = Printer(language="en", site_zone=zone, patient_zone=zone)
        self._last: datetime | None = None

    # What happens

    def opening(self, sentences: str) -> None:
        """Say what this is."""
        self._print(Text(sentences))
        self._pacer.beat(FOR_A_SCENE)

    def scene(self, number: int, title: str, sentence: str) -> None:
        """Head a new story."""
        heading = f"─── {number}. {title} "
        self._print("", Text(heading.ljust(self._width, "─"), style="bold cyan"), Text(sentence), "")
        self._last = None
        self._pacer.beat(FOR_A_SCENE)

    def plan(self, title: str, order: str, timeline: Timeline) -> None:
        """Every reminder in the order of time, each with the one line that explains it best."""
        table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), width=self._width)
        for name in ("When", "Reminder", "By"):
            table.add_column(name, no_wrap=True)
        table.add_column("Why", ratio=1)
        for reminder in _by_time(timeline.reminders):
            table.add_row(*self._row(reminder, timeline.reminders), style=STATUS[reminder.status])
        self._print(Text(title, style="bold"), Text(order), table, *_waiting_note(timeline.reminders))
        self._pacer.beat(FOR_A_PLAN)

    def news(self, found: Iterable[News]) -> None:
        """Bubbles and tasks, as the worker brings them about."""
        for news in found:
            for wrote in news.replies:
                self._reply(wrote)
            for sent in news.messages:
                self._message(sent)
            for opened in news.tasks:
                self._task(opened)

    def note(self, at: datetime, title: str, *lines: str) -> None:
        """Something the coordinator did or saw at `at` (UTC)."""
        self._on_the_right(at, title, lines, "cyan")

    def picture(self, drawing: str) -> None:
        """Save the timeline's picture (SVG), where a file was named for it, and say where it is."""
        if self._picture_file is not None:
            try:
                write_drawing(self._picture_file, drawing)
            except InputError as error:  # it was looked at when the telling began, so the input was right
                raise OperationError(str(error)) from None
            self._print(Text(f"The timeline as a picture to print: {self._picture_file}", style="bold"))

    def tally(self, tally: Tally, seconds: float) -> None:
        """The last lines: everything counted."""
        sent = f"{tally.messages} messages sent ({tally.calls} calls), {tally.replies} replies read"
        counted = f"{sent}, {tally.tasks} tasks opened, {tally.twice} sent twice."
        self._print("", Text("─" * self._width, style="bold cyan"), Text(counted, style="bold"))
        self._print(Text(f"{tally.passed.days} simulated days in {seconds:.1f} real seconds."))

    # What it looks like

    def when(self, instant: datetime) -> str:
        """As in "Mon Dec 7, 4:00 PM", site time."""
        return self._printer.dated_time(instant)

    def _row(self, reminder: PlannedReminder, all_of_them: Sequence[PlannedReminder]) -> tuple[str, ...]:
        when = reminder.status.value if reminder.send_at is None else self.when(reminder.send_at)
        waits = "*" if reminder.waits_for and reminder.send_at else ""
        copies = [other.channels[0] for other in all_of_them if other.copy_of == reminder.key]
        by = "+".join(CHANNELS[channel] for channel in (*reminder.channels[:1], *copies))
        return when + waits, reminder.key, by, why(reminder)

    def _reply(self, wrote: Wrote) -> None:
        title = f"{self.when(wrote.at)} · text from {wrote.patient}"
        self._on_the_left(wrote.at, self._panel(Text(wrote.text), title, "bold", DOUBLE, BUBBLE))

    def _message(self, sent: Sent) -> None:
        message, look = sent.message, LOOKS[sent.message.channel]
        body = _email(message.subject, message.text) if message.channel is Channel.EMAIL else Text(message.text)
        title = f"{self.when(sent.at)} · {CHANNELS[message.channel]} to {sent.patient}"
        panel = self._panel(body if sent.heard is None else _call(sent.heard), title, look, ROUNDED, BUBBLE)
        panel.subtitle, panel.subtitle_align = Text(message.key, style="dim"), "right"
        self._on_the_left(sent.at, panel)

    def _task(self, opened: Opened) -> None:
        word, look = ("URGENT TASK", "bold red") if opened.urgent else ("Task", "yellow")
        wrote = [] if opened.text is None else [f'wrote: "{opened.text}"']
        lines = (opened.reason, *wrote, f"Due {self.when(opened.due_at)}.")
        self._on_the_right(opened.at, f"{word} · {opened.patient}", lines, look)

    def _on_the_left(self, at: datetime, panel: Panel) -> None:
        self._gap(at)
        self._print(panel)
        self._pacer.beat(FOR_A_MESSAGE)

    def _on_the_right(self, at: datetime, title: str, lines: Iterable[str], look: str) -> None:
        panel = self._panel(Text("\n".join(lines)), f"{self.when(at)} · {title}", look, HEAVY, NOTE)
        self._gap(at)
        self._print(Padding(panel, (0, 0, 0, self._width - (panel.width or 0))))
        self._pacer.beat(FOR_A_NOTE)

    def _panel(self, body: Text, title: str, look: str, box: Box, width: int) -> Panel:
        heading = Text(title, style=look)
        return Panel(body, title=heading, title_align="left", box=box, border_style=look, width=min(width, self._width))

    def _gap(self, at: datetime) -> None:
        """Say how many days passed since what was shown last."""
        days = self._days_since_last(at)
        if days:
            line = f"· · · {days} {'days' if days > 1 else 'day'} later · · ·"
            self._print(Text(line.center(self._width).rstrip(), style="dim"))
        self._last = at

    def _days_since_last(self, at: datetime) -> int:
        zone = self._printer.site_zone
        return (at.astimezone(zone).date() - self._last.astimezone(zone).date()).days if self._last else 0

    def _print(self, *lines: RenderableType) -> None:
        for line in lines:
            self._console.print(line, highlight=False, width=self._width)


def why(reminder: PlannedReminder) -> str:
    """The last rule that was applied, in one line; where nothing had to give way, the offset itself."""
    _, pointed, *rules = reminder.why
    if reminder.waits_for and reminder.send_at is not None:
        rules = rules[:-1]  # the table says it once for all
    return rules[-1] if rules else f"{reminder.step.anchor.value}, {pointed.rpartition(': ')[0]}"


def _by_time(reminders: Iterable[PlannedReminder]) -> list[PlannedReminder]:
    """Those that have a time, then those that have none; a copy stands in the row of what it copies."""
    shown = [reminder for reminder in reminders if reminder.copy_of is None]
    timed = [(reminder.send_at, reminder.position, reminder) for reminder in shown if reminder.send_at]
    return [reminder for *_, reminder in sorted(timed)] + [reminder for reminder in shown if not reminder.send_at]


def _waiting_note(reminders: Iterable[PlannedReminder]) -> list[Text]:
    facts = dict.fromkeys(FACTS[fact] for reminder in reminders for fact in reminder.waits_for)
    return [Text(f"* held at its time until staff record {', and '.join(facts)}\n", style="dim")] if facts else []


def _email(subject: str | None, body: str) -> Text:
    lines = body.strip().splitlines()
    shown = Text(f"{subject}\n\n", style="bold").append("\n".join(lines[:EMAIL_LINES]), style="not bold")
    left = len(lines) - EMAIL_LINES
    return shown.append(f"\n({left} more lines)", style="dim not bold") if left > 0 else shown


def _call(heard: Heard) -> Text:
    """What was said, once each; then who heard it, and what the receipts came to."""
    said = Text("\n".join(dict.fromkeys(heard.words)))
    pressed = f", who pressed {heard.pickup.key}" if heard.pickup.key else ""
    how = heard.reason or f"answered by a person{pressed}"  # of a person alone the receipt has nothing to add
    return said.append(f"\n({heard.state}: {how})", style="dim")
