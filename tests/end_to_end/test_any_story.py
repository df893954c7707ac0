"""Whatever staff, providers and time do: nobody is told what is wrong, told twice, or lost."""

import shutil
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.end_to_end.stories import OUTCOMES, Story, template_for

FEW, MANY, STEPS = 5, 200, 30  # of each share: in the gate, and in the soak
ZONES = ("America/New_York", "America/Los_Angeles", "Europe/London", "Pacific/Honolulu")
QUARTERS = st.integers(1, 60 * 96)
HOLDS = st.dictionaries(
    st.sampled_from(["warfarin", "apixaban", "aspirin"]),
    st.tuples(st.integers(0, 10), st.none() | st.integers(1, 5)).map(lambda d: (d[0], d[1] if d[0] else None)),
    max_size=2,
)
CHANNELS = st.sampled_from(["sms", "email", "sms,email"])


def quarters(number: int) -> timedelta:
    return timedelta(minutes=15 * number)


class AnyStory(RuleBasedStateMachine):
    """One patient, sometimes two, and everything that can happen to them."""

    template: ClassVar[Path]
    leads: ClassVar[Any] = QUARTERS

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="story-"))
        self.story = Story(self.folder, self.template)

    def teardown(self) -> None:
        self.story.close()
        shutil.rmtree(self.folder)

    @initialize(
        lead=st.integers(96, 96 * 40),
        holds=HOLDS,
        zone=st.sampled_from(ZONES),
        date_only=st.booleans(),
        consent=CHANNELS,
        sedation=st.sampled_from(["none", "moderate"]),
        detailed=st.booleans(),
    )
    def enroll(self, lead: int, **how: Any) -> None:
        self.story.enroll(self.story.now + quarters(lead), **how)
        self.story.tick()

    @precondition(lambda self: len(self.story.plans) < 2 or (len(self.story.plans) < 4 and self.all_over))
    @rule(lead=QUARTERS, holds=HOLDS, consent=CHANNELS)
    def enroll_another(self, lead: int, **how: Any) -> None:
        self.story.enroll(self.story.now + quarters(lead), **how)

    @property
    def all_over(self) -> bool:
        return all(plan.status in ("cancelled", "ended") for plan in self.story.plans.values())

    @property
    def well_on(self) -> bool:
        """Something has been told that an end can contradict."""
        return self.ready and self.story.checker.messages > 3

    @property
    def ready(self) -> bool:
        return bool(self.story.plans)

    @precondition(lambda self: self.ready)
    @rule(by=st.integers(-96 * 10, 96 * 20), date_only=st.booleans(), who=st.integers(0, 1))
    def move(self, by: int, date_only: bool, who: int) -> None:
        self.story.move(self.story.plan(who).start + quarters(by), date_only=date_only, who=who)

    @precondition(lambda self: self.ready)
    @rule(ahead=st.integers(1, 96), who=st.integers(0, 1))
    def move_near(self, ahead: int, who: int) -> None:
        self.story.move(self.story.now + quarters(ahead), who=who)

    @precondition(lambda self: self.well_on)
    @rule(reason=st.sampled_from(["patient", "hospital", "admitted", "deceased", "error", "other"]))
    def cancel(self, reason: str) -> None:
        self.story.cancel(reason, who=len(self.story.plans) - 1)

    @precondition(lambda self: self.ready)
    @rule(after=st.integers(-8, 40), who=st.integers(0, 1))
    def complete(self, after: int, who: int) -> None:
        self.story.complete(self.story.plan(who).start + quarters(after), who=who)

    @precondition(lambda self: self.ready and self.story.plan().ended is not None)
    @rule(after=st.integers(-8, 80))
    def correct(self, after: int) -> None:
        self.story.complete(self.story.plan().start + quarters(after), correct=True)

    @precondition(lambda self: self.well_on)
    @rule()
    def not_done(self) -> None:
        self.story.not_done(who=len(self.story.plans) - 1)

    @precondition(lambda self: self.ready)
    @rule(holds=HOLDS, who=st.integers(0, 1))
    def order(self, holds: dict[str, tuple[int, int | None]], who: int) -> None:
        self.story.order(holds, who=who)

    @precondition(lambda self: self.ready)
    @rule(zone=st.sampled_from(ZONES), who=st.integers(0, 1))
    def move_house(self, zone: str, who: int) -> None:
        self.story.contact(who=who, zone=zone)

    @precondition(lambda self: self.ready)
    @rule(last=st.integers(30, 39), consent=CHANNELS, who=st.integers(0, 1))
    def new_phone(self, last: int, consent: str, who: int) -> None:
        self.story.contact(who=who, phone=f"+121255501{last}", consent=consent)

    @precondition(lambda self: self.ready)
    @rule(early=st.integers(0, 16), who=st.integers(0, 1))
    def arrival(self, early: int, who: int) -> None:
        self.story.arrival(self.story.plan(who).start - quarters(early), who=who)

    @precondition(lambda self: self.ready)
    @rule(days=st.integers(-20, 40), hour=st.integers(0, 40), who=st.integers(0, 1))
    def visit(self, days: int, hour: int, who: int) -> None:
        start = self.story.plan(who).start
        self.story.visit(start + timedelta(days=30 + days) + quarters(hour), who=who)

    @rule(channel=st.sampled_from(["sms", "email"]), outcomes=st.lists(st.sampled_from(sorted(OUTCOMES)), max_size=3))
    def provider(self, channel: str, outcomes: list[str]) -> None:
        self.story.script(channel, *outcomes)

    @rule()
    def tick(self) -> None:
        self.story.tick()

    @rule(by=st.one_of(st.integers(1, 96), st.integers(96, 96 * 10)))
    def walk(self, by: int) -> None:
        self.story.walk(self.story.now + quarters(by))

    @rule(by=st.one_of(st.integers(1, 96), st.integers(96, 96 * 10)))
    def outage(self, by: int) -> None:
        self.story.outage(self.story.now + quarters(by))

    @rule()
    def next_morning(self) -> None:
        self.story.walk(self.story.now + quarters(96))

    @precondition(lambda self: self.ready)
    @rule()
    def through_the_day(self) -> None:
        """Up to two hours after the planned end, where staff record it."""
        plan = self.story.plan()
        if plan.start - self.story.now < timedelta(days=20):
            self.story.walk(plan.start + timedelta(hours=3))
            self.story.complete(plan.start + timedelta(hours=1))

    @precondition(lambda self: self.ready)
    @rule(days=st.sampled_from([-15, -9, -4, -1, 0, 1, 3, 20]), hours=st.integers(-4, 8), who=st.integers(0, 1))
    def walk_near_the_day(self, days: int, hours: int, who: int) -> None:
        until = self.story.plan(who).start + timedelta(days=days, hours=hours)
        if until > self.story.now:
            self.story.walk(until)


def tell(examples: int, share: int, template: Path, phases: tuple[Phase, ...] = tuple(Phase)) -> None:
    AnyStory.template = template_for(template)
    chosen = settings(
        phases=phases,
        derandomize=True,
        database=None,
        deadline=None,
        max_examples=examples,
        stateful_step_count=STEPS,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(seed(share)(AnyStory), settings=chosen)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("share", range(4))
def test_nobody_is_told_what_is_wrong_or_twice_or_is_lost(share: int, sqlite_template: Path) -> None:
    tell(
        FEW, share, sqlite_template, (Phase.generate,)
    )  # to make a failing story short takes minutes: the soak does it


@pytest.mark.soak
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("share", range(4))
def test_nobody_is_told_what_is_wrong_or_twice_or_is_lost_in_very_many_stories(
    share: int, sqlite_template: Path
) -> None:
    tell(MANY, share, sqlite_template)
