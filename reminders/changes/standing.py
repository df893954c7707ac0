"""Where each reminder of a plan stands when the plan changes: unsent, told and still right or not, refused.

What a person has given up may have been read, or not: it is corrected like the one and repeated like the other.
"""

from collections.abc import Iterable, Sequence

from reminders.changes.amending import WITHDRAWN
from reminders.changes.hearing import TOLD
from reminders.lifecycle import UNSENT, State
from reminders.protocols import ProtocolVersion
from reminders.records import CONFIRMED, Reminder
from reminders.telling import Told, Truth, is_right
from schedules.changes import Progress, Standing
from schedules.unplanned import find_step, has_step


def about(
    version: ProtocolVersion, reminder: Reminder, reminders: Iterable[Reminder], told: Iterable[Told]
) -> list[Told]:
    """What the patient was told by this reminder or, where an answer has ended it, by those that asked the same."""
    ids = {reminder.id}
    if reminder.reason == CONFIRMED and has_step(version.protocol, reminder.step):
        asks = find_step(version.protocol, reminder.step).asks
        asking = {step.key for step in version.protocol.steps if step.asks is asks}
        ids = {one.id for one in reminders if one.step in asking}
    return [message for message in told if message.id in ids]


def standing_of(reminder: Reminder, mine: Sequence[Told], truth: Truth) -> Standing:
    """How far a reminder has come: a change moves, withdraws or repeats it, or leaves it alone."""
    if reminder.state in UNSENT:
        return Standing(send_at=reminder.send_at, progress=Progress.UNSENT)
    right = all(is_right(message, truth) for message in mine)
    # What a person gave up is said again like what was told where it is wrong, and like what was refused where not.
    given_up = reminder.state is State.FAILED and any(message.id == reminder.id for message in mine)
    if reminder.state in TOLD or reminder.reason == CONFIRMED or (given_up and not right):
        return Standing(send_at=reminder.send_at, progress=Progress.TOLD, still_right=right)
    if reminder.state is State.WITHDRAWN and reminder.reason == WITHDRAWN:
        return Standing(send_at=reminder.send_at, progress=Progress.OUT)
    progress = Progress.REFUSED if reminder.state is State.FAILED else Progress.ENDED
    return Standing(send_at=reminder.send_at, progress=progress)
