"""Weeks of twenty patients with every fault: what must never happen does not, and a seed plays the same again."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from reminders.clock import SystemClock
from reminders.rehearsal.counting import Report, report_of, seen_of, seldom
from reminders.rehearsal.faults import EVERY
from reminders.rehearsal.months import replay_of
from reminders.rehearsal.moves import unknown_moves
from reminders.rehearsal.simulating import Asked, simulate
from tests import rehearsed
from tests.rehearsed import SEEDS

SOAK_SEEDS, SOAK_DAYS, SOAK_SENDS = 2000, 180, 300_000
SMALL = Asked(patients=6, days=15, seed=7, faults="all")
DIGEST = """
from reminders.rehearsal.simulating import Asked, simulate
print(simulate(Asked(patients=6, days=15, seed=7, faults="all")).events)
"""


def violations(report: Report) -> list[str]:
    """What is wrong, and how to see it again."""
    replay = replay_of(report.month.asked)
    return [f"{each.invariant} {each.enrollment} {each.story} [{replay}]" for each in report.found]


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", range(1, SEEDS + 1))
def test_with_every_fault_nothing_goes_twice_is_lost_or_is_wrong(
    seed: int, sqlite_template: Path, record_property: Callable[[str, object], None]
) -> None:
    """That every fault and move was seen often enough is decided over all seeds: tests/rehearsed.py."""
    report = report_of(simulate(Asked(patients=20, days=60, seed=seed, faults="all"), template=sqlite_template))
    record_property(*rehearsed.told(seen_of(report.month)))

    assert violations(report) == []


def test_a_run_in_which_a_fault_was_seldom_met_has_failed() -> None:
    seeds = [rehearsed.told({"frozen": 1})] * SEEDS

    lines, passes = rehearsed.summary(seeds)
    assert not passes
    assert f"rehearsed FAILED: frozen was seen {SEEDS} times, not 100" in lines
    assert rehearsed.summary(seeds[1:]) == ([], True)


def test_a_seed_plays_the_same_again(sqlite_template: Path) -> None:
    first, second = (simulate(SMALL, template=sqlite_template) for _ in range(2))

    assert first.events == second.events
    assert first.faults == second.faults


def test_another_seed_plays_something_else(sqlite_template: Path) -> None:
    other = Asked(patients=6, days=15, seed=8, faults="all")

    assert simulate(SMALL, template=sqlite_template).events != simulate(other, template=sqlite_template).events


def test_a_seed_plays_the_same_in_every_process() -> None:
    digests = {_in_a_process(hash_seed) for hash_seed in ("1", "2")}

    assert len(digests) == 1


def _in_a_process(hash_seed: str) -> str:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path.cwd()), "PYTHONHASHSEED": hash_seed}
    command = [sys.executable, "-c", DIGEST]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=300)
    return ended.stdout.strip()


def test_without_faults_nothing_is_late_and_no_fault_is_met(sqlite_template: Path) -> None:
    report = report_of(simulate(Asked(patients=6, days=40, seed=1, faults="none"), template=sqlite_template))

    assert violations(report) == []
    assert report.late == 0
    assert not set(report.month.faults) & set(EVERY) - {"arrival", "visit booked"}


def test_who_has_seen_nothing_is_told_so() -> None:
    assert seldom({}, 1).keys() >= {"frozen", "reminder failed -> delivered", "delivery unknown -> absent"}
    assert unknown_moves(["reminder delivered -> held", "reminder held -> skipped"]) == {"reminder delivered -> held"}


@pytest.mark.soak
@pytest.mark.timeout(0)
def test_two_thousand_half_years(sqlite_template: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sent, began = 0, SystemClock().monotonic()
    for seed in range(1, SOAK_SEEDS + 1):
        asked = Asked(patients=20, days=SOAK_DAYS, seed=seed, faults="all")
        report = report_of(simulate(asked, template=sqlite_template))
        assert violations(report) == []
        sent += report.sent
    days = SOAK_SEEDS * SOAK_DAYS
    with capsys.disabled():
        rate = days / (SystemClock().monotonic() - began)
        sys.stdout.write(f"\n{sent:,} messages in {days:,} simulated days, {rate:,.0f} of them a second\n")
    assert sent >= SOAK_SENDS
