"""Claim what is due: the last check and the written intent, in one transaction, before any provider is called."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from reminders import identifiers, worklist
from reminders.attaching import attachments_for
from reminders.composing import Composed, compose
from reminders.database import approvals, claims, operating, revisions, worklog
from reminders.deciding import (
    APPROVAL,
    KEEP_BACK,
    LOOK_AGAIN,
    Candidate,
    Decision,
    End,
    Hold,
    Send,
    Wait,
    Way,
    decide,
)
from reminders.enrollment import load_readable
from reminders.lifecycle import State, check_move
from reminders.logs import get_logger
from reminders.outcomes import Intent
from reminders.protocols import ProtocolVersion
from reminders.records import Enrollment, Reminder, Task
from reminders.service import Service
from reminders.sites import find_site, place_of
from reminders.transports.base import Attachment, OutboundMessage, Transport
from schedules.corrections import find_step, has_step
from schedules.procedure import Place
from schedules.protocol import Channel, Each
from schedules.timeline import GAP

log = get_logger(__name__)

# A newer version of the protocol has dropped the step while its message was on the way, and it came back unsent.
DROPPED = End(state=State.WITHDRAWN, reason="its step is no longer in the protocol")


def _unread(now: datetime) -> Wait:
    return Wait(until=now + LOOK_AGAIN, reason="its enrollment could not be read; the log says why")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Checked:
    """One due reminder, what was decided, and the words where it is to leave."""

    candidate: Candidate
    decision: Decision
    composed: Composed | None = None
    attachments: tuple[Attachment, ...] = ()


class Claimer:
    """Takes due reminders for one worker and decides what becomes of each."""

    def __init__(self, service: Service, transports: Mapping[Channel, Transport], *, worker: str) -> None:
        self._service = service
        self._transports = transports
        self._worker = worker
        self._places: dict[tuple[str, str, int], Place] = {}
        self._drug_hashes = {row.name: row.content_hash for row in service.medications.rows}

    def claim(self, limit: int, counts: Counter[str]) -> tuple[list[Intent], int]:
        """One transaction: lock, check, write intents and whatever else was decided.

        Returns the calls that may be made now and how many reminders were looked at; `counts` gets the rest.
        """
        with self._service.engine.begin() as connection:
            now = self._service.clock.now()  # read once the right to write is ours: that may have taken seconds
            due = claims.due(connection, now, limit)
            checked, unread, dropped = self._check(connection, due, now) if due else ([], [], [])
            intents = self._write_intents(connection, [c for c in checked if isinstance(c.decision, Send)], now)
            kept = [(c.candidate.reminder, c.decision) for c in checked if not isinstance(c.decision, Send)]
            kept += [(reminder, _unread(now)) for reminder in unread]
            kept += [(reminder, DROPPED) for reminder, _ in dropped]
            claims.put_aside(connection, [_aside(reminder, decision, now) for reminder, decision in kept])
            tasks = self._tasks(checked, now) + [self._dropped_task(*each, now) for each in dropped]
            worklog.open_tasks(connection, tasks, now)
        for item in checked:
            counts[_counted(item.decision)] += 1
        written_at = self._service.clock.monotonic()
        looked_at = len(checked) + len(unread) + len(dropped)
        return [replace(intent, written_at=written_at) for intent in intents], looked_at

    def _check(
        self, connection: Connection, due: Sequence[Reminder], now: datetime
    ) -> tuple[list[_Checked], list[Reminder], list[tuple[Reminder, Enrollment]]]:
        """What was decided, what could not be read, and whose step is gone; what a change holds is in none of them."""
        ids = sorted({reminder.enrollment for reminder in due})
        enrollments, broken = load_readable(
            self._service,
            connection,
            ids,
            lambda each: (self._version(connection, each.protocol_hash), self._place(each, now)),
            lock="share",
        )
        unread = [reminder for reminder in due if reminder.enrollment in broken]
        versions = {e.id: self._version(connection, e.protocol_hash) for e in enrollments.values()}
        due = [reminder for reminder in due if reminder.enrollment in enrollments]
        gone = [r for r in due if not has_step(versions[r.enrollment].protocol, r.step)]
        dropped = [(reminder, enrollments[reminder.enrollment]) for reminder in gone]
        due = [reminder for reminder in due if reminder not in gone]
        ways, approved = self._ways(connection), self._approved(connection, versions.values())
        waiting, needed = self._before(connection, due, versions)
        last_left = self._last_left(connection, due, now)
        elsewhere = self._held_elsewhere(connection, due, versions, now, Each.RESUMES)
        already = self._held_elsewhere(connection, due, versions, now, Each.HOLDS)
        leaving: set[str] = set()
        checked = []
        for reminder in sorted(due, key=lambda each: each.position):
            enrollment, version = enrollments[reminder.enrollment], versions[reminder.enrollment]
            step = find_step(version.protocol, reminder.step)
            candidate = Candidate(
                reminder=reminder,
                enrollment=enrollment,
                protocol=version.protocol,
                place=self._place(enrollment, now),
                first_waiting=enrollment.id in waiting,
                first_leaving=enrollment.id in leaving,
                needed=needed.get((enrollment.id, f"{step.needs_sent}:{reminder.drug}")),
                approved=version.content_hash in approved
                and (reminder.drug is None or self._drug_hashes.get(reminder.drug) in approved),
                last_left=last_left.get(enrollment.id),
                held_elsewhere=elsewhere.get((enrollment.id, reminder.drug)),
                held_already=already.get((enrollment.id, reminder.drug)),
            )
            item = self._decided(candidate, version, ways, now)
            if isinstance(item.decision, Send):
                if step.first:
                    leaving.add(enrollment.id)
                if enrollment.id in last_left and reminder.copy_of is None:
                    last_left[enrollment.id] = now
            checked.append(item)
        return checked, unread, dropped

    def _decided(
        self, candidate: Candidate, version: ProtocolVersion, ways: Mapping[Channel, Way], now: datetime
    ) -> _Checked:
        decision = decide(candidate, ways, now)
        if not isinstance(decision, Send):
            return _Checked(candidate=candidate, decision=decision)
        try:
            composed = compose(
                candidate.enrollment,
                candidate.reminder,
                decision.channel,
                version=version,
                site=find_site(self._service.settings, candidate.enrollment.site),
                place=candidate.place,
                medications=self._service.medications,
            )
            attachments = attachments_for(
                self._service,
                candidate.enrollment,
                candidate.step,
                decision.channel,
                version=version,
                place=candidate.place,
                now=now,
            )
        except Exception as error:  # one text that cannot be made must not hold up the others
            log.error("text_failed", error, reminder=candidate.reminder.id)
            reason = "its text could not be made; call the patient instead"
            return _Checked(candidate=candidate, decision=End(state=State.MISSED, reason=reason, task="text"))
        return _Checked(candidate=candidate, decision=decision, composed=composed, attachments=attachments)

    def _before(
        self, connection: Connection, due: Sequence[Reminder], versions: Mapping[str, ProtocolVersion]
    ) -> tuple[set[str], dict[tuple[str, str], State]]:
        """Whose first message is still to come, and what became of the steps that others need to have left."""
        firsts = {(id_, step.key) for id_, version in versions.items() for step in version.protocol.steps if step.first}
        keys, states = {key for _, key in firsts}, [str(state) for state in KEEP_BACK]
        waiting = {id_ for id_, _ in firsts & claims.waiting_firsts(connection, list(versions), keys, states)}
        steps = [(find_step(versions[reminder.enrollment].protocol, reminder.step), reminder) for reminder in due]
        needed = {f"{step.needs_sent}:{reminder.drug}" for step, reminder in steps if step.needs_sent}
        return waiting, claims.latest_states(connection, list(versions), needed) if needed else {}

    def _last_left(self, connection: Connection, due: Sequence[Reminder], now: datetime) -> dict[str, datetime | None]:
        """When a message last left, for the enrollments an outage has made late; nobody else needs the question."""
        late = {r.enrollment for r in due if r.send_at is not None and now - r.send_at >= GAP}
        left = claims.last_left(connection, late) if late else {}
        return {enrollment: left.get(enrollment) for enrollment in late}

    def _held_elsewhere(
        self,
        connection: Connection,
        due: Sequence[Reminder],
        versions: Mapping[str, ProtocolVersion],
        now: datetime,
        each: Each,
    ) -> dict[tuple[str, str | None], str]:
        """Drugs about to resume, or to stop, that another procedure of the same patient needs held or has stopped."""
        concerned = [
            reminder
            for reminder in due
            if reminder.drug and find_step(versions[reminder.enrollment].protocol, reminder.step).for_each is each
        ]
        room = revisions.RESUME_ROOM if each is Each.RESUMES else timedelta(0)
        ids = {reminder.enrollment for reminder in concerned}
        others = revisions.held_for_others(connection, ids, now, room) if concerned else {}
        return {place: others[place] for r in concerned if (place := (r.enrollment, r.drug)) in others}

    def _ways(self, connection: Connection) -> dict[Channel, Way]:
        paused = operating.pauses(connection)
        return {
            channel: Way(live=transport.live, open=f"transport:{channel}" not in paused)
            for channel, transport in self._transports.items()
        }

    def _approved(self, connection: Connection, versions: Iterable[ProtocolVersion]) -> set[str]:
        names = {version.content_hash: version.protocol.name for version in versions}
        approved = {one for one, name in names.items() if approvals.approval(connection, "protocol", name, one)}
        return approved | approvals.approved_hashes(connection, "medication")

    def _version(self, connection: Connection, hash_: str) -> ProtocolVersion:
        return self._service.library.recorded(hash_, lambda: approvals.protocol_files(connection, hash_))

    def _place(self, enrollment: Enrollment, now: datetime) -> Place:
        key = (enrollment.site, enrollment.zone, now.year)
        if key not in self._places:
            self._places[key] = place_of(find_site(self._service.settings, enrollment.site), enrollment.zone, now.year)
        return self._places[key]

    def _write_intents(self, connection: Connection, leaving: Sequence[_Checked], now: datetime) -> list[Intent]:
        """Move the reminders to `sending` and write their deliveries; the calls may be made after the commit."""
        intents = [self._intent(item) for item in leaving]
        lease = now + timedelta(seconds=self._service.settings.worker.lease_seconds)
        by_channel: dict[Channel, list[Reminder]] = {}
        for intent in intents:
            check_move(intent.reminder.state, State.SENDING)
            by_channel.setdefault(intent.message.channel, []).append(intent.reminder)
        for channel, reminders in by_channel.items():
            claims.start_sending(connection, reminders, str(channel), worker=self._worker, lease_until=lease, now=now)
        claims.write_intents(connection, [self._delivery_row(intent, now) for intent in intents])
        return intents

    def _intent(self, item: _Checked) -> Intent:
        reminder, enrollment = item.candidate.reminder, item.candidate.enrollment
        decision, composed = item.decision, item.composed
        if not isinstance(decision, Send) or composed is None:
            raise TypeError("only what is to leave has an intent")
        rendered = composed.rendered
        message = OutboundMessage(
            delivery_id=identifiers.delivery_id(),
            enrollment=enrollment.id,
            key=reminder.key,
            channel=decision.channel,
            to=decision.address,
            subject=rendered.subject,
            text=rendered.text,
            html=rendered.html,
            attachments=item.attachments,
            expires_at=reminder.not_after,
            callback_url=self._callback_url(decision.channel),
        )
        tried = reminder if reminder.channel is decision.channel else replace(reminder, channel=decision.channel)
        return Intent(
            reminder=tried,
            enrollment=enrollment,
            message=message,
            fence=reminder.fence + 1,
            written_at=0.0,
            stated=composed.stated,
        )

    def _callback_url(self, channel: Channel) -> str | None:
        public = self._service.settings.web.public_url
        return f"{public.rstrip('/')}/hooks/twilio/status" if public and channel is not Channel.EMAIL else None

    def _delivery_row(self, intent: Intent, now: datetime) -> dict[str, Any]:
        message, vault = intent.message, self._service.vault
        content = message.text if message.subject is None else f"{message.subject}\n\n{message.text}"
        return {
            "id": message.delivery_id,
            "reminder": intent.reminder.id,
            "enrollment": intent.enrollment.id,
            "channel": str(message.channel),
            "transport": self._transports[message.channel].name,
            "worker": self._worker,
            "fence": intent.fence,
            "revision": intent.reminder.revision,
            "state": "intended",
            "recipient": vault.seal("deliveries", message.delivery_id, "recipient", message.to),
            "content": vault.seal("deliveries", message.delivery_id, "content", content),
            "content_hash": vault.lookup("content", content),
            "stated": dict(intent.stated),
            "intended_at": now,
        }

    def _dropped_task(self, reminder: Reminder, enrollment: Enrollment, now: datetime) -> Task:
        reason = f"{DROPPED.reason}. Look whether the patient still needs to know."
        place = self._place(enrollment, now)
        return worklist.reminder_task(enrollment, reminder, place, now, kind="stale", reason=reason, urgent=True)

    def _tasks(self, checked: Iterable[_Checked], now: datetime) -> list[Task]:
        """What the decisions leave to people, and the tasks of the steps that came to their time."""
        asked = [item for item in checked if item.candidate.reminder.copy_of is None]
        return [task for item in asked for task in (_step_task(item, now), _decision_task(item, now)) if task]


def _step_task(item: _Checked, now: datetime) -> Task | None:
    """The task a step opens when its time has come, unless the step must wait for a fact or was withdrawn."""
    candidate, decision = item.candidate, item.decision
    waits = isinstance(decision, Hold) and decision.task is None
    withdrawn = isinstance(decision, End) and decision.state is State.WITHDRAWN
    if candidate.step.opens_task is None or waits or withdrawn:
        return None
    named = f"{candidate.reminder.key}:{candidate.reminder.round}"
    return worklist.step_task(candidate.enrollment, candidate.step, named, candidate.place, now)


def _decision_task(item: _Checked, now: datetime) -> Task | None:
    candidate, decision = item.candidate, item.decision
    if not isinstance(decision, End | Hold) or decision.task is None:
        return None
    if decision.task == APPROVAL:
        return worklist.approval_task(
            candidate.enrollment, candidate.protocol, candidate.reminder.drug, candidate.place, now
        )
    return worklist.reminder_task(
        candidate.enrollment,
        candidate.reminder,
        candidate.place,
        now,
        kind=decision.task,
        reason=decision.reason,
        urgent=candidate.step.missed_urgent or decision.task == "held",
    )


def _counted(decision: Decision) -> str:
    if isinstance(decision, Hold):
        return "held"
    return "missed" if isinstance(decision, End) and decision.state is State.MISSED else "other"


def _aside(reminder: Reminder, decision: Wait | Hold | End, now: datetime) -> dict[str, Any]:
    """The row of `claims.put_aside` for what does not leave now."""
    state, due_at, waits_for = reminder.state, reminder.due_at, reminder.waits_for
    if isinstance(decision, Wait):
        due_at = decision.until
    elif isinstance(decision, Hold):
        state, waits_for = State.HELD, decision.waits_for
    else:
        state, due_at = decision.state, None
    if state is not reminder.state:
        check_move(reminder.state, state)
    return {
        "reminder": reminder.id,
        "new_state": state.value,
        "new_reason": decision.reason,
        "new_due_at": due_at,
        "new_waits_for": list(waits_for),
        "new_changed_at": now,
    }
