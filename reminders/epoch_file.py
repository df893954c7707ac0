"""How far the store had come when this machine saw it last: one small file outside the database.

The rule: the file is never older than what it says: it is written whole, beside its place, and put there in one step.
"""

import json
import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from reminders.errors import ConfigurationError


@dataclass(frozen=True, kw_only=True, slots=True)
class Epoch:
    """A store (its random name), a number that rises while a worker lives, and when it last rose (UTC)."""

    store: str
    number: int
    at: datetime


def read_epoch(file: Path) -> Epoch | None:
    """What the file says; None where there is none. ConfigurationError for one that cannot be read or understood."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        at = datetime.fromisoformat(found["at"])
        if at.tzinfo is None:
            raise ValueError("an instant needs a zone")
        return Epoch(store=str(found["store"]), number=int(found["number"]), at=at)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigurationError(f"database.epoch_file: {file} cannot be read ({error.strerror})") from None
    except (ValueError, KeyError, TypeError):
        raise ConfigurationError(
            f"database.epoch_file: {file} is not what a worker writes there; if it was damaged, compare the last "
            "messages with the provider's list and remove the file"
        ) from None


def write_epoch(file: Path, epoch: Epoch) -> None:
    """Put the epoch there (0600), through a power cut. ConfigurationError where that cannot be."""
    text = json.dumps({"store": epoch.store, "number": epoch.number, "at": epoch.at.isoformat()})
    try:
        _replace(file, f"{text}\n")
    except OSError as error:
        raise ConfigurationError(
            f"database.epoch_file: {file} cannot be written ({error.strerror}); name one that can be"
        ) from None


def _replace(file: Path, text: str) -> None:
    handle, beside = tempfile.mkstemp(prefix=f"{file.name}.", dir=file.parent)  # 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(beside, file)
    except BaseException:
        with suppress(OSError):
            os.unlink(beside)
        raise
    _keep_folder(file.parent)


def _keep_folder(folder: Path) -> None:
    """Have the new name survive a power cut, too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
