"""The examples of the time rules are what the program computes."""

import re

import pytest

from tests.docs.markdown import ROOT, Block, blocks_of
from tests.docs.rules import shown

FILE = ROOT / "docs" / "time-rules.md"
EXAMPLES = [block for block in blocks_of(FILE) if "rule" in block.words]


@pytest.mark.parametrize("block", EXAMPLES, ids=lambda block: block.where)
def test_an_example_shows_what_the_program_computes(block: Block) -> None:
    assert block.text == shown(block.text)


@pytest.mark.parametrize("number", range(1, 14))
def test_every_rule_has_a_section_with_an_example(number: int) -> None:
    section = re.search(rf"^## T{number} .*?(?=^## |\Z)", FILE.read_text("utf-8"), re.MULTILINE | re.DOTALL)

    assert section is not None
    assert re.search(r"^```(text rule|console story)", section[0], re.MULTILINE)


def test_an_example_that_tells_something_else_is_found() -> None:
    told = EXAMPLES[0].text.replace("15:00 EDT", "14:00 EDT")

    assert told != shown(told)
    assert EXAMPLES[0].text == shown(told)


def test_a_day_of_the_week_that_is_wrong_is_found() -> None:
    told = EXAMPLES[0].text.replace("Sat 2027-03-13", "Fri 2027-03-13")

    assert shown(told) == EXAMPLES[0].text
