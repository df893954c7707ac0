"""Stories found by chance in which the program once did wrong, shrunk and told plainly; the checker judges them."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from schedules.protocol import Channel
from tests.end_to_end.stories import Story, template_for

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def story(tmp_path: Path, sqlite_template: Path) -> Iterator[Story]:
    """Monday 2026-10-19, 10:00 in New York, and nobody enrolled."""
    told = Story(tmp_path, template_for(sqlite_template))
    yield told
    told.close()


def corrections(story: Story) -> int:
    """How many corrections providers took."""
    return sum(taken.message.key == "correction" for each in story.transports.values() for taken in each.ledger)


def test_what_was_told_at_one_instant_is_ordered_by_its_plan(story: Story) -> None:
    for _ in range(8):  # the order was that of random ids
        story.enroll(story.now + 7 * DAY, consent="email")
        who = len(story.plans) - 1
        story.tick()
        story.move(story.now + 15 * HOUR, who=who)
        story.tick()
        story.visit(story.now + 60 * DAY, who=who)


def test_an_order_moves_the_table_and_later_changes_still_find_the_latest_round(story: Story) -> None:
    story.enroll(story.now + 2 * DAY, holds={"aspirin": (1, None)})
    story.script("sms", "refused")
    story.walk(story.now + HOUR)
    story.order({"aspirin": (0, None)})
    story.move(story.now + 20 * DAY)
    for last in range(30, 33):
        story.walk(story.now + 8 * DAY)
        story.script("sms", "refused")
        story.move(story.now + 20 * DAY)
        story.contact(phone=f"+121255501{last}")
        story.contact(phone=f"+121255502{last}", consent="sms")


def test_an_hour_that_a_move_has_taken_back_is_not_corrected_once_more(story: Story) -> None:
    story.enroll(story.now + 9 * DAY, consent="email")
    story.tick()
    story.move(story.now + 12 * DAY, date_only=True)
    story.tick()
    story.visit(story.now + 60 * DAY)
    story.tick()
    assert corrections(story) == 1


def test_an_arrival_time_that_a_move_has_taken_back_is_not_corrected_without_a_new_one(story: Story) -> None:
    story.enroll(story.now + 2 * DAY)
    story.arrival(story.plan().start - HOUR)
    story.walk(story.now + 32 * HOUR)
    story.move(story.now + 12 * DAY)
    story.walk(story.now + DAY)
    story.contact(zone="America/Los_Angeles")
    story.walk(story.now + DAY)
    assert corrections(story) == 1


def test_an_order_that_took_a_hold_back_is_not_corrected_once_more(story: Story) -> None:
    story.enroll(story.now + 4 * DAY, holds={"aspirin": (3, None)})
    story.walk(story.now + 3 * HOUR)
    story.order({"aspirin": (0, None)})
    story.walk(story.now + DAY)
    story.visit(story.now + 60 * DAY)
    story.walk(story.now + HOUR)
    assert corrections(story) == 1


def test_an_order_while_a_moves_correction_waits_still_takes_back_the_announced_hold(story: Story) -> None:
    story.enroll(story.now + 64 * HOUR, holds={"aspirin": (2, 5)})
    story.walk(story.now + HOUR)
    story.walk(story.now + 10 * HOUR)  # it is nine in the evening
    story.move(story.now + 20 * DAY)
    story.order({"aspirin": (3, 4)})
    story.walk(story.now + DAY)


def test_where_the_correction_speaks_of_medicines_the_caller_speaks_of_the_rest(story: Story) -> None:
    start = story.now + 22 * DAY
    story.enroll(start, holds={"warfarin": (5, 2)})
    story.walk(start + 3 * HOUR)
    story.complete(start + HOUR)
    story.walk(start + 7 * DAY)
    story.complete(start + 20 * HOUR, correct=True)
    story.walk(story.now + DAY)  # the checker looks whether anybody says that the rest ended at another time


def test_a_later_change_does_not_put_off_what_the_patient_must_know_tonight(story: Story) -> None:
    story.enroll(story.now + 40 * DAY, date_only=True, zone="America/Los_Angeles", sedation="none", detailed=True)
    story.tick()
    story.move(story.now + 18 * HOUR)
    story.walk(story.now + 15 * HOUR)  # told of tomorrow; it is ten in the evening where the patient is
    story.move(story.now + 24 * HOUR)
    story.visit(story.now + 57 * DAY)  # another change, while the correction is on its way
    story.tick()
    assert corrections(story) == 1


def test_an_order_is_corrected_though_another_drugs_correction_has_taken_everything_back(story: Story) -> None:
    holds = {"aspirin": (1, None), "warfarin": (9, None)}
    story.enroll(story.now + 281.5 * HOUR, holds=holds, zone="Pacific/Honolulu", sedation="none", consent="sms")
    story.walk(story.plan().start + 28 * DAY)
    story.contact(zone="America/New_York")
    story.order({"warfarin": (0, None)})
    story.walk(story.now + 15 * DAY)
    story.order({"aspirin": (0, None)})
    story.walk(story.now + DAY)
    assert corrections(story) == 2


def test_what_a_new_plan_tells_at_once_comes_after_the_correction_of_the_old_one(story: Story) -> None:
    for _ in range(8):  # which came first was that of random ids
        holds = {"aspirin": (4, 1), "warfarin": (2, None)}
        story.enroll(story.now + 117 * HOUR, holds=holds, date_only=True, sedation="none", detailed=True)
        who = len(story.plans) - 1
        story.tick()
        story.move(story.now + 16.5 * HOUR, who=who)  # the nurse's call of the new plan is due at once
        story.visit(story.plan(who).start + 39 * DAY, who=who)
        story.tick()
        story.contact(who=who, zone="Pacific/Honolulu")
    keys = [taken.message.key for taken in story.transports[Channel.SMS].ledger]
    assert keys == ["welcome", "stop:aspirin", "correction", "arrival-call"] * 8
