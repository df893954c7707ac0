"""A mistake in what a step says on top, or in how steps go together: the file, the key, what would be right."""

import pytest

from tests.schedules.protocol_file import MINIMAL, STEP, edited, refused, saying

UNKNOWN_ANCHOR = "known: end, enrolled, start, visit"

MORE = {
    # What a step says on top.
    "unknown step key": ('note = "x"', f"{STEP}: note", None),
    "misspelled step key": ("if_lat = 1", f"{STEP}: if_lat", "unknown key; did you mean 'if_late'?"),
    "unknown if_late": ('if_late = "drop"', f"{STEP}: if_late", "'drop' is not known; known: send, skip"),
    "unknown zone": ('zone = "utc"', f"{STEP}: zone", "'utc' is not known; known: patient, site"),
    "unknown for_each": (
        'for_each = "drugs"',
        f"{STEP}: for_each",
        "'drugs' is not known; known: holds, resumes",
    ),
    "working_day is text": ('working_day = "yes"', f"{STEP}: working_day", "must be true or false, not 'yes'"),
    "unknown urgency": ('missed_task = "soon"', f"{STEP}: missed_task", "'soon' is not known; known: normal, urgent"),
    "unknown fact to wait for": (
        'waits_for = ["consent"]',
        f"{STEP}: waits_for",
        "'consent' is not known; known: completed, order",
    ),
    # Bounds.
    "bound is text": ('not_after = "15:00"', f"{STEP}: not_after", "must be a table, not '15:00'"),
    "bound without at": (
        "not_after = { days = -1 }",
        f"{STEP}: not_after.at",
        'days needs a clock time `at`, as in at = "10:00"',
    ),
    "bound with an unknown anchor": (
        'not_before = { anchor = "admission", hours = 1 }',
        f"{STEP}: not_before.anchor",
        f"'admission' is not known; {UNKNOWN_ANCHOR}",
    ),
    "bound by hold without for_each": (
        'not_after = { hold = -1, at = "20:00" }',
        f"{STEP}: not_after.hold",
        'needs for_each = "holds"',
    ),
    "bound by resume for each hold": (
        'for_each = "holds"\nnot_before = { resume = 1, at = "20:00" }',
        f"{STEP}: not_before.resume",
        'needs for_each = "resumes"',
    ),
    # Conditions.
    "condition that names no fact": (
        "when = {}",
        f"{STEP}: when",
        "names no fact; known: holds, sedation, visit_booked",
    ),
    "unknown fact": (
        "unless = { age = 80 }",
        f"{STEP}: unless.age",
        "unknown key; known: holds, sedation, visit_booked",
    ),
    "holds is text": (
        'when = { holds = "aspirin" }',
        f"{STEP}: when.holds",
        "must be true, false or a list of drugs, not 'aspirin'",
    ),
    "holds lists no drug": (
        "when = { holds = [] }",
        f"{STEP}: when.holds",
        "must be true, false or a list of drugs, not []",
    ),
    "holds lists a number": (
        "when = { holds = [7] }",
        f"{STEP}: when.holds",
        "must be true, false or a list of drugs, not [7]",
    ),
    "unknown sedation": (
        'when = { sedation = ["deep"] }',
        f"{STEP}: when.sedation",
        "'deep' is not known; known: general, moderate, none",
    ),
    "sedation lists nothing": (
        "when = { sedation = [] }",
        f"{STEP}: when.sedation",
        "names no kind; known: none, moderate, general",
    ),
    "visit_booked is text": (
        'when = { visit_booked = "yes" }',
        f"{STEP}: when.visit_booked",
        "must be true or false, not 'yes'",
    ),
    # Tasks and copies.
    "task without a reason": (
        'opens_task = { kind = "call", due = "16:00" }',
        f"{STEP}: opens_task.reason",
        "is missing; text in quotes is needed",
    ),
    "task with a bad clock time": (
        'opens_task = { kind = "call", reason = "Call.", due = "4 pm" }',
        f"{STEP}: opens_task.due",
        "must be a clock time like \"09:00\", not '4 pm'",
    ),
    "task with an unknown key": (
        'opens_task = { kind = "call", reason = "Call.", due = "16:00", who = "x" }',
        f"{STEP}: opens_task.who",
        "unknown key; known: due, kind, reason, urgent",
    ),
    "copy by sms": (
        'copy = ["sms"]',
        f"{STEP}: copy",
        "only email can be a copy, and must stand in channels too, not 'sms'",
    ),
    "copy by a channel it has not": (
        'copy = ["email"]',
        f"{STEP}: copy",
        "only email can be a copy, and must stand in channels too, not 'email'",
    ),
    # The first step.
    "first for each hold": (
        'first = true\nfor_each = "holds"',
        f"{STEP}: first",
        "the first step goes to everybody: no for_each, when, unless or waits_for",
    ),
    "first with a condition": (
        "first = true\nwhen = { holds = true }",
        f"{STEP}: first",
        "the first step goes to everybody: no for_each, when, unless or waits_for",
    ),
    "first with an exception": (
        "first = true\nunless = { holds = true }",
        f"{STEP}: first",
        "the first step goes to everybody: no for_each, when, unless or waits_for",
    ),
    "first that waits": (
        'first = true\nwaits_for = ["order"]',
        f"{STEP}: first",
        "the first step goes to everybody: no for_each, when, unless or waits_for",
    ),
    # Steps that name steps.
    "needs_sent where no step repeats": (
        'needs_sent = "ride"',
        f"{STEP}: needs_sent",
        "must name a step with for_each; no step has for_each",
    ),
    "needs_sent of an unknown step": (
        'for_each = "holds"\nneeds_sent = "rid"',
        f"{STEP}: needs_sent",
        "must name a step with for_each; did you mean 'ride'?",
    ),
}


