"""What stands around every answer: headers that keep a browser from guessing, and no word of what went wrong.

The rule: an error of ours is an empty 500 and a log line with its kind; a request's own text reaches neither.
"""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reminders.logs import get_logger

HEADERS = (
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
)

log = get_logger(__name__)


class Shield:
    """Outermost: whatever leaves passes here."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def guarded(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                message["headers"] = [*message.get("headers", ()), *HEADERS]
            await send(message)

        try:
            await self._app(scope, receive, guarded)
        except Exception as error:
            log.error("request_failed", error, route=_route(scope))
            if not begun:
                await guarded({"type": "http.response.start", "status": 500, "headers": [(b"content-length", b"0")]})
                await guarded({"type": "http.response.body", "body": b""})


def _route(scope: Scope) -> str:
    """The route that was asked for: the path itself may be anything."""
    return str(getattr(scope.get("route"), "path", "none"))
