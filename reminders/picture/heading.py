"""The head and the foot of a sheet: whose plan, as of when, what the signs mean, and what the words leave out."""

from collections.abc import Callable, Iterator

from reminders.picture.frame import BAND, GAP, Scale
from reminders.picture.looks import STYLES
from reminders.picture.metrics import text_width, wrap
from reminders.picture.model import FOR_A_PERSON, Look, Picture
from reminders.picture.shapes import Box, Item, Line, Mark, Text, Tone

LINES = 4  # that a sentence may take
FEW = 3  # looks, whose meanings stand on one line even of a crowded sheet


def paint_head(picture: Picture, scale: Scale, *, x: float, y: float, width: float) -> tuple[list[Item], float]:
    """The title, its sentences and the legend; and where the columns may begin."""
    items: list[Item] = []
    pen = _Pen(items, x, y, width)
    pen.write(picture.title, _title_size(picture.title, scale, width), bold=True)
    for sentence in picture.head:
        pen.write(sentence, scale.text)
    if warning := _for_a_person(picture):
        pen.write(warning, scale.text, bold=True)
    bottom = _paint_legend(picture, scale, pen)
    return items, bottom + 0.8 * scale.lead


def paint_foot(
    picture: Picture, scale: Scale, *, x: float, width: float
) -> tuple[Callable[[float], list[Item]], float]:
    """How to paint the sentences below the columns from a given line on, and how high they are."""

    def paint(y: float) -> list[Item]:
        items: list[Item] = [Line(points=((x, y), (x + width, y)))]
        pen = _Pen(items, x, y + 0.3 * scale.text, width)
        pen.write(" ".join(picture.foot), scale.small, tone=Tone.SOFT)
        heights.append(pen.y - y)
        return items

    heights: list[float] = []
    paint(0.0)
    return paint, heights[0]


def _title_size(title: str, scale: Scale, width: float) -> float:
    """As large as one line holds, but never as small as the rest."""
    fitting = scale.text * width / max(1.0, text_width(title, scale.text, bold=True))
    return round(max(scale.text + 2, min(scale.text + 8, fitting)), 1)


class _Pen:
    """Writes sentence below sentence."""

    def __init__(self, items: list[Item], x: float, y: float, width: float) -> None:
        self._items, self.x, self.y, self.width = items, x, y, width

    def write(self, text: str, size: float, *, bold: bool = False, tone: Tone = Tone.INK) -> None:
        for line in wrap(text, self.width, size, lines=LINES, bold=bold):
            self.y += 1.26 * size
            self._items.append(Text(x=self.x, y=self.y - 0.26 * size, text=line, size=size, bold=bold, tone=tone))

    def add(self, *items: Item) -> None:
        self._items += items


def _for_a_person(picture: Picture) -> str:
    """Named in words at the top, for a sign far down the sheet is easily passed over."""
    named = {look: [entry.key for entry in picture.entries if entry.look is look] for look in FOR_A_PERSON}
    parts = [f"{STYLES[look].word} {', '.join(keys)}" for look, keys in named.items() if keys]
    return f"Needs a person: {'; '.join(parts)}" if parts else ""


def _paint_legend(picture: Picture, scale: Scale, pen: _Pen) -> float:
    """Every look that occurs, with its count, in a frame; returns the line below."""
    pitch, top, inner = 1.7 * scale.text, pen.y + 0.4 * scale.lead, pen.width - 2 * GAP
    is_full = not scale.is_terse or len(picture.counts) <= FEW
    keys = {look: _meaning(look, count, is_full=is_full) for look, count in picture.counts.items()}
    widest = max((_key_width(text, scale) for text in keys.values()), default=inner)
    columns = max(1, int(inner // widest))
    for number, (look, text) in enumerate(keys.items()):
        row, column = divmod(number, columns)
        y = top + 0.25 * pitch + pitch * (row + 0.5)
        pen.add(*_paint_key(look, text, scale, pen.x + GAP + column * inner / columns, y))
    height = pitch * (-(-len(keys) // columns) + 0.5)
    pen.add(Box(x=pen.x, y=top, width=pen.width, height=height, border=Tone.SOFT))
    return top + height


def _meaning(look: Look, count: int, *, is_full: bool) -> str:
    style = STYLES[look]
    return f"{count} {style.meaning if is_full else style.word}"


def _key_width(text: str, scale: Scale) -> float:
    return 24 * scale.text / 13 + BAND + 2 * GAP + text_width(text, scale.text, bold=True)


def _paint_key(look: Look, text: str, scale: Scale, x: float, y: float) -> Iterator[Item]:
    size, sign = scale.text, scale.text / 13
    band = x + 24 * sign
    yield Mark(x=x + 10 * sign, y=y, sign=look, scale=sign)
    yield Box(
        x=band, y=y - 0.6 * size, width=BAND, height=1.2 * size, look=look, border=Tone.INK, dash=STYLES[look].dash
    )
    yield Text(x=band + BAND + GAP, y=y + 0.35 * size, text=text, size=size, bold=True)
