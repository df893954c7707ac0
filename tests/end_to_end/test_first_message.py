"""From an empty folder to a message at a real server, by commands and workers as real processes."""

import signal

import pytest

from reminders.booking import BookingRequest
from reminders.enrollment import EnrollRequest, enroll
from tests.end_to_end.running import BY_EMAIL, BY_TEXT, FROM_NUMBER, House, in_a_month, wait_until, words_of
from tests.servers.mail import MailServer
from tests.servers.twilio import TwilioServer

pytestmark = pytest.mark.slow

NOTHING = {"sent": 0, "not_sent": 0, "refused": 0, "unknown": 0, "held": 0, "missed": 0}


def test_from_an_empty_folder_to_a_text_and_an_email(
    bare_house: House, twilio: TwilioServer, relay: MailServer
) -> None:
    bare_house.processed("init")
    bare_house.processed("db", "upgrade")
    bare_house.processed("protocol", "approve", "vertebroplasty", "--by", "Dr. Example")
    by_text = bare_house.processed("enroll", *words_of(BY_TEXT))["enrollment"]
    by_email = bare_house.processed("enroll", *words_of(BY_EMAIL))["enrollment"]

    assert bare_house.run_once()["sent"] == 2

    (text,) = twilio.messages
    assert (text.to, text.form["From"]) == (BY_TEXT["phone"], FROM_NUMBER)
    assert text.body.startswith("Example Radiology: ")
    (mail,) = relay.taken
    assert (mail.sender, mail.recipients) == ("reminders@example.org", (BY_EMAIL["email"],))
    assert "Example Radiology" in mail.mail["Subject"]
    assert [bare_house.welcome_of(enrolled)["state"] for enrolled in (by_text, by_email)] == ["sent", "sent"]
    assert bare_house.run_once() == NOTHING


def test_nothing_unapproved_reaches_a_patient_and_an_approval_releases_it(
    house: House, twilio: TwilioServer, relay: MailServer
) -> None:
    enrolled = [house.enroll(BY_TEXT), house.enroll(BY_EMAIL)]

    assert house.run_once() == NOTHING | {"held": 2}
    assert (twilio.posts, relay.taken) == ((), ())
    assert [house.welcome_of(id_)["state"] for id_ in enrolled] == ["held", "held"]
    assert {task["kind"] for task in house.read("tasks")["tasks"]} == {"approval"}

    approved = house.read("protocol", "approve", "vertebroplasty", "--by", "Dr. Example")
    assert approved["released"] == 2
    assert house.run_once()["sent"] == 2
    assert (len(twilio.messages), len(relay.taken)) == (1, 1)


def test_a_worker_that_runs_already_sends_what_is_enrolled_afterwards(
    approved_house: House, twilio: TwilioServer, relay: MailServer
) -> None:
    worker = approved_house.start_worker()
    wait_until(lambda: "worker_started" in approved_house.log(), "the worker starts")

    enrolled = approved_house.enroll(BY_TEXT)
    approved_house.enroll(BY_EMAIL)
    wait_until(lambda: twilio.messages, "the text arrives")
    wait_until(lambda: relay.taken, "the e-mail arrives")
    wait_until(lambda: approved_house.welcome_of(enrolled)["state"] == "sent", "the worker writes it down")

    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=60) == 0
    assert (len(twilio.messages), len(relay.taken)) == (1, 1)
    assert "worker_stopped" in approved_house.log()
    assert_names_nobody(approved_house.log())


def assert_names_nobody(log: str) -> None:
    assert not [word for word in ("Pat", "Sam", "5550123", "sam@example.org", "Welcome") if word in log]


def test_two_workers_send_each_message_once(approved_house: House, twilio: TwilioServer) -> None:
    workers = [approved_house.start_worker() for _ in range(2)]
    wait_until(lambda: approved_house.log().count("worker_started") == 2, "both workers start")

    with approved_house.service() as service:
        for number in range(30):
            booking = BookingRequest(procedure=in_a_month())
            request = EnrollRequest(booking=booking, name=f"Pat {number} Example", phone=f"+121255501{number:02}")
            enroll(service, request, by="coordinator")
    wait_until(lambda: len(twilio.messages) >= 30, "every text arrives")

    for worker in workers:
        worker.send_signal(signal.SIGTERM)
    assert [worker.wait(timeout=60) for worker in workers] == [0, 0]
    assert sorted(message.to for message in twilio.messages) == [f"+121255501{number:02}" for number in range(30)]