@pytest.mark.parametrize("mistake", MORE)
def test_a_mistake_in_what_a_step_says_on_top_is_answered_the_same_way(mistake: str) -> None:
    more, where, problem = MORE[mistake]
    error = refused(saying(more))
    assert (error.where, error.problem) == (where, problem or error.problem)


# More than one step.

SECOND = MINIMAL[MINIMAL.index("[[step]]") :]


def test_a_mistake_in_the_second_step_is_counted() -> None:
    error = refused(MINIMAL + SECOND.replace('"earlier"', '"sooner"'))
    assert error.where == "protocol.toml: step[2] (ride): shift"


def test_two_steps_with_one_key_are_refused() -> None:
    error = refused(MINIMAL + SECOND)
    assert (error.where, error.problem) == (
        "protocol.toml: step[2] (ride): key",
        "'ride' stands twice, first as step[1] (ride)",
    )


def test_two_first_steps_are_refused() -> None:
    error = refused(saying("first = true") + SECOND.replace('"ride"', '"walk"') + "first = true\n")
    assert (error.where, error.problem) == (
        "protocol.toml: step[2] (walk): first",
        "only one step can be the first; step[1] (ride) is",
    )


def test_a_file_without_steps_is_refused() -> None:
    error = refused("step = []\n" + MINIMAL[: MINIMAL.index("[[step]]")])
    assert (error.where, error.problem) == ("protocol.toml: step", "at least one step is needed")


def test_steps_that_are_no_tables_are_refused() -> None:
    error = refused('step = ["ride"]\n' + MINIMAL[: MINIMAL.index("[[step]]")])
    assert (error.where, error.problem) == ("protocol.toml: step", "must be a list of tables")


def test_a_step_that_needs_another_drug_step_must_repeat_itself() -> None:
    error = refused(saying('for_each = "holds"') + SECOND.replace('"ride"', '"walk"') + 'needs_sent = "ride"\n')
    assert (error.where, error.problem) == (
        "protocol.toml: step[2] (walk): needs_sent",
        "must name a step with for_each; did you mean 'ride'?",
    )


def test_a_first_step_counted_from_the_end_would_wait_and_is_refused() -> None:
    text = edited('anchor = "start"\noffset', 'first = true\nanchor = "end"\noffset')
    assert refused(text).where == f"{STEP}: first"


def test_a_key_that_cannot_be_read_out_is_left_out_of_the_answer() -> None:
    error = refused(edited('key = "ride"', 'key = "ri\\nde"').replace("shift", "shfit"))
    assert error.where.startswith("protocol.toml: step[1].")
