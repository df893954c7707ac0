"""What an event changed, in plain words and on the site's clock; the JSON of `history` keeps what is stored."""

import re
from collections.abc import Callable, Mapping
from typing import Any

Say = Callable[[str], str]
"""An instant in UTC or with an offset as people read it."""

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d.*")
DAY = len("Tue 2026-12-08")
FIRST = ("procedure", "ended_at", "arrival", "visit", "status", "reason", "holds", "protocol", "version")
LABELS = {
    "channels": "by",
    "ended_at": "end",
    "protocol": "protocol content",
    "provider_id": "provider's id",
}


def in_words(event: Mapping[str, Any], say: Say, *, hour_known: bool) -> list[str]:
    """A line for each thing an event changed or recorded. `hour_known`: for an event that does not say so itself."""
    old, new = (_labelled(event[side] or {}, say, hour_known) for side in ("from", "to"))
    lines = [_changed(label, old.get(label), value) for label, value in new.items()]
    return [*lines, f"note: {event['note']}"] if event["note"] else lines


def first_hour_known(events: list[Mapping[str, Any]], now_known: bool) -> bool:
    """Whether the hour was known at enrollment: what the first move says it moved from, else what is known now."""
    moves = [event["from"]["hour_known"] for event in events if "hour_known" in (event["from"] or {})]
    return bool(moves[0]) if moves else now_known


def _changed(label: str, old: str | None, new: str) -> str:
    return f"{label}: {new}" if old is None or old == new else f"{label}: was {old}; now {new}"


def _labelled(facts: Mapping[str, Any], say: Say, hour_known: bool) -> dict[str, str]:
    """Words for each fact under its label; what is not known is left out, and each hold has a label of its own."""
    found: dict[str, str] = {}
    for name in sorted(facts, key=_place):
        value = facts[name]
        if name == "holds":
            found |= {f"hold {drug}": _hold(order) for drug, order in value.items()}
        elif name == "procedure":
            found["procedure"] = _procedure(say(value), facts.get("hour_known", hour_known))
        elif name == "detailed":
            found["texts"] = "detailed" if value else "discreet"
        elif name != "hour_known" and value is not None:
            found[LABELS.get(name, name.replace("_", " "))] = _plain(value, say)
    return found


def _place(name: str) -> tuple[int, str]:
    """Facts are stored in no order that means anything: what moved comes first."""
    return (FIRST.index(name) if name in FIRST else len(FIRST), name)


def _procedure(said: str, hour_known: bool) -> str:
    return said if hour_known else f"{said[:DAY]}, hour not known"


def _hold(order: Any) -> str:
    """An order as it was logged: a list at enrollment, a table later."""
    days, resume, by = order if isinstance(order, list) else (order[k] for k in ("days", "resume_days", "ordered_by"))
    resumed = "no resume order" if resume is None else f"resume after {_days(resume)}"
    return f"{_days(days)} by {by}, {resumed}"


def _days(number: int) -> str:
    return f"{number} day{'s' * (number != 1)}"


def _plain(value: Any, say: Say) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return say(value) if isinstance(value, str) and INSTANT.fullmatch(value) else str(value)
