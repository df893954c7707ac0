"""When to try again: the wait doubles, is capped, never undercuts the provider and never passes the bound."""

from datetime import UTC, datetime, timedelta

import pytest

from reminders.retry import next_try

NOW = datetime(2026, 12, 5, 17, tzinfo=UTC)


def wait(attempts: int, hint: float | None = None, not_after: datetime | None = None) -> float:
    return (next_try(attempts, hint, NOW, not_after) - NOW).total_seconds()


@pytest.mark.parametrize(("attempts", "seconds"), [(1, 15), (2, 30), (3, 60), (4, 120), (5, 240), (6, 480)])
def test_the_wait_doubles_with_every_attempt(attempts: int, seconds: float) -> None:
    assert wait(attempts) == seconds


@pytest.mark.parametrize("attempts", [7, 8, 50, 100_000])
def test_the_wait_stays_at_a_quarter_of_an_hour_however_long_it_goes_on(attempts: int) -> None:
    assert wait(attempts) == 900


def test_before_any_attempt_was_counted_the_first_wait_is_the_shortest() -> None:
    assert wait(0) == 15


def test_the_providers_own_wish_is_never_undercut() -> None:
    assert wait(1, hint=100.5) == 100.5
    assert wait(7, hint=3600) == 3600


def test_a_wish_shorter_than_our_own_wait_does_not_hurry_us() -> None:
    assert wait(3, hint=1) == 60


@pytest.mark.parametrize("hint", [-5.0, 0.0])
def test_a_wish_of_nothing_is_no_wish(hint: float) -> None:
    assert wait(1, hint=hint) == 15


@pytest.mark.parametrize("hint", [float("inf"), 1e15])
def test_a_wish_beyond_reason_waits_a_day_and_breaks_nothing(hint: float) -> None:
    assert wait(1, hint=hint) == 24 * 3600


def test_a_wish_that_is_not_a_number_is_no_wish() -> None:
    assert wait(1, hint=float("nan")) == 15


@pytest.mark.parametrize("hint", [None, 7200.0])
def test_no_look_lies_beyond_the_bound(hint: float | None) -> None:
    bound = NOW + timedelta(minutes=10)

    assert next_try(20, hint, NOW, bound) == bound


def test_a_bound_far_away_changes_nothing() -> None:
    assert wait(2, not_after=NOW + timedelta(days=2)) == 30
