"""The clinicians' files: found, checked, and bound by the hash of their content."""

from collections.abc import Callable
from pathlib import Path

import pytest

from reminders.errors import ConfigurationError, InputError
from reminders.protocols import Library, content_hash, read_files
from schedules.errors import ProtocolError
from tests.reminders.builders import protocol_files, write_protocol


def refusal(own: Path, name: str = "example") -> str:
    with pytest.raises(InputError) as caught:
        Library(own).load(name)
    return str(caught.value)


def changed(old: str, new: str, *, file: str = "protocol.toml") -> dict[str, str]:
    """The small protocol with one thing written otherwise."""
    files = protocol_files()
    assert old in files[file]
    return files | {file: files[file].replace(old, new)}


# Where protocols are


def test_the_shipped_protocol_is_there_without_any_setting() -> None:
    version = Library().load("vertebroplasty")

    assert version.protocol.name == "vertebroplasty"
    assert version.languages == ("en", "es")


def test_a_department_has_its_own_protocols_beside_the_shipped_ones(tmp_path: Path) -> None:
    library = Library(write_protocol(tmp_path))

    assert library.names() == ("example", "vertebroplasty")
    assert library.load("example").protocol.name == "example"


def test_a_departments_own_protocol_comes_before_the_shipped_one_of_its_name(tmp_path: Path) -> None:
    write_protocol(tmp_path, protocol_files("vertebroplasty", version=9), folder="vertebroplasty")

    assert Library(tmp_path).load("vertebroplasty").protocol.version == 9


def test_a_folder_without_a_protocol_and_a_stray_file_are_no_protocols(tmp_path: Path) -> None:
    (tmp_path / "drafts").mkdir()
    (tmp_path / "notes.toml").write_text("")

    assert Library(tmp_path).names() == ("vertebroplasty",)


class Locked(type(Path())):  # type: ignore[misc]
    """A folder whose own folders nobody may look into, whoever runs the tests."""

    def is_file(self) -> bool:
        raise PermissionError


def test_a_folder_that_cannot_be_looked_into_hides_no_other(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir()

    assert Library(Locked(tmp_path)).names() == ("closed", "vertebroplasty")


def test_a_folder_of_ones_own_that_is_not_there_is_said_so_and_not_taken_for_an_empty_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"protocols_dir: .*missing is no folder"):
        Library(tmp_path / "missing").names()


def test_an_unknown_protocol_is_refused_with_the_nearest(tmp_path: Path) -> None:
    write_protocol(tmp_path)

    assert refusal(tmp_path, "exmaple") == "protocol 'exmaple' is not known; did you mean 'example'?"


@pytest.mark.parametrize("name", ["../example", "/etc", "", "."])
def test_a_name_is_never_a_path(tmp_path: Path, name: str) -> None:
    own = tmp_path / "own"
    own.mkdir()
    write_protocol(tmp_path)

    assert "is not known" in refusal(own, name)


# What is refused


def test_a_protocol_is_called_like_its_folder(tmp_path: Path) -> None:
    write_protocol(tmp_path, protocol_files("other"))

    assert refusal(tmp_path).endswith("example/protocol.toml: name: must be 'example' like its folder")


def test_a_wrong_protocol_is_refused_with_file_and_key(tmp_path: Path) -> None:
    write_protocol(tmp_path, changed("duration", "duraton"))

    assert "example/protocol.toml: duraton: unknown key" in refusal(tmp_path)


def test_a_wrong_text_is_refused_with_file_and_key(tmp_path: Path) -> None:
    write_protocol(tmp_path, changed("{phone}", "{fone}", file="messages.en.toml"))

    assert "example/messages.en.toml: steps.hello.sms" in refusal(tmp_path)


def test_a_text_that_is_too_long_for_its_segments_is_refused(tmp_path: Path) -> None:
    write_protocol(tmp_path, changed("please read this", "please read this " * 30, file="messages.en.toml"))

    assert "example/messages.en.toml: " in refusal(tmp_path)


def test_a_protocol_needs_texts(tmp_path: Path) -> None:
    write_protocol(tmp_path, {"protocol.toml": protocol_files()["protocol.toml"]})

    assert "messages.en.toml: is missing" in refusal(tmp_path)


def test_a_protocol_needs_its_own_file() -> None:
    with pytest.raises(ProtocolError, match=r"protocol\.toml: is missing"):
        read_files({"messages.en.toml": ""})


def test_texts_are_in_the_language_their_file_is_named_after(tmp_path: Path) -> None:
    files = protocol_files()
    write_protocol(tmp_path, files | {"messages.es.toml": files["messages.en.toml"]})

    assert "messages.es.toml: language: must be 'es' like its file" in refusal(tmp_path)


def test_a_file_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    write_protocol(tmp_path)
    (tmp_path / "example" / "messages.en.toml").write_bytes('language = "en" # ñ'.encode("latin-1"))

    assert "cannot be read as a protocol folder (UnicodeDecodeError)" in refusal(tmp_path)


# The hash that approval binds to


@pytest.mark.parametrize(
    "change",
    [
        lambda files: files | {"protocol.toml": files["protocol.toml"] + "#"},
        lambda files: files | {"messages.en.toml": files["messages.en.toml"].replace("please", "Please", 1)},
        lambda files: files | {"notes.toml": ""},
        lambda files: {name.replace("en", "es"): text for name, text in files.items()},
    ],
    ids=["a comment", "one letter of a text", "one more file", "a file of another name"],
)
def test_whatever_changes_in_the_files_is_another_version(
    change: Callable[[dict[str, str]], dict[str, str]],
) -> None:
    assert content_hash(change(protocol_files())) != content_hash(protocol_files())


def test_the_same_files_are_the_same_version_in_whatever_order() -> None:
    files = protocol_files()

    assert content_hash(dict(reversed(files.items()))) == content_hash(files)


def test_words_cannot_wander_from_one_file_to_another_unseen() -> None:
    assert content_hash({"a": "bc", "d": ""}) != content_hash({"a": "b", "d": "c"})


def test_a_loaded_protocol_keeps_its_files_and_their_hash(tmp_path: Path) -> None:
    version = Library(write_protocol(tmp_path)).load("example")

    assert version.files == protocol_files()
    assert version.content_hash == content_hash(protocol_files())


def test_a_changed_file_is_seen_at_the_next_look(tmp_path: Path) -> None:
    library = Library(write_protocol(tmp_path))
    before = library.load("example").content_hash
    write_protocol(tmp_path, changed("please", "kindly", file="messages.en.toml"))

    assert library.load("example").content_hash != before


def test_a_recorded_protocol_is_read_again_as_it_was(tmp_path: Path) -> None:
    version = Library(write_protocol(tmp_path)).load("example")

    assert read_files(version.files) == version
