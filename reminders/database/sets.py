"""Many values as one parameter: a statement's text is the same for one value and for five hundred.

So it is compiled once and prepared once, where a list of placeholders would be read anew for every length.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    Dialect,
    FromClause,
    Text,
    bindparam,
    column,
    func,
    select,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine


class Values(TypeDecorator[Any]):
    """Words or numbers as one parameter: an array on PostgreSQL, JSON on SQLite."""

    impl = Text
    cache_ok = True

    def __init__(self, item: TypeEngine[Any]) -> None:
        super().__init__()
        self.item = item

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(ARRAY(self.item) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return list(value) if dialect.name == "postgresql" else json.dumps(list(value))


class _Among(FunctionElement[bool]):
    type = Boolean()
    inherit_cache = True

    def self_group(self, against: Any = None) -> "_Among":
        """Stands as it is: SQLAlchemy would write `... = 1` on SQLite, and no index would serve it."""
        return self


def among(place: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """Whether a column has one of the values (words or numbers) given under a parameter's name."""
    return _Among(place, bindparam(name, type_=Values(place.type)))


@compiles(_Among, "postgresql")
def _any_of_an_array(element: _Among, compiler: Any, **options: Any) -> str:
    place, values = (compiler.process(part, **options) for part in element.clauses)
    return f"{place} = ANY ({values})"


@compiles(_Among, "sqlite")
def _in_a_json_list(element: _Among, compiler: Any, **options: Any) -> str:
    place, values = (compiler.process(part, **options) for part in element.clauses)
    return f"{place} IN (SELECT value FROM json_each({values}))"  # noqa: S608 - compiled parts


def rows_of(connection: Connection, types: Mapping[str, TypeEngine[Any]], rows: Sequence[Sequence[Any]]) -> FromClause:
    """Rows of words, numbers and instants (at least one) to join with; `types` names their columns in order."""
    if connection.dialect.name == "postgresql":
        columns = zip(types.values(), zip(*rows, strict=True), strict=True)
        arrays = [bindparam(None, list(values), ARRAY(type_), unique=True) for type_, values in columns]
        listed = func.unnest(*arrays).table_valued(*(column(name, type_) for name, type_ in types.items()))
        return listed.render_derived(name="listed")
    plain = [type_.dialect_impl(connection.dialect).bind_processor(connection.dialect) for type_ in types.values()]
    listed_rows = [[to(value) if to else value for to, value in zip(plain, row, strict=True)] for row in rows]
    each = func.json_each(bindparam(None, listed_rows, Values(Text()), unique=True))
    each_row = each.table_valued("value")
    parts = [
        type_coerce(func.json_extract(each_row.c.value, f"$[{place}]"), type_).label(name)
        for place, (name, type_) in enumerate(types.items())
    ]
    return select(*parts).subquery("listed")
