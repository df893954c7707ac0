"""From a protocol and one patient's facts to the timeline: every reminder with its instant and its reasons.

Pure: the same arguments give the same timeline. `now` decides what is late, nothing else.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import count
from zoneinfo import ZoneInfo

from schedules.localtime import calendar_date, to_instant
from schedules.placing import Instance, Trace, fit, make_instance, pointed_at
from schedules.procedure import Anchors, CopyTo, Hold, Place, Procedure
from schedules.protocol import Anchor, Channel, Condition, Each, Fact, IfLate, Protocol, Shift, StaffTask, Step

GAP = timedelta(minutes=10)  # late steps never leave in a burst
CALL_ROOM = timedelta(hours=1)
START_ROOM = timedelta(minutes=30)


class Status(StrEnum):
    """What planning made of a step."""

    PLANNED = "planned"
    MISSED = "missed"
    SKIPPED = "skipped"


@dataclass(frozen=True, kw_only=True, slots=True)
class PlannedReminder:
    """One planned message; instants are UTC, `zone` is the clock its time is read on."""

    key: str
    step: Step
    position: int
    hold: Hold | None
    zone: ZoneInfo
    send_at: datetime | None
    not_before: datetime | None
    not_after: datetime | None
    status: Status
    late: bool
    channels: tuple[Channel, ...]
    waits_for: tuple[Fact, ...]
    why: tuple[str, ...]
    copy_of: str | None = None
    recipient: str | None = None  # a caregiver's label; None is the patient
    joins: str | None = None  # reminders with the same word here go as one message
    gave_way_at: datetime | None = None  # missed: when it would leave, had its number room for it

    @property
    def drug(self) -> str | None:
        return None if self.hold is None else self.hold.drug


@dataclass(frozen=True, kw_only=True, slots=True)
class Timeline:
    """All reminders of one enrollment in table order, and the instants they were counted from (UTC)."""

    protocol: str
    version: int
    anchors: Anchors
    reminders: tuple[PlannedReminder, ...]


def build_timeline(
    protocol: Protocol,
    procedure: Procedure,
    place: Place,
    *,
    now: datetime,
    settled: Mapping[str, datetime | None] | None = None,
    after: datetime | None = None,
) -> Timeline:
    """The timeline as planned at `now` (aware UTC).

    A caregiver's copies take the instants of what they copy; what has left already or has no channel is placed for
    the caregiver alone, behind the first message to them.

    `settled` names the reminders that already left or ended, with the instant they left: they keep their
    place but take no part in what late steps wait for, except the first step's own instant. Late steps also
    leave ten minutes after `after`, the instant of a correction.
    """
    anchors = find_anchors(protocol, procedure, place)

    def planner() -> _Planner:
        return _Planner(procedure, anchors, place, now, settled or {}, after)

    patients = planner()
    drafts = [patients.draft(instance) for instance in instances(protocol, procedure, anchors, place)]
    patients.place_all(drafts)
    copies = [_copies(planner(), drafts, copy_to) for copy_to in procedure.copies]
    reminders = tuple(_reminders(drafts, copies, procedure))
    return Timeline(protocol=protocol.name, version=protocol.version, anchors=anchors, reminders=reminders)


def find_anchors(protocol: Protocol, procedure: Procedure, place: Place) -> dict[str, datetime]:
    """The four instants steps are counted from, UTC; the end and the visit are assumed until recorded."""
    start = procedure.start.astimezone(UTC)
    end = procedure.ended or start + timedelta(minutes=protocol.duration_minutes)
    anchors: dict[str, datetime] = {
        Anchor.ENROLLED: procedure.enrolled.astimezone(UTC),
        Anchor.START: start,
        Anchor.END: end.astimezone(UTC),
    }
    anchors[Anchor.VISIT] = (procedure.visit or _assumed_visit(protocol, anchors, place)).astimezone(UTC)
    return anchors


def _assumed_visit(protocol: Protocol, anchors: Anchors, place: Place) -> datetime:
    default = protocol.visit_default
    day = calendar_date(anchors[default.anchor], default.offset, place.site_zone, 0)
    if default.working_day:
        day = place.workdays.nearest(day, Shift.LATER) or day
    return to_instant(day, default.at, place.site_zone, Shift.LATER)


def instances(protocol: Protocol, procedure: Procedure, anchors: Anchors, place: Place) -> Iterator[Instance]:
    """The steps that apply to this patient, in table order, once per order where a step repeats."""
    for step in protocol.steps:
        if _applies(step, procedure):
            for hold in _orders(step.for_each, procedure):
                yield make_instance(protocol, step, hold, anchors, place)


def _orders(each: Each | None, procedure: Procedure) -> tuple[Hold | None, ...]:
    if each is None:
        return (None,)
    held = tuple(hold for hold in procedure.holds if hold.days >= 1)
    return held if each is Each.HOLDS else tuple(hold for hold in held if hold.resume_days is not None)


def _applies(step: Step, procedure: Procedure) -> bool:
    if step.when is not None and not _is_met(step.when, procedure):
        return False
    return step.unless is None or not _is_met(step.unless, procedure)


def _is_met(condition: Condition, procedure: Procedure) -> bool:
    if isinstance(condition.holds, bool) and condition.holds != bool(procedure.holds):
        return False
    if isinstance(condition.holds, tuple):
        held = {hold.drug for hold in procedure.holds if hold.days >= 1}
        if held.isdisjoint(condition.holds):
            return False
    if condition.sedation is not None and procedure.sedation not in condition.sedation:
        return False
    return condition.visit_booked is None or condition.visit_booked == (procedure.visit is not None)


def outstanding(step: Step, procedure: Procedure, drug: str | None = None) -> tuple[Fact, ...]:
    """The facts the step waits for that are not recorded yet.

    A step of a drug whose order a change has contradicted waits for the order too, whatever its file says.
    """
    if drug is None and not step.waits_for:
        return ()
    hold = procedure.hold_of(drug) if drug else None
    doubted = hold is not None and not hold.confirmed
    known = {Fact.COMPLETED: procedure.ended is not None, Fact.ORDER: bool(procedure.holds) and not doubted}
    asked = (*step.waits_for, Fact.ORDER) if doubted and Fact.ORDER not in step.waits_for else step.waits_for
    return tuple(fact for fact in asked if not known[fact])


class _Planner:
    """The order in which late steps leave: table order, ten minutes apart, after the first step."""

    def __init__(
        self,
        procedure: Procedure,
        anchors: Anchors,
        place: Place,
        now: datetime,
        settled: Mapping[str, datetime | None],
        after: datetime | None,
    ) -> None:
        self._procedure, self._anchors, self._place = procedure, anchors, place
        self._now, self._settled = now, settled
        self._first_at: datetime | None = None
        self._last_late = after

    def draft(self, instance: Instance) -> "_Draft":
        trace = Trace(instance.zone)
        pointed = pointed_at(instance, self._anchors, self._place, trace)
        consented = tuple(channel for channel in instance.step.channels if channel in self._procedure.consented)
        return _Draft(instance, trace, consented, fit(instance, pointed, trace))

    def draft_copy(self, original: "_Draft", copy_to: CopyTo) -> "_Draft":
        """At the original's instant, where that is still to come."""
        copy = self.draft(original.instance)
        if original.send_at is not None and original.key not in self._settled:
            copy.found, copy.late, copy.trace.lines = original.send_at, original.late, list(original.trace.lines)
        copy.channels, copy.recipient = (copy_to.channel,), copy_to.label
        return copy

    def place_all(self, drafts: "list[_Draft]") -> None:
        """In table order, but the first step before any other: nothing leaves before it."""
        for draft in sorted(drafts, key=lambda draft: not draft.instance.step.first):
            self._decide(draft)
            if draft.instance.step.first:
                self._first_at = self._settled.get(draft.key, draft.send_at)

    def _decide(self, draft: "_Draft") -> None:
        step, found = draft.instance.step, draft.found
        if not draft.channels:
            draft.trace.add(f"no consent for any of its channels ({', '.join(step.channels)})")
        elif found is None:
            draft.status = Status.SKIPPED if step.if_late is IfLate.SKIP else Status.MISSED
        elif draft.key in self._settled or not self._is_late(step, found):
            draft.status, draft.send_at = Status.PLANNED, found
        else:
            self._decide_late(draft)

    def _is_late(self, step: Step, found: datetime) -> bool:
        before_first = not step.first and self._first_at is not None and found < self._first_at
        return found < self._now or before_first

    def _decide_late(self, draft: "_Draft") -> None:
        step, trace, draft.late = draft.instance.step, draft.trace, True
        if step.if_late is IfLate.SKIP:
            trace.add("its time has passed: skipped")
            draft.status = Status.SKIPPED
            return
        sent_at = draft.instance.limits.first_from(self._earliest_late(step))
        if sent_at is None:
            trace.add("its time has passed and no permitted time is left: missed")
            return
        trace.add(f"its time has passed: the first permitted time is {trace.say(sent_at)}")
        draft.status, draft.send_at = Status.PLANNED, sent_at
        if not step.first:
            self._last_late = sent_at

    def _earliest_late(self, step: Step) -> datetime:
        if step.first:
            return self._now
        before = [instant for instant in (self._first_at, self._last_late) if instant is not None]
        return max([self._now, *(instant + GAP for instant in before)])


