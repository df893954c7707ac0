"""What a new timeline means for the reminders of the old one: pure, one answer per key.

What a patient has been told is never unsaid: it is kept while it is right, and corrected when it is not.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from schedules.timeline import PlannedReminder, Status, Timeline


class Progress(StrEnum):
    """How far a reminder of the old timeline has come, as far as a change is concerned."""

    UNSENT = "unsent"  # planned or held: it can still be moved or withdrawn
    TOLD = "told"  # sent, on its way, or of unknown outcome: the patient has it or may have it
    ENDED = "ended"  # missed, skipped, withdrawn: the patient never got it
    REFUSED = "refused"  # failed: nothing but a new contact will make it arrive
    OUT = "out"  # an earlier change had no place for it


class Kind(StrEnum):
    """What becomes of one reminder."""

    KEEP = "keep"
    MOVE = "move"
    END = "end"  # the new plan misses or skips it
    WITHDRAW = "withdraw"
    ADD = "add"
    AGAIN = "again"  # said or ended before, and planned once more in a new round


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """A reminder of the old timeline: when it was to leave (UTC), and what the patient has of it.

    `still_right` is False where what was told states a fact that no longer holds.
    """

    send_at: datetime | None
    progress: Progress
    still_right: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One reminder's fate; `planned` is its place in the new timeline, None when it has none."""

    kind: Kind
    key: str
    planned: PlannedReminder | None
    old_send_at: datetime | None = None
    corrects: bool = False  # what was told of it is contradicted


def compare(
    standing: Mapping[str, Standing], timeline: Timeline, now: datetime, *, new_contact: bool = False
) -> tuple[Change, ...]:
    """The changes from what stands to the new timeline, in its order (UTC `now`).

    What was told and is wrong now is said again only at a time still to come; what would be late is the
    correction's. With `new_contact` what was refused is planned again too.
    """
    placed = [_change(standing.get(planned.key), planned, now, new_contact) for planned in timeline.reminders]
    named = {planned.key for planned in timeline.reminders}
    gone = [_gone(key, old) for key, old in standing.items() if key not in named]
    return (*placed, *gone)


def _gone(key: str, old: Standing) -> Change:
    """A reminder that the new plan no longer has."""
    kind = Kind.WITHDRAW if old.progress is Progress.UNSENT else Kind.KEEP
    wrong = old.progress is Progress.TOLD and not old.still_right
    return Change(kind=kind, key=key, planned=None, old_send_at=old.send_at, corrects=wrong)


def _change(old: Standing | None, planned: PlannedReminder, now: datetime, new_contact: bool) -> Change:
    if old is None:
        return Change(kind=Kind.ADD, key=planned.key, planned=planned)
    wrong = old.progress is Progress.TOLD and not old.still_right
    kind = _unsent(old, planned) if old.progress is Progress.UNSENT else _once_more(old, planned, now, new_contact)
    return Change(kind=kind, key=planned.key, planned=planned, old_send_at=old.send_at, corrects=wrong)


def _unsent(old: Standing, planned: PlannedReminder) -> Kind:
    if planned.status is not Status.PLANNED:
        return Kind.END
    return Kind.KEEP if planned.send_at == old.send_at else Kind.MOVE


def _once_more(old: Standing, planned: PlannedReminder, now: datetime, new_contact: bool) -> Kind:
    if planned.status is not Status.PLANNED or planned.send_at is None:
        # What comes back into the plan too late is missed, as though it were new: people are told.
        return Kind.AGAIN if old.progress is Progress.OUT else Kind.KEEP
    ahead = planned.send_at > now
    again = {
        Progress.TOLD: ahead and not old.still_right,
        Progress.ENDED: planned.send_at >= now,
        Progress.OUT: bool(planned.waits_for) or planned.send_at >= now,
        Progress.REFUSED: new_contact and planned.send_at >= now,
    }
    return Kind.AGAIN if again.get(old.progress, False) else Kind.KEEP
