"""A database as plain values: all its rows, and a picture of them that two runs of the same story share.

The rule: a picture leaves out what chance or the machine chose, and nothing else.
"""

import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Engine, select

from reminders.database import tables
from reminders.database.engine import reading
from reminders.database.rows import as_dicts

Rows = Mapping[str, list[dict[str, Any]]]
Picture = tuple[str, ...]

OF_THE_MACHINE = frozenset({"heartbeats", "senders", "epochs"})
PICTURED = tuple(sorted(tables.metadata.tables.keys() - OF_THE_MACHINE))
BY_CHANCE = frozenset({"id", "worker", "lease_until"})
IDS = re.compile(r"\b(?:[0-9a-f]{32}|[2-9A-HJ-NP-TV-Z]{4}-[2-9A-HJ-NP-TV-Z]{5})\b")


def rows_of(engine: Engine, *names: str) -> Rows:
    """Every row of some tables, as of one moment."""
    with reading(engine) as connection:
        return {name: as_dicts(connection.execute(select(tables.metadata.tables[name]))) for name in names}


def picture(engine: Engine) -> Picture:
    """One line for each row of every table, as the database itself keeps them, in an order of their own."""
    with reading(engine) as connection:
        rows = {name: as_dicts(connection.exec_driver_sql(f"SELECT * FROM {name}")) for name in PICTURED}  # noqa: S608
    named = {row["id"]: f"{row['key']} {row['round']}" for row in rows["reminders"]}
    return tuple(sorted(f"{table}: {_line(row, named)}" for table, found in rows.items() for row in found))


def _line(row: Mapping[str, Any], named: Mapping[int, str]) -> str:
    shown = {name: value for name, value in row.items() if name not in BY_CHANCE and not isinstance(value, bytes)}
    if isinstance(shown.get("reminder"), int):
        shown["reminder"] = named[shown["reminder"]]
    return IDS.sub("...", str(shown))
