"""Which tests the coverage floors are measured with: tracing makes a test take twice as long.

The rule: what a second database or the thousandth case runs through again is not traced. The floors are held by the
rest, so that a line counts as covered only where a plain test of its own reaches it.
"""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

# Here PostgreSQL has lines of its own.
BOTH_DATABASES = ("tests/contracts/", "tests/reminders/database/")
PROPERTIES = "_properties.py"  # the file whose tests draw their cases


@contextmanager
def untraced() -> Iterator[None]:
    """Nothing that runs meanwhile is traced, in no thread that begins meanwhile either.

    A marker of pytest-cov would do in one process; in the processes of pytest-xdist it pauses one tracer, and another
    one that was started before goes on.
    """
    here, begun = sys.gettrace(), threading.gettrace()
    sys.settrace(None)
    threading.settrace(None)  # type: ignore[arg-type]  # typeshed has no way to say that nothing traces
    try:
        yield
    finally:
        threading.settrace(begun)  # type: ignore[arg-type]
        sys.settrace(here)


def is_measured(item: pytest.Item) -> bool:
    """Whether the lines this test runs through count."""
    if item.get_closest_marker("slow") is not None or item.path.name.endswith(PROPERTIES):
        return False
    again = item.get_closest_marker("postgres") is not None
    return not again or item.nodeid.startswith(BOTH_DATABASES)
