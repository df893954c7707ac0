"""What Twilio's fields become, and which of them are not taken as they stand."""

from collections.abc import Callable

import pytest

from reminders.hooks.base import CallEvent, HookRefused, HookRequest, InboundText, StatusEvent
from reminders.hooks.twilio import parse_call, parse_reply, parse_status, verify
from reminders.settings import WebSettings
from tests.reminders.web.calling import ACCOUNT, CALL, FROM, MESSAGE, PUBLIC, TO, TOKEN, Callback

DELIVERY = "d" * 32
Parse = Callable[[HookRequest], object]


def a_request(query: str = f"mac=x&delivery={DELIVERY}", **form: str) -> HookRequest:
    return HookRequest(url=f"{PUBLIC}/hook?{query}", form=list(form.items()), headers={})


def test_a_receipt_of_a_text_names_message_status_delivery_and_error() -> None:
    request = a_request(MessageSid=MESSAGE, MessageStatus="undelivered", ErrorCode="30005")
    assert parse_status(request) == StatusEvent(
        provider_id=MESSAGE, status="undelivered", delivery=DELIVERY, code="30005"
    )


def test_the_older_names_of_the_fields_are_known() -> None:
    event = parse_status(a_request(SmsSid=MESSAGE, SmsStatus="sent"))
    assert (event.provider_id, event.status) == (MESSAGE, "sent")


@pytest.mark.parametrize(
    ("status", "answered_by", "word", "reason"),
    [
        ("in-progress", "human", "sent", None),
        ("completed", "human", "delivered", None),
        ("completed", "machine_end_beep", "delivered", "left on an answering machine (discreet words)"),
        ("completed", "fax", "undelivered", "a fax machine answered the call"),
        ("busy", "", "undelivered", "the line was busy"),
    ],
)
def test_a_receipt_of_a_call_says_whether_somebody_heard_it(
    status: str, answered_by: str, word: str, reason: str | None
) -> None:
    event = parse_status(a_request(CallSid=CALL, CallStatus=status, AnsweredBy=answered_by))
    assert event == StatusEvent(provider_id=CALL, status=word, delivery=DELIVERY, code=None, reason=reason)


def test_a_word_about_a_call_that_nobody_has_heard_of_is_kept() -> None:
    event = parse_status(a_request(CallSid=CALL, CallStatus="teleported", AnsweredBy="human"))
    assert (event.status, event.reason) == ("teleported", None)


def test_a_status_nobody_has_heard_of_is_kept() -> None:
    assert parse_status(a_request(MessageSid=MESSAGE, MessageStatus="teleported")).status == "teleported"


def test_an_empty_error_is_none() -> None:
    assert parse_status(a_request(MessageSid=MESSAGE, MessageStatus="sent", ErrorCode="")).code is None


def test_a_reply_keeps_its_words_as_they_are() -> None:
    form = {"MessageSid": MESSAGE, "From": FROM, "To": TO, "Body": " Sí \n😀", "NumMedia": "2", "OptOutType": "stop"}
    assert parse_reply(a_request(**form)) == InboundText(
        provider_id=MESSAGE, sender=FROM, to=TO, text=" Sí \n😀", media=2, opt_out_type="STOP"
    )


def test_a_reply_of_nothing_is_one() -> None:
    reply = parse_reply(a_request(MessageSid=MESSAGE, From=FROM, To=TO))
    assert (reply.text, reply.media, reply.opt_out_type) == ("", 0, None)


def test_nothing_of_a_reply_stands_in_its_repr() -> None:
    request = a_request(MessageSid=MESSAGE, From=FROM, To=TO, Body="I have a fever")
    assert "fever" not in repr(parse_reply(request)) + repr(request)
    assert FROM not in repr(parse_reply(request)) + repr(request)


def test_a_call_says_who_answered_and_which_turn_it_is() -> None:
    request = a_request(f"mac=x&delivery={DELIVERY}&again=1&asked=2", CallSid=CALL, AnsweredBy="human", Digits="2")
    assert parse_call(request) == CallEvent(
        provider_id=CALL, delivery=DELIVERY, answered_by="human", digits="2", again=1, asked=2
    )


