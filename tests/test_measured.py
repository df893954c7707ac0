"""What is traced for the coverage floors."""

import sys
import threading
from pathlib import Path
from types import FrameType

import pytest

from tests.measured import is_measured, untraced


class Asked:
    """An item of a run, as far as it is asked."""

    def __init__(self, nodeid: str, *marks: str) -> None:
        self.nodeid, self.path, self._marks = nodeid, Path(nodeid.partition("::")[0]), marks

    def get_closest_marker(self, name: str) -> str | None:
        return name if name in self._marks else None


@pytest.mark.parametrize(
    ("item", "measured"),
    [
        (Asked("tests/reminders/sending/test_claiming.py::test_it[sqlite]"), True),
        (Asked("tests/reminders/sending/test_claiming.py::test_it[postgres]", "postgres"), False),
        (Asked("tests/reminders/database/test_claims.py::test_it[postgres]", "postgres"), True),
        (Asked("tests/end_to_end/test_any_story.py::test_it[0]", "slow"), False),
        (Asked("tests/schedules/test_clock_properties.py::test_it"), False),
        (Asked("tests/schedules/test_windows.py::test_it"), True),
    ],
    ids=lambda value: getattr(value, "nodeid", value),
)
def test_what_runs_through_the_same_again_is_not_traced(item: pytest.Item, measured: bool) -> None:
    assert is_measured(item) is measured


def test_nothing_is_traced_in_any_thread_until_the_tracer_is_back() -> None:
    seen: list[str] = []

    def tracer(frame: FrameType, *_: object) -> None:
        seen.append(frame.f_code.co_name)

    def called() -> None:
        """Traced, or not."""

    def call_twice() -> None:
        called()
        thread = threading.Thread(target=called)
        thread.start()
        thread.join()

    with untraced():  # whatever traces this test itself
        sys.settrace(tracer)
        threading.settrace(tracer)
        with untraced():
            call_twice()
        assert "called" not in seen
        call_twice()
        assert seen.count("called") == 2
