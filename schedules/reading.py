"""Typed, path-aware reading of a parsed TOML table: every error names the key, unknown keys are refused."""

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, TypeVar

from schedules.errors import ProtocolError

E = TypeVar("E", bound=StrEnum)

ROW_NAME = re.compile(r"[\w-]{1,40}")


def parse_toml(where: str, text: str) -> "Table":
    """The top table of a TOML document; a syntax error becomes a ProtocolError that names line and column."""
    try:
        return Table(where, tomllib.loads(text), sep=": ")
    except tomllib.TOMLDecodeError as error:
        raise ProtocolError(where, f"not valid TOML: {error}") from None


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint for a misspelled word: the nearest known one, else all of them."""
    known = sorted(str(one) for one in known)
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return f"did you mean {close[0]!r}?" if close else f"known: {', '.join(known)}"


def row_path(key: str, number: int, name: object) -> str:
    """Where a row of a list stands: `step[5] (ride)`, or `step[5]` where it bears no name that can be read out."""
    named = isinstance(name, str) and ROW_NAME.fullmatch(name)
    return f"{key}[{number}] ({name})" if named else f"{key}[{number}]"


class Table:
    """One table of a file; keys are taken one by one and `finish` refuses what nobody asked for."""

    def __init__(self, where: str, data: Mapping[str, Any], sep: str = ".") -> None:
        self.where = where
        self.data = dict(data)
        self._sep = sep
        self._asked: set[str] = set()

    def path(self, key: str) -> str:
        return f"{self.where}{self._sep}{key}"

    def fail(self, key: str, problem: str) -> ProtocolError:
        return ProtocolError(self.path(key), problem)

    def has(self, key: str) -> bool:
        self._asked.add(key)
        return key in self.data

    def _take(self, key: str, kind: type, words: str) -> Any:
        if not self.has(key):
            raise self._missing(key, words)
        value = self.data[key]
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise self.fail(key, f"must be {words}, not {value!r}")
        return value

    def _missing(self, key: str, words: str) -> ProtocolError:
        strange = [other for other in self.data if other not in self._asked]
        if close := difflib.get_close_matches(key, strange, n=1, cutoff=0.8):
            return self.fail(close[0], f"unknown key; did you mean {key!r}?")
        return self.fail(key, f"is missing; {words} is needed")

    def text(self, key: str) -> str:
        value: str = self._take(key, str, "text in quotes")
        if not value.strip():
            raise self.fail(key, "must not be empty")
        return value

    def number(self, key: str, low: int, high: int, default: int | None = None) -> int:
        if default is not None and not self.has(key):
            return default
        value: int = self._take(key, int, "a whole number")
        if not low <= value <= high:
            raise self.fail(key, f"must lie between {low} and {high}, not {value}")
        return value

    def flag(self, key: str) -> bool:
        return bool(self._take(key, bool, "true or false")) if self.has(key) else False

    def value(self, key: str) -> Any:
        self._asked.add(key)
        return self.data[key]

    def table(self, key: str) -> "Table":
        return Table(self.path(key), self._take(key, dict, "a table"))

    def tables(self, key: str, named_by: str = "") -> list["Table"]:
        """The rows of a list, counted from 1; one that has a name under `named_by` is called by it too."""
        rows: list[Any] = self._take(key, list, "a list of tables")
        if not all(isinstance(row, dict) for row in rows):
            raise self.fail(key, "must be a list of tables")
        paths = [self.path(row_path(key, number, row.get(named_by))) for number, row in enumerate(rows, 1)]
        # After a name in brackets a dot would be hard to see.
        return [Table(path, row, ": " if path.endswith(")") else ".") for path, row in zip(paths, rows, strict=True)]

    def word(self, key: str, words: type[E], default: E | None = None) -> E:
        if default is not None and not self.has(key):
            return default
        return self._as_word(key, self.text(key), words)

    def words(self, key: str, words: type[E]) -> tuple[E, ...]:
        listed = self._take(key, list, "a list of words")
        if len(set(map(str, listed))) != len(listed):
            raise self.fail(key, "names a word twice")
        return tuple(self._as_word(key, word, words) for word in listed)

    def _as_word(self, key: str, word: object, words: type[E]) -> E:
        try:
            return words(str(word))
        except ValueError:
            raise self.fail(key, f"{word!r} is not known; {nearest(str(word), list(words))}") from None

    def finish(self) -> None:
        for key in self.data:
            if key not in self._asked:
                raise self.fail(key, f"unknown key; {nearest(key, self._asked)}")
