"""A drawing's file: looked at beforehand, and written whole."""

from pathlib import Path

import pytest

from reminders.errors import InputError
from reminders.picture.files import check_writable, write_drawing


def test_to_look_at_a_file_makes_none(tmp_path: Path) -> None:
    check_writable(tmp_path / "a.svg")
    assert list(tmp_path.iterdir()) == []


def test_to_look_at_a_file_leaves_what_it_holds(tmp_path: Path) -> None:
    file = tmp_path / "a.svg"
    file.write_text("older")
    check_writable(file)
    assert file.read_text() == "older"


def test_to_look_at_a_link_leaves_the_link(tmp_path: Path) -> None:
    link = tmp_path / "a.svg"
    link.symlink_to(tmp_path / "b.svg")
    check_writable(link)
    assert link.is_symlink()


def test_a_drawing_is_written_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "a.svg"
    write_drawing(file, "<svg>ñ</svg>\n")
    assert file.read_bytes() == "<svg>ñ</svg>\n".encode()


def test_a_folder_that_has_gone_meanwhile_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^--svg: .* cannot be written \(No such file or directory\); name a file"):
        write_drawing(tmp_path / "gone" / "a.svg", "<svg/>")
