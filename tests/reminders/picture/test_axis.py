from datetime import date, datetime, timedelta

import pytest

from reminders.picture import Entry, Look
from reminders.picture.axis import Day, Empty, axis
from tests.builders import LOS_ANGELES, NEW_YORK
from tests.reminders.picture.examples import START, a_picture, an_entry


def on(*days: int) -> list[Day | Empty]:
    """The axis of a plan with reminders so many days from the procedure, and no visit."""
    return list(axis(a_picture(*(an_entry(at=START + timedelta(days=day)) for day in days), visit=None)))


def labels(parts: list[Day | Empty]) -> list[str]:
    return [part.label for part in parts if isinstance(part, Day)]


def test_days_stand_in_order_and_their_things_by_time() -> None:
    before, after = an_entry(at=START - timedelta(hours=1)), an_entry(at=START + timedelta(hours=1))
    (day,) = axis(a_picture(after, before, visit=None))
    assert isinstance(day, Day)
    assert [getattr(thing, "key", "procedure") for thing in day.things] == [before.key, "procedure", after.key]


def test_days_that_follow_each_other_have_nothing_between_them() -> None:
    assert labels(on(-1, 1)) == ["Mon Dec 7", "Tue Dec 8", "Wed Dec 9"]
    assert len(on(-1, 1)) == 3


@pytest.mark.parametrize(("days", "empty", "folded"), [(2, 1, False), (3, 2, False), (4, 3, True), (19, 18, True)])
def test_from_three_empty_days_on_the_axis_is_folded(days: int, empty: int, folded: bool) -> None:
    gap = on(-days)[1]
    assert isinstance(gap, Empty)
    assert (gap.days, gap.is_folded) == (empty, folded)


@pytest.mark.parametrize(
    ("day", "away"),
    [(-14, "14 days before"), (-1, "1 day before"), (0, "procedure day"), (1, "1 day after"), (3, "3 days after")],
)
def test_each_day_says_how_far_it_lies_from_the_procedure(day: int, away: str) -> None:
    assert away in [part.away for part in on(day) if isinstance(part, Day)]


def test_a_year_that_begins_in_a_fold_is_named_there() -> None:
    parts = on(30)
    assert [part.year for part in parts if isinstance(part, Empty)] == [2027]
    assert labels(parts)[-1] == "Thu Jan 7"


def test_a_year_that_begins_where_nothing_is_folded_is_named_at_its_day() -> None:
    assert labels(on(23, 24))[-1] == "Fri Jan 1, 2027"
    assert labels(on(23, 25))[-1] == "Sat Jan 2, 2027"


def test_a_reminder_stands_under_the_day_of_its_own_clock() -> None:
    late = datetime(2026, 12, 7, 23, 30, tzinfo=LOS_ANGELES)  # already Tuesday in New York
    assert labels(list(axis(a_picture(an_entry(at=late), visit=None)))) == ["Mon Dec 7", "Tue Dec 8"]


def test_what_does_not_go_out_has_no_day() -> None:
    gone = Entry(key="day-of", look=Look.SKIPPED, by="text", at=datetime(2026, 12, 1, tzinfo=NEW_YORK))
    assert [part.date for part in axis(a_picture(gone, visit=None)) if isinstance(part, Day)] == [date(2026, 12, 8)]
