"""The service looks itself over: what must never be is asked of the store, and where it is found, sending stops.

The rule: it stops rather than goes on wrong. What only makes messages late does not stop the others; a question that
cannot be answered is an alarm, never a good sign. A person ends the stop: a finding whose task is done stops no more.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from reminders.database import approvals, invariants, operating, worklog
from reminders.database.engine import reading
from reminders.database.invariants import Wrong
from reminders.health.restoring import is_behind
from reminders.logs import get_logger
from reminders.pausing import EVERYTHING
from reminders.records import Task
from reminders.service import Service
from reminders.worklist import URGENT_ROOM
from schedules.protocol import Anchor, Step
from schedules.unplanned import find_step, has_step

RECENT = timedelta(minutes=15)
STUCK_FOR = timedelta(minutes=5)  # after the lease; housekeeping comes four times a minute
UNLISTED_FOR = timedelta(minutes=15)
ENDED_FOR = timedelta(minutes=10)
SKEW = timedelta(seconds=60)  # clocks of two machines, and a change that waited for a claim
ONE_DAY = timedelta(hours=24)
A_DAY_IN_HOURS = 24
LONGEST_NAMED = 3
HOUSEKEEPING, DISPATCH = "housekeeping", "dispatch"

log = get_logger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """Something that must not be: what, about whom, and whether sending stops for it."""

    check: str
    cause: str  # of its task; the same for as long as it is the same finding
    reason: str
    site: str
    enrollment: str | None
    stops: bool
    seen: str  # the very thing, to know it again
    mended_by: str | None  # who may be about to mend it: it counts when it is still there afterwards


@dataclass(frozen=True, kw_only=True, slots=True)
class Looked:
    """One look: what was found, less what people have dealt with; the checks that could not be made."""

    findings: tuple[Finding, ...] = ()
    broken: tuple[str, ...] = ()

    @property
    def clean(self) -> bool:
        return not self.findings and not self.broken


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """One question: what it is called, what a finding means, and how it is asked."""

    name: str
    means: str
    ask: Callable[[Service, Connection, datetime], list[Wrong]]
    stops: bool = True
    mended_by: str | None = None  # HOUSEKEEPING or DISPATCH, which may be about to do so
    one_task: bool = False  # for a site's day, not for each


def _two_live(_service: Service, connection: Connection, now: datetime) -> list[Wrong]:
    return invariants.two_live(connection, now - RECENT)


def _stuck(_service: Service, connection: Connection, now: datetime) -> list[Wrong]:
    return invariants.stuck(connection, now - STUCK_FOR)


def _unlisted(_service: Service, connection: Connection, now: datetime) -> list[Wrong]:
    return invariants.unlisted(connection, now - UNLISTED_FOR)


def _replaced(_service: Service, connection: Connection, now: datetime) -> list[Wrong]:
    return [wrong for wrong in invariants.replaced(connection, now - RECENT) if _left(wrong, after=SKEW)]


def _left(wrong: Wrong, *, after: timedelta) -> bool:
    """Whether it was intended more than so long after the other instant; no instant, no finding."""
    return wrong.intended_at is not None and wrong.other_at is not None and wrong.intended_at > wrong.other_at + after


def _within_a_day(service: Service, connection: Connection, now: datetime) -> list[Wrong]:
    found = invariants.soon_after_end(connection, now - RECENT, now - RECENT - ONE_DAY)
    early = [wrong for wrong in found if not _left_or_on(wrong, ONE_DAY)]
    return [wrong for wrong in early if waits_a_day(_step_of(service, connection, wrong))]


def _left_or_on(wrong: Wrong, after: timedelta) -> bool:
    return wrong.intended_at is not None and wrong.other_at is not None and wrong.intended_at >= wrong.other_at + after


def _step_of(service: Service, connection: Connection, wrong: Wrong) -> Step | None:
    hash_ = wrong.protocol_hash
    protocol = service.library.recorded(hash_, lambda: approvals.protocol_files(connection, hash_)).protocol
    return find_step(protocol, wrong.step) if has_step(protocol, wrong.step) else None


def waits_a_day(step: Step | None) -> bool:
    """Whether a step's own bound says that it must not leave within 24 hours of the end (pure)."""
    bound = step.not_before if step is not None else None
    return bound is not None and bound.anchor is Anchor.END and bound.offset.hours >= A_DAY_IN_HOURS


def _past_end(_service: Service, connection: Connection, now: datetime) -> list[Wrong]:
    """While an old backup is restored nobody claims, and what it held waits for a person."""
    return [] if is_behind(connection) else invariants.past_end(connection, now - ENDED_FOR)


