"""`report day` and `medications`: what became of a day, and the drugs as guidance for staff."""

import json

import pytest
from freezegun.api import FrozenDateTimeFactory

from tests.reminders.cli.running import Cli, Installation, move_to, reads

WORDS = ["sent", "withdrawn", "missed", "skipped", "held", "unknown", "failed", "waiting"]


def test_a_days_report_counts_what_fell_due_and_what_became_of_it(
    cli: Cli, either_installation: Installation, at_noon: FrozenDateTimeFactory
) -> None:
    cli.enroll()
    cli.run_once()
    move_to(at_noon, "2026-11-20 12:01")
    document = cli.read("report", "day", "2026-11-20")
    assert list(document) == ["sites"]
    (site,) = document["sites"]
    assert list(site) == ["site", "day", "due", *WORDS, "differences"]
    assert site == dict.fromkeys(WORDS, 0) | {
        "site": "main", "day": "2026-11-20", "due": 1, "sent": 1, "differences": [],
    }  # fmt: skip


def test_without_a_date_it_is_the_last_full_day(
    cli: Cli, installation: Installation, at_noon: FrozenDateTimeFactory
) -> None:
    move_to(at_noon, "2026-11-21 00:30")
    assert cli.read("report", "day")["sites"][0]["day"] == "2026-11-20"


def test_a_difference_is_told_and_the_command_fails(
    cli: Cli, installation: Installation, at_noon: FrozenDateTimeFactory
) -> None:
    enrolled = cli.enrolled_id()
    move_to(at_noon, "2026-11-20 12:06")
    answer = cli("report", "day", "2026-11-20", "--json")
    assert (answer.code, answer.err) == (1, "")
    (site,) = json.loads(answer.out)["sites"]
    assert site["differences"] == [f"{enrolled} welcome: its time has passed and no worker has looked at it"]
    said = cli("report", "day", "2026-11-20").out.splitlines()
    assert said == ["main 2026-11-20: 1 due: 1 waiting", f"  DIFFERENCE {site['differences'][0]}"]


@pytest.mark.parametrize(
    ("day", "line"),
    [
        ("12/08/2026", "DATE: '12/08/2026' is not a day; write it like 2026-12-08"),
        ("2026-02-30", "DATE: '2026-02-30' is not a day; write it like 2026-12-08"),
        ("2026-11-21", "report day: 2026-11-21 lies ahead at main"),
    ],
)
def test_a_day_that_cannot_be_reported_is_refused(day: str, line: str, cli: Cli, installation: Installation) -> None:
    assert cli("report", "day", day).refusal == line


def test_the_drugs_are_listed_with_their_ranges_and_sources(cli: Cli, either_installation: Installation) -> None:
    rows = {row["drug"]: row for row in cli.read("medications", "list")["medications"]}
    assert list(rows["warfarin"]) == ["drug", "brands", "hold_days", "sources", "approved_by"]
    assert (rows["warfarin"]["hold_days"], rows["warfarin"]["approved_by"]) == ([5, 5], None)


def test_an_approved_drug_names_its_clinician_as_typed(cli: Cli, either_installation: Installation) -> None:
    document = cli.read("medications", "approve", "Coumadin", "--by", "Dr. [Example]")
    assert (document["drug"], document["by"], document["is_new"]) == ("warfarin", "Dr. [Example]", True)
    again = cli.read("medications", "approve", "warfarin", "--by", "Dr. Other")
    assert again == document | {"is_new": False}
    said = cli("medications", "approve", "warfarin", "--by", "Dr. Other").out
    assert said == "warfarin was already approved by Dr. [Example], Fri 2026-11-20 12:00 EST\n"
    (line,) = [line for line in cli("medications", "list").out.splitlines() if line.startswith("warfarin ")]
    assert line.rstrip().endswith("Dr. [Example]")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("warfrin", "--by", "Dr. Example"), "drug 'warfrin' is not in the list; did you mean warfarin…"),
        (("warfarin",), "--by: is required"),
        (("warfarin", "--by", ""), "--by: must not be empty"),
    ],
    ids=str,
)
def test_an_approval_that_cannot_be_is_refused(
    words: tuple[str, ...], line: str, cli: Cli, installation: Installation
) -> None:
    before = installation.rows()
    refusal = cli("medications", "approve", *words).refusal
    assert reads(refusal, line), refusal
    assert installation.rows() == before
