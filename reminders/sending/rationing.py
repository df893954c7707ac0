"""What one claim takes, in which order, and when each of its messages may leave: no faster than the senders take them.

The rule: the most urgent first, then what is soon wrong to send, then the longest due; and every few claims the longest
due first, so that nothing waits for ever.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import chain
from math import ceil, inf

from sqlalchemy import Connection

from reminders.budgeting import HORIZON, Slots, rate_of
from reminders.database import backlog, claims, senders
from reminders.deciding import FIRST_LOOK, Wait
from reminders.outcomes import Intent, Slot
from reminders.records import Reminder
from reminders.service import Service
from reminders.texts.segments import segments
from reminders.transports.base import Transport
from schedules.protocol import Channel

LONGEST_FIRST = 4  # one claim in so many
LEARNING = 0.2  # how much one message changes what the next are expected to take
BUSY = 0.25 * HORIZON  # seconds until a sender that another claim is giving away is asked for again
SOON = 0.05  # at the earliest: what has no slot though there is room would else be looked at without a pause
NO_SLOT = "waits until its sender has room"

FIRST = (backlog.URGENT, backlog.ENDING)
By = Channel | None


def units_of(intent: Intent) -> int:
    """How much of its sender a message takes: a text its segments, a call or an e-mail one."""
    return segments(intent.message.text) if intent.message.channel is Channel.SMS else 1


@dataclass(slots=True)
class _Habit:
    """What a worker has learned of one channel: how large its messages are, and how many of those due want to leave."""

    units: float = 1.0
    leave: float = 1.0


class Rationer:
    """One worker's view of the senders, from claim to claim."""

    def __init__(self, service: Service, transports: Mapping[Channel, Transport]) -> None:
        configured = service.settings.transports
        rates = {channel: rate_of(configured.get(channel), one.per_second) for channel, one in transports.items()}
        self.rates = {channel: rate for channel, rate in rates.items() if rate is not None}
        self.clock = service.clock
        self.habits = {channel: _Habit() for channel in self.rates}
        self._turns: dict[By, int] = {}

    def begin(self, connection: Connection, now: datetime) -> "Ration":
        """What the senders have to give in one claim; their rows are locked until it commits."""
        if not self.rates:
            return Ration(rationer=self, now=now)
        names = [str(channel) for channel in self.rates]
        until = senders.lock(connection, names)
        if len(until) < len(names):  # another claim has it, or it is not there: a first claim may come to nothing
            senders.make(connection, names)
            until |= senders.lock(connection, names)
        there, here = senders.time_of(connection, now), self.clock.monotonic()
        slots = {
            channel: Slots(rate, free=here + (until[str(channel)] - there).total_seconds(), now=here)
            for channel, rate in self.rates.items()
            if str(channel) in until
        }
        return Ration(rationer=self, now=now, there=there, here=here, slots=slots)

    def is_turned(self, by: By = None) -> bool:
        """Whether a claim takes the longest due of a channel first; only claims that take some of it are counted."""
        self._turns[by] = (self._turns.get(by, 0) + 1) % LONGEST_FIRST
        return self._turns[by] == 0

    def plain(self, connection: Connection, now: datetime, limit: int) -> list[Reminder]:
        """What to look at where no sender has a known limit: everything in turn, unless there is more than a claim."""
        longest = claims.due(connection, now, limit)
        if len(longest) < limit or self.is_turned():
            return longest
        first = (backlog.look(connection, what, now, limit) for what in FIRST)
        return _in_order(limit, chain(*first, longest))