CHECKS = (
    Check(name="two-live", means="two messages may have left for one reminder", ask=_two_live),
    Check(
        name="stuck",
        means="a call whose lease ran out minutes ago is not settled",
        ask=_stuck,
        mended_by=HOUSEKEEPING,
    ),
    Check(
        name="unlisted",
        means="a message of unknown outcome is on nobody's worklist",
        ask=_unlisted,
        mended_by=HOUSEKEEPING,
    ),
    Check(name="replaced", means="a message of a cancelled or replaced plan has left", ask=_replaced),
    Check(name="within-a-day", means="a message left less than 24 hours after the end", ask=_within_a_day),
    # It stops nothing: the last check never sends what is past its end, and a stop would make the others late as well.
    Check(
        name="past-end",
        means="a reminder is past its end and nobody has ended it",
        ask=_past_end,
        stops=False,
        mended_by=DISPATCH,
        one_task=True,
    ),
)


def look_over(service: Service, checks: Sequence[Check] = CHECKS) -> Looked:
    """Ask every question; nothing is changed. One that fails keeps no other from being asked."""
    findings: list[Finding] = []
    broken: list[str] = []
    for check in checks:
        try:
            findings += _ask(service, check)
        except Exception as error:
            log.error("self_check_broken", error, check=check.name)
            broken.append(check.name)
    return Looked(findings=tuple(findings), broken=tuple(broken))


def _ask(service: Service, check: Check) -> list[Finding]:
    with reading(service.engine) as connection:
        now = service.clock.now()
        found = [_finding(check, wrong, now) for wrong in check.ask(service, connection, now)]
        done = invariants.acknowledged(connection, [finding.cause for finding in found])
    return [finding for finding in found if finding.cause not in done]


def _finding(check: Check, wrong: Wrong, now: datetime) -> Finding:
    about = f"{wrong.site}:{now:%Y-%m-%d}" if check.one_task else wrong.about
    return Finding(
        check=check.name,
        cause=f"self-check:{check.name}:{about}",
        seen=f"{check.name}:{wrong.about}",
        reason=f"{wrong.key}: {check.means}",
        site=wrong.site,
        enrollment=None if check.one_task else wrong.enrollment,
        stops=check.stops,
        mended_by=check.mended_by,
    )


def act_on(service: Service, findings: Collection[Finding]) -> bool:
    """Open a task for each finding and stop sending where one asks for it; whether sending was stopped by this."""
    if not findings:
        return False
    now, stopping = service.clock.now(), [finding for finding in findings if finding.stops]
    with service.engine.begin() as connection:
        opened = worklog.open_tasks(connection, [_task(finding, now) for finding in findings], now)
        stopped = bool(stopping) and _stop(connection, stopping, now)
    for check in sorted({finding.check for finding in findings}) if opened or stopped else ():
        number = sum(finding.check == check for finding in findings)
        log.error("self_check", check=check, found=number, stopped=stopped)
    return stopped


def _stop(connection: Connection, stopping: Sequence[Finding], now: datetime) -> bool:
    """Pause everything; False where it is paused already. Nobody excepts anything: not even an urgent text leaves."""
    reason = in_words(stopping)
    changed = operating.pause(connection, EVERYTHING, reason=reason, by=operating.SYSTEM, now=now)
    if changed:
        after = {"scope": EVERYTHING, "reason": reason, "findings": [finding.cause for finding in stopping]}
        worklog.add_event(connection, enrollment=None, at=now, by=operating.SYSTEM, action="paused", after=after)
    return changed


def in_words(findings: Iterable[Finding]) -> str:
    """What was found, in one line, for `doctor` and whoever wonders; at most three kinds are named."""
    kinds: dict[str, int] = {}
    for finding in findings:
        kinds[finding.check] = kinds.get(finding.check, 0) + 1
    named = [f"{MEANINGS[check]} ({number})" for check, number in list(kinds.items())[:LONGEST_NAMED]]
    return f"self-check: {'; '.join(named)}"


MEANINGS = {check.name: check.means for check in CHECKS}


def _task(finding: Finding, now: datetime) -> Task:
    then = " Sending is stopped. Look into it, mark this done, then `reminders resume`." if finding.stops else ""
    return Task(
        kind="self-check",
        cause=finding.cause,
        reason=f"{finding.reason}.{then}",
        due_at=now + URGENT_ROOM,
        urgent=True,
        enrollment=finding.enrollment,
        site=finding.site,
    )
