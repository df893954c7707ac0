"""What can go wrong, as a caller has to tell it apart; the text is one clear line without patient data.

ReminderError
    InputError              what was given is wrong: exit 2, nothing changed
        ConfigurationError  the settings file, the key file or the database is: exit 2
    OperationError          it failed for another reason: exit 1
"""


class ReminderError(Exception):
    """Base of every failure this service announces; `str()` is one line fit for a screen and for a log."""


class InputError(ReminderError):
    """The input is wrong. The line says what, where, and what would be right; nothing was changed."""


class ConfigurationError(InputError):
    """The installation is wrong: its settings, its key file, or a database that is missing or newer."""


class OperationError(ReminderError):
    """The input was right and it failed all the same."""
