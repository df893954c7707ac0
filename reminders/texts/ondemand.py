"""A mapping whose values are made when they are first asked for: a text of four facts does not pay for twenty."""

from collections.abc import Callable, Iterator, Mapping
from typing import Generic, TypeVar

Source = TypeVar("Source")
Value = TypeVar("Value")


class OnDemand(Mapping[str, Value], Generic[Source, Value]):
    """Values by name, each made once from one source by its maker; a maker that answers None or "" has none."""

    __slots__ = ("_made", "_makers", "_source")

    def __init__(self, makers: Mapping[str, Callable[[Source], Value | None]], source: Source) -> None:
        self._makers = makers
        self._source = source
        self._made: dict[str, Value | None] = {}

    def __getitem__(self, name: str) -> Value:
        value = self._value(name)
        if value is None:
            raise KeyError(name)
        return value

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._value(name) is not None

    def __iter__(self) -> Iterator[str]:
        return (name for name in self._makers if name in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return f"<{len(self._makers)} values on demand>"  # they may be a patient's

    def _value(self, name: str) -> Value | None:
        if name not in self._made:
            maker = self._makers.get(name)
            self._made[name] = (maker(self._source) if maker else None) or None
        return self._made[name]
