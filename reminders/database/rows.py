"""How rows come out of the database, many at a time, and how values go in."""

from typing import Any

from sqlalchemy import Result


def as_dicts(found: Result[Any]) -> list[dict[str, Any]]:
    """Every row as a plain dict: to read a value from it takes a tenth of the time of SQLAlchemy's own mapping."""
    names = tuple(found.keys())
    return [dict(zip(names, row, strict=True)) for row in found.all()]


def values_of(value: Any) -> dict[str, Any]:
    """A frozen value as a row; `dataclasses.asdict` would copy every part of it."""
    return {name: getattr(value, name) for name in value.__slots__}
