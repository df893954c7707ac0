"""I6: whatever a patient was told, and is not so any more, has a correction on its way or a person who sees to it."""

from collections.abc import Iterator, Mapping
from typing import Any

from reminders.database.witness import MADE, TASK
from reminders.rehearsal.cases import CORRECTION, Case, Cases
from reminders.rehearsal.checking_words import read
from reminders.rehearsal.ledger import Fact, Violation
from reminders.rehearsal.naive import Plan

Told = dict[tuple[str, str | None], Any]
"""What a patient believes: by placeholder, and by drug where it is about one."""
OF_A_DRUG = ("first_day", "last_day", "resume_day")
UNTOLD = ("deceased",)


def corrected(cases: Cases) -> Iterator[Violation]:
    told: dict[str, list[Case]] = {}
    for case in cases.taken():
        arrived = case.delivery["state"] != "undelivered"  # then the provider says that nobody has read it
        if arrived and case.reminder["recipient"] is None and not case.is_response:
            told.setdefault(case.enrollment, []).append(case)
    for enrollment, mine in told.items():
        yield from _of_one(cases, enrollment, mine)


def _of_one(cases: Cases, enrollment: str, mine: list[Case]) -> Iterator[Violation]:
    """Everything that was said and that changed, in its order."""
    believed: Told = {}
    happened: list[tuple[int, Case | Fact]] = [(case.intended, case) for case in mine]
    happened += [(fact.seq, fact) for fact in cases.facts[enrollment]]
    plan: Plan | None = None
    for _, each in sorted(happened, key=lambda one: one[0]):
        if isinstance(each, Case):
            _hear(cases, each, believed)
            continue
        wrong = sorted({name for name, _ in _wrong(cases, believed, each.plan)} - _were(cases, believed, plan))
        ahead = each.plan.start > each.at  # who was to come yesterday knows that nothing took place
        cancelled = each.action == "cancel" and ahead and bool(believed) and each.plan.reason not in UNTOLD
        if (wrong or cancelled) and not _is_seen_to(cases, each):
            what = ", ".join(wrong) or "that it is cancelled"
            story = f"{each.action} at {each.at:%Y-%m-%d %H:%M} UTC: nobody tells the patient about {what}"
            yield Violation(invariant="I6", enrollment=enrollment, story=story)
        plan = each.plan


def _were(cases: Cases, believed: Told, plan: Plan | None) -> set[str]:
    return {name for name, _ in _wrong(cases, believed, plan)} if plan is not None else set()


def _hear(cases: Cases, case: Case, believed: Told) -> None:
    """The patient takes what it states for true; what was wrong before, a correction takes back."""
    said, drug = read(cases, case), case.reminder["drug"]
    if case.is_correction:
        for place in list(_wrong(cases, believed, case.plan)):
            del believed[place]
    facts = case.plan.facts(cases.ledger.rules, drug)
    for name in said.values if said is not None else ():
        if facts.get(name) is not None:
            believed[name, drug if name in OF_A_DRUG else None] = facts[name]


def _wrong(cases: Cases, believed: Told, plan: Plan) -> Mapping[tuple[str, str | None], Any]:
    if plan.status not in ("active", "completed"):
        return {}
    rules = cases.ledger.rules
    return {
        (name, drug): value for (name, drug), value in believed.items() if plan.facts(rules, drug).get(name) != value
    }


def _is_seen_to(cases: Cases, fact: Fact) -> bool:
    """Whether the very change made a correction, or a task."""
    for row in cases.ledger.seen:
        if not fact.began < row["seq"] <= fact.seq:
            continue
        made = cases.reminders.get(int(row["row"])) if row["kind"] == MADE else None
        if made and made["enrollment"] == fact.enrollment and made["key"].startswith(CORRECTION):
            return True
        if row["kind"] == TASK and any(task["id"] == int(row["row"]) for task in cases.tasks[fact.enrollment]):
            return True
    return False
