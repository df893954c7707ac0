"""Claim what is due, check it for the last time, write the intent, call once, record: one message, one call.

The last check and the intent commit together (claiming.py) before the provider is called here; what the call came to
is written by the claim that owns it or not at all (concluding.py).
"""

import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue

from reminders.clock import Clock
from reminders.database import claims
from reminders.database.engine import writes_in_parallel
from reminders.health.watching import Watchman
from reminders.logs import get_logger
from reminders.outcomes import Answer, Intent, SentBack, Slot, is_silent
from reminders.sending.circuit import OTHERS_LOOK
from reminders.sending.claiming import Claimer, unreached
from reminders.sending.concluding import Concluder
from reminders.service import Service
from reminders.transports.base import Misconfigured, OutcomeUnknown, Transport, TransportFailure
from schedules.protocol import Channel

SMALLEST_CLAIM, LARGEST_CLAIM = 20, 800
SMALLEST_PACED, MANY_MISSED = 5, 0.2  # where calls have slots, and how many of them may be missed
LONGEST_NAP = 0.5  # while messages wait for their sender; what else comes due meanwhile waits no longer
CLAIM_SECONDS = 2.0  # a claim takes what its transports can send in about this time
STALE_SECONDS = 5.0  # a call that waited longer since its last check goes back
GROUPS_BEHIND = 2  # as many as a claim without delay has: more would only keep answers out of the database
GROUP, GROUP_SECONDS = 400, 0.2  # outcomes committed together; only a transport of no delay fills one

Executors = Callable[[int, str], Executor]
"""Makes what calls and records are done by: so many hands, under a name."""

log = get_logger(__name__)


def threads(hands: int, name: str) -> Executor:
    """Threads, as everywhere but in a rehearsal, where one thing is done after another."""
    return ThreadPoolExecutor(hands, thread_name_prefix=name)


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """How many reminders each thing happened to."""

    sent: int = 0
    not_sent: int = 0
    refused: int = 0
    unknown: int = 0
    held: int = 0
    missed: int = 0


