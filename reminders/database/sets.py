"""Many values as one parameter: a statement's text is the same for one value and for five hundred.

So it is compiled once and prepared once, where a list of placeholders would be read anew for every length.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    bindparam,
    column,
    func,
    select,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import TypeEngine

from reminders.database.types import Json


def among(connection: Connection, place: ColumnElement[Any], values: Iterable[Any]) -> ColumnElement[bool]:
    """Whether a column has one of the values: words or numbers."""
    values = list(values)
    if connection.dialect.name == "postgresql":
        return place == func.any(bindparam(None, values, ARRAY(place.type), unique=True))
    listed = func.json_each(bindparam(None, values, Json, unique=True)).table_valued("value")
    return place.in_(select(listed.c.value))


def rows_of(connection: Connection, types: Mapping[str, TypeEngine[Any]], rows: Sequence[Sequence[Any]]) -> FromClause:
    """Rows of words and numbers (at least one) as a table to join with; `types` names its columns in order."""
    if connection.dialect.name == "postgresql":
        columns = zip(types.values(), zip(*rows, strict=True), strict=True)
        arrays = [bindparam(None, list(values), ARRAY(type_), unique=True) for type_, values in columns]
        listed = func.unnest(*arrays).table_valued(*(column(name, type_) for name, type_ in types.items()))
        return listed.render_derived(name="listed")
    each = func.json_each(bindparam(None, [list(row) for row in rows], Json, unique=True)).table_valued("value")
    parts = [
        type_coerce(func.json_extract(each.c.value, f"$[{place}]"), type_).label(name)
        for place, (name, type_) in enumerate(types.items())
    ]
    return select(*parts).subquery("listed")
