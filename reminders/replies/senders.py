"""Who has written: the enrollments, or the caregivers, that a number belongs to, the most relevant first.

The rule: whoever handles a reply holds the locks of all of them, so that no claim writes an intent meanwhile.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from reminders.database import inbound
from reminders.enrollment import load_whole
from reminders.records import RUNNING, Enrollment
from reminders.service import Service

REMEMBERED = timedelta(days=90)  # how long after its end an enrollment still explains a text


@dataclass(frozen=True, kw_only=True, slots=True)
class Sender:
    """Whose number it is. `label` names the caregiver, where the number is no patient's.

    `enrollments`: the most relevant first, empty for a number nobody knows. `unreadable`: its sites by id, of
    enrollments that are the number's but cannot be opened.
    """

    address: str  # keyed
    enrollments: tuple[Enrollment, ...]
    label: str | None
    unreadable: Mapping[str, str]

    @property
    def enrollment(self) -> Enrollment | None:
        return self.enrollments[0] if self.enrollments else None


def find_sender(service: Service, connection: Connection, address: str, now: datetime) -> Sender:
    """The sender of a text from a number (its keyed hash), with every enrollment concerned locked."""
    found: dict[str, Enrollment] = {}
    broken: set[str] = set()
    rows: list[dict[str, Any]] = []
    for _ in range(2):  # once more behind the number's own lock: an enrollment may have been stored meanwhile
        rows = [*inbound.on_number(connection, address), *inbound.caregivers_on(connection, address)]
        new = sorted({row["id"] for row in rows} - found.keys() - broken)
        if new:
            opened, closed = load_whole(service, connection, new, lock="update")
            found, broken = found | opened, broken | closed
        inbound.one_at_a_time(connection, address)
    own = _known((row for row in rows if "label" not in row), found, now)
    cared_for = [] if own else [row for row in rows if "label" in row]
    labels = {row["id"]: row["label"] for row in cared_for}
    known = own or _known(cared_for, found, now)
    return Sender(
        address=address,
        enrollments=tuple(known),
        label=labels.get(known[0].id) if known else None,
        unreadable={row["id"]: row["site"] for row in rows if row["id"] in broken},
    )


def _known(rows: Iterable[Mapping[str, Any]], found: Mapping[str, Enrollment], now: datetime) -> list[Enrollment]:
    ids = dict.fromkeys(row["id"] for row in rows if row["id"] in found)
    return by_relevance([found[id_] for id_ in ids if _remembered(found[id_], now)], now)


def _remembered(enrollment: Enrollment, now: datetime) -> bool:
    if enrollment.status in RUNNING:
        return True
    ended = max(filter(None, (enrollment.cancelled_at, enrollment.start_at, enrollment.visit_at)))
    return now - ended <= REMEMBERED


def by_relevance(enrollments: Sequence[Enrollment], now: datetime) -> list[Enrollment]:
    """Running ones first, the next procedure ahead before the latest one behind."""

    def rank(one: Enrollment) -> tuple[bool, bool, float, str]:
        behind = one.start_at < now
        return one.status not in RUNNING, behind, abs((one.start_at - now).total_seconds()), one.id

    return sorted(enrollments, key=rank)
