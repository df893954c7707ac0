"""Documents as tables for people; the JSON of a command says the same in full."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from rich.console import Console, Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from reminders.cli import histories
from reminders.cli.clocks import Clocks

if TYPE_CHECKING:
    from reminders.service import Service

MARKS = {
    "planned": "planned", "sent": "sent", "delivered": "delivered", "held": "HELD", "missed": "MISSED",
    "skipped": "skipped", "withdrawn": "withdrawn", "failed": "FAILED", "unknown": "UNKNOWN", "sending": "sending",
}  # fmt: skip

BOUNDS = {"not_before": "not before", "not_after": "not after"}
NO_HOUR, NO_VISIT = "hour not known yet", "assumed, not booked"
PAPER_WIDTH = 160  # characters, where no terminal says how wide it is: a line in a file is better not broken

Document = Mapping[str, Any]


def plain_console() -> Console:
    """A console that shows what it is given: a name may hold brackets or colons, which are no markup."""
    console = Console(highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width = PAPER_WIDTH
    return console


def _table(*columns: str, whole: Sequence[str] = ()) -> Table:
    """A table without lines; the columns named in `whole` are never broken."""
    table = Table(box=None, pad_edge=False, show_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold", no_wrap=column in whole)
    return table


def _bold_first(word: str, rest: str) -> Text:
    return Text.assemble((word, "bold"), rest)


class Paper:
    """Prints documents for people, instants on the site's clock; a patient's that differs makes both be named."""

    def __init__(self, zone: ZoneInfo, console: Console | None = None, *, patient: ZoneInfo | None = None) -> None:
        self._clocks = Clocks(site=zone, patient=patient or zone)
        self._console = console or plain_console()

    def _at(self, text: str | None) -> str:
        return self._clocks.at(text)

    def _say(self, line: str | Text) -> None:
        self._console.print(line, soft_wrap=True)

    def print_plan(self, timeline: Document, *, why: bool, assumed: Mapping[str, str] | None = None) -> None:
        """The timeline, its anchors on the site's clock; with `why`, the rules behind each line.

        `assumed` says of an anchor why its time is only assumed.
        """
        assumed = assumed or {}
        self._say(_bold_first(timeline["protocol"], f" version {timeline['version']}, counted from (site time)"))
        for name, instant in timeline["anchors"].items():
            self._say(f"  {name:<9} {self._at(instant)}" + (f" ({assumed[name]})" if name in assumed else ""))
        table = _table("when (its own clock)", "reminder", "state", "by", "waits for", whole=("reminder",))
        for reminder in timeline["reminders"]:
            state = MARKS[reminder.get("state", reminder["status"])]
            channel = reminder["channels"][0] if reminder["channels"] else "-"
            when, waits_for = self._clocks.own(reminder["local"]), ", ".join(reminder["waits_for"])
            table.add_row(when, reminder["key"], state, channel, waits_for)
        self._console.print(table)
        if why:
            self._say(_bold_first("\nwhy", ""))
            for reminder in timeline["reminders"]:
                self._say(f"{reminder['key']}: {'; '.join(reminder['why'])}")

    def print_tasks(self, tasks: Sequence[Document], empty: str = "", clocks: Sequence[Clocks] | None = None) -> None:
        """The tasks of one enrollment, or of many, each on its own `clocks`."""
        if not tasks:
            if empty:
                self._say(empty)
            return
        table = _table("task", "due", "enrollment", "kind", "what to do", whole=("enrollment",))
        for task, own in zip(tasks, clocks or [self._clocks] * len(tasks), strict=True):
            kind = f"{'URGENT ' if task['urgent'] else ''}{task['kind']}" + (
                " (done)" if task["state"] == "done" else ""
            )
            table.add_row(str(task["task"]), own.at(task["due"]), task["enrollment"] or "-", kind, _to_do(task))
        self._console.print(table)

    def print_unknown(self, rows: Sequence[Document]) -> None:
        if not rows:
            self._say("every outcome is known")
            return
        table = _table(
            "delivery", "since", "enrollment", "reminder", "by", "asked", "next", "task", whole=("delivery",)
        )
        for row in rows:
            by = f"{row['channel']}, {row['transport']}"
            following = self._at(row["next_look"]) if row["can_look_up"] else "cannot be asked"
            place = (row["delivery"], self._at(row["since"]), row["enrollment"], row["key"], by)
            table.add_row(*place, str(row["looks"]), following, str(row["task"] or "-"))
        self._console.print(table)

    def print_enrollments(self, rows: Sequence[Document], clocks: Sequence[Clocks]) -> None:
        """All of them, each on its own clocks."""
        table = _table("enrollment", "name", "procedure", "site", "status", "next", whole=("enrollment",))
        for row, own in zip(rows, clocks, strict=True):
            start, following = _procedure(row, own), own.at(row["next"])
            table.add_row(row["enrollment"], row["name"], start, row["site"], row["status"], following)
        self._console.print(table if rows else "no enrollments yet")

    def print_enrollment(self, document: Document) -> None:
        self._say(_bold_first(document["enrollment"], f"  {document['name']}  {document['status']}"))
        start = _procedure(document, self._clocks) + ("" if document["hour_known"] else ",")
        self._say(f"procedure {start} at {document['site']}, language {document['language']}")
        if document["arrival"]:
            self._say(f"arrival   {self._at(document['arrival'])}")
        for hold in document["holds"]:
            resume = f", resume after {hold['resume_days']} day(s)" if hold["resume_days"] else ", no resume order"
            self._say(f"hold {hold['drug']} {hold['days']} day(s) by {hold['ordered_by']}{resume}")
        for one in document["caregivers"]:
            gone = "" if one["open"] else ", no more copies"
            steps = ", ".join(one["steps"])
            self._say(
                f"{one['caregiver']} {one['name']} by {one['channel']}, language {one['language']}: {steps}{gone}"
            )
        self.print_plan(document["timeline"], why=False, assumed=_assumed(document))
        for reminder in document["timeline"]["reminders"]:
            if reminder["reason"]:
                self._say(f"{reminder['key']}: {reminder['reason']}")
        self.print_tasks(document["tasks"])

    def print_history(self, document: Document, *, hour_known: bool) -> None:
        """Who did what, and every call. `hour_known`: whether the procedure's hour is known today."""
        named = replace(self._clocks, named=True)
        events, at_first = document["events"], histories.first_hour_known(document["events"], hour_known)
        table = _table("when", "who", "what", whole=("when",))
        for event in events:
            said = histories.in_words(event, named.at, hour_known=at_first)
            told = Group(Text(event["action"]), *(Padding(Text(line), (0, 0, 0, 2)) for line in said))
            table.add_row(named.at(event["at"]), event["by"], told)
        self._console.print(table)
        calls = _table("call", "reminder", "channel", "by", "outcome", "reason", whole=("call", "reminder"))
        for row in document["deliveries"]:
            outcome = (row["channel"], row["transport"], row["state"], row["reason"] or "")
            calls.add_row(named.at(row["intended_at"]), row["key"], *outcome)
        if document["deliveries"]:
            self._console.print(calls)

    def print_messages(self, document: Document) -> None:
        """What went out and came in, a line each; the words, where the document has them, beneath."""
        table = _table("when", "", "who", "by", "about", "outcome", whole=("when", "", "who", "about"))
        for row in document["messages"]:
            said = [Padding(Text(line), (0, 0, 0, 2)) for line in (row.get("text") or "").splitlines() if line.strip()]
            outcome = Group(Text(_outcome(row)), *said)
            table.add_row(self._at(row["at"]), row["direction"], row["to"], row["channel"], row["key"] or "", outcome)
        self._console.print(table if document["messages"] else "no messages yet")

    def print_written(self, document: Document) -> None:
        about = f"  {document['reminder']} {document['round']}, {document['segments']} segment(s)"
        self._say(_bold_first(document["enrollment"], about + (", urgent" if document["urgent"] else "")))
        self._say(f"leaves     {self._at(document['send_at'])}")

    def print_change(self, document: Document) -> None:
        """What a change did: one line of counts, then each reminder and each task."""
        counts = {"moved": "moved", "withdrawn": "withdrawn", "already_sent": "had gone", "tasks": "task(s)"}
        summary = ", ".join(f"{len(document[name])} {words}" for name, words in counts.items())
        self._say(_bold_first(document["enrollment"], f"  {summary}"))
        for moved in document["moved"]:
            self._say(f"moved      {moved['key']}: {self._at(moved['from'])} to {self._at(moved['to'])}")
        for row in document["withdrawn"]:
            self._say(f"withdrawn  {row['key']}: {row['reason']}")
        for row in document["already_sent"]:
            self._say(f"had gone   {row['key']}: {row['state']} {self._at(row['sent_at'])}")
        for row in document["corrections"]:
            caregiver = row["key"].partition("@")[2]
            to = f" to {caregiver}" if caregiver else ""
            self._say(f"corrects   what was told{to}, by one message: {self._at(row['send_at'])}")
        self.print_tasks(document["tasks"])


