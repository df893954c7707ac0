"""What an event changed, in plain words."""

from typing import Any

import pytest

from reminders.cli.histories import first_hour_known, in_words

START, MOVED = "2026-12-08T14:00:00+00:00", "2026-12-15T14:00:00+00:00"
SAID = {START: "Tue 2026-12-08 09:00 EST", MOVED: "Tue 2026-12-15 09:00 EST"}


def event(before: dict[str, Any] | None = None, after: dict[str, Any] | None = None, note: str = "") -> dict[str, Any]:
    return {"from": before, "to": after, "note": note or None}


def told(*facts: dict[str, Any] | None, hour_known: bool = True) -> list[str]:
    return in_words(event(*facts), SAID.__getitem__, hour_known=hour_known)


def test_what_moved_is_told_with_what_it_was() -> None:
    assert told({"procedure": START, "hour_known": True}, {"procedure": MOVED, "hour_known": True}) == [
        "procedure: was Tue 2026-12-08 09:00 EST; now Tue 2026-12-15 09:00 EST"
    ]


def test_an_hour_that_was_not_known_is_not_told() -> None:
    assert told({"procedure": START, "hour_known": False}, {"procedure": MOVED, "hour_known": True}) == [
        "procedure: was Tue 2026-12-08, hour not known; now Tue 2026-12-15 09:00 EST"
    ]
    assert told(None, {"procedure": START}, hour_known=False) == ["procedure: Tue 2026-12-08, hour not known"]


@pytest.mark.parametrize(
    ("after", "words"),
    [
        ({"ended_at": START}, "end: Tue 2026-12-08 09:00 EST"),
        ({"channels": ["sms", "email"]}, "by: sms, email"),
        ({"changed": []}, "changed: none"),
        ({"detailed": True}, "texts: detailed"),
        ({"detailed": False}, "texts: discreet"),
        ({"holds": {"warfarin": [5, 1, "Dr. Example"]}}, "hold warfarin: 5 days by Dr. Example, resume after 1 day"),
        ({"holds": {"aspirin": [1, None, "Dr. Example"]}}, "hold aspirin: 1 day by Dr. Example, no resume order"),
        ({"task": 7}, "task: 7"),
        ({"some_thing": True}, "some thing: yes"),
        ({"some_thing": False}, "some thing: no"),
    ],
)
def test_a_fact_is_told_in_words(after: dict[str, Any], words: str) -> None:
    assert told(None, after) == [words]


def test_a_changed_order_is_told_and_one_that_was_not_named_is_left_out() -> None:
    order = {"days": 5, "resume_days": None, "ordered_by": "Dr. Example", "drug": "warfarin", "confirmed": True}
    before = {"holds": {"warfarin": order, "aspirin": order}}
    assert told(before, {"holds": {"warfarin": order | {"days": 6}}}) == [
        "hold warfarin: was 5 days by Dr. Example, no resume order; now 6 days by Dr. Example, no resume order"
    ]


def test_what_was_not_known_before_and_what_is_as_before_are_told_plainly() -> None:
    assert told({"visit": None}, {"visit": START}) == ["visit: Tue 2026-12-08 09:00 EST"]
    assert told({"status": "active"}, {"status": "active"}) == ["status: active"]


def test_what_moved_comes_first_and_the_note_last() -> None:
    lines = in_words(event(None, {"changed": ["phone"], "status": "active"}, "by phone"), str, hour_known=True)
    assert lines == ["status: active", "changed: phone", "note: by phone"]


@pytest.mark.parametrize(("moved_from", "expected"), [([False, True], False), ([True], True), ([], False)])
def test_at_enrollment_the_hour_was_known_as_the_first_move_says(moved_from: list[bool], expected: bool) -> None:
    moves = [event({"hour_known": known}, {"hour_known": True}) for known in moved_from]
    assert first_hour_known([event(None, {"procedure": START}), *moves], False) is expected
