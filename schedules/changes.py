"""What a new timeline means for the reminders of the old one: keep, move, end, withdraw or add; pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from schedules.timeline import PlannedReminder, Status, Timeline


class Kind(StrEnum):
    """What becomes of one reminder."""

    KEEP = "keep"
    MOVE = "move"
    END = "end"  # the new plan misses or skips it
    WITHDRAW = "withdraw"
    ADD = "add"


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """A reminder of the old timeline: when it was to leave (UTC), and whether it may still be changed."""

    send_at: datetime | None
    unsent: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One reminder's fate; `planned` is its place in the new timeline, None when it has none."""

    kind: Kind
    key: str
    planned: PlannedReminder | None
    old_send_at: datetime | None = None


def compare(standing: Mapping[str, Standing], timeline: Timeline) -> tuple[Change, ...]:
    """The changes from what stands to the new timeline, in its order; what has left or ended is kept."""
    changes = [_change(standing.get(planned.key), planned) for planned in timeline.reminders]
    named = {planned.key for planned in timeline.reminders}
    gone = [
        Change(kind=Kind.WITHDRAW, key=key, planned=None, old_send_at=old.send_at)
        for key, old in standing.items()
        if key not in named and old.unsent
    ]
    return (*changes, *gone)


def _change(old: Standing | None, planned: PlannedReminder) -> Change:
    if old is None:
        return Change(kind=Kind.ADD, key=planned.key, planned=planned)
    if not old.unsent:
        kind = Kind.KEEP
    elif planned.status is not Status.PLANNED:
        kind = Kind.END
    else:
        kind = Kind.KEEP if planned.send_at == old.send_at else Kind.MOVE
    return Change(kind=kind, key=planned.key, planned=planned, old_send_at=old.send_at)
