"""What comes back, in the store: replies and their senders, questions and answers, and who wants no more messages.

Instants come in as arguments; contents arrive sealed. A reply is written once for each provider's id, and an opt-out
stands for its number until the number itself takes it back.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, or_, select, update

from reminders.database import locks
from reminders.database import tables as t
from reminders.database.queries import insert_new
from reminders.database.rows import as_dicts
from reminders.database.sets import among
from reminders.lifecycle import LIVE, MAYBE_READ, DeliveryState
from reminders.records import OPTED_OUT, RUNNING

e, r, d, c, p = t.enrollments.c, t.reminders.c, t.deliveries.c, t.consents.c, t.replies.c


# Who writes


def one_at_a_time(connection: Connection, address: str) -> None:
    """Whoever stores or closes a consent for this number (its keyed hash) waits until this transaction ends.

    To be asked for after the locks of enrollments, never before them.
    """
    locks.one_at_a_time(connection, "consent", [address])


ON_NUMBER = select(e.id, e.site).where(e.phone_lookup == bindparam("address"))
ON_NUMBER = ON_NUMBER.order_by(e.status.not_in(RUNNING), e.start_at.desc(), e.id)
CAREGIVERS = (
    select(e.id, e.site, t.caregivers.c.label)
    .join_from(t.caregivers, t.enrollments, t.caregivers.c.enrollment == e.id)
    .where(t.caregivers.c.address_lookup == bindparam("address"))
    .order_by(t.caregivers.c.label)
)


def on_number(connection: Connection, address: str) -> list[dict[str, Any]]:
    """Every enrollment whose patient has this phone, of any state: running ones first, then the latest procedure."""
    return as_dicts(connection.execute(ON_NUMBER, {"address": address}))


def caregivers_on(connection: Connection, address: str) -> list[dict[str, Any]]:
    """The same of caregivers, with each one's label; their consent may be closed."""
    return as_dicts(connection.execute(CAREGIVERS, {"address": address}))


# Replies


def insert_reply(connection: Connection, row: Mapping[str, Any]) -> bool:
    """Write a reply down; False for a repeat."""
    return insert_new(connection, t.replies, [row]) == 1


def has_reply(connection: Connection, provider_id: str) -> bool:
    """Whether a text was written down already, by the provider's name for it."""
    return connection.execute(select(p.id).where(p.provider_id == provider_id)).first() is not None


def settle_reply(connection: Connection, id_: str, **values: Any) -> None:
    """What was made of a reply."""
    connection.execute(update(t.replies).where(p.id == id_).values(values))


def responses_since(connection: Connection, address: str, since: datetime) -> int:
    """How often a number (its keyed hash) was answered by the program since an instant."""
    query = select(func.count()).where(p.address == address, p.response.is_not(None), p.received_at > since)
    return int(connection.execute(query).scalar_one())


def contents(connection: Connection, ids: Collection[str]) -> list[dict[str, Any]]:
    """What some replies say, and who wrote them; sealed."""
    query = select(p.id, p.content, p.sender, p.enrollment).where(among(p.id, "ids"))
    return as_dicts(connection.execute(query, {"ids": list(ids)})) if ids else []


def next_round(connection: Connection, enrollment: str, key: str) -> int:
    """The round in which a reminder of this key is planned next; the enrollment is locked."""
    last = select(func.coalesce(func.max(r.round), 0)).where(r.enrollment == enrollment, r.key == key)
    return int(connection.execute(last).scalar_one()) + 1


# Questions and answers


def last_asked(connection: Connection, enrollment: str, steps: Collection[str]) -> list[dict[str, Any]]:
    """The last text of one of these steps that the patient has, or may have, with what it states.

    Two where nobody knows whether the last one arrived and a person has given it up: it, and the last one besides.
    """
    last = _last(connection, enrollment, steps, MAYBE_READ)
    given_up = bool(last) and last[0]["state"] == DeliveryState.ABANDONED
    return [*last, *(_last(connection, enrollment, steps, LIVE) if given_up else [])]


def _last(
    connection: Connection, enrollment: str, steps: Collection[str], states: Collection[str]
) -> list[dict[str, Any]]:
    query = (
        select(r.id, r.key, r.step, r.drug, d.state, d.stated, d.intended_at)
        .join_from(t.deliveries, t.reminders, d.reminder == r.id)
        .where(d.enrollment == enrollment, d.channel == "sms", r.recipient.is_(None), among(r.step, "steps"))
        .where(among(d.state, "states"))
        .order_by(d.intended_at.desc(), d.fence.desc(), d.id)
        .limit(1)
    )
    return as_dicts(connection.execute(query, {"steps": list(steps), "states": list(states)})) if steps else []


