"""What every table is made with: one naming of constraints, words the database checks, partial indexes."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, MetaData, Text, text

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)


def one_of(column: str, words: Iterable[str]) -> CheckConstraint:
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def partial(name: str, column: Column[Any] | tuple[Column[Any], ...], where: str, *, unique: bool = False) -> Index:
    # A query uses such an index only when it writes the same words literally:
    # `literal("planned", literal_execute=True)`, not a bound value.
    columns = column if isinstance(column, tuple) else (column,)
    return Index(name, *columns, unique=unique, sqlite_where=text(where), postgresql_where=text(where))


def enrollment_column(*, nullable: bool = False, primary_key: bool = False) -> Column[str]:
    key = ForeignKey("enrollments.id")
    return Column("enrollment", Text, key, nullable=nullable, primary_key=primary_key)
