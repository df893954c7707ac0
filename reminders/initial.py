"""The first steps of an installation: a settings file to edit, a key, a database. What is there is kept."""

import os
from collections.abc import Callable
from pathlib import Path

from reminders.database.migrate import upgrade
from reminders.database.sealed import holds_enrollments
from reminders.database.vault import Vault
from reminders.errors import ConfigurationError, ReminderError
from reminders.settings import Settings, load_settings

EXAMPLE = """\
# Settings of procedure reminders. Every key is explained in docs/settings.md.
# Secrets never stand here: they come from the environment or from a *_file. Relative paths start at this file.

# key_file = "reminders.key"              # seals patient data; keep a copy of the file elsewhere
# protocols_dir = "protocols"             # the department's own protocols, a folder for each

[database]
url = "sqlite:///reminders.db"            # many workers: postgresql://user@host/name
# epoch_file = "reminders.epoch"          # how far the store has come, kept outside it; never in a backup

[sites.main]
name = "Example Radiology"                # at most 30 characters; stands in every message
phone = "+12125550100"                    # patients are told to call it
address = "1 Example Street, New York"
hours = "Monday to Friday, 8 AM to 5 PM"
time_zone = "America/New_York"
holidays = "US-NY"

# [sites.main.texts.en]
# fasting = "No food after midnight. Water until 2 hours before."

# console is for trying out: it prints messages with names and numbers, and sends nothing.
# Real ones: kind = "twilio" for sms, kind = "smtp" for email.
[transports.sms]
kind = "console"
# sender_kind = "toll-free"               # long-code, toll-free, 10dlc or short-code: how fast texts may leave

[transports.email]
kind = "console"
"""


def initialize(settings_file: Path) -> tuple[list[Path], list[Path]]:
    """Make what is missing of settings file, key file (both 0600) and database; what was made, what was kept.

    Where the settings file is named from the current folder, so is what stands below that folder. ConfigurationError,
    and nothing made, where a key is missing that the database was sealed with.
    """
    made: list[Path] = []
    kept: list[Path] = []

    def need(path: Path, make: Callable[[], object]) -> None:
        shown = path if settings_file.is_absolute() else _from_here(path)
        if path.exists():
            kept.append(shown)
        else:
            make()
            made.append(shown)

    need(settings_file, lambda: _write(settings_file))
    settings = load_settings(settings_file)
    try:
        _refuse_a_second_key(settings)
    except ReminderError:
        if made:  # where the key is to be restored, the settings mostly are as well, and must not find others there
            settings_file.unlink()
        raise
    need(settings.key_file, lambda: Vault.create(settings.key_file))
    url, file = settings.database.url, _database_file(settings)
    if file is not None:
        need(file, lambda: upgrade(url))
    else:
        upgrade(url)
    return made, kept


def _refuse_a_second_key(settings: Settings) -> None:
    """A new key opens nothing of what another one sealed, and would hide that that one is lost."""
    database = _database_file(settings)
    is_there = database is None or database.exists()
    if not settings.key_file.exists() and is_there and holds_enrollments(settings.database.url):
        raise ConfigurationError(
            f"the database holds enrollments, and the key file {settings.key_file} that it was sealed with is missing: "
            "restore that file from its backup; nothing was made, for a new key would open none of them"
        )


def _database_file(settings: Settings) -> Path | None:
    """SQLite's; None for a server."""
    url = settings.database.url
    return Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:///") else None


def _from_here(path: Path) -> Path:
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _write(path: Path) -> None:
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be written ({error.strerror})") from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(EXAMPLE)
