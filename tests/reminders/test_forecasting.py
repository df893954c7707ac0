from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reminders.forecasting import LONG_WAIT, Forecast, forecast, in_words

NEW_YORK = ZoneInfo("America/New_York")
TEN = datetime(2026, 12, 1, 15, 0, tzinfo=UTC)  # Tuesday, 10:00 in New York
MINUTE = timedelta(minutes=1)

loads_of = st.lists(
    st.tuples(st.integers(0, 5_000).map(lambda n: TEN + n * MINUTE), st.integers(1, 4_000)), max_size=30
)


def test_a_batch_that_a_long_code_cannot_carry_is_told_with_its_length_and_the_rate_that_would_do() -> None:
    assert forecast([(TEN, 10_020)], 1, NEW_YORK).sentences() == (
        "at 1 segment a second the 10:00 batch of Tue Dec 1 takes 2 h 47 min (10,020 segments)",
        "5.6 segments a second would be enough: then nothing waits longer than 30 min",
    )


def test_what_keeps_up_says_how_long_the_longest_wait_is() -> None:
    found = forecast([(TEN, 600), (TEN + timedelta(hours=1), 300)], 10, NEW_YORK)
    assert found.sentences() == ("at 10 segments a second nothing waits longer than 60 s",)
    assert found.slow == ()
    assert found.enough == 10


def test_a_plan_of_nothing_says_so() -> None:
    assert forecast([], 3.75, NEW_YORK).sentences() == ("at 3.75 segments a second: nothing is planned",)


def test_what_comes_while_others_wait_is_of_their_batch() -> None:
    found = forecast([(TEN, 3_600), (TEN + timedelta(minutes=30), 3_600)], 1, NEW_YORK)
    (batch,) = found.slow
    assert (batch.starts, batch.takes, batch.units) == (TEN, timedelta(hours=2), 7_200)
    assert batch.longest_wait == timedelta(minutes=90)


def test_what_comes_as_the_last_one_leaves_is_a_batch_of_its_own() -> None:
    found = forecast([(TEN, 3_600), (TEN + timedelta(hours=1), 3_600)], 1, NEW_YORK)
    assert [batch.starts for batch in found.slow] == [TEN + timedelta(hours=1), TEN]


def test_many_slow_batches_are_told_three_by_name_and_the_others_by_number() -> None:
    told = forecast([(TEN + timedelta(days=day), 3_000 + day) for day in range(5)], 1, NEW_YORK).sentences()
    assert told[0] == "at 1 segment a second the 10:00 batch of Sat Dec 5 takes 51 min (3,004 segments)"
    assert told[3] == "2 more batches keep messages waiting longer than 30 min"
    assert len(told) == 5


def test_calls_are_told_as_calls() -> None:
    (first, _) = forecast([(TEN, 2_000)], 1, NEW_YORK, unit="call").sentences()
    assert first == "at 1 call a second the 10:00 batch of Tue Dec 1 takes 34 min (2,000 calls)"


def test_the_hour_that_comes_twice_is_two_hours() -> None:
    first = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)  # 01:30 in New York, before the clocks go back
    found = forecast([(first, 1), (first + timedelta(hours=1), 2)], 1, NEW_YORK)
    assert [units for _, units in found.hours] == [1, 2]


def test_loads_of_one_hour_are_added_up_in_whatever_order_they_come() -> None:
    found = forecast([(TEN + 50 * MINUTE, 5), (TEN, 7), (TEN + timedelta(hours=2), 1)], 1, NEW_YORK)
    assert found.hours == ((TEN, 12), (TEN + timedelta(hours=2), 1))


def test_a_sender_of_no_rate_has_no_forecast() -> None:
    with pytest.raises(ValueError, match="above zero"):
        forecast([], 0, NEW_YORK)


@given(loads_of, st.floats(0.1, 50))
def test_the_rate_that_is_said_to_be_enough_is_enough(loads: list[tuple[datetime, int]], rate: float) -> None:
    enough = forecast(loads, rate, NEW_YORK).enough
    assert forecast(loads, enough, NEW_YORK).longest_wait <= LONG_WAIT + timedelta(milliseconds=1)


@given(loads_of)
def test_no_wait_is_longer_at_a_faster_sender(loads: list[tuple[datetime, int]]) -> None:
    def longest(rate: float) -> Forecast:
        return forecast(loads, rate, NEW_YORK)

    assert longest(2).longest_wait <= longest(1).longest_wait


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (40, "40 s"),
        (119.5, "2 min"),
        (120, "2 min"),
        (3_599, "1 h"),
        (10_020, "2 h 47 min"),
        (172_800, "2 d"),
        (273_600, "3 d 4 h"),
    ],
)
def test_a_length_is_told_in_two_units_at_most(seconds: float, words: str) -> None:
    assert in_words(timedelta(seconds=seconds)) == words
