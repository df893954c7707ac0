"""How wide a text will be, without knowing the font it will be set in: as in the wider of the usual ones.

The rule: rather wider than narrower. Helvetica, Arial and Liberation Sans share one set of widths; DejaVu Sans and
Verdana are the widest a viewer usually falls back to. Each character counts as in the wider of the two sets.
"""

import unicodedata
from functools import lru_cache
from itertools import accumulate

# Thousandths of the type size, rounded up to ten; measured in Liberation Sans and DejaVu Sans, regular and bold.
_REGULAR = {
    280: "'ijl", 300: "I", 320: " ,.", 340: "/:;\\|", 360: "f", 370: "-", 400: "()[]t", 410: "!", 420: "r", 460: '"',
    500: "*J`", 530: "sz", 550: "c", 560: "?L_", 580: "k", 600: "vxy", 620: "FTaeo", 640: "$0123456789bdghnpqu{}",
    670: "EKPSY", 690: "ABVXZ", 730: "CR", 740: "U", 750: "N", 760: "H", 780: "&DG", 790: "OQ", 820: "w",
    840: "#+<=>^~", 870: "M", 960: "%", 980: "m", 990: "W", 1020: "@",
}  # fmt: skip
_BOLD = {
    310: "'", 350: " ijl", 370: "/\\|", 380: ",.I", 400: ":;", 420: "-", 440: "f", 460: "!()[]", 480: "t", 500: "`r",
    530: '"*', 560: "J_", 590: "z", 600: "cs", 620: "?", 640: "L", 650: "x", 660: "vy", 670: "k", 680: "ae",
    690: "EFTo", 700: "$0123456789", 720: "bdghnpqu{}", 730: "SYZ", 740: "CP", 770: "B", 780: "AKRVX", 820: "U",
    830: "G", 840: "#+<=>DHN^~", 860: "OQ", 880: "&", 930: "w", 1000: "@M", 1010: "%", 1050: "m", 1110: "W",
}  # fmt: skip
_WIDTHS = tuple({char: width for width, chars in table.items() for char in chars} for table in (_REGULAR, _BOLD))
_WIDEST = 1200  # a character of no table: a sign, another script, an emoji
_LATIN_1 = "\u00ff"
ELLIPSIS = "…"


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """An upper guess at the width of a line, in the unit of `size`."""
    return sum(_char_width(char, bold) for char in text) * size / 1000


@lru_cache(maxsize=4096)
def _char_width(char: str, bold: bool) -> int:
    if unicodedata.combining(char):
        return 0
    if char == ELLIPSIS:
        return 1000
    base = unicodedata.normalize("NFD", char)[0]
    known = _WIDTHS[bold].get(base, _WIDEST)
    if base == char:
        return known
    return known + (30 if char <= _LATIN_1 else 130)  # an accent may be wider than its i, or stand beside its l


def fit(text: str, width: float, size: float, *, bold: bool = False) -> str:
    """The text where it fits, else as much of it as does, and an ellipsis."""
    if text_width(text, size, bold=bold) <= width:
        return text
    room = width - text_width(ELLIPSIS, size, bold=bold)
    widths = accumulate(text_width(char, size, bold=bold) for char in text)
    kept = text[: sum(width <= room for width in widths)]
    return kept.rstrip(" ,.;:-") + ELLIPSIS


def wrap(text: str, width: float, size: float, *, lines: int, bold: bool = False, first: float = 0.0) -> list[str]:
    """The text on at most `lines` lines, the last cut where there is more; `first` is taken from the first line."""
    words, found = text.split(), [""]
    while words:
        room = width - (first if len(found) == 1 else 0.0)
        longer = f"{found[-1]} {words[0]}".strip()
        if text_width(longer, size, bold=bold) <= room:
            found[-1] = longer
            words.pop(0)
        elif len(found) == lines or (not found[-1] and room == width):
            found[-1] = fit(" ".join([found[-1], *words]).strip(), room, size, bold=bold)
            break
        else:
            found.append("")
    return found
