"""From a picture to a drawing: the largest type that fits one sheet, in one column or, for many reminders, in two.

Nothing is ever drawn over something else; where even the smallest type does not fit, the sheet grows longer.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reminders.picture.axis import Day
from reminders.picture.bricks import Brick, Fold, Heading, Row, Ticks, bricks, paint_day
from reminders.picture.frame import Frame, Scale, make_frame
from reminders.picture.heading import paint_foot, paint_head
from reminders.picture.model import Picture
from reminders.picture.shapes import Drawing, Item, Line, Text

MARGIN = 10.0
GUTTER = 26.0
MOST_SLACK = 1.4  # of a line, that a day may be moved down where there is room
SCALES = (
    *(Scale(text=size, lines=3) for size in (17, 16, 15)),
    *(Scale(text=size, lines=2) for size in (14.5, 14, 13.5)),
    *(Scale(text=size, lines=1) for size in (14, 13.5, 13, 12.5, 12)),
    *(Scale(text=size, lines=2, columns=2) for size in (13.5, 13, 12.5, 12)),
    Scale(text=12, lines=2, columns=2, air=0.6),
    *(Scale(text=size, lines=1, columns=2) for size in (12.5, 12)),
    *(Scale(text=12, lines=1, columns=2, air=air) for air in (0.6, 0.3)),
)


@dataclass(frozen=True, slots=True)
class Placed:
    """A brick in its column with the room above it."""

    brick: Brick
    tall: float
    above: float
    opens_day: bool


def lay_out(picture: Picture) -> Drawing:
    """Everything at its place."""
    for scale in SCALES:
        sheet = _Sheet(picture, scale)
        if sheet.fits:
            break
    return sheet.drawing()


class _Sheet:
    """One try at a scale: the head, the columns, the foot, and whether they fit."""

    def __init__(self, picture: Picture, scale: Scale) -> None:
        self._picture, self._scale = picture, scale
        self._width, self._height = scale.sheet
        inner = self._width - 2 * MARGIN
        self._head, self._top = paint_head(picture, scale, x=MARGIN, y=MARGIN, width=inner)
        self._foot, self._foot_height = paint_foot(picture, scale, x=MARGIN, width=inner)
        built = bricks(picture)
        days = [brick.day for brick in built if brick.day is not None]
        width = (inner - GUTTER * (scale.columns - 1)) / scale.columns
        self._frame = make_frame(picture, days, scale, x=MARGIN, width=width)
        self._columns = _columns(built, self._frame, scale.columns)

    @property
    def _used(self) -> float:
        return max(map(_height, self._columns))

    @property
    def _room(self) -> float:
        return self._height - self._top - self._foot_height - MARGIN

    @property
    def fits(self) -> bool:
        """No key is cut, and no column is too long."""
        rows = [placed.brick for column in self._columns for placed in column if isinstance(placed.brick, Row)]
        return self._used <= self._room and not any(row.is_cut(self._frame) for row in rows)

    def drawing(self) -> Drawing:
        height = self._height + max(0.0, self._used - self._room)
        items = [*self._head]
        for number, column in enumerate(self._columns):
            frame = self._frame.at(MARGIN + number * (self._frame.width + GUTTER))
            items += _paint_column(column, frame, self._top, self._slack(column))
        items += self._foot(height - self._foot_height - MARGIN)
        return Drawing(width=self._width, height=height, items=tuple(item for item in items if not _is_blank(item)))

    def _slack(self, column: Sequence[Placed]) -> float:
        """What each day of a column may be moved down, so that a short plan does not huddle at the top."""
        days = sum(placed.opens_day for placed in column)
        return min(max(0.0, self._room - _height(column)) / max(1, days), MOST_SLACK * self._scale.lead)


def _is_blank(item: Item) -> bool:
    return isinstance(item, Text) and not item.text and not item.opening


def _height(column: Sequence[Placed]) -> float:
    return sum(placed.above + placed.tall for placed in column)


def _columns(built: Sequence[Brick], frame: Frame, number: int) -> list[list[Placed]]:
    """One column, or two about equally long; a heading stays above what it heads, empty days below what they follow."""
    measured = [(brick, brick.height(frame)) for brick in built]
    cuts = [
        cut
        for cut in range(1, len(built))
        if not isinstance(built[cut - 1], Heading) and not isinstance(built[cut], Fold | Ticks)
    ]
    if number == 1 or not cuts:
        return [_placed(measured, frame)]
    tries = ([_placed(part, frame) for part in (measured[:cut], measured[cut:])] for cut in cuts)
    return min(tries, key=lambda columns: max(map(_height, columns)))


def _placed(measured: Sequence[tuple[Brick, float]], frame: Frame) -> list[Placed]:
    """The bricks of one column; the first of each day in it carries the date."""
    found = []
    day: Day | None = None
    for number, (brick, tall) in enumerate(measured):
        opens = brick.day is not None and brick.day != day
        found.append(Placed(brick, tall, frame.scale.day_gap if opens and number else 0.0, opens))
        day = brick.day
    return found


def _paint_column(column: Sequence[Placed], frame: Frame, top: float, slack: float) -> Iterator[Item]:
    y, rows = top, []
    for number, placed in enumerate(column):
        above = placed.above + (slack if placed.opens_day and number else 0.0)
        rows.append((placed, y, y + above))
        y += above + placed.tall
    for (placed, begins, _), ends in zip(rows, [row[1] for row in rows[1:]] + [y], strict=True):
        if placed.brick.solid:
            yield Line(points=((frame.axis, begins), (frame.axis, ends)), thick=2)
    for placed, _, at in rows:
        if placed.opens_day and placed.brick.day is not None:
            yield from paint_day(placed.brick.day, frame, at)
        yield from placed.brick.paint(frame, at)
