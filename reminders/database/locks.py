"""Who must act one after the other: whoever names the same thing waits until the other's transaction has ended.

The rule: several things are named at once, or always in the same order, or two would wait for each other.
"""

from collections.abc import Iterable

from sqlalchemy import Connection, bindparam, func, select

LOCK = select(func.pg_advisory_xact_lock(func.hashtextextended(bindparam("key"), 0)))


def one_at_a_time(connection: Connection, what: str, names: Iterable[str]) -> None:
    """Be the only one, for what is called `what`, with any of these names (keyed hashes where they are addresses)."""
    if connection.dialect.name == "postgresql":  # SQLite lets only one transaction write at all
        for name in sorted(set(names)):
            connection.execute(LOCK, {"key": f"{what}:{name}"})
