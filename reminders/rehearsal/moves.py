"""The moves of a reminder and of a delivery by name, as the witness of a rehearsal sees them."""

from collections.abc import Iterable

from reminders.database.witness import DELIVERY, REMINDER
from reminders.lifecycle import DELIVERY_MOVES, MOVES, State


def allowed_moves() -> tuple[str, ...]:
    """Every move that the life of a reminder or of a delivery knows."""
    reminders = [move_name(REMINDER, old, new) for old, many in MOVES.items() for new in sorted(many)]
    return (
        *reminders,
        *(move_name(DELIVERY, old, new) for old, many in DELIVERY_MOVES.items() for new in sorted(many)),
    )


def unknown_moves(counts: Iterable[str]) -> set[str]:
    """Moves that no life knows. What was held goes through its plan again, where one change puts it elsewhere."""
    by_plan = {move_name(REMINDER, State.HELD, new) for new in MOVES[State.PLANNED]}
    moves = {name for name in counts if name.startswith((f"{REMINDER} ", f"{DELIVERY} "))}
    return moves - {*allowed_moves()} - by_plan


def move_name(kind: str, old: str, new: str) -> str:
    return f"{kind} {old} -> {new}"
