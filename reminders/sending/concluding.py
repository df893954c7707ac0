"""What calls came to is written down, in groups: an outcome by the claim that owns it, or not at all.

The rule: no answer is thrown away. One that cannot be written, or comes too late, leaves word and changes nothing.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain, repeat

from sqlalchemy import Connection

from reminders import stopping, worklist
from reminders.consent import address_lookup
from reminders.database import claims, queries, worklog
from reminders.database.engine import is_away, is_full, reading
from reminders.enrollment import place_for
from reminders.logs import get_logger
from reminders.outcomes import Answer, Intent, Outcome, SentBack, is_unreached, outcomes_of
from reminders.sending.circuit import Circuit
from reminders.service import Service
from reminders.settling import awaiting
from reminders.transports.base import OutcomeUnknown, Transport
from schedules.protocol import Channel

PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0)  # between tries to write outcomes while the database is away

log = get_logger(__name__)


class Concluder:
    """Writes for one worker; from one thread at a time."""

    def __init__(
        self,
        service: Service,
        transports: Mapping[Channel, Transport],
        circuits: Mapping[Channel, Circuit],
        *,
        worker: str,
    ) -> None:
        self._service = service
        self._transports = transports
        self._circuits = circuits
        self._worker = worker
        self.owed: list[tuple[Outcome, datetime]] = []  # what no database was there for, and when it was heard

    def record(self, group: Sequence[tuple[Intent, Answer]]) -> Counter[str]:
        """Write a group together or, where that fails, each by itself: one must not take the others along."""
        now = self._service.clock.now()
        understood = [outcome for intent, answer in group for outcome in _understood(intent, answer, now)]
        outcomes = [self._asking(outcome) for outcome in understood]
        try:
            written = self._write_patiently(outcomes, now)
        except Exception as error:
            log.error("group_not_written", error, outcomes=len(outcomes))
            written = False
        kept = outcomes if written else [each for each in outcomes if self._write_alone(each, now)]
        self._apply_kept(kept)
        return Counter(outcome.counted for outcome in kept)

    def catch_up(self) -> Counter[str]:
        """Write what is owed, or leave word of it: else nobody would know of the call that it is over."""
        owed, self.owed = self.owed, []
        kept = []
        while owed and not self.owed:  # one that fails says that the database is away still
            outcome, heard_at = owed.pop(0)
            kept += [outcome] if self._write_alone(outcome, heard_at) else []
        self.owed += owed
        self._apply_kept(kept)
        return Counter(outcome.counted for outcome in kept)

    def take_back(self, intent: Intent, *, finally_: bool) -> bool:
        """A call that was never made, and of which nobody knows whether it was written down; False where it was not.

        `finally_`: it would be there by now. Where others have judged it meanwhile, word is left.
        """
        now = self._service.clock.now()
        outcomes = outcomes_of(intent, SentBack(), now)
        if self.write(outcomes, now):
            return True
        with reading(self._service.engine) as connection:
            is_there = finally_ and claims.is_written_down(connection, intent.message.delivery_id)
        for outcome in outcomes if is_there else ():
            self._too_late(outcome, now)
        return is_there

    def _asking(self, outcome: Outcome) -> Outcome:
        """While a provider cannot be reached, what has asked it asks again, for all that wait."""
        until = self._circuits[outcome.intent.message.channel].until
        if until is None or outcome.due_at is None or not is_unreached(outcome.failure):
            return outcome
        return replace(outcome, due_at=min(outcome.due_at, until))

    def _apply_kept(self, outcomes: Sequence[Outcome]) -> None:
        """Receipts that came before our own record; what fails here is done by housekeeping."""
        try:
            awaiting.apply_kept(self._service, [each.intent.message.delivery_id for each in outcomes])
        except Exception as error:
            log.error("receipts_not_applied", error, outcomes=len(outcomes))

    def _write_patiently(self, outcomes: Sequence[Outcome], now: datetime) -> bool:
        """Write a group; while the database is away, again until half of its lease has gone."""
        clock, pauses = self._service.clock, chain(PAUSES, repeat(PAUSES[-1]))
        until = min(each.intent.written_at for each in outcomes) + self._service.settings.worker.lease_seconds / 2
        while True:
            try:
                return self.write(outcomes, now)
            except Exception as error:
                left = until - clock.monotonic()
                if not is_away(error) or left <= 0:
                    raise
                log.error("database_full" if is_full(error) else "database_away", outcomes=len(outcomes))
                clock.sleep(min(next(pauses), left))

    def _write_alone(self, outcome: Outcome, now: datetime) -> bool:
        """False where it is not ours any more, or cannot be written: then its lease runs out and a person is told.

        Where only the database is away it is owed.
        """
        try:
            return self.write([outcome], now) or self._is_written(outcome, now) or self._too_late(outcome, now)
        except Exception as error:
            delivery = outcome.intent.message.delivery_id
            log.error("outcome_lost", error, delivery=delivery, outcome=outcome.counted, provider=outcome.provider_id)
            if is_away(error):
                self.owed.append((outcome, now))
            return False

    def _is_written(self, outcome: Outcome, now: datetime) -> bool:
        """Whether an earlier try had written it, and only the answer to its COMMIT was lost."""
        with reading(self._service.engine) as connection:
            return claims.has_outcome(connection, outcome.row(now))

    def write(self, outcomes: Sequence[Outcome], now: datetime) -> bool:
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