def test_the_first_turn_of_a_call_has_no_digits() -> None:
    event = parse_call(a_request(CallSid=CALL))
    assert (event.digits, event.again, event.asked, event.answered_by) == (None, 0, 0, None)


@pytest.mark.parametrize(
    ("parse", "form"),
    [
        (parse_status, {"MessageStatus": "sent"}),
        (parse_status, {"MessageSid": MESSAGE}),
        (parse_status, {"MessageSid": MESSAGE.upper(), "MessageStatus": "sent"}),
        (parse_status, {"MessageSid": f"{MESSAGE}\n", "MessageStatus": "sent"}),
        (parse_status, {"MessageSid": f"{MESSAGE}0", "MessageStatus": "sent"}),
        (parse_status, {"MessageSid": MESSAGE, "MessageStatus": "s" * 31}),
        (parse_status, {"MessageSid": MESSAGE, "MessageStatus": "Sent now"}),
        (parse_status, {"MessageSid": MESSAGE, "MessageStatus": "failed", "ErrorCode": "30005; DROP"}),
        (parse_status, {"MessageSid": MESSAGE, "MessageStatus": "failed", "ErrorCode": "٣٠٠٠٥"}),
        (parse_reply, {"MessageSid": MESSAGE, "To": TO}),
        (parse_reply, {"MessageSid": MESSAGE, "From": FROM}),
        (parse_reply, {"MessageSid": MESSAGE, "From": "+1" * 40, "To": TO}),
        (parse_reply, {"MessageSid": MESSAGE, "From": f"{FROM}\x00", "To": TO}),
        (parse_reply, {"MessageSid": MESSAGE, "From": FROM, "To": TO, "NumMedia": "many"}),
        (parse_reply, {"MessageSid": MESSAGE, "From": FROM, "To": TO, "OptOutType": "S" * 21}),
        (parse_call, {}),
        (parse_call, {"CallSid": CALL, "Digits": "one"}),
        (parse_call, {"CallSid": CALL, "AnsweredBy": "a" * 31}),
    ],
)
def test_a_field_that_cannot_be_right_is_refused(parse: Parse, form: dict[str, str]) -> None:
    with pytest.raises(HookRefused) as refused:
        parse(a_request(**form))
    assert (refused.value.status, str(refused.value)) == (400, "field")


@pytest.mark.parametrize("query", ["delivery=short", f"delivery={'D' * 32}", f"delivery={DELIVERY}&again=many"])
def test_an_address_that_cannot_be_ours_is_refused(query: str) -> None:
    with pytest.raises(HookRefused, match="field"):
        parse_call(a_request(query, CallSid=CALL))


def test_a_delivery_named_twice_is_refused() -> None:
    with pytest.raises(HookRefused, match="doubled"):
        parse_call(a_request(f"delivery={DELIVERY}&delivery={'e' * 32}", CallSid=CALL))


def test_any_account_will_do_where_none_is_set() -> None:
    callback = Callback(path="/hook", form=[("AccountSid", "AC" + "9" * 32)])
    headers = {"x-twilio-signature": callback.signature()}
    request = HookRequest(url=f"{PUBLIC}/hook", form=callback.form, headers=headers)

    verify(request, TOKEN, None)
    with pytest.raises(HookRefused, match="account"):
        verify(request, TOKEN, ACCOUNT)


def test_a_public_address_with_a_port_and_a_folder_is_signed_as_it_is_set() -> None:
    public = WebSettings(public_url="https://example.org:8443/reminders/").public_url
    callback = Callback(path="/hook", form=[("AccountSid", ACCOUNT)])
    headers = {"x-twilio-signature": callback.signature(public=str(public))}

    verify(HookRequest(url=f"{public}/hook", form=callback.form, headers=headers), TOKEN, ACCOUNT)


@pytest.mark.parametrize("signature", ["", "ü", "\x00", "=" * 10_000])
def test_a_signature_of_any_shape_is_but_a_wrong_one(signature: str) -> None:
    headers = {"x-twilio-signature": signature}
    with pytest.raises(HookRefused, match="signature"):
        verify(HookRequest(url=f"{PUBLIC}/hook", form=[("AccountSid", ACCOUNT)], headers=headers), TOKEN, ACCOUNT)
