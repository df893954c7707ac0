"""An unknown outcome ends: the message surely never left, or a person gives it up; what becomes of its reminder.

The rule: a message goes another time only after the first has come to nothing, inside the bounds of its reminder.
"""

from typing import Any

from reminders.database import receipts as store
from reminders.lifecycle import DeliveryState, State
from reminders.settling.falling_back import once_more
from reminders.settling.receipts import Case
from schedules.unplanned import is_planned

NEVER_LEFT = "never-left"


def never_left(case: Case, reason: str, *, permitted: bool | None = None) -> None:
    """The message was surely not taken: its reminder is planned once more, or has failed and a person is told.

    `permitted`: a person allows another attempt; the program itself allows one second attempt.
    """
    again = case.delivery["again_of"] is None if permitted is None else permitted
    case.change(DeliveryState.UNKNOWN, state=DeliveryState.ABSENT, reason=reason)
    reminder = store.lock_reminder(case.connection, case.delivery["reminder"])
    case.close_unknown(reminder)
    after: dict[str, Any] = {"reminder": reminder.key, "state": "absent"}
    if reminder.state is State.UNKNOWN:
        planned_again = is_planned(reminder.step) and store.is_planned_again(case.connection, reminder)
        fallback = once_more(reminder, case.enrollment, permitted=again, planned_again=planned_again, now=case.now)
        case.move(reminder, fallback.state, reason=reason, due_at=fallback.due_at)
        after["then"] = str(fallback.state)
        if fallback.advice is not None:
            case.ask(reminder, NEVER_LEFT, f"{reason}. {fallback.advice}", urgent=True)
    case.tell("outcome-settled", **after)


def give_up(case: Case, reason: str) -> None:
    """A person decides that nothing more is to be done about a message of which nobody knows."""
    case.change(DeliveryState.UNKNOWN, state=DeliveryState.ABANDONED, reason=reason)
    reminder = store.lock_reminder(case.connection, case.delivery["reminder"])
    case.close_unknown(reminder)
    if reminder.state is State.UNKNOWN:
        case.move(reminder, State.FAILED, reason=reason)
    case.tell("outcome-settled", reminder=reminder.key, state="abandoned")
