"""What is traced for the coverage floors."""

from pathlib import Path

import pytest

from tests.measured import is_measured


class Asked:
    """An item of a run, as far as it is asked."""

    def __init__(self, nodeid: str, *marks: str) -> None:
        self.nodeid, self.path, self._marks = nodeid, Path(nodeid.partition("::")[0]), marks

    def get_closest_marker(self, name: str) -> str | None:
        return name if name in self._marks else None


@pytest.mark.parametrize(
    ("item", "measured"),
    [
        (Asked("tests/reminders/test_claiming.py::test_it[sqlite]"), True),
        (Asked("tests/reminders/test_claiming.py::test_it[postgres]", "postgres"), False),
        (Asked("tests/reminders/database/test_claims.py::test_it[postgres]", "postgres"), True),
        (Asked("tests/end_to_end/test_any_story.py::test_it[0]", "slow"), False),
        (Asked("tests/schedules/test_clock_properties.py::test_it"), False),
        (Asked("tests/schedules/test_windows.py::test_it"), True),
    ],
    ids=lambda value: getattr(value, "nodeid", value),
)
def test_what_runs_through_the_same_again_is_not_traced(item: pytest.Item, measured: bool) -> None:
    assert is_measured(item) is measured
