"""A patient's six weeks, command by command, on a clock that is moved: each message once, in order, and no other.

The minute before each message is tried as well: nothing leaves early, and nothing leaves twice.
"""

from datetime import timedelta

import pytest
from freezegun.api import FrozenDateTimeFactory

from tests.builders import local
from tests.reminders.cli.running import WARFARIN, Cli, Installation, move_to

BEFORE = [
    # New York time, what leaves then
    ("2026-11-20 12:00", ["welcome"]),
    ("2026-11-24 10:00", ["prepare-plan", "prepare-plan@email"]),
    ("2026-12-02 10:00", ["stop:warfarin"]),
    ("2026-12-05 12:00", ["ride"]),
    ("2026-12-07 10:00", ["arrival-call", "arrival-call@email"]),
    ("2026-12-07 17:00", ["fasting"]),
]
AFTER = [
    ("2026-12-08 13:10", ["after-care"]),
    ("2026-12-09 10:10", ["resume-aspirin", "resume:warfarin"]),
    ("2026-12-11 10:00", ["recovery-check"]),
    ("2026-12-31 10:00", ["visit-book"]),
]
BY_EMAIL = {"prepare-plan@email", "arrival-call@email"}


@pytest.fixture
def weeks(cli: Cli, either_installation: Installation, at_noon: FrozenDateTimeFactory) -> "Weeks":
    either_installation.add_settings("[worker]\nsenders = 1\n")  # so that what is due at once leaves in table order
    enrolled = cli.enrolled_id(**WARFARIN, email="pat@example.org", consent="sms,email")
    return Weeks(cli, either_installation, at_noon, enrolled)


class Weeks:
    """The patient, and what happens to her from one instant to the next."""

    def __init__(self, cli: Cli, installation: Installation, clock: FrozenDateTimeFactory, enrolled: str) -> None:
        self.cli, self.installation, self.clock, self.enrolled = cli, installation, clock, enrolled

    def live_through(self, story: list[tuple[str, list[str]]]) -> None:
        """Go to each instant, by way of the minute before it; exactly what is due then leaves."""
        for instant, keys in story:
            if (early := local(instant) - timedelta(minutes=1)) > local("2026-11-20 12:00"):
                self.clock.move_to(early)
                assert self.sent_now() == [], f"before {instant}"
            move_to(self.clock, instant)
            assert self.sent_now() == keys, f"at {instant}"
            assert self.sent_now() == [], f"again at {instant}"

    def sent_now(self) -> list[str]:
        before = len(self.installation.sent)
        self.cli.run_once()
        return self.installation.sent_keys[before:]

    def sent_at(self, instant: str) -> list[str]:
        move_to(self.clock, instant)
        return self.sent_now()

    def complete(self) -> None:
        move_to(self.clock, "2026-12-08 12:30")
        self.cli.read("complete", self.enrolled, "--ended-at", "2026-12-08 10:10")

    def open_tasks(self) -> list[tuple[str, str, bool]]:
        return [(task["kind"], task["due"], task["urgent"]) for task in self.cli.read("tasks")["tasks"]]

    def states(self) -> dict[str, str]:
        reminders = self.cli.read("show", self.enrolled)["timeline"]["reminders"]
        return {reminder["key"]: reminder["state"] for reminder in reminders}


@pytest.mark.slow
def test_every_message_of_six_weeks_leaves_once_at_its_time_and_in_order(weeks: Weeks) -> None:
    weeks.live_through(BEFORE)
    weeks.complete()
    weeks.live_through(AFTER)
    move_to(weeks.clock, "2027-01-31 12:00")
    assert weeks.sent_now() == []

    keys = [key for _, keys in (*BEFORE, *AFTER) for key in keys]
    assert weeks.installation.sent_keys == keys
    assert {message["key"] for message in weeks.installation.sent if message["channel"] == "email"} == BY_EMAIL
    assert len({message["delivery_id"] for message in weeks.installation.sent}) == len(keys)
    assert weeks.states() == dict.fromkeys(keys, "sent") | {"day-of": "skipped"}
    (row,) = weeks.cli.read("list")["enrollments"]
    assert (row["status"], row["next"]) == ("completed", None)


def test_staff_are_asked_to_call_to_record_the_end_and_to_book_the_visit(weeks: Weeks) -> None:
    weeks.live_through(BEFORE)
    assert weeks.open_tasks() == [("call", "2026-12-07T21:00:00Z", False)]
    weeks.cli.read("tasks", "done", "1", "--note", "called")

    move_to(weeks.clock, "2026-12-08 11:59")
    weeks.sent_now()
    assert weeks.open_tasks() == []
    move_to(weeks.clock, "2026-12-08 12:00")
    weeks.sent_now()
    assert [kind for kind, _, _ in weeks.open_tasks()] == ["completion"]
    weeks.complete()
    assert weeks.open_tasks() == []

    weeks.live_through(AFTER)
    assert weeks.open_tasks() == [("book-visit", "2026-12-31T21:00:00Z", False)]


def test_until_the_end_is_recorded_nothing_after_it_leaves_and_then_it_does(weeks: Weeks) -> None:
    weeks.live_through(BEFORE)
    move_to(weeks.clock, "2026-12-08 14:00")
    assert weeks.sent_now() == []
    assert weeks.states()["after-care"] == "held"
    assert ("completion", True) in [(kind, urgent) for kind, _, urgent in weeks.open_tasks()]

    weeks.cli.read("complete", weeks.enrolled, "--ended-at", "2026-12-08 10:10")
    assert weeks.sent_now() == ["after-care"]


def test_after_a_cancellation_one_correction_leaves_and_six_weeks_are_silent(weeks: Weeks) -> None:
    weeks.live_through(BEFORE[:3])
    cancelled = weeks.cli.read("cancel", weeks.enrolled, "--reason", "hospital")
    assert [task["kind"] for task in cancelled["tasks"]] == ["announced-hold"]
    assert weeks.sent_now() == ["correction"]
    for instant, _ in (*BEFORE[3:], *AFTER):
        move_to(weeks.clock, instant)
        assert weeks.sent_now() == []
    assert set(weeks.states().values()) == {"sent", "skipped", "withdrawn"}


def test_after_an_outage_of_days_what_still_holds_is_sent_and_what_became_wrong_is_a_task(weeks: Weeks) -> None:
    weeks.live_through(BEFORE[:1])
    assert weeks.sent_at("2026-12-06 12:00") == ["prepare-plan"]
    assert weeks.sent_at("2026-12-06 12:09") == []  # what is late never leaves in a burst
    assert weeks.sent_at("2026-12-06 12:10") == ["prepare-plan@email", "ride"]
    assert weeks.states()["stop:warfarin"] == "missed"
    assert [(kind, urgent) for kind, _, urgent in weeks.open_tasks()] == [("missed", True)]
