"""Callbacks that no provider made, or made for another: each is refused, and not a byte of the store changes."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from reminders.clock import ManualClock
from reminders.service import Service
from tests.reminders.builders import row_counts
from tests.reminders.web.calling import (
    ACCOUNT,
    FORM,
    PUBLIC,
    Callback,
    a_status,
    all_rows,
    ledger,
    post,
    query_of,
)

OTHER_TOKEN, OTHER_ACCOUNT, OTHER_DELIVERY = "f" * 32, "AC" + "9" * 32, "9" * 32


@dataclass(frozen=True, kw_only=True)
class Sent:
    """What arrives: perhaps something else than what was signed."""

    callback: Callback
    headers: dict[str, str]


Forgery = Callable[[Callback, Service], Sent]


def unsigned(true: Callback, _service: Service) -> Sent:
    return Sent(callback=true, headers=FORM)


def badly_signed(true: Callback, _service: Service) -> Sent:
    return Sent(callback=true, headers=FORM | {"x-twilio-signature": "AAAAAAAAAAAAAAAAAAAAAAAAAAA="})


def signed_by_another(true: Callback, _service: Service) -> Sent:
    return Sent(callback=true, headers=true.headers(token=OTHER_TOKEN))


def changed(true: Callback, _service: Service) -> Sent:
    return Sent(callback=true.with_form(MessageStatus="undelivered"), headers=true.headers())


def added(true: Callback, _service: Service) -> Sent:
    return Sent(callback=true.with_form(ErrorCode="30005"), headers=true.headers())


def removed(true: Callback, _service: Service) -> Sent:
    return Sent(callback=replace(true, form=true.form[:-1]), headers=true.headers())


def doubled(true: Callback, _service: Service) -> Sent:
    """Twilio's own way of counting a field that stands there twice leaves the signature right."""
    return Sent(callback=replace(true, form=[*true.form, true.form[-1]]), headers=true.headers())


def of_another_host(true: Callback, _service: Service) -> Sent:
    headers = true.headers(public="https://evil.example.org")
    return Sent(callback=true, headers=headers | {"host": "evil.example.org", "x-forwarded-host": "evil.example.org"})


def without_tls(true: Callback, _service: Service) -> Sent:
    return Sent(callback=true, headers=true.headers(public="http://reminders.example.org"))


def of_another_port(true: Callback, _service: Service) -> Sent:
    return Sent(callback=true, headers=true.headers(public=f"{PUBLIC}:8443"))


def of_another_path(true: Callback, _service: Service) -> Sent:
    return Sent(callback=true, headers=replace(true, path="/hooks/twilio/voice").headers())


def of_another_account(true: Callback, _service: Service) -> Sent:
    """With our token, as a sub-account's or a former one's may be."""
    other = true.with_form(AccountSid=OTHER_ACCOUNT)
    return Sent(callback=other, headers=other.headers())


def of_no_account(true: Callback, _service: Service) -> Sent:
    other = replace(true, form=[pair for pair in true.form if pair[0] != "AccountSid"])
    return Sent(callback=other, headers=other.headers())


def with_anothers_mac(true: Callback, service: Service) -> Sent:
    mac = query_of(service, OTHER_DELIVERY).partition("&")[0]
    other = replace(true, query=f"{mac}&{true.query.partition('&')[2]}")
    return Sent(callback=other, headers=other.headers())


def without_mac(true: Callback, _service: Service) -> Sent:
    other = replace(true, query=true.query.partition("&")[2])
    return Sent(callback=other, headers=other.headers())


def of_two_deliveries(true: Callback, service: Service) -> Sent:
    other = replace(true, query=f"{query_of(service, OTHER_DELIVERY)}&{true.query}")
    return Sent(callback=other, headers=other.headers())


def by_an_unknown_algorithm(true: Callback, _service: Service) -> Sent:
    settings = {"x-twilio-webhooks-signature-settings": "key=one,algorithm=HMAC_MD5"}
    return Sent(callback=true, headers=true.headers() | settings)


