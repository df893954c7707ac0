"""Documents as tables for people; the JSON of a command says the same in full."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table
from rich.text import Text

MARKS = {
    "planned": "planned", "sent": "sent", "delivered": "delivered", "held": "HELD", "missed": "MISSED",
    "skipped": "skipped", "withdrawn": "withdrawn", "failed": "FAILED", "unknown": "UNKNOWN", "sending": "sending",
}  # fmt: skip

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


def _local(text: str | None) -> str:
    """ "Wed 2026-12-02 10:00" from a local time with its offset."""
    return f"{datetime.fromisoformat(text):%a %Y-%m-%d %H:%M}" if text else "-"


class Paper:
    """Prints documents for people, instants on one zone's clock."""

    def __init__(self, zone: ZoneInfo, console: Console | None = None) -> None:
        self._zone = zone
        self._console = console or plain_console()

    def _at(self, text: str | None) -> str:
        """ "Wed 2026-12-02 10:00" from an instant in UTC; the zone is named where no site's clock is meant."""
        named = " UTC" if self._zone.key == "UTC" else ""
        return f"{datetime.fromisoformat(text).astimezone(self._zone):%a %Y-%m-%d %H:%M}{named}" if text else "-"

    def _say(self, line: str | Text) -> None:
        self._console.print(line, soft_wrap=True)

    def print_plan(self, timeline: Document, *, why: bool) -> None:
        """The timeline, its anchors on the site's clock; with `why`, the rules behind each line."""
        self._say(_bold_first(timeline["protocol"], f" version {timeline['version']}, counted from (site time)"))
        for name, instant in timeline["anchors"].items():
            self._say(f"  {name:<9} {self._at(instant)}")
        table = _table("when (its own clock)", "reminder", "state", "by", "waits for", whole=("reminder",))
        for reminder in timeline["reminders"]:
            state = MARKS[reminder.get("state", reminder["status"])]
            channel = reminder["channels"][0] if reminder["channels"] else "-"
            table.add_row(_local(reminder["local"]), reminder["key"], state, channel, ", ".join(reminder["waits_for"]))
        self._console.print(table)
        if why:
            self._say(_bold_first("\nwhy", ""))
            for reminder in timeline["reminders"]:
                self._say(f"{reminder['key']}: {'; '.join(reminder['why'])}")

    def print_tasks(self, tasks: Sequence[Document], empty: str = "") -> None:
        if not tasks:
            if empty:
                self._say(empty)
            return
        table = _table("task", "due", "enrollment", "kind", "what to do", whole=("enrollment",))
        for task in tasks:
            kind = f"{'URGENT ' if task['urgent'] else ''}{task['kind']}" + (
                " (done)" if task["state"] == "done" else ""
            )
            table.add_row(str(task["task"]), self._at(task["due"]), task["enrollment"] or "-", kind, task["reason"])
        self._console.print(table)

    def print_enrollments(self, rows: Sequence[Document]) -> None:
        table = _table("enrollment", "name", "procedure", "site", "status", "next", whole=("enrollment",))
        for row in rows:
            table.add_row(
                row["enrollment"],
                row["name"],
                self._at(row["procedure"]),
                row["site"],
                row["status"],
                self._at(row["next"]),
            )
        self._console.print(table if rows else "no enrollments yet")

    def print_enrollment(self, document: Document) -> None:
        self._say(_bold_first(document["enrollment"], f"  {document['name']}  {document['status']}"))
        self._say(f"procedure {self._at(document['procedure'])} at {document['site']}, language {document['language']}")
        for hold in document["holds"]:
            resume = f", resume after {hold['resume_days']} day(s)" if hold["resume_days"] else ", no resume order"
            self._say(f"hold {hold['drug']} {hold['days']} day(s) by {hold['ordered_by']}{resume}")
        self.print_plan(document["timeline"], why=False)
        for reminder in document["timeline"]["reminders"]:
            if reminder["reason"]:
                self._say(f"{reminder['key']}: {reminder['reason']}")
        self.print_tasks(document["tasks"])

    def print_history(self, document: Document) -> None:
        table = _table("when", "who", "what", "from", "to")
        for event in document["events"]:
            table.add_row(
                self._at(event["at"]), event["by"], event["action"], _facts(event["from"]), _facts(event["to"])
            )
        self._console.print(table)
        calls = _table("call", "reminder", "channel", "by", "outcome", "reason", whole=("reminder",))
        for row in document["deliveries"]:
            calls.add_row(
                self._at(row["intended_at"]),
                row["key"],
                row["channel"],
                row["transport"],
                row["state"],
                row["reason"] or "",
            )
        if document["deliveries"]:
            self._console.print(calls)

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
            self._say(f"corrects   what was told, by one message: {self._at(row['send_at'])}")
        self.print_tasks(document["tasks"])


def _facts(facts: Mapping[str, Any] | None) -> str:
    return ", ".join(f"{name} {value}" for name, value in (facts or {}).items())


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
    table = _table("step", "anchor", "offset", "shift", "not before", "not after", "if late", whole=("step",))
    for step in document["steps"]:
        bounds = [_offset(step.get(name)) for name in ("not_before", "not_after")]
        late = step.get("if_late", "send")
        table.add_row(step["key"], step["anchor"], _offset(step["offset"]), step["shift"], *bounds, late)
    console.print(table)


def _offset(offset: Mapping[str, Any] | None) -> str:
    """ "start days -1, at 20:00" from a bound, "days -14, at 10:00" from an offset."""
    parts = dict(offset or {})
    anchor = f"{parts.pop('anchor')} " if "anchor" in parts else ""
    return anchor + ", ".join(f"{name} {value}" for name, value in parts.items())


def print_medications(rows: Sequence[Document]) -> None:
    table = _table("drug", "published hold, days", "sources", "approved by", whole=("drug",))
    for row in rows:
        days = "-".join(map(str, row["hold_days"])) if row["hold_days"] else "none"
        table.add_row(row["drug"], days, row["sources"], row["approved_by"] or "nobody yet")
    plain_console().print(table)
