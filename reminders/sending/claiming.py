"""Claim what is due: the last check and the written intent, in one transaction, before any provider is called."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zlib import crc32

from sqlalchemy import Connection

from reminders import callbacks, capping, worklist
from reminders.database import approvals, claims, operating, revisions, worklog
from reminders.database.engine import is_full
from reminders.database.locks import one_at_a_time
from reminders.deciding import LOOK_AGAIN, Candidate, End, Send, Wait, Way
from reminders.enrollment import load_readable
from reminders.health.watching import Watchman
from reminders.lifecycle import State
from reminders.logs import get_logger
from reminders.outcomes import Intent
from reminders.pausing import EVERYTHING, Pauses, pause_of, site_scope, transport_scope
from reminders.protocols import ProtocolVersion
from reminders.records import Enrollment, Reminder, Task
from reminders.sending.circuit import OTHERS_LOOK, Circuit
from reminders.sending.intending import Intender
from reminders.sending.judged import Checked, aside, counted, decision_task, step_task
from reminders.sending.rationing import Rationer
from reminders.sending.ringing import Line
from reminders.sending.sequencing import Reader, ahead_of, reader_of
from reminders.service import Service
from reminders.sites import find_site, place_of
from reminders.transports.base import Transport
from schedules.corrections import is_correction
from schedules.procedure import Place
from schedules.protocol import Channel, Each
from schedules.timeline import GAP
from schedules.unplanned import find_step, has_step, is_response

log = get_logger(__name__)

LATE_LOCKS = 32

# A newer version of the protocol has dropped the step while its message was on the way, and it came back unsent.
DROPPED = End(state=State.WITHDRAWN, reason="its step is no longer in the protocol")


def unreached(channel: Channel) -> str:
    """Why a message waits for its provider; it is brought forward by this reason when a call gets through."""
    return f"the {channel} provider cannot be reached; it is asked once in a while"


def _unread(now: datetime) -> Wait:
    return Wait(until=now + LOOK_AGAIN, reason="its enrollment could not be read; the log says why")


def _turn(reminder: Reminder, version: ProtocolVersion) -> tuple[bool, bool, int]:
    """What keeps others back is decided before them."""
    step = find_step(version.protocol, reminder.step)
    return not step.first, not is_correction(reminder.step), reminder.position


def _keeps_others_back(reminder: Reminder) -> bool:
    """Whether late messages keep their distance from it: not from a copy beside its step, nor from a response."""
    return (reminder.copy_of is None or reminder.recipient is not None) and not is_response(reminder.step)


class _Leaving:
    """What leaves in one claim, as far as the decisions after it must know; what goes as one message left once."""

    def __init__(self, last_left: dict[Reader, datetime | None]) -> None:
        self._last_left = last_left
        self._before_group: dict[tuple[Reader, str], datetime | None] = {}

    def last_left(self, reminder: Reminder) -> datetime | None:
        """When another message last left for the reminder's reader."""
        reader = reader_of(reminder)
        last = self._last_left.get(reader)
        return self._before_group.get((reader, reminder.joins), last) if reminder.joins else last

    def add(self, reminder: Reminder, now: datetime) -> None:
        reader = reader_of(reminder)
        if reader not in self._last_left or not _keeps_others_back(reminder):
            return
        if reminder.joins is not None:
            self._before_group.setdefault((reader, reminder.joins), self._last_left[reader])
        self._last_left[reader] = now


