"""What a sender is asked to carry beside what it can: its load per hour, and how long a batch takes to leave (pure).

The rule: a sender takes so many units a second and no more; what comes faster waits in front of it, in turn.
"""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

LONG_WAIT = timedelta(minutes=30)  # a message that waits longer for its sender says something about the sender
NAMED = 3  # batches that are told one by one
FINE = 10  # below so many a second the rate that would do is told to a tenth


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """Units that came faster than they left, from the first, which found the sender free, to the last (UTC)."""

    starts: datetime
    ends: datetime
    units: int
    longest_wait: timedelta

    @property
    def takes(self) -> timedelta:
        return self.ends - self.starts


@dataclass(frozen=True, kw_only=True, slots=True)
class Forecast:
    """A plan's load against a sender's rate. `hours`: each hour in which something is planned (UTC), and how much.

    `slow`: the batches of which something waits too long, the longest first. `enough`: the rate at which none is.
    """

    per_second: float
    zone: ZoneInfo
    unit: str
    hours: tuple[tuple[datetime, int], ...]
    slow: tuple[Batch, ...]
    longest_wait: timedelta
    enough: float

    @property
    def per_hour(self) -> float:
        return 3600 * self.per_second

    def sentences(self) -> tuple[str, ...]:
        """In words: what takes too long and what would be enough, or that nothing does."""
        return tuple(_sentences(self))


def forecast(
    loads: Iterable[tuple[datetime, int]], per_second: float, zone: ZoneInfo, *, unit: str = "segment"
) -> Forecast:
    """What becomes of loads, (aware instant, units) in any order, at a sender that takes `per_second` units.

    `zone`: where hours and days are told. Raises ValueError for a rate that is not above zero.
    """
    if per_second <= 0:
        raise ValueError("a sender's rate is above zero")
    coming = _coming(loads)
    batches = tuple(_batches(coming, per_second))
    slow = sorted((each for each in batches if each.longest_wait > LONG_WAIT), key=lambda each: each.longest_wait)
    return Forecast(
        per_second=per_second,
        zone=zone,
        unit=unit,
        hours=_hours(coming, zone),
        slow=tuple(reversed(slow)),
        longest_wait=max((each.longest_wait for each in batches), default=timedelta(0)),
        enough=_enough(coming, per_second) if slow else per_second,
    )


def _coming(loads: Iterable[tuple[datetime, int]]) -> dict[datetime, int]:
    """How much comes at each instant, in the order of time."""
    found: Counter[datetime] = Counter()
    for at, units in loads:
        found[at.astimezone(UTC)] += units
    return {at: found[at] for at in sorted(found) if found[at] > 0}


def _batches(coming: Mapping[datetime, int], per_second: float) -> Iterator[Batch]:
    batch: Batch | None = None
    for at, units in coming.items():
        needed = timedelta(seconds=units / per_second)
        if batch is not None and at < batch.ends:
            ends, before = batch.ends + needed, batch
            wait = max(before.longest_wait, ends - at)
            batch = Batch(starts=before.starts, ends=ends, units=before.units + units, longest_wait=wait)
            continue
        if batch is not None:
            yield batch
        batch = Batch(starts=at, ends=at + needed, units=units, longest_wait=needed)
    if batch is not None:
        yield batch


def _hours(coming: Mapping[datetime, int], zone: ZoneInfo) -> tuple[tuple[datetime, int], ...]:
    found: Counter[datetime] = Counter()
    for at, units in coming.items():
        local = at.astimezone(zone).replace(minute=0, second=0, microsecond=0)  # the fold stays what it is
        found[local.astimezone(UTC)] += units
    return tuple(sorted(found.items()))


def _enough(coming: Mapping[datetime, int], too_slow: float) -> float:
    """A rate that is about the lowest at which nothing waits too long."""
    low, high = too_slow, 2 * too_slow
    while not _keeps_up(coming, high):
        low, high = high, 2 * high
    while high - low > 0.01 * high:
        middle = (low + high) / 2
        low, high = (low, middle) if _keeps_up(coming, middle) else (middle, high)
    return math.ceil(high * 10 - 1e-6) / 10 if high < FINE else float(math.ceil(high))


def _keeps_up(coming: Mapping[datetime, int], per_second: float) -> bool:
    return all(batch.longest_wait <= LONG_WAIT for batch in _batches(coming, per_second))


def _sentences(found: Forecast) -> Iterator[str]:
    at_rate = f"at {rate_in_words(found.per_second, found.unit)}"
    if not found.hours:
        yield f"{at_rate}: nothing is planned"
    elif not found.slow:
        yield f"{at_rate} nothing waits longer than {in_words(found.longest_wait)}"
    else:
        yield from (f"{at_rate} {_told(batch, found)}" for batch in found.slow[:NAMED])
        if more := len(found.slow) - NAMED if len(found.slow) > NAMED else 0:
            yield f"{more} more {plural('batch', more)} keep messages waiting longer than {in_words(LONG_WAIT)}"
        needed = rate_in_words(found.enough, found.unit)
        yield f"{needed} would be enough: then nothing waits longer than {in_words(LONG_WAIT)}"


def _told(batch: Batch, found: Forecast) -> str:
    local = batch.starts.astimezone(found.zone)
    units = f"{batch.units:,} {plural(found.unit, batch.units)}"
    return f"the {local:%H:%M} batch of {local:%a %b} {local.day} takes {in_words(batch.takes)} ({units})"


def rate_in_words(per_second: float, unit: str) -> str:
    """As in "1 segment a second", "3.75 segments a second"."""
    return f"{per_second:g} {plural(unit, per_second)} a second"


def in_words(length: timedelta) -> str:
    """As in "2 h 47 min", "40 s", "3 d 4 h": two units at most, the smaller rounded up."""
    seconds = math.ceil(length.total_seconds() - 1e-6)
    if seconds < 120:
        return f"{seconds} s"
    minutes = math.ceil(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return _two(minutes, 60, "h", "min")
    return _two(math.ceil(minutes / 60), 24, "d", "h")


def _two(amount: int, base: int, large: str, small: str) -> str:
    whole, rest = divmod(amount, base)
    return f"{whole} {large} {rest} {small}" if rest else f"{whole} {large}"


def plural(word: str, count: float) -> str:
    """The word as it stands behind a number."""
    if count == 1:
        return word
    return f"{word}es" if word.endswith("ch") else f"{word}s"
