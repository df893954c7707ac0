"""Text messages by Twilio: what is posted, what comes back, and what the list of messages settles."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from reminders.clock import ManualClock
from reminders.errors import ConfigurationError
from reminders.settings import TransportSettings
from reminders.transports.base import Channel, OutboundMessage, OutcomeUnknown
from reminders.transports.registry import make_transport
from reminders.transports.twilio_sms import LOOKED_THROUGH, NEWEST, TwilioSmsTransport
from tests.servers.twilio import ACCOUNT_SID, AUTH_TOKEN, Fault, TwilioServer, hang, twilio_server


@pytest.fixture
def twilio(clock: ManualClock) -> Iterator[TwilioServer]:
    """With the test's own clock: a look-up compares the two."""
    with twilio_server(clock.now) as server:
        yield server


def made(server: TwilioServer, clock: ManualClock, **changes: Any) -> TwilioSmsTransport:
    settings = TransportSettings.model_validate(
        {
            "kind": "twilio",
            "account_sid": ACCOUNT_SID,
            "auth_token": AUTH_TOKEN,
            "from_number": "+12125550100",
            "base_url": server.url,
            **changes,
        }
    )
    transport = make_transport(Channel.SMS, settings, clock)
    assert isinstance(transport, TwilioSmsTransport)
    return transport


@pytest.fixture
def transport(twilio: TwilioServer, clock: ManualClock) -> Iterator[TwilioSmsTransport]:
    transport = made(twilio, clock)
    yield transport
    transport.close()


def test_the_least_is_posted(
    transport: TwilioSmsTransport, twilio: TwilioServer, text_message: OutboundMessage
) -> None:
    transport.send(text_message)

    [posted] = twilio.posts
    assert posted == {"To": text_message.to, "From": "+12125550100", "Body": text_message.text}


def test_the_answer_names_the_message_and_its_segments(
    transport: TwilioSmsTransport, twilio: TwilioServer, text_message: OutboundMessage
) -> None:
    accepted = transport.send(text_message)

    assert (accepted.provider_id, accepted.segments) == (twilio.messages[0].sid, 1)


def test_a_messaging_service_sends_without_a_number_and_counts_no_segments_yet(
    twilio: TwilioServer, clock: ManualClock, text_message: OutboundMessage
) -> None:
    transport = made(twilio, clock, from_number=None, messaging_service_sid="MG1")
    accepted = transport.send(text_message)
    transport.close()

    assert "From" not in twilio.posts[0]
    assert twilio.posts[0]["MessagingServiceSid"] == "MG1"
    assert accepted.segments is None


def test_receipts_are_asked_for_by_delivery(
    transport: TwilioSmsTransport, twilio: TwilioServer, text_message: OutboundMessage
) -> None:
    transport.send(replace(text_message, callback_url="https://reminders.example.org/hooks/twilio"))

    expected = f"https://reminders.example.org/hooks/twilio?delivery={text_message.delivery_id}"
    assert twilio.posts[0]["StatusCallback"] == expected


@pytest.mark.parametrize(
    ("left", "seconds"),
    [
        (timedelta(hours=2), "7200"),
        (timedelta(seconds=90, milliseconds=900), "90"),
        (timedelta(days=3), "36000"),
        (timedelta(milliseconds=10), "1"),
        (timedelta(minutes=-5), "1"),
    ],
)
def test_twilio_keeps_a_message_no_longer_than_it_is_right(
    transport: TwilioSmsTransport,
    twilio: TwilioServer,
    clock: ManualClock,
    text_message: OutboundMessage,
    left: timedelta,
    seconds: str,
) -> None:
    transport.send(replace(text_message, expires_at=clock.now() + left))

    assert twilio.posts[0]["ValidityPeriod"] == seconds


@pytest.mark.parametrize(("callback", "expected"), [("https://reminders.example.org/hooks", True), (None, False)])
def test_a_receipt_is_expected_only_where_there_is_an_address_for_it(
    transport: TwilioSmsTransport, text_message: OutboundMessage, callback: str | None, expected: bool
) -> None:
    accepted = transport.send(replace(text_message, callback_url=callback))

    assert accepted.receipt_expected is expected


def test_an_answer_that_names_no_message_is_an_unknown_outcome(
    transport: TwilioSmsTransport, twilio: TwilioServer, text_message: OutboundMessage
) -> None:
    twilio.script(Fault(taken=True, status=201, body="{}"))

    with pytest.raises(OutcomeUnknown):
        transport.send(text_message)


