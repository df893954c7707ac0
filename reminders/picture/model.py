"""What a picture shows, as frozen values: no geometry yet, and nothing that tells who the patient is."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Look(StrEnum):
    """How a reminder is drawn: its state, and apart from that a plan that waits for a fact."""

    PLANNED = "planned"
    WAITING = "waiting"
    HELD = "held"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    UNKNOWN = "unknown"
    FAILED = "failed"
    MISSED = "missed"
    SKIPPED = "skipped"
    WITHDRAWN = "withdrawn"


NOT_GOING = frozenset({Look.MISSED, Look.SKIPPED, Look.WITHDRAWN})
"""What never leaves: it has no place among the days, or somebody would take it for a message."""

FOR_A_PERSON = (Look.MISSED, Look.FAILED, Look.UNKNOWN, Look.HELD)
"""What somebody should look at, the worst first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One reminder. `at` is the local time on its own clock, None where it has none; `clock` prints its time."""

    key: str
    look: Look
    by: str
    at: datetime | None = None
    clock: str = ""
    words: str = ""
    waits_for: str = ""
    reason: str = ""

    @property
    def day(self) -> date | None:
        """The day it stands under; None for what does not go out."""
        return None if self.at is None or self.look in NOT_GOING else self.at.date()


@dataclass(frozen=True, kw_only=True, slots=True)
class Landmark:
    """The procedure or the visit, on the site's clock; not `firm` is a date that is only assumed, or cancelled."""

    name: str
    at: datetime
    clock: str
    detail: str = ""
    firm: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """One patient's timeline; `head` and `foot` are sentences above and below, `language` is that of the messages."""

    title: str
    entries: tuple[Entry, ...]
    procedure: Landmark
    visit: Landmark | None = None
    head: tuple[str, ...] = ()
    foot: tuple[str, ...] = ()
    language: str = "en"

    @property
    def landmarks(self) -> tuple[Landmark, ...]:
        return (self.procedure,) if self.visit is None else (self.procedure, self.visit)

    @property
    def timed(self) -> tuple[tuple[datetime, Entry], ...]:
        """What stands on the axis, by its own local day, then by the instant: two clocks may disagree about the day."""
        found = [(entry.at, entry) for entry in self.entries if entry.at is not None and entry.day is not None]
        return tuple(sorted(found, key=lambda pair: by_day(pair[0])))

    @property
    def not_going(self) -> tuple[Entry, ...]:
        return tuple(sorted((e for e in self.entries if e.day is None), key=lambda e: list(Look).index(e.look)))

    @property
    def counts(self) -> dict[Look, int]:
        """How many there are of each look that occurs, in the order of a life."""
        found = Counter(entry.look for entry in self.entries)
        return {look: found[look] for look in Look if found[look]}


def by_day(local: datetime) -> tuple[date, float]:
    """The order of the axis."""
    return local.date(), local.timestamp()
