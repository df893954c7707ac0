"""The rules in a calendar file to the letter of RFC 5545, 3.6.5: what a clock time in it means."""

from datetime import UTC, datetime, timedelta
from typing import Any

ZONES = (
    "America/New_York",
    "America/Phoenix",
    "America/St_Johns",
    "Pacific/Honolulu",
    "Europe/London",
    "Europe/Dublin",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Asia/Kolkata",
)


def changes_in(component: Any) -> list[tuple[datetime, timedelta]]:
    """From which instant on (UTC) which offset holds, in order."""
    parts = (*component.standard, *component.daylight)
    return sorted((part.DTSTART.replace(tzinfo=UTC) - part.TZOFFSETFROM, part.TZOFFSETTO) for part in parts)


def instant_of(written: str, component: Any) -> datetime:
    """What "20261208T090000" is under the rules of a VTIMEZONE, in UTC; of two equal clock times the first is meant."""
    shown = datetime.strptime(written, "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    changes = changes_in(component)
    until = [*(onset for onset, _ in changes[1:]), datetime.max.replace(tzinfo=UTC)]
    return next(
        shown - offset for (onset, offset), end in zip(changes, until, strict=True) if onset <= shown - offset < end
    )
