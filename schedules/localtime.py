"""Local date, time and zone to an instant: one rule for the hour that is missing and the hour that repeats.

A time in the gap moves forward by the size of the gap. A time that exists twice is the first for a step
that shifts earlier and the second for one that shifts later, so that a move never crosses its direction.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from schedules.errors import LocalTimeError
from schedules.protocol import Offset, Shift


@lru_cache(maxsize=8192)  # the same few clock times come back in every timeline of a day
def to_instant(day: date, at: time, zone: ZoneInfo, shift: Shift) -> datetime:
    """The UTC instant of a wall-clock time; see the module's rule for the gap and the overlap."""
    first = datetime.combine(day, at.replace(fold=0), tzinfo=zone)
    if first.utcoffset() == (second := first.replace(fold=1)).utcoffset():
        return first.astimezone(UTC)
    if _is_missing(first):
        return first.astimezone(UTC)  # fold 0 reads it with the offset before the gap: forward by its size
    return (first if shift is Shift.EARLIER else second).astimezone(UTC)


def exact_instant(local: datetime, zone: ZoneInfo) -> datetime:
    """The UTC instant of a naive wall-clock time somebody typed.

    Raises LocalTimeError where the time does not exist or exists twice: a person must say which.
    """
    first = local.replace(tzinfo=zone, fold=0)
    second = first.replace(fold=1)
    if first.utcoffset() == second.utcoffset():
        return first.astimezone(UTC)
    if _is_missing(first):
        moved = first.astimezone(UTC).astimezone(zone)
        raise LocalTimeError(
            f"{local:%Y-%m-%d %H:%M} does not exist in {zone.key}: clocks go forward; did you mean {moved:%H:%M}?"
        )
    raise LocalTimeError(
        f"{local:%Y-%m-%d %H:%M} exists twice in {zone.key}: clocks go back; "
        f"write {_with_offset(first)} or {_with_offset(second)}"
    )


def _with_offset(local: datetime) -> str:
    return local.isoformat(sep=" ", timespec="minutes")


def _is_missing(local: datetime) -> bool:
    """Whether a zone-aware wall-clock time lies in a gap: it does not survive the way to UTC and back."""
    back = local.astimezone(UTC).astimezone(local.tzinfo)
    return back.replace(tzinfo=None) != local.replace(tzinfo=None, fold=0)


def calendar_date(anchor: datetime, offset: Offset, site_zone: ZoneInfo, days: int) -> date:
    """The date an offset reaches, counted on the site's calendar; months clamp to the month's end.

    `days` are those of the order the step relays, already signed.
    """
    day = anchor.astimezone(site_zone).date()
    if offset.months:
        day = _months_later(day, offset.months)
    return day + timedelta(weeks=offset.weeks, days=offset.days + days)


@lru_cache(maxsize=4096)
def _months_later(day: date, months: int) -> date:
    return day + relativedelta(months=months)


def elapsed(anchor: datetime, offset: Offset) -> datetime:
    """Hours and minutes of real time, also across a clock change: the sum is done in UTC."""
    return anchor.astimezone(UTC) + timedelta(hours=offset.hours, minutes=offset.minutes)
