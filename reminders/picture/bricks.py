"""What a column is built of: each brick knows its height and paints itself below a given line, and nothing else."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from reminders.picture.axis import Day, Empty, axis
from reminders.picture.frame import BAND, GAP, Frame
from reminders.picture.looks import PROCEDURE, STYLES, VISIT
from reminders.picture.metrics import fit, text_width, wrap
from reminders.picture.model import Entry, Landmark, Look, Picture
from reminders.picture.shapes import Box, Item, Line, Mark, Text, Tone

MOST_LINES = 3
ABOVE_BANNER = 0.12  # of a line
LONGEST_OPENING = 0.7  # of a line; behind a longer one the message begins a line of its own


class Brick(Protocol):
    """`day` is the day it belongs to, None off the axis; `solid` says whether the axis runs through it."""

    @property
    def day(self) -> Day | None: ...
    @property
    def solid(self) -> bool: ...
    def height(self, frame: Frame) -> float: ...
    def paint(self, frame: Frame, y: float) -> Iterator[Item]: ...


def bricks(picture: Picture) -> list[Brick]:
    """The days from the first to the last, then what does not go out."""
    found: list[Brick] = []
    for part in axis(picture):
        if isinstance(part, Empty):
            found.append(Fold(part.days, part.year) if part.is_folded else Ticks(part.days))
        else:
            found += [_thing(thing, part, picture) for thing in part.things]
    if picture.not_going:
        found += [Heading(), *(Row(entry) for entry in picture.not_going)]
    return found


def _thing(thing: Entry | Landmark, day: Day, picture: Picture) -> Brick:
    if isinstance(thing, Entry):
        return Row(thing, day)
    return Banner(thing, day, PROCEDURE if thing is picture.procedure else VISIT)


def paint_day(day: Day, frame: Frame, y: float) -> Iterator[Item]:
    """The date beside the first row of its day, and how far it lies from the procedure."""
    size, lead = frame.scale.text, frame.scale.lead
    yield Text(x=frame.x, y=y + size, text=day.label, size=size, bold=True)
    yield Text(x=frame.x, y=y + size + lead, text=day.away, size=frame.scale.small, tone=Tone.SOFT)


@dataclass(frozen=True, slots=True)
class Row:
    """One reminder: sign, pattern, time, key, way and state on the first line, its message below."""

    entry: Entry
    day: Day | None = None

    @property
    def solid(self) -> bool:
        return self.day is not None

    def height(self, frame: Frame) -> float:
        return frame.scale.lead * max(2, 1 + len(self._lines(frame))) + frame.scale.row_gap

    def paint(self, frame: Frame, y: float) -> Iterator[Item]:
        style, size = STYLES[self.entry.look], frame.scale.text
        height = self.height(frame) - 0.6 * frame.scale.row_gap
        yield Box(x=frame.card, y=y, width=BAND, height=height, look=self.entry.look, border=Tone.INK, dash=style.dash)
        yield Mark(x=frame.axis, y=y + 0.7 * size, sign=self.entry.look, scale=frame.sign)
        yield from self._first_line(frame, y + size)
        yield from self._message(frame, y + size + frame.scale.lead)

    def _first_line(self, frame: Frame, y: float) -> Iterator[Item]:
        size, entry, state = frame.scale.text, self.entry, self._state(frame)
        key = fit(entry.key, self._key_room(frame, STYLES[entry.look].word), size, bold=True)
        clock = fit(entry.clock, frame.clocks, size, bold=True)
        yield Text(x=frame.text, y=y, text=clock, size=size, bold=True)
        yield Text(x=self._key_x(frame), y=y, text=key, size=size, bold=True)
        yield Text(x=frame.right, y=y, text=state, size=size, bold=True, end=True)

    def _key_x(self, frame: Frame) -> float:
        return frame.text + (frame.clocks + GAP if self.entry.clock else 0.0)

    def _key_room(self, frame: Frame, state: str) -> float:
        """What a key may take so that its state stands beside it."""
        return frame.right - self._key_x(frame) - text_width(state, frame.scale.text, bold=True) - 2 * GAP

    def _fits(self, frame: Frame, state: str) -> bool:
        return text_width(self.entry.key, frame.scale.text, bold=True) <= self._key_room(frame, state)

    def is_cut(self, frame: Frame) -> bool:
        """Whether its key would have to be shortened."""
        return not self._fits(frame, STYLES[self.entry.look].word)

    def _state(self, frame: Frame) -> str:
        """The state's word, with the fact it waits for where there is room."""
        word, waits_for = STYLES[self.entry.look].word, self.entry.waits_for
        longer = f"{word}{'' if self.entry.look is Look.WAITING else ', waits'} for {waits_for}"
        return longer if waits_for and not self.entry.reason and self._fits(frame, longer) else word

    def _remark(self, frame: Frame) -> str:
        """Why it is off its way, or the fact it waits for where the first line has no room for it."""
        if self.entry.reason:
            return f"{_capitalized(self.entry.reason.rstrip('.'))}."
        named = self._state(frame) != STYLES[self.entry.look].word
        return f"Waits for {self.entry.waits_for}." if self.entry.waits_for and not named else ""

    def _lines(self, frame: Frame) -> list[tuple[str, str]]:
        """The lower lines, each as words to staff and, behind them where there is room, words to the patient."""
        size, room, remark = frame.scale.text, frame.right - frame.text, self._remark(frame)
        way = f"{self.entry.by.capitalize()}: "
        is_long = text_width(f"{remark} {way}", size) > room * LONGEST_OPENING
        above = wrap(remark, room, size, lines=MOST_LINES) if is_long or not self.entry.words else []
        if not self.entry.words or (is_long and frame.scale.is_terse):
            return [(line, "") for line in above if line]
        last = way if is_long else f"{remark} {way}".lstrip()
        left = max(1, frame.scale.lines - len(above))
        first, *more = wrap(self.entry.words, room, size, lines=left, first=text_width(last, size))
        return [*((line, "") for line in above), (last, first), *(("", line) for line in more)]

    def _message(self, frame: Frame, y: float) -> Iterator[Item]:
        for number, (opening, words) in enumerate(self._lines(frame)):
            yield Text(
                x=frame.text,
                y=y + number * frame.scale.lead,
                text=words,
                size=frame.scale.text,
                tone=Tone.SOFT,
                language=frame.language,
                opening=opening,
            )


