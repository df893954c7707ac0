"""The planted bugs still fit the code, and only a test that fails has caught one."""

from collections import Counter
from pathlib import Path

import pytest

from mutants.copies import FAILED, HUNG, PASSED, ROOT, Run, first_failed
from mutants.hunting import End, found_by
from mutants.listed import MUTATIONS
from mutants.mutation import Mutation, Stale

FEWEST = 24
BUG = Mutation(name="a-bug", hurts="somebody", file="a.py", old="one", new="two", tests=("tests/test_a.py",))


def test_there_are_enough_of_them_under_names_of_their_own() -> None:
    names = Counter(mutation.name for mutation in MUTATIONS)
    assert len(names) == len(MUTATIONS) >= FEWEST


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_planted_bug_still_fits_its_file(mutation: Mutation) -> None:
    source = (ROOT / mutation.file).read_text("utf-8")
    compile(mutation.applied_to(source), mutation.file, "exec")


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_the_tests_that_should_notice_are_there(mutation: Mutation) -> None:
    for file, _, test in (named.partition("::") for named in mutation.tests):
        assert f"def {test}" in (ROOT / file).read_text("utf-8")


@pytest.mark.parametrize("source", ["nothing of the kind", "one, and one"])
def test_a_bug_that_does_not_fit_exactly_once_is_an_error(source: str) -> None:
    with pytest.raises(Stale, match="a-bug"):
        BUG.applied_to(source)


def test_planting_changes_the_one_place(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("one and three")
    BUG.plant(tmp_path)
    assert (tmp_path / "a.py").read_text() == "two and three"


@pytest.mark.parametrize(
    ("code", "failed", "end"),
    [
        (FAILED, "tests/test_a.py::test_it", End.CAUGHT),
        (FAILED, None, End.BROKEN),  # a fixture broke: no test has failed
        (PASSED, None, End.SURVIVED),
        (2, None, End.BROKEN),  # the tests could not be read
        (5, None, End.BROKEN),  # there were none
        (HUNG, None, End.BROKEN),
    ],
)
def test_only_a_test_that_fails_catches_a_bug(code: int, failed: str | None, end: End) -> None:
    found = found_by(BUG, Run(code=code, failed=failed, printed=""))
    assert found.end is end
    assert found.why


def test_the_test_that_failed_is_read_from_what_pytest_prints() -> None:
    printed = "..F\nFAILED tests/test_a.py::test_it[a-b] - AssertionError\n1 failed, 2 passed in 0.10s\n"
    assert first_failed(printed) == "tests/test_a.py::test_it[a-b]"
    assert first_failed("ERROR tests/test_a.py::test_it - RuntimeError\n") is None
