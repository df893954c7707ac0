"""What a provider says later of a message it took: the delivery and its reminder move on, and a failure falls back.

The rule: the same events leave the same behind, in whatever order and however often they come; no state is lowered.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from reminders import stopping, tasking
from reminders.database import queries, worklog
from reminders.database import receipts as store
from reminders.enrollment import load_whole, recorded_version
from reminders.hooks.base import StatusEvent
from reminders.lifecycle import UNSENT, DeliveryState, State, check_delivery_move, check_move
from reminders.logs import get_logger
from reminders.outcomes import receipt_due
from reminders.receipt_ranks import Progress, merge, progress_of
from reminders.records import Enrollment, Reminder
from reminders.service import Service
from reminders.settling.falling_back import fall_back
from reminders.transports.base import TransportFailure
from reminders.transports.twilio_errors import failure_of_receipt
from reminders.worklist import unknown_cause
from schedules.protocol import RECEIPT_WITHIN, Channel
from schedules.unplanned import find_step, has_step, is_planned

APPLIED, NOTED, KEPT = "applied", "noted", "kept"
UNKNOWN_DELIVERY, MISDIRECTED, CONTRADICTS = "unknown-delivery", "misdirected", "contradicts"
"""What an event comes to, as the ledger says it."""

CAME_TO_NOTHING = {DeliveryState.NOT_SENT, DeliveryState.REFUSED, DeliveryState.ABSENT, DeliveryState.ABANDONED}
ON_COURSE = {DeliveryState.ACCEPTED, DeliveryState.DELIVERED}
AFTER_ALL = {State.PLANNED, State.HELD, State.FAILED}
"""Where a reminder may stand whose message is first said to have failed and then to have arrived."""

log = get_logger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """A delivery something was said of, and its enrollment, both locked."""

    service: Service
    connection: Connection
    enrollment: Enrollment
    delivery: Mapping[str, Any]
    now: datetime
    by: str = stopping.PROVIDER

    @property
    def channel(self) -> Channel:
        return Channel(self.delivery["channel"])

    def change(self, state: DeliveryState, /, **values: Any) -> bool:
        """Change the delivery; False where it has left `state`."""
        if "state" in values:
            check_delivery_move(state, values["state"])
        return store.change_delivery(self.connection, self.delivery["id"], state, **values)

    def move(self, reminder: Reminder, state: State, **values: Any) -> None:
        check_move(reminder.state, state)
        values = {"state": state, "due_at": None, "changed_at": self.now, **values}
        queries.change_reminder(self.connection, reminder.id, (reminder.state,), **values)

    def close_unknown(self, reminder: Reminder) -> None:
        """Nobody need ask any more what the call came to."""
        cause = unknown_cause(reminder, self.delivery["fence"])
        worklog.finish_by_cause(self.connection, cause, by=self.by, now=self.now)

    def tell(self, action: str, **after: Any) -> None:
        """A line in the event log."""
        worklog.add_event(
            self.connection,
            enrollment=self.enrollment.id,
            at=self.now,
            by=self.by,
            action=action,
            after={"delivery": self.delivery["id"], "channel": str(self.channel), **after},
        )

    def ask(self, reminder: Reminder, kind: str, reason: str, *, urgent: bool = False) -> None:
        """A task for people."""
        tasking.open_about(
            self.service, self.connection, self.enrollment, reminder, kind=kind, reason=reason, urgent=urgent
        )


def apply(service: Service, connection: Connection, event: StatusEvent, now: datetime) -> str:
    """Bring one event to its delivery, and to all that travel in the same message; what it came to."""
    failure = failure_of(event)
    message = _locked_message(connection, event, failure)
    if not message:
        log.warning("receipt_of_unknown_delivery", provider=event.provider, status=event.status)
        return UNKNOWN_DELIVERY
    found = message[0]
    if _is_misdirected(connection, message, event):
        log.error("receipt_misdirected", provider=event.provider, delivery=found["id"])
        return MISDIRECTED
    if any(each["state"] == DeliveryState.INTENDED for each in message):
        return KEPT
    if failure is None and all(each["state"] in ON_COURSE for each in message):
        for each in message:
            _go_on(connection, each, event, now)
        return APPLIED
    enrollment = load_whole(service, connection, [found["enrollment"]])[0].get(found["enrollment"])
    if enrollment is None:
        return KEPT
    cases = [
        Case(service=service, connection=connection, enrollment=enrollment, delivery=each, now=now) for each in message
    ]
    outcomes = [settle(case, event, failure) for case in cases]
    return outcomes[0]


def _locked_message(
    connection: Connection, event: StatusEvent, failure: TransportFailure | None
) -> Sequence[Mapping[str, Any]]:
    """A delivery and all that travel with it; before them its enrollment, and every other that a failure may stop."""
    if failure is None:
        return store.message_of(connection, event.delivery, event.provider_id)
    found = store.find_delivery(connection, event.delivery, event.provider_id)
    if found is None:
        return ()
    address = found["recipient_lookup"]
    closes = stopping.closes_channel(failure, Channel(found["channel"])) and address is not None
    store.lock_enrollments(connection, found["enrollment"], [address] if closes else [])
    return store.lock_message(connection, found["leader"] or found["id"])


def record_outcome(connection: Connection, event: StatusEvent, outcome: str, now: datetime) -> bool:
    """Say in the ledger what an event came to; False where it waits for our own record."""
    at = None if outcome == KEPT else now
    named = (event.provider, event.provider_id, event.status)
    store.settle_event(connection, *named, outcome=outcome, applied_at=at)
    return at is not None


def failure_of(event: StatusEvent) -> TransportFailure | None:
    """What went wrong, where the event says that the message did not arrive."""
    return failure_of_receipt(event.code) if progress_of(event.status) is Progress.FAILED else None


def _is_misdirected(connection: Connection, message: Sequence[Mapping[str, Any]], event: StatusEvent) -> bool:
    """A delivery has one id at its provider, and the id stands for no other message."""
    known = message[0]["provider_id"]
    if known is not None:
        return bool(known != event.provider_id)
    return store.is_anothers(connection, event.provider_id, [each["id"] for each in message])


def _go_on(connection: Connection, delivery: Mapping[str, Any], event: StatusEvent, now: datetime) -> None:
    """The common course of things: on its way, then with the patient. It needs nothing of the enrollment."""
    state, word = DeliveryState(delivery["state"]), merge(delivery["receipt"], event.status)
    if progress_of(word) is not Progress.ARRIVED or state is DeliveryState.DELIVERED:
        store.change_delivery(connection, delivery["id"], state, receipt=word)
        return
    check_delivery_move(state, DeliveryState.DELIVERED)
    values = {"state": DeliveryState.DELIVERED, "receipt": word, "receipt_due_at": None, "reason": event.reason}
    store.change_delivery(connection, delivery["id"], state, **values)
    check_move(State.SENT, State.DELIVERED)
    queries.change_reminder(connection, delivery["reminder"], (State.SENT,), state=State.DELIVERED, changed_at=now)


def settle(case: Case, event: StatusEvent, failure: TransportFailure | None) -> str:
    """Move one recorded delivery as far as an event takes it."""
    state = DeliveryState(case.delivery["state"])
    if state in CAME_TO_NOTHING:
        return _contradicted(case, state, event)
    if state is DeliveryState.UNKNOWN:
        prove(case, event.provider_id)
        state = DeliveryState.ACCEPTED
    word = merge(case.delivery["receipt"], event.status)
    if state is DeliveryState.UNDELIVERED:
        return _late(case, word, event.reason)
    if failure is not None and state is DeliveryState.ACCEPTED:
        end_undelivered(case, failure, event.reason or failure.text, receipt=word)
    else:
        _go_on(case.connection, {**case.delivery, "state": state}, event, case.now)
    return APPLIED


# Taken after all


def prove(case: Case, provider_id: str | None, *, segments: int | None = None, receipt_expected: bool = True) -> None:
    """The answer to the call was lost, and the provider has the message: it says so, or a person does."""
    reminder = store.lock_reminder(case.connection, case.delivery["reminder"])
    protocol = recorded_version(case.service, case.connection, case.enrollment).protocol
    known = has_step(protocol, reminder.step)
    within = find_step(protocol, reminder.step).receipt_within if known else RECEIPT_WITHIN
    named = {"provider_id": provider_id, "segments": segments} if case.delivery["leader"] is None else {}
    due = receipt_due(case.now, within, reminder) if receipt_expected else None
    taken: dict[str, Any] = {"state": DeliveryState.ACCEPTED, "receipt_due_at": due, "code": None, "reason": None}
    case.change(DeliveryState.UNKNOWN, **taken, **named)
    if reminder.state is State.UNKNOWN:
        case.move(reminder, State.SENT, reason=None)
    case.close_unknown(reminder)
    case.tell("outcome-settled", reminder=reminder.key, state="accepted")


# Arrived after all


def _late(case: Case, word: str, reason: str | None) -> str:
    """Another word about what counts as undelivered; where it has arrived, no other message need say the same."""
    if progress_of(word) is not Progress.ARRIVED:
        case.change(DeliveryState.UNDELIVERED, receipt=word)
        return APPLIED
    reminder = store.lock_reminder(case.connection, case.delivery["reminder"])
    if not _still_counts(case, reminder):
        return _noted(case, reminder, word)
    case.change(DeliveryState.UNDELIVERED, state=DeliveryState.DELIVERED, receipt=word, reason=reason)
    case.move(reminder, State.DELIVERED, reason="it was delivered after all", channel=str(case.channel))
    case.tell("delivered-after-all", reminder=reminder.key, before=str(reminder.state))
    return APPLIED


def _still_counts(case: Case, reminder: Reminder) -> bool:
    """Whether a message that arrived late is the reminder's: nobody was called since, and nothing was planned anew."""
    same_plan = case.delivery["revision"] == case.enrollment.revision
    return same_plan and reminder.state in AFTER_ALL and not store.another_is_live(case.connection, case.delivery)


