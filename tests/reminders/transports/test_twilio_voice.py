"""Calls by Twilio: what is posted, what comes back, and a whole call from the POST to its receipt."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl
from xml.etree import ElementTree

import pytest
from twilio.request_validator import RequestValidator

from reminders.clock import ManualClock
from reminders.errors import ConfigurationError
from reminders.settings import TransportSettings
from reminders.transports.base import (
    Channel,
    NotSent,
    OutboundMessage,
    OutcomeUnknown,
    Refused,
    Scope,
)
from reminders.transports.registry import make_transport
from reminders.transports.twilio_voice import LONGEST_SCRIPT, TwilioVoiceTransport
from reminders.transports.twiml import Spoken, after_digit, answer
from tests.servers.twilio import ACCOUNT_SID, AUTH_TOKEN, Fault, TwilioServer, refuse

PUBLIC = "https://reminders.example.org"
DETAILED = "Hello. This is Example Radiology. Stop warfarin today."
DISCREET = "Hello. This is Example Radiology. Please follow your plan."


def made(server: TwilioServer, clock: ManualClock, **changes: Any) -> TwilioVoiceTransport:
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
    transport = make_transport(Channel.VOICE, settings, clock)
    assert isinstance(transport, TwilioVoiceTransport)
    return transport


@pytest.fixture
def transport(twilio: TwilioServer, clock: ManualClock) -> Iterator[TwilioVoiceTransport]:
    transport = made(twilio, clock)
    yield transport
    transport.close()


@pytest.fixture
def call(text_message: OutboundMessage) -> OutboundMessage:
    return replace(
        text_message,
        channel=Channel.VOICE,
        text=DETAILED,
        discreet=DISCREET,
        callback_url=f"{PUBLIC}/hooks/twilio/status?mac=0a",
        script_url=f"{PUBLIC}/hooks/twilio/voice?mac=0a",
    )


@pytest.fixture
def private_call(call: OutboundMessage) -> OutboundMessage:
    """A call of an installation without a public address."""
    return replace(call, callback_url=None, script_url=None)


def said(script: str) -> list[str]:
    return [say.text or "" for say in ElementTree.fromstring(script).iter("Say")]  # noqa: S314 - our own


def test_a_call_is_posted_with_addresses_instead_of_words(
    transport: TwilioVoiceTransport, twilio: TwilioServer, call: OutboundMessage
) -> None:
    transport.send(call)

    [posted] = twilio.posts
    assert posted == {
        "To": call.to,
        "From": "+12125550100",
        "Url": f"{call.script_url}&delivery={call.delivery_id}",
        "Method": "POST",
        "MachineDetection": "DetectMessageEnd",
        "Timeout": "45",
        "StatusCallback": f"{call.callback_url}&delivery={call.delivery_id}",
        "StatusCallbackMethod": "POST",
        "StatusCallbackEvent": "initiated completed",
    }


def test_without_a_public_address_the_discreet_words_travel_along_and_no_key_is_asked_for(
    transport: TwilioVoiceTransport, twilio: TwilioServer, private_call: OutboundMessage
) -> None:
    transport.send(private_call)

    [posted] = twilio.posts
    assert sorted(posted) == ["From", "Timeout", "To", "Twiml"]
    assert said(posted["Twiml"]) == [DISCREET, DISCREET]
    assert "Gather" not in posted["Twiml"]


def test_the_words_that_travel_along_are_in_the_patients_language(
    transport: TwilioVoiceTransport, twilio: TwilioServer, private_call: OutboundMessage
) -> None:
    transport.send(replace(private_call, language="es"))

    assert 'language="es-US"' in twilio.posts[0]["Twiml"]


def test_the_answer_names_the_call_and_says_that_a_receipt_comes(
    transport: TwilioVoiceTransport, twilio: TwilioServer, call: OutboundMessage
) -> None:
    accepted = transport.send(call)

    assert (accepted.provider_id, accepted.receipt_expected) == (twilio.calls[0].sid, True)


def test_without_an_address_for_it_no_receipt_is_expected(
    transport: TwilioVoiceTransport, private_call: OutboundMessage
) -> None:
    assert transport.send(private_call).receipt_expected is False


def test_an_answer_that_names_no_call_is_an_unknown_outcome(
    transport: TwilioVoiceTransport, twilio: TwilioServer, call: OutboundMessage
) -> None:
    twilio.script(Fault(taken=True, status=201, body="{}"))

    with pytest.raises(OutcomeUnknown):
        transport.send(call)


@pytest.mark.parametrize("field", ["text", "discreet"])
def test_words_too_long_to_be_said_are_refused_before_anybody_is_called(
    transport: TwilioVoiceTransport, twilio: TwilioServer, call: OutboundMessage, field: str
) -> None:
    transport.send(replace(call, **{field: "x" * LONGEST_SCRIPT}))  # type: ignore[arg-type]
    with pytest.raises(Refused) as caught:
        transport.send(replace(call, **{field: "x" * (LONGEST_SCRIPT + 1)}))  # type: ignore[arg-type]

    assert caught.value.scope is Scope.MESSAGE
    assert len(twilio.posts) == 1


def test_a_script_too_long_for_one_request_is_refused_before_anybody_is_called(
    transport: TwilioVoiceTransport, twilio: TwilioServer, private_call: OutboundMessage
) -> None:
    with pytest.raises(Refused):  # said twice it is over the limit
        transport.send(replace(private_call, discreet="x" * (LONGEST_SCRIPT // 2)))

    assert twilio.posts == ()


def test_the_longest_script_that_twilio_takes_is_sent(
    transport: TwilioVoiceTransport, twilio: TwilioServer, private_call: OutboundMessage
) -> None:
    transport.send(private_call)
    frame = len(twilio.posts[0]["Twiml"]) - 2 * len(DISCREET)
    transport.send(replace(private_call, discreet="x" * ((LONGEST_SCRIPT - frame) // 2)))

    assert LONGEST_SCRIPT - 1 <= len(twilio.posts[1]["Twiml"]) <= LONGEST_SCRIPT


@pytest.mark.parametrize("changes", [{}, {"script_url": None}])
def test_a_call_without_words_for_a_machine_is_refused_before_anybody_is_called(
    transport: TwilioVoiceTransport, twilio: TwilioServer, call: OutboundMessage, changes: dict[str, Any]
) -> None:
    with pytest.raises(Refused):
        transport.send(replace(call, discreet=None, **changes))

    assert twilio.posts == ()


def test_too_many_calls_at_a_time_are_tried_again_later(
    transport: TwilioVoiceTransport, twilio: TwilioServer, call: OutboundMessage
) -> None:
    twilio.script(refuse(429, 10004))

    with pytest.raises(NotSent):
        transport.send(call)


def test_checking_names_the_settings_of_calls(twilio: TwilioServer, clock: ManualClock) -> None:
    transport = made(twilio, clock, auth_token="another token")

    [problem] = transport.check()
    assert "transports.voice.account_sid" in problem
    transport.close()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"account_sid": None}, "transports.voice: .* account_sid"),
        ({"auth_token": None}, "transports.voice: .* auth token"),
        ({"from_number": None}, "transports.voice: .* from_number"),
        ({"messaging_service_sid": "MG1"}, "transports.voice: a messaging service cannot call"),
        ({"base_url": "twilio.example.org"}, "transports.voice.base_url"),
    ],
)
def test_settings_it_cannot_work_with_are_refused(
    twilio: TwilioServer, clock: ManualClock, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(ConfigurationError, match=words):
        made(twilio, clock, **changes)


@contextmanager
def a_site(answer_form: Callable[[str, dict[str, str]], str]) -> Iterator[tuple[str, list[tuple[str, dict[str, str]]]]]:
    """The program's side, as far as a call needs it; takes only what is signed for its public address."""
    seen: list[tuple[str, dict[str, str]]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = dict(parse_qsl(body, keep_blank_values=True))
            signature = self.headers["X-Twilio-Signature"]
            known = RequestValidator(AUTH_TOKEN).validate(f"{PUBLIC}{self.path}", form, signature)
            if known:
                seen.append((self.path, form))
            content = answer_form(self.path, form).encode() if known else b""
            self.send_response(200 if known else 403)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """The test reads `seen`."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", seen
        finally:
            server.shutdown()
            thread.join()


def scripted(path: str, form: dict[str, str]) -> str:
    if "/voice" not in path:
        return ""
    spoken = Spoken(text=DETAILED, discreet=DISCREET, language="en")
    if "Digits" in form:
        return after_digit(form["Digits"], DETAILED, "en", f"{PUBLIC}{path}")
    return answer(spoken, form.get("AnsweredBy"), f"{PUBLIC}{path}")


def test_a_person_answers_hears_it_again_and_confirms(
    transport: TwilioVoiceTransport, twilio: TwilioServer, call: OutboundMessage
) -> None:
    sid = transport.send(call).provider_id
    assert sid is not None
    with a_site(scripted) as (local, seen):
        twilio.reach = lambda url: url.replace(PUBLIC, local)
        heard = twilio.answer_call(sid, digits="21")

    assert [len([words for words in said(script) if words == DETAILED]) for script in heard.scripts] == [2, 2, 0]
    assert heard.said[-1] == "Thank you. Goodbye."
    assert [form.get("Digits") for _, form in seen] == [None, "2", "1", None]
    assert (seen[-1][1]["CallStatus"], seen[-1][1]["AnsweredBy"]) == ("completed", "human")
    assert f"delivery={call.delivery_id}" in seen[-1][0]


def test_a_machine_that_answers_hears_nothing_detailed(
    transport: TwilioVoiceTransport, twilio: TwilioServer, call: OutboundMessage
) -> None:
    sid = transport.send(call).provider_id
    assert sid is not None
    with a_site(scripted) as (local, _):
        twilio.reach = lambda url: url.replace(PUBLIC, local)
        heard = twilio.answer_call(sid, answered_by="machine_end_beep", digits="2")

    assert heard.said == (DISCREET, DISCREET)


def test_a_callback_signed_for_another_address_is_not_taken(
    transport: TwilioVoiceTransport, twilio: TwilioServer, call: OutboundMessage
) -> None:
    elsewhere = replace(call, callback_url="https://elsewhere.example.org/hooks/twilio/status?mac=0a")
    sid = transport.send(elsewhere).provider_id
    assert sid is not None
    with a_site(scripted) as (local, seen):
        twilio.reach = lambda url: url.replace("https://elsewhere.example.org", local)
        answered = twilio.report(sid, "busy")

    assert answered is not None
    assert (answered.status, seen) == (403, [])


def test_a_text_comes_in_signed_with_an_id_of_its_own(twilio: TwilioServer) -> None:
    with a_site(scripted) as (local, seen):
        twilio.reach = lambda url: url.replace(PUBLIC, local)
        sids = {
            twilio.reply("+12125550123", "+12125550100", body, f"{PUBLIC}/hooks/twilio/inbound").sid
            for body in ("1", "1", "¿mañana?")
        }

    assert len(sids) == 3
    assert [form["Body"] for _, form in seen] == ["1", "1", "¿mañana?"]


def test_twilio_lists_a_call_without_its_words_and_addresses(
    transport: TwilioVoiceTransport, twilio: TwilioServer, call: OutboundMessage
) -> None:
    """Why nothing is looked up: two calls to one phone cannot be told apart."""
    transport.send(call)

    [listed] = transport._account.api.calls.list(to=call.to)
    assert listed.sid == twilio.calls[0].sid
    assert call.delivery_id not in str(twilio.calls[0].as_json())
