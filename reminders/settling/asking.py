"""Unknown outcomes, settled by asking the provider: it has the message, or after enough looks surely not.

The rule: nothing is sent again unless the provider was asked three times within ten minutes or more and had nothing,
and the call it was about is over. No provider is asked inside a transaction.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from reminders import callbacks
from reminders.database import receipts as store
from reminders.database import unknowns
from reminders.database.engine import reading
from reminders.enrollment import load_whole
from reminders.lifecycle import DeliveryState
from reminders.logs import get_logger
from reminders.service import Service
from reminders.settling.awaiting import apply_kept
from reminders.settling.proven import never_left
from reminders.settling.receipts import Case, prove
from reminders.tasking import open_about
from reminders.transports.base import Accepted, CanLookUp, OutboundMessage, Transport, TransportFailure
from reminders.worklist import UNKNOWN, unknown_advice
from schedules.protocol import Channel

LOOKS, BETWEEN = 3, timedelta(minutes=5)
ENOUGH = timedelta(minutes=10)  # between the outcome becoming unknown and the last of these looks
TELL_AFTER = timedelta(minutes=14)  # with the quarter of a minute between two rounds it is never a quarter of an hour
SOON, LONGEST = timedelta(seconds=30), timedelta(hours=1)  # between two tries while the provider cannot be asked
MOST_IN_A_ROUND, ROUND_SECONDS = 200, 5.0
SAME_TIME = timedelta(minutes=5)  # two calls with the same words nearer than this may be taken for each other
SETTLER = "system"

Transports = Mapping[Channel, Transport]
Gone = Callable[[Connection, Collection[str]], set[str]]
"""Those of some workers that are surely no longer there."""

log = get_logger(__name__)


def asked_of(transports: Transports, row: Mapping[str, Any]) -> CanLookUp | None:
    """Who can be asked what became of a delivery: the transport that made the call, if it can look up at all."""
    transport = transports.get(Channel(row["channel"]))
    if transport is None or transport.name != row["transport"] or not transport.can_look_up:
        return None
    asked: object = transport
    return asked if isinstance(asked, CanLookUp) else None


def next_look(row: Mapping[str, Any]) -> datetime:
    """When to ask about a delivery next (UTC): at once, then every five minutes, more rarely the older it grows."""
    since, last = row["settled_at"], row["looked_at"]
    if last is None:
        return since  # type: ignore[no-any-return]
    least = BETWEEN if row["looks"] else SOON
    wait: timedelta = max(least, min((last - since) / 2, LONGEST))
    return last + wait  # type: ignore[no-any-return]


def tell_people(service: Service, transports: Transports) -> int:
    """A task for each unknown outcome that the provider has not settled in time, or cannot be asked about."""
    told, now = 0, service.clock.now()
    with service.engine.begin() as connection:
        rows = [
            row
            for row in unknowns.untold(connection)
            if now - row["settled_at"] >= TELL_AFTER or asked_of(transports, row) is None
        ]
        enrollments = load_whole(service, connection, [row["enrollment"] for row in rows], lock="share")[0]
        for row in rows:
            if row["enrollment"] not in enrollments:
                continue  # a change holds it; the next round finds it again
            reminder = replace(store.lock_reminder(connection, row["reminder"]), fence=row["fence"])
            reason = f"{row['reason']} (by {row['channel']}). {_asked(row)}{unknown_advice(row['id'])}"
            enrollment, urgent = enrollments[row["enrollment"]], reminder.recipient is None
            open_about(service, connection, enrollment, reminder, kind=UNKNOWN, reason=reason, urgent=urgent)
            told += 1
    return told


def _asked(row: Mapping[str, Any]) -> str:
    looks = row["looks"]
    return f"Asked {looks} time{'s' * (looks != 1)}, the provider did not have it. " if looks else ""


def settle_unknown(service: Service, transports: Transports, gone: Gone) -> int:
    """Ask the providers about unknown outcomes, a few at a time; how many are settled by it."""
    settled, silent = 0, set[str]()
    until = service.clock.monotonic() + ROUND_SECONDS
    for row, provider in _due(service, transports):
        if service.clock.monotonic() >= until:
            break
        if row["channel"] in silent:
            continue
        try:
            settled += _settle(service, provider, row, gone)
        except TransportFailure as failure:  # the look does not count; whoever cannot be asked now, is asked later
            silent.add(row["channel"])
            log.warning("provider_not_asked", channel=row["channel"], code=str(failure.code))
        except Exception as error:
            log.error("look_up_failed", error, delivery=row["id"])
    return settled


def _due(service: Service, transports: Transports) -> Iterator[tuple[dict[str, Any], CanLookUp]]:
    now = service.clock.now()
    named = {str(channel): one.name for channel, one in transports.items() if one.can_look_up}
    with reading(service.engine) as connection:
        rows = [row for row in unknowns.unknown(connection, named) if next_look(row) <= now]
    asked = ((row, asked_of(transports, row)) for row in rows[:MOST_IN_A_ROUND])
    return ((row, provider) for row, provider in asked if provider is not None)


def _settle(service: Service, provider: CanLookUp, row: Mapping[str, Any], gone: Gone) -> bool:
    """One look: taken, made, and concluded; whether that settled the delivery."""
    at = service.clock.now()
    with service.engine.begin() as connection:
        if not unknowns.take_look(connection, row, at):
            return False
    found = provider.look_up(_message(service, row), row["intended_at"])
    look = Look(service=service, row=row, at=at, gone=gone)
    settled = look.conclude(found)
    if settled:
        log.info("unknown_settled", delivery=row["id"], traces=len(found))
        apply_kept(service, [row["id"]])
    return settled


def _message(service: Service, row: Mapping[str, Any]) -> OutboundMessage:
    """The message as far as a provider is asked about it."""
    vault, id_, channel = service.vault, row["id"], Channel(row["channel"])
    return OutboundMessage(
        delivery_id=id_,
        enrollment=row["enrollment"],
        key=row["key"],
        channel=channel,
        to=vault.open("deliveries", id_, "recipient", row["recipient"]),
        text=vault.open("deliveries", id_, "content", row["content"]),
        callback_url=callbacks.status_url(service.settings.web, vault, id_, channel),
        again_of=row["again_of"],
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """One look at a delivery, taken at an instant; `row` is the delivery as it was before."""

    service: Service
    row: Mapping[str, Any]
    at: datetime
    gone: Gone

    def conclude(self, found: Sequence[Accepted]) -> bool:
        """Do what follows from what the provider has; False where nothing is settled by it."""
        with self.service.engine.begin() as connection:
            cases = lock_cases(self.service, connection, self.row, by=SETTLER)
            if not cases or not unknowns.is_taken(connection, self.row, self.at):
                return False  # its receipt came meanwhile, or a person has settled it
            known = unknowns.known_elsewhere(connection, self.row, [f.provider_id for f in found if f.provider_id])
            traces = [each for each in found if each.provider_id not in known]
            others = unknowns.same_text(connection, self.row, self.row["intended_at"] - SAME_TIME) if traces else []
            if DeliveryState.INTENDED in others:
                return False  # what was found may be another call's that has not been recorded yet
            if traces:
                _is_there(cases, traces, len(others))
                return True
            return self._is_not_there(connection, cases)

    def _is_not_there(self, connection: Connection, cases: Sequence[Case]) -> bool:
        """Nothing yet; nothing at all once there were enough looks and nobody can be in the middle of the call."""
        unknowns.count_look(connection, self.row)
        late = unknowns.late_answer(connection, self.row)
        if late is not None and late["outcome"] == "sent":  # the worker's own word, said after its lease
            for case in cases:
                prove(case, late["provider_id"])
            return True
        looks = self.row["looks"] + 1
        if looks < LOOKS or self.at - self.row["settled_at"] < ENOUGH:
            return False
        if late is None and not is_call_over(connection, self.row, self.gone):
            return False
        for case in cases:
            never_left(case, f"the provider was asked {looks} times and does not have it")
        return True


def is_call_over(connection: Connection, row: Mapping[str, Any], gone: Gone) -> bool:
    """Whether nobody can still be in the middle of a call: its worker has recorded what it saw, or is gone."""
    recorded = row["code"] is not None  # a lease that ran out leaves none
    return (
        recorded
        or unknowns.late_answer(connection, row) is not None
        or row["worker"] in gone(connection, [row["worker"]])
    )


def lock_cases(service: Service, connection: Connection, row: Mapping[str, Any], *, by: str) -> list[Case]:
    """The unknown deliveries of one message, the leader first, with their enrollment; all locked."""
    store.lock_enrollments(connection, row["enrollment"], [])
    message = store.lock_message(connection, row["leader"] or row["id"])
    enrollment = load_whole(service, connection, [row["enrollment"]])[0].get(row["enrollment"])
    if enrollment is None:
        return []
    now = service.clock.now()
    return [
        Case(service=service, connection=connection, enrollment=enrollment, delivery=each, now=now, by=by)
        for each in message
        if each["state"] == DeliveryState.UNKNOWN
    ]


def _is_there(cases: Sequence[Case], traces: Sequence[Accepted], others: int) -> None:
    """The provider has it. More often than there were calls: the patient may have it twice, and a person is told."""
    first = traces[0]
    for case in cases:
        prove(case, first.provider_id, segments=first.segments, receipt_expected=first.receipt_expected)
    if len(traces) > 1 + others:
        log.error("duplicate_at_provider", delivery=cases[0].delivery["id"], traces=len(traces))
        reminder = store.lock_reminder(cases[0].connection, cases[0].delivery["reminder"])
        why = f"the provider has this message {len(traces)} times: the patient may have it more than once. Call them."
        cases[0].ask(reminder, "duplicate", why, urgent=True)
