"""`reminders` as a story's shell finds it: the command itself, on the clock that the story sets.

The documents tell of days in 2026; without a clock of their own their commands would be refused once those have gone.
"""

import os
import sys
from datetime import datetime, timedelta

from reminders.cli import main
from reminders.clock import SystemClock


def start_clock(text: str) -> None:
    """Let every clock of this process start at an instant."""
    real, started, begins = SystemClock(), SystemClock().monotonic(), datetime.fromisoformat(text)

    def now(_clock: SystemClock) -> datetime:
        return begins + timedelta(seconds=real.monotonic() - started)

    SystemClock.now = now  # type: ignore[method-assign, assignment]


if __name__ == "__main__":
    if given := os.environ.get("STORY_TIME"):
        start_clock(given)
    sys.exit(main())
