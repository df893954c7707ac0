"""One due reminder, what was decided about it, and what follows: its task, its row, its word in the report (pure)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reminders import worklist
from reminders.composing import Composed
from reminders.deciding import APPROVAL, NO_CHANNEL, Candidate, Decision, End, Hold, Wait
from reminders.lifecycle import State, check_move
from reminders.records import Reminder, Task
from reminders.transports.base import Attachment


@dataclass(frozen=True, kw_only=True, slots=True)
class Checked:
    """One due reminder, what was decided, and the words where it is to leave."""

    candidate: Candidate
    decision: Decision
    composed: Composed | None = None
    attachments: tuple[Attachment, ...] = ()


def step_task(item: Checked, now: datetime) -> Task | None:
    """The task a step opens when its time has come, unless the step must wait for a fact or was withdrawn."""
    candidate, decision = item.candidate, item.decision
    waits = isinstance(decision, Hold) and decision.task is None
    withdrawn = isinstance(decision, End) and decision.state is State.WITHDRAWN
    if candidate.step.opens_task is None or waits or withdrawn:
        return None
    named = f"{candidate.reminder.key}:{candidate.reminder.round}"
    return worklist.step_task(candidate.enrollment, candidate.step, named, candidate.place, now)


def decision_task(item: Checked, now: datetime) -> Task | None:
    candidate, decision = item.candidate, item.decision
    if not isinstance(decision, End | Hold) or decision.task is None:
        return None
    if decision.task == NO_CHANNEL and candidate.step.opens_task is not None:
        return None  # the step's own task asks for the call
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


def counted(decision: Decision) -> str:
    if isinstance(decision, Hold):
        return "held"
    return "missed" if isinstance(decision, End) and decision.state is State.MISSED else "other"


def aside(reminder: Reminder, decision: Wait | Hold | End, now: datetime) -> dict[str, Any]:
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
