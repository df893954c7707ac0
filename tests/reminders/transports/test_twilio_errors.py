"""What Twilio's codes mean, row by row where a wrong row would hurt."""

import pytest

from reminders.transports.base import (
    Misconfigured,
    NotSent,
    OptedOut,
    OutcomeUnknown,
    Refused,
    Scope,
    TransportFailure,
)
from reminders.transports.twilio_errors import MEANINGS, Kind, failure_of_call


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (400, 21211, Refused),
        (400, 21614, Refused),
        (400, 21635, Refused),
        (400, 21610, OptedOut),
        (401, 20003, Misconfigured),
        (403, 20403, Misconfigured),
        (400, 21606, Misconfigured),
        (400, 21608, Misconfigured),
        (404, 21701, Misconfigured),
        (400, 21705, Misconfigured),
        (400, 21408, Refused),
        (400, 21612, Refused),
        (400, 21617, Refused),
        (400, 21215, Refused),
        (400, 21216, Refused),
        (400, 21214, Refused),
        (400, 21210, Misconfigured),
        (400, 21205, Misconfigured),
        (400, 21219, Misconfigured),
        (403, 10001, Misconfigured),
        (429, 10004, NotSent),
        (400, 10004, NotSent),
        (400, 21611, NotSent),
        (429, 20429, NotSent),
        (429, 63038, NotSent),
        (429, None, NotSent),
        (500, 20500, OutcomeUnknown),
        (503, 20503, OutcomeUnknown),
        (502, None, OutcomeUnknown),
        (500, 21211, OutcomeUnknown),
        (408, None, OutcomeUnknown),
        (307, None, OutcomeUnknown),
        (401, None, Misconfigured),
        (403, None, Misconfigured),
        (404, None, Misconfigured),
        (407, None, Misconfigured),
        (400, None, Refused),
        (400, 99999, Refused),
    ],
)
def test_an_answer_is_told_by_its_status_and_code(
    status: int, code: int | None, expected: type[TransportFailure]
) -> None:
    assert type(failure_of_call(status, code, None)) is expected


def test_a_bad_number_is_bad_for_every_message() -> None:
    failure = failure_of_call(400, 21614, None)

    assert isinstance(failure, Refused)
    assert (failure.scope, failure.code) == (Scope.ADDRESS, "bad-address")


@pytest.mark.parametrize("code", [21408, 21215, 21216, 13227, 32205])
def test_a_country_we_may_not_reach_silences_only_this_message(code: int) -> None:
    failure = failure_of_call(400, code, None)

    assert isinstance(failure, Refused)
    assert failure.scope is Scope.MESSAGE


def test_bad_credentials_are_told_from_a_bad_set_up() -> None:
    codes = [failure_of_call(401, 20003, None).code, failure_of_call(400, 21606, None).code]

    assert codes == ["credentials", "set-up"]


def test_too_many_requests_keep_the_providers_wish() -> None:
    failure = failure_of_call(429, 20429, 7.5)

    assert isinstance(failure, NotSent)
    assert failure.retry_after == 7.5


def test_the_code_is_handed_on_and_the_status_where_there_is_none() -> None:
    codes = [failure_of_call(400, code, None).provider_code for code in (21211, 99999, None)]

    assert codes == ["21211", "99999", "400"]


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_its_class_at_a_call(kind: Kind) -> None:
    expected: dict[Kind, type[TransportFailure]] = {
        Kind.BAD_NUMBER: Refused,
        Kind.OPTED_OUT: OptedOut,
        Kind.OUR_SETUP: Misconfigured,
        Kind.THIS_MESSAGE: Refused,
        Kind.PASSING: NotSent,
        Kind.UNKNOWN: OutcomeUnknown,
    }
    codes = [code for code, meaning in MEANINGS.items() if meaning.kind is kind]

    assert {type(failure_of_call(400, code, None)) for code in codes} == {expected[kind]}


@pytest.mark.parametrize("code", [30003, 30005, 30006, 30007, 30034, 30036, 30410])
def test_codes_that_come_with_receipts_are_in_the_table(code: int) -> None:
    assert MEANINGS[code].words.endswith(".")


def test_a_phone_that_is_switched_off_is_not_a_bad_number() -> None:
    assert MEANINGS[30003].kind is Kind.PASSING


def test_a_carrier_that_gave_no_answer_may_have_delivered() -> None:
    assert MEANINGS[30410].kind is Kind.UNKNOWN
