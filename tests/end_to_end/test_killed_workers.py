"""A worker that dies at the worst moment: the provider has the message, and nobody wrote it down."""

import json
import signal
import subprocess

import pytest

from tests.end_to_end.holding import answers_kept_back
from tests.end_to_end.running import BY_EMAIL, BY_TEXT, House, wait_until
from tests.servers.mail import MailServer
from tests.servers.twilio import TwilioServer

pytestmark = pytest.mark.slow


@pytest.fixture
def enrolled(approved_house: House) -> list[str]:
    """One patient by text and one by e-mail; their first messages are due."""
    return [approved_house.enroll(BY_TEXT), approved_house.enroll(BY_EMAIL)]


def with_both_calls_in_flight(house: House, twilio: TwilioServer, relay: MailServer) -> subprocess.Popen[str]:
    """A worker whose two messages were taken, the e-mail's final dot included, and that waits for the answers."""
    worker = house.start_worker()
    wait_until(lambda: twilio.messages and relay.taken, "both servers take their message")
    return worker


def assert_the_text_was_found_and_a_person_is_asked_about_the_email(house: House, enrolled: list[str]) -> None:
    welcomes = [house.welcome_of(id_) for id_ in enrolled]
    assert [welcome["state"] for welcome in welcomes] == ["sent", "unknown"]
    assert [[call["state"] for call in welcome["deliveries"]] for welcome in welcomes] == [["accepted"], ["unknown"]]
    (task,) = house.read("tasks")["tasks"]
    assert (task["kind"], task["urgent"], task["enrollment"]) == ("unknown", True, enrolled[1])


def test_a_worker_killed_before_it_wrote_the_answer_down_leaves_no_message_that_goes_twice(
    approved_house: House, enrolled: list[str], twilio: TwilioServer, relay: MailServer
) -> None:
    with answers_kept_back(twilio, relay):
        worker = with_both_calls_in_flight(approved_house, twilio, relay)
        worker.kill()
        assert worker.wait(timeout=60) == -signal.SIGKILL

    assert approved_house.run_once()["sent"] == 0  # the lease still holds: nobody knows, and nobody sends
    assert [approved_house.welcome_of(id_)["state"] for id_ in enrolled] == ["sending", "sending"]

    approved_house.let_leases_expire()
    approved_house.start_worker()
    wait_until(lambda: approved_house.read("tasks")["tasks"], "a new worker finds what the old one left")
    wait_until(lambda: approved_house.welcome_of(enrolled[0])["state"] == "sent", "it asks about the text")
    assert_the_text_was_found_and_a_person_is_asked_about_the_email(approved_house, enrolled)
    assert (len(twilio.posts), len(relay.taken)) == (1, 1)


def test_a_short_lease_ends_by_itself_and_the_next_worker_asks_the_provider(
    hasty_house: House, twilio: TwilioServer, relay: MailServer
) -> None:
    house, enrolled = hasty_house, hasty_house.enroll(BY_TEXT)
    with answers_kept_back(twilio, relay):
        worker = house.start_worker()
        wait_until(lambda: twilio.messages, "the text is taken")
        worker.kill()
        worker.wait(timeout=60)

    def settled() -> bool:
        house.run_once()
        return bool(house.welcome_of(enrolled)["state"] == "sent")

    wait_until(settled, "the lease runs out and the provider is asked")
    assert house.read("tasks") == {"tasks": []}
    assert len(twilio.posts) == 1


def test_a_worker_told_to_stop_finishes_what_is_in_flight(
    approved_house: House, enrolled: list[str], twilio: TwilioServer, relay: MailServer
) -> None:
    with answers_kept_back(twilio, relay):
        worker = with_both_calls_in_flight(approved_house, twilio, relay)
        worker.send_signal(signal.SIGTERM)
        assert worker.poll() is None
    assert worker.wait(timeout=60) == 0

    assert [approved_house.welcome_of(id_)["state"] for id_ in enrolled] == ["sent", "sent"]
    assert (len(twilio.messages), len(relay.taken)) == (1, 1)
    assert approved_house.read("tasks") == {"tasks": []}


def test_while_a_call_is_in_flight_a_cancellation_waits_and_says_what_it_came_to(
    approved_house: House, enrolled: list[str], twilio: TwilioServer, relay: MailServer
) -> None:
    with answers_kept_back(twilio, relay):
        with_both_calls_in_flight(approved_house, twilio, relay)
        cancel = subprocess.Popen(
            approved_house.command("cancel", enrolled[0], "--reason", "patient", "--json"),
            cwd=approved_house.folder,
            env=approved_house.environment(),
            stdout=subprocess.PIPE,
            text=True,
        )
        wait_until(lambda: approved_house.status_of(enrolled[0]) == "cancelled", "the cancellation is written down")
        assert cancel.poll() is None
    out, _ = cancel.communicate(timeout=60)

    gone = json.loads(out)["already_sent"]
    assert ("welcome", "sent") in [(row["key"], row["state"]) for row in gone]
