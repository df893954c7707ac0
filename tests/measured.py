"""Which tests the coverage floors are measured with: tracing makes a test take twice as long.

The rule: what a second database or the thousandth case runs through again is not traced. The floors are held by the
rest, so that a line counts as covered only where a plain test of its own reaches it.
"""

import pytest

# Here PostgreSQL has lines of its own.
BOTH_DATABASES = ("tests/contracts/", "tests/reminders/database/")
PROPERTIES = "_properties.py"  # the file whose tests draw their cases


def is_measured(item: pytest.Item) -> bool:
    """Whether the lines this test runs through count."""
    if item.get_closest_marker("slow") is not None or item.path.name.endswith(PROPERTIES):
        return False
    again = item.get_closest_marker("postgres") is not None
    return not again or item.nodeid.startswith(BOTH_DATABASES)