@dataclass(slots=True)
class _Draft:
    """A step on its way to a reminder: missed until a place is found."""

    instance: Instance
    trace: Trace
    channels: tuple[Channel, ...]
    found: datetime | None
    send_at: datetime | None = None
    status: Status = Status.MISSED
    late: bool = False
    recipient: str | None = None

    @property
    def key(self) -> str:
        return copy_key(self.instance.key, self.recipient)


def copy_key(key: str, copied_to: str | None) -> str:
    """The key of a reminder's copy, for a channel or a caregiver's label; the reminder's own for None."""
    return key if copied_to is None else f"{key}@{copied_to}"


def _copies(planner: _Planner, drafts: list[_Draft], copy_to: CopyTo) -> dict[str, _Draft]:
    """One caregiver's copies, by the key of what they copy."""
    steps = ((draft, draft.instance.step) for draft in drafts)
    shared = [draft for draft, step in steps if step.key in copy_to.steps and copy_to.channel in step.channels]
    copies = [planner.draft_copy(draft, copy_to) for draft in shared]
    planner.place_all(copies)
    return {copy.instance.key: copy for copy in copies}


def _reminders(
    drafts: list[_Draft], copies: list[dict[str, _Draft]], procedure: Procedure
) -> Iterator[PlannedReminder]:
    """Each reminder, a copy per consented copy channel that is not the one it leaves by, and the caregivers'."""
    numbers = count()
    for draft in drafts:
        hold = draft.instance.hold
        waits = outstanding(draft.instance.step, procedure, hold.drug if hold else None)
        own = [caregivers[draft.key] for caregivers in copies if draft.key in caregivers]
        for one in (draft, *own):
            if waits and one.send_at is not None:
                one.trace.add(f"held at its time until recorded: {', '.join(waits)}")
        yield _reminder(draft, waits, next(numbers))
        for channel in draft.instance.step.copy:
            if channel in draft.channels[1:]:
                yield _reminder(draft, waits, next(numbers), copied_to=channel)
        for copy in own:
            yield _for_caregiver(copy, waits, next(numbers))


