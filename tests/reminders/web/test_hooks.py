"""What each callback is answered with, whatever comes."""

import logging
from dataclasses import replace

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from reminders.clock import ManualClock
from reminders.database.vault import Vault
from reminders.hooks.base import CallEvent, InboundText, StatusEvent
from reminders.service import Service
from reminders.web.forms import MOST_BYTES
from reminders.web.hooks import INBOUND_PATH, Account, accounts_of
from tests.reminders.builders import some_settings
from tests.reminders.web.calling import (
    ACCOUNT,
    CALL,
    FORM,
    FROM,
    MESSAGE,
    PUBLIC,
    TO,
    TOKEN,
    TWILIO,
    Heard,
    a_call,
    a_reply,
    a_status,
    a_web_service,
    client_of,
    ledger,
    post,
)

DELIVERY = "d" * 32
EMPTY = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'


def test_a_receipt_is_handed_on_and_answered_with_nothing(
    listening: TestClient, service: Service, heard: Heard
) -> None:
    answer = post(listening, a_status(service, DELIVERY, "delivered"))

    assert (answer.status_code, answer.content) == (204, b"")
    assert heard.statuses == [StatusEvent(provider_id=MESSAGE, status="delivered", delivery=DELIVERY, code=None)]


def test_a_known_persons_reply_is_handed_on_and_answered_with_no_message(listening: TestClient, heard: Heard) -> None:
    answer = post(listening, a_reply("Sí 😀"))

    assert (answer.status_code, answer.text) == (200, EMPTY)
    assert answer.headers["content-type"] == "application/xml"
    expected = InboundText(provider_id=MESSAGE, sender=FROM, to=TO, text="Sí 😀", media=0, opt_out_type=None)
    assert heard.texts == [expected]


def test_an_unknown_numbers_reply_is_answered_with_words(listening: TestClient, heard: Heard) -> None:
    heard.answer = "Example <Radiology> & Co.: call (212) 555-0100"
    assert (
        "<Message>Example &lt;Radiology&gt; &amp; Co.: call (212) 555-0100</Message>" in post(listening, a_reply()).text
    )


def test_a_call_is_answered_with_its_script(listening: TestClient, service: Service, heard: Heard) -> None:
    heard.script = "<Response><Say>Hello</Say></Response>"
    answer = post(listening, a_call(service, DELIVERY, turn="again=1", AnsweredBy="human", Digits="2"))

    assert (answer.status_code, answer.text) == (200, heard.script)
    assert heard.calls == [CallEvent(provider_id=CALL, delivery=DELIVERY, answered_by="human", digits="2", again=1)]


@pytest.mark.parametrize("text", ["", "😀😀😀", "ü" * 2000, "😀" * 2000, "\x00\x07", "a\r\nb", "<Response/>", "STOP"])
def test_a_reply_of_any_words_arrives_as_it_was_written(listening: TestClient, heard: Heard, text: str) -> None:
    assert post(listening, a_reply(text)).status_code == 200
    assert heard.texts[0].text == text


def test_a_reply_with_pictures_says_how_many(listening: TestClient, heard: Heard) -> None:
    picture = {"NumMedia": "2", "MediaUrl0": "https://api.example.org/0", "MediaContentType0": "image/jpeg"}
    assert post(listening, a_reply("", **picture)).status_code == 200
    assert heard.texts[0].media == 2


# What is refused


def test_more_than_the_limit_is_not_read(listening: TestClient, heard: Heard) -> None:
    assert post(listening, a_reply("x" * MOST_BYTES)).status_code == 413
    assert heard.texts == []


def test_more_than_the_limit_is_not_read_either_where_no_length_is_told(listening: TestClient, heard: Heard) -> None:
    reply = a_reply("x" * MOST_BYTES)
    chunks = (reply.body.encode()[place : place + 1000] for place in range(0, len(reply.body), 1000))
    assert listening.post(INBOUND_PATH, content=chunks, headers=reply.headers()).status_code == 413
    assert heard.texts == []


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=x", "text/plain", ""])
def test_what_is_no_form_is_refused(listening: TestClient, heard: Heard, kind: str) -> None:
    reply = a_reply()
    assert post(listening, reply, reply.headers() | {"content-type": kind}).status_code == 415
    assert heard.texts == []


def test_a_form_may_name_its_alphabet(listening: TestClient) -> None:
    reply = a_reply()
    named = {"content-type": "application/x-www-form-urlencoded; charset=UTF-8"}
    assert post(listening, reply, reply.headers() | named).status_code == 200


