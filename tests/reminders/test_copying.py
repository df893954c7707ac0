"""A clinician's own copy of a protocol."""

from pathlib import Path

import pytest

from reminders.copying import copy_protocol
from reminders.errors import InputError, OperationError
from reminders.protocols import Library, ProtocolVersion, load_folder


@pytest.fixture
def shipped() -> ProtocolVersion:
    return Library().load("vertebroplasty")


def lines(version: ProtocolVersion) -> list[str]:
    return version.files["protocol.toml"].splitlines()


def test_a_copy_is_a_protocol_without_a_mistake_under_its_new_name(shipped: ProtocolVersion, tmp_path: Path) -> None:
    copied = copy_protocol(shipped, "kyphoplasty", tmp_path)

    assert load_folder(copied.folder).protocol.name == "kyphoplasty"
    assert Library(tmp_path).load("kyphoplasty").languages == shipped.languages


def test_only_the_name_changes_where_it_stands_and_in_the_command_a_comment_gives(
    shipped: ProtocolVersion, tmp_path: Path
) -> None:
    copied = copy_protocol(shipped, "kyphoplasty", tmp_path).version

    changed = [new for old, new in zip(lines(shipped), lines(copied), strict=True) if old != new]
    assert changed == ["#     reminders protocol check kyphoplasty", 'name = "kyphoplasty"']


def test_the_texts_travel_letter_by_letter(shipped: ProtocolVersion, tmp_path: Path) -> None:
    folder = copy_protocol(shipped, "kyphoplasty", tmp_path).folder

    assert (folder / "messages.es.toml").read_text("utf-8") == shipped.files["messages.es.toml"]


def test_a_copy_makes_the_folder_it_goes_into(shipped: ProtocolVersion, tmp_path: Path) -> None:
    assert copy_protocol(shipped, "kyphoplasty", tmp_path / "new" / "protocols").folder.is_dir()


def test_a_folder_that_is_there_is_not_overwritten(shipped: ProtocolVersion, tmp_path: Path) -> None:
    (tmp_path / "kyphoplasty").mkdir()

    with pytest.raises(InputError, match="is there already"):
        copy_protocol(shipped, "kyphoplasty", tmp_path)
    assert list((tmp_path / "kyphoplasty").iterdir()) == []


@pytest.mark.parametrize("name", ["Kyphoplasty", "../kyphoplasty", "kypho plasty", "", "2026"])
def test_a_name_that_no_protocol_can_have_is_refused(shipped: ProtocolVersion, tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="lower-case words"):
        copy_protocol(shipped, name, tmp_path / "own")
    assert not (tmp_path / "own").exists()


def test_a_place_that_cannot_be_written_is_told_as_one(shipped: ProtocolVersion, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(OperationError, match="cannot be written"):
        copy_protocol(shipped, "kyphoplasty", tmp_path / "file")
