"""The command with an installation to work on."""

from tests.reminders.cli.fixtures import (  # noqa: F401
    at_noon,
    cli,
    either_installation,
    empty_folder,
    installation,
    own_log,
)
