"""The measures that every row of one column shares, so that times, names and states stand under each other."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from reminders.picture.axis import Day
from reminders.picture.metrics import text_width
from reminders.picture.model import Picture

SHEET = (710.0, 960.0)
"""7.4 by 10 inches at 96 to the inch: what both Letter and A4 can print without scaling."""

SMALLEST = 12.0
GAP = 8.0
BAND = 11.0
MOST_CLOCK = 0.42  # of a row


@dataclass(frozen=True, kw_only=True, slots=True)
class Scale:
    """How large the type is, how many lines a message may take, how many columns a sheet has, how much air is left."""

    text: float
    lines: int
    columns: int = 1
    air: float = 1.0

    @property
    def sheet(self) -> tuple[float, float]:
        return SHEET if self.columns == 1 else (SHEET[1], SHEET[0])

    @property
    def is_terse(self) -> bool:
        """The last resort of a crowded sheet: what can be left out is."""
        return self.columns > 1 and self.lines == 1

    @property
    def small(self) -> float:
        """For what stands aside; never too small to read."""
        return max(SMALLEST, self.text - 1.5)

    @property
    def lead(self) -> float:
        """From one line to the next."""
        return round(self.text * (1.1 + 0.12 * self.air), 1)

    @property
    def row_gap(self) -> float:
        """Between two reminders."""
        return 0.38 * self.text * self.air

    @property
    def day_gap(self) -> float:
        """Above each day, besides."""
        return 0.5 * self.text * self.air


@dataclass(frozen=True, kw_only=True, slots=True)
class Frame:
    """One column: where it begins, how wide it is, and the widths of what stands in its rows."""

    scale: Scale
    x: float
    width: float
    dates: float
    widest_clock: float
    language: str

    @property
    def axis(self) -> float:
        return self.x + self.dates + 12 * self.sign

    @property
    def sign(self) -> float:
        """How much signs grow with the type."""
        return self.scale.text / 13

    @property
    def card(self) -> float:
        return self.axis + 15 * self.sign

    @property
    def text(self) -> float:
        return self.card + BAND + GAP

    @property
    def clocks(self) -> float:
        """What the times may take: as much as they need, but never the room of the keys and states."""
        return min(self.widest_clock, MOST_CLOCK * (self.right - self.text))

    @property
    def right(self) -> float:
        return self.x + self.width

    def at(self, x: float) -> "Frame":
        return replace(self, x=x)


def make_frame(picture: Picture, days: Iterable[Day], scale: Scale, *, x: float, width: float) -> Frame:
    """A column wide enough for the longest date and time of the picture."""
    size, small = scale.text, scale.small
    dates = [text_width(day.label, size, bold=True) for day in days] + [text_width("procedure day", small)]
    clocks = [text_width(entry.clock, size, bold=True) for entry in picture.entries]
    return Frame(
        scale=scale,
        x=x,
        width=width,
        dates=max(dates),
        widest_clock=max(clocks, default=0.0),
        language=picture.language,
    )
