"""The measurements themselves are run by `make bench`; here, that what they print reaches the page."""

from pathlib import Path

import pytest

from bench import document, splitting
from bench.figures import Figure, compared
from tests.docs.markdown import ROOT

FIGURES = (
    compared("dispatch", [4000.0, 5000.0], [1000.0, 1000.0], name="APScheduler", at_least=10),
    Figure(what="timelines", ours="3,000/s", goal="at least 1,000/s", met=True),
)


def test_a_runs_table_stands_in_the_page_between_its_marks(tmp_path: Path) -> None:
    page = tmp_path / "figures.md"
    page.write_text(f"Before.\n{document.BEGIN}\nold\n{document.END}\nAfter.\n", "utf-8")

    document.write(page, "run on two cores", FIGURES)
    text = page.read_text("utf-8")
    assert "| dispatch | 4,500/s | APScheduler: 1,000/s | 4.50 | at least 10 x | NO |" in text
    assert "| timelines | 3,000/s |  |  | at least 1,000/s | yes |" in text
    assert "old" not in text
    assert (text.startswith("Before.\n"), text.endswith("After.\n")) == (True, True)


def test_a_page_without_a_place_for_it_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "figures.md"
    page.write_text("Nothing here.\n", "utf-8")

    with pytest.raises(SystemExit, match="has no"):
        document.write(page, "run", FIGURES)


def test_the_projects_page_holds_a_whole_run() -> None:
    text = (ROOT / "docs" / "figures.md").read_text("utf-8")
    for part in (
        "dispatch, SQLite",
        "dispatch, PostgreSQL",
        "enroll, ",
        "reschedule, ",
        "idle tick, ",
        "build_timeline",
    ):
        assert f"| {part}" in text
    assert "quick run" not in text


@pytest.mark.parametrize(("place", "name"), [(place, name) for _, place, names in splitting.places() for name in names])
def test_what_a_splits_stopwatch_stands_beside_is_there(place: object, name: str) -> None:
    assert callable(getattr(place, name))
