"""What gives way at planning where a number may get only so many messages, or only short ones: by e-mail, else a call.

What gives way is decided by rank alone, and each one says so in its reasons (pure).
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from reminders.settings import FrequencySettings
from schedules.frequency import NUMBER_CHANNELS, Group, Message, over_cap
from schedules.placing import Trace
from schedules.protocol import Channel
from schedules.timeline import PlannedReminder, Status


def too_long(
    reminders: Iterable[PlannedReminder], limits: FrequencySettings, longest: Callable[[PlannedReminder], str | None]
) -> dict[str, str]:
    """The texts that may take more characters than the site's texts have, by key, with the reason in words."""
    most = limits.longest_text
    if most is None:
        return {}
    texts = [each for each in reminders if _to_number(each) and each.channels[0] is Channel.SMS]
    reason = f"longer than the {most} characters of the site's texts"
    return {each.key: reason for each in texts if len(longest(each) or "") > most}


def over_limit(
    reminders: Sequence[PlannedReminder], groups: Sequence[Group], limits: FrequencySettings, fixed: Sequence[datetime]
) -> dict[str, str]:
    """The reminders for which their number has no room, by key, with the reason in words.

    A group is one message, as important as the most important of its members. `fixed` (UTC) are messages that
    count and never give way.
    """
    if limits.day_cap is None and limits.week_cap is None:
        return {}
    grouped = {each.key for group in groups for each in group}
    single = [(each,) for each in reminders if _to_number(each) and each.key not in grouped]
    messages = {_message(group): group for group in (*groups, *single)}
    over = over_cap(messages, limits.day_cap, limits.week_cap, fixed)
    return {
        each.key: f"over the site's limit of {over[message.key].words}"
        for message, group in messages.items()
        if message.key in over
        for each in group
    }


def _to_number(planned: PlannedReminder) -> bool:
    leaves = planned.status is Status.PLANNED and planned.copy_of is None
    return leaves and planned.channels[0] in NUMBER_CHANNELS


def _message(group: Group) -> Message:
    at = max(each.send_at for each in group if each.send_at is not None)
    return Message(at, min(each.step.priority for each in group), group[0].position, group[0].key)


def give_way(planned: PlannedReminder, reason: str) -> PlannedReminder:
    """By e-mail where the patient agreed to it and the step knows that channel; else it is a person's matter."""
    if Channel.EMAIL in planned.channels:
        return replace(planned, channels=(Channel.EMAIL,), why=(*planned.why, f"{reason}: goes by e-mail"))
    at = planned.send_at
    called = f"{reason}; call the patient" + (f" at {Trace(planned.zone).say(at)}" if at else "")
    return replace(planned, status=Status.MISSED, send_at=None, gave_way_at=at, why=(*planned.why, called))


def without_doubles(reminders: Iterable[PlannedReminder], gave_way: Collection[str]) -> tuple[PlannedReminder, ...]:
    """A copy by e-mail is none where the reminder itself now goes by e-mail."""
    return tuple(each for each in reminders if each.copy_of not in gave_way or each.channels != (Channel.EMAIL,))
