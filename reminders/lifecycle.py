"""The states of a reminder and of a delivery, and the only moves between them; any other is an error.

The moves are checked in production too: a wrong one stops the transaction rather than a patient.
"""

from enum import StrEnum

from reminders.errors import OperationError


class State(StrEnum):
    """Where a reminder is in its life."""

    PLANNED = "planned"
    HELD = "held"
    SENDING = "sending"
    SENT = "sent"
    UNKNOWN = "unknown"
    DELIVERED = "delivered"
    FAILED = "failed"
    MISSED = "missed"
    SKIPPED = "skipped"
    WITHDRAWN = "withdrawn"


class DeliveryState(StrEnum):
    """Where one call to a provider stands."""

    INTENDED = "intended"
    ACCEPTED = "accepted"
    NOT_SENT = "not_sent"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    ABSENT = "absent"
    ABANDONED = "abandoned"


class WrongMove(OperationError):
    """A move that the life of a reminder or delivery does not know: our mistake, never the patient's."""


MOVES: dict[State, frozenset[State]] = {
    # To `delivered` without a call of its own: a provider that had said "undelivered" says that it has arrived after
    # all. Receipts come in any order, and all orders must end alike.
    State.PLANNED: frozenset(
        {State.SENDING, State.HELD, State.MISSED, State.SKIPPED, State.WITHDRAWN, State.DELIVERED}
    ),
    State.HELD: frozenset({State.PLANNED, State.MISSED, State.WITHDRAWN, State.DELIVERED}),
    State.SENDING: frozenset({State.SENT, State.PLANNED, State.FAILED, State.UNKNOWN}),
    State.UNKNOWN: frozenset({State.SENT, State.PLANNED, State.FAILED}),
    State.SENT: frozenset({State.DELIVERED, State.PLANNED, State.FAILED}),
    State.DELIVERED: frozenset(),
    State.FAILED: frozenset({State.DELIVERED}),  # for the same reason
    State.MISSED: frozenset(),
    State.SKIPPED: frozenset(),
    State.WITHDRAWN: frozenset(),
}

DELIVERY_MOVES: dict[DeliveryState, frozenset[DeliveryState]] = {
    DeliveryState.INTENDED: frozenset(
        {DeliveryState.ACCEPTED, DeliveryState.NOT_SENT, DeliveryState.REFUSED, DeliveryState.UNKNOWN}
    ),
    DeliveryState.ACCEPTED: frozenset({DeliveryState.DELIVERED, DeliveryState.UNDELIVERED}),
    DeliveryState.UNKNOWN: frozenset({DeliveryState.ACCEPTED, DeliveryState.ABSENT, DeliveryState.ABANDONED}),
    DeliveryState.NOT_SENT: frozenset(),
    DeliveryState.REFUSED: frozenset(),
    DeliveryState.DELIVERED: frozenset(),
    DeliveryState.UNDELIVERED: frozenset({DeliveryState.DELIVERED}),  # the later word of the provider: it has arrived
    DeliveryState.ABSENT: frozenset(),
    DeliveryState.ABANDONED: frozenset(),
}

LIVE = (DeliveryState.INTENDED, DeliveryState.ACCEPTED, DeliveryState.UNKNOWN, DeliveryState.DELIVERED)
"""What has reached whom it was for, or may have, and keeps a second call away."""

MAYBE_READ = (*LIVE, DeliveryState.ABANDONED)
"""What somebody may have read: what a person has given up because nobody knows may have arrived all the same."""

UNSENT = frozenset({State.PLANNED, State.HELD})
"""What a change of plan may still move or withdraw."""

GONE = frozenset({State.SENT, State.DELIVERED})
"""What has surely been handed to a provider."""

ENDED = frozenset({State.SENT, State.DELIVERED, State.FAILED, State.MISSED, State.SKIPPED, State.WITHDRAWN})
"""What nothing waits for any more."""


def check_move(old: State, new: State) -> None:
    """Raise WrongMove unless a reminder may go from `old` to `new`."""
    if new not in MOVES[old]:
        raise WrongMove(f"a reminder cannot go from {old} to {new}")


def check_delivery_move(old: DeliveryState, new: DeliveryState) -> None:
    """Raise WrongMove unless a delivery may go from `old` to `new`."""
    if new not in DELIVERY_MOVES[old]:
        raise WrongMove(f"a delivery cannot go from {old} to {new}")
