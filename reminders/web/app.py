"""Puts the web application together. Without a public address or a token there are no hooks at all: 404.

The rule: a handler is plain code in a thread; what it answers to a refusal is a status and nothing else.
"""

from fastapi import FastAPI, Request, Response

from reminders import __version__
from reminders.health.watching import Watchman
from reminders.hooks.base import HookRefused
from reminders.logs import get_logger
from reminders.service import Service
from reminders.web.health import health_routes
from reminders.web.hooks import Appliers, accounts_of, hook_routes
from reminders.web.shield import Shield
from reminders.web.unsubscribe import unsubscribe_routes

log = get_logger(__name__)


def create_app(service: Service, appliers: Appliers | None = None, watchman: Watchman | None = None) -> FastAPI:
    """The application of one service. Its description is `create_app(...).openapi()`; it is not served.

    `watchman`: of the worker in this very process, whose stopping is told.
    """
    app = FastAPI(title="Procedure reminders", version=__version__, docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(health_routes(service, watchman))
    if service.settings.web.public_url is not None:
        app.include_router(unsubscribe_routes(service))
        if accounts := accounts_of(service.settings):
            app.include_router(hook_routes(service, appliers or Appliers(), accounts))
    app.add_exception_handler(HookRefused, _refused)
    app.add_middleware(Shield)
    return app


async def _refused(request: Request, refused: Exception) -> Response:
    status, reason = (refused.status, refused.reason) if isinstance(refused, HookRefused) else (500, "error")
    route = getattr(request.scope.get("route"), "path", "none")
    log.warning("request_refused", route=str(route), status=status, reason=reason)
    return Response(status_code=status)
