"""The command in this process: what it answered, and an installation it can work on.

It is always Friday 2026-11-20, noon in New York, until a test moves the clock.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from freezegun.api import FrozenDateTimeFactory

from reminders.cli import main
from reminders.database.engine import open_engine
from tests.builders import local
from tests.reminders.builders import row_counts

SETTINGS = """\
[sites.main]
name = "Example Radiology"
phone = "+12125550100"
address = "1 Example Street"
time_zone = "America/New_York"
holidays = "US-NY"

[transports.sms]
kind = "outbox"
path = "outbox.jsonl"

[transports.email]
kind = "outbox"
path = "outbox.jsonl"
"""
PATIENT = {"name": "Pat Example", "phone": "+12125550123", "consent": "sms", "procedure": "2026-12-08 09:00"}
WARFARIN = {"hold": "warfarin=5", "resume": "warfarin=1", "ordered_by": "Dr. Example"}

UTC = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")
LOCAL = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}[+-]\d{2}:\d{2}")

Document = dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What one command came to."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Document:
        """The one JSON document on standard output."""
        assert self.code == 0, self.err
        found: Document = json.loads(self.out)
        return found

    @property
    def refusal(self) -> str:
        """The one line that says what is wrong; asserts everything else a refusal promises."""
        assert (self.code, self.out) == (2, ""), (self.code, self.out, self.err)
        return self._only_line()

    @property
    def failure(self) -> str:
        """The one line that says what failed for another reason than the input."""
        assert (self.code, self.out) == (1, ""), (self.code, self.out, self.err)
        return self._only_line()

    def _only_line(self) -> str:
        assert self.err.startswith("reminders: ")
        assert self.err.count("\n") == 1
        assert self.err.endswith("\n")
        return self.err.removeprefix("reminders: ").strip()


@dataclass(frozen=True, kw_only=True, slots=True)
class Cli:
    """`cli("list", "--json")` runs a command as the shell would."""

    capsys: pytest.CaptureFixture[str]

    def __call__(self, *words: str) -> Answer:
        self.capsys.readouterr()
        code = main(words)
        said = self.capsys.readouterr()
        return Answer(code=code, out=said.out, err=said.err)

    def read(self, *words: str) -> Document:
        """The document a command prints with --json."""
        return self(*words, "--json").document

    def enroll(self, **options: Any) -> Document:
        """Enroll the default patient, with other options where given."""
        return self.read("enroll", *words_of(PATIENT | options))

    def enrolled_id(self, **options: Any) -> str:
        found: str = self.enroll(**options)["enrollment"]
        return found

    def run_once(self) -> Document:
        return self.read("run", "--once")


@dataclass(frozen=True, kw_only=True, slots=True)
class Installation:
    """A folder with settings, key and database."""

    folder: Path
    url: str

    def add_settings(self, text: str) -> None:
        """More tables for the settings file."""
        file = self.folder / "reminders.toml"
        file.write_text(file.read_text(encoding="utf-8") + text, encoding="utf-8")

    def replace_setting(self, old: str, new: str) -> None:
        file = self.folder / "reminders.toml"
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new), encoding="utf-8")

    def rows(self) -> dict[str, int]:
        """How many rows each table has."""
        engine = open_engine(self.url)
        try:
            return row_counts(engine)
        finally:
            engine.dispose()

    @property
    def sent(self) -> list[Document]:
        """The messages that left, in order."""
        outbox = self.folder / "outbox.jsonl"
        return [json.loads(line) for line in outbox.read_text(encoding="utf-8").splitlines()] if outbox.exists() else []

    @property
    def sent_keys(self) -> list[str]:
        return [message["key"] for message in self.sent]


def words_of(options: Mapping[str, Any]) -> list[str]:
    """Options as words: None leaves one out, True is a flag, a list repeats one."""
    words: list[str] = []
    for name, value in options.items():
        option = f"--{name.replace('_', '-')}"
        if value is True:
            words.append(option)
        elif value is not None:
            for each in value if isinstance(value, list | tuple) else [value]:
                words += [option, str(each)]
    return words


def move_to(clock: FrozenDateTimeFactory, text: str) -> None:
    """Move the clock of the whole process to a New York time."""
    clock.move_to(local(text))


def assert_is_timeline(document: Document, *more: str) -> None:
    """A timeline exactly as the contract has it; `more` are the keys that `show` adds to each reminder."""
    assert list(document) == ["protocol", "version", "anchors", "reminders"]
    assert isinstance(document["protocol"], str)
    assert isinstance(document["version"], int)
    assert list(document["anchors"]) == ["enrolled", "start", "end", "visit"]
    assert all(UTC.fullmatch(instant) for instant in document["anchors"].values())
    assert document["reminders"]
    for reminder in document["reminders"]:
        assert_is_reminder(reminder, *more)


def assert_is_reminder(reminder: Document, *more: str) -> None:
    keys = ["key", "step", "send_at", "local", "not_before", "not_after", "status", "waits_for", "channels", "why"]
    assert list(reminder) == [*keys, *more]
    planned = reminder["status"] == "planned"
    assert reminder["status"] in ("planned", "missed", "skipped")
    assert planned == bool(reminder["send_at"] and UTC.fullmatch(reminder["send_at"]))
    assert planned == bool(reminder["local"] and LOCAL.fullmatch(reminder["local"]))
    assert planned or (reminder["send_at"], reminder["local"]) == (None, None)
    bounds = (reminder["not_before"], reminder["not_after"])
    assert all(bound is None or UTC.fullmatch(bound) for bound in bounds)
    for name in ("waits_for", "channels", "why"):
        assert isinstance(reminder[name], list)
        assert all(isinstance(word, str) for word in reminder[name])
    assert reminder["why"]


def assert_is_task(task: Document) -> None:
    """A line of the worklist exactly as the contract has it."""
    assert list(task) == ["task", "kind", "reason", "due", "urgent", "enrollment", "state"]
    assert isinstance(task["task"], int)
    assert isinstance(task["urgent"], bool)
    assert UTC.fullmatch(task["due"])
    assert task["kind"]
    assert task["reason"]
    assert task["state"] in ("open", "done")


def reads(line: str, expected: str) -> bool:
    """Whether a line says what is expected; "…" stands for any words."""
    return bool(re.fullmatch(".*".join(re.escape(part) for part in expected.split("…")), line))
