"""Calls to one number keep apart: while one is being heard the next finds it busy, or talks to its answering machine.

The rule: a call waits ten minutes for the one before it, where it may still be made then; else it is made now. Two
workers look at one number one after the other.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from reminders.consent import address_lookup
from reminders.database import claims
from reminders.database.locks import one_at_a_time
from reminders.deciding import Send, Wait, limits_of
from reminders.records import Enrollment, Reminder
from reminders.sending.judged import Checked
from reminders.service import Service
from schedules.protocol import Channel
from schedules.timeline import GAP


class Line:
    """The calls of one claim, and those made shortly before it, by number; a claim without calls asks nothing."""

    def __init__(
        self,
        service: Service,
        connection: Connection,
        due: Iterable[Reminder],
        enrollments: Mapping[str, Enrollment],
        now: datetime,
    ) -> None:
        self._vault, self._connection, self._now = service.vault, connection, now
        self._last: dict[str, datetime | None] = {}
        # At once, for two claims that asked for two numbers in turn might wait for each other.
        calls = [reminder for reminder in due if reminder.channel is Channel.VOICE]
        found = (enrollments[each.enrollment].address(Channel.VOICE, each.recipient) for each in calls)
        self._ours = {address_lookup(self._vault, Channel.VOICE, to) for to in found if to}
        one_at_a_time(connection, "call", self._ours)

    def keep_apart(self, item: Checked) -> Checked:
        """What was decided, or to wait: whoever lives at the number, one call at a time."""
        decision = item.decision
        if not isinstance(decision, Send) or decision.channel is not Channel.VOICE:
            return item
        number = address_lookup(self._vault, Channel.VOICE, decision.address)
        last = self._called(number)
        if last is not None and limits_of(item.candidate).first_from(last + GAP) == last + GAP:
            waits = Wait(until=last + GAP, reason="calls to one number are ten minutes apart")
            return replace(item, decision=waits, composed=None, attachments=())
        self._last[number] = self._now
        return item

    def _called(self, number: str) -> datetime | None:
        if number not in self._last:
            if number not in self._ours:  # it was to go by another channel
                one_at_a_time(self._connection, "call", [number])
            self._last[number] = claims.last_called(self._connection, number, self._now - GAP)
        return self._last[number]
