"""The ledgers of a rehearsal side by side: each message with its intent, its reminder and the plan of that moment."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from reminders.database.witness import INTENT
from reminders.rehearsal.ledger import Fact, Ledger, Line, Row, Violation
from reminders.rehearsal.naive import Plan

CORRECTION, RESPONSE = "correction", "response"  # how keys begin that stand in no protocol


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One written intent whose message a provider took, itself or in another's message."""

    delivery: Row
    reminder: Row
    plan: Plan
    intended: int  # the witness's number of the intent
    line: Line

    @property
    def enrollment(self) -> str:
        return str(self.delivery["enrollment"])

    @property
    def step(self) -> str:
        return str(self.reminder["step"])

    @property
    def is_correction(self) -> bool:
        return self.step.startswith(CORRECTION)

    @property
    def is_response(self) -> bool:
        return self.step.startswith(RESPONSE)

    def wrong(self, invariant: str, what: str) -> Violation:
        story = (
            f"{what}: {self.reminder['key']} round {self.reminder['round']} by {self.line.channel}, "
            f"taken {self.line.at:%Y-%m-%d %H:%M:%S} UTC (delivery {self.delivery['id'][:8]})"
        )
        return Violation(invariant=invariant, enrollment=self.enrollment, story=story)


class Cases:
    """Looks things up in a ledger; decides nothing."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.reminders = {row["id"]: row for row in ledger.rows["reminders"]}
        self.deliveries = {row["id"]: row for row in ledger.rows["deliveries"]}
        self.intents = {row["row"]: row["seq"] for row in ledger.seen if row["kind"] == INTENT}
        self.lines: dict[str, list[Line]] = defaultdict(list)
        for line in ledger.lines:
            self.lines[line.delivery].append(line)
        self.facts: dict[str, list[Fact]] = defaultdict(list)
        for fact in sorted(ledger.facts, key=lambda each: each.seq):
            self.facts[fact.enrollment].append(fact)
        self.tasks: dict[str, list[Row]] = defaultdict(list)
        for task in ledger.rows["tasks"]:
            self.tasks[task["enrollment"]].append(task)

    def plan_at(self, enrollment: str, seq: int) -> Plan:
        """What held at a moment; a change that was being made then had been taken by the program already."""
        facts = self.facts[enrollment]
        found = bisect_right([fact.seq for fact in facts], seq)
        return facts[max(0, found - 1)].plan

    def taken(self) -> Iterator[Case]:
        """Every intent whose message reached a patient, in the order of the intents."""
        for id_, seq in sorted(self.intents.items(), key=lambda each: each[1]):
            delivery = self.deliveries[id_]
            for line in self.lines.get(delivery["leader"] or id_, ()):
                yield Case(
                    delivery=delivery,
                    reminder=self.reminders[delivery["reminder"]],
                    plan=self.plan_at(delivery["enrollment"], seq),
                    intended=seq,
                    line=line,
                )

    def followers(self, leader: str) -> Sequence[Row]:
        """The deliveries whose words travel in a message, in the order of the plan."""
        found = [row for row in self.ledger.rows["deliveries"] if row["leader"] == leader]
        return sorted(found, key=lambda row: self.reminders[row["reminder"]]["position"])

    def has_task(self, enrollment: str, word: str) -> bool:
        """Whether a task is, or was, about something."""
        return any(word in task["reason"] or word in task["cause"] for task in self.tasks[enrollment])


def printed(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M:%S} UTC"
