"""How often one number is written to: what goes as one message, and what gives way where there would be too many.

Pure: instants, limits and ranks come in as values; whether words fit into one message is asked of the caller.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from schedules.placing import Limits, Trace, at_sending, make_limits
from schedules.procedure import Place
from schedules.protocol import Channel, Protocol, Shift
from schedules.timeline import PlannedReminder, Status

JOIN_SPAN = timedelta(hours=1)
DAY, WEEK = timedelta(hours=24), timedelta(days=7)
NUMBER_CHANNELS = (Channel.SMS, Channel.VOICE)
"""What reaches a phone number; an e-mail is no message to it."""

Group = tuple[PlannedReminder, ...]


# Going as one


def together(
    reminders: Iterable[PlannedReminder], protocol: Protocol, place: Place, fits: Callable[[Group], bool]
) -> list[Group]:
    """The reminders that go as one message, in table order within each group; each group has two members or more.

    They leave at the latest one's instant, at which each of them must be permitted. `fits` says whether the words of
    some reminders fit into one message.
    """
    groups: list[Group] = []
    for one in sorted(filter(_may_join, reminders), key=lambda each: (_instant(each), each.position)):
        at = next((n for n, group in enumerate(groups) if _belongs(one, group, protocol, place, fits)), None)
        if at is None:
            groups.append((one,))
        else:
            groups[at] = _in_order((*groups[at], one))
    return [group for group in groups if len(group) > 1]


def _may_join(planned: PlannedReminder) -> bool:
    """Late steps were spaced on purpose; the first one opens the conversation; a copy goes to another address."""
    apart = planned.late or planned.step.first or planned.copy_of is not None
    return not apart and planned.status is Status.PLANNED and planned.channels[0] is Channel.SMS


def _belongs(
    one: PlannedReminder, group: Group, protocol: Protocol, place: Place, fits: Callable[[Group], bool]
) -> bool:
    """Whether a reminder that is due last can go with a group: none may wait for what the others do not wait for."""
    at = _instant(one)
    return (
        at - min(map(_instant, group)) <= JOIN_SPAN
        and one.waits_for == group[0].waits_for
        and _asks_one_thing((*group, one))
        and all(_may_leave_at(at, each, limits_of(each, protocol, place)) for each in group)
        and fits(_in_order((*group, one)))
    )


def _asks_one_thing(group: Group) -> bool:
    """A number that comes in answers the message, so a message asks one question at most."""
    return len({each.step.asks for each in group if each.step.asks is not None}) <= 1


def limits_of(planned: PlannedReminder, protocol: Protocol, place: Place) -> Limits:
    """The window and bounds a reminder was planned in."""
    return make_limits(protocol, planned.step, planned.zone, place, planned.not_before, planned.not_after)


def _may_leave_at(at: datetime, planned: PlannedReminder, limits: Limits) -> bool:
    """At this very instant, and not against a direction that is clinical: a strict earlier step is never later."""
    against = planned.step.strict and planned.step.shift is Shift.EARLIER and at != planned.send_at
    return not against and at_sending(limits, planned.step.if_late, at).at == at


def joined(group: Group) -> Group:
    """The members of a group as they are planned now: one instant, one word in common, and why."""
    at, word = max(map(_instant, group)), "+".join(each.key for each in group)
    return tuple(replace(each, send_at=at, joins=word, why=(*each.why, _with_whom(each, group, at))) for each in group)


def _with_whom(one: PlannedReminder, group: Group, at: datetime) -> str:
    others = ", ".join(each.key for each in group if each.key != one.key)
    return f"goes as one message with {others}: {Trace(one.zone).say(at)}"


def _in_order(group: Group) -> Group:
    return tuple(sorted(group, key=lambda each: each.position))


def _instant(planned: PlannedReminder) -> datetime:
    if planned.send_at is None:
        raise ValueError(f"{planned.key} has no instant")
    return planned.send_at


# Giving way


class Cap(NamedTuple):
    """So many messages at most in any span of this length; the span holds its begin and not its end."""

    most: int
    span: timedelta

    @property
    def words(self) -> str:
        length = "24 hours" if self.span == DAY else f"{self.span.days} days"
        return f"{self.most} message{'s' * (self.most != 1)} in {length}"


class Message(NamedTuple):
    """One message to a number: its instant (UTC), its rank (1 = the last to give way), its place in the table."""

    at: datetime
    priority: int
    position: int
    key: str


def caps_of(day: int | None, week: int | None) -> tuple[Cap, ...]:
    """The caps that are set."""
    return tuple(Cap(most, span) for most, span in ((day, DAY), (week, WEEK)) if most is not None)


def over_cap(
    messages: Iterable[Message], day: int | None, week: int | None, fixed: Sequence[datetime] = ()
) -> Mapping[str, Cap]:
    """The keys of the messages that must give way, each with the cap it would break.

    The most important, then the first of the table, takes its place before the others; a message gives way exactly
    when the more important ones leave no room for it. `fixed` are the instants of messages that never give way.
    """
    caps, kept = caps_of(day, week), sorted(fixed)
    gives_way: dict[str, Cap] = {}
    for message in sorted(messages, key=lambda each: (each.priority, each.position)):
        broken = next((cap for cap in caps if not _has_room(kept, message.at, cap)), None)
        if broken is None:
            kept.insert(bisect_right(kept, message.at), message.at)
        else:
            gives_way[message.key] = broken
    return gives_way


def _has_room(kept: Sequence[datetime], at: datetime, cap: Cap) -> bool:
    """Whether every span that would hold `at` holds less than the cap allows; `kept` is sorted."""
    place = bisect_right(kept, at)
    with_it = [*kept[:place], at, *kept[place:]]
    firsts = range(max(0, place - cap.most), min(place, len(kept) - cap.most) + 1)
    return all(with_it[first + cap.most] - with_it[first] >= cap.span for first in firsts)


def room_from(sent: Iterable[datetime], now: datetime, caps: Iterable[Cap]) -> datetime:
    """The first instant, `now` or later, at which the number may get one more; nothing in `sent` lies after `now`."""
    latest = sorted(sent, reverse=True)
    freed = (latest[cap.most - 1] + cap.span for cap in caps if len(latest) >= cap.most)
    return max((now, *freed))
