"""When to try again what was surely not taken: attempts so far and the provider's hint to an instant, or not."""

from datetime import datetime, timedelta

FIRST_WAIT = timedelta(seconds=15)
LONGEST_WAIT = timedelta(minutes=15)
LONGEST_WISH = 24 * 3600.0  # seconds; a provider that asks for more, or for no number at all, talks nonsense


def next_try(attempts: int, retry_after_seconds: float | None, now: datetime, not_after: datetime | None) -> datetime:
    """The instant (UTC) of the next look at a reminder whose attempt number `attempts` was not taken.

    Waits double from 15 seconds to 15 minutes; the provider's own wish is never undercut, up to a day. The answer
    never lies beyond `not_after`: a look at that instant ends the reminder as missed, so nobody waits in vain.
    """
    doubled: timedelta = FIRST_WAIT * (1 << min(max(attempts, 1) - 1, 10))
    wish = min(max(0.0, retry_after_seconds or 0.0), LONGEST_WISH)  # in this order NaN becomes 0
    wait = max(min(doubled, LONGEST_WAIT), timedelta(seconds=wish))
    return now + wait if not_after is None else min(now + wait, not_after)
