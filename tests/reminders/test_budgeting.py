import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reminders.budgeting import HORIZON, MOST_UNITS, Slots, rate_of
from reminders.settings import SENDER_RATES, TransportSettings

rates = st.floats(0.1, 500)
claims = st.lists(
    st.tuples(st.floats(0, 3), st.lists(st.integers(1, 6), max_size=60)), min_size=1, max_size=20
)  # how long after the one before, and the messages it has


def given_away(rate: float, events: list[tuple[float, list[int]]]) -> tuple[list[tuple[float, int]], list[float]]:
    """The slots of claims one after the other, each by whichever worker; and when each claim was made."""
    free, now, slots, made = 0.0, 0.0, [], []
    for pause, messages in events:
        now += pause
        made.append(now)
        mine = Slots(rate, free=free, now=now)
        for units in messages:
            begins = mine.take(units)
            if begins is not None:
                slots.append((begins, units))
        free = mine.free
    return slots, made


@given(rates, claims)
def test_in_no_second_begins_more_than_the_rate_and_one_message(
    rate: float, events: list[tuple[float, list[int]]]
) -> None:
    slots, _ = given_away(rate, events)
    for begins, _units in slots:
        within = [units for at, units in slots if begins <= at < begins + 1]
        assert sum(within[:-1]) <= rate + 1e-6


@given(rates, claims)
def test_no_two_messages_share_a_time(rate: float, events: list[tuple[float, list[int]]]) -> None:
    slots, _ = given_away(rate, events)
    for (begins, units), (after, _) in pairwise(slots):
        assert after >= begins + units / rate - 1e-9


@given(rates, st.lists(st.integers(1, 6), min_size=1, max_size=200))
def test_while_messages_wait_no_time_is_left_unused(rate: float, messages: list[int]) -> None:
    """Whoever asks again when there is room again: the slots follow each other without a gap."""
    free, now, slots, left = 0.0, 0.0, [], list(messages)
    while left:
        mine = Slots(rate, free=free, now=now)
        while left and (begins := mine.take(left[0])) is not None:
            slots.append((begins, left.pop(0)))
        free, now = mine.free, max(now, mine.again_at)
    assert all(
        math.isclose(after, begins + units / rate, abs_tol=1e-6) for (begins, units), (after, _) in pairwise(slots)
    )


@given(rates, claims)
def test_no_slot_begins_beyond_the_horizon_of_its_claim(rate: float, events: list[tuple[float, list[int]]]) -> None:
    slots, made = given_away(rate, events)
    assert all(begins < made[-1] + HORIZON for begins, _ in slots)


def test_a_message_of_more_segments_than_the_horizon_has_room_for_leaves_all_the_same() -> None:
    slots = Slots(0.5, free=0.0, now=0.0)
    assert slots.take(6) == 0.0
    assert slots.free == 12.0
    assert slots.take(1) is None


def test_what_ends_before_its_slot_gets_none_and_takes_no_time() -> None:
    slots = Slots(1, free=1.5, now=0.0)
    assert slots.take(1, until=1.5) is None
    assert slots.take(1, until=1.6) == 1.5


def test_time_that_has_passed_unused_is_not_saved_up() -> None:
    slots = Slots(10, free=0.0, now=100.0)
    assert [slots.take(1) for _ in range(3)] == pytest.approx([100.0, 100.1, 100.2])


def test_a_clock_that_was_set_back_does_not_silence_a_sender_for_hours() -> None:
    assert Slots(1, free=3_600.0, now=0.0).free == HORIZON + MOST_UNITS


def test_the_room_is_what_may_begin_before_the_horizon() -> None:
    assert Slots(50, free=1.0, now=0.0).room == pytest.approx(50)
    assert Slots(50, free=-9.0, now=0.0).room == pytest.approx(100)
    assert Slots(50, free=2.5, now=0.0).room == 0


def test_a_fast_sender_keeps_to_its_slots_more_closely_than_a_slow_one() -> None:
    assert Slots(50, free=0, now=0).tolerance == 0.08
    assert Slots(1, free=0, now=0).tolerance == 0.5


@pytest.mark.parametrize(("kind", "rate"), SENDER_RATES.items())
def test_a_kind_of_sender_has_the_published_rate(kind: str, rate: float) -> None:
    assert rate_of(TransportSettings.model_validate({"sender_kind": kind}), 1.0) == rate


def test_a_rate_of_ones_own_goes_before_the_kind_and_before_what_the_transport_knows() -> None:
    settings = TransportSettings.model_validate({"sender_kind": "10dlc", "per_second": 75})
    assert rate_of(settings, 1.0) == 75


def test_without_a_setting_the_transport_says_what_its_provider_takes() -> None:
    assert rate_of(TransportSettings(), 1.0) == 1.0
    assert rate_of(None, None) is None
