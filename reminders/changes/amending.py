"""Writing a changed plan: new rows, new plans and withdrawals each in one statement, under the new revision."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from reminders.database import queries, worklog
from reminders.enrollment import reminder_row
from reminders.lifecycle import UNSENT, State, check_move
from reminders.records import Enrollment, Reminder
from schedules.changes import Change, Kind
from schedules.timeline import PlannedReminder

WITHDRAWN = "no longer in the plan"
ANEW = ("reason", "why", "not_before", "not_after", "revision", "changed_at")


@dataclass(frozen=True, slots=True)
class Amendment:
    """What becomes of an enrollment's rows: new ones, those with a new plan, those withdrawn, those explained anew.

    `over` are the causes of tasks that an earlier round of a reminder had opened. `reached_anew`: the contact is a new
    one, so that every channel may be tried again.
    """

    after: Enrollment
    now: datetime
    reached_anew: bool = False
    new: list[Mapping[str, Any]] = field(default_factory=list)
    replanned: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    withdrawn: list[int] = field(default_factory=list)
    explained: list[tuple[Reminder, Mapping[str, Any]]] = field(default_factory=list)
    over: list[str] = field(default_factory=list)

    def add(self, one: Change, old: Reminder | None) -> None:
        """One reminder's fate; `old` is its latest round, if there is one."""
        planned = one.planned
        if planned is not None and (old is None or one.kind is Kind.AGAIN):
            self._begin(planned, old)
        elif old is not None and old.state in UNSENT:
            self._amend(planned, old)
        elif old is not None and planned is not None and old.send_at is None and planned.send_at is None:
            self._explain(planned, old)

    def _begin(self, planned: PlannedReminder, old: Reminder | None) -> None:
        self.new.append(reminder_row(self.after, planned, self.now, old.round + 1 if old else 1))
        if old is not None:
            self.over.append(f"{self.after.id}:step:{old.key}:{old.round}")

    def _amend(self, planned: PlannedReminder | None, old: Reminder) -> None:
        if planned is None:
            _check_moves(old.state, State.WITHDRAWN)
            self.withdrawn.append(old.id)
            return
        row = reminder_row(self.after, planned, self.now, old.round)
        if old.attempts and not self.reached_anew and old.channel in planned.channels:
            row["channel"] = str(old.channel)  # by those before it the message may have arrived, or cannot
        self.replanned[old.id] = row
        _check_moves(old.state, State(planned.status.value))

    def _explain(self, planned: PlannedReminder, old: Reminder) -> None:
        """What found no place under either plan keeps its state; its reasons speak of the new one."""
        if str(old.state) == str(planned.status):
            row = reminder_row(self.after, planned, self.now, old.round)
            anew = {name: row[name] for name in ANEW}
            self.explained.append((old, anew))

    def write(self, connection: Connection, *, by: str) -> None:
        queries.insert_reminders(connection, self.new)
        queries.replan(connection, self.replanned)
        queries.withdraw(connection, self.withdrawn, revision=self.after.revision, reason=WITHDRAWN, now=self.now)
        for old, anew in self.explained:
            queries.change_reminder(connection, old.id, (old.state,), **anew)
        for cause in self.over:
            worklog.finish_by_cause(connection, cause, by=by, now=self.now)


def amend(
    connection: Connection,
    after: Enrollment,
    changes: Iterable[Change],
    latest: Mapping[str, Reminder],
    *,
    by: str,
    now: datetime,
    reached_anew: bool = False,
) -> None:
    """Write what a comparison of plans found; `latest` is the latest round of each reminder."""
    amendment = Amendment(after, now, reached_anew)
    for one in changes:
        amendment.add(one, latest.get(one.key))
    amendment.write(connection, by=by)


def _check_moves(old: State, new: State) -> None:
    """What was held goes through its plan again; a plan that stays is no move."""
    if old is State.HELD:
        check_move(old, State.PLANNED)
        old = State.PLANNED
    if new is not old:
        check_move(old, new)
