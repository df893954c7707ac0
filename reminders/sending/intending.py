"""What is to leave gets its words and its written intent: a delivery row that commits before the provider is called."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from reminders import callbacks, identifiers
from reminders.composing import compose
from reminders.consent import address_lookup
from reminders.database import claims, unknowns
from reminders.deciding import Candidate, End, Send, Way, decide
from reminders.joining import fits, join_texts
from reminders.lifecycle import State, check_move
from reminders.logs import get_logger
from reminders.outcomes import Intent
from reminders.protocols import ProtocolVersion
from reminders.records import Reminder
from reminders.sending.attaching import attachments_for
from reminders.sending.judged import Checked
from reminders.service import Service
from reminders.sites import find_site
from reminders.staff_texts import words_of
from reminders.transports.base import OutboundMessage, Transport
from schedules.protocol import Channel
from schedules.unplanned import is_planned

FirstAttempts = Mapping[tuple[int, str], str]
"""By reminder and channel: the delivery that surely came to nothing, and which the next one repeats."""

log = get_logger(__name__)


class Intender:
    """Makes messages and writes their intents for one worker."""

    def __init__(self, service: Service, transports: Mapping[Channel, Transport], *, worker: str) -> None:
        self._service = service
        self._transports = transports
        self._worker = worker

    def judge(
        self, candidate: Candidate, version: ProtocolVersion, ways: Mapping[Channel, Way], now: datetime
    ) -> Checked:
        decision = decide(candidate, ways, now)
        if not isinstance(decision, Send):
            return Checked(candidate=candidate, decision=decision)
        try:
            composed = compose(
                candidate.enrollment,
                candidate.reminder,
                decision.channel,
                version=version,
                site=find_site(self._service.settings, candidate.enrollment.site),
                place=candidate.place,
                medications=self._service.medications,
                now=now,
                words=words_of(self._service.vault, candidate.reminder),
            )
            attachments = attachments_for(
                self._service,
                candidate.enrollment.as_read_by(candidate.reminder.recipient),
                candidate.step,
                decision.channel,
                version=version,
                place=candidate.place,
                now=now,
            )
        except Exception as error:  # one text that cannot be made must not hold up the others
            log.error("text_failed", error, reminder=candidate.reminder.id)
            reason = "its text could not be made; call the patient instead"
            return Checked(candidate=candidate, decision=End(state=State.MISSED, reason=reason, task="text"))
        if decision.channel is Channel.SMS and self._is_too_long(candidate, composed.rendered.text):
            return self.judge(replace(candidate, too_long=True), version, ways, now)
        return Checked(candidate=candidate, decision=decision, composed=composed, attachments=attachments)

    def _is_too_long(self, candidate: Candidate, text: str) -> bool:
        most = find_site(self._service.settings, candidate.enrollment.site).frequency.longest_text
        return most is not None and len(text) > most and is_planned(candidate.reminder.step)

    def write(
        self,
        connection: Connection,
        leaving: Sequence[Checked],
        now: datetime,
        allot: Callable[[list[Intent]], list[Intent]] = list,
    ) -> list[Intent]:
        """Move the reminders to `sending` and write their deliveries; the calls may be made after the commit.

        What the plan joined and leaves together is one call: the others' deliveries name the one they travel in.
        `allot` leaves out what its sender cannot take yet; nothing is written about that.
        """
        tried = [item.candidate.reminder.id for item in leaving if item.candidate.reminder.attempts]
        firsts = unknowns.first_attempts(connection, tried) if tried else {}
        intents = allot([self._intent(group, firsts) for group in self._groups(leaving)])
        every = [one for intent in intents for one in (intent, *intent.followers)]
        lease = now + timedelta(seconds=self._service.settings.worker.lease_seconds)
        by_channel: dict[Channel, list[Reminder]] = {}
        for intent in every:
            check_move(intent.reminder.state, State.SENDING)
            by_channel.setdefault(intent.message.channel, []).append(intent.reminder)
        for channel, reminders in by_channel.items():
            claims.start_sending(connection, reminders, str(channel), worker=self._worker, lease_until=lease, now=now)
        leaders = {one.message.delivery_id: each.message.delivery_id for each in intents for one in each.followers}
        rows = [self._delivery_row(one, leaders.get(one.message.delivery_id), now) for one in every]
        claims.write_intents(connection, rows)
        return intents

    def _groups(self, leaving: Sequence[Checked]) -> list[list[Checked]]:
        """What leaves as one message, in table order: joined by the plan, to one number, and short enough as it is."""
        if not any(item.candidate.reminder.joins for item in leaving):
            return [[item] for item in leaving]
        found: dict[object, list[Checked]] = {}
        for item in leaving:
            reminder, decision = item.candidate.reminder, item.decision
            joined = isinstance(decision, Send) and decision.channel is Channel.SMS and reminder.joins is not None
            group = (reminder.enrollment, reminder.joins, decision) if joined else reminder.id
            found.setdefault(group, []).append(item)
        return [part for group in found.values() for part in self._fitting(group)]

    def _fitting(self, group: list[Checked]) -> list[list[Checked]]:
        """The group, or each by itself where the words as they are need more room than was planned for."""
        if len(group) == 1:
            return [group]
        group = sorted(group, key=lambda item: item.candidate.reminder.position)
        enrollment = group[0].candidate.enrollment
        site = find_site(self._service.settings, enrollment.site)
        whole = fits([_text(item) for item in group], site, enrollment.language)
        return [group] if whole else [[item] for item in group]

    def _intent(self, group: Sequence[Checked], firsts: FirstAttempts) -> Intent:
        """The call for one reminder, or for several that go as one message."""
        if len(group) == 1:
            return self._single(group[0], firsts)
        first, *others = (self._single(item, firsts) for item in group)
        site = find_site(self._service.settings, first.enrollment.site)
        ends = [each.reminder.not_after for each in (first, *others) if each.reminder.not_after is not None]
        text = join_texts([each.message.text for each in (first, *others)], site)
        message = replace(first.message, text=text, expires_at=min(ends, default=None))
        return replace(first, message=message, followers=tuple(others))

    def _single(self, item: Checked, firsts: FirstAttempts) -> Intent:
        reminder, enrollment = item.candidate.reminder, item.candidate.enrollment
        decision, composed = item.decision, item.composed
        if not isinstance(decision, Send) or composed is None:
            raise TypeError("only what is to leave has an intent")
        rendered = composed.rendered
        delivery = identifiers.delivery_id()
        addressed = (self._service.settings.web, self._service.vault, delivery, decision.channel)
        message = OutboundMessage(
            delivery_id=delivery,
            enrollment=enrollment.id,
            key=reminder.key,
            channel=decision.channel,
            to=decision.address,
            subject=rendered.subject,
            text=rendered.text,
            html=rendered.html,
            attachments=item.attachments,
            expires_at=reminder.not_after,
            callback_url=callbacks.status_url(*addressed),
            script_url=callbacks.script_url(*addressed),
            unsubscribe_url=callbacks.unsubscribe_url(*addressed),
            language=enrollment.as_read_by(reminder.recipient).language,
            discreet=composed.discreet,
            again_of=firsts.get((reminder.id, str(decision.channel))),
        )
        tried = reminder if reminder.channel is decision.channel else replace(reminder, channel=decision.channel)
        return Intent(
            reminder=tried,
            enrollment=enrollment,
            message=message,
            fence=reminder.fence + 1,
            written_at=0.0,
            stated=composed.stated,
            receipt_within=item.candidate.step.receipt_within,
        )

    def _delivery_row(self, intent: Intent, leader: str | None, now: datetime) -> dict[str, Any]:
        message, vault = intent.message, self._service.vault
        content = message.text if message.subject is None else f"{message.subject}\n\n{message.text}"
        return {
            "id": message.delivery_id,
            "reminder": intent.reminder.id,
            "enrollment": intent.enrollment.id,
            "channel": str(message.channel),
            "transport": self._transports[message.channel].name,
            "worker": self._worker,
            "fence": intent.fence,
            "revision": intent.reminder.revision,
            "state": "intended",
            "recipient": vault.seal("deliveries", message.delivery_id, "recipient", message.to),
            "content": vault.seal("deliveries", message.delivery_id, "content", content),
            "content_hash": vault.lookup("content", content),
            "stated": dict(intent.stated),
            "intended_at": now,
            "leader": leader,
            "again_of": message.again_of,
            "recipient_lookup": address_lookup(vault, message.channel, message.to),
            "discreet": vault.seal("deliveries", message.delivery_id, "discreet", message.discreet)
            if message.discreet is not None
            else None,
        }


def _text(item: Checked) -> str:
    return item.composed.rendered.text if item.composed is not None else ""
