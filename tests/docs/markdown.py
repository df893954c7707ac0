"""The documents as text, and the fenced blocks in them with the words behind their language.

```console story=first-text            these commands are typed, in order, in the folder of that story
```console story=aftercare at="2026-12-08 12:00"      ... from that New York time on
```toml story=first-text tables        these tables replace those of the settings file, or join it
```python story=transport file=a.py    this text is written to that file
```console no-run                      not typed by the tests; a line right after it says why
"""

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCUMENTS = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))

FENCE = re.compile(r"```(?P<language>\w*)(?P<words>.*)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """One fenced block; `line` is that of its opening fence, counted from 1."""

    file: Path
    line: int
    language: str
    words: Mapping[str, str]
    text: str = field(repr=False)
    after: str = field(repr=False)  # the first line with words behind it

    @property
    def where(self) -> str:
        return f"{self.file.relative_to(ROOT)}:{self.line}"


def blocks_of(file: Path) -> list[Block]:
    return list(_blocks(file, file.read_text("utf-8").splitlines()))


def all_blocks() -> list[Block]:
    return [block for file in DOCUMENTS for block in blocks_of(file)]


def prose_of(file: Path) -> str:
    """A document without its fenced blocks."""
    return re.sub(r"^```.*?^```$", "", file.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)


def with_text(document: str, block: Block, text: str) -> str:
    """The document with another text in one block; the lines before it must still be the same."""
    lines = document.splitlines()
    ends = lines.index("```", block.line)
    return "\n".join([*lines[: block.line], *text.splitlines(), *lines[ends:]]) + "\n"


def _blocks(file: Path, lines: list[str]) -> Iterator[Block]:
    number = 0
    while number < len(lines):
        match = FENCE.fullmatch(lines[number])
        number += 1
        if match is None:
            continue
        ends = lines.index("```", number)
        yield Block(
            file=file,
            line=number,
            language=match["language"],
            words=_words(match["words"]),
            text="\n".join(lines[number:ends]),
            after=next((line for line in lines[ends + 1 :] if line.strip()), ""),
        )
        number = ends + 1


def _words(text: str) -> dict[str, str]:
    return {name: value for name, _, value in (word.partition("=") for word in shlex.split(text))}