def test_the_environment_does_not_move_us_to_another_region(
    twilio: TwilioServer, clock: ManualClock, text_message: OutboundMessage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_REGION", "au1")
    transport = made(twilio, clock)
    transport.close()

    assert transport._account.client.region is None


def test_a_look_up_finds_a_queued_message_that_has_no_sending_date_yet(
    transport: TwilioSmsTransport, twilio: TwilioServer, clock: ManualClock, text_message: OutboundMessage
) -> None:
    accepted = transport.send(text_message)

    assert transport.look_up(text_message, clock.now()) == (accepted,)


def test_a_look_up_finds_a_message_sent_after_midnight(
    transport: TwilioSmsTransport, twilio: TwilioServer, clock: ManualClock, text_message: OutboundMessage
) -> None:
    started = clock.now()
    accepted = transport.send(text_message)
    clock.advance(timedelta(hours=12))
    twilio.set_status(twilio.messages[0].sid, "sent")

    assert transport.look_up(text_message, started) == (accepted,)


def test_a_look_up_finds_what_other_messages_have_pushed_out_of_the_newest(
    transport: TwilioSmsTransport, twilio: TwilioServer, clock: ManualClock, text_message: OutboundMessage
) -> None:
    accepted = transport.send(text_message)
    twilio.set_status(twilio.messages[0].sid, "sent")
    for number in range(NEWEST):
        transport.send(replace(text_message, text=f"Another text, number {number}"))

    assert transport.look_up(text_message, clock.now()) == (accepted,)


@pytest.mark.parametrize("at", ["2026-12-05T23:59:00+00:00", "2026-12-06T00:01:00+00:00"])
def test_a_look_up_asks_for_the_days_around_the_call_as_greenwich_counts_them(
    transport: TwilioSmsTransport, twilio: TwilioServer, clock: ManualClock, text_message: OutboundMessage, at: str
) -> None:
    clock.move_to(datetime.fromisoformat(at))
    accepted = transport.send(text_message)
    twilio.set_status(twilio.messages[0].sid, "sent")
    for number in range(NEWEST):
        transport.send(replace(text_message, text=f"Another text, number {number}"))

    assert transport.look_up(text_message, datetime.fromisoformat("2026-12-06T00:01:00+00:00")) == (accepted,)


def test_with_more_messages_than_can_be_looked_through_nothing_is_concluded(
    transport: TwilioSmsTransport, text_message: OutboundMessage, clock: ManualClock
) -> None:
    class Endless:
        def list(self, **_: object) -> list[object]:
            return [object()] * LOOKED_THROUGH

    transport._messages = Endless()  # type: ignore[assignment]

    with pytest.raises(OutcomeUnknown):
        transport.look_up(text_message, clock.now())


def test_a_message_that_twilio_does_not_list_yet_is_not_found_yet(
    transport: TwilioSmsTransport, twilio: TwilioServer, clock: ManualClock, text_message: OutboundMessage
) -> None:
    twilio.list_lag = timedelta(minutes=3)
    since, accepted = clock.now(), transport.send(text_message)
    assert transport.look_up(text_message, since) == ()
    clock.advance(timedelta(minutes=3))

    assert transport.look_up(text_message, since) == (accepted,)


def test_a_look_up_shows_duplicates(
    transport: TwilioSmsTransport, clock: ManualClock, text_message: OutboundMessage
) -> None:
    transport.send(text_message)
    transport.send(text_message)

    assert len(transport.look_up(text_message, clock.now())) == 2


@pytest.mark.parametrize("change", [{"text": "Another text."}, {"to": "+12125550199"}])
def test_a_look_up_leaves_out_other_messages(
    transport: TwilioSmsTransport, clock: ManualClock, text_message: OutboundMessage, change: dict[str, str]
) -> None:
    transport.send(replace(text_message, **change))  # type: ignore[arg-type]

    assert transport.look_up(text_message, clock.now()) == ()


def test_a_look_up_leaves_out_the_same_text_of_an_earlier_time(
    transport: TwilioSmsTransport, clock: ManualClock, text_message: OutboundMessage
) -> None:
    transport.send(text_message)
    clock.advance(timedelta(minutes=10))

    assert transport.look_up(text_message, clock.now()) == ()


def test_a_look_up_leaves_out_what_another_sender_sent(
    transport: TwilioSmsTransport, twilio: TwilioServer, clock: ManualClock, text_message: OutboundMessage
) -> None:
    other = made(twilio, clock, from_number="+12125550101")
    other.send(text_message)
    other.close()

    assert transport.look_up(text_message, clock.now()) == ()


def test_a_look_up_finds_what_a_messaging_service_sent(
    twilio: TwilioServer, clock: ManualClock, text_message: OutboundMessage
) -> None:
    transport = made(twilio, clock, from_number=None, messaging_service_sid="MG1")
    accepted = transport.send(text_message)

    assert transport.look_up(text_message, clock.now()) == (accepted,)
    transport.close()


def test_checking_names_bad_credentials_and_where_they_stand(twilio: TwilioServer, clock: ManualClock) -> None:
    transport = made(twilio, clock, auth_token="another token")

    [problem] = transport.check()
    assert problem == (
        "Twilio does not accept the credentials: compare transports.sms.account_sid and the auth token "
        "with the Twilio console."
    )
    transport.close()


def test_checking_names_an_account_that_is_not_active(transport: TwilioSmsTransport, twilio: TwilioServer) -> None:
    twilio.account_status = "suspended"

    assert transport.check() == ("The Twilio account is suspended: see the Twilio console.",)


def test_checking_names_a_server_that_cannot_be_reached(clock: ManualClock) -> None:
    with twilio_server() as gone:
        pass
    transport = made(gone, clock)

    [problem] = transport.check()
    assert problem.startswith("The Twilio account could not be asked: No connection to Twilio could be made")
    transport.close()


def test_a_call_takes_no_longer_than_its_two_timeouts(
    twilio: TwilioServer, clock: ManualClock, text_message: OutboundMessage
) -> None:
    transport = made(twilio, clock, timeout_seconds=0.2)
    twilio.script(hang(taken=False))
    with pytest.raises(OutcomeUnknown):
        transport.send(text_message)
    transport.close()

    assert transport.longest_send_seconds == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"account_sid": None}, "account_sid"),
        ({"auth_token": None}, "auth token"),
        ({"from_number": None}, "from_number or messaging_service_sid"),
        ({"messaging_service_sid": "MG1"}, "not both"),
        ({"base_url": "twilio.example.org"}, "base_url"),
        ({"base_url": "ftp://twilio.example.org"}, "base_url"),
    ],
)
def test_settings_it_cannot_work_with_are_refused(
    twilio: TwilioServer, clock: ManualClock, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(ConfigurationError, match=words):
        made(twilio, clock, **changes)
