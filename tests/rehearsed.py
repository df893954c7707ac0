"""What the rehearsals of one run have seen, all seeds together: every fault and every allowed move, often enough.

The rule: a fault that was never met proves nothing, so a run in which one was seldom met has failed. Seeds may be
played in several processes; what they saw travels with their reports.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping

SEEN = "seen in rehearsals"  # the property of a seed's report
SEEDS = 60  # with fifty the rarest move comes to about a hundred
LEAST = 100


def told(seen: Mapping[str, int]) -> tuple[str, str]:
    """What a seed's report says of what it saw."""
    return SEEN, json.dumps(dict(seen))


def summary(properties: Iterable[tuple[str, object]]) -> tuple[list[str], bool]:
    """Lines for the end of a run, and whether it may pass; nothing is said of a run that left seeds out."""
    played = [Counter[str](json.loads(str(value))) for name, value in properties if name == SEEN]
    if len(played) < SEEDS:
        return [], True
    from reminders.rehearsal.counting import seldom  # a process that only hands tests out need not load it
    from reminders.rehearsal.moves import unknown_moves

    seen = sum(played, Counter[str]())
    lines = [f"{name} {count:,}" for name, count in sorted(seen.items())]
    rare, forbidden = seldom(seen, LEAST), unknown_moves(seen)
    said = [f"rehearsed: {'; '.join(lines)}"]
    said += [f"rehearsed FAILED: {name} was seen {count} times, not {LEAST}" for name, count in sorted(rare.items())]
    said += [f"rehearsed FAILED: {name} is no allowed move" for name in sorted(forbidden)]
    return said, not rare and not forbidden
