"""docs/writing-a-protocol.md: every key is in it, with an example that loads."""

import re

import pytest

from reminders.protocols import Library
from reminders.text_checks import check_drug_names, check_segments
from schedules.corrections import PREFIX, Correction
from schedules.errors import ProtocolError
from schedules.medications import shipped_medications
from schedules.texts import FACTS, SOMETIMES, TEXT_KEYS
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


@pytest.mark.parametrize("block", [block for block in PIECES if "text" in block.words], ids=lambda block: block.where)
def test_an_example_of_texts_can_be_sent_as_it_stands(block: Block) -> None:
    messages = fragments.messages(block.text)

    assert check_segments(messages) + check_drug_names(messages, shipped_medications()) == []


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


def test_every_key_of_the_copies_is_there() -> None:
    copies = f'[copies]\nprefix = "Copy:"\nsentence = "This is a copy."\n{STRANGE}'

    assert keys_under("Copies") == known(text=copies)


def test_every_correction_is_there() -> None:
    assert keys_under("Corrections") == {*map(str, Correction)}


def test_the_corrections_are_as_many_texts_as_told_whatever_channels_the_steps_use() -> None:
    with pytest.raises(ProtocolError, match=r"corrections\.moved\.voice: is missing"):
        fragments.messages(f"[corrections.moved]\n{fragments.ALL_TEXTS.partition('voice')[0]}")

    assert f": {len(Correction) * len(TEXT_KEYS)} texts\nin each language" in TEXT


def test_the_beginning_that_no_key_may_have_is_told() -> None:
    with pytest.raises(ProtocolError, match="kept for the corrections"):
        fragments.protocol(step=f'key = "{PREFIX}-moved"')

    assert TEXT.count(f"must not begin with `{PREFIX}`") + TEXT.count(f"must not begin with\n`{PREFIX}`") == 2


def test_every_placeholder_is_there() -> None:
    assert keys_under("Placeholders") == FACTS


def test_the_placeholders_that_stand_only_in_a_phrase_are_told() -> None:
    rows = TEXT.partition("### Placeholders\n")[2].partition("\n### ")[0].splitlines()
    told = {row.split("|")[1].strip(" `{}") for row in rows if ": in a phrase" in row}

    assert told == SOMETIMES


@pytest.mark.parametrize("fact", sorted(SOMETIMES))
def test_outside_a_phrase_such_a_placeholder_is_refused(fact: str) -> None:
    with pytest.raises(ProtocolError, match="put it in a phrase that needs it"):
        fragments.messages(f"[corrections.moved]\n{fragments.ALL_TEXTS.replace('Please', f'{{{fact}}} Please')}")


@pytest.mark.parametrize("key", sorted(keys_under("Steps") | keys_under("Offsets") | keys_under("Conditions")))
def test_every_key_of_a_step_has_an_example(key: str) -> None:
    examples = "\n".join(block.text for block in PIECES if "step" in block.words)

    assert re.search(rf"(^|[{{, ]|\[step\.){key}( =|\])", examples, re.MULTILINE)


def test_the_shipped_protocol_uses_no_key_that_the_document_lacks() -> None:
    written = Library().load("vertebroplasty").files["protocol.toml"]
    in_steps = written.partition("[[step]]")[2]

    assert set(re.findall(r"^(\w+) =", in_steps, re.MULTILINE)) <= keys_under("Steps") | keys_under("Tasks")
