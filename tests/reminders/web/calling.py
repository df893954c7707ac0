"""Callbacks as the provider makes them: signed over the public address, with whatever a test changes afterwards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Engine, select
from starlette.testclient import TestClient
from twilio.request_validator import RequestValidator

from reminders import callbacks
from reminders.clock import Clock
from reminders.database import tables
from reminders.database.engine import reading
from reminders.database.vault import Vault
from reminders.hooks.base import CallEvent, InboundText, StatusEvent
from reminders.service import Service
from reminders.web.app import create_app
from reminders.web.hooks import INBOUND_PATH, Appliers
from tests.reminders.builders import a_service

PUBLIC = "https://reminders.example.org"
TOKEN, ACCOUNT = "0123456789abcdef0123456789abcdef", "AC" + "1" * 32
MESSAGE, CALL = "SM" + "a" * 32, "CA" + "b" * 32
FROM, TO = "+12125550123", "+12125550199"
FORM = {"content-type": "application/x-www-form-urlencoded"}
TWILIO = {"kind": "twilio", "account_sid": ACCOUNT, "auth_token": TOKEN, "from_number": TO}

Fields = Sequence[tuple[str, str]]


def a_web_service(engine: Engine, vault: Vault, clock: Clock, **settings: Any) -> Service:
    """A service that a provider may call back."""
    given: dict[str, Any] = {
        "transports": {"sms": TWILIO, "email": {"kind": "memory"}},
        "web": {"public_url": PUBLIC},
    }
    return a_service(engine, vault, clock, **given | settings)


@dataclass(kw_only=True)
class Heard:
    """Appliers that keep what they were given."""

    answer: str | None = None
    script: str = "<Response/>"
    statuses: list[StatusEvent] = field(default_factory=list)
    texts: list[InboundText] = field(default_factory=list)
    calls: list[CallEvent] = field(default_factory=list)

    def appliers(self) -> Appliers:
        return Appliers(statuses=self._statuses, reply=self._reply, call=self._call)

    def _statuses(self, _service: Service, events: Sequence[StatusEvent]) -> None:
        self.statuses += events

    def _reply(self, _service: Service, text: InboundText) -> str | None:
        self.texts.append(text)
        return self.answer

    def _call(self, _service: Service, event: CallEvent) -> str:
        self.calls.append(event)
        return self.script


def client_of(service: Service, appliers: Appliers | None = None) -> TestClient:
    return TestClient(create_app(service, appliers), base_url="http://127.0.0.1", raise_server_exceptions=False)


@dataclass(frozen=True, kw_only=True)
class Callback:
    """One request before it is signed."""

    path: str
    query: str = ""
    form: Fields = ()

    @property
    def target(self) -> str:
        return f"{self.path}?{self.query}" if self.query else self.path

    def signature(self, *, token: str = TOKEN, algorithm: str | None = None, public: str = PUBLIC) -> str:
        signed: str = RequestValidator(token).compute_signature(f"{public}{self.target}", dict(self.form), algorithm)
        return signed

    def headers(self, **how: Any) -> dict[str, str]:
        return FORM | {"x-twilio-signature": self.signature(**how)}

    def with_form(self, **fields: str) -> "Callback":
        return replace(self, form=list((dict(self.form) | fields).items()))

    @property
    def body(self) -> str:
        return urlencode(list(self.form))


def a_status(service: Service, delivery: str, status: str = "delivered", sid: str = MESSAGE) -> Callback:
    form = [("AccountSid", ACCOUNT), ("MessageSid", sid), ("MessageStatus", status), ("From", TO), ("To", FROM)]
    return Callback(path=callbacks.STATUS_PATH, query=query_of(service, delivery), form=form)


def a_reply(text: str = "YES", **fields: str) -> Callback:
    form = {"AccountSid": ACCOUNT, "MessageSid": MESSAGE, "From": FROM, "To": TO, "Body": text, "NumMedia": "0"}
    return Callback(path=INBOUND_PATH, form=list((form | fields).items()))


def a_call(service: Service, delivery: str, *, turn: str = "", **fields: str) -> Callback:
    form = {"AccountSid": ACCOUNT, "CallSid": CALL, "CallStatus": "in-progress", "From": TO, "To": FROM}
    query = query_of(service, delivery) + (f"&{turn}" if turn else "")
    return Callback(path=callbacks.VOICE_PATH, query=query, form=list((form | fields).items()))


def query_of(service: Service, delivery: str) -> str:
    """As a transport writes it: our MAC first, then the delivery."""
    return urlencode({"mac": callbacks.mac_of(service.vault, delivery), "delivery": delivery})


def post(client: TestClient, callback: Callback, headers: Mapping[str, str] | None = None, **how: Any) -> Any:
    """The callback, signed by the provider unless other headers are given."""
    sent = callback.headers(**how) if headers is None else dict(headers)
    return client.post(callback.target, content=callback.body, headers=sent)


def all_rows(engine: Engine) -> dict[str, list[str]]:
    """Everything in every table: what a refused request must leave as it was, to the byte."""
    with reading(engine) as connection:
        return {
            name: sorted(repr(tuple(row)) for row in connection.execute(select(table)))
            for name, table in tables.metadata.tables.items()
        }


def ledger(engine: Engine) -> list[tuple[str, str, str | None, str | None]]:
    """The hooks' ledger: (provider's id, status, delivery, outcome), oldest first."""
    events = tables.hook_events.c
    query = select(events.provider_id, events.status, events.delivery, events.outcome).order_by(events.id)
    with reading(engine) as connection:
        return [(row[0], row[1], row[2], row[3]) for row in connection.execute(query)]
