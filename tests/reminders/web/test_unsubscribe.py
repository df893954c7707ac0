"""The page behind an e-mail's "unsubscribe": a POST ends the e-mails, a GET never does."""

from urllib.parse import urlencode

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from reminders import callbacks
from reminders.clock import ManualClock
from reminders.database.vault import Vault
from reminders.service import Service
from schedules.protocol import Channel
from tests.reminders.builders import deliveries, enrolled_id, in_memory, send_due, set_reminder, stored
from tests.reminders.web.calling import FORM, all_rows, client_of, query_of
from tests.reminders.web.calling import a_web_service as web_service

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
MULTIPART = (
    b'--cut\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--cut--\r\n',
    {"content-type": "multipart/form-data; boundary=cut"},
)
FORM_DATA = (urlencode(ONE_CLICK).encode(), FORM)


@pytest.fixture
def patient(service: Service, clock: ManualClock) -> str:
    """The enrollment of somebody whose first e-mail has left."""
    id_ = enrolled_id(service, email="pat@example.org", consent="email")
    set_reminder(service, id_, "welcome", channels=["email"], channel="email")
    send_due(service, in_memory(clock))
    return id_


def address_for(service: Service, patient: str) -> str:
    (sent,) = deliveries(service, patient)
    return f"{callbacks.UNSUBSCRIBE_PATH}?{query_of(service, str(sent['id']))}"


@pytest.mark.parametrize(("content", "headers"), [FORM_DATA, MULTIPART])
def test_one_post_ends_the_emails(
    client: TestClient, service: Service, patient: str, content: bytes, headers: dict[str, str]
) -> None:
    answer = client.post(address_for(service, patient), content=content, headers=headers)
    assert answer.status_code == 200
    assert "You will get no more e-mails" in answer.text
    assert Channel.EMAIL not in stored(service, patient).consents


def test_a_get_shows_a_button_and_changes_nothing(
    client: TestClient, service: Service, engine: Engine, patient: str
) -> None:
    before = all_rows(engine)
    answer = client.get(address_for(service, patient))

    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert answer.text.count("<button") == 1
    assert '<form method="post">' in answer.text
    assert 'name="List-Unsubscribe" value="One-Click"' in answer.text
    assert '<html lang="en">' in answer.text
    assert '<p lang="es">' in answer.text
    assert all_rows(engine) == before


def test_other_ways_of_looking_change_nothing(
    client: TestClient, service: Service, engine: Engine, patient: str
) -> None:
    before, address = all_rows(engine), address_for(service, patient)
    for method in ("HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"):
        assert client.request(method, address).status_code == 405
    assert all_rows(engine) == before


def test_the_page_names_nobody(client: TestClient, service: Service, patient: str) -> None:
    page = client.get(address_for(service, patient)).text
    assert "pat@example.org" not in page
    assert "Pat" not in page
    assert "Radiology" not in page


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("query", ["", "mac=0&delivery=0", f"mac={'0' * 32}&delivery={'0' * 32}"])
def test_an_address_that_was_not_made_here_does_nothing(
    client: TestClient, engine: Engine, service: Service, patient: str, method: str, query: str
) -> None:
    before = all_rows(engine)
    content, headers = FORM_DATA
    answer = client.request(method, f"{callbacks.UNSUBSCRIBE_PATH}?{query}", content=content, headers=headers)
    assert answer.status_code == (400 if query == "mac=0&delivery=0" else 403)
    assert all_rows(engine) == before


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"", FORM, 400),
        (b"List-Unsubscribe=Maybe", FORM, 400),
        (b"List-Unsubscribe=One-Click&List-Unsubscribe=One-Click", FORM, 400),
        (b"{}", {"content-type": "application/json"}, 415),
        (b"nothing", MULTIPART[1], 400),
        (MULTIPART[0].replace(b"One-Click", b"\xff"), MULTIPART[1], 400),
        (MULTIPART[0].replace(b"name=", b"title="), MULTIPART[1], 400),
        (MULTIPART[0], {"content-type": "multipart/form-data"}, 400),
        (b"x" * 100_000, MULTIPART[1], 413),
    ],
)
def test_a_post_that_does_not_ask_for_it_does_nothing(
    client: TestClient,
    service: Service,
    engine: Engine,
    patient: str,
    content: bytes,
    headers: dict[str, str],
    status: int,
) -> None:
    before = all_rows(engine)
    assert client.post(address_for(service, patient), content=content, headers=headers).status_code == status
    assert all_rows(engine) == before


def test_a_delivery_nobody_knows_any_more_is_answered_like_any_other(client: TestClient, service: Service) -> None:
    content, headers = FORM_DATA
    address = f"{callbacks.UNSUBSCRIBE_PATH}?{query_of(service, 'd' * 32)}"
    assert client.post(address, content=content, headers=headers).status_code == 200


def test_without_a_public_address_there_is_no_page(engine: Engine, vault: Vault, clock: ManualClock) -> None:
    service = web_service(engine, vault, clock, web={"accept_no_replies": True})
    with client_of(service) as client:
        assert client.get(f"{callbacks.UNSUBSCRIBE_PATH}?{query_of(service, 'd' * 32)}").status_code == 404
