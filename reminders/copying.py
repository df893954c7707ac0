"""An editable copy of a protocol folder under a name of its own; the clinicians' comments travel along.

What stands in the way is never overwritten, and a copy that would not pass `protocol check` is not made.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from reminders.errors import InputError, OperationError
from reminders.protocols import PROTOCOL_FILE, ProtocolVersion, read_files
from schedules.loading import NAME

_NAME_LINE = re.compile(r'^name\s*=\s*(["\']).*?\1', re.MULTILINE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Copied:
    """The new folder, and what stands in it."""

    folder: Path
    version: ProtocolVersion


def copy_protocol(source: ProtocolVersion, name: str, into: Path) -> Copied:
    """Write `source` to the folder `into`/`name`. InputError for a name that cannot be one or is taken there."""
    if not NAME.fullmatch(name):
        raise InputError(f"NAME: {name!r} must be lower-case words joined by dashes, like {source.protocol.name}")
    folder = into / name
    if folder.exists():
        raise InputError(f"{folder}: is there already and is not overwritten; choose another name or folder")
    files = _renamed(source, name)
    version = read_files(files)
    try:
        folder.mkdir(parents=True)
        for file, text in files.items():
            (folder / file).write_text(text, encoding="utf-8")
    except OSError as error:
        raise OperationError(f"{folder}: cannot be written ({error.strerror})") from None
    return Copied(folder=folder, version=version)


def _renamed(source: ProtocolVersion, name: str) -> Mapping[str, str]:
    """The files under the new name, which a comment that names the old one in a command takes too."""
    old, text = source.protocol.name, source.files[PROTOCOL_FILE]
    text = _NAME_LINE.sub(f'name = "{name}"', text, count=1)
    text = re.sub(rf"(#.*\breminders protocol \w+ ){re.escape(old)}\b", rf"\g<1>{name}", text)
    return {**source.files, PROTOCOL_FILE: text}
