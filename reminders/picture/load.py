"""A month at its sender as a picture to print: the load of each hour beside what the sender takes in one.

The rule: an hour that is too full is told by its pattern and in words, not by a color.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from reminders.forecasting import Forecast, plural, rate_in_words
from reminders.picture.axis import day_label
from reminders.picture.frame import SHEET
from reminders.picture.metrics import text_width, wrap
from reminders.picture.model import Look
from reminders.picture.shapes import Box, Drawing, Item, Line, Text, Tone
from reminders.picture.svg import document

MARGIN, GUTTER = 14.0, 70.0  # around the sheet, and left of the bars for the scale
TITLE, BODY, SMALL = 19.0, 14.0, 12.0
PLOT = 200.0  # how high the bars may be
FAR = 3.0  # a line so many times as high as the highest bar is told and not drawn
WIDTH = SHEET[1]
MOST_GRID = 5
ABOVE = Look.HELD  # the pattern of what is more than the sender takes


@dataclass(frozen=True, slots=True)
class Bar:
    """One hour, or the fullest hour of a day."""

    label: str
    units: int


@dataclass(frozen=True, slots=True)
class Panel:
    """Bars in a row under one heading, beside the line of what the sender takes."""

    heading: str
    bars: tuple[Bar, ...]


def draw_load(found: Forecast, *, title: str) -> str:
    """The whole SVG document: the fullest hour of each day, and the fullest day hour by hour."""
    items: list[Item] = []
    y = MARGIN
    for text, size, bold in _head(found, title):
        for line in wrap(text, WIDTH - 2 * MARGIN, size, lines=3, bold=bold):
            y += 1.3 * size
            items.append(Text(x=MARGIN, y=y, text=line, size=size, bold=bold))
    for panel in _panels(found):
        items += _paint(panel, found, y + 2 * BODY)
        y += 2 * BODY + PLOT + 3.5 * BODY
    items += _foot(found, y + 2 * BODY)
    drawing = Drawing(width=WIDTH, height=y + 2 * BODY + MARGIN, items=tuple(items))
    return document(drawing, title, " ".join(_description(found)))


def _head(found: Forecast, title: str) -> Iterator[tuple[str, float, bool]]:
    yield title, TITLE, True
    for sentence in found.sentences():
        yield f"{sentence[0].upper()}{sentence[1:]}.", BODY, bool(found.slow)


def _days(found: Forecast) -> dict[date, dict[datetime, int]]:
    """The hours of each day on which something is planned, on the clock of the forecast's zone."""
    days: dict[date, dict[datetime, int]] = {}
    for at, units in found.hours:
        days.setdefault(at.astimezone(found.zone).date(), {})[at] = units
    return days


def _panels(found: Forecast) -> Iterator[Panel]:
    days = _days(found)
    if not days:
        return
    first, last = min(days), max(days)
    if first != last:
        every = [first + timedelta(days=number) for number in range((last - first).days + 1)]
        bars = tuple(Bar(day_label(day), max(days.get(day, {}).values(), default=0)) for day in every)
        yield Panel(f"The fullest hour of each day, {day_label(first)} to {day_label(last, year=True)}", bars)
    fullest = max(days, key=lambda day: (max(days[day].values()), sum(days[day].values())))
    yield Panel(f"{day_label(fullest, year=True)}, hour by hour", tuple(_hour_bars(found, fullest, days[fullest])))


def _hour_bars(found: Forecast, day: date, loads: dict[datetime, int]) -> Iterator[Bar]:
    """Every hour from midnight to midnight; a day on which clocks change has 23 or 25 of them."""
    at, ends = (datetime.combine(one, time(), found.zone).astimezone(UTC) for one in (day, day + timedelta(days=1)))
    while at < ends:
        yield Bar(f"{at.astimezone(found.zone):%H:%M}", loads.get(at, 0))
        at += timedelta(hours=1)


