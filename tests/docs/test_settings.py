"""docs/settings.md and the settings themselves say the same: keys, types, defaults, and examples that are accepted."""

import re
import tomllib
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from reminders.settings import Settings, load_settings
from reminders.transports.registry import FACTORIES
from schedules.protocol import Channel
from tests.docs.markdown import ROOT
from tests.secret_file import write_secret

TEXT = (ROOT / "docs" / "settings.md").read_text("utf-8")
# The table of a file that each heading is about, with the words a reader would put in.
TABLES = {
    "At the top of the file": "",
    "`[database]`": "database",
    "`[sites.ID]`": "sites.main",
    "`[sites.ID.texts.LANGUAGE]`": "sites.main.texts.en",
    "`[sites.ID.frequency]`": "sites.main.frequency",
    "`[[sites.ID.escalation]]`": "sites.main.escalation",
    "`[transports.sms]`, `[transports.email]`, `[transports.voice]`": "transports.sms",
    "`[worker]`": "worker",
    "`[web]`": "web",
}
BASE: Mapping[str, Mapping[str, object]] = {
    "sites.main": {
        "name": "Example",
        "phone": "+12125550100",
        "address": "1 Example Street",
        "time_zone": "America/New_York",
    },
    "sites.main.escalation": {"channel": "sms", "to": "+12125550123"},
}
LISTS = {"sites.main.escalation"}  # written as [[...]]
FILES = {"url_file": "sqlite:///x.db", "auth_token_file": "a token", "password_file": "a password"}
FILES |= {"ping_url_file": "https://switch.example.org/a-secret-word"}
WORDS = {
    str: {"text", "phone", "phone or e-mail address", "time zone", "calendar", "web address"},
    bool: {"true or false"},
    int: {"whole number"},
    Mapping[str, str]: {"hours by weekday"},
    float: {"number"},
    Path: {"path"},
    SecretStr: {"secret"},
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One line of a table: a key as the document tells it."""

    table: str
    key: str
    type: str
    default: str
    example: str

    def __str__(self) -> str:
        return f"{self.table}.{self.key}".strip(".")


def rows() -> Iterator[Row]:
    table = None
    for line in TEXT.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("#"):
            table = TABLES.get(line.lstrip("# "))
        elif table is not None and len(cells) == 5 and cells[0].startswith("`"):
            key, kind, default, example, about = cells
            assert about, f"{key} is not explained"
            default, example = default.strip("`"), example.strip("`")
            yield Row(table=table, key=key.strip("`"), type=kind, default=default, example=example)


ROWS = list(rows())


def fields(model: type[BaseModel] = Settings, table: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Every key of the settings, by its place in a file."""
    for name, field in model.model_fields.items():
        below = next((each for each in _models(field.annotation)), None)
        words = {"sites": "main", "transports": "sms", "texts": "en"}.get(name)
        place = ".".join(filter(None, (table, name, words if below else None)))
        if below is None:
            yield place, field
        else:
            yield from fields(below, place)


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in typing.get_args(annotation):
        yield from _models(inner)


FIELDS = dict(fields())


def as_toml(value: object) -> str:
    """A default as one would write it; nothing where there is none."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case str() | Path():
            return f'"{value}"'
        case bool():
            return str(value).lower()
        case tuple():
            return f"[{', '.join(map(as_toml, value))}]"
        case dict():
            return f"{{ {', '.join(f'{key} = {as_toml(each)}' for key, each in value.items())} }}"
        case _:
            return str(value)


def plain(annotation: Any) -> Any:
    """The type that a field holds when it holds something."""
    while typing.get_origin(annotation) in (typing.Union, types.UnionType, typing.Annotated):
        annotation = next(each for each in typing.get_args(annotation) if each is not type(None))
    return annotation


def written(tables: Mapping[str, Mapping[str, str]]) -> str:
    """A settings file of tables whose values are TOML already."""
    parts = []
    for name in sorted(tables):
        header = ([f"[[{name}]]"] if name in LISTS else [f"[{name}]"]) if name else []
        parts += [*header, *(f"{key} = {value}" for key, value in tables[name].items())]
    return "\n".join(parts)


def test_the_document_has_every_key_and_no_other() -> None:
    assert sorted(map(str, ROWS)) == sorted(FIELDS)


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_the_default_is_the_one_that_holds(row: Row) -> None:
    field = FIELDS[str(row)]

    assert row.default == ("needed" if field.is_required() else as_toml(field.get_default(call_default_factory=True)))


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_the_type_is_the_one_that_is_checked(row: Row) -> None:
    held = plain(FIELDS[str(row)].annotation)
    if typing.get_origin(held) is typing.Literal or held is Channel:
        assert row.type == "one of " + ", ".join(f"`{word}`" for word in typing.get_args(held) or Channel)
    elif typing.get_origin(held) is tuple:
        dates = plain(typing.get_args(held)[0]) is date
        assert row.type == ("list of dates" if dates else "list of phones and e-mail addresses")
    else:
        assert row.type in WORDS[held]


@pytest.mark.parametrize("row", [row for row in ROWS if row.type != "secret"], ids=str)
def test_the_example_is_accepted_and_is_not_the_default(row: Row, tmp_path: Path) -> None:
    tables = {name: {key: as_toml(value) for key, value in table.items()} for name, table in BASE.items()}
    tables.setdefault(row.table, {})[row.key] = row.example
    if row.key in FILES:
        write_secret(tmp_path / row.example.strip('"'), FILES[row.key])
    file = tmp_path / "reminders.toml"
    file.write_text(written(tables))

    assert load_settings(file, {}).sites
    assert row.example != row.default


@pytest.mark.parametrize("row", [row for row in ROWS if row.type == "secret"], ids=str)
def test_a_secret_comes_from_the_environment_alone(row: Row, tmp_path: Path) -> None:
    file = tmp_path / "reminders.toml"
    file.write_text(written({name: {k: as_toml(v) for k, v in table.items()} for name, table in BASE.items()}))
    variable = "REMINDERS_" + str(row).upper().replace(".", "__")

    sms = load_settings(file, {variable: "an invented secret"}).transports[Channel.SMS]
    assert getattr(sms, row.key).get_secret_value() == "an invented secret"
    assert (row.default, row.example) == ("", "")


def test_the_kinds_are_those_there_are_on_their_channels() -> None:
    told = dict(
        re.findall(r"^\| `(\w+)` \| (all|(?:sms|email|voice)(?:, (?:sms|email|voice))*) \|", TEXT, re.MULTILINE)
    )
    kinds = {kind for channel in FACTORIES.values() for kind in channel}
    channels = {kind: [str(each) for each, known in FACTORIES.items() if kind in known] for kind in kinds}

    assert told == {kind: "all" if len(found) == len(Channel) else ", ".join(found) for kind, found in channels.items()}


def test_the_examples_are_toml() -> None:
    for row in ROWS:
        if row.example:
            tomllib.loads(f"x = {row.example}")
