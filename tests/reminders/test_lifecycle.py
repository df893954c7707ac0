"""The life of a reminder and of a delivery: the table of moves, and nothing else."""

import pytest

from reminders.errors import OperationError
from reminders.lifecycle import (
    DELIVERY_MOVES,
    GONE,
    MOVES,
    UNSENT,
    DeliveryState,
    State,
    WrongMove,
    check_delivery_move,
    check_move,
)

REMINDER_TABLE = """
planned  -> sending held missed skipped withdrawn delivered
held     -> planned missed withdrawn delivered
sending  -> sent planned failed unknown
unknown  -> sent planned failed
sent     -> delivered planned failed
delivered ->
failed   -> delivered
missed ->
skipped ->
withdrawn ->
"""
DELIVERY_TABLE = """
intended -> accepted not_sent refused unknown
accepted -> delivered undelivered
unknown  -> accepted absent abandoned
not_sent ->
refused ->
delivered ->
undelivered -> delivered
absent ->
abandoned ->
"""


def moves_in(table: str) -> dict[str, set[str]]:
    """The table of moves, read word for word."""
    lines = (line.split("->") for line in table.strip().splitlines())
    return {old.strip(): set(new.split()) for old, new in lines}


REMINDERS = moves_in(REMINDER_TABLE)
DELIVERIES = moves_in(DELIVERY_TABLE)


@pytest.mark.parametrize("old", State)
@pytest.mark.parametrize("new", State)
def test_a_reminder_makes_the_moves_of_the_table_and_no_other(old: State, new: State) -> None:
    if new in REMINDERS[old]:
        check_move(old, new)
    else:
        with pytest.raises(WrongMove, match=f"from {old} to {new}"):
            check_move(old, new)


@pytest.mark.parametrize("old", DeliveryState)
@pytest.mark.parametrize("new", DeliveryState)
def test_a_delivery_makes_the_moves_of_the_table_and_no_other(old: DeliveryState, new: DeliveryState) -> None:
    if new in DELIVERIES[old]:
        check_delivery_move(old, new)
    else:
        with pytest.raises(WrongMove, match=f"from {old} to {new}"):
            check_delivery_move(old, new)


def test_every_state_has_its_line_in_the_table() -> None:
    assert set(MOVES) == set(State)
    assert set(DELIVERY_MOVES) == set(DeliveryState)


def test_a_wrong_move_is_an_operation_that_failed_and_not_a_wrong_input() -> None:
    assert issubclass(WrongMove, OperationError)


def test_what_may_still_be_changed_can_still_be_withdrawn() -> None:
    assert all(State.WITHDRAWN in MOVES[state] for state in UNSENT)
    assert not any(State.WITHDRAWN in MOVES[state] for state in set(State) - UNSENT)


def test_what_has_gone_has_surely_left() -> None:
    assert {State.SENT, State.DELIVERED} == GONE


def test_what_counts_as_undelivered_may_turn_out_delivered_and_nothing_else() -> None:
    late = {state for state in State if State.DELIVERED in MOVES[state]} - {State.SENT}

    assert late == {State.PLANNED, State.HELD, State.FAILED}
    assert DELIVERY_MOVES[DeliveryState.UNDELIVERED] == {DeliveryState.DELIVERED}
