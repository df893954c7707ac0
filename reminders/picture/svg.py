"""A drawing as SVG text: no scripts, no remote fonts, nothing outside presentation attributes, the same every time."""

import re
from collections.abc import Iterator
from html import escape

from reminders.picture.describe import describe
from reminders.picture.layout import lay_out
from reminders.picture.looks import LANDMARKS, STYLES
from reminders.picture.model import Picture
from reminders.picture.shapes import Box, Drawing, Item, Mark, Text, Tone

FONTS = "Helvetica, Arial, 'Liberation Sans', 'Nimbus Sans', sans-serif"
PER_INCH = 96
BLANK = 0.28  # of the type size
# What XML 1.0 cannot hold, and signs that would turn the direction of a line around.
UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffe\uffff\ud800-\udfff]+")


def draw(picture: Picture) -> str:
    """The whole SVG document; its printed size is one Letter or A4 sheet within half an inch of margin."""
    return document(lay_out(picture), picture.title, describe(picture))


def document(drawing: Drawing, title: str, description: str) -> str:
    """A drawing as an SVG document; `title` and `description` are what a screen reader says of it."""
    return "\n".join(_document(drawing, title, description)) + "\n"


def _document(drawing: Drawing, title: str, description: str) -> Iterator[str]:
    width, height = (f"{_number(size / PER_INCH)}in" for size in (drawing.width, drawing.height))
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {_number(drawing.width)} {_number(drawing.height)}" role="img" '
        f'aria-labelledby="picture-title picture-desc" xml:lang="en" font-family="{escape(FONTS)}">'
    )
    yield f'<title id="picture-title">{_safe(title)}</title>'
    yield f'<desc id="picture-desc">{_safe(description)}</desc>'
    yield f"<style>@page {{ size: {'portrait' if drawing.height > drawing.width else 'landscape'} }}</style>"
    yield from _definitions(drawing)
    yield f'<rect width="{_number(drawing.width)}" height="{_number(drawing.height)}" fill="#ffffff"/>'
    yield from (_item(item) for item in drawing.items)
    yield "</svg>"


def _definitions(drawing: Drawing) -> Iterator[str]:
    """The signs and patterns that occur."""
    signs = {item.sign for item in drawing.items if isinstance(item, Mark)}
    fills = {item.look for item in drawing.items if isinstance(item, Box) and item.look}
    yield "<defs>"
    for look, style in STYLES.items():
        if look in signs:
            yield f'<g id="sign-{look}">{style.sign}</g>'
        if look in fills:
            yield (
                f'<pattern id="fill-{look}" width="6" height="6" patternUnits="userSpaceOnUse">'
                f'<rect width="6" height="6" fill="#ffffff"/>{style.tile}</pattern>'
            )
    yield from (f'<g id="sign-{name}">{sign}</g>' for name, sign in LANDMARKS.items() if name in signs)
    yield "</defs>"


def _item(item: Item) -> str:
    if isinstance(item, Text):
        return _text(item)
    if isinstance(item, Box):
        return _box(item)
    if isinstance(item, Mark):
        place = f"translate({_number(item.x)} {_number(item.y)}) scale({_number(item.scale)})"
        return f'<use href="#sign-{item.sign}" transform="{place}"/>'
    points = " ".join(f"{_number(x)},{_number(y)}" for x, y in item.points)
    return f'<polyline points="{points}" fill="none" stroke="{item.tone}" stroke-width="{_number(item.thick)}"/>'


def _text(item: Text) -> str:
    options = (
        ' font-weight="bold"' if item.bold else "",
        ' text-anchor="end"' if item.end else "",
        f' xml:lang="{escape(item.language)}"' if item.language and not item.opening else "",
    )
    place = f'x="{_number(item.x)}" y="{_number(item.y)}" font-size="{_number(item.size)}" fill="{item.tone}"'
    return f"<text {place}{''.join(options)}>{_words(item)}</text>"


def _words(item: Text) -> str:
    if not item.opening:
        return _safe(item.text)
    language = f' xml:lang="{escape(item.language)}"' if item.language else ""
    opening = f'<tspan fill="{Tone.INK}">{_safe(item.opening.rstrip())}</tspan>'
    return f'{opening}<tspan dx="{_number(BLANK * item.size)}"{language}>{_safe(item.text)}</tspan>'


def _box(item: Box) -> str:
    fill = f"url(#fill-{item.look})" if item.look else item.fill or "none"
    border = f' stroke="{item.border}" stroke-width="{_number(item.thick)}"' if item.border else ""
    dash = f' stroke-dasharray="{item.dash}"' if item.dash else ""
    place = f'x="{_number(item.x)}" y="{_number(item.y)}" width="{_number(item.width)}"'
    return f'<rect {place} height="{_number(item.height)}" fill="{fill}"{border}{dash}/>'


def _number(value: float) -> str:
    """Two digits are finer than any printer, and the same on every machine."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _safe(text: str) -> str:
    return escape(UNPRINTABLE.sub(" ", text), quote=False)