def _noted(case: Case, reminder: Reminder, word: str) -> str:
    """Another message has gone meanwhile, or another plan holds: the receipt is kept, and no state follows it."""
    case.change(DeliveryState.UNDELIVERED, receipt=word)
    if progress_of(case.delivery["receipt"] or "") is Progress.ARRIVED:
        return NOTED  # `read` after `delivered`: it has been said
    case.tell("delivered-after-all", reminder=reminder.key, before=str(reminder.state))
    if case.delivery["revision"] != case.enrollment.revision or reminder.state is State.WITHDRAWN:
        why = "a message we took for undelivered has arrived, after the plan had changed. Look whether it still holds."
        case.ask(reminder, "contradiction", why, urgent=True)
    return NOTED


def _contradicted(case: Case, state: DeliveryState, event: StatusEvent) -> str:
    """The provider speaks of a message that we took for surely not sent."""
    log.error("receipt_contradicts", delivery=case.delivery["id"], state=str(state), status=event.status)
    case.tell("receipt-contradicts", state=str(state), status=event.status)
    if state is DeliveryState.ABSENT and progress_of(event.status) is not Progress.FAILED:
        _not_absent(case, event)
    return CONTRADICTS


def _not_absent(case: Case, event: StatusEvent) -> None:
    """The provider has it after all: what has not left a second time does not leave any more."""
    arrived = progress_of(event.status) is Progress.ARRIVED
    reminder = store.lock_reminder(case.connection, case.delivery["reminder"])
    if _still_counts(case, reminder) and reminder.state in UNSENT:
        if arrived:
            case.move(reminder, State.DELIVERED, reason="it was delivered after all", channel=str(case.channel))
            return
        case.move(reminder, State.WITHDRAWN, reason="the provider has the first message after all")
        why = "a message we took for lost is on its way after all, and no second one is sent. Look whether it arrives."
        case.ask(reminder, "contradiction", why, urgent=True)
    elif arrived:
        why = "a message we took for lost was delivered: the patient may have it twice. Look what was said."
        case.ask(reminder, "contradiction", why, urgent=True)


