"""A simulated stretch of time: one clock, one queue of what happens when, and everything that is written down of it.

The rule: one thread, one seed; what happens at one instant happens in the order in which it was asked for.
"""

import heapq
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from reminders.clock import ManualClock
from reminders.database import witness
from reminders.identifiers import Chance
from reminders.rehearsal.faults import Mix
from reminders.rehearsal.ledger import Fact, Line, Silence, Word, Wrote
from reminders.service import Service

Act = Callable[[], None]


class World:
    """The service under rehearsal, what is still to happen, and what has happened."""

    def __init__(self, service: Service, clock: ManualClock, *, seed: int, mix: Mix) -> None:
        self.service, self.clock, self.mix, self.seed = service, clock, mix, seed
        self.witness = witness.Witness(service.engine)
        self.refusals = witness.Refusals(service.engine)
        self.faults: Counter[str] = Counter()
        self.lines: list[Line] = []
        self.words: list[Word] = []
        self.facts: list[Fact] = []
        self.silences: list[Silence] = []
        self.wrote: list[Wrote] = []
        self.calm = not mix.lines  # no more faults from now on
        self._queue: list[tuple[datetime, int, Act]] = []
        self._asked = 0

    def chance(self, whose: str) -> Chance:
        """A stream of chance of its own: what one party does changes nothing of what another draws."""
        return Chance(f"{self.seed}:{whose}")

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def seq(self) -> int:
        """How far the store's witness has come."""
        return self.witness.last_seen()

    def at(self, instant: datetime, act: Act) -> None:
        self._asked += 1
        heapq.heappush(self._queue, (instant, self._asked, act))

    def after(self, act: Act, **elapsed: float) -> None:
        self.at(self.now + timedelta(**elapsed), act)

    def saw(self, fault: str) -> None:
        self.faults[fault] += 1

    def next_at(self) -> datetime | None:
        return self._queue[0][0] if self._queue else None

    def step(self) -> None:
        """Let the next thing happen."""
        instant, _, act = heapq.heappop(self._queue)
        if instant > self.now:
            self.clock.move_to(instant)
        act()

    def silence(self, address: str, channel: str) -> None:
        self.silences.append(Silence(seq=self.seq(), address=address, channel=channel))

    def unsilence(self, address: str, channel: str) -> None:
        """The patient wants messages again."""
        for number, each in enumerate(self.silences):
            if (each.address, each.channel, each.until) == (address, channel, None):
                self.silences[number] = replace(each, until=self.seq())
