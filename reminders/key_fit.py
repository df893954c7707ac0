"""The key file in use against the store: nothing is sealed with a key that does not open what is there already."""

from sqlalchemy import Connection

from reminders.database.engine import reading
from reminders.database.sealed import Fit, fit_of
from reminders.errors import ConfigurationError
from reminders.service import Service

_IN_PART = (
    "readable by this account alone, but the newest enrollment does not open with it and the oldest does: "
    "it was changed in the database, or sealed with another key"
)


def require_key(service: Service, connection: Connection) -> None:
    """ConfigurationError where this is not the key file that the store was sealed with."""
    if fit_of(connection, service.vault) is Fit.NONE:
        raise ConfigurationError(_not_the_one(service))


def check_key(service: Service) -> None:
    """`require_key` before a process that goes on by itself begins: it could read no patient, and find no opt-out."""
    with reading(service.engine) as connection:
        require_key(service, connection)


def key_problem(service: Service) -> str | None:
    """What `doctor` has to say of it."""
    with reading(service.engine) as connection:
        fit = fit_of(connection, service.vault)
    return {Fit.WHOLE: None, Fit.PART: _IN_PART, Fit.NONE: _not_the_one(service)}[fit]


def _not_the_one(service: Service) -> str:
    file = service.settings.key_file
    return f"the key file {file} does not open what the database holds: restore the one it was sealed with"
