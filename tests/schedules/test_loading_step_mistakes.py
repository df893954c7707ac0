"""A mistake in a step of a protocol file: the answer names the file, the key, and what would be right."""

import pytest

from tests.schedules.protocol_file import NAMELESS, STEP, edited, refused

UNKNOWN_ANCHOR = "known: end, enrolled, start, visit"
OFFSET = 'offset = { days = -3, at = "12:00" }'

MISTAKES = {
    # A step's own keys.
    "no key": ('key = "ride"\n', "", f"{NAMELESS}.key", "is missing; text in quotes is needed"),
    "key with a colon": (
        '"ride"',
        '"ride:x"',
        f"{NAMELESS}.key",
        "must be lower-case words joined by dashes, not 'ride:x'",
    ),
    "key of a correction": (
        '"ride"',
        '"correction-moved"',
        "protocol.toml: step[1] (correction-moved): key",
        "'correction-moved' is kept for the corrections; give the step another one",
    ),
    "key of a response": (
        '"ride"',
        '"response-help"',
        "protocol.toml: step[1] (response-help): key",
        "'response-help' is kept for the responses; give the step another one",
    ),
    "hasty receipt": (
        'shift = "earlier"\n',
        'shift = "earlier"\nreceipt_within = { minutes = 14 }\n',
        f"{STEP}: receipt_within",
        "must be 15 minutes or more: a receipt takes its time",
    ),
    "question of which nothing may be lost": (
        'shift = "earlier"\n',
        'shift = "earlier"\nasks = "arrival"\nmissed_task = "urgent"\n',
        f"{STEP}: asks",
        "a step about medicines, or one whose loss is urgent, must not end with an answer",
    ),
    "no anchor": ('anchor = "start"\noffset', "offset", f"{STEP}: anchor", "is missing; text in quotes is needed"),
    "unknown anchor": (
        'anchor = "start"\noffset',
        'anchor = "admission"\noffset',
        f"{STEP}: anchor",
        f"'admission' is not known; {UNKNOWN_ANCHOR}",
    ),
    "misspelled anchor": (
        'anchor = "start"\noffset',
        'anchor = "strat"\noffset',
        f"{STEP}: anchor",
        "'strat' is not known; did you mean 'start'?",
    ),
    "no shift": ('shift = "earlier"\n', "", f"{STEP}: shift", "is missing; text in quotes is needed"),
    "misspelled shift key": ("shift =", "shfit =", f"{STEP}: shfit", "unknown key; did you mean 'shift'?"),
    "unknown shift": (
        '"earlier"',
        '"sooner"',
        f"{STEP}: shift",
        "'sooner' is not known; known: earlier, later",
    ),
    "no channels": ('channels = ["sms"]\n', "", f"{STEP}: channels", "is missing; a list of words is needed"),
    "channels is text": ('["sms"]', '"sms"', f"{STEP}: channels", "must be a list of words, not 'sms'"),
    "empty channels": ('["sms"]', "[]", f"{STEP}: channels", "at least one channel is needed: sms, voice or email"),
    "unknown channel": (
        '["sms"]',
        '["sms", "fax"]',
        f"{STEP}: channels",
        "'fax' is not known; known: email, sms, voice",
    ),
    "channel that is no word": ('["sms"]', "[7]", f"{STEP}: channels", "7 is not known; known: email, sms, voice"),
    "a channel twice": ('["sms"]', '["sms", "sms"]', f"{STEP}: channels", "names a word twice"),
    # Offsets.
    "no offset": (OFFSET + "\n", "", f"{STEP}: offset", "is missing; a table is needed"),
    "empty offset": (
        OFFSET,
        "offset = {}",
        f"{STEP}: offset.days",
        'an offset is needed: dates with `at` (days = -1, at = "10:00") or hours or minutes',
    ),
    "mixed offset": (
        OFFSET,
        'offset = { days = -3, at = "12:00", hours = 2 }',
        f"{STEP}: offset.hours",
        "cannot be mixed with days, at: count dates or hours, not both",
    ),
    "minutes with a clock time": (
        OFFSET,
        'offset = { at = "12:00", minutes = 0 }',
        f"{STEP}: offset.minutes",
        "cannot be mixed with at: count dates or hours, not both",
    ),
    "dates without at": (
        OFFSET,
        "offset = { weeks = -1, days = -3 }",
        f"{STEP}: offset.at",
        'weeks, days needs a clock time `at`, as in at = "10:00"',
    ),
    "bad clock time": (
        '"12:00"',
        '"12:60"',
        f"{STEP}: offset.at",
        "must be a clock time like \"09:00\", not '12:60'",
    ),
    "clock time without its zero": (
        '"12:00"',
        '"9:00"',
        f"{STEP}: offset.at",
        "must be a clock time like \"09:00\", not '9:00'",
    ),
    "clock time without quotes": (
        '"12:00"',
        "12:00:00",
        f"{STEP}: offset.at",
        "must be text in quotes, not datetime.time(12, 0)",
    ),
    "days that are text": (
        "days = -3",
        'days = "3"',
        f"{STEP}: offset.days",
        "must be a whole number, not '3'",
    ),
    "half a day": ("days = -3", "days = -0.5", f"{STEP}: offset.days", "must be a whole number, not -0.5"),
    "too many days": (
        "days = -3",
        "days = 731",
        f"{STEP}: offset.days",
        "must lie between -730 and 730, not 731",
    ),
    "unknown unit": ("days = -3", "days = -3, years = 1", f"{STEP}: offset.years", None),
    "misspelled unit": (
        "days = -3",
        "days = -3, week = 1",
        f"{STEP}: offset.week",
        "unknown key; did you mean 'weeks'?",
    ),
    "hold counted twice": ("days = -3", "hold = -2", f"{STEP}: offset.hold", "must lie between -1 and 1, not -2"),
    "hold without for_each": ("days = -3", "hold = -1", f"{STEP}: offset.hold", 'needs for_each = "holds"'),
    "resume without for_each": (
        "days = -3",
        "resume = 1",
        f"{STEP}: offset.resume",
        'needs for_each = "resumes"',
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_a_step_names_the_file_the_key_and_what_would_be_right(mistake: str) -> None:
    old, new, where, problem = MISTAKES[mistake]
    error = refused(edited(old, new))
    assert (error.where, error.problem) == (where, problem or error.problem)
