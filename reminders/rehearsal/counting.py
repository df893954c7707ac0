"""What a rehearsal's report counts, and whether it has seen enough: each fault and each allowed move, often.

The rule: a rehearsal that never meets a fault, or never sees a move, proves nothing about it.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from reminders.database.witness import DELIVERY, REMINDER
from reminders.rehearsal.cases import Cases
from reminders.rehearsal.checking import check
from reminders.rehearsal.faults import EVERY
from reminders.rehearsal.ledger import Ledger, Violation
from reminders.rehearsal.moves import allowed_moves, move_name
from reminders.rehearsal.simulating import Month

LATE = timedelta(minutes=15)


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """A rehearsal in figures; `found` are the violations in words."""

    month: Month
    sent: int
    late: int
    missed: int
    tasks: int
    worst_lateness_s: float
    found: tuple[Violation, ...]

    def as_json(self) -> dict[str, int | float]:
        asked = self.month.asked
        return {
            "seed": asked.seed,
            "patients": asked.patients,
            "days": asked.days,
            "sent": self.sent,
            "late": self.late,
            "missed": self.missed,
            "tasks": self.tasks,
            "worst_lateness_s": self.worst_lateness_s,
            "violations": len(self.found),
        }


def report_of(month: Month) -> Report:
    """Count and check one rehearsal."""
    ledger = month.ledger
    lateness = _lateness(ledger)
    return Report(
        month=month,
        sent=len(ledger.lines),
        late=sum(each > LATE for each in lateness),
        missed=sum(row["state"] == "missed" for row in ledger.rows["reminders"]),
        tasks=len(ledger.rows["tasks"]),
        worst_lateness_s=round(max(lateness, default=timedelta(0)).total_seconds(), 1),
        found=check(ledger),
    )


def _lateness(ledger: Ledger) -> list[timedelta]:
    """How long after its plan each reminder's first message was taken."""
    first: dict[int, datetime] = {}
    cases = Cases(ledger)
    for case in cases.taken():
        first.setdefault(case.reminder["id"], case.line.at)
    planned = ((at, cases.reminders[id_]["send_at"]) for id_, at in first.items())
    return [max(timedelta(0), at - send_at) for at, send_at in planned if send_at is not None]


# Whether everything was seen


def seen_of(month: Month) -> Counter[str]:
    """How often each fault happened and each move was made."""
    counts = Counter(month.faults)
    for row in month.ledger.seen:
        if row["kind"] in (REMINDER, DELIVERY):
            counts[move_name(row["kind"], row["old"], row["new"])] += 1
    return counts


def seldom(counts: Mapping[str, int], least: int) -> dict[str, int]:
    """Faults and moves that were seen less often than that."""
    return {name: counts.get(name, 0) for name in (*EVERY, *allowed_moves()) if counts.get(name, 0) < least}