@dataclass(kw_only=True, slots=True)
class Ration:
    """What one claim may take. `again_at`: from when (stopwatch) another may find room for what waits; None: it waits
    for nothing."""

    rationer: Rationer
    now: datetime
    there: datetime | None = None  # the instant on the clock of the senders' rows
    here: float = 0.0  # the stopwatch at that instant
    slots: Mapping[Channel, Slots] = field(default_factory=dict)
    put_off: list[tuple[Reminder, Wait]] = field(default_factory=list)
    again_at: float | None = None
    _ranks: dict[int, int] = field(default_factory=dict)
    _by: dict[int, By] = field(default_factory=dict)  # for which channel each was chosen
    _looked_at: dict[By, int] = field(default_factory=dict)
    _cut: set[Channel] = field(default_factory=set)  # of which more is due than this claim takes

    def choose(self, connection: Connection, limit: int) -> list[Reminder]:
        """The reminders to look at, at most about `limit` of each channel; nobody else can take them meanwhile."""
        if not self.rationer.rates:
            return self.rationer.plain(connection, self.now, limit)
        chosen: list[Reminder] = []
        for by in (*Channel, None):
            most = self._most(by, limit)
            found = self._of(connection, by, most) if most else []
            if by in self.slots and most and len(found) == most:
                self._cut.add(by)
            self._looked_at[by] = len(found)
            self._by |= dict.fromkeys((reminder.id for reminder in found), by)
            chosen += found
        self._ranks = {reminder.id: rank for rank, reminder in enumerate(chosen)}
        return chosen

    def _most(self, by: By, limit: int) -> int:
        """How many of a channel are worth looking at: as many as its sender has room for, as far as one can tell."""
        if by is None or by not in self.rationer.rates:
            return limit
        slots, habit = self.slots.get(by), self.rationer.habits[by]
        return min(limit, ceil(slots.room / habit.units / habit.leave)) if slots else 0

    def _of(self, connection: Connection, by: By, most: int) -> list[Reminder]:
        longest = backlog.look_by(connection, backlog.LONGEST, by, self.now, most)
        if not longest or self.rationer.is_turned(by):
            return longest
        first = (backlog.look_by(connection, what, by, self.now, most) for what in FIRST)
        return _in_order(most, chain(*first, longest))

    def allot(self, intents: list[Intent]) -> list[Intent]:
        """Those that leave, each with its slot where its sender has a limit, in the order in which they were chosen."""
        if not self.rationer.rates:
            return intents
        now = self.rationer.clock.monotonic()
        for slots in self.slots.values():
            slots.now = now
        given = [self._with_slot(intent) for intent in sorted(intents, key=self._rank)]
        self._learn(intents)
        return [intent for intent in given if intent is not None]

    def _rank(self, intent: Intent) -> int:
        last = len(self._ranks)
        return min(self._ranks.get(one.reminder.id, last) for one in (intent, *intent.followers))

    def _with_slot(self, intent: Intent) -> Intent | None:
        channel = intent.message.channel
        if channel not in self.rationer.rates:
            return intent
        slots = self.slots.get(channel)
        ends = intent.message.expires_at
        until = inf if ends is None else self.here + (ends - self.now).total_seconds()
        begins = slots.take(units_of(intent), until=until) if slots else None
        if slots is not None and begins is not None:
            return replace(intent, slot=Slot(begins=begins, ends=begins + slots.tolerance))
        self._leave(intent, channel)
        return None

    def _leave(self, intent: Intent, channel: Channel) -> None:
        """It stays as it is, in its place; what was chosen for another channel would come up in every claim anew."""
        self._cut.add(channel)
        group = (intent, *intent.followers)
        if channel in self.slots and all(self._by.get(one.reminder.id, channel) is channel for one in group):
            return
        for one in group:
            until, ends = self.now + FIRST_LOOK, one.reminder.not_after
            wait = Wait(until=until if ends is None else min(until, ends), reason=NO_SLOT)
            self.put_off.append((one.reminder, wait))

    def _learn(self, intents: Iterable[Intent]) -> None:
        wanted: dict[By, int] = {}
        for intent in intents:
            channel = intent.message.channel
            wanted[channel] = wanted.get(channel, 0) + 1 + len(intent.followers)
            if habit := self.rationer.habits.get(channel):
                habit.units += LEARNING * (units_of(intent) - habit.units)
        for channel, habit in self.rationer.habits.items():
            if looked_at := self._looked_at.get(channel):
                habit.leave = max(wanted.get(channel, 0), 1) / max(looked_at, wanted.get(channel, 0))

    def end(self, connection: Connection) -> None:
        """Write down what was given away, and see what waits."""
        if self.there is None:
            return
        given = {
            str(channel): self.there + timedelta(seconds=slots.free - self.here)
            for channel, slots in self.slots.items()
            if slots.is_taken
        }
        senders.give(connection, given)
        waits = [channel for channel in self.rationer.rates if self._waits(connection, channel)]
        asked = [self.slots[one].again_at if one in self.slots else self.here + BUSY for one in waits]
        self.again_at = max(min(asked), self.here + SOON) if asked else None

    def _waits(self, connection: Connection, channel: Channel) -> bool:
        unseen = not self._looked_at.get(channel)
        return channel in self._cut or (unseen and backlog.waits(connection, channel, self.now))


def _in_order(limit: int, reminders: Iterable[Reminder]) -> list[Reminder]:
    """At most `limit`, each once."""
    found: dict[int, Reminder] = {}
    for reminder in reminders:
        if len(found) < limit:
            found.setdefault(reminder.id, reminder)
    return list(found.values())
