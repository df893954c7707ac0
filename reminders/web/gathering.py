"""Callbacks that come while another one is being written are written together: one commit, one wait for the disk.

The rule: nobody is answered before what was told is stored; where a group fails, each is written by itself, so that
one that cannot be written takes no other along.
"""

from collections import deque
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Generic, TypeVar

from reminders.logs import get_logger

MOST = 50  # of one commit, so that other writers get their turn

Item = TypeVar("Item")
Apply = Callable[[Sequence[Item]], object]

log = get_logger(__name__)


class _Waiting(Generic[Item]):
    """One item and what became of it."""

    __slots__ = ("done", "error", "item")

    def __init__(self, item: Item) -> None:
        self.item = item
        self.done = False
        self.error: Exception | None = None


class Gathering(Generic[Item]):
    """For a store in which one transaction waits for the other; called from many threads."""

    def __init__(self, apply: Apply[Item], turn: Lock) -> None:
        """`apply` takes items in one transaction; `turn` is held meanwhile, also by whoever else writes."""
        self._apply = apply
        self._turn = turn
        self._waiting: deque[_Waiting[Item]] = deque()

    def write(self, item: Item) -> None:
        """Return when the item is stored; raises what kept it from being so."""
        mine = _Waiting(item)
        self._waiting.append(mine)
        with self._turn:
            if not mine.done:
                self._write_group()
        if mine.error is not None:
            raise mine.error

    def _write_group(self) -> None:
        """Whoever's turn it is writes for all that have come by now, in their order: the own one is among them."""
        while True:
            group = [self._waiting.popleft() for _ in range(min(len(self._waiting), MOST))]
            if len(group) < 2 or not self._written_together(group):
                for each in group:
                    _write_alone(self._apply, each)
            if len(group) < MOST:
                return

    def _written_together(self, group: Sequence[_Waiting[Item]]) -> bool:
        try:
            self._apply([each.item for each in group])
        except Exception as error:
            log.error("group_not_written", error, callbacks=len(group))
            return False
        for each in group:
            each.done = True
        return True


def _write_alone(apply: Apply[Item], one: _Waiting[Item]) -> None:
    try:
        apply([one.item])
    except Exception as error:
        one.error = error
    one.done = True
