"""Hands that do what they are given at once: in a rehearsal everything happens one after another, in one thread."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any


class InlineExecutor(Executor):
    """Runs a call where it is submitted. What ends a process, such as a rehearsed death, passes through."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


def inline(_hands: int, _name: str) -> Executor:
    """What the dispatcher is given instead of threads."""
    return InlineExecutor()