def answers_to(connection: Connection, reminder: int) -> list[int]:
    """What has been answered to a question so far, in order."""
    query = select(t.answers.c.value).where(t.answers.c.reminder == reminder).order_by(t.answers.c.id)
    return list(connection.execute(query).scalars())


def insert_answer(connection: Connection, row: Mapping[str, Any]) -> None:
    connection.execute(t.answers.insert(), row)


# Opt-outs


def add_opt_out(connection: Connection, address: str, channel: str, *, by: str, now: datetime) -> bool:
    """Keep that an address wants no more messages; False where that was known."""
    row = {"address": address, "channel": channel, "at": now, "by": by, "reason": OPTED_OUT}
    return insert_new(connection, t.opt_outs, [row]) == 1


def remove_opt_out(connection: Connection, address: str, channel: str) -> None:
    """The address wants messages again."""
    o = t.opt_outs.c
    connection.execute(delete(t.opt_outs).where(o.address == address, o.channel == channel))


def is_opted_out(connection: Connection, address: str, channel: str) -> bool:
    """Whether an address (its keyed hash) wants no more messages by a channel."""
    return bool(opted_out(connection, {channel: address}))


def opted_out(connection: Connection, channels: Mapping[str, str]) -> list[str]:
    """Which of some channels is shut at the address (keyed) that each leads to, in their order."""
    o = t.opt_outs.c
    found = connection.execute(select(o.channel, o.address).where(among(o.address, "at")), {"at": [*channels.values()]})
    shut = {(row.channel, row.address) for row in found}
    return [channel for channel, address in channels.items() if (channel, address) in shut]


def shut_consent(connection: Connection, enrollment: str, channels: Sequence[str], *, by: str, now: datetime) -> None:
    """Close one enrollment's consents that its numbers' own opt-outs forbid."""
    closing = update(t.consents).where(c.enrollment == enrollment, c.channel.in_(channels), c.closed_at.is_(None))
    connection.execute(closing.values(closed_at=now, closed_by=by, closed_reason=OPTED_OUT))


def supersede(connection: Connection, ids: Sequence[str]) -> None:
    """Raise the revision of enrollments whose plan stays as it is: what belongs to it goes on under the new one.

    What has left goes along too: a receipt that comes afterwards must not take it for another plan's. Deliveries come
    before reminders, as whoever records an outcome changes them, or each would wait for the other.
    """
    if not ids:
        return
    for table in (t.deliveries, t.reminders):
        current = select(e.revision).where(e.id == table.c.enrollment).scalar_subquery()
        same = update(table).where(table.c.enrollment.in_(ids), table.c.revision == current)
        connection.execute(same.values(revision=table.c.revision + 1))
    connection.execute(update(t.enrollments).where(e.id.in_(ids)).values(revision=e.revision + 1))


def reopenable(connection: Connection, address: str, channel: str) -> list[str]:
    """The running enrollments at a phone whose last consent for a channel an opt-out has closed."""
    later = t.consents.alias("later").c
    newer = select(later.id).where(later.enrollment == c.enrollment, later.channel == channel)
    newer = newer.where(or_(later.closed_at.is_(None), later.id > c.id))
    query = (
        select(c.enrollment)
        .join_from(t.consents, t.enrollments, c.enrollment == e.id)
        .where(e.phone_lookup == address, e.status.in_(RUNNING), c.channel == channel)
        .where(c.closed_reason == OPTED_OUT, ~newer.exists())
    )
    return sorted(set(connection.execute(query).scalars()))


def reopen_caregivers(
    connection: Connection, address: str, channel: str, *, by: str, wording: str, now: datetime
) -> list[tuple[str, str]]:
    """A caregiver's START: a new consent of those whom their own opt-out had closed, where the plan still runs."""
    g = t.caregivers.c
    running = select(e.id).where(e.status.in_(RUNNING))
    reopening = update(t.caregivers).where(
        g.address_lookup == address, g.channel == channel, g.closed_reason == OPTED_OUT, g.enrollment.in_(running)
    )
    values = {"granted_at": now, "granted_by": by, "wording": wording}
    values |= {"closed_at": None, "closed_by": None, "closed_reason": None}
    reopening = reopening.values(values)
    return sorted((row.enrollment, row.label) for row in connection.execute(reopening.returning(g.enrollment, g.label)))
