"""What all documents have in common: links lead somewhere, every command is told, the glossary's words are used."""

import re
import tomllib
from pathlib import Path

import pytest

from reminders.lifecycle import State
from tests.docs.markdown import DOCUMENTS, ROOT, prose_of
from tests.docs.reference import COMMANDS, all_commands, parameters, with_reference

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
TERM = re.compile(r"^\*\*([^*]+)\*\*", re.MULTILINE)
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text("utf-8")
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
MORE = (ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md")
# The words of the design; each has one place where it is explained.
WORDS = (
    *("protocol", "step", "anchor", "offset", "window", "bounds", "hold", "procedure", "enrollment"),
    *("timeline", "reminder", "delivery", "receipt", "task", "site"),
)
# What a reader might take for another thing, and words of another spelling.
INSTEAD = {
    r"enrols?|enrolments?": "enroll",
    r"appointments?": "visit, or procedure",
    r"notifications?": "reminder, or message",
    r"templates?": "text",
    r"quiet hours|contact hours": "window",
    r"to-dos?|tickets?": "task",
    r"customers?|subscribers?": "patient",
    r"(colour|favour|behaviour|centre|licence|organisation|authoris\w+|recognis\w+)": "the American spelling",
}


def anchors_of(file: Path) -> set[str]:
    """The names by which headings can be linked to."""
    headings = re.findall(r"^#+ (.*)$", file.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("file", [*DOCUMENTS, *MORE], ids=lambda file: file.name)
def test_links_lead_to_files_and_headings_that_are_there(file: Path) -> None:
    for link in LINK.findall(prose_of(file)):
        if "://" in link:
            continue
        path, _, heading = link.partition("#")
        target = (file.parent / path).resolve() if path else file
        assert target.exists(), link
        assert not heading or heading in anchors_of(target), link


def test_every_document_can_be_reached_from_the_readme() -> None:
    linked = {(ROOT / link).resolve() for link in LINK.findall(prose_of(ROOT / "README.md")) if "://" not in link}

    assert {file for file in DOCUMENTS if file.name != "README.md"} <= linked


def test_the_command_reference_is_what_the_commands_say_of_themselves() -> None:
    written = COMMANDS.read_text("utf-8")

    assert written == with_reference(written), "python -m tests.docs.refresh"


@pytest.mark.parametrize(("words", "command"), all_commands().items(), ids=lambda each: str(each)[:40])
def test_every_command_and_every_option_has_help(words: str, command: object) -> None:
    assert getattr(command, "help", None), words
    for parameter in parameters(command):
        assert getattr(parameter, "help", None), f"{words} {parameter.opts[0]}"


@pytest.mark.parametrize("words", [words for words in all_commands() if words != "reminders"])
def test_every_command_has_its_place_in_the_reference(words: str) -> None:
    assert re.search(rf"^## `{words}( \[?[A-Z].*)?`$", COMMANDS.read_text("utf-8"), re.MULTILINE)


@pytest.mark.parametrize("word", WORDS)
def test_the_glossary_explains_each_word_once(word: str) -> None:
    assert TERM.findall(GLOSSARY).count(word) == 1


def test_the_glossary_explains_each_state_of_a_reminder() -> None:
    table = GLOSSARY.partition("## The states of a reminder")[2]

    assert set(re.findall(r"^\| (\w+) \|", table, re.MULTILINE)) == {*map(str, State), "state"}


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: file.name)
def test_no_other_words_are_used_for_the_same_things(file: Path) -> None:
    for pattern, instead in INSTEAD.items():
        found = re.search(rf"\b({pattern})\b", prose_of(file), re.IGNORECASE)
        assert found is None, f"{found[0]!r}: {instead}"


@pytest.mark.parametrize("file", [*DOCUMENTS, *MORE], ids=lambda file: file.name)
def test_what_the_program_prints_calls_the_window_by_its_name(file: Path) -> None:
    assert not re.search(r"(contact|quiet|permitted) hours", file.read_text("utf-8"))


@pytest.mark.parametrize(("words", "command"), all_commands().items(), ids=lambda each: str(each)[:40])
def test_no_other_words_are_used_in_the_commands_help(words: str, command: object) -> None:
    told = [getattr(command, "help", ""), *(getattr(each, "help", "") for each in parameters(command))]
    for pattern, instead in INSTEAD.items():
        found = re.search(rf"\b({pattern})\b", "\n".join(filter(None, told)), re.IGNORECASE)
        assert found is None, f"{words}: {found[0]!r}: {instead}"


def test_every_make_target_that_is_told_is_there() -> None:
    told = {target for file in DOCUMENTS for target in re.findall(r"`make (\w+)", file.read_text("utf-8"))}

    assert told
    assert told <= set(re.findall(r"^(\w+):", MAKEFILE, re.MULTILINE))


def test_the_readme_travels_with_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]

    assert project["readme"] == "README.md"
    assert "!README.md" in (ROOT / ".dockerignore").read_text("utf-8").splitlines()


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: file.name)
def test_people_and_numbers_are_invented(file: Path) -> None:
    text = file.read_text("utf-8")

    assert all(number.startswith("+121255501") for number in re.findall(r"\+\d{8,}", text))
    assert all(host.endswith("example.org") for host in re.findall(r"[\w.]+@([\w-]+\.[\w.-]+)", text))
