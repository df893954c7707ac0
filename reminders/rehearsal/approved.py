"""The approved words as patterns: whether a message says what a clinician approved, and which facts it states.

The rule: the clinician's file is read as it stands; blanks do not count, and accents are folded on both sides.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from reminders.texts.segments import fold_gsm7

_PLACE = re.compile(r"\{([a-z_]+)\}")
DATED = ("_date", "_day", "_time", "_until")
_PARTS = {"correction": "corrections", "response": "responses"}  # how keys begin whose texts are no step's


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """What a message states: each placeholder's printed value, without blanks."""

    values: Mapping[str, str]


@lru_cache(maxsize=8)
def _tables(file: str) -> dict[str, Any]:
    return tomllib.loads(file)


def read_message(
    file: str, step: str, channel: str, text: str, *, detailed: bool, copy: bool, site: str | None = None
) -> Said | None:
    """What a text of a step states; None where it is not the approved one. `site`: a part behind another's text."""
    pattern = _pattern(file, step, channel, detailed, copy, site)
    found = None if pattern is None else pattern.fullmatch(_plain(text))
    if found is None:
        return None
    values = {name.split("__")[0]: value for name, value in found.groupdict().items() if value}
    return Said(values=values)


def _plain(text: str) -> str:
    return "".join(fold_gsm7(text).split())


@lru_cache(maxsize=1024)
def _pattern(
    file: str, step: str, channel: str, detailed: bool, copy: bool, site: str | None
) -> re.Pattern[str] | None:
    template = _template(_tables(file), step, channel, detailed=detailed)
    if template is None:
        return None
    if site is not None:
        template = template.removeprefix("{site}: ")
    expression = _Writer(_tables(file), copy=copy).expression(template)
    return re.compile(expression, re.DOTALL)


def _template(tables: Mapping[str, Any], step: str, channel: str, *, detailed: bool) -> str | None:
    base = step.removesuffix(":now")
    part, _, kind = base.partition("-")
    texts = tables[_PARTS[part]].get(kind) if part in _PARTS else tables["steps"].get(base)
    if texts is None:
        return None
    name = channel if channel == "email" else f"{channel}_detailed" if detailed else channel
    found: str | None = texts.get(name) or texts.get(channel)
    return found


class _Writer:
    """Turns one template into an expression; every placeholder becomes a group of its name and number."""

    def __init__(self, tables: Mapping[str, Any], *, copy: bool) -> None:
        self._phrases, self._questions = tables.get("phrases", {}), tables.get("questions", {})
        self._copies, self._copy = tables.get("copies", {}), copy
        self._number = 0

    def expression(self, template: str) -> str:
        body = self._filled(template)
        if not self._copy:
            return body
        prefix, sentence = (re.escape(_plain(self._copies[name])) for name in ("prefix", "sentence"))
        site = self._filled("{site}: ") if template.startswith("{site}: ") else ""
        marked = f"{site}{prefix}{self._filled(template.removeprefix('{site}: '))}"
        return f"(?:{marked}|{sentence}{self._filled(template)})"

    def _filled(self, template: str) -> str:
        pieces = _PLACE.split(template)
        return "".join(self._place(piece) if number % 2 else _literal(piece) for number, piece in enumerate(pieces))

    def _place(self, name: str) -> str:
        if name in self._phrases:
            phrase = self._phrases[name]
            return f"(?:{self._filled(phrase['text'])}|{self._filled(phrase['otherwise'])})"
        if name in self._questions:
            return "" if self._copy else self._filled(self._questions[name])
        self._number += 1
        value = r"\D*\d+(?!\d).*?" if name.endswith(DATED) else ".*?"  # without blanks, "Sat" may hold the word "at"
        return f"(?P<{name}__{self._number}>{value})"


def _literal(piece: str) -> str:
    """Text as it stands; a full stop behind a value that ends in one is left out."""
    plain = _plain(piece)
    if plain.startswith("."):
        return r"\.?" + re.escape(plain[1:])
    return re.escape(plain)
