"""Drugs that bear on bleeding, with the hold ranges published for them: guidance shown to staff.

Nothing here is ever computed for a patient: the plan relays what a prescriber ordered, and a row only lets staff
see when an order lies outside everything published. A row counts as draft until a named clinician approves its hash.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from difflib import get_close_matches
from enum import StrEnum
from functools import cache
from importlib import resources

from schedules.reading import Table, parse_toml

FILE = "medications.toml"


class Kind(StrEnum):
    """What a drug does to bleeding."""

    ANTICOAGULANT = "anticoagulant"
    ANTIPLATELET = "antiplatelet"
    NSAID = "nsaid"


class Sure(StrEnum):
    """How a published number came into the file."""

    SEEN = "seen"  # in the source or its abstract
    RESTATED = "restated"  # in somebody else's restatement of the source
    RECALLED = "recalled"  # from general knowledge; the source was not opened


class RowStatus(StrEnum):
    """What the shipped file says of a row; approval itself is recorded per installation."""

    DRAFT = "draft"


@dataclass(frozen=True, kw_only=True, slots=True)
class PublishedHold:
    """What one source says: whole days without the drug, a part of a day counted as one; None: no number."""

    source: str
    year: int
    sure: Sure
    says: str
    least_days: int | None
    most_days: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Medication:
    """One row of the list."""

    name: str
    kind: Kind
    over_the_counter: bool
    brands: tuple[str, ...]
    spanish: str
    renal: str
    note: str
    status: RowStatus
    published: tuple[PublishedHold, ...]

    @property
    def blood_thinner(self) -> bool:
        """A prescription drug against clots: taken without an order, it opens a task."""
        return self.kind is not Kind.NSAID and not self.over_the_counter

    @property
    def hold_days(self) -> tuple[int, int] | None:
        """The shortest and the longest published hold in days; None where no source gives one."""
        least = [row.least_days for row in self.published if row.least_days is not None]
        most = [row.most_days for row in self.published if row.most_days is not None]
        return (min(least), max(most)) if least and most else None

    def hold_warning(self, days: int) -> str | None:
        """One line for staff when an order lies outside everything published, with the sources; else None."""
        if self.hold_days is None:
            return f"{self.name}: no published hold; {self.note or 'a specialist decides'}"
        least, most = self.hold_days
        if least <= days <= most:
            return None
        published = f"{most}" if least == most else f"{least} to {most}"
        return f"{self.name}: {days} days ordered, outside the published {published} ({self.sources})"

    @property
    def sources(self) -> str:
        return ", ".join(f"{row.source} {row.year}" for row in self.published if row.least_days is not None)

    def name_in(self, language: str) -> str:
        """The name as a patient reads it."""
        return self.spanish if language == "es" else self.name

    @property
    def content_hash(self) -> str:
        """SHA-256 of everything a clinician approves in this row; its status does not count."""
        return _content_hash(self)


@cache
def _content_hash(row: Medication) -> str:
    """Each row's is made once: every worker that begins asks for all of them."""
    content = {key: value for key, value in asdict(row).items() if key != "status"}
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Medications:
    """All rows, found by any of their names."""

    rows: tuple[Medication, ...]
    _by_word: Mapping[str, Medication] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_word", {_normal(word): row for row in self.rows for word in _names(row)})

    def find(self, name: str) -> Medication | None:
        """The row of a generic, brand or Spanish name; letter case, accents and dashes do not matter."""
        return self._by_word.get(_normal(name))

    def row(self, name: str) -> Medication:
        """The row of a generic name; KeyError where there is none."""
        return {row.name: row for row in self.rows}[name]

    def nearest(self, name: str) -> tuple[str, ...]:
        """Up to three names that a misspelled one may have meant, as they are usually written."""
        written = {_normal(word): word for row in self.rows for word in _names(row)}
        return tuple(written[close] for close in get_close_matches(_normal(name), written, n=3, cutoff=0.6))

    @property
    def names(self) -> tuple[str, ...]:
        """Every name of every drug, as it is usually written."""
        return tuple(word for row in self.rows for word in _names(row))

    @property
    def prescription_names(self) -> tuple[str, ...]:
        """Every name of a prescription drug."""
        return tuple(word for row in self.rows if not row.over_the_counter for word in _names(row))

    def prescription_in(self, text: str) -> str | None:
        """The first prescription drug a text names, as it is written there; a discreet text names none."""
        found = re.search(rf"\b({'|'.join(map(re.escape, self.prescription_names))})\b", text, re.IGNORECASE)
        return found[0] if found else None


def _names(row: Medication) -> tuple[str, ...]:
    return (row.name, *row.brands, row.spanish)


def _normal(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name.casefold())
    return "".join(char for char in letters if char.isalnum())


@cache
def shipped_medications() -> Medications:
    """The list that ships with the package."""
    text = (resources.files("schedules") / "library" / FILE).read_text("utf-8")
    return load_medications(FILE, text)


def load_medications(where: str, text: str) -> Medications:
    """The list in a TOML document; raises ProtocolError with the path to the bad key."""
    top = parse_toml(where, text)
    tables = top.tables("drug")
    top.finish()
    rows: list[Medication] = []
    taken: dict[str, str] = {}
    for table in tables:
        row = _medication(table)
        for word in {_normal(word) for word in _names(row)}:
            if word in taken:
                raise table.fail("name", f"{row.name!r} shares the name {word!r} with {taken[word]!r}")
            taken[word] = row.name
        rows.append(row)
    return Medications(tuple(rows))


def _medication(table: Table) -> Medication:
    row = Medication(
        name=table.text("name"),
        kind=table.word("kind", Kind),
        over_the_counter=table.flag("over_the_counter"),
        brands=_texts(table, "brands"),
        spanish=table.text("spanish"),
        renal=_text_or_nothing(table, "renal"),
        note=_text_or_nothing(table, "note"),
        status=table.word("status", RowStatus),
        published=tuple(_published(source) for source in table.tables("published")),
    )
    table.finish()
    return row


def _published(table: Table) -> PublishedHold:
    days = _days(table)
    row = PublishedHold(
        source=table.text("source"),
        year=table.number("year", 1990, 2100),
        sure=table.word("sure", Sure),
        says=table.text("says"),
        least_days=days[0] if days else None,
        most_days=days[1] if days else None,
    )
    table.finish()
    return row


def _days(table: Table) -> tuple[int, int] | None:
    if not table.has("days"):
        return None
    match table.value("days"):
        case [int(least), int(most)] if 0 <= least <= most <= 30:
            return least, most
        case wrong:
            raise table.fail(
                "days", f"must be the shortest and the longest hold from 0 to 30, as in [2, 3], not {wrong!r}"
            )


def _texts(table: Table, key: str) -> tuple[str, ...]:
    listed = table.value(key) if table.has(key) else []
    if not isinstance(listed, list) or not all(isinstance(word, str) and word.strip() for word in listed):
        raise table.fail(key, f"must be a list of names, not {listed!r}")
    return tuple(listed)


def _text_or_nothing(table: Table, key: str) -> str:
    return table.text(key) if table.has(key) else ""
