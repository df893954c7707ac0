"""`demo`: what it is told on the command line."""

from pathlib import Path

import pytest

from tests.reminders.cli.running import Cli, reads


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("--lang", "english"), "--lang: 'english' is not known…; it can be en, es"),
        (("--speed", "-1"), "Invalid value for '--speed': …"),
        (("--speed", "fast"), "Invalid value for '--speed': …"),
    ],
    ids=str,
)
def test_a_telling_that_cannot_be_is_refused(words: tuple[str, ...], line: str, cli: Cli, empty_folder: Path) -> None:
    refusal = cli("demo", *words).refusal
    assert reads(refusal, line), refusal
    assert list(empty_folder.iterdir()) == []


@pytest.mark.parametrize(
    ("path", "why"), [("missing/a.svg", "No such file or directory"), (".", "Is a directory")], ids=str
)
@pytest.mark.parametrize("command", ["demo", "simulate"])
def test_a_picture_that_cannot_be_saved_is_refused_before_anything_is_played(
    command: str, path: str, why: str, cli: Cli, empty_folder: Path
) -> None:
    refusal = cli(command, "--svg", path).refusal
    assert refusal == f"--svg: {path} cannot be written ({why}); name a file in a folder of yours"
    assert list(empty_folder.iterdir()) == []
