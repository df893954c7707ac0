"""I2 and I4: whether each message left at a time at which it was right."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from reminders.rehearsal.cases import Case, Cases
from reminders.rehearsal.ledger import Ledger, Violation
from reminders.rehearsal.naive import REST, Step

NEAR = timedelta(hours=12)  # a correction of what is so near may leave at once
DATE_ONLY_HOUR = 7  # who was told a date alone may come from then on
ANSWERED_WITHIN = timedelta(minutes=70)


def in_time(cases: Cases) -> Iterator[Violation]:
    """I2, with P7's exception for corrections, and the answers to what patients wrote."""
    for case in cases.taken():
        if case.is_response:
            yield from _answer(cases.ledger, case)
        elif case.is_correction:
            yield from _correction(cases, case)
        else:
            yield from _planned(cases.ledger, case)


def _planned(ledger: Ledger, case: Case) -> Iterator[Violation]:
    rules, plan, line = ledger.rules, case.plan, case.line
    step, drug = rules.steps.get(case.step), case.reminder["drug"]
    if step is None:
        yield case.wrong("I2", "no step of the protocol")
        return
    if plan.status not in ("active", "completed"):
        yield case.wrong("I2", f"the procedure is {plan.status}")
    if (step, drug) not in [(each, of) for _, each, of in plan.instances(rules)]:
        yield case.wrong("I2", "not in the plan")
        return
    zone = plan.zone_of(rules, step)
    if not (rules.is_open(line.at, zone) or rules.is_open(line.at - ledger.slack, zone)):
        yield case.wrong("I2", "outside the window")
    yield from _bounds(ledger, case, step, drug)
    if "completed" in step.get("waits_for", ()) and plan.ended is None:
        yield case.wrong("I2", "before the end was recorded")


def _bounds(ledger: Ledger, case: Case, step: Step, drug: str | None) -> Iterator[Violation]:
    before, after = (case.plan.bound(ledger.rules, step, name, drug) for name in ("not_before", "not_after"))
    if before is not None and case.line.at < before:
        yield case.wrong("I2", "too early")
    if after is not None and case.line.at - ledger.slack >= after:
        yield case.wrong("I2", "too late")


def _answer(ledger: Ledger, case: Case) -> Iterator[Violation]:
    # Whoever has written may have got another number before the answer leaves.
    theirs = {fact.plan.phone for fact in ledger.facts if fact.enrollment == case.enrollment} | {case.line.to}
    asked = [each.at for each in ledger.wrote if each.phone in theirs and each.at <= case.line.at]
    if not asked or case.line.at - asked[-1] > ANSWERED_WITHIN:
        yield case.wrong("I2", "an answer to nothing anybody has just written")


def _correction(cases: Cases, case: Case) -> Iterator[Violation]:
    """Inside the window, or about something near."""
    ledger, zone = cases.ledger, case.plan.zone
    if ledger.rules.is_open(case.line.at, zone) or ledger.rules.is_open(case.line.at - ledger.slack, zone):
        return
    if not _is_near(cases, case):
        yield case.wrong("I2", "a correction outside the window, of nothing near")


def _is_near(cases: Cases, case: Case) -> bool:
    """Whether a start or a hold the patient may know of lies within 12 hours of the change, or before the window."""
    rules = cases.ledger.rules
    facts = [fact for fact in cases.facts[case.enrollment] if fact.seq <= case.intended]
    changed_at = case.reminder["send_at"]
    moments, ends = [], []
    for plan in (fact.plan for fact in facts):
        moments += [plan.start, plan.start - timedelta(hours=max(0, _hour(cases, plan.start) - DATE_ONLY_HOUR))]
        ends += [each for each in (plan.start, plan.visit, plan.ended and plan.ended + REST) if each]
        for days, _ in plan.holds.values():
            moments.append(plan.start - timedelta(days=days, hours=_hour(cases, plan.start)))
    opens = rules.next_open(changed_at, case.plan.zone)
    late = any(changed_at < each <= opens for each in ends)
    return late or any(abs(each - changed_at) <= NEAR + timedelta(hours=1) for each in moments)


def _hour(cases: Cases, instant: datetime) -> int:
    return instant.astimezone(cases.ledger.rules.site_zone).hour


def a_day_after_the_end(cases: Cases) -> Iterator[Violation]:
    """I4: whatever is counted from the end and may only leave later is about what must not be done before."""
    for case in cases.taken():
        step = cases.ledger.rules.steps.get(case.step)
        if step is None or (step["anchor"], step["shift"]) != ("end", "later"):
            continue
        ended = case.plan.ended
        if ended is None or (case.line.at - ended).total_seconds() < 86_400:
            yield case.wrong("I4", f"within 24 hours of the end ({ended})")