class Dispatcher:
    """One worker's hands. `run_due` may be called again and again, from one thread."""

    def __init__(
        self,
        service: Service,
        transports: Mapping[Channel, Transport],
        *,
        worker: str,
        may_claim: Callable[[], bool] = lambda: True,
        watchman: Watchman | None = None,
        executors: Executors = threads,
    ) -> None:
        """Without a watchman of the process's own nothing is kept outside the store: a rehearsal."""
        self._service = service
        self._transports = transports
        self._worker = worker
        self._may_claim = may_claim
        self._watchman = watchman or Watchman(service)
        self._claimer = Claimer(service, transports, worker=worker, watchman=self._watchman)
        self._concluder = Concluder(service, transports, self._claimer.circuits, worker=worker)
        self._limit = 50
        self._reached: SimpleQueue[Channel] = SimpleQueue()  # providers of which it is news that they answer
        self._broken: set[Channel] = set()
        self._waiting: deque[Intent] = deque()
        self._answers: SimpleQueue[tuple[Intent, Answer]] = SimpleQueue()
        self._left = 0  # calls whose answers have not been heard
        self._went_back = False  # whether a call did since the last claim: it is due still
        self._pool = executors(service.settings.worker.senders, "sender")
        # Outcomes are written behind the next claim's back: the database works on the one while we check the other.
        self._recorder = executors(1, "recorder")
        self._recording: deque[Future[Counter[str]]] = deque()
        self._behind = writes_in_parallel(service.engine)
        self.stopping = threading.Event()

    def close(self) -> None:
        """Let calls in flight finish, then end the sender threads."""
        self._pool.shutdown(wait=True)
        self._recorder.shutdown(wait=True)
        self._recorded(Counter())  # an error that nobody has heard of is heard here

    def run_due(self) -> Report:
        """Handle everything that is due; returns when nothing is, when `stopping` is set or no more may be claimed."""
        counts: Counter[str] = Counter()
        self._give_back(counts)
        told: Counter[str] = Counter()
        try:
            while self._go_on(counts):
                told = self._watchman.count(counts, told)
        except (Exception, KeyboardInterrupt):  # what ends a process at once leaves its calls to their leases
            self._hear(counts)  # whatever has gone wrong: of no call is the answer lost
            raise
        self._hear(counts)
        self._recorded(counts)
        self._watchman.count(counts, told)
        return Report(**{name: counts[name] for name in Report.__slots__})

    def _go_on(self, counts: Counter[str]) -> bool:
        """One claim and its calls; False when nothing is left to do, or no more may be claimed."""
        if self.stopping.is_set() or not self._may_claim():
            return False
        limit, clock = SMALLEST_CLAIM if self._let_one_ask() else self._limit, self._service.clock
        self._went_back = False
        intents, looked_at = self._claimer.claim(limit, counts)
        again_at, started, before = self._claimer.again_at, clock.monotonic(), self._left
        self._call(intents)
        self._hear(counts, until=again_at)
        if again_at is None and intents and not before:
            self._adapt(len(intents), clock.monotonic() - started)
        self._bring_forward()
        if looked_at < limit:
            self._recorded(counts)  # whatever waited for these messages finds them gone
            if again_at is not None:
                clock.sleep(max(0.0, min(again_at - clock.monotonic(), LONGEST_NAP)))
        return bool(looked_at) or again_at is not None or self._went_back

    @property
    def owes(self) -> bool:
        """Whether it knows of calls what the database does not, or has a provider to ask whether it is back."""
        return bool(self._concluder.owed or self._claimer.unsure or self._asking())

    def _asking(self) -> list[Channel]:
        return [channel for channel, circuit in self._claimer.circuits.items() if circuit.asks]

    def _let_one_ask(self) -> bool:
        """Where a provider's time to be asked has come, one of the messages that wait for it leaves first."""
        asking, now = self._asking(), self._service.clock.now()
        if asking:
            with self._service.engine.begin() as connection:
                for channel in asking:
                    claims.bring_forward(connection, unreached(channel), now, now + 2 * OTHERS_LOOK, most=1)
        return bool(asking)

    def _give_back(self, counts: Counter[str]) -> None:
        """What the database did not hear while it was away: answers, and what a claim wrote whose COMMIT is in doubt.

        Of the latter no call was made; a server may still be at it, and is asked again until the lease is over.
        """
        if self._concluder.owed:
            counts.update(self._recorder.submit(self._concluder.catch_up).result())
        clock, lease = self._service.clock, self._service.settings.worker.lease_seconds
        for intent in list(self._claimer.unsure):  # whatever fails here is asked again
            is_over = clock.monotonic() - intent.written_at >= lease
            taken_back = self._concluder.take_back(intent, finally_=is_over)
            if taken_back or is_over:
                self._claimer.unsure.remove(intent)
            if taken_back:
                log.warning("given_back", delivery=intent.message.delivery_id)

    def _call(self, intents: Sequence[Intent]) -> None:
        """Give calls to the senders, each in its slot."""
        if not intents:
            return
        self._broken.clear()
        self._left += len(intents)
        if self._waiting or any(intent.slot for intent in intents):
            intents = sorted([*self._drained(), *intents], key=lambda each: each.slot.begins if each.slot else 0.0)
        self._waiting.extend(intents)
        for _ in range(min(len(intents), self._service.settings.worker.senders)):
            self._pool.submit(self._call_all)

    def _drained(self) -> Iterator[Intent]:
        """What still waits for its slot; the senders take from the same line meanwhile."""
        with suppress(IndexError):
            while True:
                yield self._waiting.popleft()

    def _hear(self, counts: Counter[str], *, until: float | None = None) -> None:
        """Record what comes back, in groups: all of it, or what does before an instant of the stopwatch."""
        clock = self._service.clock
        while self._left:
            left = None if until is None or self._left > LARGEST_CLAIM else until - clock.monotonic()
            if left is not None and left <= 0:
                return
            group = _gather(self._answers, self._left, clock, left)
            if not group:
                return
            self._left -= len(group)
            self._recording.append(self._recorder.submit(self._concluder.record, group))
            self._recorded(counts, but=GROUPS_BEHIND if self._behind else 0)
            self._ease(group)

    def _call_all(self) -> None:
        """One sender: one call after another while there are any."""
        while True:
            try:
                intent = self._waiting.popleft()
            except IndexError:
                return
            self._answers.put((intent, self._answer(intent)))

    def _ease(self, group: Sequence[tuple[Intent, Answer]]) -> None:
        """Where calls miss their slots, claim fewer: the slots that are missed are nobody's."""
        self._went_back |= any(isinstance(answer, SentBack) for _, answer in group)
        slots = [answer for intent, answer in group if intent.slot]
        missed = sum(isinstance(answer, SentBack) for answer in slots)
        if slots:
            wanted = self._limit / 2 if missed > len(slots) * MANY_MISSED else self._limit * 1.25
            self._limit = round(min(max(wanted, SMALLEST_PACED), LARGEST_CLAIM))

    def _answer(self, intent: Intent) -> Answer:
        """One call, no retries; whatever is not a clear answer is an unknown one."""
        channel = intent.message.channel
        if intent.slot is not None and not self._is_in(intent.slot):
            return SentBack()
        # The stopwatch goes on while the process is frozen, and no clock that somebody sets moves it.
        stopwatch, circuit = self._service.clock.monotonic(), self._claimer.circuits[channel]
        late = stopwatch - intent.written_at > STALE_SECONDS or stopwatch >= intent.lease_ends
        if late or channel in self._broken:
            return SentBack()
        if not circuit.lets_through():
            return SentBack()
        answer = self._called(intent)
        if is_silent(answer):
            if circuit.not_reached():
                log.error("provider_unreachable", channel=str(channel))
        elif circuit.reached():
            self._reached.put(channel)
        return answer

    def _called(self, intent: Intent) -> Answer:
        channel = intent.message.channel
        try:
            return self._transports[channel].send(intent.message)
        except TransportFailure as failure:
            if isinstance(failure, Misconfigured):
                self._broken.add(channel)  # the rest of this claim need not knock at the same door
            return failure
        except Exception as error:  # our mistake, not the provider's: it may well have the message
            log.error("transport_broke", error, delivery=intent.message.delivery_id)
            return OutcomeUnknown("error", "the transport broke while sending")

    def _is_in(self, slot: Slot) -> bool:
        """Wait for a slot; False where it has passed, for the time behind it is given to others."""
        clock = self._service.clock
        wait = slot.begins - clock.monotonic()
        if wait > 0:
            clock.sleep(wait)
        return clock.monotonic() <= slot.ends

    def _bring_forward(self) -> None:
        """What waited for a provider that can be reached again leaves now, not when it would be looked at next."""
        while not self._reached.empty():
            channel, now = self._reached.get(), self._service.clock.now()
            try:
                with self._service.engine.begin() as connection:
                    waited = claims.bring_forward(connection, unreached(channel), now, now + 2 * OTHERS_LOOK)
            except Exception:
                self._reached.put(channel)  # it is news still
                raise
            if waited:
                log.info("provider_reached", channel=str(channel), waited=waited)

    def _adapt(self, sent: int, seconds: float) -> None:
        """Claim next time what the transports can send in about two seconds."""
        rate = sent / seconds if seconds > 0 else LARGEST_CLAIM
        self._limit = round(min(max(rate * CLAIM_SECONDS, SMALLEST_CLAIM), LARGEST_CLAIM))

    def _recorded(self, counts: Counter[str], *, but: int = 0) -> None:
        """Wait until all groups `but` the last few are written, and count them."""
        while len(self._recording) > but:
            counts.update(self._recording.popleft().result())


def _gather(
    answers: "SimpleQueue[tuple[Intent, Answer]]", most: int, clock: Clock, seconds: float | None = None
) -> list[tuple[Intent, Answer]]:
    """The next answers: as many as come within a fifth of a second of the first, at most a group.

    None at all where the first does not come within `seconds`.
    """
    try:
        group = [answers.get(timeout=seconds)]
    except Empty:
        return []
    until = clock.monotonic() + GROUP_SECONDS
    while len(group) < min(most, GROUP):
        try:
            group.append(answers.get(timeout=max(0.0, until - clock.monotonic())))
        except Empty:
            break
    return group
