"""I5: whether each message said approved and true words, as they were written down, to whom it was meant for."""

from collections.abc import Iterator
from datetime import date, datetime

from reminders.rehearsal.approved import Said, read_message
from reminders.rehearsal.cases import Case, Cases
from reminders.rehearsal.ledger import Row, Violation
from reminders.rehearsal.naive import printed_day, printed_time

ANYBODY = ("help", "stopped", "emergency", "warning")  # answers that need no consent
ENGLISH = "en"


def approved(cases: Cases) -> Iterator[Violation]:
    for line in cases.ledger.lines:
        if line.delivery not in cases.intents:
            yield Violation(invariant="I5", enrollment=line.enrollment, story=f"{line.key} was sent without an intent")
    for case in cases.taken():
        if case.delivery["leader"] is None and case.line.content_hash != case.delivery["content_hash"]:
            yield case.wrong("I5", "not the words that were written down")
        yield from _recipient(cases, case)
        said = read(cases, case)
        if said is None:
            yield case.wrong("I5", "not the approved words")
        elif case.plan.language == ENGLISH and case.line.channel != "voice":
            yield from _true(cases, case, said)


def _recipient(cases: Cases, case: Case) -> Iterator[Violation]:
    label, line, plan = case.reminder["recipient"], case.line, case.plan
    if label is not None:
        if plan.caregivers.get(label) != (line.channel, line.to):
            yield case.wrong("I5", "to somebody who is no caregiver")
    elif line.to != plan.address(line.channel):
        yield case.wrong("I5", "to an address that is not the patient's")
    elif line.channel not in plan.channels and not _for_anybody(case):
        yield case.wrong("I5", "by a channel without consent")
    for each in cases.ledger.silences:
        heard = each.seq < case.intended <= (each.until or case.intended)
        if (each.address, each.channel) == (line.to, line.channel) and heard and not _for_anybody(case):
            yield case.wrong("I5", "to somebody who wants no messages")


def _for_anybody(case: Case) -> bool:
    return case.is_response and case.step.partition("-")[2] in ANYBODY


def read(cases: Cases, case: Case) -> Said | None:
    """What the case's part of the message states; None where the whole message is not the approved one."""
    leader = case.delivery["leader"] or case.delivery["id"]
    parts = [cases.deliveries[leader], *cases.followers(leader)]
    if len(parts) == 1:
        return _part(cases, case, case.delivery, case.line.text, behind=False)
    return _joined(cases, case, parts)


def _joined(cases: Cases, case: Case, parts: list[Row]) -> Said | None:
    """Several texts in one: some way of cutting it must fit them all, the first with the department's name."""
    words = case.line.text.split(" ")
    found: dict[str, Said] = {}

    def fits(number: int, begin: int) -> bool:
        if number == len(parts):
            return begin == len(words)
        ends = [len(words)] if number == len(parts) - 1 else range(begin + 1, len(words))
        for end in ends:
            said = _part(cases, case, parts[number], " ".join(words[begin:end]), behind=number > 0)
            if said is not None and fits(number + 1, end):
                found[parts[number]["id"]] = said
                return True
        return False

    return found.get(case.delivery["id"]) if fits(0, 0) else None


def _part(cases: Cases, case: Case, delivery: Row, text: str, *, behind: bool) -> Said | None:
    reminder, ledger = cases.reminders[delivery["reminder"]], cases.ledger
    theirs = reminder["recipient"] is not None
    return read_message(
        ledger.messages[case.plan.language],
        reminder["step"],
        case.line.channel,
        text,
        detailed=case.plan.detailed and not theirs,
        copy=theirs and reminder["copy_of"] is not None,
        site=ledger.site_name if behind else None,
    )


def _true(cases: Cases, case: Case, said: Said) -> Iterator[Violation]:
    """The dates and times it states are those of the plan in force."""
    rules = cases.ledger.rules
    facts = case.plan.facts(rules, case.reminder["drug"])
    for name, value in said.values.items():
        if name not in facts:
            continue
        truth = facts[name]
        if truth is None or not value.startswith(_printed(truth, cases)):
            yield case.wrong("I5", f"states a wrong {name}: {value} instead of {truth}")


def _printed(truth: date | datetime, cases: Cases) -> str:
    zone = cases.ledger.rules.site_zone
    text = printed_time(truth, zone) if isinstance(truth, datetime) else printed_day(truth)
    return text.replace(" ", "")
