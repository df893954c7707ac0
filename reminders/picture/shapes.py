"""What a drawing is made of: texts, boxes, marks and lines at their places, in CSS pixels of the printed sheet."""

from dataclasses import dataclass
from enum import StrEnum

from reminders.picture.metrics import text_width
from reminders.picture.model import Look


class Tone(StrEnum):
    """Inks that stay apart from the paper in gray too (contrast of 7 to 1 and more)."""

    INK = "#111111"
    SOFT = "#444444"
    PAPER = "#ffffff"


@dataclass(frozen=True, kw_only=True, slots=True)
class Text:
    """One line of text; `y` is its baseline, `end` sets it against its right edge.

    `opening` stands before it on the same line, in full ink and in staff's language.
    """

    x: float
    y: float
    text: str
    size: float
    bold: bool = False
    end: bool = False
    tone: Tone = Tone.INK
    language: str | None = None
    opening: str = ""

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom, as wide as any usual font may make it."""
        width = text_width(self.opening + self.text, self.size, bold=self.bold)
        left = self.x - width if self.end else self.x
        return left, self.y - 0.78 * self.size, left + width, self.y + 0.22 * self.size


@dataclass(frozen=True, kw_only=True, slots=True)
class Box:
    """A rectangle: filled with a look's pattern or a plain tone, and bordered, dashed or not."""

    x: float
    y: float
    width: float
    height: float
    look: Look | None = None
    fill: Tone | None = None
    border: Tone | None = None
    thick: float = 1.0
    dash: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """A look's sign, or a landmark's, centered at a point."""

    x: float
    y: float
    sign: str
    scale: float = 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A stroke along points."""

    points: tuple[tuple[float, float], ...]
    thick: float = 1.0
    tone: Tone = Tone.INK


Item = Text | Box | Mark | Line


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawing:
    """Everything at its place on one sheet."""

    width: float
    height: float
    items: tuple[Item, ...]

    @property
    def texts(self) -> tuple[Text, ...]:
        return tuple(item for item in self.items if isinstance(item, Text))