def _capitalized(sentence: str) -> str:
    """With a capital letter, unless it begins with a key."""
    first, _, _ = sentence.partition(" ")
    return sentence[:1].upper() + sentence[1:] if first.isalpha() else sentence


@dataclass(frozen=True, slots=True)
class Banner:
    """The procedure or the visit: a bar that no reminder looks like, black where the date is firm."""

    landmark: Landmark
    day: Day
    sign: str
    solid: bool = True

    def height(self, frame: Frame) -> float:
        return self._body(frame) + (ABOVE_BANNER + 0.4) * frame.scale.lead

    def _body(self, frame: Frame) -> float:
        return (1.65 if self._is_one_line(frame) else 2.3) * frame.scale.lead

    def _name(self) -> str:
        return f"{self.landmark.name}  {self.landmark.clock}"

    def _room(self, frame: Frame) -> float:
        return frame.right - frame.card - 2 * GAP

    def _is_one_line(self, frame: Frame) -> bool:
        name = text_width(self._name(), frame.scale.text + 1, bold=True)
        return name + 2 * GAP + text_width(self.landmark.detail, frame.scale.text) <= self._room(frame)

    def paint(self, frame: Frame, y: float) -> Iterator[Item]:
        size, firm, body = frame.scale.text, self.landmark.firm, self._body(frame)
        y += ABOVE_BANNER * frame.scale.lead
        fill, tone, dash = (Tone.INK, Tone.PAPER, "") if firm else (Tone.PAPER, Tone.INK, "7 4")
        width, y_name = frame.right - frame.card, y + 0.68 * size + 0.42 * frame.scale.lead
        yield Box(x=frame.card, y=y, width=width, height=body, fill=fill, border=Tone.INK, thick=2, dash=dash)
        yield Mark(x=frame.axis, y=y + 0.7 * size, sign=self.sign, scale=frame.sign)
        name = fit(self._name(), self._room(frame), size + 1, bold=True)
        yield Text(x=frame.card + GAP, y=y_name, text=name, size=size + 1, bold=True, tone=tone)
        detail = fit(self.landmark.detail, self._room(frame), size)
        if self._is_one_line(frame):
            yield Text(x=frame.right - GAP, y=y_name, text=detail, size=size, end=True, tone=tone)
        else:
            yield Text(x=frame.card + GAP, y=y_name + 0.9 * frame.scale.lead, text=detail, size=size, tone=tone)


@dataclass(frozen=True, slots=True)
class Fold:
    """A break in the axis: so many days without a message are left out, perhaps a turn of the year with them."""

    days: int
    year: int | None = None
    day: Day | None = None
    solid: bool = False

    def height(self, frame: Frame) -> float:
        return 1.4 * frame.scale.lead

    def paint(self, frame: Frame, y: float) -> Iterator[Item]:
        height, swing, x = self.height(frame), 5 * frame.sign, frame.axis
        turns = ((0.0, 0.0), (0.25, 0.0), (0.35, -1.0), (0.5, 1.0), (0.65, -1.0), (0.75, 0.0), (1.0, 0.0))
        yield Line(points=tuple((x + swing * side, y + height * down) for down, side in turns), thick=2)
        text = f"{self.days} days without a message" + (f"; the year {self.year} begins" if self.year else "")
        size = frame.scale.text
        yield Text(x=frame.text, y=y + height / 2 + 0.35 * size, text=text, size=size, tone=Tone.SOFT)


@dataclass(frozen=True, slots=True)
class Ticks:
    """A few empty days: one tick each."""

    days: int
    day: Day | None = None
    solid: bool = True

    def height(self, frame: Frame) -> float:
        return self._step(frame) * self.days

    def _step(self, frame: Frame) -> float:
        return 6 * frame.sign * frame.scale.air

    def paint(self, frame: Frame, y: float) -> Iterator[Item]:
        for number in range(self.days):
            down = y + self._step(frame) * (number + 0.5)
            yield Line(points=((frame.axis - 5, down), (frame.axis + 5, down)))


@dataclass(frozen=True, slots=True)
class Heading:
    """Above what never leaves."""

    day: Day | None = None
    solid: bool = False

    def height(self, frame: Frame) -> float:
        return 2 * frame.scale.lead

    def paint(self, frame: Frame, y: float) -> Iterator[Item]:
        line = y + 0.3 * frame.scale.lead
        text = fit("These do NOT go out", frame.width, frame.scale.text + 1, bold=True)
        yield Line(points=((frame.x, line), (frame.right, line)), thick=2)
        yield Text(x=frame.x, y=line + 1.1 * frame.scale.lead, text=text, size=frame.scale.text + 1, bold=True)
