import io
import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from reminders.errors import InputError
from reminders.logs import HIDDEN, configure_logging, get_logger, hide_private

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines() -> Iterator[Lines]:
    """Logging as a process has it; afterwards as it was."""
    root, twilio = logging.getLogger(), logging.getLogger("twilio.http_client")
    before = root.handlers[:], root.level, twilio.level
    stream = io.StringIO()
    configure_logging("INFO", stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers[:], root.level = before[0], before[1]
    twilio.setLevel(before[2])


def test_an_event_is_one_json_line_with_its_identifiers(lines: Lines) -> None:
    get_logger("reminders.dispatch").info("sent", delivery="d1", segments=2)

    line = lines()[0]
    assert datetime.fromisoformat(line.pop("at")).tzinfo is not None
    assert line == {
        "event": "sent", "logger": "reminders.dispatch", "level": "info", "delivery": "d1", "segments": 2
    }  # fmt: skip


def test_a_percent_sign_in_an_event_is_a_percent_sign(lines: Lines) -> None:
    get_logger("reminders.worker").warning("100 %s full")

    assert lines()[0]["event"] == "100 %s full"


@pytest.mark.parametrize(
    "key", ["name", "first_name", "phone", "email", "body", "to", "subject", "text", "html", "auth_token", "mrn"]
)
def test_what_could_name_or_reach_a_patient_is_masked(lines: Lines, key: str) -> None:
    get_logger("reminders.dispatch").info("sent", **{key: "Ana Ejemplo"})

    assert lines()[0][key] == HIDDEN


def test_a_private_key_deep_inside_is_masked() -> None:
    event = hide_private(None, "info", {"deliveries": [{"id": "d1", "phone": "+12125550123"}]})

    assert event == {"deliveries": [{"id": "d1", "phone": HIDDEN}]}


def test_an_object_is_told_by_its_kind_alone() -> None:
    @dataclass
    class Patient:
        name: str

    assert hide_private(None, "info", {"who": Patient("Ana Ejemplo")})["who"].endswith("Patient>")


def test_plain_values_stay_readable() -> None:
    event = {"at": datetime(2026, 12, 8, tzinfo=UTC), "file": Path("a/b"), "ids": ("x", 1), "share": 0.5, "none": None}

    assert hide_private(None, "info", event) == {
        "at": "2026-12-08 00:00:00+00:00", "file": "a/b", "ids": ["x", 1], "share": 0.5, "none": None
    }  # fmt: skip


def test_an_exception_is_told_by_kind_and_place_but_not_by_its_text(lines: Lines) -> None:
    try:
        raise KeyError("+12125550123")
    except KeyError as error:
        get_logger("reminders.worker").error("tick failed", error, worker="w1")

    line = lines()[0]
    assert (line["error"], line["worker"]) == ("KeyError", "w1")
    assert line["trace"][0].endswith("test_an_exception_is_told_by_kind_and_place_but_not_by_its_text")
    assert "555" not in json.dumps(line)


def test_an_error_of_our_own_keeps_its_text(lines: Lines) -> None:
    get_logger("reminders.worker").error("refused", InputError("site: unknown"))

    assert lines()[0]["reason"] == "site: unknown"


def test_an_error_without_an_exception_is_a_line_like_any_other(lines: Lines) -> None:
    get_logger("reminders.worker").error("lost its lease", delivery="d1")

    assert (lines()[0]["level"], "trace" in lines()[0]) == ("error", False)


@pytest.mark.parametrize("leak", ["+12125550123", "212-555-0123", "ana@example.org"])
def test_numbers_and_mailboxes_in_the_lines_of_libraries_are_masked(lines: Lines, leak: str) -> None:
    logging.getLogger("some.library").warning("could not reach %s today", leak)

    assert lines()[0]["event"] == f"could not reach {HIDDEN} today"


def test_the_twilio_client_does_not_write_its_queries(lines: Lines) -> None:
    logging.getLogger("twilio.http_client").info("Query Params: To=+12125550123")

    assert lines() == []


def test_a_line_that_cannot_be_written_does_not_show_its_arguments(lines: Lines) -> None:
    root = logging.getLogger()
    # pytest's own handlers fail the test over such a line; a process has none of them.
    root.handlers[:] = [handler for handler in root.handlers if type(handler).__module__ == "reminders.logs"]

    logging.getLogger("some.library").warning("%d", "Ana Ejemplo")

    assert lines() == [{"event": "a log line could not be written", "logger": "some.library"}]


def test_configuring_twice_writes_once(lines: Lines) -> None:
    again = io.StringIO()
    configure_logging(logging.INFO, again)
    get_logger("reminders.worker").info("started")

    assert (len(lines()), len(again.getvalue().splitlines())) == (0, 1)


def test_lines_go_to_standard_error_unless_told_otherwise(lines: Lines, capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging()
    get_logger("reminders.worker").info("started")

    captured = capsys.readouterr()
    assert (captured.out, json.loads(captured.err)["event"]) == ("", "started")
