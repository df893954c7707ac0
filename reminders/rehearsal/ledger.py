"""What really happened in a rehearsal, as plain values: the provider's ledger, the hospital's facts, the store's rows.

The rule: every value was written down by whoever did the thing, not by the program under rehearsal; `seq` is the
witness's number, by which everything that happened has one order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from reminders.rehearsal.naive import Plan, Rules

Row = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One message a provider took, at the true instant (UTC)."""

    seq: int
    at: datetime
    delivery: str
    provider_id: str
    channel: str
    enrollment: str
    key: str
    to: str = field(repr=False)
    subject: str | None = field(repr=False)
    text: str = field(repr=False)
    content_hash: str = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Word:
    """One receipt that reached the program: what the provider said of a message."""

    seq: int
    at: datetime
    provider_id: str
    status: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Fact:
    """One thing the hospital did and the program took; `plan` is what holds from then on.

    `began` is the witness's number before it was asked for, `seq` that after it was taken.
    """

    began: int
    seq: int
    at: datetime
    enrollment: str
    action: str  # as the event log must name it
    plan: Plan
    ordered: tuple[str, ...] = ()  # drugs whose order it confirms


@dataclass(frozen=True, kw_only=True, slots=True)
class Silence:
    """An address whose patient wants nothing by a channel, until `until` (seq) if that is set."""

    seq: int
    address: str = field(repr=False)
    channel: str
    until: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Wrote:
    """A text a patient sent, and the program took."""

    seq: int
    at: datetime
    phone: str = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Ledger:
    """Everything the checker may know."""

    rules: Rules
    messages: Mapping[str, Any]  # by language: the tables of the approved messages files
    site_name: str
    lines: Sequence[Line]
    words: Sequence[Word]
    facts: Sequence[Fact]
    silences: Sequence[Silence]
    wrote: Sequence[Wrote]
    rows: Mapping[str, Sequence[Row]]  # the store at the end, by table
    seen: Sequence[Row]  # what the witness saw
    log_copy: Sequence[Row]  # the event log as it was read while it grew
    pauses: int
    slack: timedelta  # how far a worker's clock, and one call, may be behind
    looked_at: datetime  # when a worker last looked
    quiet_since: datetime  # when the last fault ended


@dataclass(frozen=True, kw_only=True, slots=True)
class Violation:
    """What must not happen, and did; `story` names no patient."""

    invariant: str
    enrollment: str | None
    story: str
