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


def hook_routes(service: Service, appliers: Appliers, accounts: Sequence[Account]) -> APIRouter:
    """The three callbacks of Twilio."""
    router = APIRouter(tags=["hooks"])
    # Where one transaction waits for the other anyway, it waits here: SQLite itself only looks again now and then.
    parallel, one_line = writes_in_parallel(service.engine), Lock()
    turn: AbstractContextManager[object] = nullcontext() if parallel else one_line
    receipts = Gathering[StatusEvent](lambda events: appliers.statuses(service, events), one_line)
    public_url = service.settings.web.public_url or ""

    async def read(request: Request) -> HookRequest:
        query = request.scope["query_string"].decode("latin-1")
        url = f"{public_url}{request.scope['route'].path}" + (f"?{query}" if query else "")
        return HookRequest(url=url, form=await read_form(request), headers=request.headers)

    Read = Annotated[HookRequest, Depends(read)]

    @router.post(
        callbacks.STATUS_PATH,
        summary="How far a message or a call has come",
        status_code=204,
        responses=REFUSALS,
        openapi_extra=described(STATUS_FIELDS, of_delivery=True),
    )
    def status(request: Read) -> Response:
        _require_signature(request, accounts)
        _require_mac(service, request)
        event = twilio.parse_status(request)
        if parallel:
            appliers.statuses(service, [event])
        else:
            receipts.write(event)
        return Response(status_code=204)

    @router.post(
        INBOUND_PATH,
        summary="A text from a patient",
        responses=REFUSALS,
        openapi_extra=described(REPLY_FIELDS, "MessageSid", "From", "To", "Body", of_delivery=False),
    )
    def inbound(request: Read) -> Response:
        _require_signature(request, accounts)
        text = twilio.parse_reply(request)
        with turn:
            words = appliers.reply(service, text)
        return Response(_response(words), media_type=XML)

    @router.post(
        callbacks.VOICE_PATH,
        summary="What a call says",
        responses=REFUSALS,
        openapi_extra=described(CALL_FIELDS, "CallSid", of_delivery=True),
    )
    def voice(request: Read) -> Response:
        _require_signature(request, accounts)
        _require_mac(service, request)
        event = twilio.parse_call(request)
        with turn:
            script = appliers.call(service, event)
        return Response(script, media_type=XML)

    return router


def _require_signature(request: HookRequest, accounts: Sequence[Account]) -> None:
    """Signed by one of our accounts; the last one's refusal is told."""
    refusal: HookRefused | None = None
    for account in accounts:
        try:
            return twilio.verify(request, account.token, account.sid)
        except HookRefused as refused:
            refusal = refused
    raise refusal or HookRefused(403, "signature")


def _require_mac(service: Service, request: HookRequest) -> None:
    """The address was made here, for the delivery it names: nobody's signature lends it to another one."""
    delivery, mac = twilio.delivery_of(request), request.query(callbacks.MAC_PARAMETER)
    if delivery is None or mac is None or not callbacks.is_ours(service.vault, delivery, mac):
        raise HookRefused(403, "mac")


def _response(words: str | None) -> str:
    """TwiML: say nothing, or these words."""
    said = f"<Message>{escape(words)}</Message>" if words else ""
    return f'<?xml version="1.0" encoding="UTF-8"?><Response>{said}</Response>'
