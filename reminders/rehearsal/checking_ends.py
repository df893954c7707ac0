"""I1, I3, I7 and I8: nothing twice, nobody lost, a whole log, and rest when the faults are over."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise

from reminders.database.witness import EVENT
from reminders.records import CONFIRMED
from reminders.rehearsal.cases import RESPONSE, Case, Cases, printed
from reminders.rehearsal.ledger import Row, Violation
from reminders.rehearsal.moves import move_name, unknown_moves

NOT_ARRIVED = ("undelivered", "failed")
WITH_REASON = ("held", "missed", "skipped", "withdrawn", "failed", "unknown")


def nothing_twice(cases: Cases) -> Iterator[Violation]:
    """I1: a second message by the same channel follows only the provider's word that the first did not arrive."""
    same: dict[tuple[int, str, str], list[Case]] = defaultdict(list)  # a new phone is told anew
    for case in cases.taken():
        same[case.reminder["id"], case.line.channel, case.line.to].append(case)
    for messages in same.values():
        for first, second in pairwise(messages):
            if not _did_not_arrive(cases, first, second.intended):
                yield second.wrong("I1", f"a second time, after {printed(first.line.at)}")


def _did_not_arrive(cases: Cases, first: Case, before: int) -> bool:
    return any(
        word.provider_id == first.line.provider_id and word.status in NOT_ARRIVED and word.seq <= before
        for word in cases.ledger.words
    )


# Nobody lost


def nobody_lost(cases: Cases) -> Iterator[Violation]:
    """I3, and no move that the life of a reminder or of a delivery does not know."""
    made = {move_name(row["kind"], row["old"], row["new"]) for row in cases.ledger.seen if row["old"]}
    for move in sorted(unknown_moves(made)):
        yield Violation(invariant="I3", enrollment=None, story=f"a move that is not allowed: {move}")
    latest: dict[tuple[str, str], Row] = {}
    for row in cases.ledger.rows["reminders"]:
        latest[row["enrollment"], row["key"]] = row
        yield from (_lost(row, what) for what in _faults_of(cases, row))
    for enrollment, facts in cases.facts.items():
        plan = facts[-1].plan
        for key, _, _ in plan.instances(cases.ledger.rules) if plan.status == "active" else ():
            row_ = latest.get((enrollment, key))
            if row_ is None or _was_taken_out(cases, row_):
                why = "was never planned" if row_ is None else f"is withdrawn: {row_['reason']}"
                yield Violation(invariant="I3", enrollment=enrollment, story=f"{key} {why}")


def _was_taken_out(cases: Cases, row: Row) -> bool:
    """Whether it left the plan, and nobody knows; a person does of one whose call was under way at a change."""
    told = any(task["kind"] == "stale" and row["key"] in task["reason"] for task in cases.tasks[row["enrollment"]])
    return row["state"] == "withdrawn" and row["reason"] != CONFIRMED and not told


def _lost(row: Row, what: str) -> Violation:
    story = f"{row['key']} round {row['round']} ({row['state']}) {what}"
    return Violation(invariant="I3", enrollment=row["enrollment"], story=story)


def _faults_of(cases: Cases, row: Row) -> Iterator[str]:
    state, ends = row["state"], cases.ledger.looked_at
    if state in WITH_REASON and not row["reason"]:
        yield "has no reason"
    if state == "sending":
        yield "was never settled"
    if state == "held" and not row["waits_for"]:
        yield "waits for nothing"
    if state in ("planned", "held") and row["not_after"] is not None and row["not_after"] <= ends:
        yield "has become wrong and still stands"
    if _is_a_persons(row) and not cases.has_task(row["enrollment"], row["key"]) and not _took_place_of(cases, row):
        yield "has no task"


def _is_a_persons(row: Row) -> bool:
    """Whether somebody must hear of it: the reply that an answer belongs to has told people itself."""
    ended = row["state"] in ("failed", "unknown") or (row["state"] == "missed" and row["copy_of"] is None)
    return ended and not row["key"].startswith(RESPONSE)


def _took_place_of(cases: Cases, row: Row) -> bool:
    """Whether nobody need hear of it: it is over, planned again, a caregiver's, or a person has given it up."""
    calls = (each["state"] for each in cases.ledger.rows["deliveries"] if each["reminder"] == row["id"])
    again = any(
        (each["enrollment"], each["key"]) == (row["enrollment"], row["key"]) and each["round"] > row["round"]
        for each in cases.ledger.rows["reminders"]
    )
    plan = cases.facts[row["enrollment"]][-1].plan
    over = plan.status in ("cancelled", "ended") or "abandoned" in calls
    return again or over or row["recipient"] is not None


# The event log


def log_whole(cases: Cases) -> Iterator[Violation]:
    """I7: numbered without a gap, nothing in it was ever changed, and every change of the hospital stands in it."""
    ledger, events = cases.ledger, cases.ledger.rows["events"]
    if [row["id"] for row in events] != list(range(1, len(events) + 1)):
        yield Violation(invariant="I7", enrollment=None, story="the event log has a gap")
    kept = [_plain(row) for row in ledger.log_copy]
    if kept != [_plain(row) for row in events][: len(kept)]:
        yield Violation(invariant="I7", enrollment=None, story="a line of the event log was changed")
    numbers = {row["seq"]: int(row["row"]) for row in ledger.seen if row["kind"] == EVENT}
    rows = {row["id"]: row for row in events}
    for fact in ledger.facts:
        during = [rows[id_] for seq, id_ in numbers.items() if fact.began < seq <= fact.seq and id_ in rows]
        if not any((row["action"], row["enrollment"]) == (fact.action, fact.enrollment) for row in during):
            yield Violation(invariant="I7", enrollment=fact.enrollment, story=f"{fact.action} is not in the event log")


def _plain(row: Row) -> tuple[object, ...]:
    return tuple(row[name] for name in ("id", "enrollment", "at", "by", "action", "before", "after"))


# At rest


def at_rest(cases: Cases) -> Iterator[Violation]:
    """I8."""
    ledger = cases.ledger
    for row in ledger.rows["reminders"]:
        if row["state"] == "planned" and row["due_at"] and row["due_at"] <= ledger.looked_at - ledger.slack:
            story = f"{row['key']} has been due since {printed(row['due_at'])}"
            yield Violation(invariant="I8", enrollment=row["enrollment"], story=story)
    if ledger.pauses:
        yield Violation(invariant="I8", enrollment=None, story=f"{ledger.pauses} transport(s) still paused")
    for row in ledger.rows["hook_events"]:
        if row["applied_at"] is None:
            story = f"a receipt ({row['status']}) was kept and never applied"
            yield Violation(invariant="I8", enrollment=None, story=story)
