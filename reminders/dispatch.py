"""Claim what is due, check it for the last time, write the intent, call once, record: one message, one call.

The last check and the intent commit together before the provider is called; an outcome is written by the
claim that owns it or not at all.
"""

import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from queue import Empty, SimpleQueue

from sqlalchemy import Connection

from reminders import awaiting, stopping, worklist
from reminders.claiming import Claimer
from reminders.clock import Clock
from reminders.consent import address_lookup
from reminders.database import claims, queries, worklog
from reminders.database.engine import is_away, writes_in_parallel
from reminders.enrollment import place_for
from reminders.logs import get_logger
from reminders.outcomes import Answer, Intent, Outcome, SentBack, Slot, outcomes_of
from reminders.service import Service
from reminders.transports.base import Misconfigured, OutcomeUnknown, Transport, TransportFailure
from schedules.protocol import Channel

SMALLEST_CLAIM, LARGEST_CLAIM = 20, 800
SMALLEST_PACED, MANY_MISSED = 5, 0.2  # where calls have slots, and how many of them may be missed
LONGEST_NAP = 0.5  # while messages wait for their sender; what else comes due meanwhile waits no longer
PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0)  # between tries to write outcomes while the database is away
CLAIM_SECONDS = 2.0  # a claim takes what its transports can send in about this time
STALE_SECONDS = 5.0  # a call that waited longer since its last check goes back
GROUP, GROUP_SECONDS = 400, 0.2  # outcomes committed together; only a transport of no delay fills one

