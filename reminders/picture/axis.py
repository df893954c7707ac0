"""The days of a picture from the first to the last, with the empty ones between them folded away."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from reminders.picture.model import Entry, Landmark, Picture, by_day

SHORTEST_FOLD = 3  # so many empty days are one break; fewer are drawn as a tick each


@dataclass(frozen=True, slots=True)
class Day:
    """One day on which something stands, in the order of its clock; `label` and `away` are read beside it."""

    date: date
    label: str
    away: str
    things: tuple[Entry | Landmark, ...]


@dataclass(frozen=True, slots=True)
class Empty:
    """Days in a row on which nothing stands; `year` is the one that begins in them or right after."""

    days: int
    year: int | None = None

    @property
    def is_folded(self) -> bool:
        return self.days >= SHORTEST_FOLD


def axis(picture: Picture) -> Iterator[Day | Empty]:
    """Days and the gaps between them; a year that begins is named at its gap, or at its day where no gap is folded."""
    before: date | None = None
    for day, things in _by_day(picture):
        gap = Empty(0 if before is None else (day - before).days - 1, _new_year(before, day))
        if gap.days > 0:
            yield gap
        label = day_label(day, year=gap.year is not None and not gap.is_folded)
        yield Day(day, label, _away(day, picture.procedure.at.date()), things)
        before = day


def _new_year(before: date | None, day: date) -> int | None:
    return day.year if before is not None and before.year != day.year else None


def _by_day(picture: Picture) -> Iterator[tuple[date, tuple[Entry | Landmark, ...]]]:
    things: list[tuple[datetime, Entry | Landmark]] = [(mark.at, mark) for mark in picture.landmarks]
    things += picture.timed
    days: dict[date, list[Entry | Landmark]] = {}
    for at, thing in sorted(things, key=lambda pair: by_day(pair[0])):
        days.setdefault(at.date(), []).append(thing)
    return ((day, tuple(found)) for day, found in days.items())


def day_label(day: date, *, year: bool = False) -> str:
    """As in "Tue Dec 8", or "Tue Dec 8, 2026"."""
    return f"{day:%a %b} {day.day}" + (f", {day.year}" if year else "")


def _away(day: date, procedure: date) -> str:
    days = abs((day - procedure).days)
    if days == 0:
        return "procedure day"
    return f"{days} day{'s' if days > 1 else ''} {'before' if day < procedure else 'after'}"
