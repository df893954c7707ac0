"""Column types that read and write the same values on SQLite and PostgreSQL.

The rule: a value means the same on both databases or is refused; an instant without a zone never gets in.
"""

import json
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

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return (value - _EPOCH) // _MICROSECOND if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if dialect.name == "sqlite":
            return _EPOCH + timedelta(0, 0, value)
        instant: datetime = value
        return instant.astimezone(UTC)


class Json(TypeDecorator[Any]):
    """A list or table as compact JSON text with sorted keys: equal values are equal texts. None is NULL."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any | None:
        return None if value is None else json.loads(value)