class Claimer:
    """Takes due reminders for one worker and decides what becomes of each."""

    def __init__(
        self,
        service: Service,
        transports: Mapping[Channel, Transport],
        *,
        worker: str,
        watchman: Watchman | None = None,
    ) -> None:
        self._service = service
        self._transports = transports
        self._watchman = watchman or Watchman(service)
        self._intender = Intender(service, transports, worker=worker)
        self._rationer = Rationer(service, transports)
        self.again_at: float | None = None  # from when (stopwatch) a sender has room for what waits for it
        self.circuits = {channel: Circuit(service.clock) for channel in transports}
        self.unsure: list[Intent] = []  # written down by a claim of which nobody knows whether it was saved
        self._places: dict[tuple[str, str, int], Place] = {}
        self._drug_hashes = {row.name: row.content_hash for row in service.medications.rows}
        self._refusals = {
            channel: reason
            for channel, transport in transports.items()
            if (reason := callbacks.refusal(service.settings.web, channel, live=transport.live))
        }
        for channel, reason in self._refusals.items():
            log.error("nothing_leaves", channel=str(channel), reason=reason)

    def claim(self, limit: int, counts: Counter[str]) -> tuple[list[Intent], int]:
        """One transaction: lock, check, write intents and whatever else was decided.

        Returns the calls that may be made now and how many reminders were looked at; `counts` gets the rest.
        """
        intents: list[Intent] = []
        try:
            return self._claim(limit, counts, intents)
        except Exception as error:
            if is_full(error):
                log.error("database_full", error)
            # Its COMMIT may have been made though nobody heard of it; of these messages no call was made.
            at = self._service.clock.monotonic()
            self.unsure += [intent.written(at, at) for intent in intents]
            raise

    def _claim(self, limit: int, counts: Counter[str], intents: list[Intent]) -> tuple[list[Intent], int]:
        with self._service.engine.begin() as connection:
            taken_at = self._service.clock.monotonic()
            now = self._service.clock.now()  # read once the right to write is ours: that may have taken seconds
            if not self._watchman.allows(connection):
                self.again_at = None
                return [], 0
            ration = self._rationer.begin(connection, now)
            due = ration.choose(connection, limit)
            if len(due) >= limit or ration.slots:
                due += claims.rest_of_groups(connection, due, now)
            checked, unread, dropped = self._check(connection, due, now) if due else ([], [], [])
            leaving = [c for c in checked if isinstance(c.decision, Send)]
            intents += self._intender.write(connection, leaving, now, ration.allot)
            kept = [(c.candidate.reminder, c.decision) for c in checked if not isinstance(c.decision, Send)]
            kept += [(reminder, _unread(now)) for reminder in unread]
            kept += [(reminder, DROPPED) for reminder, _ in dropped]
            kept += ration.put_off
            claims.put_aside(connection, [aside(reminder, decision, now) for reminder, decision in kept])
            tasks = self._tasks(checked, now) + [self._dropped_task(*each, now) for each in dropped]
            worklog.open_tasks(connection, tasks, now)
            ration.end(connection)
        self.again_at = ration.again_at
        for item in checked:
            counts[counted(item.decision)] += 1
        written_at, lease_ends = self._service.clock.monotonic(), taken_at + self._service.settings.worker.lease_seconds
        looked_at = len(checked) + len(unread) + len(dropped)
        return [intent.written(written_at, lease_ends) for intent in intents], looked_at

    def _check(
        self, connection: Connection, due: Sequence[Reminder], now: datetime
    ) -> tuple[list[Checked], list[Reminder], list[tuple[Reminder, Enrollment]]]:
        """What was decided, what could not be read, and whose step is gone; what a change holds is in none of them."""
        enrollments, broken = load_readable(
            self._service,
            connection,
            sorted({reminder.enrollment for reminder in due}),
            lambda each: (self._version(connection, each.protocol_hash), self._place(each, now)),
            lock="share",
        )
        unread = [reminder for reminder in due if reminder.enrollment in broken]
        versions = {e.id: self._version(connection, e.protocol_hash) for e in enrollments.values()}
        due = [reminder for reminder in due if reminder.enrollment in enrollments]
        gone = [r for r in due if not has_step(versions[r.enrollment].protocol, r.step)]
        dropped = [(reminder, enrollments[reminder.enrollment]) for reminder in gone]
        due = [reminder for reminder in due if reminder not in gone]
        return self._decide(connection, due, enrollments, versions, now), unread, dropped

    def _decide(
        self,
        connection: Connection,
        due: Sequence[Reminder],
        enrollments: Mapping[str, Enrollment],
        versions: Mapping[str, ProtocolVersion],
        now: datetime,
    ) -> list[Checked]:
        """One after another, for what leaves before counts."""
        paused = operating.pauses(connection)
        ways, approved = self._ways(paused), self._approved(connection, versions.values())
        ahead = ahead_of(connection, enrollments.values(), versions, now)
        needed = self._needed(connection, due, versions)
        leaving = _Leaving(self._last_left(connection, due, now))
        counter = capping.Counter(self._service, connection, enrollments.values(), now)
        line = Line(self._service, connection, due, enrollments, now)
        elsewhere = self._held_elsewhere(connection, due, versions, now, Each.RESUMES)
        already = self._held_elsewhere(connection, due, versions, now, Each.HOLDS)
        checked = []
        for reminder in sorted(due, key=lambda each: _turn(each, versions[each.enrollment])):
            enrollment, version = enrollments[reminder.enrollment], versions[reminder.enrollment]
            step, reader = find_step(version.protocol, reminder.step), reader_of(reminder)
            candidate = Candidate(
                reminder=reminder,
                enrollment=enrollment,
                protocol=version.protocol,
                place=self._place(enrollment, now),
                first_until=ahead.firsts.get(reader),
                correction_until=ahead.corrections.get(reader),
                needed=needed.get((enrollment.id, f"{step.needs_sent}:{reminder.drug}")),
                approved=self._is_approved(version, reminder.drug, approved),
                last_left=leaving.last_left(reminder),
                held_elsewhere=elsewhere.get((enrollment.id, reminder.drug)),
                held_already=already.get((enrollment.id, reminder.drug)),
                pause=pause_of(paused, EVERYTHING, site_scope(enrollment.site)),
                room_at=counter.room_at(reminder),
            )
            item = line.keep_apart(self._intender.judge(candidate, version, ways, now))
            if isinstance(item.decision, Send | End):
                ahead.goes(reminder, now, first=step.first, leaves=isinstance(item.decision, Send))
            if isinstance(item.decision, Send):
                leaving.add(reminder, now)
                counter.leaves(reminder, item.decision.channel)
            checked.append(item)
        return checked

    def _needed(
        self, connection: Connection, due: Sequence[Reminder], versions: Mapping[str, ProtocolVersion]
    ) -> dict[tuple[str, str], State]:
        """What became of the steps that others need to have left."""
        steps = [(find_step(versions[reminder.enrollment].protocol, reminder.step), reminder) for reminder in due]
        needed = {f"{step.needs_sent}:{reminder.drug}" for step, reminder in steps if step.needs_sent}
        return claims.latest_states(connection, list(versions), needed) if needed else {}

    def _last_left(
        self, connection: Connection, due: Sequence[Reminder], now: datetime
    ) -> dict[Reader, datetime | None]:
        """When a message last left for the readers an outage has made late; nobody else needs the question."""
        late = {(r.enrollment, r.recipient) for r in due if r.send_at is not None and now - r.send_at >= GAP}
        # Two workers with two late messages for one reader would else let both leave. By some locks only: after an
        # outage everybody is late, and the database has room for some thousands.
        one_at_a_time(connection, "late", {str(crc32(enrollment.encode()) % LATE_LOCKS) for enrollment, _ in late})
        left = claims.last_left(connection, {enrollment for enrollment, _ in late}) if late else {}
        return {reader: left.get(reader) for reader in late}

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

    def _ways(self, paused: Pauses) -> dict[Channel, Way]:
        scopes = {channel: transport_scope(channel) for channel in self._transports}
        ways = {
            channel: Way(
                live=transport.live,
                open=scopes[channel] not in paused and channel not in self._refusals,
                closed_by=pause_of(paused, scopes[channel]) or self._refusals.get(channel),
            )
            for channel, transport in self._transports.items()
        }
        away = [channel for channel, way in ways.items() if way.open and self.circuits[channel].is_away]
        closed = {
            each: replace(ways[each], open=False, closed_by=unreached(each), look_again=OTHERS_LOOK) for each in away
        }
        return ways | closed

    def _approved(self, connection: Connection, versions: Iterable[ProtocolVersion]) -> set[str]:
        names = {version.content_hash: version.protocol.name for version in versions}
        approved = {one for one, name in names.items() if approvals.approval(connection, "protocol", name, one)}
        return approved | approvals.approved_hashes(connection, "medication")

    def _is_approved(self, version: ProtocolVersion, drug: str | None, approved: set[str]) -> bool:
        return version.content_hash in approved and (drug is None or self._drug_hashes.get(drug) in approved)

    def _version(self, connection: Connection, hash_: str) -> ProtocolVersion:
        return self._service.library.recorded(hash_, lambda: approvals.protocol_files(connection, hash_))

    def _place(self, enrollment: Enrollment, now: datetime) -> Place:
        key = (enrollment.site, enrollment.zone, now.year)
        if key not in self._places:
            self._places[key] = place_of(find_site(self._service.settings, enrollment.site), enrollment.zone, now.year)
        return self._places[key]

    def _dropped_task(self, reminder: Reminder, enrollment: Enrollment, now: datetime) -> Task:
        reason = f"{DROPPED.reason}. Look whether the patient still needs to know."
        place = self._place(enrollment, now)
        return worklist.reminder_task(enrollment, reminder, place, now, kind="stale", reason=reason, urgent=True)

    def _tasks(self, checked: Iterable[Checked], now: datetime) -> list[Task]:
        """What the decisions leave to people, and the tasks of the steps that came to their time."""
        asked = [item for item in checked if item.candidate.reminder.copy_of is None]
        return [task for item in asked for task in (step_task(item, now), decision_task(item, now)) if task]
