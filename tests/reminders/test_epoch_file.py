"""The one file outside the database: what is written is read again, whole or not at all."""

import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from reminders.epoch_file import Epoch, read_epoch, write_epoch
from reminders.errors import ConfigurationError

EPOCH = Epoch(store="abc", number=7, at=datetime(2026, 11, 20, 17, 0, 0, 123, tzinfo=UTC))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "reminders.epoch"


def test_what_is_kept_is_read_again(file: Path) -> None:
    write_epoch(file, EPOCH)
    assert read_epoch(file) == EPOCH


def test_a_file_that_is_not_there_is_none(file: Path) -> None:
    assert read_epoch(file) is None


def test_only_its_own_account_may_read_it_and_nothing_is_left_beside_it(file: Path) -> None:
    write_epoch(file, EPOCH)
    write_epoch(file, EPOCH)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [each.name for each in file.parent.iterdir()] == [file.name]


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"store": "a", "number": 1, "at": "2026-11-20T12:00:00"}', "\x00"])
def test_a_damaged_file_is_refused_and_not_taken_for_none(file: Path, text: str) -> None:
    file.write_text(text)
    with pytest.raises(ConfigurationError, match=r"^database\.epoch_file: .* is not what a worker writes there"):
        read_epoch(file)


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"^database\.epoch_file: .* cannot be written \(No such file"):
        write_epoch(tmp_path / "nowhere" / "reminders.epoch", EPOCH)


def test_a_place_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"cannot be read \(Is a directory\)"):
        read_epoch(tmp_path)
