"""The checker sees what must never happen: a rehearsal that went well, with one thing in its ledgers made wrong."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from reminders.rehearsal.cases import Case, Cases
from reminders.rehearsal.checking import INVARIANTS, check
from reminders.rehearsal.counting import report_of
from reminders.rehearsal.ledger import Ledger, Silence
from reminders.rehearsal.months import forecast_of, show
from reminders.rehearsal.simulating import Asked, Month, simulate


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Ledger:
    return simulate(Asked(patients=8, days=40, seed=2, faults="none"), template=sqlite_template).ledger


def found(ledger: Ledger) -> set[str]:
    return {each.invariant for each in check(ledger)}


def a_case(ledger: Ledger, suits: Callable[[Case], bool] = lambda case: True) -> Case:
    """A message that traveled alone, to a patient."""
    cases = Cases(ledger)
    alone = (case for case in cases.taken() if case.reminder["joins"] is None and case.reminder["recipient"] is None)
    return next(case for case in alone if suits(case))


def with_line(ledger: Ledger, case: Case, **changes: object) -> Ledger:
    lines = [replace(line, **changes) if line is case.line else line for line in ledger.lines]  # type: ignore[arg-type]
    return replace(ledger, lines=lines)


def with_row(ledger: Ledger, table: str, id_: object, **changes: object) -> Ledger:
    rows = [{**row, **changes} if row["id"] == id_ else row for row in ledger.rows[table]]
    return replace(ledger, rows={**ledger.rows, table: rows})


def test_a_rehearsal_that_went_well_violates_nothing(ledger: Ledger) -> None:
    assert check(ledger) == ()
    assert len(ledger.lines) > 40


def test_a_second_message_of_one_intent_is_seen(ledger: Ledger) -> None:
    case = a_case(ledger)

    assert found(replace(ledger, lines=[*ledger.lines, replace(case.line, provider_id="again")])) == {"I1"}


def test_a_violation_is_told_with_its_rule_and_how_to_see_it_again(ledger: Ledger) -> None:
    twice = replace(ledger, lines=[*ledger.lines, replace(a_case(ledger).line, provider_id="again")])
    asked = Asked(patients=8, days=40, seed=2, faults="none")
    report = report_of(Month(asked=asked, ledger=twice, faults={}, events=""))
    console = Console(file=StringIO(), width=200)
    show(console, report, forecast_of(report, None, ledger.rules.site_zone))
    said = console.file.getvalue()  # type: ignore[attr-defined]

    assert f"I1 is: {INVARIANTS['I1']}." in said
    assert "reminders simulate --patients 8 --days 40 --seed 2 --faults none" in said
    assert "Nothing went twice" not in said


@pytest.mark.parametrize("hours", [-14, 10, 24 * 40])
def test_a_message_outside_its_time_is_seen(ledger: Ledger, hours: int) -> None:
    case = a_case(ledger, lambda case: case.step == "ride")

    assert "I2" in found(with_line(ledger, case, at=case.line.at + timedelta(hours=hours)))


def test_a_message_of_a_cancelled_procedure_is_seen(ledger: Ledger) -> None:
    case = a_case(ledger)
    facts = [
        replace(fact, plan=replace(fact.plan, status="cancelled")) if fact.enrollment == case.enrollment else fact
        for fact in ledger.facts
    ]

    assert "I2" in found(replace(ledger, facts=facts))


@pytest.mark.parametrize("changes", [{"state": "sending"}, {"state": "unknown", "reason": "no answer"}])
def test_a_reminder_that_nobody_looks_after_is_seen(ledger: Ledger, changes: dict[str, object]) -> None:
    assert found(with_row(ledger, "reminders", a_case(ledger).reminder["id"], **changes)) == {"I3"}


def test_a_step_that_was_never_planned_is_seen(ledger: Ledger) -> None:
    newest = {fact.enrollment: fact for fact in ledger.facts}
    waiting = next(fact for fact in newest.values() if fact.plan.status == "active")
    rows = [row for row in ledger.rows["reminders"] if (row["enrollment"], row["key"]) != (waiting.enrollment, "ride")]
    told = [row["id"] for row in ledger.rows["reminders"] if row not in rows]
    assert told
    deliveries = [row for row in ledger.rows["deliveries"] if row["reminder"] not in told]
    gone = {row["id"] for row in ledger.rows["deliveries"]} - {row["id"] for row in deliveries}
    kept = [line for line in ledger.lines if line.delivery not in gone]
    seen = [row for row in ledger.seen if row["row"] not in gone]
    rows_ = {**ledger.rows, "reminders": rows, "deliveries": deliveries}

    assert found(replace(ledger, rows=rows_, lines=kept, seen=seen)) == {"I3"}


def test_a_move_that_no_life_knows_is_seen(ledger: Ledger) -> None:
    move = {"seq": 10**9, "kind": "delivery", "row": "x", "old": "accepted", "new": "unknown"}

    assert found(replace(ledger, seen=[*ledger.seen, move])) == {"I3"}


def test_what_may_only_leave_a_day_after_the_end_is_seen_sooner(ledger: Ledger) -> None:
    case = a_case(ledger, lambda case: case.step == "resume-aspirin")
    ended = case.plan.ended
    assert ended is not None

    assert "I4" in found(with_line(ledger, case, at=ended + timedelta(seconds=86_399)))


@pytest.mark.parametrize(
    "changes",
    [{"text": "Take it all."}, {"to": "+12125550199"}, {"content_hash": "0"}, {"delivery": "nobody's"}],
    ids=["words", "recipient", "other words than were written down", "no intent"],
)
def test_words_or_a_recipient_that_are_not_right_are_seen(ledger: Ledger, changes: dict[str, object]) -> None:
    assert "I5" in found(with_line(ledger, a_case(ledger), **changes))


def test_a_date_that_is_not_the_plans_is_seen(ledger: Ledger) -> None:
    def dated(case: Case) -> bool:
        return case.step == "ride" and case.plan.language == "en"

    case = a_case(ledger, dated)
    day = f"{case.plan.start.astimezone(ledger.rules.site_zone).day} "

    assert "I5" in found(with_line(ledger, case, text=case.line.text.replace(day, "31 ").replace(day.strip(), "31")))


def test_a_message_to_somebody_who_wants_none_is_seen(ledger: Ledger) -> None:
    case = a_case(ledger)
    silence = Silence(seq=case.intended - 1, address=case.line.to, channel=case.line.channel)

    assert found(replace(ledger, silences=[silence])) == {"I5"}


def test_a_change_of_what_was_told_that_nobody_corrects_is_seen(ledger: Ledger) -> None:
    case = a_case(ledger, lambda case: case.step == "ride")
    seq = max(row["seq"] for row in ledger.seen)
    moved = replace(
        next(fact for fact in ledger.facts if fact.enrollment == case.enrollment),
        began=seq,
        seq=seq + 1,
        action="reschedule",
        plan=replace(case.plan, start=case.plan.start + timedelta(days=90)),
    )

    assert "I6" in found(replace(ledger, facts=[*ledger.facts, moved]))


def test_a_log_with_a_gap_or_a_changed_line_is_seen(ledger: Ledger) -> None:
    events = ledger.rows["events"]
    gap = replace(ledger, rows={**ledger.rows, "events": [events[0], *events[2:]]})
    changed = with_row(ledger, "events", events[0]["id"], by="somebody")

    assert "I7" in found(gap)
    assert found(changed) == {"I7"}


def test_a_change_of_the_hospital_that_the_log_leaves_out_is_seen(ledger: Ledger) -> None:
    facts = [replace(ledger.facts[0], action="cancel"), *ledger.facts[1:]]

    assert "I7" in found(replace(ledger, facts=facts))


def test_what_waits_when_all_is_calm_is_seen(ledger: Ledger) -> None:
    row = next(row for row in ledger.rows["reminders"] if row["state"] == "planned")
    late = with_row(ledger, "reminders", row["id"], due_at=ledger.looked_at - timedelta(minutes=5))

    assert found(late) == {"I8"}
    assert found(replace(ledger, pauses=1)) == {"I8"}