def _paint(panel: Panel, found: Forecast, top: float) -> Iterator[Item]:
    yield Text(x=MARGIN, y=top + BODY, text=panel.heading, size=BODY, bold=True)
    base, highest = top + 2 * BODY + PLOT, max(bar.units for bar in panel.bars)
    is_far = found.per_hour > FAR * highest
    full = 1.12 * (highest if is_far else max(highest, found.per_hour))
    yield from _grid(full, base)
    pitch = (WIDTH - MARGIN - GUTTER) / len(panel.bars)
    for number, bar in enumerate(panel.bars):
        yield from _bar(bar, found, GUTTER + number * pitch, pitch, base, PLOT / full)
    yield from _labels(panel.bars, pitch, base)
    yield Line(points=((GUTTER, base), (WIDTH - MARGIN, base)), thick=1.5)
    yield from _budget(found, base - PLOT if is_far else base - found.per_hour * PLOT / full, is_far=is_far)


def _grid(full: float, base: float) -> Iterator[Item]:
    rough = full / MOST_GRID
    digit = 10 ** math.floor(math.log10(rough))
    step = max(1, next(digit * one for one in (1, 2, 5, 10) if digit * one >= rough))
    for number in range(int(full // step) + 1):
        y = base - number * step * PLOT / full
        label = f"{number * step:,.0f}"
        yield Text(x=GUTTER - 6, y=y + 0.35 * SMALL, text=label, size=SMALL, end=True, tone=Tone.SOFT)
        yield Line(points=((GUTTER - 3, y), (GUTTER, y)), tone=Tone.SOFT)


def _bar(bar: Bar, found: Forecast, x: float, pitch: float, base: float, scale: float) -> Iterator[Item]:
    """Dark as far as the sender takes it within the hour, hatched above."""
    gap = 0.15 * pitch if pitch > 4 else 0.0
    within = min(float(bar.units), found.per_hour) * scale
    above = bar.units * scale - within
    if within:
        yield Box(x=x + gap, y=base - within, width=pitch - 2 * gap, height=within, fill=Tone.SOFT)
    if above > 0:
        y, width = base - within - above, pitch - 2 * gap
        yield Box(x=x + gap, y=y, width=width, height=above, look=ABOVE, border=Tone.INK)


def _labels(bars: Sequence[Bar], pitch: float, base: float) -> Iterator[Item]:
    """As many as stand side by side without touching."""
    widest = max(text_width(bar.label, SMALL) for bar in bars) + SMALL
    each = max(1, math.ceil(widest / pitch))
    for number, bar in enumerate(bars[::each]):
        x = GUTTER + number * each * pitch
        yield Line(points=((x, base), (x, base + 5)))
        yield Text(x=x + 2, y=base + 5 + SMALL, text=bar.label, size=SMALL)


def _budget(found: Forecast, y: float, *, is_far: bool) -> Iterator[Item]:
    """The line of what the sender takes, and its words on paper of their own: bars may stand behind them."""
    words = f"the sender takes {found.per_hour:,.0f} an hour" + (": far above all of this" if is_far else "")
    width = text_width(words, SMALL, bold=True)
    right = WIDTH - MARGIN
    if not is_far:
        yield Line(points=((GUTTER, y), (right, y)), thick=4, tone=Tone.PAPER)
        yield Line(points=((GUTTER, y), (right, y)), thick=2)
    yield Box(x=right - width - 6, y=y - 1.6 * SMALL, width=width + 6, height=1.35 * SMALL, fill=Tone.PAPER)
    yield Text(x=right - 3, y=y - 0.55 * SMALL, text=words, size=SMALL, bold=True, end=True)


def _foot(found: Forecast, y: float) -> Iterator[Item]:
    units = plural(found.unit, 2).capitalize()
    words = f"{units} planned in an hour. Hatched: more than the sender takes in it. All times: {found.zone.key}."
    yield Text(x=MARGIN, y=y, text=words, size=SMALL, tone=Tone.SOFT)


def _description(found: Forecast) -> Iterator[str]:
    """The picture for those who hear it."""
    yield from (f"{sentence[0].upper()}{sentence[1:]}." for sentence in found.sentences())
    if not found.hours:
        return
    at, most = max(found.hours, key=lambda hour: hour[1])
    local = at.astimezone(found.zone)
    over = sum(units > found.per_hour for _, units in found.hours)
    rate = rate_in_words(found.per_second, found.unit)
    yield f"The sender takes {rate}, {found.per_hour:,.0f} an hour."
    yield f"The fullest hour is {day_label(local.date(), year=True)}, {local:%H:%M}, with {most:,}."
    yield f"{over} of {len(found.hours)} hours in which something is planned have more than the sender takes in one."
