"""A story: the blocks of one document that a reader works through in order, typed word for word in an empty folder.

What a command prints must be what the document shows, but for what differs each time: ids, paths, seconds.
A line of three dots stands for any lines.
"""

import difflib
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.docs.markdown import Block, all_blocks
from tests.docs.shell import Shell, open_shell

NEW_YORK = ZoneInfo("America/New_York")
BEGINS = "2026-11-20 12:00"  # New York; each command is typed a minute after the one before
FOLDER = "/srv/reminders"  # where the documents' reader works
FIRST = "reminders init"
DOTS = "..."

ENROLLMENT = re.compile(r"\b[2-9A-HJ-NP-TV-Z]{4}-[2-9A-HJ-NP-TV-Z]{5}\b")
SHOWN_IDS = ("7KQ4-M2XPD", "C8VN-5THRW", "H3YS-9FBKE")  # for ids that a document does not show yet
MASKS = (
    (re.compile(r"-?\d+ s ago"), "N s ago"),
    (re.compile(r"\b[0-9a-f]{32}\b"), "0" * 32),
    (re.compile(r"\b[0-9a-f]{12}\b"), "0" * 12),
    (re.compile(r"\b[\w.-]+:\d+:[0-9a-f]{8}\b"), "worker"),
    (re.compile(r"\d{4}-\d\d-\d\dT[\d:]+\.\d+(\+00:00|Z)"), "INSTANT"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Typed:
    """One command of a block, as it stands there, and what the document says comes of it."""

    command: str
    shown: tuple[str, ...]


def typed_in(block: Block) -> list[Typed]:
    """The commands of a console block: `$ ` before each, a backslash where one goes on."""
    found: list[Typed] = []
    lines = block.text.splitlines()
    while lines:
        line = lines.pop(0)
        assert line.startswith("$ "), f"{block.where}: a console block begins with a command"
        words = [line.removeprefix("$ ")]
        while words[-1].endswith("\\"):
            words.append(lines.pop(0))
        shown = []
        while lines and not lines[0].startswith("$ "):
            shown.append(lines.pop(0).rstrip())
        found.append(Typed(command="\n".join(words), shown=tuple(shown)))
    return found


@dataclass(slots=True)
class Names:
    """Which real id stands for which id of a document, and what is masked in both."""

    folder: str
    real: dict[str, str] = field(default_factory=dict)

    def in_reality(self, command: str) -> str:
        return ENROLLMENT.sub(lambda found: self.real.get(found[0], found[0]), command.replace(FOLDER, self.folder))

    def in_document(self, printed: str, shown: tuple[str, ...]) -> list[str]:
        """What was printed, as a document would show it."""
        self._learn(printed, "\n".join(shown))
        shown_as = {real: name for name, real in self.real.items()}
        text = ENROLLMENT.sub(lambda found: shown_as.get(found[0], found[0]), printed.replace(self.folder, FOLDER))
        return [line.rstrip() for line in text.splitlines()]

    def _learn(self, printed: str, shown: str) -> None:
        new = [one for one in dict.fromkeys(ENROLLMENT.findall(printed)) if one not in self.real.values()]
        names = [one for one in dict.fromkeys(ENROLLMENT.findall(shown)) if one not in self.real]
        unused = [one for one in SHOWN_IDS if one not in self.real and one not in names]
        self.real |= dict(zip([*names, *unused], new, strict=False))


def masked(lines: list[str]) -> list[str]:
    text = "\n".join(lines)
    for pattern, instead in MASKS:
        text = pattern.sub(instead, text)
    return text.splitlines()


def agree(shown: list[str], printed: list[str]) -> bool:
    """Whether lines are those printed; three dots stand for any number of lines."""
    if not shown:
        return not printed
    if shown[0] == DOTS:
        return any(agree(shown[1:], printed[start:]) for start in range(len(printed) + 1))
    return bool(printed) and shown[0] == printed[0] and agree(shown[1:], printed[1:])


class Story:
    """Works through the blocks of one story; `told` says what each should show."""

    def __init__(self, shell: Shell, folder: Path) -> None:
        self._shell, self._folder = shell, folder
        self._names = Names(folder=str(folder))
        self._now = _instant(BEGINS)

    def tell(self, block: Block) -> str:
        """Do what a block says; the text it should have, which is its own where nothing differs."""
        if block.language == "console":
            return self._type(block)
        if "tables" in block.words:
            file = self._folder / (block.words["tables"] or "reminders.toml")
            file.write_text(with_tables(file.read_text("utf-8"), block.text, block.words.get("instead-of")), "utf-8")
        else:
            file = self._folder / block.words["file"]
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block.text + "\n", "utf-8")
        return block.text

    def _type(self, block: Block) -> str:
        if at := block.words.get("at"):
            self._now = _instant(at)
        typed = typed_in(block)
        lines: list[str] = []
        for each in typed:
            printed, code = self._run(each, block)
            assert code == int(block.words.get("exit", 0)) or each is not typed[-1], f"{block.where}: {printed}"
            lines += [*f"$ {each.command}".splitlines(), *printed]
        return "\n".join(lines)

    def _run(self, each: Typed, block: Block) -> tuple[list[str], int]:
        until = block.words.get("until")
        now, self._now = self._now, self._now + timedelta(minutes=1)
        command = self._names.in_reality(each.command)
        output, code = self._shell.run(command, now=None if until else now, until=until)
        printed = self._names.in_document(output, each.shown)
        as_shown = agree(masked(list(each.shown)), masked(printed))
        return (list(each.shown) if as_shown else printed), code


def with_tables(settings: str, tables: str, instead_of: str | None = None) -> str:
    """The settings with some tables replaced, or added at the end; keys before any table go to the top.

    `instead_of`: all tables whose name begins so are left out.
    """
    parts = {"": ""} | dict(_tables(settings))
    if instead_of is not None:
        parts = {header: text for header, text in parts.items() if not header.startswith(f"[{instead_of}")}
    for header, text in _tables(tables):
        parts[header] = text if header else text + parts[header]
    return "".join(parts.values())


def _tables(text: str) -> Iterator[tuple[str, str]]:
    """Each table with its header; what comes before the first one has none."""
    parts = re.split(r"^(?=\[)", text.rstrip() + "\n\n", flags=re.MULTILINE)
    for part in filter(None, parts):
        yield (part.partition("\n")[0].split("#")[0].strip() if part.startswith("[") else ""), part


def _instant(local: str) -> datetime:
    return datetime.fromisoformat(local).replace(tzinfo=NEW_YORK).astimezone(UTC)


def stories() -> dict[str, list[Block]]:
    """The blocks of every story, by its name."""
    found: dict[str, list[Block]] = {}
    for block in all_blocks():
        if name := block.words.get("story"):
            found.setdefault(name, []).append(block)
    return found


def tell(blocks: list[Block], folder: Path, environ: Mapping[str, str]) -> Iterator[tuple[Block, str]]:
    """Each block of a story with the text it should have."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with open_shell(folder, environ) as shell:
        if FIRST not in blocks[0].text:  # the reader has begun elsewhere
            shell.run(FIRST)
        story = Story(shell, folder)
        for block in blocks:
            yield block, story.tell(block)


def difference(block: Block, told: str) -> str:
    lines = difflib.unified_diff(block.text.splitlines(), told.splitlines(), "shown", "printed", lineterm="")
    return f"{block.where}\n" + "\n".join(lines)