# Not arrived


def end_undelivered(case: Case, failure: TransportFailure, said: str, *, receipt: str | None = None) -> bool:
    """Taken, and not delivered: what it stops is stopped, and the reminder goes on or becomes a person's matter."""
    values = {"code": failure.provider_code or str(failure.code), "reason": said, "receipt_due_at": None}
    if receipt is not None:
        values["receipt"] = receipt
    if not case.change(DeliveryState.ACCEPTED, state=DeliveryState.UNDELIVERED, **values):
        return False  # its receipt came in this very instant
    address = case.delivery["recipient_lookup"]
    if address is not None and not _is_taken_back(case, failure):
        stopping.stop(
            case.service,
            case.connection,
            case.enrollment,
            failure,
            channel=case.channel,
            address=address,
            now=case.now,
            by_receipt=True,
        )
    reminder = store.lock_reminder(case.connection, case.delivery["reminder"])
    if reminder.state is State.SENT:
        _fall_back(case, reminder, failure, said)
    return True


def _is_taken_back(case: Case, failure: TransportFailure) -> bool:
    """An opt-out that is told so late that the patient has agreed anew meanwhile, by START or in person."""
    consent = case.enrollment.consents.get(case.channel)
    return stopping.is_opt_out(failure) and consent is not None and consent.granted_at > case.delivery["intended_at"]


def _fall_back(case: Case, reminder: Reminder, failure: TransportFailure, said: str) -> None:
    enrollment = queries.load_enrollment(case.connection, case.service.vault, case.enrollment.id) or case.enrollment
    fallback = fall_back(
        replace(reminder, channel=case.channel),
        enrollment,  # as it is by now: a consent may just have been closed
        failure,
        undelivered=store.times_undelivered(case.connection, case.delivery),
        planned_again=is_planned(reminder.step) and store.is_planned_again(case.connection, reminder),
        now=case.now,
    )
    reason = f"not delivered by {case.channel}: {said}"
    channel = str(fallback.channel or case.channel)
    case.move(reminder, fallback.state, reason=reason, channel=channel, due_at=fallback.due_at)
    code, then = failure.provider_code or str(failure.code), str(fallback.state)
    case.tell("undelivered", reminder=reminder.key, code=code, state=then, then_by=fallback.channel)
    if fallback.advice is not None:
        case.ask(reminder, "undelivered", f"{reason} {fallback.advice}")
