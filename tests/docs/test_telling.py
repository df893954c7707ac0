"""The stories' own machinery finds what it is for."""

from pathlib import Path

import pytest

from tests.docs.markdown import Block, blocks_of, with_text
from tests.docs.stories import Names, agree, masked, tell, typed_in, with_tables


def a_block(text: str, **words: str) -> Block:
    here = Path(__file__)
    return Block(file=here, line=1, language="console", words=words, text=text, after="")


def told(tmp_path: Path, *blocks: Block) -> list[str]:
    return [text for _, text in tell(list(blocks), tmp_path / "story", {})]


# What is shown is compared with what is printed


def test_what_a_command_prints_replaces_what_is_shown(tmp_path: Path) -> None:
    assert told(tmp_path, a_block("$ echo hello\nhallo")) == ["$ echo hello\nhello"]


def test_what_is_shown_and_right_stays(tmp_path: Path) -> None:
    text = "$ printf 'one\\ntwo\\nthree\\n'\none\n...\n$ true"

    assert told(tmp_path, a_block(text)) == [text]


def test_what_is_left_behind_stays_for_the_next_block(tmp_path: Path) -> None:
    blocks = a_block("$ mkdir in; cd in; export WORD=left"), a_block('$ echo "$WORD in $(basename "$PWD")"')

    assert told(tmp_path, *blocks)[1].endswith("\nleft in in")


def test_a_command_goes_on_behind_a_backslash() -> None:
    (typed,) = typed_in(a_block("$ echo one \\\n    two\none two"))

    assert (typed.command, typed.shown) == ("echo one \\\n    two", ("one two",))


def test_a_failure_nobody_told_of_is_found(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="broken"):
        told(tmp_path, a_block("$ echo broken; false"))


def test_a_failure_that_is_told_must_happen(tmp_path: Path) -> None:
    with pytest.raises(AssertionError):
        told(tmp_path, a_block("$ true", exit="2"))


def test_a_command_that_does_not_end_is_stopped_at_its_word(tmp_path: Path) -> None:
    printed = told(tmp_path, a_block("$ bash -c 'echo ready; exec sleep 600'", until="ready"))[0]

    assert printed.splitlines()[1:] == ["ready"]


def test_a_command_sees_the_time_of_its_block(tmp_path: Path) -> None:
    printed = told(tmp_path, a_block("$ echo $STORY_TIME\n$ echo $STORY_TIME", at="2026-12-08 10:30"))[0]

    assert printed.splitlines()[1::2] == ["2026-12-08T15:30:00+00:00", "2026-12-08T15:31:00+00:00"]


@pytest.mark.parametrize(
    ("shown", "printed", "verdict"),
    [
        (["a"], ["a"], True),
        (["a"], ["a", "b"], False),
        (["a", "..."], ["a", "b", "c"], True),
        (["...", "c"], ["a", "b", "c"], True),
        (["...", "b"], ["a", "b", "c"], False),
        (["..."], [], True),
        ([], ["a"], False),
    ],
)
def test_three_dots_stand_for_any_lines(shown: list[str], printed: list[str], verdict: bool) -> None:
    assert agree(shown, printed) is verdict


def test_what_differs_each_time_is_masked() -> None:
    one, other = "last seen 3 s ago by pc:17:0a1b2c3d", "last seen -1 s ago by vm-2:9:ffffffff"

    assert masked([one]) == masked([other])
    assert masked(["3 sent"]) != masked(["4 sent"])


def test_an_id_of_the_document_stands_for_the_real_one() -> None:
    names = Names(folder="/here/story")

    assert names.in_document("enrolled as ABCD-EFGHJ", ("enrolled as 7KQ4-M2XPD",)) == ["enrolled as 7KQ4-M2XPD"]
    assert names.in_reality("reminders show 7KQ4-M2XPD") == "reminders show ABCD-EFGHJ"


def test_the_folder_of_the_test_is_not_shown() -> None:
    assert Names(folder="/here/story").in_document("made /here/story/reminders.key", ()) == [
        "made /srv/reminders/reminders.key"
    ]


# Files


def test_a_table_replaces_the_one_of_its_name_and_the_others_stay() -> None:
    changed = with_tables("[a]\nx = 1\n\n[b]\ny = 2\n", "[b]\ny = 3\n\n[c]\nz = 4")

    assert changed.split() == ["[a]", "x", "=", "1", "[b]", "y", "=", "3", "[c]", "z", "=", "4"]


def test_a_key_of_no_table_goes_to_the_top() -> None:
    assert with_tables("# about\n[a]\nx = 1\n", "k = 1").splitlines()[0] == "k = 1"


def test_a_block_is_read_with_its_words_and_what_stands_behind_it(tmp_path: Path) -> None:
    file = tmp_path / "page.md"
    file.write_text('One\n\n```console story=a at="2026-12-08 12:00"\n$ true\n```\n\nTwo\n')
    (block,) = blocks_of(file)

    assert (block.line, block.language, block.text, block.after) == (3, "console", "$ true", "Two")
    assert block.words == {"story": "a", "at": "2026-12-08 12:00"}
    assert with_text(file.read_text(), block, "$ false").splitlines()[3] == "$ false"
