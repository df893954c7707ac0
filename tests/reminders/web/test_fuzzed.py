"""Whatever the hooks' own OpenAPI allows, and what it does not: no request makes an error of ours.

Most cases are signed as the provider would, and many are about a message that has left: so they reach behind the door.
"""

import logging
from collections import Counter
from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from starlette.testclient import TestClient

from reminders.service import Service
from reminders.web.app import create_app
from tests.reminders.web.calling import ACCOUNT, CALL, FORM, MESSAGE, Callback, client_of, query_of

HOOKS = ("POST /hooks/twilio/status", "POST /hooks/twilio/inbound", "POST /hooks/twilio/voice")
OTHERS = ("GET /email/unsubscribe", "POST /email/unsubscribe", "GET /live")
CASES, FEWER, MANY = 200, 50, 3000  # of each route
BEHIND = 0.25  # the least share of a hook's cases that reach its applier
WHOLE = {"MessageSid": MESSAGE, "CallSid": CALL, "MessageStatus": "sent", "CallStatus": "ringing"}

Doctored = Literal["as it is", "signed", "about our delivery"]


@pytest.fixture
def database_kind() -> str:
    """On one database: what a request may be has nothing to do with the store behind it."""
    return "sqlite"


def operations(service: Service) -> dict[str, Any]:
    schema = schemathesis.openapi.from_dict(create_app(service).openapi())
    return {found.ok().label: found.ok() for found in schema.get_all_operations()}


def send(client: TestClient, service: Service, delivery: str, case: Case, doctored: Doctored) -> int:
    """One generated request, perhaps with the provider's signature, our account, and an address of ours."""
    prepared = requests.Request(**case.as_transport_kwargs(base_url="http://127.0.0.1")).prepare()
    headers = {name: value for name, value in prepared.headers.items() if name.lower() != "content-length"}
    body = prepared.body.encode() if isinstance(prepared.body, str) else prepared.body or b""
    target = str(prepared.path_url)
    if doctored != "as it is" and prepared.method == "POST":
        callback = _doctored(service, delivery, target, body, doctored)
        target, body, headers = callback.target, callback.body.encode(), headers | FORM | callback.headers()
        headers = {name: value for name, value in headers.items() if name not in ("Content-Type", "X-Twilio-Signature")}
    return client.request(str(prepared.method), target, content=body, headers=headers).status_code


def _doctored(service: Service, delivery: str, target: str, body: bytes, how: Doctored) -> Callback:
    form = dict(parse_qsl(body.decode("latin-1"), keep_blank_values=True)) | {"AccountSid": ACCOUNT}
    form = WHOLE | form if how == "about our delivery" else form
    parts = urlsplit(target)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    named = delivery if how == "about our delivery" else query.get("delivery", "")
    rest = urlencode({name: value for name, value in query.items() if name not in ("mac", "delivery")})
    address = query_of(service, named) + (f"&{rest}" if rest else "")
    return Callback(path=parts.path, query=address, form=list(form.items()))


def fuzz(service: Service, delivery: str, label: str, cases: int, *, same: bool) -> Counter[int]:
    """Send so many cases to one route; how often each status came back."""
    operation, answers = operations(service)[label], Counter[int]()
    modes = [operation.as_strategy(generation_mode=mode) for mode in GenerationMode]
    ways = st.sampled_from(["about our delivery", "signed", "signed", "as it is"])

    with client_of(service) as client:

        @settings(
            max_examples=cases, derandomize=same, database=None, deadline=None, suppress_health_check=list(HealthCheck)
        )
        @given(case=st.one_of(modes), doctored=ways)
        def every_case(case: Case, doctored: Doctored) -> None:
            status = send(client, service, delivery, case, doctored)
            answers[status] += 1
            assert status < 500

        every_case()
    return answers


def behind_the_door(answers: Counter[int]) -> float:
    """The share whose signature, form and fields were right."""
    return sum(count for status, count in answers.items() if status in (200, 204)) / answers.total()


# A true signature under made-up ids, or a code that blames our own set-up, is what an operator must hear of.
TOLD = ("receipt_misdirected", "receipt_contradicts", "transport_paused")


def must_be_heard_of(record: logging.LogRecord) -> bool:
    return any(event in record.getMessage() for event in TOLD)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("label", HOOKS)
def test_no_case_of_a_hook_is_an_error_of_ours(
    service: Service, delivery: str, caplog: pytest.LogCaptureFixture, label: str
) -> None:
    answers = fuzz(service, delivery, label, CASES, same=True)
    assert answers.total() >= CASES
    assert behind_the_door(answers) >= BEHIND
    errors = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert not [record for record in errors if not must_be_heard_of(record)]


@pytest.mark.parametrize("label", OTHERS)
def test_no_case_of_another_route_is_an_error_of_ours(service: Service, delivery: str, label: str) -> None:
    assert fuzz(service, delivery, label, FEWER, same=True).total() > 0


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("label", HOOKS)
def test_no_case_of_very_many_is_an_error_of_ours(service: Service, delivery: str, label: str) -> None:
    answers = fuzz(service, delivery, label, MANY, same=False)
    assert answers.total() >= MANY
    assert behind_the_door(answers) >= BEHIND
