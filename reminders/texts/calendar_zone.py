"""The rules of a time zone for one year, as a calendar file carries them (RFC 5545, 3.6.5).

The rule: an onset is written by the clock that ends, and every change of the year is there. icalendar 7.3 can make
this part too, but writes spring's onset by the new clock and steps over changes less than 64 days apart (Morocco).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

ONE_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """From `onset` (a local time under the offset `before`) on, clocks show `after`."""

    onset: datetime
    before: timedelta
    after: timedelta
    name: str
    summer: bool


def zone_component(zone: ZoneInfo, year: int) -> "Timezone":
    """A VTIMEZONE that is right for every instant of that year on the zone's clock."""
    from icalendar import Timezone

    component = Timezone()
    component.add("tzid", zone.key)
    for change in changes_of(zone, year):
        component.add_component(_part(change))
    return component


def _part(change: Change) -> "TimezoneDaylight | TimezoneStandard":
    from icalendar import TimezoneDaylight, TimezoneStandard

    part = TimezoneDaylight() if change.summer else TimezoneStandard()
    part.add("dtstart", change.onset)
    part.add("tzoffsetfrom", change.before)
    part.add("tzoffsetto", change.after)
    part.add("tzname", change.name)
    return part


@lru_cache(maxsize=64)
def changes_of(zone: ZoneInfo, year: int) -> tuple[Change, ...]:
    """What holds when the year begins there, and each change until it ends."""
    begins = datetime(year, 1, 1, tzinfo=zone)
    return (_change(begins.astimezone(UTC), begins.astimezone(UTC), zone), *_later_changes(zone, year))


def _later_changes(zone: ZoneInfo, year: int) -> Iterator[Change]:
    begins = datetime(year, 1, 1, tzinfo=zone).astimezone(UTC)
    for day, next_day in pairwise(begins + timedelta(days=number) for number in range(368)):
        if _offset(day, zone) != _offset(next_day, zone):
            last = _last_before_change(day, next_day, zone)
            yield _change(last, last + ONE_SECOND, zone)


def _last_before_change(day: datetime, next_day: datetime, zone: ZoneInfo) -> datetime:
    """The last second under the offset of `day`."""
    seconds = 0
    for step in (2**power for power in reversed(range(17))):  # 2**17 seconds are more than a day
        later = day + timedelta(seconds=seconds + step)
        if later < next_day and _offset(later, zone) == _offset(day, zone):
            seconds += step
    return day + timedelta(seconds=seconds)


def _change(last: datetime, first: datetime, zone: ZoneInfo) -> Change:
    before, local = _offset(last, zone), first.astimezone(zone)
    return Change(
        onset=(first + before).replace(tzinfo=None),
        before=before,
        after=_offset(first, zone),
        name=local.tzname() or "",
        summer=bool(local.dst()),
    )


def _offset(instant: datetime, zone: ZoneInfo) -> timedelta:
    offset = instant.astimezone(zone).utcoffset()
    return offset or timedelta(0)