def _procedure(document: Document, clocks: Clocks) -> str:
    """The booked start; of a day alone only the day."""
    if document["hour_known"]:
        return clocks.at(document["procedure"])
    return f"{clocks.day(document['procedure'])}, {NO_HOUR}"


def _outcome(row: Document) -> str:
    """ "accepted, receipt sent, 30005", "answered, 1 file(s)", or in whose message it traveled."""
    receipt = f"receipt {row['receipt']}" if row["receipt"] and row["receipt"] != row["state"] else ""
    traveled = "in one message with another" if row["with"] else ""
    files = f"{row['media']} file(s)" if row["media"] else ""
    return ", ".join(part for part in (row["state"], receipt, row["code"] or "", traveled, files) if part)


def _assumed(document: Document) -> dict[str, str]:
    """Which anchors of an enrollment nobody booked, and why they are assumed; a recorded end is none of them."""
    found = {} if document["visit"] else {"visit": NO_VISIT}
    if document["hour_known"]:
        return found
    guessed = ("start",) if document["status"] == "completed" else ("start", "end")
    return found | dict.fromkeys(guessed, f"assumed, {NO_HOUR}")


def paper_of(service: "Service", enrollment: str) -> Paper:
    """Paper for what was done to one enrollment."""
    from reminders.looking import place_of_enrollment

    place = place_of_enrollment(service, enrollment)
    return Paper(place.site_zone, patient=place.patient_zone)


