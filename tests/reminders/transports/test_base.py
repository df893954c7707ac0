"""The port's values and failures."""

from dataclasses import replace

from reminders.transports.base import (
    FailureCode,
    Misconfigured,
    NotSent,
    OptedOut,
    OutboundMessage,
    OutcomeUnknown,
    Refused,
    Scope,
    callback_address,
)


def test_a_callback_address_names_the_delivery(text_message: OutboundMessage) -> None:
    message = replace(text_message, callback_url="https://reminders.example.org/hooks/status")

    expected = "https://reminders.example.org/hooks/status?delivery=0123456789abcdef0123456789abcdef"
    assert callback_address(message) == expected


def test_a_callback_address_keeps_what_its_query_already_says(text_message: OutboundMessage) -> None:
    message = replace(text_message, delivery_id="d1", callback_url="https://example.org/hooks?mac=a%2Bb&empty=")

    assert callback_address(message) == "https://example.org/hooks?mac=a%2Bb&empty=&delivery=d1"


def test_without_a_callback_url_there_is_no_address(text_message: OutboundMessage) -> None:
    assert callback_address(text_message) is None


def test_an_opt_out_is_a_refusal_of_the_address() -> None:
    failure = OptedOut("The patient has answered STOP.", provider_code="21610")

    assert isinstance(failure, Refused)
    assert (failure.code, failure.scope) == (FailureCode.OPTED_OUT, Scope.ADDRESS)


def test_a_refusal_is_about_the_message_unless_it_says_otherwise() -> None:
    assert Refused(FailureCode.MESSAGE_REFUSED, "Too long.").scope is Scope.MESSAGE


def test_no_kind_of_failure_passes_for_another() -> None:
    kinds = (NotSent, OutcomeUnknown, Refused, Misconfigured)

    assert not [(one, other) for one in kinds for other in kinds if one is not other and issubclass(one, other)]


def test_a_failure_shows_its_codes_and_its_words() -> None:
    failure = NotSent(FailureCode.BUSY, "Come back later.", provider_code="429", retry_after=3)

    assert repr(failure) == "NotSent(code='busy', provider_code='429')"
    assert str(failure) == failure.text == "Come back later."
