"""The providers' callbacks over HTTP: who calls, is it meant for us, and what is answered.

The rule: nothing is applied before the signature, the account and the address's own MAC were right; what is right
is answered with success also where it is about nothing we know, or the provider would ask for ever.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from threading import Lock
from typing import Annotated, Any
from xml.sax.saxutils import escape

from fastapi import APIRouter, Depends, Request, Response

from reminders import callbacks
from reminders.database.engine import writes_in_parallel
from reminders.hooks import twilio
from reminders.hooks.apply import apply_reply, apply_statuses
from reminders.hooks.base import CallEvent, HookRefused, HookRequest, InboundText, StatusEvent
from reminders.hooks.calls import call_script
from reminders.service import Service
from reminders.settings import Settings
from reminders.web.described import CALL_FIELDS, REPLY_FIELDS, STATUS_FIELDS, described
from reminders.web.forms import read_form
from reminders.web.gathering import Gathering
from schedules.protocol import Channel

INBOUND_PATH = "/hooks/twilio/inbound"
XML = "application/xml"
REFUSALS: dict[int | str, dict[str, Any]] = {
    code: {"description": "refused; nothing changed"} for code in (400, 403, 408, 413, 415)
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Appliers:
    """What follows from callbacks that are in order; receipts that come at once may be applied together."""

    statuses: Callable[[Service, Sequence[StatusEvent]], object] = apply_statuses
    reply: Callable[[Service, InboundText], str | None] = apply_reply
    call: Callable[[Service, CallEvent], str] = call_script


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """Whose signature counts."""

    token: str = field(repr=False)
    sid: str | None


def accounts_of(settings: Settings) -> tuple[Account, ...]:
    """The provider's accounts that texts and calls go by: one, as a rule. Without a token there is none."""
    found = []
    for channel in (Channel.SMS, Channel.VOICE):
        transport = settings.transports.get(channel)
        if transport is not None and transport.auth_token is not None:
            found.append(Account(token=transport.auth_token.get_secret_value(), sid=transport.account_sid))
    return tuple(dict.fromkeys(found))


class _Door:
    """Who may come in, and in whose turn something is written."""

    def __init__(self, service: Service, accounts: Sequence[Account]) -> None:
        self.service = service
        self._accounts = accounts
        self._public_url = service.settings.web.public_url or ""
        # Where one transaction waits for the other anyway, it waits here: SQLite itself only looks now and then.
        self.parallel, self.one_line = writes_in_parallel(service.engine), Lock()
        self.turn: AbstractContextManager[object] = nullcontext() if self.parallel else self.one_line

    async def read(self, request: Request) -> HookRequest:
        query = request.scope["query_string"].decode("latin-1")
        url = f"{self._public_url}{request.scope['route'].path}" + (f"?{query}" if query else "")
        return HookRequest(url=url, form=await read_form(request), headers=request.headers)

    def require_signature(self, request: HookRequest) -> None:
        """Signed by one of our accounts; the last one's refusal is told."""
        refusal: HookRefused | None = None
        for account in self._accounts:
            try:
                return twilio.verify(request, account.token, account.sid)
            except HookRefused as refused:
                refusal = refused
        raise refusal or HookRefused(403, "signature")

    def require_mac(self, request: HookRequest) -> None:
        """The address was made here, for the delivery it names: nobody's signature lends it to another one."""
        delivery, mac = twilio.delivery_of(request), request.query(callbacks.MAC_PARAMETER)
        if delivery is None or mac is None or not callbacks.is_ours(self.service.vault, delivery, mac):
            raise HookRefused(403, "mac")


def hook_routes(service: Service, appliers: Appliers, accounts: Sequence[Account]) -> APIRouter:
    """The three callbacks of Twilio."""
    router, door = APIRouter(tags=["hooks"]), _Door(service, accounts)
    _add_status(router, door, appliers)
    _add_inbound(router, door, appliers)
    _add_voice(router, door, appliers)
    return router


def _add_status(router: APIRouter, door: _Door, appliers: Appliers) -> None:
    together = Gathering[StatusEvent](lambda events: appliers.statuses(door.service, events), door.one_line)

    @router.post(
        callbacks.STATUS_PATH,
        summary="How far a message or a call has come",
        status_code=204,
        responses=REFUSALS,
        openapi_extra=described(STATUS_FIELDS, of_delivery=True),
    )
    def status(request: Annotated[HookRequest, Depends(door.read)]) -> Response:
        door.require_signature(request)
        door.require_mac(request)
        event = twilio.parse_status(request)
        if door.parallel:
            appliers.statuses(door.service, [event])
        else:
            together.write(event)
        return Response(status_code=204)


def _add_inbound(router: APIRouter, door: _Door, appliers: Appliers) -> None:
    @router.post(
        INBOUND_PATH,
        summary="A text from a patient",
        responses=REFUSALS,
        openapi_extra=described(REPLY_FIELDS, "MessageSid", "From", "To", "Body", of_delivery=False),
    )
    def inbound(request: Annotated[HookRequest, Depends(door.read)]) -> Response:
        door.require_signature(request)
        text = twilio.parse_reply(request)
        with door.turn:
            words = appliers.reply(door.service, text)
        return Response(_response(words), media_type=XML)


def _add_voice(router: APIRouter, door: _Door, appliers: Appliers) -> None:
    @router.post(
        callbacks.VOICE_PATH,
        summary="What a call says",
        responses=REFUSALS,
        openapi_extra=described(CALL_FIELDS, "CallSid", of_delivery=True),
    )
    def voice(request: Annotated[HookRequest, Depends(door.read)]) -> Response:
        door.require_signature(request)
        door.require_mac(request)
        event = twilio.parse_call(request)
        with door.turn:
            script = appliers.call(door.service, event)
        return Response(script, media_type=XML)


def _response(words: str | None) -> str:
    """TwiML: say nothing, or these words."""
    said = f"<Message>{escape(words)}</Message>" if words else ""
    return f'<?xml version="1.0" encoding="UTF-8"?><Response>{said}</Response>'
