"""Weeks of twenty patients with every fault: what must never happen does not, and a seed plays the same again."""

import os
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from reminders.clock import SystemClock
from reminders.rehearsal.counting import Report, report_of, seen_of, seldom
from reminders.rehearsal.faults import EVERY
from reminders.rehearsal.months import replay_of
from reminders.rehearsal.moves import unknown_moves
from reminders.rehearsal.simulating import Asked, simulate

SEEDS, SHARES, LEAST = 50, 5, 100
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


@cache
def played(share: int, template: Path) -> tuple[Counter[str], tuple[str, ...]]:
    """A share of the seeds: what was seen in them, and what is wrong."""
    seen, wrong = Counter[str](), list[str]()
    for seed in range(1 + share, SEEDS + 1, SHARES):
        report = report_of(simulate(Asked(patients=20, days=60, seed=seed, faults="all"), template=template))
        seen += seen_of(report.month)
        wrong += violations(report)
    return seen, tuple(wrong)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.xdist_group("simulate")
@pytest.mark.parametrize("share", range(SHARES))
def test_with_every_fault_nothing_goes_twice_is_lost_or_is_wrong(share: int, sqlite_template: Path) -> None:
    _, wrong = played(share, sqlite_template)

    assert wrong == ()


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.xdist_group("simulate")
def test_every_fault_and_every_allowed_move_is_seen_a_hundred_times(sqlite_template: Path) -> None:
    seen = sum((played(share, sqlite_template)[0] for share in range(SHARES)), Counter[str]())

    assert seldom(seen, LEAST) == {}
    assert unknown_moves(seen) == set()


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
