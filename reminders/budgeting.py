"""What a sender takes as slots of time that are given away one by one (pure): so many units a second, never more.

A unit is a segment of a text, a call, or an e-mail. The rule: a message gets its slot behind the one before it, and
none that begins beyond the horizon, so that what waits stays with us, where it can still be withdrawn.
"""

import math

from reminders.settings import TransportSettings

HORIZON = 2.0  # seconds ahead for which slots are given away; a worker that dies takes no more time with it
WORTH_A_CLAIM = 0.25  # of the horizon; the rest is what a slow claim may take without a pause at the sender
MOST_UNITS = 12  # of one message; whatever else a stored instant says, the clock has been set back
LATE, LATE_SHARE = 0.08, 0.5  # how late a call may be for its slot: seconds, or a part of the time one unit takes


class Slots:
    """One sender's time on the stopwatch (seconds) of whoever gives it away: until `free` it is given away."""

    def __init__(self, per_second: float, *, free: float, now: float) -> None:
        self.per_second = per_second
        self.now = now
        self.free = min(free, now + HORIZON + MOST_UNITS / per_second)
        self.is_taken = False

    @property
    def room(self) -> float:
        """How many units may begin before the horizon."""
        return max(0.0, self.now + HORIZON - max(self.free, self.now)) * self.per_second

    @property
    def again_at(self) -> float:
        """From when there is as much room as is worth a claim, and still so much given away that nobody need hurry."""
        return self.free - (1 - WORTH_A_CLAIM) * HORIZON

    def take(self, units: int, *, until: float = math.inf) -> float | None:
        """When a message of so many units may be called; None beyond the horizon, or from `until` on."""
        slot = max(self.free, self.now)
        if slot >= min(self.now + HORIZON, until):
            return None
        self.free, self.is_taken = slot + units / self.per_second, True
        return slot

    @property
    def tolerance(self) -> float:
        """How much later than its slot a call may be made (seconds): the slots behind it are others'."""
        return max(LATE, LATE_SHARE / self.per_second)


def rate_of(settings: TransportSettings | None, known: float | None) -> float | None:
    """Units a second of one transport: as set, as its kind of sender is known for, else as the transport knows."""
    return (settings.rate if settings is not None else None) or known
