"""A request's body as form fields, read while it comes in and never beyond its limit.

The rule: what is too long, not a form or not UTF-8 is refused before anything looks into it.
"""

import asyncio
import re
from email.message import Message
from email.parser import BytesParser
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request

from reminders.hooks.base import HookRefused

MOST_BYTES = 32 * 1024  # a text of 2,000 characters of four bytes each, written in percent signs, and its fields
MOST_FIELDS = 100
READING_SECONDS = 15.0
FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
_BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")

Fields = list[tuple[str, str]]


async def read_form(request: Request) -> Fields:
    """The fields of a form, in their order. Raises HookRefused: 400, 408, 413 or 415."""
    _require(request, FORM)
    return parse_form(await _body(request))


async def read_any_form(request: Request) -> Fields:
    """The same, also where it came as multipart/form-data, in which RFC 8058 lets a mail reader send it."""
    if _media_type(request) != MULTIPART:
        return await read_form(request)
    return _parse_multipart(request.headers["content-type"], await _body(request))


def parse_form(body: bytes) -> Fields:
    """Strictly: whatever another program could read in another way is refused."""
    if _BAD_ESCAPE.search(body):
        raise HookRefused(400, "form")
    try:
        text = body.decode("ascii")  # everything else is escaped
        return parse_qsl(
            text, keep_blank_values=True, strict_parsing=bool(text), errors="strict", max_num_fields=MOST_FIELDS
        )
    except ValueError:  # UnicodeDecodeError is one
        raise HookRefused(400, "form") from None


def _parse_multipart(content_type: str, body: bytes) -> Fields:
    head = b"Content-Type: " + content_type.encode("latin-1") + b"\r\n\r\n"
    try:
        parts = BytesParser().parsebytes(head + body).get_payload()
        if isinstance(parts, list) and len(parts) <= MOST_FIELDS:
            return [_part(part) for part in parts if isinstance(part, Message)]
    except (ValueError, LookupError):
        pass
    raise HookRefused(400, "form")


def _part(part: Message) -> tuple[str, str]:
    name, value = part.get_param("name", header="content-disposition"), part.get_payload(decode=True)
    if not isinstance(name, str) or not isinstance(value, bytes):
        raise ValueError("a part of a form has a name and a value")
    return name, value.decode("utf-8")


def _require(request: Request, media_type: str) -> None:
    if _media_type(request) != media_type:
        raise HookRefused(415, "media-type")


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def _body(request: Request) -> bytes:
    said = request.headers.get("content-length", "")
    if said.isdecimal() and len(said) < 10 and int(said) > MOST_BYTES:
        raise HookRefused(413, "too-long")
    body = bytearray()
    try:
        async with asyncio.timeout(READING_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MOST_BYTES:
                    raise HookRefused(413, "too-long")
    except TimeoutError:
        raise HookRefused(408, "too-slow") from None
    except ClientDisconnect:
        raise HookRefused(400, "cut-off") from None
    return bytes(body)
