"""Every crash point of a scenario, one after the other: killed there, started again, drained, and looked at."""

import gc
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from reminders.clock import ManualClock
from reminders.database.engine import open_engine
from tests.crashing.checking import Findings, findings_of
from tests.crashing.forking import in_a_child
from tests.crashing.house import Aftermath, House, drain
from tests.crashing.pictures import Picture, picture
from tests.crashing.points import Points
from tests.crashing.provider import Line
from tests.crashing.scenarios import Scenario


@dataclass(frozen=True, kw_only=True, slots=True)
class Rehearsed:
    """How a scenario goes when nobody dies; `pages` is what the provider's book said when it began."""

    scenario: Scenario
    both_sides: bool
    pages: Sequence[Line] = field(repr=False)
    points: Sequence[str]
    pictures: Sequence[Picture] = field(repr=False)  # the store at first, and after each commit that changed it
    end: Aftermath = field(repr=False)
    undone: Aftermath = field(repr=False)  # the end where it was never begun

    @property
    def all_points(self) -> Sequence[int]:
        return range(1, len(self.points) + 1)

    @property
    def from_the_call_on(self) -> Sequence[int]:
        """The points from the first call to a provider on."""
        return range(self.points.index("before the call") + 1, len(self.points) + 1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Crash:
    """One death, and what is wrong after it."""

    number: int
    point: str
    findings: Findings


def rehearse(house: House, scenario: Scenario, *, both_sides: bool = False) -> Rehearsed:
    """Prepare the store, keep it as it is then, and go through the scenario without a crash."""
    scenario.prepare(house)
    house.engine.dispose()
    house.store.keep()
    pages = house.book.lines()
    _to_the_end(_another_day(house), scenario)  # teaches the engine every statement, which its children inherit
    _put_back(house, pages)
    points, pictures = in_a_child(lambda: _counted(house, scenario, both_sides)).value
    _put_back(house, pages)
    end = in_a_child(lambda: _to_the_end(house, scenario)).value
    _put_back(house, pages)
    undone = in_a_child(lambda: drain(house)).value
    return Rehearsed(
        scenario=scenario,
        both_sides=both_sides,
        pages=pages,
        points=points,
        pictures=pictures,
        end=end,
        undone=undone,
    )


def crashes(house: House, rehearsed: Rehearsed, numbers: Sequence[int], *, again: bool = True) -> Iterator[Crash]:
    """Die at each of these points in turn (from 1), and look at what follows.

    `again`: whoever had no answer asks once more, right after the restart.
    """
    gc.freeze()  # a child would copy every page only to look through it for garbage
    try:
        for number in numbers:
            findings = _crashed(house, rehearsed, number, again=again)
            yield Crash(number=number, point=rehearsed.points[number - 1], findings=findings)
    finally:
        gc.unfreeze()


def _crashed(house: House, rehearsed: Rehearsed, number: int, *, again: bool) -> Findings:
    scenario = rehearsed.scenario
    _put_back(house, rehearsed.pages)
    points = Points(number, both_sides=rehearsed.both_sides)
    assert in_a_child(lambda: _acted(house, scenario, points)).killed, f"point {number} was never reached"
    house.store.bury()
    left, found = in_a_child(lambda: _restarted(house, scenario, again=again)).value
    expected = rehearsed.end if again or left != rehearsed.pictures[0] else rehearsed.undone
    findings = findings_of(found, expected, asked=house.can_look_up)
    if left in rehearsed.pictures:
        return findings
    return replace(findings, other=(*findings.other, "a change is half in the store"))


def _put_back(house: House, pages: Sequence[Line]) -> None:
    house.engine.dispose()
    house.store.restore()
    house.book.restore(pages)


def _another_day(house: House) -> House:
    """The same house with a clock of its own, which stands where the other does."""
    clock = ManualClock(house.clock.now())
    return replace(house, clock=clock, service=replace(house.service, clock=clock))


def _acted(house: House, scenario: Scenario, points: Points) -> None:
    points.watch(house.engine)
    scenario.act(house, points)


def _counted(house: House, scenario: Scenario, both_sides: bool) -> tuple[Sequence[str], Sequence[Picture]]:
    onlooker = open_engine(house.store.url)
    seen = [picture(onlooker)]

    def look() -> None:
        if (now := picture(onlooker)) != seen[-1]:
            seen.append(now)

    points = Points(both_sides=both_sides, committed=look)
    _acted(house, scenario, points)
    return points.names, seen


def _to_the_end(house: House, scenario: Scenario) -> Aftermath:
    scenario.act(house, Points())
    return drain(house)


def _restarted(house: House, scenario: Scenario, *, again: bool) -> tuple[Picture, Aftermath]:
    left = picture(house.engine)
    if again:
        scenario.again(house)
    return left, drain(house)
