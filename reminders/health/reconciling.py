"""A person ends the stop after a restored backup: what the lost store may have sent does not leave again.

The rule: the program cannot know whether it left, so it ends as missed, and each enrollment opens a task that asks.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from reminders import worklist
from reminders.database import epochs, operating, worklog
from reminders.database.epochs import Perhaps
from reminders.enrollment import load_whole, place_for, recorded_version
from reminders.epoch_file import Epoch, read_epoch, write_epoch
from reminders.errors import InputError
from reminders.health.restoring import ROOM, Behind, behind_of, cause_of, lost_of
from reminders.inputs import read_line
from reminders.lifecycle import State, check_move
from reminders.logs import get_logger
from reminders.records import Enrollment, Task
from reminders.service import Service
from schedules.unplanned import find_step, has_step

REASON = "may have been sent before the backup was restored"
LONGEST_LIST = 12

log = get_logger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Reconciled:
    """What a reconciliation came to: reminders that do not leave, messages whose receipts are lost, the tasks."""

    behind: Behind
    missed: int
    unconfirmed: int
    tasks: int


def reconcile(service: Service, *, by: str, dry_run: bool = False) -> Reconciled:
    """End what the lost store may have sent, each enrollment with a task, and let sending go on.

    InputError where the store is not a restored backup; `dry_run` changes nothing.
    """
    if by == operating.SYSTEM:
        raise InputError(f"--by: {by!r} is what the program calls itself; give a person's name")
    by, file = read_line("--by", by, longest=60), service.settings.epoch_file
    now, remembered = service.clock.now(), read_epoch(file)
    with service.engine.connect() as connection, connection.begin() as transaction:
        stored = epochs.current(connection, lock=True)
        lost = lost_of(stored, remembered)
        if stored is None and lost is not None:
            stored = epochs.begin(connection, Epoch(store=lost.store, number=0, at=now))
        if stored is None or lost is None:
            raise InputError("db reconcile: the store is not behind what was kept outside it: nothing was changed")
        done = _settle(service, connection, behind_of(stored, lost), lost, now)
        risen = Epoch(store=lost.store, number=max(stored.epoch.number, lost.number) + 1, at=now)
        epochs.put(connection, risen)
        for site in service.settings.sites:
            worklog.finish_by_cause(connection, cause_of(site, stored), by=by, now=now)
        told = {"missed": done.missed, "unconfirmed": done.unconfirmed, "tasks": done.tasks, "until": str(lost.at)}
        worklog.add_event(connection, enrollment=None, at=now, by=by, action="reconciled", after=told)
        if dry_run:
            transaction.rollback()
    if not dry_run:
        write_epoch(file, risen)
        log.info("reconciled", missed=done.missed, unconfirmed=done.unconfirmed)
    return done


def _settle(service: Service, connection: Connection, behind: Behind, lost: Epoch, now: datetime) -> Reconciled:
    """What becomes of everything the lost store may have gone on with."""
    until = behind.until + ROOM
    ids = {each.enrollment for each in epochs.perhaps_sent(connection, until)}
    enrollments = load_whole(service, connection, ids, lock="update")[0]  # first, as every change locks them
    perhaps = epochs.perhaps_sent(connection, until, ids) if ids else []
    for state in (State.PLANNED, State.HELD):
        check_move(state, State.MISSED)
    missed = epochs.end_perhaps_sent(connection, [each.id for each in perhaps], reason=REASON, now=now)
    waiting = epochs.awaiting_receipts(connection)
    epochs.expect_no_receipts(connection, [row["id"] for row in waiting])
    ended, unsure = _by_enrollment(perhaps), _keys_of(waiting)
    more = load_whole(service, connection, unsure.keys() - enrollments.keys())[0]
    sites = {each.enrollment: each.site for each in perhaps} | {row["enrollment"]: row["site"] for row in waiting}
    tasks = [
        _enrollment_task(
            service,
            connection,
            (enrollments | more).get(id_),
            (id_, sites[id_], ended.get(id_, []), unsure.get(id_, [])),
            lost,
            now,
        )
        for id_ in sorted(sites)
    ]
    opened = worklog.open_tasks(connection, tasks, now)
    return Reconciled(behind=behind, missed=missed, unconfirmed=len(waiting), tasks=len(opened))


def _by_enrollment(perhaps: Iterable[Perhaps]) -> dict[str, list[Perhaps]]:
    found: dict[str, list[Perhaps]] = {}
    for each in perhaps:
        found.setdefault(each.enrollment, []).append(each)
    return found


def _keys_of(rows: Iterable[Mapping[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row["enrollment"], []).append(row["key"])
    return found


def _enrollment_task(
    service: Service,
    connection: Connection,
    enrollment: Enrollment | None,
    what: tuple[str, str, Sequence[Perhaps], Sequence[str]],
    lost: Epoch,
    now: datetime,
) -> Task:
    """One for all that an enrollment may or may not have got; an enrollment that cannot be read is urgent."""
    id_, site, ended, unsure = what
    urgent, due_at = True, now + worklist.URGENT_ROOM
    if enrollment is not None:
        protocol = recorded_version(service, connection, enrollment).protocol
        steps = [find_step(protocol, each.step) for each in ended if has_step(protocol, each.step)]
        urgent = any(step.missed_urgent for step in steps)
        due_at = worklist.due_at(urgent, now, place_for(service, enrollment, now))
    said = []
    if ended:
        said.append(f"{_listed([each.key for each in ended])}: {REASON}; not sent again.")
    if unsure:
        said.append(f"{_listed(unsure)}: sent; whether it arrived was lost with the store.")
    return Task(
        kind="restored",
        cause=f"{id_}:restored:{lost.store}:{lost.number}",
        reason=f"{' '.join(said)} Compare with the provider's list, or ask the patient.",
        due_at=due_at,
        urgent=urgent,
        enrollment=id_,
        site=site,
    )


def _listed(keys: Sequence[str]) -> str:
    keys = list(dict.fromkeys(keys))
    more = len(keys) - LONGEST_LIST
    return ", ".join(keys[:LONGEST_LIST]) + (f" and {more} more" if more > 0 else "")