log = get_logger(__name__)


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
    ) -> None:
        self._service = service
        self._transports = transports
        self._worker = worker
        self._may_claim = may_claim
        self._claimer = Claimer(service, transports, worker=worker)
        self._limit = 50
        self._broken: set[Channel] = set()
        self._waiting: deque[Intent] = deque()
        self._answers: SimpleQueue[tuple[Intent, Answer]] = SimpleQueue()
        self._left = 0  # calls whose answers have not been heard
        self._pool = ThreadPoolExecutor(service.settings.worker.senders, thread_name_prefix="sender")
        # Outcomes are written behind the next claim's back: the database works on the one while we check the other.
        self._recorder = ThreadPoolExecutor(1, thread_name_prefix="recorder")
        self._recording: Future[Counter[str]] | None = None
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
        try:
            while self._go_on(counts):
                pass
        finally:
            self._hear(counts)  # whatever has gone wrong: of no call is the answer lost
        self._recorded(counts)
        return Report(**{name: counts[name] for name in Report.__slots__})

    def _go_on(self, counts: Counter[str]) -> bool:
        """One claim and its calls; False when nothing is left to do, or no more may be claimed."""
        if self.stopping.is_set() or not self._may_claim():
            return False
        limit, clock = self._limit, self._service.clock
        intents, looked_at = self._claimer.claim(limit, counts)
        again_at, started, before = self._claimer.again_at, clock.monotonic(), self._left
        self._call(intents)
        self._hear(counts, until=again_at)
        if again_at is None and intents and not before:
            self._adapt(len(intents), clock.monotonic() - started)
        if looked_at < limit:
            self._recorded(counts)  # whatever waited for these messages finds them gone
            if again_at is not None:
                clock.sleep(max(0.0, min(again_at - clock.monotonic(), LONGEST_NAP)))
        return bool(looked_at) or again_at is not None

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
            self._recorded(counts)
            self._recording = self._recorder.submit(self._record, group)
            if not self._behind:
                self._recorded(counts)
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
        stopwatch = self._service.clock.monotonic()
        late = stopwatch - intent.written_at > STALE_SECONDS or stopwatch >= intent.lease_ends
        if late or channel in self._broken:
            return SentBack()
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

    def _adapt(self, sent: int, seconds: float) -> None:
        """Claim next time what the transports can send in about two seconds."""
        rate = sent / seconds if seconds > 0 else LARGEST_CLAIM
        self._limit = round(min(max(rate * CLAIM_SECONDS, SMALLEST_CLAIM), LARGEST_CLAIM))

    def _recorded(self, counts: Counter[str]) -> None:
        """Wait until the last group is written, and count it."""
        recording, self._recording = self._recording, None
        if recording is not None:
            counts.update(recording.result())

    def _record(self, group: Sequence[tuple[Intent, Answer]]) -> Counter[str]:
        """Write a group together or, where that fails, each by itself: one must not take the others along."""
        now = self._service.clock.now()
        outcomes = [outcome for intent, answer in group for outcome in _understood(intent, answer, now)]
        try:
            written = self._write_patiently(outcomes, now)
        except Exception as error:
            log.error("group_not_written", error, outcomes=len(outcomes))
            written = False
        kept = outcomes if written else [each for each in outcomes if self._write_alone(each, now)]
        self._apply_kept(kept)
        return Counter(outcome.counted for outcome in kept)

    def _apply_kept(self, outcomes: Sequence[Outcome]) -> None:
        """Receipts that came before our own record; what fails here is done by housekeeping."""
        try:
            awaiting.apply_kept(self._service, [each.intent.message.delivery_id for each in outcomes])
        except Exception as error:
            log.error("receipts_not_applied", error, outcomes=len(outcomes))

    def _write_patiently(self, outcomes: Sequence[Outcome], now: datetime) -> bool:
        """Write a group; while the database is away, again until half of its lease has gone."""
        clock = self._service.clock
        until = min(each.intent.written_at for each in outcomes) + self._service.settings.worker.lease_seconds / 2
        for pause in PAUSES:
            try:
                return self._write(outcomes, now)
            except Exception as error:
                if not is_away(error) or clock.monotonic() + pause > until:
                    raise
                log.error("database_away", outcomes=len(outcomes))
                clock.sleep(pause)
        return self._write(outcomes, now)

    def _write_alone(self, outcome: Outcome, now: datetime) -> bool:
        """False where it is not ours any more, or cannot be written: then its lease runs out and a person is told."""
        try:
            return self._write([outcome], now) or self._too_late(outcome, now)
        except Exception as error:
            delivery = outcome.intent.message.delivery_id
            log.error("outcome_lost", error, delivery=delivery, outcome=outcome.counted, provider=outcome.provider_id)
            return False

    def _write(self, outcomes: Sequence[Outcome], now: datetime) -> bool:
        """Write a group in one commit; False, and nothing written, where one of them is no longer ours."""
        with self._service.engine.connect() as connection, connection.begin() as transaction:
            # Enrollments are locked before their reminders, as every change does; and no claim that has read an
            # open consent may write its intent after this has closed it.
            queries.lock_addresses(connection, [self._address(each) for each in outcomes if each.closes_consent])
            if claims.record_outcomes(connection, [outcome.row(now) for outcome in outcomes]) != len(outcomes):
                transaction.rollback()
                return False
            for outcome in outcomes:
                self._follow_up(connection, outcome, now)
        return True

    def _address(self, outcome: Outcome) -> str:
        """The keyed hash of the address that was called, whatever the enrollment's is by now."""
        message = outcome.intent.message
        return address_lookup(self._service.vault, message.channel, message.to)

    def _follow_up(self, connection: Connection, outcome: Outcome, now: datetime) -> None:
        """The task, the closed consent or the pause that an outcome brings."""
        enrollment, reminder = outcome.intent.enrollment, outcome.intent.reminder
        channel = str(outcome.intent.message.channel)
        theirs = reminder.recipient is not None  # a caregiver's copy: the original is the patient's
        if outcome.task is not None and not self._need_not_be_told(outcome):
            whom = "Mend the caregiver's contact." if theirs else "Call the patient or mend the contact."
            if outcome.task == worklist.UNKNOWN:
                whom = worklist.unknown_advice(outcome.intent.message.delivery_id)
            task = worklist.reminder_task(
                enrollment,
                replace(reminder, fence=outcome.intent.fence),
                place_for(self._service, enrollment, now),
                now,
                kind=outcome.task,
                reason=f"{outcome.reason} (by {channel}). {whom}",
                urgent=not theirs,
            )
            worklog.open_tasks(connection, [task], now)
        if outcome.failure is not None:
            stopping.stop(
                self._service,
                connection,
                enrollment,
                outcome.failure,
                channel=outcome.intent.message.channel,
                address=self._address(outcome),
                now=now,
            )

    def _need_not_be_told(self, outcome: Outcome) -> bool:
        """Whether nobody need be told yet: the provider is asked first, or a caregiver wants no more copies."""
        if outcome.task == worklist.UNKNOWN:
            return self._transports[outcome.intent.message.channel].can_look_up
        theirs = outcome.intent.reminder.recipient is not None
        return theirs and outcome.failure is not None and stopping.is_opt_out(outcome.failure)

    def _too_late(self, outcome: Outcome, now: datetime) -> bool:
        """The lease was lost before the answer came: nothing changes, but the answer is kept and alarms."""
        delivery = outcome.intent.message.delivery_id
        log.error("late_outcome", delivery=delivery, outcome=outcome.counted)
        after = {"delivery": delivery, "outcome": outcome.counted, "provider_id": outcome.provider_id}
        with self._service.engine.begin() as connection:
            worklog.add_event(
                connection,
                enrollment=outcome.intent.enrollment.id,
                at=now,
                by=self._worker,
                action="late-outcome",
                after=after,
            )
        return False


def _understood(intent: Intent, answer: Answer, now: datetime) -> list[Outcome]:
    """What an answer comes to; one that nobody can make sense of is an unknown one."""
    try:
        return outcomes_of(intent, answer, now)
    except Exception as error:
        log.error("transport_broke", error, delivery=intent.message.delivery_id)
        return outcomes_of(intent, OutcomeUnknown("error", "the transport's answer makes no sense"), now)


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
