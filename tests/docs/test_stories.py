"""Every command a document tells is typed word for word, and prints what the document shows."""

from pathlib import Path

import pytest

from tests.docs.markdown import Block, all_blocks
from tests.docs.stories import difference, stories, tell
from tests.docs.surroundings import STORY, around

NOT_RUN = "*Not run by the tests:"
HINT = "what the documents show is out of date: read the difference, then `python -m tests.docs.refresh`"


@pytest.mark.slow
@pytest.mark.timeout(300)  # a story is a dozen processes, one after the other
@pytest.mark.parametrize("name", stories())
def test_a_story_can_be_followed_word_for_word(name: str, tmp_path: Path) -> None:
    with around(name, tmp_path / "around") as environ:
        told = list(tell(stories()[name], tmp_path / STORY, environ))

    differences = [difference(block, text) for block, text in told if block.text != text]
    assert not differences, HINT + "\n" + "\n".join(differences)


@pytest.mark.parametrize("block", all_blocks(), ids=lambda block: block.where)
def test_a_block_of_commands_is_in_a_story_or_says_why_not(block: Block) -> None:
    if block.language in ("console", "sh", "bash", "shell"):
        assert "story" in block.words or block.after.startswith(NOT_RUN)
