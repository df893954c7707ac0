"""How wide a text will be, without knowing the font it will be set in: Helvetica's widths and a margin.

The rule: wider rather than narrower. Arial and Liberation Sans have these widths; DejaVu Sans and Verdana, among the
widest a viewer may fall back to, run 13 and 20 percent wider (regular and bold), which the margin holds.
"""

import unicodedata
from functools import lru_cache

# Thousandths of the type size, from Helvetica's and Helvetica Bold's published metrics.
_REGULAR = {
    191: "'", 222: "ijl", 260: "|", 278: "!,./:;I[\\]ft ", 333: "()-`r", 334: "{}", 355: '"', 389: "*", 469: "^",
    500: "Jcksvxyz", 556: "#$0123456789?L_abdeghnopqu", 584: "+<=>~", 611: "FTZ", 667: "&ABEKPSVXY",
    722: "CDHNRUw", 778: "GOQ", 833: "Mm", 889: "%", 944: "W", 1015: "@",
}  # fmt: skip
_BOLD = {
    238: "'", 278: ",./I\\ijl ", 280: "|", 333: "!()-:;[]`ft", 389: "*r{}", 474: '"', 500: "z",
    556: "#$0123456789J_aceksvxy", 584: "+<=>^~", 611: "?FLTZbdghnopqu", 667: "EPSVXY", 722: "&ABCDHKNRU",
    778: "GOQw", 833: "M", 889: "%m", 944: "W", 975: "@",
}  # fmt: skip
_WIDTHS = tuple({char: width for width, chars in table.items() for char in chars} for table in (_REGULAR, _BOLD))
_MARGINS = (1.15, 1.2)
_WIDEST = 1200  # a character of no table: a sign, another script, an emoji
ELLIPSIS = "…"


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """An upper guess at the width of a line, in the unit of `size`."""
    return sum(_char_width(char, bold) for char in text) * size / 1000 * _MARGINS[bold]


@lru_cache(maxsize=4096)
def _char_width(char: str, bold: bool) -> int:
    if unicodedata.combining(char):
        return 0
    if char == ELLIPSIS:
        return 1000
    base = unicodedata.normalize("NFD", char)[0]
    known = _WIDTHS[bold].get(base, _WIDEST)
    return known if base == char else max(known, 300)  # an accent is wider than the i it stands on


def fit(text: str, width: float, size: float, *, bold: bool = False) -> str:
    """The text where it fits, else as much of it as does, and an ellipsis."""
    if text_width(text, size, bold=bold) <= width:
        return text
    room = width - text_width(ELLIPSIS, size, bold=bold)
    kept = _longest(text, room, size, bold)
    return kept.rstrip(" ,.;:-") + ELLIPSIS


def _longest(text: str, room: float, size: float, bold: bool) -> str:
    used = 0.0
    for position, char in enumerate(text):
        used += text_width(char, size, bold=bold)
        if used > room:
            return text[:position]
    return text


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
