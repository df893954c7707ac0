"""The day's reconciliation: everything that fell due on a site's day, and what became of it; nobody is lost.

A difference is a reminder whose time has passed and that nothing and nobody is looking after.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from reminders.database import revisions, worklog
from reminders.errors import InputError
from reminders.lifecycle import GONE, State
from reminders.logs import get_logger
from reminders.records import Task
from reminders.service import Service
from schedules.localtime import to_instant
from schedules.protocol import Shift

log = get_logger(__name__)

ONE_DAY = timedelta(days=1)
OVERDUE = timedelta(minutes=5)  # a reminder nobody has looked at for so long is lost, not late
WORDS = ("sent", "withdrawn", "missed", "skipped", "held", "unknown", "failed", "waiting")


@dataclass(frozen=True, kw_only=True, slots=True)
class SiteDay:
    """One site's day: `due` is what should have left, the rest what became of it."""

    site: str
    day: date
    due: int
    counts: dict[str, int]
    differences: tuple[str, ...]


def report_day(service: Service, day: date | None = None) -> list[SiteDay]:
    """Reconcile one day (each site's own calendar; default the last full one) for every site, and store it."""
    now = service.clock.now()
    reports = [_site_day(service, site, day, now) for site in sorted(service.settings.sites)]
    with service.engine.begin() as connection:
        for report in reports:
            values = {"due": report.due, "counts": report.counts, "differences": list(report.differences)}
            revisions.record_report(connection, report.site, report.day.isoformat(), values, now=now)
    return reports


def reconcile(service: Service) -> int:
    """The last full day of every site, once a day by each worker; a difference becomes an urgent task."""
    now, reports = service.clock.now(), report_day(service)
    with service.engine.begin() as connection:
        for report in reports:
            if report.differences:
                log.error("reconciliation", site=report.site, differences=len(report.differences))
                worklog.open_tasks(connection, [_difference_task(report, now)], now)
    return sum(len(report.differences) for report in reports)


def _difference_task(report: SiteDay, now: datetime) -> Task:
    return Task(
        kind="reconciliation",
        cause=f"reconciliation:{report.site}:{report.day}",
        reason=f"{len(report.differences)} reminder(s) of {report.day} are unaccounted for. "
        f"`reminders report day {report.day}` names them.",
        due_at=now + timedelta(hours=1),
        urgent=True,
        enrollment=None,
        site=report.site,
    )


def _site_day(service: Service, site: str, day: date | None, now: datetime) -> SiteDay:
    zone = ZoneInfo(service.settings.sites[site].time_zone)
    today = now.astimezone(zone).date()
    day = day or today - ONE_DAY
    if day > today:
        raise InputError(f"report day: {day} lies ahead at {site}")
    begins, ends = (to_instant(each, time(0), zone, Shift.LATER) for each in (day, day + ONE_DAY))
    with service.engine.begin() as connection:
        rows = revisions.due_between(connection, site, begins, min(ends, now))
    return _reconciled(site, day, rows, now)


def _reconciled(site: str, day: date, rows: Sequence[dict[str, Any]], now: datetime) -> SiteDay:
    counts: Counter[str] = Counter(dict.fromkeys(WORDS, 0))
    differences = []
    for row in rows:
        state = State(row["state"])
        word = "sent" if state in GONE else "waiting" if state in (State.PLANNED, State.SENDING) else str(state)
        counts[word] += 1
        if problem := _difference(row, state, now):
            differences.append(f"{row['enrollment']} {row['key']}: {problem}")
    return SiteDay(site=site, day=day, due=len(rows), counts=dict(counts), differences=tuple(differences))


def _difference(row: dict[str, Any], state: State, now: datetime) -> str | None:
    """What is wrong with one reminder's record, in words; None where it adds up."""
    if state is State.PLANNED and row["due_at"] is not None and now - row["due_at"] > OVERDUE:
        return "its time has passed and no worker has looked at it"
    if state is State.SENDING and row["lease_until"] is not None and row["lease_until"] < now - OVERDUE:
        return "its call was never settled"
    if state in GONE and not row["accepted"]:
        return "counted as sent, and no provider took it"
    if state not in GONE and row["accepted"]:
        return "a provider took it, and it is not counted as sent"
    return None
