"""docs/writing-a-protocol.md: every key is in it, with an example that loads."""

import re

import pytest

from reminders.protocols import Library
from schedules.corrections import Correction
from schedules.errors import ProtocolError
from schedules.texts import FACTS
from tests.docs import fragments
from tests.docs.markdown import ROOT, Block, blocks_of

FILE = ROOT / "docs" / "writing-a-protocol.md"
TEXT = FILE.read_text("utf-8")
PIECES = [block for block in blocks_of(FILE) if {"top", "window", "step", "text"} & set(block.words)]
STRANGE = "zzz_unheard_of = 1"


def keys_under(heading: str) -> set[str]:
    """The first cells of the first table below a heading."""
    section = TEXT.partition(f"# {heading}\n")[2]
    table = re.search(r"^\|---.*\n((?:\|.*\n)+)", section, re.MULTILINE)
    assert table is not None, heading
    cells = [row.split("|")[1] for row in table[1].splitlines()]
    return {key.strip("{}") for cell in cells for key in re.findall(r"`(\S+?)`", cell)}


def known(**piece: str) -> set[str]:
    """The keys that the program itself names when it meets one it does not know."""
    load = fragments.messages if "text" in piece else fragments.protocol
    with pytest.raises(ProtocolError) as refused:
        load(**piece)
    return fragments.known_keys(refused.value)


@pytest.mark.parametrize("block", PIECES, ids=lambda block: block.where)
def test_an_example_loads(block: Block) -> None:
    kind = next(word for word in ("top", "window", "step", "text") if word in block.words)
    if kind == "text":
        assert fragments.messages(block.text).steps
    else:
        assert fragments.protocol(**{kind: block.text}).steps


def test_every_key_of_the_top_is_there() -> None:
    assert keys_under("The top of the file") == known(top=STRANGE)


def test_every_key_of_a_step_is_there() -> None:
    assert keys_under("Steps") == known(step=STRANGE)


def test_every_key_of_an_offset_is_there() -> None:
    own = known(step='offset = { days = -1, at = "10:00", zzz_unheard_of = 1 }')

    assert keys_under("Offsets") == own


def test_every_condition_is_there() -> None:
    assert keys_under("Conditions") == known(step="when = { holds = true, zzz_unheard_of = 1 }")


def test_every_key_of_a_task_is_there() -> None:
    task = f'[step.opens_task]\nkind = "call"\nreason = "Call."\ndue = "16:00"\n{STRANGE}'

    assert keys_under("Tasks") == known(step=task)


def test_every_key_of_the_texts_is_there() -> None:
    words = "\n".join(f'{key} = "{fragments.SMS}"' for key in keys_under("Texts"))

    assert keys_under("messages.LANGUAGE.toml, key by key") == known(text=STRANGE)
    assert keys_under("Texts") == known(text=f"[steps.example]\n{words}\n{STRANGE}")


def test_every_key_of_a_phrase_and_of_a_calendar_entry_is_there() -> None:
    phrase = f'[phrases.one]\nneeds = ["start_time"]\ntext = "At {{start_time}}."\notherwise = ""\n{STRANGE}'
    entry = f'[calendar.procedure]\ntitle = "{{site}}"\nnote = "{{phone}}"\n{STRANGE}'

    assert keys_under("Phrases") == known(text=phrase)
    assert keys_under("Calendar entries") == known(text=entry)


def test_every_correction_is_there() -> None:
    assert keys_under("Corrections") == {*map(str, Correction)}


def test_every_placeholder_is_there() -> None:
    assert keys_under("Placeholders") == FACTS


@pytest.mark.parametrize("key", sorted(keys_under("Steps") | keys_under("Offsets") | keys_under("Conditions")))
def test_every_key_of_a_step_has_an_example(key: str) -> None:
    examples = "\n".join(block.text for block in PIECES if "step" in block.words)

    assert re.search(rf"(^|[{{, ]|\[step\.){key}( =|\])", examples, re.MULTILINE)


def test_the_shipped_protocol_uses_no_key_that_the_document_lacks() -> None:
    written = Library().load("vertebroplasty").files["protocol.toml"]
    in_steps = written.partition("[[step]]")[2]

    assert set(re.findall(r"^(\w+) =", in_steps, re.MULTILINE)) <= keys_under("Steps") | keys_under("Tasks")
