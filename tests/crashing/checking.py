"""What must hold whenever a process died: nothing twice, nothing lost, nothing half, and the same end.

The rule: it believes the provider's book and the rows, and knows nothing of how either came about.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from tests.crashing.house import Aftermath

Row = Mapping[str, Any]

OVER = frozenset({"sent", "delivered", "failed", "missed", "skipped", "withdrawn"})
LEFT = frozenset({"sent", "delivered"})
SETTLED = "outcome-settled"  # an event of its own: the answer was lost, and had to be asked for
GRACE = timedelta(minutes=5)


@dataclass(frozen=True, kw_only=True, slots=True)
class Findings:
    """What is wrong after one crash, a sentence each."""

    twice: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    other: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        return (*self.twice, *self.lost, *self.other)


def findings_of(found: Aftermath, expected: Aftermath, *, asked: bool) -> Findings:
    """Compare what a crash has left with what stands there without one.

    `asked`: the provider could be asked for every answer that was lost, so that no outcome may stay unknown.
    """
    different = _different(found, expected, set() if asked else _unknown(found, expected))
    return Findings(twice=tuple(_twice(found)), lost=tuple(_lost(found)), other=(*_untrue(found), *different))


def _twice(found: Aftermath) -> Iterator[str]:
    """Whatever a patient got two times: by reminder and round, and by its words; what did not arrive was not got."""
    of_call = {call["id"]: call["reminder"] for call in found.rows["deliveries"]}
    astray = {call["id"] for call in found.rows["deliveries"] if call["state"] == "undelivered"}
    got = [line for line in found.lines if line["delivery_id"] not in astray]
    named = {row["id"]: f"{row['key']} round {row['round']}" for row in found.rows["reminders"]}
    reminders = Counter(
        (named[of_call[line["delivery_id"]]], line["channel"]) for line in got if line["delivery_id"] in of_call
    )
    yield from (f"{name} left {times} times by {channel}" for (name, channel), times in reminders.items() if times > 1)
    words = Counter((line["key"], line["to"], line["text"]) for line in got)
    yield from (f"the words of {key} left {times} times" for (key, _, _), times in words.items() if times > 1)


def _lost(found: Aftermath) -> Iterator[str]:
    """What was due and neither came to an end nor is before anybody."""
    for row in found.rows["reminders"]:
        name, state = f"{row['key']} round {row['round']} ({row['state']})", row["state"]
        if state == "unknown" and not _told(found, row):
            yield f"{name}: nobody is told"
        if state == "sending":
            yield f"{name}: its call was never settled"
        if state == "planned" and row["due_at"] is None:
            yield f"{name}: no worker will ever look at it"
        if state == "planned" and row["due_at"] is not None and row["due_at"] < found.now - GRACE:
            yield f"{name}: its time has passed"
        if state not in OVER | {"held", "unknown", "planned", "sending"}:
            yield f"{name}: in no known state"


def _told(found: Aftermath, row: Row) -> bool:
    """Whether an urgent task names a reminder whose outcome nobody knows."""
    mine = (task for task in _asking(found) if task["enrollment"] == row["enrollment"])
    return any(task["urgent"] and row["key"] in task["reason"] for task in mine)


def _asking(found: Aftermath) -> list[Row]:
    return [task for task in found.rows["tasks"] if task["kind"] == "unknown" and task["state"] == "open"]


def _untrue(found: Aftermath) -> Iterator[str]:
    """Where the store and the provider's book do not say the same."""
    calls = {call["id"]: call for call in found.rows["deliveries"]}
    booked = {line["delivery_id"] for line in found.lines}
    yield from (
        f"nobody has written down that {line['key']} leaves" for line in found.lines if line["delivery_id"] not in calls
    )
    for call in calls.values():
        if call["state"] in ("accepted", "delivered") and (call["leader"] or call["id"]) not in booked:
            yield "a message counts as taken that no provider has"
        if call["state"] in ("not_sent", "refused", "absent", "abandoned") and call["id"] in booked:
            yield f"a message counts as {call['state']} that the provider has taken"
        if call["state"] == "intended":
            yield "a call is still being made that nobody makes"
    if _asking(found) and not any(row["state"] == "unknown" for row in found.rows["reminders"]):
        yield "a person is still asked for an outcome that is known"


def _unknown(found: Aftermath, expected: Aftermath) -> set[tuple[str, int]]:
    """What would have left, and nobody knows whether it has; that a person is told of each is looked at elsewhere."""
    wanted = _ends(expected)
    return {name for name, state in _ends(found).items() if state == "unknown" and wanted.get(name) in LEFT}


def _different(found: Aftermath, expected: Aftermath, unknown: set[tuple[str, int]]) -> Iterator[str]:
    """What did not end as it does without a crash, but for outcomes that nobody can know."""
    ends, wanted = _ends(found), _ends(expected)
    for name in sorted(ends.keys() | wanted.keys()):
        if ends.get(name) != wanted.get(name) and name not in unknown:
            yield f"{name[0]} round {name[1]} is {ends.get(name)} and not {wanted.get(name)}"
    told = {key for key, _ in unknown}
    yield from _more_or_less("message", _messages(found, told), _messages(expected, told))
    yield from _more_or_less("task", _tasks(found), _tasks(expected))
    yield from _more_or_less("event", _column(found, "events", "action"), _column(expected, "events", "action"))
    yield from _more_or_less("reply", _column(found, "replies", "meaning"), _column(expected, "replies", "meaning"))
    yield from _more_or_less("consent", _closed(found), _closed(expected))


def _more_or_less(what: str, found: Counter[Any], wanted: Counter[Any]) -> Iterator[str]:
    yield from (f"{what} {_shown(each)} is one too many" for each in found - wanted)
    yield from (f"{what} {_shown(each)} is missing" for each in wanted - found)


def _shown(each: Any) -> str:
    """Enough to find it by: no text, and no number."""
    return " ".join(map(str, each[:2])) if isinstance(each, tuple) else str(each)


def _ends(found: Aftermath) -> dict[tuple[str, int], str]:
    return {(row["key"], row["round"]): row["state"] for row in found.rows["reminders"]}


def _messages(found: Aftermath, unknown: set[str]) -> Counter[Any]:
    lines = (line for line in found.lines if line["key"] not in unknown)
    return Counter((line["key"], line["channel"], line["to"], line["text"]) for line in lines)


def _tasks(found: Aftermath) -> Counter[Any]:
    tasks = (task for task in found.rows["tasks"] if task["kind"] != "unknown")
    return Counter((task["kind"], task["urgent"], task["state"]) for task in tasks)


def _column(found: Aftermath, table: str, column: str) -> Counter[Any]:
    return Counter(row[column] for row in found.rows[table] if row[column] != SETTLED)


def _closed(found: Aftermath) -> Counter[Any]:
    return Counter((row["channel"], row["closed_reason"]) for row in found.rows["consents"])