def _for_caregiver(copy: _Draft, waits: tuple[Fact, ...], position: int) -> PlannedReminder:
    original = copy.instance.key
    copy.trace.add(f"copy of {original} for caregiver {copy.recipient}")
    return replace(_reminder(copy, waits, position), copy_of=original, recipient=copy.recipient)


def _reminder(
    draft: _Draft, waits: tuple[Fact, ...], position: int, copied_to: Channel | None = None
) -> PlannedReminder:
    instance, why = draft.instance, tuple(draft.trace.lines)
    return PlannedReminder(
        key=copy_key(draft.key, copied_to),
        step=instance.step,
        position=position,
        hold=instance.hold,
        zone=instance.zone,
        send_at=draft.send_at,
        not_before=instance.limits.not_before,
        not_after=instance.limits.not_after,
        status=draft.status,
        late=draft.late,
        channels=draft.channels if copied_to is None else (copied_to,),
        waits_for=waits,
        why=why if copied_to is None else (*why, f"copy of {instance.key} by {copied_to}"),
        copy_of=None if copied_to is None else instance.key,
    )


def staff_task_due(task: StaffTask, opened: datetime, start: datetime, place: Place) -> datetime:
    """When a step's task is due (UTC): its clock time at the site on the day it opens.

    At least an hour after it opens, and before the start where the start still lies ahead; where both cannot be,
    before the start.
    """
    opened, start = opened.astimezone(UTC), start.astimezone(UTC)
    on_time = to_instant(opened.astimezone(place.site_zone).date(), task.due, place.site_zone, Shift.LATER)
    earliest, latest = opened + CALL_ROOM, start - START_ROOM
    if opened >= start:
        return max(on_time, earliest)
    due = max(min(on_time, latest), earliest)
    return due if due < start else max(latest, opened)