def print_protocols(rows: Sequence[Document]) -> None:
    table = _table("protocol", "version", "title", "languages", "approved by", whole=("protocol",))
    for row in rows:
        if row["error"] is None:
            approved = row["approved_by"] or "nobody yet"
            table.add_row(row["protocol"], str(row["version"]), row["title"], ", ".join(row["languages"]), approved)
    console = plain_console()
    if table.row_count:
        console.print(table)
    for row in rows:
        if row["error"] is not None:
            console.print(f"{row['protocol']} cannot be used: {row['error']}", soft_wrap=True)


def print_protocol(document: Document) -> None:
    console = plain_console()
    about = f" version {document['version']}: {document['title']}"
    console.print(_bold_first(document["protocol"], about), soft_wrap=True)
    table = _table("step", "when", "shift", "if late", whole=("step", "shift", "if late"))
    for step in document["steps"]:
        bounds = {words: step[name] for name, words in BOUNDS.items() if name in step}
        lines = [f"{words} {_counted_from(step['anchor'], bound)}" for words, bound in bounds.items()]
        when = "\n".join([_counted_from(step["anchor"], step["offset"]), *lines])
        table.add_row(step["key"], when, step["shift"], step.get("if_late", "send"))
    console.print(table)


def _counted_from(anchor: str, offset: Mapping[str, Any]) -> str:
    """ "start - 14 days at 10:00", from an offset or a bound; a bound may name an anchor of its own."""
    at = [f"at {offset['at']}"] if "at" in offset else []
    numbers = {name: offset[name] for name in offset if name not in ("anchor", "at") and (at or offset[name])}
    parts = [f"{'-' if number < 0 else '+'} {_amount(name, abs(number))}" for name, number in numbers.items()]
    return " ".join([offset.get("anchor", anchor), *parts, *at])


def _amount(unit: str, number: int) -> str:
    if not unit.endswith("s"):
        return f"{unit} days"  # those of the order
    return f"{number} {unit.removesuffix('s') if number == 1 else unit}"


def _to_do(task: Document) -> str:
    """What a task asks for and, behind it, what a person wrote."""
    whose = f" ({task['from']})" if "from" in task else ""
    written = " ".join("".join(char if char.isprintable() else " " for char in task.get("text", "")).split())
    return str(task["reason"]) + (f'\nwrote{whose}: "{written}"' if "text" in task else "")


def print_medications(rows: Sequence[Document]) -> None:
    table = _table("drug", "published hold, days", "sources", "approved by", whole=("drug",))
    for row in rows:
        days = "-".join(map(str, row["hold_days"])) if row["hold_days"] else "none"
        table.add_row(row["drug"], days, row["sources"], row["approved_by"] or "nobody yet")
    plain_console().print(table)
