"""What every use case needs, handed over as one frozen value; bootstrap.py puts it together."""

from dataclasses import dataclass

from sqlalchemy import Engine

from reminders.clock import Clock
from reminders.database.vault import Vault
from reminders.protocols import Library
from reminders.settings import Settings
from schedules.medications import Medications


@dataclass(frozen=True, kw_only=True, slots=True)
class Service:
    """The settings, the store and the one clock."""

    settings: Settings
    engine: Engine
    vault: Vault
    clock: Clock
    library: Library
    medications: Medications
