"""A mistake in a protocol file outside its steps: the answer names the file, the key, and what would be right."""

import pytest

from tests.schedules.protocol_file import edited, refused

MISTAKES = {
    # The document.
    "bad TOML": ("version = 3", "version = ", "protocol.toml", "not valid TOML: Invalid value (at line 3, column 11)"),
    "a key twice in TOML": (
        "version = 3",
        "version = 3\nversion = 4",
        "protocol.toml",
        "not valid TOML: Cannot overwrite a value (at line 4, column 12)",
    ),
    "no name": ('name = "example"\n', "", "protocol.toml: name", "is missing; text in quotes is needed"),
    "empty title": ('title = "Example"', 'title = " "', "protocol.toml: title", "must not be empty"),
    "name is a number": ('name = "example"', "name = 7", "protocol.toml: name", "must be text in quotes, not 7"),
    "name with blanks": (
        'name = "example"',
        'name = "My Example"',
        "protocol.toml: name",
        "must be lower-case words joined by dashes, not 'My Example'",
    ),
    "version is text": ("version = 3", 'version = "3"', "protocol.toml: version", "must be a whole number, not '3'"),
    "version is a truth": (
        "version = 3",
        "version = true",
        "protocol.toml: version",
        "must be a whole number, not True",
    ),
    "version zero": ("version = 3", "version = 0", "protocol.toml: version", "must lie between 1 and 9999, not 0"),
    "misspelled needed key": (
        "version = 3",
        "verson = 3",
        "protocol.toml: verson",
        "unknown key; did you mean 'version'?",
    ),
    "unknown top key": (
        "version = 3",
        "version = 3\ncolor = 1",
        "protocol.toml: color",
        "unknown key; known: duration, name, step, title, version, visit_default, window",
    ),
    "steps for step": ("[[step]]", "[[steps]]", "protocol.toml: steps", "unknown key; did you mean 'step'?"),
    "a single step table": ("[[step]]", "[step]", "protocol.toml: step", None),
    # Duration and visit.
    "duration is a number": (
        "duration = { minutes = 60 }",
        "duration = 60",
        "protocol.toml: duration",
        "must be a table, not 60",
    ),
    "duration in hours": (
        "{ minutes = 60 }",
        "{ minutes = 60, hours = 1 }",
        "protocol.toml: duration.hours",
        "unknown key; known: minutes",
    ),
    "duration too long": (
        "{ minutes = 60 }",
        "{ minutes = 1441 }",
        "protocol.toml: duration.minutes",
        "must lie between 1 and 1440, not 1441",
    ),
    "visit from itself": (
        'anchor = "start", months',
        'anchor = "visit", months',
        "protocol.toml: visit_default.anchor",
        "the visit cannot be counted from itself",
    ),
    "visit in hours": (
        'months = 1, at = "09:00"',
        "hours = 700",
        "protocol.toml: visit_default.at",
        "the assumed visit needs months, weeks or days and a clock time `at`",
    ),
    "visit by hold": (
        "months = 1, at",
        "hold = 1, at",
        "protocol.toml: visit_default.hold",
        "the assumed visit counts from no order",
    ),
    "visit by resume": (
        "months = 1, at",
        "resume = 1, at",
        "protocol.toml: visit_default.resume",
        "the assumed visit counts from no order",
    ),
    # The window.
    "empty window": (
        '[window]\nmon-sat = "09:00-20:00"\nsun = "12:00-20:00"',
        "[window]",
        "protocol.toml: window.mon-sat",
        "the window must be open on at least one day",
    ),
    "a day twice": ("sun =", "sat-sun =", "protocol.toml: window.sat-sun", "sat is named twice"),
    "unknown day": ("sun =", "sunday =", "protocol.toml: window.sunday", None),
    "hours without a dash": (
        "12:00-20:00",
        "12:00 to 20:00",
        "protocol.toml: window.sun",
        "must look like \"09:00-20:00\", not '12:00 to 20:00'",
    ),
    "hours that are no clock time": (
        "12:00-20:00",
        "12:00-25:00",
        "protocol.toml: window.sun",
        "must be a clock time like \"09:00\", not '25:00'",
    ),
    "hours that begin at midnight's end": (
        "12:00-20:00",
        "24:00-24:00",
        "protocol.toml: window.sun",
        "must be a clock time like \"09:00\", not '24:00'",
    ),
    "empty hours": (
        "12:00-20:00",
        "12:00-12:00",
        "protocol.toml: window.sun",
        "must be open for at least an hour, not '12:00-12:00'",
    ),
    "hours backward": (
        "12:00-20:00",
        "20:00-12:00",
        "protocol.toml: window.sun",
        "must be open for at least an hour, not '20:00-12:00'",
    ),
    "less than an hour": (
        "12:00-20:00",
        "12:00-12:59",
        "protocol.toml: window.sun",
        "must be open for at least an hour, not '12:00-12:59'",
    ),
    "less than an hour before midnight": (
        "12:00-20:00",
        "23:30-24:00",
        "protocol.toml: window.sun",
        "must be open for at least an hour, not '23:30-24:00'",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_names_the_file_the_key_and_what_would_be_right(mistake: str) -> None:
    old, new, where, problem = MISTAKES[mistake]
    error = refused(edited(old, new))
    assert (error.where, error.problem) == (where, problem or error.problem)


def test_a_mistake_is_one_line_that_begins_with_the_file() -> None:
    assert str(refused(edited("version = 3", "version = 0"))) == (
        "protocol.toml: version: must lie between 1 and 9999, not 0"
    )


def test_a_bad_toml_line_is_named_by_line_and_column() -> None:
    assert "line 3" in str(refused(edited("version = 3", "version == 3")))