FORGERIES = [
    unsigned, badly_signed, signed_by_another, changed, added, removed, doubled, of_another_host, without_tls,
    of_another_port, of_another_path, of_another_account, of_no_account, with_anothers_mac, without_mac,
    of_two_deliveries, by_an_unknown_algorithm,
]  # fmt: skip


@pytest.mark.parametrize("forge", FORGERIES, ids=lambda forge: forge.__name__)
def test_a_forged_callback_is_refused_and_changes_nothing(
    client: TestClient, service: Service, engine: Engine, delivery: str, forge: Forgery
) -> None:
    sent, counted, before = forge(a_status(service, delivery), service), row_counts(engine), all_rows(engine)

    answer = post(client, sent.callback, sent.headers)

    assert (answer.status_code, answer.content) == (400 if forge in (doubled, of_two_deliveries) else 403, b"")
    assert row_counts(engine) == counted
    assert all_rows(engine) == before


def test_the_true_one_of_them_is_taken_and_changes_something(
    client: TestClient, service: Service, engine: Engine, delivery: str
) -> None:
    before = all_rows(engine)
    assert post(client, a_status(service, delivery)).status_code == 204
    assert all_rows(engine) != before


@pytest.mark.parametrize(
    ("algorithm", "settings"),
    [
        ("HMAC_SHA1", ""),
        ("HMAC_SHA1", "key=webhooks_one,algorithm=HMAC_SHA1"),
        ("HMAC_SHA256", "key=webhooks_one,algorithm=HMAC_SHA256"),
    ],
)
def test_both_of_the_providers_signatures_are_known(
    client: TestClient, service: Service, delivery: str, algorithm: str, settings: str
) -> None:
    true = a_status(service, delivery)
    headers = true.headers(algorithm=algorithm) | {"x-twilio-webhooks-signature-settings": settings}
    assert post(client, true, headers).status_code == 204


def test_one_signature_does_not_pass_for_the_other(client: TestClient, service: Service, delivery: str) -> None:
    true = a_status(service, delivery)
    assert post(client, true, true.headers(algorithm="HMAC_SHA256")).status_code == 403


@pytest.mark.parametrize("public", [PUBLIC, f"{PUBLIC}:443"])
def test_a_port_that_goes_without_saying_may_be_signed_or_not(
    client: TestClient, service: Service, delivery: str, public: str
) -> None:
    assert post(client, a_status(service, delivery), public=public).status_code == 204


def test_a_true_callback_replayed_a_year_later_is_taken_and_changes_nothing(
    client: TestClient, service: Service, engine: Engine, clock: ManualClock, delivery: str
) -> None:
    post(client, a_status(service, delivery))
    before = all_rows(engine)
    clock.advance(timedelta(days=365))

    assert post(client, a_status(service, delivery)).status_code == 204
    assert all_rows(engine) == before


def test_a_json_body_with_its_true_hash_is_no_form(
    client: TestClient, service: Service, engine: Engine, delivery: str
) -> None:
    content = json.dumps({"AccountSid": ACCOUNT, "MessageStatus": "delivered"})
    hashed = f"{query_of(service, delivery)}&bodySHA256={sha256(content.encode()).hexdigest()}"
    signed: Any = replace(a_status(service, delivery), query=hashed, form=())
    before = all_rows(engine)

    headers = signed.headers() | {"content-type": "application/json"}
    assert client.post(signed.target, content=content, headers=headers).status_code == 415
    assert client.post(signed.target, content=content, headers=signed.headers()).status_code == 400
    assert all_rows(engine) == before


def test_a_callback_about_a_delivery_nobody_knows_is_taken_into_the_ledger(
    client: TestClient, service: Service, engine: Engine
) -> None:
    assert post(client, a_status(service, OTHER_DELIVERY)).status_code == 204
    assert [row[2] for row in ledger(engine)] == [OTHER_DELIVERY]
