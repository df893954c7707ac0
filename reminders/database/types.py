"""Column types that read and write the same values on SQLite and PostgreSQL.

The rule: a value means the same on both databases or is refused; an instant without a zone never gets in.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

RowId = BigInteger().with_variant(Integer(), "sqlite")
"""A number the database hands out. SQLite counts by itself only in a column declared exactly INTEGER."""


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: written from any aware datetime, read back as aware UTC with its microseconds.

    PostgreSQL keeps `timestamptz`. SQLite has no such type and keeps whole microseconds since 1970 UTC, which
    compare and index as the instants do and take half the time and less than half the room of ISO text.
    A naive datetime raises ValueError (inside SQLAlchemy's StatementError), since its zone would be a guess.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(BigInteger() if dialect.name == "sqlite" else DateTime(timezone=True))

    # The processors themselves, not `process_bind_param`: a claim reads thousands of instants.
    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any]:
        return _to_microseconds if dialect.name == "sqlite" else _with_zone

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None]:
        return _from_microseconds if dialect.name == "sqlite" else _in_utc


def _with_zone(instant: datetime | None) -> datetime | None:
    if instant is not None and instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return instant


def _to_microseconds(instant: datetime | None) -> int | None:
    checked = _with_zone(instant)
    return None if checked is None else (checked - _EPOCH) // _MICROSECOND


def _from_microseconds(value: int | None) -> datetime | None:
    return None if value is None else _EPOCH + timedelta(0, 0, value)


def _in_utc(instant: datetime | None) -> datetime | None:
    return None if instant is None else instant.astimezone(UTC)


class Json(TypeDecorator[Any]):
    """A list or table as compact JSON text with sorted keys: equal values are equal texts. None is NULL."""

    impl = Text
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Any | None], str | None]:
        return _to_json

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[str | None], Any | None]:
        return _from_json


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode


def _to_json(value: Any | None) -> str | None:
    return None if value is None else _encode(value)


def _from_json(value: str | None) -> Any | None:
    return None if value is None else [] if value == "[]" else json.loads(value)
