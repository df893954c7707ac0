"""The seconds of a run, folder by folder."""

from dataclasses import dataclass

import pytest

from tests import timing


@dataclass
class Said:
    nodeid: str
    duration: float


REPORTS = [
    Said("tests/reminders/cli/test_a.py::test_it", 1.0),
    Said("tests/reminders/cli/test_a.py::test_it", 0.5),  # its set-up
    Said("tests/schedules/test_b.py::test_it[a/b::c]", 4.0),
    Said("tests/test_c.py::test_it", 0.25),
]


def test_every_part_of_a_test_counts_for_its_folder() -> None:
    found = timing.seconds_by_folder(REPORTS)
    assert found == {"tests/reminders/cli": 1.5, "tests/schedules": 4.0, "tests": 0.25}


def test_the_longest_comes_first_and_the_sum_last() -> None:
    lines = timing.table(timing.seconds_by_folder(REPORTS))
    assert lines == [
        "     4.0 s  tests/schedules",
        "     1.5 s  tests/reminders/cli",
        "     0.2 s  tests",
        "     5.8 s  together",
    ]


@pytest.mark.parametrize(
    ("nodeid", "folder"),
    [("tests/reminders/web/deep/test_a.py::test_it", "tests/reminders/web"), ("test_a.py", ".")],
)
def test_a_folder_is_told_to_two_levels(nodeid: str, folder: str) -> None:
    assert timing.folder_of(nodeid) == folder
