"""The clinicians' files as one thing: a protocol, its texts in every language, and the hash that approval binds to."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from reminders.errors import ConfigurationError, InputError
from reminders.text_checks import text_problems
from schedules.errors import ProtocolError
from schedules.loading import load_protocol
from schedules.protocol import Protocol
from schedules.reading import nearest, parse_toml
from schedules.texts import Messages, load_messages

PROTOCOL_FILE = "protocol.toml"


@dataclass(frozen=True, kw_only=True, slots=True)
class ProtocolVersion:
    """One exact content of a protocol folder; `files` keeps it readable after the folder has changed."""

    protocol: Protocol
    messages: Mapping[str, Messages]
    files: Mapping[str, str]
    content_hash: str

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(sorted(self.messages))


@dataclass(frozen=True, slots=True)
class Library:
    """The shipped protocols and, before them, the department's own folder (a protocol per sub-folder)."""

    own: Path | None = None
    _recorded: dict[str, ProtocolVersion] = field(default_factory=dict, compare=False, repr=False)

    def names(self) -> tuple[str, ...]:
        return tuple(sorted(self._folders()))

    def load(self, name: str) -> ProtocolVersion:
        """The current content of a protocol; InputError for an unknown name or a file that cannot be right."""
        folders = self._folders()
        if name not in folders:
            raise InputError(f"protocol {name!r} is not known; {nearest(name, folders)}")
        version = load_folder(folders[name])
        if version.protocol.name != name:
            raise InputError(f"{folders[name]}/{PROTOCOL_FILE}: name: must be {name!r} like its folder")
        return version

    def recorded(self, hash_: str, read: Callable[[], Mapping[str, str]]) -> ProtocolVersion:
        """The version an enrollment is bound to; `read` brings its files, once for each content."""
        if hash_ not in self._recorded:
            self._recorded[hash_] = read_files(read())
        return self._recorded[hash_]

    def _folders(self) -> dict[str, Traversable]:
        found: dict[str, Traversable] = {}
        if self.own is not None and not self.own.is_dir():  # or the shipped protocol would silently take its place
            raise ConfigurationError(f"protocols_dir: {self.own} is no folder that can be read")
        own = () if self.own is None else (self.own,)
        for root in (resources.files("schedules") / "library", *own):
            found |= {folder.name: folder for folder in root.iterdir() if _may_be_protocol(folder)}
        return found


def _may_be_protocol(folder: Traversable) -> bool:
    try:
        return (folder / PROTOCOL_FILE).is_file()
    except PermissionError:  # one closed folder must not hide the others; loading it says what is wrong
        return True


def load_folder(folder: Traversable) -> ProtocolVersion:
    """A protocol folder, its texts measured too; InputError names file and key of the first mistake."""
    try:
        files = {entry.name: entry.read_text("utf-8") for entry in folder.iterdir() if entry.name.endswith(".toml")}
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{folder}: cannot be read as a protocol folder ({type(error).__name__})") from None
    try:
        version = read_files(files)
    except ProtocolError as error:
        raise InputError(f"{folder}/{error}") from None
    if problems := _text_problems(tuple(sorted(files.items()))):
        raise InputError(f"{folder}/{problems[0]}")
    return version


def read_files(files: Mapping[str, str]) -> ProtocolVersion:
    """Parse and check a protocol's files, once per content; raises ProtocolError naming file and key."""
    return _parsed(tuple(sorted(files.items())))


@lru_cache(maxsize=64)
def _parsed(items: tuple[tuple[str, str], ...]) -> ProtocolVersion:
    files = dict(items)
    if PROTOCOL_FILE not in files:
        raise ProtocolError(PROTOCOL_FILE, "is missing")
    protocol = load_protocol(PROTOCOL_FILE, files[PROTOCOL_FILE])
    messages = {}
    for name in files:
        if name.startswith("messages."):
            language = name.removeprefix("messages.").removesuffix(".toml")
            messages[language] = load_messages(name, parse_toml(name, files[name]).data, protocol)
            if messages[language].language != language:  # dates would be printed in the other one
                raise ProtocolError(f"{name}: language", f"must be {language!r} like its file")
    if not messages:
        raise ProtocolError("messages.en.toml", "is missing: a protocol needs texts in at least one language")
    return ProtocolVersion(protocol=protocol, messages=messages, files=files, content_hash=content_hash(files))


@lru_cache(maxsize=64)
def _text_problems(items: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    """What keeps the texts from being approved: length, reading grade, drug names; each with its file."""
    version = _parsed(items)
    return tuple(
        f"messages.{language}.toml: {problem}"
        for language in version.languages
        for problem in text_problems(version.messages[language])
    )


def content_hash(files: Mapping[str, str]) -> str:
    """SHA-256 over every file's name and content: one changed letter is another version."""
    return hashlib.sha256(json.dumps(dict(files), sort_keys=True).encode()).hexdigest()
