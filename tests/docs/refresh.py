"""Writes anew what the documents show: the command reference, the examples of the rules, the output of commands.

    python -m tests.docs.refresh [STORY]...

Read the difference before you commit it: what changed here changes for the reader.
"""

import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from tests.docs import reference, rules
from tests.docs.markdown import Block, all_blocks, with_text
from tests.docs.stories import stories, tell
from tests.docs.surroundings import STORY, around


def refresh_reference() -> None:
    file = reference.COMMANDS
    file.write_text(reference.with_reference(file.read_text("utf-8")), "utf-8")


def refresh_rules() -> None:
    write((block, rules.shown(block.text)) for block in all_blocks() if "rule" in block.words)


def refresh_story(name: str) -> None:
    with tempfile.TemporaryDirectory() as folder, around(name, Path(folder) / "around") as environ:
        write(tell(stories()[name], Path(folder) / STORY, environ))


def write(told: Iterable[tuple[Block, str]]) -> None:
    """From the last block of a document to its first, so that the lines before a block stay where they are."""
    for block, text in sorted(told, key=lambda pair: pair[0].line, reverse=True):
        if text != block.text:
            sys.stdout.write(f"{block.where}\n")
            block.file.write_text(with_text(block.file.read_text("utf-8"), block, text), "utf-8")


if __name__ == "__main__":
    refresh_reference()
    refresh_rules()
    for story in sys.argv[1:] or stories():
        refresh_story(story)
