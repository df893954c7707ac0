"""`reminders simulate`: one document, one line for a wrong input, and 1 where something was violated."""

import json
from pathlib import Path

import pytest

from reminders.cli import main

FIELDS = ["seed", "patients", "days", "sent", "late", "missed", "tasks", "worst_lateness_s", "violations"]
SHORT = ["simulate", "--patients", "2", "--days", "12", "--seed", "4"]


def test_the_document_has_its_fields_and_nothing_else_is_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main([*SHORT, "--json", "--svg", str(tmp_path / "load.svg")])
    printed = capsys.readouterr()
    document = json.loads(printed.out)

    assert code == 0
    assert list(document) == FIELDS
    assert (document["seed"], document["patients"], document["days"], document["violations"]) == (4, 2, 12, 0)
    assert document["sent"] > 0
    assert (tmp_path / "load.svg").read_text("utf-8").startswith("<")


def test_in_words_it_says_whether_the_sender_is_fast_enough(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*SHORT, "--faults", "none"]) == 0
    printed = capsys.readouterr().out

    assert "At 1 segment a second nothing waits longer than" in printed
    assert "Nothing went twice, nothing was lost, and nothing wrong was said." in printed


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--patients", "0"], "--patients: 0 is outside 1 to 550"),
        (["--days", "1001"], "--days: 1001 is outside 1 to 1000"),
        (["--faults", "many"], "--faults: 'many' is not one of none, some, all"),
        (["--config", "nowhere.toml"], "nowhere.toml"),
    ],
)
def test_a_wrong_input_is_one_line(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["simulate", *words])
    printed = capsys.readouterr()

    assert code == 2
    assert printed.out == ""
    assert said in printed.err
    assert len(printed.err.splitlines()) == 1