@pytest.mark.parametrize(
    "body", ["Body=%ff%fe", "Body=%zz", "Body", "a=1&&b", "Body=ü".encode("latin-1"), "&".join("a" * 200)]
)
def test_a_form_that_cannot_be_read_in_one_way_is_refused(
    listening: TestClient, heard: Heard, body: str | bytes
) -> None:
    answer = listening.post(INBOUND_PATH, content=body, headers=a_reply().headers())
    assert (answer.status_code, answer.content) == (400, b"")
    assert heard.texts == []


def test_true_callbacks_with_wrong_fields_are_refused(listening: TestClient, service: Service, heard: Heard) -> None:
    assert post(listening, a_status(service, DELIVERY, sid="none")).status_code == 400
    assert post(listening, a_reply(MessageSid="none")).status_code == 400
    assert post(listening, a_call(service, DELIVERY, CallSid="none")).status_code == 400
    assert (heard.statuses, heard.texts, heard.calls) == ([], [], [])


def test_an_unsigned_reply_and_an_unsigned_call_are_refused(
    listening: TestClient, service: Service, heard: Heard
) -> None:
    assert post(listening, a_reply(), FORM).status_code == 403
    assert post(listening, a_call(service, DELIVERY), FORM).status_code == 403
    assert (heard.texts, heard.calls) == ([], [])


def test_a_call_about_anothers_delivery_is_refused(listening: TestClient, service: Service, heard: Heard) -> None:
    call = a_call(service, DELIVERY)
    other = replace(call, query=call.query.replace(DELIVERY, "e" * 32))
    assert post(listening, other).status_code == 403
    assert heard.calls == []


def test_nothing_is_read_by_get(listening: TestClient) -> None:
    assert listening.get(INBOUND_PATH).status_code == 405


def test_a_refusal_is_logged_by_its_word_alone(listening: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    post(listening, a_reply("I have a fever"), FORM)

    (record,) = [record for record in caplog.records if record.name == "reminders.web.app"]
    assert record.getMessage() == "request_refused"
    assert record.__dict__["fields"] == {"route": INBOUND_PATH, "status": 403, "reason": "unsigned"}


# Our own mistakes


def test_a_mistake_of_ours_is_an_empty_500_and_a_line_with_its_kind(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    def break_(_service: Service, _text: InboundText) -> str | None:
        raise ValueError("Pat Example, +12125550123")

    broken = replace(Heard().appliers(), reply=break_)
    with client_of(service, broken) as client, caplog.at_level(logging.INFO):
        answer = post(client, a_reply())

    assert (answer.status_code, answer.content) == (500, b"")
    assert answer.headers["x-content-type-options"] == "nosniff"
    (record,) = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert (record.name, record.getMessage()) == ("reminders.web.shield", "request_failed")
    assert record.__dict__["fields"] == {"route": INBOUND_PATH}


# Whether there are hooks at all

NO_TOKEN = {name: value for name, value in TWILIO.items() if name != "auth_token"}


@pytest.mark.parametrize(
    "settings",
    [
        {"web": {"accept_no_replies": True}},
        {"transports": {"sms": NO_TOKEN}},
        {"transports": {"email": {"kind": "memory"}}},
    ],
)
def test_without_an_address_or_a_token_there_are_no_hooks(
    engine: Engine, vault: Vault, clock: ManualClock, settings: dict[str, object]
) -> None:
    service = a_web_service(engine, vault, clock, **settings)
    with client_of(service) as client:
        for callback in (a_reply(), a_status(service, DELIVERY), a_call(service, DELIVERY)):
            assert post(client, callback).status_code == 404
    assert ledger(engine) == []


def test_the_token_of_calls_alone_opens_the_hooks(engine: Engine, vault: Vault, clock: ManualClock) -> None:
    service = a_web_service(engine, vault, clock, transports={"voice": TWILIO})
    with client_of(service) as client:
        assert post(client, a_reply()).status_code == 200


def test_two_accounts_may_sign_each_for_itself(engine: Engine, vault: Vault, clock: ManualClock) -> None:
    other, token = "AC" + "2" * 32, "2" * 32
    voice = TWILIO | {"account_sid": other, "auth_token": token}
    service = a_web_service(engine, vault, clock, transports={"sms": TWILIO, "voice": voice})
    with client_of(service) as client:
        assert post(client, a_reply()).status_code == 200
        assert post(client, a_reply(AccountSid=other), token=token).status_code == 200
        assert post(client, a_reply(AccountSid=other)).status_code == 403
        assert post(client, a_reply(), token=token).status_code == 403


def test_one_account_for_both_channels_is_one() -> None:
    settings = some_settings(transports={"sms": TWILIO, "voice": TWILIO}, web={"public_url": PUBLIC})
    assert accounts_of(settings) == (Account(token=TOKEN, sid=ACCOUNT),)
    assert TOKEN not in repr(accounts_of(settings))
