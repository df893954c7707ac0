"""A process that dies at any point of what it does: nothing twice, nothing lost, nothing half, and the same end."""

from collections.abc import Callable, Sequence

import pytest

from schedules.protocol import Channel
from tests.crashing.counting import Counted
from tests.crashing.house import House, without_looking_up
from tests.crashing.scenarios import Scenario, enrolling, receipt, replying, rescheduling, send, settling
from tests.crashing.trying import Crash, crashes, rehearse

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

Count = Callable[[str, str, Sequence[Crash]], None]

REPLIES = (replying("reply STOP", "STOP"), replying("reply red flag", "I have chest pain"))
BY_TEXT = (send(Channel.SMS), enrolling(Channel.SMS), rescheduling(Channel.SMS), *REPLIES, receipt(Channel.SMS))
ELSEWHERE = tuple(make(by) for by in (Channel.EMAIL, Channel.VOICE) for make in (send, enrolling, rescheduling))
SETTLING = tuple(settling(last) for last in ("before the call", "taken, not answered"))
NAME = {"ids": lambda scenario: scenario.name.replace(",", "").replace(" ", "-")}


@pytest.fixture
def count(record_property: Callable[[str, object], None]) -> Count:
    """Have the end of the run print how many points there were."""

    def counted(name: str, kind: str, tried: Sequence[Crash]) -> None:
        twice, lost = (sum(bool(getattr(one.findings, what)) for one in tried) for what in ("twice", "lost"))
        record_property(*Counted(name=f"{name} {kind}", points=len(tried), twice=twice, lost=lost).as_property)

    return counted


def wrong(tried: Sequence[Crash]) -> list[str]:
    return [f"{one.number}, {one.point}: {finding}" for one in tried for finding in one.findings.all]


@pytest.mark.parametrize("scenario", BY_TEXT, **NAME)
def test_wherever_it_dies_nothing_is_twice_lost_or_half(
    house: House, scenario: Scenario, database_kind: str, count: Count
) -> None:
    rehearsed = rehearse(house, scenario)
    assert len(rehearsed.pictures) - 1 == scenario.commits, "somebody can see the store in between"
    tried = list(crashes(house, rehearsed, rehearsed.all_points))
    count(scenario.name, database_kind, tried)
    assert wrong(tried) == []


def test_with_a_provider_that_cannot_be_asked_a_person_is_told_and_nothing_leaves_twice(
    house: House, database_kind: str, count: Count
) -> None:
    house = without_looking_up(house)
    rehearsed = rehearse(house, send(Channel.SMS))
    tried = list(crashes(house, rehearsed, rehearsed.from_the_call_on))
    count("send sms unasked", database_kind, tried)
    assert wrong(tried) == []


@pytest.mark.soak
@pytest.mark.parametrize("scenario", [*BY_TEXT, *SETTLING, *ELSEWHERE], **NAME)
def test_on_both_sides_of_every_statement(house: House, scenario: Scenario, database_kind: str, count: Count) -> None:
    rehearsed = rehearse(house, scenario, both_sides=True)
    tried = list(crashes(house, rehearsed, rehearsed.all_points))
    count(f"{scenario.name} (both sides)", database_kind, tried)
    assert wrong(tried) == []


@pytest.mark.soak
@pytest.mark.parametrize("scenario", [*BY_TEXT, *SETTLING, *ELSEWHERE], **NAME)
def test_where_nobody_asks_a_second_time_it_is_done_or_it_is_not(
    house: House, scenario: Scenario, database_kind: str, count: Count
) -> None:
    rehearsed = rehearse(house, scenario)
    tried = list(crashes(house, rehearsed, rehearsed.all_points, again=False))
    count(f"{scenario.name} (not repeated)", database_kind, tried)
    assert wrong(tried) == []
